"""Whatever the answers: what is exported and imported again changes nothing, in every format. A property."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bulk import writing
from app.bulk.reading import Limits, read_records
from app.listings.content import content_hash
from app.listings.views import EntryView, OwnerCard, RevisionView
from catalogue_schema import load_schema
from tests.catalogue_schema.given import TODAY, valid_answers

SCHEMA = load_schema()
NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIMITS = Limits(entries=50, unpacked_bytes=10_000_000)
AWKWARD = (
    *("=1+1", "+81", "-5", "@名", "'=x", "''-y", '"引用"', "a,b", "#N/A", "_x000D_", "TRUE", "001", "1e5"),
    *("2026/1/1", ";", "[x]", "令和8年4月1日", "２４", "ﾏﾄﾞ"),
)
awkward = st.sampled_from(AWKWARD)


@st.composite
def answers_of(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Valid answers in stored form, some of their texts awkward for spreadsheets."""
    answers = draw(valid_answers(kind))
    for field in SCHEMA.fields(kind):
        if field.kind in ("text", "long_text") and draw(st.booleans()):
            answers[field.name] = draw(awkward) + draw(
                st.sampled_from(["", "x", "\n二行目" if field.kind == "long_text" else ""])
            )
        for column in field.columns:
            if column.kind == "text" and not column.unique:
                for row in answers.get(field.name, []):
                    row[column.name] = draw(awkward)
    return SCHEMA.normalise(kind, answers)


def entry(kind: str, number: int, answers: dict[str, Any]) -> EntryView:
    revision = RevisionView(
        id=f"rev_{number}", entry_id=f"id_{number}", number=1, status="draft", answers=answers,
        schema_version=SCHEMA.version, content_hash=content_hash(answers, SCHEMA.version), version=3,
        created_at=NOW, updated_at=NOW, submitted_at=None, submitted_by=None, decided_at=None,
        published_at=None, replaced_at=None,
    )  # fmt: skip
    return EntryView(
        id=f"id_{number}", kind=kind, status="unpublished", owner=OwnerCard("o", "架空", "vendor", None, ""),
        software_id="id_0" if kind == "offer" else None, visible=False, created_at=NOW, published_at=None,
        last_day=None, ended_on=None, end_note="", end_reason="", live=None,
        vendor_key=f"=key-{number}" if number % 2 else None, working=revision,
    )  # fmt: skip


def exported(form: str, entries: list[EntryView]) -> bytes:
    walk = lambda kind: iter([each for each in entries if each.kind == kind])  # noqa: E731  # what writing asks for
    if form == "jsonl":
        return "".join(writing.json_lines(walk)).encode()
    if form == "csv":
        return "".join(writing.csv_export(SCHEMA, walk)).encode()
    target = io.BytesIO()
    writing.xlsx_export(SCHEMA, walk, target)
    return target.getvalue()


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_what_goes_out_comes_back(form: str, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["software", "offer"]), min_size=1, max_size=2))
    entries = [entry(kind, number, data.draw(answers_of(kind))) for number, kind in enumerate(kinds)]
    records, faults = read_records(SCHEMA, exported(form, entries), LIMITS)
    assert faults == []
    assert [record.faults for record in records] == [[] for _ in entries]
    came_back = {record.said("id"): record for record in records}
    for each in entries:
        record = came_back[each.id]
        assert each.working is not None
        assert record.kind == each.kind
        assert record.said("key") == (each.vendor_key or "")
        kept = {name: value for name, value in record.answers.items() if value is not None}
        assert SCHEMA.normalise(each.kind, kept) == dict(each.working.answers)
        assert SCHEMA.validate(each.kind, kept, "draft", TODAY) == SCHEMA.validate(
            each.kind, each.working.answers, "draft", TODAY
        )
