"""HTML forms: what people type, read kindly; what cannot be read, kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_schema.model import SUBJECTS
from tests.catalogue_schema.given import SCHEMA, TODAY, valid_answers


@given(software=valid_answers("software"), offer=valid_answers("offer"))
def test_answers_survive_the_form_and_back(software: dict[str, Any], offer: dict[str, Any]) -> None:
    for subject, answers in (("software", software), ("offer", offer)):
        stored = SCHEMA.normalise(subject, answers)
        read, faults = SCHEMA.from_form(subject, SCHEMA.to_form(subject, stored))
        assert faults == []
        assert SCHEMA.normalise(subject, read) == stored


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_example_survives_the_form(subject: str) -> None:
    read, faults = SCHEMA.from_form(subject, SCHEMA.to_form(subject, SCHEMA.example(subject)))
    assert (SCHEMA.normalise(subject, read), faults) == (SCHEMA.example(subject), [])


KINDLY: list[tuple[str, str, Any]] = [
    ("rpo_hours", "２４", 24),
    ("rpo_hours", " 1,000 時間 ", 1000),
    ("sla_percent", "９９．９％", "99.9"),
    ("sla_percent", "099.9", "99.9"),
    ("april_order_by", "令和８年４月１日", "2026-04-01"),
    ("april_order_by", "R8.4.1", "2026-04-01"),
    ("april_order_by", "2026/4/1", "2026-04-01"),
    ("api_available", "false", False),
    ("api_available", "はい", True),
    ("name_kana", "ﾏﾄﾞｸﾞﾁ", "マドグチ"),
    ("contact_phone", "０３－１２３４－５６７８", "03-1234-5678"),
    ("contact_email", "ａ＠example.jp", "a@example.jp"),
    ("description", "一\r\n二", "一\n二"),
    ("route", " individual ", "individual"),
]


@pytest.mark.parametrize(("name", "typed", "meant"), KINDLY)
def test_what_people_type_is_read_kindly(name: str, typed: str, meant: Any) -> None:
    answers, faults = SCHEMA.from_form("software", {name: [typed]})
    assert (answers, faults) == ({name: meant}, [])
    assert SCHEMA.validate("software", answers, "draft", today=TODAY) == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("▲1,000円", "-1000"), ("△8.8", "-8.8"), ("－5", "-5"), ("−5", "-5"), ("０", "0")]
)
def test_prices_as_accountants_write_them(typed: str, meant: str) -> None:
    answers, faults = SCHEMA.from_form("offer", {"price_lines-0-unit_price": [typed]})
    assert (answers, faults) == ({"price_lines": [{"unit_price": meant}]}, [])


UNREADABLE: list[tuple[str, str, str]] = [
    ("rpo_hours", "いちにち", "wrong_type"),
    ("rpo_hours", "1.5", "fractional"),
    ("rpo_hours", "9" * 40, "too_large"),
    ("sla_percent", "九割", "wrong_type"),
    ("sla_percent", "1e3", "wrong_type"),
    ("april_order_by", "令和0年4月1日", "impossible_date"),
    ("april_order_by", "2026-02-30", "impossible_date"),
    ("api_available", "たぶん", "wrong_type"),
]


@pytest.mark.parametrize(("name", "typed", "code"), UNREADABLE)
def test_what_cannot_be_read_is_a_fault_and_kept_as_typed(name: str, typed: str, code: str) -> None:
    answers, faults = SCHEMA.from_form("software", {name: [typed]})
    assert answers == {name: typed}
    assert [(fault.pointer, fault.code, fault.field) for fault in faults] == [(f"/{name}", code, name)]
    assert SCHEMA.field("software", name).label_ja in faults[0].message
    assert faults[0].remedy
    assert SCHEMA.form_value(SCHEMA.field("software", name), answers[name]) == typed


def test_reading_and_checking_gives_one_fault_for_each_place() -> None:
    form = {"rpo_hours": ["いちにち"], "rto_hours": ["9000"], "name": ["あ" * 101]}
    answers, faults = SCHEMA.check_form("software", form, "draft", today=TODAY)
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/name", "too_long"),
        ("/rpo_hours", "wrong_type"),
        ("/rto_hours", "too_large"),
    ]
    assert answers["rto_hours"] == 9000


def test_rows_keep_their_order_blank_and_removed_ones_go() -> None:
    form = {
        "subcontracting-10-task": ["十"],
        "subcontracting-2-task": ["二"],
        "subcontracting-2-country": ["JP"],
        "subcontracting-3-task": [" "],
        "subcontracting-4-task": ["消す"],
        "subcontracting-4-_remove": ["1"],
        "subcontracting-x-task": ["無視"],
        "subcontracting-5-colour": ["無視"],
    }
    answers, faults = SCHEMA.from_form("software", form)
    assert answers == {"subcontracting": [{"task": "二", "country": "JP"}, {"task": "十"}]}
    assert faults == []


def test_a_fault_in_a_row_points_to_its_place_among_the_answers() -> None:
    form = {"entry_weeks-0-weeks": [""], "entry_weeks-7-weeks": ["十"]}
    answers, faults = SCHEMA.from_form("software", form)
    assert answers == {"entry_weeks": [{"weeks": "十"}]}
    assert [fault.pointer for fault in faults] == ["/entry_weeks/0/weeks"]
    assert faults[0].message.startswith("「導入にかかる標準的な週数」1行目「週数」")
    assert SCHEMA.input_name("software", faults[0].pointer) == "entry_weeks-0-weeks"


@pytest.mark.parametrize(
    ("pointer", "name"),
    [("/name", "name"), ("/business_areas/3", "business_areas"), ("/subcontracting/1/task", "subcontracting-1-task"),
     ("/subcontracting", "subcontracting"), ("/unknown", "unknown"), ("", "")],
)  # fmt: skip
def test_a_pointer_leads_to_its_input(pointer: str, name: str) -> None:
    assert SCHEMA.input_name("software", pointer) == name


def test_a_section_is_read_and_laid_over_the_rest() -> None:
    current = {"name": "旧", "summary": "旧", "rpo_hours": 5, "rto_hours": 6}
    form = {"rpo_hours": ["7"], "rto_hours": [""], "name": ["よそ"], "csrf": ["x"]}
    answers, faults = SCHEMA.from_form("software", form, group="operations")
    assert (answers, faults) == ({"rpo_hours": 7}, [])
    merged = SCHEMA.merge_form("software", current, answers, "operations")
    assert merged == {"name": "旧", "summary": "旧", "rpo_hours": 7}


@given(form=st.dictionaries(
    st.sampled_from(sorted(SCHEMA.to_form("software", SCHEMA.example("software")))) | st.text(max_size=20),
    st.lists(st.text(max_size=20), max_size=3), max_size=8))  # fmt: skip
def test_any_form_is_read_without_an_exception(form: dict[str, list[str]]) -> None:
    answers, faults = SCHEMA.check_form("software", form, "complete", today=TODAY)
    assert len(faults) == len({fault.pointer + fault.code for fault in faults})
    for field in SCHEMA.fields("software"):
        SCHEMA.form_value(field, answers.get(field.name))
        SCHEMA.display(field, answers.get(field.name))
