"""The terms of a sample contract: a body's 約款 as a PDF among its documents, 利用規約 in words, and deviations."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject
from pypdf.generic import TextStringObject as Text
from sqlmodel import Session

from app.access.actor import Actor
from app.files.service import files_of
from app.kit.clock import Clock
from app.procurement.document_schemas import DocumentIn
from app.procurement.documents import add_document
from app.procurement.precedence import answer_deviation, ask_deviation, state_texts
from app.procurement.precedence_schemas import DeviationAnswerIn, DeviationIn, PrecedenceIn, TextIn
from app.settings import Settings

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 60
"""A4 in points."""
_SIZE, _LEADING = 11, 22
_IN_A_LINE = (_WIDTH - 2 * _MARGIN) // _SIZE


def state_sample_terms(
    session: Session, settings: Settings, clock: Clock, officer: Actor, contract_id: str, data: dict[str, Any]
) -> list[tuple[str, str]]:
    """Add the document, state the texts and ask for the deviations; those that the vendor answers, with its reason."""
    document = add_document(
        session,
        officer,
        clock,
        files_of(settings),
        contract_id,
        DocumentIn(kind="clauses", title=data["document"], file_name=f"{data['document']}.pdf"),
        page_of_text(data["document"], data["clauses"]),
    )
    texts = [
        TextIn(kind="individual"),
        TextIn(kind="general_conditions", document_id=document.id),
        TextIn(kind="terms_of_use", title=data["terms_of_use"], body="\n".join(data["words"])),
    ]
    stated = state_texts(session, officer, clock, contract_id, PrecedenceIn(texts=texts))
    answered = []
    for line in data["deviations"]:
        clause, wanted, reason, answer = (part.strip() for part in line.split("|"))
        given = DeviationIn(text_id=stated.texts[-1].id, clause=clause, wanted=wanted, reason=reason)
        asked = ask_deviation(session, officer, clock, contract_id, given)
        if answer:
            answered.append((asked.id, answer))
    return answered


def accept_deviations(
    session: Session, clock: Clock, vendor: Actor, contract_id: str, answered: list[tuple[str, str]]
) -> None:
    """The vendor accepts these, each with its reason."""
    for deviation_id, reason in answered:
        given = DeviationAnswerIn(reason=reason)
        answer_deviation(session, vendor, clock, contract_id, deviation_id, "acceptance", given)


def page_of_text(title: str, lines: list[str]) -> bytes:
    """A PDF of one page with these lines, in the Japanese font that the reader has: none is embedded."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=_WIDTH, height=_HEIGHT)
    wrapped = [title, ""]
    for line in lines:
        wrapped += [line[at : at + _IN_A_LINE] for at in range(0, len(line), _IN_A_LINE)]
    shown = " T* ".join(f"<{line.encode('utf-16-be').hex()}> Tj" for line in wrapped)
    content = DecodedStreamObject()
    content.set_data(
        f"BT /F1 {_SIZE} Tf {_LEADING} TL {_MARGIN} {_HEIGHT - _MARGIN} Td {shown} ET".encode("ascii")
    )
    page[NameObject("/Contents")] = writer._add_object(content)
    page[NameObject("/Resources")] = _names(Font=_names(F1=_japanese()))
    writer.add_metadata({"/Title": title})
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _japanese() -> DictionaryObject:
    """A gothic font of Adobe-Japan1, which every reader replaces by what it has."""
    character_set = _names(Registry=Text("Adobe"), Ordering=Text("Japan1"), Supplement=NumberObject(2))
    numbers = {"Flags": 4, "Ascent": 880, "Descent": -120, "CapHeight": 880, "StemV": 93, "ItalicAngle": 0}
    descriptor = _names(
        Type=NameObject("/FontDescriptor"),
        FontName=NameObject("/KozGoPro-Medium-Acro"),
        FontBBox=ArrayObject(NumberObject(edge) for edge in (-149, -374, 1254, 1008)),
        **{name: NumberObject(value) for name, value in numbers.items()},
    )
    glyphs = _names(
        Type=NameObject("/Font"),
        Subtype=NameObject("/CIDFontType0"),
        BaseFont=NameObject("/KozGoPro-Medium-Acro"),
        CIDSystemInfo=character_set,
        FontDescriptor=descriptor,
    )
    return _names(
        Type=NameObject("/Font"),
        Subtype=NameObject("/Type0"),
        BaseFont=NameObject("/KozGoPro-Medium-Acro-UniJIS-UTF16-H"),
        Encoding=NameObject("/UniJIS-UTF16-H"),
        DescendantFonts=ArrayObject([glyphs]),
    )


def _names(**given: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in given.items()})
