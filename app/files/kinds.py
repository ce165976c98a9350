"""What a file is, by its content: PDF, docx or xlsx, without scripts, encryption, or a second nature."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath
from typing import Final

from app.files import ooxml, pdf
from app.files.refusal import Refused

MEDIA: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media type of each kind."""
NAMES: Final = {"pdf": "PDF", "docx": "Word（docx）", "xlsx": "Excel（xlsx）"}
_ONLY = "PDF、docx、xlsx のどれかで保存し直してください。"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check(name: str, content: bytes, unpacked_at_most: int) -> str:
    """The kind of this content. `unpacked_at_most`: bytes that a docx or xlsx may unpack to.

    Raises Refused, saying why and what to do instead.
    """
    kind = _kind_of(content)
    if kind == "pdf":
        if zipfile.is_zipfile(io.BytesIO(content)):
            raise Refused("polyglot", "PDFであると同時に、別の形式のファイルとしても読めます。", _ONLY)
        pdf.check(content)
    else:
        kind = ooxml.check(content, unpacked_at_most)
    said = PurePath(name).suffix.lower().removeprefix(".")
    if said and said != kind:
        raise Refused(
            "name_differs",
            f"名前は「.{said[:10]}」ですが、中身は{NAMES[kind]}です。",
            f"名前の終わりを「.{kind}」にするか、正しいファイルを選んでください。",
        )
    return kind


def _kind_of(content: bytes) -> str:
    if not content:
        raise Refused("empty", "ファイルが空です。", "内容のあるファイルを選んでください。")
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "ooxml"
    if content.startswith(_OLE):
        raise Refused(
            "encrypted_or_old",
            "パスワードで保護されているか、古い形式（.doc、.xls）のファイルです。",
            "保護を外し、docx、xlsx または PDF で保存し直してください。",
        )
    raise Refused("unknown_kind", "PDF、docx、xlsx のどれでもありません（中身で見分けています）。", _ONLY)
