"""What search takes from a listing: facets with their dates, and texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given

from catalogue_schema.model import SUBJECTS
from tests.catalogue_schema.given import SCHEMA, TODAY, json_answers

CERTIFIED = {
    "security_registrations": [
        {
            "scheme": "ismap",
            "number": "1",
            "scope": "全体",
            "valid_from": "2025-01-01",
            "valid_until": "2026-11-23",
        },
        {"scheme": "iso_27001", "number": "2", "scope": "全体", "valid_until": "2026-11-22"},
        {
            "scheme": "soc2",
            "number": "3",
            "scope": "全体",
            "valid_from": "2026-12-01",
            "valid_until": "2028-01-01",
        },
        {"scheme": "ismap", "number": "4", "scope": "全体", "valid_until": "2027-01-31"},
    ]
}


def test_names_are_unique_and_every_vocabulary_exists() -> None:
    specs = SCHEMA.facets()
    assert len({spec.name for spec in specs}) == len(specs) > 20
    assert {spec.kind for spec in specs} == {"terms", "range", "flag"}
    for spec in specs:
        assert spec.name in {facet.name for facet in SCHEMA.field(spec.subject, spec.field).facets}
        assert (spec.vocabulary is not None) == (spec.kind == "terms")
        assert spec.label("ja")
        assert spec.label("en")
        assert SCHEMA.vocabulary(spec.vocabulary).terms if spec.vocabulary else True


def test_the_example_contributes_to_every_facet_by_its_kind() -> None:
    values = {
        **SCHEMA.facet_values("software", SCHEMA.example("software"), TODAY),
        **SCHEMA.facet_values("offer", SCHEMA.example("offer"), TODAY),
    }
    kinds: dict[str, Any] = {"terms": list, "flag": list, "range": int | Decimal}
    for spec in SCHEMA.facets():
        assert isinstance(values[spec.name], kinds[spec.kind]), spec.name
    assert values["area"] == ["resident_register", "counter_dx_saas"]
    assert values["sla"] == Decimal("99.9")
    assert values["price"] == 110_000
    assert values["api"] == ["true"]


def test_expired_and_future_registrations_contribute_nothing() -> None:
    assert SCHEMA.facet_values("software", CERTIFIED, TODAY) == {"cert": ["ismap"]}
    assert SCHEMA.facet_values("software", CERTIFIED, date(2027, 2, 1)) == {"cert": ["soc2"]}
    assert SCHEMA.facet_values("software", CERTIFIED, date(2030, 1, 1)) == {}


def test_validity_gives_the_last_day_of_each_value() -> None:
    assert SCHEMA.facet_validity("software", CERTIFIED)["cert"] == [
        ("ismap", "2027-01-31"),
        ("iso_27001", "2026-11-22"),
        ("soc2", "2028-01-01"),
    ]
    assert SCHEMA.facet_validity("software", {"route": "individual"}) == {"route": [("individual", None)]}
    endless = {
        "security_registrations": [{"scheme": "ismap", "valid_until": "2027-01-01"}, {"scheme": "ismap"}]
    }
    assert SCHEMA.facet_validity("software", endless)["cert"] == [("ismap", None)]


def test_no_answer_and_no_are_no_flag() -> None:
    assert SCHEMA.facet_values("software", {"api_available": False, "rpo_hours": 3}, TODAY) == {}


def test_terms_are_found_by_their_labels_and_other_words() -> None:
    texts = SCHEMA.search_texts("software", SCHEMA.example("software"))
    assert list(texts) == ["name", "kana", "summary", "area", "replaces", "body"]
    assert "まどぐちナビ" in texts["name"]
    assert texts["kana"] == "マドグチナビ"
    for word in ("書かない窓口", "住民票", "Counter DX SaaS"):
        assert word in texts["area"]
    for word in ("ISMS", "架空市"):
        assert word in texts["body"]
    assert texts["replaces"] == "旧窓口システム（架空）"
    assert "counter_dx_saas" not in "".join(texts.values())
    assert SCHEMA.search_texts("offer", {}) == dict.fromkeys(texts, "")


@given(answers=json_answers("software"))
def test_any_stored_answers_can_be_indexed_and_shown(answers: dict[str, Any]) -> None:
    for subject in SUBJECTS:
        SCHEMA.facet_values(subject, answers, TODAY)
        SCHEMA.facet_validity(subject, answers)
        assert all(isinstance(text, str) for text in SCHEMA.search_texts(subject, answers).values())
        rows = SCHEMA.comparison_rows([answers, {}], subject)
        assert len(rows) == len(SCHEMA.fields(subject))
        SCHEMA.changes(subject, answers, {})
