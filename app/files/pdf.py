"""What a PDF may not hold: encryption, scripts, programs to start, other files, bytes that belong to no PDF."""

from __future__ import annotations

import io
import logging
import re
from typing import Any, Final

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from app.files.refusal import Refused

OBJECTS_AT_MOST: Final = 100_000
DEPTH_AT_MOST: Final = 100
_SAVE_AGAIN = "作成元のソフトで「PDFとして保存（印刷）」し直してください。"
_ACTIVE: Final = {
    "/JavaScript": "スクリプト（JavaScript）",
    "/JS": "スクリプト（JavaScript）",
    "/Launch": "プログラムを起動する指定",
    "/EmbeddedFile": "別のファイルの添付",
    "/EmbeddedFiles": "別のファイルの添付",
    "/RichMedia": "埋め込まれた動画など",
    "/XFA": "XFA形式のフォーム",
    "/SubmitForm": "外部に送信するフォーム",
    "/ImportData": "外部から読み込む指定",
}
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
# Long enough not to be met by chance in compressed bytes: also what no cross-reference names any more is looked at.
_PLAIN: Final = tuple(name for name in _ACTIVE if len(name) > len("/Launch") - 1)


def check(content: bytes) -> None:
    """Raise Refused for a PDF that is not only a document."""
    _check_ends(content)
    readable = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    for name in _PLAIN:
        if re.search(re.escape(name.encode()) + rb"(?![A-Za-z])", readable):
            raise _active(name)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Refused(
                "encrypted",
                "暗号化（パスワードの設定または操作の制限）されています。",
                "保護を外して保存し直してください。",
            )
        if not len(reader.pages):
            raise _broken()
        _check_objects(reader)
    except Refused:
        raise
    except Exception as error:  # whatever a damaged file makes the parser do, it is refused
        logging.getLogger("dmp.files").info("unreadable PDF: %s", type(error).__name__)
        raise _broken() from error


def _check_ends(content: bytes) -> None:
    """Nothing may follow the last %%EOF: what does is read by other programs as something else."""
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise _broken()
    if content[end + len(b"%%EOF") :].strip(b"\r\n\t \x00"):
        raise Refused("polyglot", "PDFの終わりの後に、別のデータが続いています。", _SAVE_AGAIN)
    # Markup near the beginning makes some programs take the file for a page.
    if re.search(rb"<(?:!doctype|html|script|svg|\?php)", content[:1024], re.IGNORECASE):
        raise Refused("polyglot", "PDFの先頭に、ウェブページなどの記述があります。", _SAVE_AGAIN)


def _check_objects(reader: PdfReader) -> None:
    named = {(number, generation) for generation, places in reader.xref.items() for number in places}
    named |= {(number, 0) for number in reader.xref_objStm}
    if len(named) > OBJECTS_AT_MOST:
        raise Refused(
            "too_complex",
            f"PDFの中の要素が多すぎます（{OBJECTS_AT_MOST:,}個まで）。",
            "分けて保存してください。",
        )
    for number, generation in sorted(named):
        _check_value(reader.get_object(IndirectObject(number, generation, reader)), 0)
    _check_value(reader.trailer, 0)


def _check_value(value: Any, depth: int) -> None:
    """Look at one object and what stands in it directly; what it refers to is looked at by itself."""
    if depth > DEPTH_AT_MOST:
        raise _broken()
    if isinstance(value, DictionaryObject):
        for name in value:
            if name in _ACTIVE:
                raise _active(str(name))
            inner = value.raw_get(name)
            if name in ("/S", "/Subtype", "/Type") and str(inner) in _ACTIVE:
                raise _active(str(inner))
            if not isinstance(inner, IndirectObject):
                _check_value(inner, depth + 1)
    elif isinstance(value, ArrayObject):
        for place in range(len(value)):
            inner = list.__getitem__(value, place)
            if not isinstance(inner, IndirectObject):
                _check_value(inner, depth + 1)


def _active(name: str) -> Refused:
    return Refused("active_content", f"{_ACTIVE[name]}が含まれています。", _SAVE_AGAIN)


def _broken() -> Refused:
    return Refused("unreadable", "PDFとして読めません。壊れている可能性があります。", _SAVE_AGAIN)
