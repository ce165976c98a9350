"""Files as people make them, and as they must not be."""

from __future__ import annotations

import io
import zipfile

from openpyxl import Workbook
from pypdf import PdfWriter
from pypdf.constants import UserAccessPermissions
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner finds and nothing runs. In two pieces, so that this file itself is left alone."""
_WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    "{0}</w:r></w:p></w:body></w:document>"
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{0}</Relationships>'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="{0}"/></Types>'
)
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def written(writer: PdfWriter) -> bytes:
    """The writer's bytes."""
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def pdf(text: str = "契約書", *, pages: int = 1) -> bytes:
    """A PDF of empty pages with that title."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": text})
    return written(writer)


def pdf_with(name: str) -> bytes:
    """A PDF that runs, opens or holds something."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    actions = {"javascript": ("/JavaScript", "/JS", "app.alert(1)"), "launch": ("/Launch", "/F", "cmd.exe")}
    if name in actions:
        kind, key, value = actions[name]
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject(kind), NameObject(key): TextStringObject(value)}
        )
    elif name == "attachment":
        writer.add_attachment("a.txt", b"x")
    elif name == "encrypted":
        writer.encrypt("secret")
    else:
        writer.encrypt(user_password="", owner_password="owner", permissions_flag=UserAccessPermissions(0))
    return written(writer)


def docx(
    inner: str = "<w:t>約款</w:t>",
    relations: str = "",
    kind: str = _DOCX,
    more: dict[str, bytes] | None = None,
) -> bytes:
    """A Word document with that run, those relationships and further parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format(kind))
        archive.writestr("word/document.xml", _WORD.format(inner))
        archive.writestr("word/_rels/document.xml.rels", _RELATIONS.format(relations))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return stream.getvalue()


def link(kind: str, target: str) -> str:
    """An external relationship."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="r1" Type="{base}/{kind}" Target="{target}" TargetMode="External"/>'


def xlsx() -> bytes:
    """A workbook as openpyxl writes it."""
    stream = io.BytesIO()
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "金額"
    book.save(stream)
    return stream.getvalue()
