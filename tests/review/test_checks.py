"""The automated checks, on answers made for them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.review.checks import Check, Circumstances, Neighbour, alike, link_trouble, run_checks
from app.review.policies import conflict_of_interest
from app.review.reasons import reason, reasons
from catalogue_schema import load_schema

SCHEMA = load_schema()
TODAY = date(2026, 11, 24)


def around(**changes: Any) -> Circumstances:
    values: dict[str, Any] = {
        "today": TODAY,
        "refusals": [],
        "qualification_kinds": ["manufacture", "service"],
        "qualified_until": date(2028, 3, 31),
        "others": [],
    }
    return Circumstances(**(values | changes))


def checks(kind: str, answers: dict[str, Any] | None = None, **changes: Any) -> dict[str, Check]:
    given = SCHEMA.example(kind) | (answers or {})
    return {check.code: check for check in run_checks(SCHEMA, kind, given, around(**changes))}


def test_a_good_listing_passes_everything() -> None:
    for kind in ("software", "offer"):
        found = checks(kind)
        assert {check.outcome for check in found.values()} == {"ok"}, found
    assert {"agreement", "qualification", "registrations", "links", "near_duplicates", "required"} <= set(
        checks("software")
    )
    assert "prices" in checks("offer")


def test_agreement_and_qualification() -> None:
    assert checks("software", refusals=["契約なし"])["agreement"].outcome == "fault"
    assert checks("software", qualified_until=None)["qualification"].outcome == "warning"
    assert checks("software", qualification_kinds=["sale"])["qualification"].outcome == "warning"
    assert checks("offer", qualification_kinds=["sale"])["qualification"].outcome == "ok"
    assert checks("software", qualified_until=date(2026, 12, 1))["qualification"].outcome == "warning"


@pytest.mark.parametrize(
    ("until", "outcome"), [("2026-11-23", "fault"), ("2026-11-24", "warning"), ("2027-06-30", "ok")]
)
def test_registrations_expire(until: str, outcome: str) -> None:
    row = {"scheme": "ismap", "number": "C1", "scope": "全て", "valid_until": until}
    assert checks("software", {"security_registrations": [row]})["registrations"].outcome == outcome


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://madoguchi.example.jp/a?b=c", True),
        ("https://madoguchi.example.jp:443/", True),
        ("http://madoguchi.example.jp/", False),
        ("https://user:pass@madoguchi.example.jp/", False),
        ("https://192.0.2.1/", False),
        ("https://[2001:db8::1]/", False),
        ("https://intranet/", False),
        ("https://printer.local/", False),
        ("https://madoguchi.example.jp:8443/", False),
        ("https://[broken/", False),
    ],
)
def test_links(address: str, fine: bool) -> None:
    assert (link_trouble(address) == "") is fine


def line(**changes: str) -> dict[str, str]:
    return {"name": "利用料", "charge_type": "monthly", "unit": "月", "unit_price": "1000"} | changes


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"price_lines": []}, "fault"),
        ({"price_models": ["by_use"], "price_lines": [line()]}, "warning"),
        ({"price_models": ["free"], "price_lines": [line()]}, "warning"),
        ({"price_models": ["free"], "price_lines": [line(unit_price="0")]}, "ok"),
        (
            {"price_models": ["flat"], "price_lines": [line(), line(name="割引", unit_price="-2000")]},
            "warning",
        ),
        ({"price_models": ["flat"], "price_lines": [line()]}, "ok"),
    ],
)
def test_prices(answers: dict[str, Any], outcome: str) -> None:
    answers = {"price_lines": [], **answers}
    answers["price_lines"] = [row | {"quantity_basis": "contract"} for row in answers["price_lines"]]
    assert checks("offer", answers)["prices"].outcome == outcome


def test_near_duplicates_within_the_area_only() -> None:
    twin = Neighbour(
        "sw_twin", SCHEMA.example("software") | {"name": "まどぐちナビ　（架空）", "summary": "別"}
    )
    far = Neighbour("sw_far", dict(twin.answers) | {"business_areas": ["library"]})
    found = checks("software", others=[twin])["near_duplicates"]
    assert found.outcome == "warning"
    assert "sw_twin" in found.message
    assert checks("software", others=[far])["near_duplicates"].outcome == "ok"
    same_summary = Neighbour("sw_s", SCHEMA.example("software") | {"name": "全然違う名前"})
    assert checks("software", others=[same_summary])["near_duplicates"].outcome == "warning"
    plan = Neighbour("of_p", SCHEMA.example("offer") | {"summary": "まったく別の中身を持つプラン。"})
    assert checks("offer", others=[plan])["near_duplicates"].outcome == "ok"


def test_empty_texts_are_never_alike() -> None:
    assert not alike("", "", 0.8)
    assert alike("まどぐちナビ", "まどぐちナビ2", 0.85)
    assert not alike("まどぐちナビ", "住民記録システム", 0.85)


@pytest.mark.parametrize(
    ("person", "groups", "refused"),
    [
        ("p1", set(), True),
        ("p2", {"g1"}, True),
        (None, set(), True),
        ("p2", {"g2"}, False),
        ("p2", set(), False),
    ],
)
def test_conflict_of_interest(person: str | None, groups: set[str], refused: bool) -> None:
    assert (conflict_of_interest(person, "p1", groups, "g1") is not None) is refused


def test_reasons_are_distinct_and_said_in_japanese() -> None:
    codes = [row.code for row in reasons()]
    assert len(codes) == len(set(codes)) >= 10
    assert all(row.ja and row.hint for row in reasons())
    assert reason("no_such") is None


def test_missing_required_answers_are_named_and_nothing_else_counted() -> None:
    answers = {name: value for name, value in SCHEMA.example("software").items() if name != "summary"}
    (check,) = [one for one in run_checks(SCHEMA, "software", answers, around()) if one.code == "required"]
    assert (check.outcome, check.field) == ("fault", "summary")
    assert "概要" in check.message
    assert "項目のうち" not in check.message
