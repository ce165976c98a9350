"""A vendor's counts: late, without bodies' names, never of fewer than three; counting writes nothing in a request."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, cast

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from app.insights.counting import Counters, week_of
from app.insights.models import ListingCount
from app.insights.periods import LEAST, Happening, last_told, merged
from tests.procurement.town import Town, ok

READER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
MONDAY = date(2026, 1, 5)


def _counters(town: Town) -> Counters:
    return cast(Counters, town.world.app.state.counters)


def _stored(town: Town) -> dict[tuple[str, str], int]:
    with town.world.read() as session:
        return {(row.entry_id, row.kind): row.count for row in session.exec(select(ListingCount)).all()}


def test_readers_are_counted_and_programs_owners_and_the_agency_are_not(town: Town) -> None:
    page, visitor = f"/listings/{town.good}", town.world.client()
    agency = town.world.client(town.world.login(town.world.agency(), "reviewer"))
    for client, headers in (
        (visitor, READER),
        (town.officer_page, READER),
        (visitor, {"User-Agent": "SomeBot/1.0"}),
        (visitor, READER | {"Sec-Purpose": "prefetch"}),
        (town.vendor_page, READER),
        (agency, READER),
    ):
        assert client.get(page, headers=headers).status_code == 200
    assert visitor.get(f"/compare?ids={town.good},{town.poor}", headers=READER).status_code == 200
    assert visitor.get("/listings/sw_nothing", headers=READER).status_code == 404
    assert _stored(town) == {}, "a request writes nothing"
    assert _counters(town).flush() == 3
    _counters(town).add("seen", [town.good, "sw_of_nobody"])
    _counters(town).flush()
    assert _stored(town) == {
        (town.good, "seen"): 3,
        (town.good, "compared"): 1,
        (town.poor, "compared"): 1,
    }


def _items(town: Town, software_id: str) -> list[dict[str, Any]]:
    vendor = town.world.api(town.world.login(town.vendor, "vendor_editor"))
    items = ok(vendor.get(f"/api/v1/software/{software_id}/insights"))["items"]
    return [item for item in items if item["what"] != "seen"]


def test_candidates_and_conditions_are_told_late_and_of_three_bodies_or_more(town: Town) -> None:
    towns = [town, town.neighbour(), town.neighbour()]
    for one in towns[:2]:
        one.assessed()
    town.world.clock.move(days=21)
    assert _items(town, town.poor) == [], "two bodies are not told"
    third = Town(town.world, town.shelf, near=town)
    third.assessed()
    assert _items(town, town.poor) == [], "nor the third one in its week"
    town.world.clock.move(days=14)
    (excluded,) = _items(town, town.poor)
    assert (excluded["what"], excluded["count"]) == ("left_out", 3)
    assert excluded["condition"] == "JIS X 8341-3 への対応", "the field, not what was wanted of it"
    assert (excluded["first_day"], excluded["last_day"]) == ("2026-11-23", "2026-12-20")
    (shortlisted,) = _items(town, town.good)
    assert (shortlisted["what"], shortlisted["count"]) == ("shortlisted", 3)
    browser = town.world.client(town.world.login(town.vendor, "vendor_admin"))
    text = browser.get("/vendor/insights").text
    assert "JIS X 8341-3" in text
    for one in (*towns, third):
        assert one.body.id not in text
        assert one.body.name not in BeautifulSoup(text, "html.parser").get_text()
    rival = town.world.api(town.world.login(town.world.vendor(), "vendor_admin"))
    assert rival.get(f"/api/v1/software/{town.good}/insights").status_code == 404


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcde"), st.integers(1, 5))),
    st.integers(0, 250),
)
def test_no_period_is_of_fewer_and_more_time_changes_none(
    drawn: list[tuple[int, str, int]], days: int
) -> None:
    happenings = [Happening(MONDAY + timedelta(weeks=week), who, count) for week, who, count in drawn]
    today = MONDAY + timedelta(days=days)
    periods = merged(happenings, today)
    for period in periods:
        inside = [h for h in happenings if period.first_day <= h.week <= period.last_day]
        assert len({h.who for h in inside}) >= LEAST
        assert period.count == sum(h.count for h in inside)
        assert period.last_day <= last_told(today) <= today - timedelta(days=8)
    for before, after in pairwise(periods):
        assert before.last_day < after.first_day
    later = merged(happenings, today + timedelta(days=60))
    assert list(later[: len(periods)]) == list(periods), "two answers never subtract to a smaller number"
    assert all(week_of(period.first_day) == period.first_day for period in periods)
