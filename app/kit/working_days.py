"""Working days of Japanese offices. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))


def is_working_day(day: date) -> bool:
    """Whether offices work: no weekend, no holiday (祝日法), not 29 December to 3 January (地方自治法4条の2)."""
    year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not year_end and day not in _holidays(day.year)


def working_days_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; that day itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after `first` up to `last` (included); 0 where `last` is not later."""
    return sum(is_working_day(first + timedelta(days=offset)) for offset in range(1, (last - first).days + 1))
