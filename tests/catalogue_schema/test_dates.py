"""Fiscal years, both calendars, and dates that are none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_schema import dates


@pytest.mark.parametrize(
    ("on", "fiscal", "text"),
    [
        (date(2026, 11, 23), 2026, "2026年11月23日（令和8年）"),
        (date(2027, 2, 1), 2026, "2027年2月1日（令和9年）"),
        (date(2027, 3, 31), 2026, "2027年3月31日（令和9年）"),
        (date(2027, 4, 1), 2027, "2027年4月1日（令和9年）"),
        (date(2019, 4, 30), 2019, "2019年4月30日（平成31年）"),
        (date(2019, 5, 1), 2019, "2019年5月1日（令和元年）"),
        (date(1989, 1, 7), 1988, "1989年1月7日（昭和64年）"),
        (date(1989, 1, 8), 1988, "1989年1月8日（平成元年）"),
        (date(1900, 1, 1), 1899, "1900年1月1日"),
    ],
)
def test_fiscal_year_and_both_calendars(on: date, fiscal: int, text: str) -> None:
    assert dates.fiscal_year(on) == fiscal
    assert dates.format_date(on) == text


@pytest.mark.parametrize(
    ("year", "text"),
    [
        (2026, "2026年度（令和8年度）"),
        (2019, "2019年度（令和元年度）"),
        (2018, "2018年度（平成30年度）"),
        (1900, "1900年度"),
    ],
)
def test_fiscal_years_in_both_calendars(year: int, text: str) -> None:
    assert dates.format_fiscal_year(year) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("2026/4/1", date(2026, 4, 1)),
        ("2026.4.1", date(2026, 4, 1)),
        ("２０２６年４月１日", date(2026, 4, 1)),
        ("R8.4.1", date(2026, 4, 1)),
        ("r8-4-1", date(2026, 4, 1)),
        ("R.8.4.1", date(2026, 4, 1)),
        ("令和８年４月１日", date(2026, 4, 1)),
        (" 令和 8 年 4 月 1 日 ", date(2026, 4, 1)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("㋿8年4月1日".replace("㋿", "令和"), date(2026, 4, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("H31.4.30", date(2019, 4, 30)),
        ("S64.1.7", date(1989, 1, 7)),
        ("大正元年7月30日", date(1912, 7, 30)),
    ],
)
def test_dates_are_read_in_either_calendar(text: str, meant: date) -> None:
    assert dates.parse_date(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "いつか", "2026-02-29", "2026-13-01", "2026-00-10", "20261123", "26-11-23", "2026-11/23",
        "令和0年4月1日", "R0.4.1", "令和元年4月30日", "平成31年5月1日", "昭和64年1月8日", "令和8年2月30日",
        "明治45年7月29日", "令和8年", "2026-11-23T00:00:00Z", "0000-01-01", "R８.４", "x" * 10**6,
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_reason_and_remedy(text: str) -> None:
    with pytest.raises(dates.DateUnreadable) as refusal:
        dates.parse_date(text)
    assert refusal.value.reason
    assert refusal.value.remedy


def test_the_year_naught_is_answered_with_the_first_year() -> None:
    with pytest.raises(dates.DateUnreadable) as refusal:
        dates.parse_date("令和0年4月1日")
    assert "令和0年はありません" in refusal.value.reason
    assert "令和元年" in refusal.value.remedy


def test_a_date_outside_its_era_is_answered_with_the_right_one() -> None:
    with pytest.raises(dates.DateUnreadable) as refusal:
        dates.parse_date("平成32年4月1日")
    assert "2020年4月1日（令和2年）" in refusal.value.remedy


@given(st.dates(date(1912, 7, 30), date(2098, 12, 31)))
def test_every_date_is_read_back_from_either_calendar(on: date) -> None:
    assert dates.parse_date(on.isoformat()) == on
    assert dates.parse_date(f"{dates.japanese_year(on)}{on.month}月{on.day}日") == on
    assert dates.parse_date(dates.format_date(on).partition("（")[0]) == on


@given(st.text())
def test_any_text_is_a_date_or_refused_with_a_remedy(text: str) -> None:
    try:
        found = dates.parse_date(text)
    except dates.DateUnreadable as refusal:
        remedy = refusal.remedy
    else:
        remedy = found.isoformat()
    assert remedy


def test_thirty_years_ahead_of_a_leap_day() -> None:
    assert dates.latest_allowed(date(2028, 2, 29)) == date(2058, 2, 28)
    assert dates.latest_allowed(date(2026, 11, 23)) == date(2056, 11, 23)
