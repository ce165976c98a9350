"""Procurement methods, grounds and thresholds: the law as data."""

from __future__ import annotations

from datetime import date

import pytest

from catalogue_schema import methods

METHODS = ["open_tender", "designated_tender", "quotation_comparison", "sole_source", "proposal"]
NEGOTIATED = METHODS[2:]
LOCAL = ["local_government", "prefecture", "city", "special_ward", "town", "village"]
NATIONAL = ["agency", "ministry"]


@pytest.mark.parametrize("kind", LOCAL + NATIONAL)
def test_competition_is_the_rule_and_needs_no_ground(kind: str) -> None:
    found = methods.procurement_methods(kind)
    assert [method.code for method in found] == METHODS
    assert [method.code for method in found if not method.needs_ground] == ["open_tender"]
    assert methods.legal_grounds(kind, "open_tender") == ()


@pytest.mark.parametrize("kind", LOCAL + NATIONAL)
@pytest.mark.parametrize("method", METHODS[1:])
def test_every_method_that_needs_a_ground_has_some(kind: str, method: str) -> None:
    grounds = methods.legal_grounds(kind, method)
    assert grounds
    assert len({ground.code for ground in grounds}) == len(grounds)
    assert all(ground.article and ground.ja for ground in grounds)


@pytest.mark.parametrize("method", NEGOTIATED)
def test_negotiated_contracts_of_local_governments_have_the_nine_grounds(method: str) -> None:
    grounds = methods.legal_grounds("town", method)
    assert [ground.article for ground in grounds] == [
        f"地方自治法施行令第167条の2第1項第{number}号" for number in range(1, 10)
    ]
    assert [ground.small_amount for ground in grounds] == [True] + [False] * 8


def test_being_listed_is_no_ground_and_national_bodies_have_their_own_law() -> None:
    national = methods.legal_grounds("agency", "sole_source")
    assert all("地方自治法" not in ground.article for ground in national)
    assert any(ground.article == "会計法第29条の3第4項" for ground in national)
    every = national + methods.legal_grounds("city", "sole_source")
    assert not [ground for ground in every if "マーケットプレイス" in ground.ja or "カタログ" in ground.ja]


@pytest.mark.parametrize(
    ("kind", "clazz", "category", "on", "amount"),
    [
        ("prefecture", "", "other", date(2025, 4, 1), 2_000_000),
        ("city", "designated_city", "other", date(2026, 11, 23), 2_000_000),
        ("city", "core_city", "other", date(2026, 11, 23), 1_000_000),
        ("city", None, "lease", date(2026, 11, 23), 800_000),
        ("prefecture", "", "construction", date(2026, 11, 23), 4_000_000),
        ("town", "", "construction", date(2026, 11, 23), 2_000_000),
        ("village", "", "sale", date(2026, 11, 23), 500_000),
        ("special_ward", "", "purchase", date(2026, 11, 23), 1_500_000),
        ("prefecture", "", "lending", date(2026, 11, 23), 500_000),
        ("town", "", "lending", date(2026, 11, 23), 300_000),
        ("town", "", "other", date(2025, 3, 31), 500_000),
        ("prefecture", "", "other", date(2025, 3, 31), 1_000_000),
    ],
)
def test_thresholds_of_small_contracts(
    kind: str, clazz: str | None, category: str, on: date, amount: int
) -> None:
    threshold = methods.small_contract_threshold(kind, clazz, category, on)
    assert threshold is not None
    assert threshold.amount == amount
    assert threshold.since <= on
    assert threshold.source
    assert threshold.category_ja == methods.contract_categories()[category]


def test_no_threshold_is_known_for_long_ago() -> None:
    assert methods.small_contract_threshold("town", "", "other", date(1950, 1, 1)) is None
    assert methods.small_contract_threshold("agency", "", "other", date(2020, 1, 1)) is None


def test_the_estimated_price_may_be_left_out_only_by_a_named_rule() -> None:
    assert methods.estimated_price_omissions("town", "open_tender") == ()
    assert methods.estimated_price_omissions("town", "proposal") == ()
    rules = methods.estimated_price_omissions("town", "quotation_comparison")
    assert [rule.code for rule in rules] == ["local_small"]
    assert rules[0].small_only
    assert rules[0].source
    assert [rule.code for rule in methods.estimated_price_omissions("agency", "sole_source")] == [
        "national_small"
    ]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(methods.BodyKindUnknown):
        methods.procurement_methods("vendor")
    with pytest.raises(methods.MethodUnknown):
        methods.legal_grounds("town", "auction")
    with pytest.raises(methods.MethodUnknown):
        methods.estimated_price_omissions("town", "auction")
    with pytest.raises(methods.CategoryUnknown):
        methods.small_contract_threshold("town", "", "bridge", date(2026, 1, 1))


def test_every_ground_and_omission_names_methods_that_exist() -> None:
    codes = {method.code for method in methods.procurement_methods("town")}
    reached = {
        ground.code
        for kind in ("town", "agency")
        for code in codes
        for ground in methods.legal_grounds(kind, code)
    }
    assert len(reached) == 3 + 9 + 8
