"""Ten working days: weekends, holidays and the turn of the year do not count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.procurement.working_days import is_working_day, working_days_after


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 11, 24), date(2026, 12, 8)),
        (date(2026, 11, 20), date(2026, 12, 7)),  # 23 November is a holiday
        (date(2026, 12, 25), date(2027, 1, 15)),  # the turn of the year, and 11 January
        (date(2027, 4, 28), date(2027, 5, 18)),  # Golden Week
    ],
)
def test_ten_working_days(day: date, due: date) -> None:
    assert working_days_after(day, 10) == due


def test_between_lie_exactly_ten() -> None:
    day = date(2026, 12, 20)
    due = working_days_after(day, 10)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(map(is_working_day, between)) == 10
    assert is_working_day(due)
