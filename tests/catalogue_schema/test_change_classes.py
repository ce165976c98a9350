"""軽微 and 重要: every field has a considered class, and directions are judged row by row."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from catalogue_schema import load_schema

SCHEMA = load_schema()
FOLDER = Path(__file__).parents[2] / "catalogue_schema" / "fields"
NOT_MAJOR = {
    "software": {
        "website",
        "contact_email",
        "contact_phone",
        "api_document",
        "security_registrations",
        "accessibility_tested_on",
        "april_order_by",
    },
    "offer": {"price_lines", "options", "volume_discounts", "term_discounts"},
}
"""Which fields a vendor may ever change without review; whoever adds to it has thought about it."""


def test_every_field_says_its_class_itself() -> None:
    silent, asked = [], 0
    for path in sorted(FOLDER.glob("*/*.toml")):
        for field in tomllib.loads(path.read_text("utf-8"))["fields"]:
            asked += 1
            if "change" not in field:
                silent.append(f"{path.parent.name}.{field['name']}")
    assert silent == []
    assert asked == sum(len(SCHEMA.fields(subject)) for subject in NOT_MAJOR)
    for subject, names in NOT_MAJOR.items():
        found = {field.name for field in SCHEMA.fields(subject) if field.change.minor != "never"}
        assert found == names, subject


def _price(name: str, price: str, **more: str) -> dict[str, str]:
    line = {"charge_type": "monthly", "unit": "月", "quantity_basis": "contract", "tax_category": "standard"}
    return {"name": name, "unit_price": price, "payee": "vendor", **line, **more}


def _discount(quantity: int, percent: str) -> dict[str, Any]:
    return {"quantity_basis": "user", "from_quantity": quantity, "percent": percent}


def _certificate(until: str, **more: str) -> dict[str, str]:
    return {"scheme": "iso_27001", "number": "X-1", "scope": "全体", "valid_until": until, **more}


BASE, DOWN, UP = _price("基本", "1000"), _price("基本", "999.5"), _price("基本", "1000.1")


@pytest.mark.parametrize(
    ("subject", "field", "before", "after", "expected"),
    [
        ("software", "contact_email", "a@example.jp", "b@example.jp", "minor"),
        ("software", "website", "https://a.example.jp/", None, "minor"),
        ("software", "data_location", "japan_only", "includes_abroad", "major"),
        ("software", "main_functions", "予約", "予約と決済", "major"),
        ("offer", "price_lines", [BASE], [DOWN], "minor"),
        ("offer", "price_lines", [BASE], [UP], "major"),
        ("offer", "price_lines", [BASE], [BASE, _price("割引", "-10")], "minor"),
        ("offer", "price_lines", [BASE, _price("割引", "-10")], [BASE], "major"),
        ("offer", "price_lines", [BASE], [BASE, _price("保守", "10")], "major"),
        ("offer", "price_lines", [BASE], [BASE, _price("宣伝の文", "0")], "major"),
        ("offer", "price_lines", [BASE, _price("保守", "10")], [DOWN], "major"),
        ("offer", "price_lines", [BASE], [_price("基本", "10", unit="人")], "major"),
        ("offer", "price_lines", [BASE], [_price("基本", "10", note="初年度だけ")], "major"),
        ("offer", "price_lines", [BASE, _price("保守", "9")], [_price("保守", "9"), DOWN], "minor"),
        ("offer", "volume_discounts", [_discount(500, "5")], [_discount(500, "6")], "minor"),
        ("offer", "volume_discounts", [_discount(500, "5")], [_discount(500, "4")], "major"),
        ("offer", "volume_discounts", None, [_discount(500, "4")], "minor"),
        ("offer", "volume_discounts", [_discount(500, "5")] * 2, [_discount(500, "6")] * 2, "major"),
        (
            "software",
            "security_registrations",
            [_certificate("2027-03-31", checked_on="2026-01-01")],
            [_certificate("2030-03-31", checked_on="2026-11-01", valid_from="2027-04-01")],
            "minor",
        ),
        (
            "software",
            "security_registrations",
            [_certificate("2027-03-31")],
            [_certificate("2026-12-31")],
            "major",
        ),
        (
            "software",
            "security_registrations",
            [_certificate("2027-03-31")],
            [_certificate("2030-03-31", scope="別の範囲")],
            "major",
        ),
        ("software", "security_registrations", None, [_certificate("2030-03-31")], "major"),
        ("software", "accessibility_tested_on", "2025-06-30", "2026-06-30", "minor"),
        ("software", "accessibility_tested_on", "2025-06-30", "2024-06-30", "major"),
        ("software", "accessibility_tested_on", None, "2024-06-30", "major"),
    ],
)
def test_directions(subject: str, field: str, before: Any, after: Any, expected: str) -> None:
    given = [{} if value is None else {field: value} for value in (before, after)]
    (found,) = SCHEMA.classed_changes(subject, *given)
    assert (found.change.field.name, found.change_class) == (field, expected)
    assert found.label in found.because


def test_what_does_not_differ_has_no_class() -> None:
    answers = SCHEMA.example("offer")
    assert SCHEMA.classed_changes("offer", answers, answers) == ()
