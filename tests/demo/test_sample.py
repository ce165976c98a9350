"""The sample data files: complete, valid on any day, varied, and plainly fictional."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import get_args

import pytest
from stdnum.jp import cn

from app.access.permissions import Role
from app.demo.compact import day, expand
from app.demo.sample import AgreementState, Sample, State, read_sample
from catalogue_schema import load_schema

SCHEMA = load_schema()
TODAY = date(2026, 11, 24)
ACTED = TODAY - timedelta(days=50)
"""About when the loader submits what was published."""


@pytest.fixture(scope="module")
def sample() -> Sample:
    """The data as of TODAY."""
    return read_sample(SCHEMA, TODAY)


def test_the_counts_are_those_of_the_brief(sample: Sample) -> None:
    offers = sum(len(software.offers) for software in sample.software)
    assert (len(sample.vendors), len(sample.software), offers) == (24, 80, 140)
    assert sum(bool(body.code) for body in sample.bodies) == 5
    assert [body.kind for body in sample.bodies if body.number] == ["wide_area_union", "ministry"]


@pytest.mark.parametrize("today", [TODAY, date(2027, 4, 1), date(2028, 2, 29)])
def test_every_listing_is_complete_when_it_is_submitted(today: date) -> None:
    faults = []
    for software in read_sample(SCHEMA, today).software:
        acted = today - timedelta(days=50)
        faults += [
            (software.key, f) for f in SCHEMA.validate("software", software.answers, "complete", acted)
        ]
        updated = {**software.answers, **software.update}
        faults += [(software.key, f) for f in SCHEMA.validate("software", updated, "complete", today)]
        for offer in software.offers:
            faults += [(software.key, f) for f in SCHEMA.validate("offer", offer.answers, "complete", acted)]
    assert faults == []


def test_every_field_of_the_schema_is_answered_somewhere(sample: Sample) -> None:
    software = {name for entry in sample.software for name in entry.answers}
    offers = {name for entry in sample.software for offer in entry.offers for name in offer.answers}
    assert {field.name for field in SCHEMA.fields("software")} == software
    assert {field.name for field in SCHEMA.fields("offer")} == offers


def test_every_business_area_is_served_and_popular_ones_by_several(sample: Sample) -> None:
    published = [software for software in sample.software if software.state == "published"]
    areas = Counter(area for software in published for area in software.answers["business_areas"])
    assert set(areas) == {term.code for term in SCHEMA.vocabulary("business_areas").terms}
    for popular in ("counter_dx_saas", "online_application", "disaster_relief", "generative_ai", "nursery"):
        assert areas[popular] >= 3, popular


def test_every_state_of_listings_and_agreements_is_present(sample: Sample) -> None:
    states = {software.state for software in sample.software}
    states |= {offer.state for software in sample.software for offer in software.offers}
    assert states == set(get_args(State))
    assert {vendor.agreement for vendor in sample.vendors} == set(get_args(AgreementState))
    assert {software.update_state for software in sample.software} >= {
        "draft",
        "submitted",
        "claimed",
        "returned",
    }


def test_registrations_are_valid_when_submitted_and_some_expire_before_or_soon_after_today(
    sample: Sample,
) -> None:
    ends = [
        date.fromisoformat(row["valid_until"])
        for software in sample.software
        for row in software.answers.get("security_registrations", ())
    ]
    assert all(end >= ACTED for end in ends)
    assert any(end < TODAY for end in ends)
    assert any(TODAY < end <= TODAY + timedelta(days=31) for end in ends)


def test_prices_show_decimals_discounts_and_nothing_to_pay(sample: Sample) -> None:
    prices = [
        row["unit_price"]
        for software in sample.software
        for offer in software.offers
        for row in offer.answers["price_lines"]
    ]
    assert "8.8" in prices
    assert "0" in prices
    assert any(price.startswith("-") for price in prices)


def test_findings_and_projects_name_what_exists(sample: Sample) -> None:
    fields = {field.name for subject in ("software", "offer") for field in SCHEMA.fields(subject)}
    keys = {software.key: software for software in sample.software}
    for software in sample.software:
        found = [*software.findings, *software.update_findings]
        found += [finding for offer in software.offers for finding in offer.findings]
        assert {finding.field for finding in found} <= fields
    for project in sample.projects:
        assert project["body"] in {body.key for body in sample.bodies}
        assert set(project.get("shortlist", ())) <= set(keys)
        if "select" in project:
            offers = [offer.answers["name"] for offer in keys[project["select"]["software"]].offers]
            assert project["select"]["offer"] in offers


def test_organisations_are_fictional_with_right_check_digits(sample: Sample) -> None:
    for vendor in sample.vendors:
        if vendor.number is not None:
            assert cn.is_valid(vendor.number)
            assert vendor.number[1:5] == "9999"
    assert [vendor.key for vendor in sample.vendors if vendor.number is None] == ["hitotsume"]
    for body in sample.bodies:
        if body.number:
            assert cn.is_valid(body.number)
            assert body.number[1:5] == "9999"
            continue
        assert body.code.startswith("99")
        weighted = sum(int(digit) * weight for digit, weight in zip(body.code, (6, 5, 4, 3, 2), strict=False))
        assert int(body.code[5]) == (11 - weighted % 11) % 10


def test_everybody_has_an_address_of_their_own_and_every_role_is_held(sample: Sample) -> None:
    addresses = [person.email for person in sample.people]
    assert len(set(addresses)) == len(addresses)
    assert all(address.endswith(".example.jp") for address in addresses)
    roles = Counter(role for person in sample.people for place in person.places for role in place.roles)
    assert set(roles) == {role.value for role in Role}
    assert roles["reviewer"] >= 2
    assert any(len(person.places) == 2 for person in sample.people)
    assert {person.account for person in sample.people} == {"", "prime", "member", "entry"}


def test_days_count_from_the_day_of_loading() -> None:
    assert day("+7d", TODAY) == date(2026, 12, 1)
    assert day("-24d", TODAY) == date(2026, 10, 31)
    assert day("2026-03-31", TODAY) == date(2026, 3, 31)
    with pytest.raises(ValueError, match="isoformat"):
        day("7d", TODAY)


def test_rows_are_read_by_column_and_may_end_early() -> None:
    answers = expand(
        SCHEMA, "offer", {"price_lines": ["利用料 | monthly | 月 | 8.8 | contract"]}, TODAY, {"name": "甲"}
    )
    assert answers["price_lines"] == [
        {
            "name": "利用料",
            "charge_type": "monthly",
            "unit": "月",
            "unit_price": "8.8",
            "quantity_basis": "contract",
            "tax_category": "standard",
            "payee": "vendor",
        }
    ]
    with pytest.raises(ValueError, match="columns"):
        expand(SCHEMA, "offer", {"term_discounts": ["36 | 5 | 9"]}, TODAY, {})
    with pytest.raises(KeyError):
        expand(SCHEMA, "offer", {"no_such_field": 1}, TODAY, {})
