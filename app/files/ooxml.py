"""What a docx or xlsx may not hold: macros, other programs' objects, links to elsewhere, bytes around the archive."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from app.files.refusal import Refused

MEMBERS_AT_MOST: Final = 5_000
_MAIN: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_END = b"PK\x05\x06"
_END_BYTES = 22
_SAVE_AGAIN = "WordまたはExcelで開き、マクロのない形式（.docx、.xlsx）で保存し直してください。"
_PROGRAMS: Final = re.compile(
    r"vbaproject\.bin$|/activex/|/embeddings/|/customui/|/macrosheets/|/dialogsheets/", re.IGNORECASE
)
_DYNAMIC: Final = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)


def check(content: bytes, unpacked_at_most: int) -> str:
    """`docx` or `xlsx`. Raises Refused."""
    _check_ends(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            kind = _check_members(archive, unpacked_at_most)
            for member in archive.infolist():
                if member.filename.endswith((".xml", ".rels")):
                    _check_part(archive, member)
                else:
                    _check_sum(archive, member)
            return kind
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, KeyError, ValueError, EOFError) as error:
        raise Refused("unreadable", "WordまたはExcelのファイルとして読めません。", _SAVE_AGAIN) from error
    except (NotImplementedError, RuntimeError) as error:  # encrypted members, unknown compression
        raise Refused("encrypted", "暗号化されているか、特殊な圧縮のファイルです。", _SAVE_AGAIN) from error


def _check_ends(content: bytes) -> None:
    """The archive is the whole file: it begins with its first member and ends with its directory."""
    end = content.rfind(_END)
    if end < 0:
        raise Refused("unreadable", "ファイルが途中で切れています。", "もう一度保存して送ってください。")
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    if end + _END_BYTES != len(content) or start + size != end or content.count(_END) != 1:
        raise Refused("polyglot", "ファイルの前後に、別のデータが付いています。", _SAVE_AGAIN)


def _check_members(archive: zipfile.ZipFile, unpacked_at_most: int) -> str:
    members = archive.infolist()
    names = [member.filename for member in members]
    total = sum(member.file_size for member in members)
    if len(members) > MEMBERS_AT_MOST or total > unpacked_at_most:
        # zipfile reads no more of a member than its directory declares, so the declared sizes are a bound.
        raise Refused(
            "too_large",
            f"展開すると大きすぎるファイルです（{total:,}バイト、{unpacked_at_most:,}バイトまで）。",
            "図を小さくするか、ファイルを分けてください。",
        )
    kinds = [kind for part, kind in _MAIN.items() if part in names]
    if len(kinds) != 1 or len(set(names)) != len(names) or min(m.header_offset for m in members) != 0:
        raise Refused("unreadable", "WordまたはExcelのファイルではありません。", _SAVE_AGAIN)
    if any(_PROGRAMS.search(f"/{name}") for name in names):
        raise Refused("active_content", "マクロ、または別のソフトのデータが埋め込まれています。", _SAVE_AGAIN)
    return kinds[0]


def _check_sum(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as stream:
        while stream.read(1 << 20):
            pass


def _check_part(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as stream:
        for _, element in iterparse(stream, forbid_dtd=True):
            tag = str(element.tag).rpartition("}")[2]
            if tag in ("Override", "Default") and "macroenabled" in str(element.get("ContentType")).lower():
                raise Refused("active_content", "マクロが使える形式のファイルです。", _SAVE_AGAIN)
            if tag == "Relationship" and element.get("TargetMode") == "External":
                _check_link(str(element.get("Type")), str(element.get("Target")))
            if tag in ("instrText", "fldSimple") and _DYNAMIC.search(
                f"{element.text or ''} {' '.join(element.attrib.values())}"
            ):
                raise Refused(
                    "active_content", "ほかのプログラムを呼び出す項目（DDE）があります。", _SAVE_AGAIN
                )
            element.clear()


def _check_link(kind: str, target: str) -> None:
    """A link that a person follows is fine; what the program fetches by itself when the file is opened is not."""
    followed = kind.rpartition("/")[2] == "hyperlink"
    if not followed or not re.match(r"(?:https?|mailto):|#", target, re.IGNORECASE):
        raise Refused(
            "external_link",
            f"開いたときに外から読み込むリンクがあります（{target[:80]}）。",
            "リンクを解除（値や図に置き換え）してから保存してください。",
        )
