"""What pages show: single answers, listings side by side, and changes."""

from __future__ import annotations

from typing import Any

import pytest

from catalogue_schema.model import Language
from tests.catalogue_schema.given import SCHEMA


@pytest.mark.parametrize(
    ("subject", "name", "value", "lang", "shown"),
    [
        ("software", "name", "製品", "ja", "製品"),
        ("software", "name", None, "ja", "未回答"),
        ("software", "name", " ", "en", "Not answered"),
        ("software", "route", "shared_saas", "ja", "共通SaaS"),
        ("software", "route", "shared_saas", "en", "Shared SaaS"),
        ("software", "route", "long_gone", "ja", "long_gone"),
        ("software", "business_areas", ["gis", "library"], "ja", ["GIS", "図書館"]),
        ("software", "api_available", True, "ja", "はい"),
        ("software", "api_available", False, "en", "No"),
        ("software", "april_order_by", "2026-11-23", "ja", "2026年11月23日（令和8年）"),
        ("software", "april_order_by", "2026-11-23", "en", "2026-11-23"),
        ("software", "april_order_by", "2026-02-30", "ja", "2026-02-30"),
        ("software", "rpo_hours", 1000, "ja", "1,000時間"),
        ("software", "rpo_hours", 1000, "en", "1,000 hours"),
        ("software", "rpo_hours", 0, "ja", "0時間"),
        ("software", "rpo_hours", "読めない", "ja", "読めない"),
        ("software", "sla_percent", "99.95", "ja", "99.95%"),
        ("offer", "price_lines", [{"unit_price": "-1000.5"}], "ja", [{"unit_price": "-1,000.5円"}]),
    ],
)  # fmt: skip
def test_an_answer_as_a_page_shows_it(
    subject: str, name: str, value: Any, lang: Language, shown: Any
) -> None:
    assert SCHEMA.display(SCHEMA.field(subject, name), value, lang) == shown


def test_rows_as_one_text_have_a_line_each() -> None:
    field = SCHEMA.field("software", "subcontracting")
    rows = [{"task": "受付", "country": "JP"}, {"task": "保守"}]
    assert SCHEMA.display_text(field, rows) == "再委託する業務：受付／国：日本\n再委託する業務：保守"
    assert SCHEMA.display_text(field, rows[:1], "en") == "Task: 受付; Country: Japan"


def test_listings_side_by_side() -> None:
    first = {"name": "甲", "route": "individual", "rpo_hours": 1}
    second = {"name": "乙", "route": "individual"}
    rows = {row.field.name: row for row in SCHEMA.comparison_rows([first, (second, 1)], "software")}
    assert list(rows) == [field.name for field in SCHEMA.fields("software")]
    assert rows["name"].differs
    assert [cell.text for cell in rows["name"].cells] == ["甲", "乙"]
    assert rows["name"].group.label_ja == "名称と説明"
    assert not rows["route"].differs
    assert rows["rpo_hours"].differs
    assert [(cell.answered, cell.text, cell.value) for cell in rows["rpo_hours"].cells] == [
        (True, "1時間", 1),
        (False, "未回答", None),
    ]
    assert not rows["rto_hours"].differs


def test_changes_name_what_was_added_removed_and_changed() -> None:
    before = {"name": "旧", "route": "individual", "summary": "同じ", "rpo_hours": 1}
    after = {"name": "新", "summary": "同じ", "rto_hours": 2, "rpo_hours": 1}
    assert [
        (c.field.name, c.kind, c.before_text, c.after_text) for c in SCHEMA.changes("software", before, after)
    ] == [
        ("name", "changed", "旧", "新"),
        ("route", "removed", "個別", "未回答"),
        ("rto_hours", "added", "未回答", "2時間"),
    ]
    assert SCHEMA.changes("software", before, dict(before)) == ()
