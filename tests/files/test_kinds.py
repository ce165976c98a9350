"""What may be kept, by content: documents and nothing else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.kinds import check
from app.files.refusal import Refused
from tests.files.samples import docx, link, pdf, pdf_with, xlsx

UNPACKED = 1_000_000


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("契約書.pdf", pdf(), "pdf"),
        ("仕様書.PDF", pdf(pages=30) + b"\r\n", "pdf"),
        ("約款.docx", docx(), "docx"),
        ("約款.docx", docx(relations=link("hyperlink", "https://example.jp/")), "docx"),
        ("内訳.xlsx", xlsx(), "xlsx"),
        ("名前だけ", pdf(), "pdf"),
    ],
)
def test_documents_are_known_by_their_content(name: str, content: bytes, kind: str) -> None:
    assert check(name, content, UNPACKED) == kind


REFUSED: list[tuple[str, str, bytes, str]] = [
    ("empty", "a.pdf", b"", "empty"),
    ("a page", "a.pdf", b"<html><script>1</script></html>", "unknown_kind"),
    ("a program", "a.pdf", b"MZ\x90\x00" + bytes(200), "unknown_kind"),
    ("only the name", "a.docx", b"PK\x03\x04" + bytes(200), "unreadable"),
    ("another kind than its name", "a.pdf", docx(), "name_differs"),
    ("an old or protected Word", "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted_or_old"),
    ("cut off", "a.pdf", pdf()[:-40], "unreadable"),
    ("damaged", "a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 4 + b"\n%%EOF", "unreadable"),
    ("no page", "a.pdf", pdf(pages=0), "unreadable"),
    ("encrypted", "a.pdf", pdf_with("encrypted"), "encrypted"),
    ("restricted", "a.pdf", pdf_with("restricted"), "encrypted"),
    ("JavaScript", "a.pdf", pdf_with("javascript"), "active_content"),
    ("an attachment", "a.pdf", pdf_with("attachment"), "active_content"),
    ("a program to start", "a.pdf", pdf_with("launch"), "active_content"),
    ("a disguised name", "a.pdf", pdf().replace(b"/Title", b"/J#61vaScript /Title"), "active_content"),
    ("a PDF that is an archive, too", "a.pdf", pdf() + docx(), "polyglot"),
    ("something behind the end", "a.pdf", pdf() + b"<script>alert(1)</script>", "polyglot"),
    ("a page in front", "a.pdf", b"%PDF-1.7\n<html>" + pdf(), "polyglot"),
    ("an archive that is a PDF, too", "a.docx", docx() + pdf(), "polyglot"),
    ("an archive behind something", "a.docx", b"GIF89a" + docx(), "unknown_kind"),
    ("macros", "a.docx", docx(more={"word/vbaProject.bin": b"x"}), "active_content"),
    ("a macro's kind", "a.docx", docx(kind="application/vnd.ms-word.document.macroEnabled.main+xml"), "active_content"),
    ("an embedded object", "a.docx", docx(more={"word/embeddings/oleObject1.bin": b"x"}), "active_content"),
    ("DDE", "a.docx", docx("<w:instrText>DDEAUTO c:\\\\cmd.exe</w:instrText>"), "active_content"),
    ("a template from elsewhere", "a.docx", docx(relations=link("attachedTemplate", "http://a.jp/t")), "external_link"),
    ("a picture from elsewhere", "a.docx", docx(relations=link("image", "http://a.jp/p.png")), "external_link"),
    ("a link that runs", "a.docx", docx(relations=link("hyperlink", "javascript:1")), "external_link"),
    ("entities", "a.docx", docx(more={"word/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "unreadable"),
    ("a bomb", "a.docx", docx(more={"word/media/a.bmp": bytes(UNPACKED + 1)}), "too_large"),
    ("neither Word nor Excel", "a.docx", docx().replace(b"word/document.xml", b"word/dokument.xml"), "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_more_than_a_document_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(name, content, UNPACKED)
    assert refused.value.code == code, refused.value.message
    assert refused.value.message.endswith("。")
    assert refused.value.remedy.endswith("。")


@given(
    content=st.binary(max_size=300),
    before=st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", b"%PDF-1.7\n%%EOF"]),
)
def test_no_bytes_do_more_than_be_refused(content: bytes, before: bytes) -> None:
    with pytest.raises(Refused):
        check("a.pdf", before + content, UNPACKED)


@given(place=st.integers(0, len(pdf()) - 1), byte=st.integers(0, 255))
def test_a_damaged_pdf_is_refused_or_still_a_pdf(place: int, byte: int) -> None:
    whole = bytearray(pdf())
    whole[place] = byte
    with suppress(Refused):
        assert check("a.pdf", bytes(whole), UNPACKED) == "pdf"
