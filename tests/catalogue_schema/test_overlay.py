"""One entry in a TOML file, and everything else follows: a field added, a field ended, a term retired."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue_schema import Schema, load_schema
from tests.catalogue_schema.given import SCHEMA, TODAY

FIELDS = """
[group]
name = "operations"

[[fields]]
name = "carbon_class"
kind = "choice"
label_ja = "環境負荷の区分"
label_en = "Carbon class"
vocabulary = "carbon_classes"
search = "body"
since = 2
facets = [{ name = "carbon", label_ja = "環境負荷", label_en = "Carbon" }]
example = "low"

[[fields]]
name = "rto_hours"
kind = "integer"
label_ja = "目標復旧時間（RTO）"
label_en = "Recovery time objective"
unit = "時間"
minimum = 0
maximum = 8760
until = 1
"""
CARBON = """
label_ja = "環境負荷の区分"
label_en = "Carbon class"
source = "試験"
terms = [
  { code = "low", ja = "低い", en = "Low", also = ["省エネ"] },
  { code = "high", ja = "高い", en = "High" },
]
"""
ROUTES = """
terms = [
  { code = "joint_procurement", ja = "共同調達", en = "Joint", retired_since = 2, successor = "individual" },
  { code = "brand_new", ja = "新しい経路", en = "New route", since = 2 },
]
"""


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    """The schema at version 2: with a new field, an ended one, a retired term and a new one."""
    (tmp_path / "fields" / "software").mkdir(parents=True)
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "fields" / "software" / "500-more.toml").write_text(FIELDS, "utf-8")
    (tmp_path / "vocabularies" / "carbon_classes.toml").write_text(CARBON, "utf-8")
    (tmp_path / "vocabularies" / "routes.toml").write_text(ROUTES, "utf-8")
    return load_schema(tmp_path)


ANSWERS = {"carbon_class": "low"}


def test_a_field_added_is_in_the_form_and_its_group(schema: Schema) -> None:
    group = next(group for group in schema.groups("software") if group.name == "operations")
    assert group.fields[-1].name == "carbon_class"
    assert group.label_ja == "運用"
    assert schema.from_form("software", {"carbon_class": ["low"]}) == (ANSWERS, [])
    assert schema.to_form("software", ANSWERS)["carbon_class"] == ["low"]


def test_a_field_added_is_validated(schema: Schema) -> None:
    assert schema.validate("software", ANSWERS, "draft", today=TODAY) == []
    (fault,) = schema.validate("software", {"carbon_class": "lwo"}, "draft", today=TODAY)
    assert (fault.code, fault.pointer) == ("unknown_term", "/carbon_class")
    assert schema.normalise("software", ANSWERS) == ANSWERS
    assert schema.validate("software", schema.example("software"), "complete", today=TODAY) == []
    assert schema.example("software")["carbon_class"] == "low"


def test_a_field_added_is_in_json_schema_facets_search_and_comparison(schema: Schema) -> None:
    assert schema.json_schema("software")["properties"]["carbon_class"]["oneOf"][0]["const"] == "low"
    assert [spec.vocabulary for spec in schema.facets() if spec.name == "carbon"] == ["carbon_classes"]
    assert schema.facet_values("software", ANSWERS, TODAY) == {"carbon": ["low"]}
    assert "省エネ" in schema.search_texts("software", ANSWERS)["body"]
    (row,) = [
        row for row in schema.comparison_rows([ANSWERS], "software") if row.field.name == "carbon_class"
    ]
    assert row.cells[0].text == "低い"
    assert [change.field.name for change in schema.changes("software", {}, ANSWERS)] == ["carbon_class"]


def test_the_schema_without_the_folder_does_not_know_it(schema: Schema) -> None:
    assert (schema.version, SCHEMA.version) == (2, 1)
    assert [fault.code for fault in SCHEMA.validate("software", ANSWERS, "draft", today=TODAY)] == [
        "unknown_field"
    ]
    assert load_schema() is SCHEMA


def test_an_older_revision_shows_by_its_own_version(schema: Schema) -> None:
    old = {"rto_hours": 5}
    rows = {row.field.name: row for row in schema.comparison_rows([(old, 1), (ANSWERS, 2)], "software")}
    assert [cell.text for cell in rows["carbon_class"].cells] == ["この版では質問なし", "低い"]
    assert [cell.asked for cell in rows["carbon_class"].cells] == [False, True]
    assert [cell.text for cell in rows["rto_hours"].cells] == ["5時間", "この版では質問なし"]
    assert rows["rto_hours"].differs
    only_new = {row.field.name for row in schema.comparison_rows([(ANSWERS, 2)], "software")}
    assert "rto_hours" not in only_new
    assert [change.kind for change in schema.changes("software", old, {})] == ["removed"]


def test_each_version_has_its_own_fields(schema: Schema) -> None:
    old = schema.at(1)
    assert isinstance(old, Schema)
    assert [field.name for field in old.fields("software")] == [
        field.name for field in SCHEMA.fields("software")
    ]
    assert schema.at(2) is schema
    (fault,) = schema.validate("software", {"rto_hours": 5}, "draft", today=TODAY)
    assert (fault.code, fault.field) == ("unknown_field", "rto_hours")
    assert "この版の質問にありません" in fault.message
    assert old.validate("software", {"rto_hours": 5}, "draft", today=TODAY) == []


def test_a_retired_term_is_refused_in_new_answers_naming_its_successor(schema: Schema) -> None:
    answers = {"route": "joint_procurement"}
    (fault,) = schema.validate("software", answers, "draft", today=TODAY)
    assert fault.code == "retired_term"
    assert "「individual」" in fault.remedy
    assert schema.at(1).validate("software", answers, "draft", today=TODAY) == []
    assert "joint_procurement" not in str(schema.json_schema("software")["properties"]["route"])


def test_a_retired_term_is_still_shown_and_found_under_its_successor(schema: Schema) -> None:
    answers = {"route": "joint_procurement"}
    assert schema.display(schema.field("software", "route"), answers["route"]) == "共同調達"
    assert schema.facet_values("software", answers, TODAY) == {"route": ["individual"]}
    assert "共同調達" in schema.search_texts("software", answers)["body"]


def test_a_term_is_not_known_before_its_version(schema: Schema) -> None:
    assert schema.validate("software", {"route": "brand_new"}, "draft", today=TODAY) == []
    (fault,) = schema.at(1).validate("software", {"route": "brand_new"}, "draft", today=TODAY)
    assert fault.code == "unknown_term"
    assert "brand_new" not in fault.remedy
    assert "brand_new" not in str(schema.at(1).json_schema("software"))


MONEY = """
[group]
name = "prices"

