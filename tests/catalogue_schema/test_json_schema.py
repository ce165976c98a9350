"""The published JSON Schema: valid itself, agreeing with validation where it can speak."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from catalogue_schema.model import SUBJECTS
from tests.catalogue_schema.given import SCHEMA, TODAY, valid_answers

VALIDATORS = {subject: Draft202012Validator(SCHEMA.json_schema(subject)) for subject in SUBJECTS}


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("mode", ["draft", "complete"])
def test_it_is_a_schema_and_takes_the_example(subject: str, mode: Any) -> None:
    schema = SCHEMA.json_schema(subject, "https://dmp.example.jp/api/v1/schemas/", mode)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(SCHEMA.example(subject))
    assert schema["$id"] == f"https://dmp.example.jp/api/v1/schemas/{subject}/1"
    assert list(schema["properties"]) == [field.name for field in SCHEMA.fields(subject)]


def test_only_the_complete_schema_requires_anything() -> None:
    assert "required" not in SCHEMA.json_schema("offer", mode="draft")
    assert SCHEMA.json_schema("offer")["required"] == [
        field.name for field in SCHEMA.fields("offer") if field.required
    ]
    assert "$id" not in SCHEMA.json_schema("offer")


def test_terms_groups_and_labels_are_in_it() -> None:
    route = SCHEMA.json_schema("software")["properties"]["route"]
    assert route["oneOf"][0] == {"const": "shared_saas", "title": "共通SaaS", "x-label-en": "Shared SaaS"}
    assert (route["title"], route["x-group"]) == ("導入の経路", "route")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # every field at once
@given(software=valid_answers("software"), offer=valid_answers("offer"))
def test_valid_answers_in_stored_form_fit_the_schema(software: dict[str, Any], offer: dict[str, Any]) -> None:
    for subject, answers in (("software", software), ("offer", offer)):
        errors = list(VALIDATORS[subject].iter_errors(SCHEMA.normalise(subject, answers)))
        assert [error.message for error in errors] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "あ" * 101),
        ("name", "ベル\x07"),
        ("description", "鐘\x07"),
        ("route", "rout"),
        ("business_areas", ["gis", "gis"]),
        ("business_areas", []),
        ("rpo_hours", True),
        ("rpo_hours", -1),
        ("sla_percent", 99.9),
        ("sla_percent", "99.99999"),
        ("april_order_by", "令和8年4月1日"),
        ("website", "ftp://example.jp/"),
        ("responsibility_demarcation", []),
        ("responsibility_demarcation", [{"item": "基盤"}]),
        ("responsibility_demarcation", [{"item": "基盤", "responsible": "cloud", "colour": "red"}]),
        ("colour", "red"),
    ],
)
def test_what_it_refuses_validation_refuses_too(field: str, value: Any) -> None:
    answers = {**SCHEMA.example("software"), field: value}
    assert not VALIDATORS["software"].is_valid(answers)
    assert SCHEMA.validate("software", answers, "complete", today=TODAY)
