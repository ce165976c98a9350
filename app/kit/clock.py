"""The time, injectable: nothing in the service asks the operating system for it but here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Tells the moment. Stored times are UTC; calendar days are Japan's."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def today(self) -> date:
        """The calendar day in Japan, by which validity dates are judged."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The calendar day in Japan."""
        return self.now().astimezone(TOKYO).date()


class MovableClock:
    """A clock that tests set and move; it runs on from where it was put only when told."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = (start or datetime.now(UTC)).astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was set to, aware, in UTC."""
        return self._now

    def today(self) -> date:
        """The calendar day in Japan at that moment."""
        return self._now.astimezone(TOKYO).date()

    def set(self, moment: datetime) -> None:
        """Jump to an aware moment, forwards or back."""
        self._now = moment.astimezone(UTC)

    def move(self, **delta: float) -> None:
        """Go on by a `timedelta(**delta)`."""
        self._now += timedelta(**delta)
