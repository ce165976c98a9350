"""Judging one condition against one set of answers, for every kind of field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.procurement.judging import Wanted, best_of, judge, normal_wanted, operators_of, sentence
from catalogue_schema import load_schema

SCHEMA = load_schema()
ON = date(2026, 11, 24)
ISMAP = {"scheme": "ismap", "number": "1", "scope": "x", "valid_from": "2025-01-01"}


def _price(*prices: str) -> dict[str, Any]:
    rows = [
        {
            "name": f"月額{number}", "charge_type": "monthly", "unit": "月", "unit_price": price,
            "quantity_basis": "contract", "tax_category": "standard", "payee": "vendor",
        }
        for number, price in enumerate(prices)
    ]  # fmt: skip
    return {"price_lines": rows}


@pytest.mark.parametrize(
    ("subject", "field", "operator", "wanted", "answers", "outcome"),
    [
        ("software", "accessibility_level", "equals", ["aa"], {"accessibility_level": "aa"}, "meets"),
        ("software", "accessibility_level", "includes", ["aa", "aaa"], {"accessibility_level": "a"}, "fails"),
        ("software", "accessibility_level", "includes", ["aa"], {}, "unanswered"),
        ("software", "export_formats", "includes", ["csv", "json"], {"export_formats": ["json"]}, "meets"),
        ("software", "export_formats", "all_of", ["csv", "json"], {"export_formats": ["json"]}, "fails"),
        ("software", "export_formats", "all_of", ["json"], {"export_formats": ["json", "csv"]}, "meets"),
        ("software", "api_available", "equals", True, {"api_available": True}, "meets"),
        ("software", "api_available", "equals", True, {"api_available": False}, "fails"),
        ("software", "api_available", "equals", False, {"api_available": False}, "meets"),
        ("software", "rto_hours", "at_most", "24", {"rto_hours": 24}, "meets"),
        ("software", "rto_hours", "at_most", "24", {"rto_hours": 25}, "fails"),
        ("software", "sla_percent", "at_least", "99.9", {"sla_percent": "99.95"}, "meets"),
        ("software", "april_order_by", "at_least", "2027-01-31", {"april_order_by": "2027-01-30"}, "fails"),
        ("software", "website", "answered", None, {"website": "https://example.jp/"}, "meets"),
        ("software", "website", "answered", None, {}, "unanswered"),
        (
            "software", "security_registrations", "includes", ["ismap"],
            {"security_registrations": [ISMAP | {"valid_until": "2026-11-24"}]}, "meets",
        ),
        (
            "software", "security_registrations", "includes", ["ismap"],
            {"security_registrations": [ISMAP | {"valid_until": "2026-11-23"}]}, "fails",
        ),
        ("offer", "price_lines", "at_most", "100000", _price("90000", "10000"), "meets"),
        ("offer", "price_lines", "at_most", "100000", _price("90000", "10001"), "fails"),
        (
            "offer", "price_lines", "at_most", "100000",
            {"price_lines": [{"name": "x", "charge_type": "per_unit", "unit_price": "1"}]}, "unanswered",
        ),
    ],
)  # fmt: skip
def test_outcomes(
    subject: str, field: str, operator: str, wanted: Any, answers: dict[str, Any], outcome: str
) -> None:
    asked, faults = normal_wanted(SCHEMA, Wanted(subject, field, operator, wanted))
    assert not faults
    condition = Wanted(subject, field, operator, asked)
    assert judge(SCHEMA, condition, answers, SCHEMA.version, ON) == outcome
    assert sentence(SCHEMA, condition).startswith("「")


def test_every_field_can_be_asked_for_and_its_operators_make_sense() -> None:
    for subject in ("software", "offer"):
        for field in SCHEMA.fields(subject):
            operators = operators_of(field)
            assert "answered" in operators
            condition = Wanted(subject, field.name, "answered", None)
            example = SCHEMA.example(subject)
            assert judge(SCHEMA, condition, example, SCHEMA.version, ON) == "meets"
            assert judge(SCHEMA, condition, {}, SCHEMA.version, ON) == "unanswered"


def test_one_offer_that_meets_is_enough() -> None:
    assert best_of(["fails", "meets", "unanswered"]) == "meets"
    assert best_of(["fails", "unanswered"]) == "unanswered"
    assert best_of(["fails", "fails"]) == "fails"
    assert best_of([]) == "unanswered"
