"""Acts in the order of their moments: the sample data happens, it is not merely written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from app.kit.clock import TOKYO, MovableClock


class Halted(Exception):
    """Told to give up before everything had happened."""


@dataclass
class Timeline:
    """Collects acts, each at a moment, and runs them in that order (equal moments in the order of adding).

    The clock stands at the moment of the act that runs. An act may add later ones.
    """

    clock: MovableClock
    today: date
    halted: Callable[[], bool] = lambda: False
    """Asked before every act: whether to give up."""
    _acts: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _added: int = 0

    def moment(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """A moment in Japan, `days` from the loading day (negative: before it)."""
        return datetime.combine(self.today + timedelta(days=days), time(hour, minute), TOKYO)

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let `act` happen at that moment."""
        self._acts.append((moment, self._added, act))
        self._added += 1

    def run(self) -> None:
        """Let everything happen. Raises whatever an act raises, and Halted where it was told to give up."""
        while self._acts:
            if self.halted():
                raise Halted
            self._acts.sort(key=lambda entry: entry[:2])
            moment, _, act = self._acts.pop(0)
            self.clock.set(moment)
            act()
