"""How weeks are put together so that no number can be traced to a body. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST = 3
"""Fewer than so many bodies (or looks) are never shown: their weeks are put together with the following ones."""


@dataclass(frozen=True)
class Happening:
    """Something in a week: how often, and who (a body, or each look by itself)."""

    week: date
    who: str
    count: int = 1


@dataclass(frozen=True)
class Period:
    """From a Monday to a Sunday, with how often it happened in between."""

    first_day: date
    last_day: date
    count: int


def last_told(today: date) -> date:
    """The Sunday up to which counts are told: of weeks that ended a week ago or longer."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(days=8)


def merged(happenings: Iterable[Happening], today: date, least: int = LEAST) -> Sequence[Period]:
    """Disjoint periods in order, each with at least `least` different ones; the rest waits until there are enough.

    The periods depend on the past alone and never overlap, so that no two answers subtract to a smaller number.
    """
    until = last_told(today)
    weeks: dict[date, list[Happening]] = {}
    for happening in happenings:
        if happening.week + timedelta(days=6) <= until:
            weeks.setdefault(happening.week, []).append(happening)
    periods: list[Period] = []
    first: date | None = None
    who: set[str] = set()
    count = 0
    for week in sorted(weeks):
        first = first or week
        who |= {happening.who for happening in weeks[week]}
        count += sum(happening.count for happening in weeks[week])
        if len(who) >= least:
            periods.append(Period(first, week + timedelta(days=6), count))
            first, who, count = None, set(), 0
    return periods
