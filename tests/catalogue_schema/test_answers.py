"""The stored form, completeness, examples."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_schema.model import SUBJECTS
from tests.catalogue_schema.given import SCHEMA, TODAY, json_answers, json_values, valid_answers


@given(answers=json_values)
def test_normalising_any_json_twice_changes_nothing_more(answers: Any) -> None:
    for subject in SUBJECTS:
        once = SCHEMA.normalise(subject, answers)
        assert repr(SCHEMA.normalise(subject, once)) == repr(once)


@given(answers=json_answers("software"))
def test_normalising_wrong_answers_twice_changes_nothing_more(answers: dict[str, Any]) -> None:
    once = SCHEMA.normalise("software", answers)
    assert repr(SCHEMA.normalise("software", once)) == repr(once)


@given(answers=valid_answers("offer"), random=st.randoms())
def test_the_order_of_keys_does_not_matter_and_valid_answers_stay_valid(
    answers: dict[str, Any], random: Any
) -> None:
    stored = SCHEMA.normalise("offer", answers)
    shuffled = dict(random.sample(list(answers.items()), len(answers)))
    assert json.dumps(SCHEMA.normalise("offer", shuffled)) == json.dumps(stored)
    assert SCHEMA.validate("offer", stored, "complete", today=TODAY) == []
    assert list(stored) == [field.name for field in SCHEMA.fields("offer") if field.name in stored]


def test_texts_choices_decimals_and_blanks_in_stored_form() -> None:
    given_answers = {
        "summary": "  か\u3099き\r\n",
        "description": "一\r\n二\r三",
        "name": "",
        "cloud_region": ["osaka", "tokyo", "osaka"],
        "sla_percent": "99.9000",
        "rpo_hours": 0,
        "api_available": False,
        "website": None,
        "business_areas": [],
        "subcontracting": [{"country": "JP", "task": " 受付 "}, {}, {"task": ""}],
    }
    stored = SCHEMA.normalise("software", given_answers)
    assert stored == {
        "summary": "がき",
        "description": "一\n二\n三",
        "cloud_region": ["tokyo", "osaka"],
        "sla_percent": "99.9",
        "rpo_hours": 0,
        "api_available": False,
        "subcontracting": [{"task": "受付", "country": "JP"}],
    }
    assert list(stored["subcontracting"][0]) == ["task", "country"]


@pytest.mark.parametrize(
    ("given_value", "stored"), [("8.80", "8.8"), (5, "5"), ("-0", "0"), ("0.0", "0"), ("100", "100")]
)
def test_equal_decimals_are_stored_alike(given_value: object, stored: str) -> None:
    assert SCHEMA.normalise("software", {"sla_percent": given_value}) == {"sla_percent": stored}


def test_unknown_fields_are_kept_last_for_validation_to_refuse() -> None:
    assert list(SCHEMA.normalise("offer", {"z": 1, "a": 1, "summary": "x"})) == ["summary", "a", "z"]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_example_is_complete_valid_and_in_stored_form(subject: str) -> None:
    example = SCHEMA.example(subject)
    assert set(example) == {field.name for field in SCHEMA.fields(subject)}
    assert SCHEMA.validate(subject, example, "complete", today=TODAY) == []
    assert SCHEMA.normalise(subject, example) == example
    smallest = SCHEMA.example(subject, required_only=True)
    assert SCHEMA.validate(subject, smallest, "complete", today=TODAY) == []
    assert 0 < len(smallest) < len(example)


def test_the_example_is_a_copy() -> None:
    SCHEMA.example("offer")["price_lines"].clear()
    assert SCHEMA.example("offer")["price_lines"]


def test_completeness_counts_answers_and_names_what_is_missing() -> None:
    nothing = SCHEMA.completeness("offer", {"summary": " "})
    assert nothing.answered == 0
    assert nothing.total == len(SCHEMA.fields("offer"))
    assert [field.name for field in nothing.required_missing] == [
        "name", "name_kana", "summary", "price_models", "price_lines", "minimum_term_months",
    ]  # fmt: skip
    assert len(nothing.required_missing) + len(nothing.optional_missing) == nothing.total
    everything = SCHEMA.completeness("offer", SCHEMA.example("offer"))
    assert (everything.answered, everything.required_missing, everything.optional_missing) == (
        everything.total,
        (),
        (),
    )
    refused = SCHEMA.completeness("software", {"api_available": False, "rpo_hours": 0})
    assert refused.answered == 2
