"""Statements: packing loses nothing, coverage equals a recount, and no answer is kept for a changed requirement."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.conformance.statements import (
    STATES,
    Statement,
    carried_over,
    coverage,
    packed,
    read_statement,
    unpacked,
)
from app.specifications.differences import counterparts
from catalogue_schema.requirements import OBLIGATIONS, SIZE_CLASSES, VersionContent
from tests.specifications.test_differences import contents

TODAY = date(2026, 11, 24)


@st.composite
def _statement(draw: st.DrawFn) -> Statement:
    state = draw(st.sampled_from([*STATES]))
    return Statement(
        state,
        how="別製品と組む" if state == "conditional" else "",
        planned_on=TODAY + timedelta(days=draw(st.integers(-5, 5))) if state == "planned" else None,
        note=draw(st.sampled_from(["", "備考"])),
        evidence=draw(st.sampled_from(["", "https://example.jp/"])),
    )


_STATEMENTS = st.dictionaries(st.integers(0, 7), _statement())


@settings(max_examples=60, deadline=None)
@given(contents(), _STATEMENTS)
def test_coverage_equals_a_recount(version: VersionContent, said: dict[int, Statement]) -> None:
    items = version.requirements
    said = {position: each for position, each in said.items() if position < len(items)}
    states, details = packed(said, len(items))
    assert unpacked(states, details) == said
    assert len(states) == len(items)
    for found in coverage(items, said):
        lines = [
            (item, said.get(position))
            for position, item in enumerate(items)
            if item.obligation[found.size_class] == "required"
        ]
        assert found.required["total"] == len(lines)
        for state in STATES:
            assert found.required[state] == len([1 for _, each in lines if each and each.state == state])
        assert found.required["unanswered"] == len([1 for _, each in lines if each is None])
        assert list(found.missing) == [
            item.key for item, each in lines if each is None or each.state != "conforms"
        ]
        assert (found.level == "conforms") is (bool(lines) and not found.missing)
        if found.level == "planned":
            assert found.planned_on == max(each.planned_on for _, each in lines if each and each.planned_on)
        else:
            assert found.planned_on is None
    assert {code for item in items for code in item.obligation.values()} <= set(OBLIGATIONS)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_answer_to_a_changed_requirement_is_kept(data: st.DataObject) -> None:
    before = data.draw(contents())
    after = data.draw(contents(before.requirements))
    said = {
        position: each
        for position, each in data.draw(_STATEMENTS).items()
        if position < len(before.requirements)
    }
    same = counterparts([before, after])
    kept = carried_over(before.requirements, after.requirements, same, said, TODAY)
    places = {item.key: position for position, item in enumerate(before.requirements)}
    for position, item in enumerate(after.requirements):
        earlier = places.get(same.get(item.key, ""))
        held = said.get(earlier) if earlier is not None else None
        unchanged = earlier is not None and all(
            getattr(before.requirements[earlier], name) == getattr(item, name)
            for name in ("kind", "text", "obligation", "conform_by", "note")
        )
        current = held is not None and (held.planned_on is None or held.planned_on >= TODAY)
        assert kept.get(position) == (held if unchanged and current else None)


def test_every_fault_of_a_statement_is_told() -> None:
    wrong = {"state": "maybe", "how": "x", "planned_on": "昨日", "note": 1, "evidence": "http://example.jp/"}
    _, faults = read_statement(wrong, TODAY)
    assert {(fault.member, fault.code) for fault in faults} == {
        ("state", "unknown_term"),
        ("how", "not_asked"),
        ("planned_on", "not_asked"),
        ("note", "wrong_type"),
        ("evidence", "url"),
    }
    for given_, code in (
        ({"state": "conditional"}, ("how", "required")),
        ({"state": "planned"}, ("planned_on", "required")),
        ({"state": "予定", "planned_on": "2026-11-23"}, ("planned_on", "past")),
        ({"note": "備考"}, ("state", "required")),
        ({"state": "適合", "evidence": "javascript:alert(1)"}, ("evidence", "url")),
    ):
        _, faults = read_statement(given_, TODAY)
        assert [(fault.member, fault.code) for fault in faults] == [code]
    assert set(SIZE_CLASSES) == {"designated_city", "core_city", "general"}