[[fields]]
name = "deposit"
kind = "money"
label_ja = "保証金"
label_en = "Deposit"
minimum = 0
since = 2
facets = [{ name = "deposit", label_ja = "保証金", label_en = "Deposit" }]
example = 50000
"""


@pytest.fixture
def with_deposit(tmp_path: Path) -> Schema:
    """The schema with a field that holds an amount."""
    (tmp_path / "fields" / "offer").mkdir(parents=True)
    (tmp_path / "fields" / "offer" / "500-deposit.toml").write_text(MONEY, "utf-8")
    return load_schema(tmp_path)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0.5, "fractional"),
        (1.0, "fractional"),
        (float("nan"), "fractional"),
        (float("-inf"), "fractional"),
        (True, "wrong_type"),
        ("50000", "wrong_type"),
        (10**12 + 1, "too_large"),
        (-1, "too_small"),
    ],
)
def test_an_amount_is_whole_yen_within_limits(with_deposit: Schema, amount: object, code: str) -> None:
    (fault,) = with_deposit.validate("offer", {"deposit": amount}, "draft", today=TODAY)
    assert (fault.code, fault.pointer) == (code, "/deposit")


def test_an_amount_is_read_shown_and_found(with_deposit: Schema) -> None:
    answers, faults = with_deposit.from_form("offer", {"deposit": ["５０，０００円"]})
    assert (answers, faults) == ({"deposit": 50_000}, [])
    assert with_deposit.validate("offer", {"deposit": 10**12}, "draft", today=TODAY) == []
    assert with_deposit.display(with_deposit.field("offer", "deposit"), 50_000) == "50,000円"
    assert with_deposit.facet_values("offer", answers, TODAY) == {"deposit": 50_000}
    assert with_deposit.json_schema("offer")["properties"]["deposit"]["maximum"] == 10**12
