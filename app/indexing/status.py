"""How the index stands: what it has not been told yet, what the last comparison found, what is under way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.catalogue.waiting import wait_for
from app.indexing import repository
from app.indexing.runs import RunView, run_view
from app.kit.clock import Clock
from app.kit.database import Database
from search.engine import Health, SearchEngine


@dataclass(frozen=True)
class IndexStatus:
    """The index as a process that only reads it sees it."""

    health: Health
    waiting: int
    parked: int
    since: datetime | None
    lag_seconds: float
    """How long the oldest change that the index has not been told is due; 0 where there is none."""
    last_check: RunView | None
    last_rebuild: RunView | None
    live: tuple[RunView, ...]

    @property
    def agrees(self) -> bool:
        """Whether all that is known says so: the engine answers, nothing is untold, the last comparison agreed."""
        checked = (
            self.last_check is None or self.last_check.agrees or _later(self.last_rebuild, self.last_check)
        )
        settled = not self.waiting and not self.parked
        return self.health.available and not self.health.stale and settled and checked


def _later(rebuild: RunView | None, check: RunView) -> bool:
    if rebuild is None or rebuild.finished_at is None or check.finished_at is None:
        return False
    return rebuild.finished_at > check.finished_at


def status(database: Database, engine: SearchEngine, clock: Clock) -> IndexStatus:
    """As it is now. Cheap: nothing of the catalogue is read."""
    health = wait_for(engine.health)
    now = clock.now()
    with database.read() as session:
        untold = repository.untold(session, now)
        check = repository.newest(session, "check", "succeeded")
        rebuild = repository.newest(session, "rebuild", "succeeded")
        live = tuple(run_view(row) for row in repository.live(session))
    lag = (now - untold.since).total_seconds() if untold.since else 0.0
    return IndexStatus(
        health,
        untold.waiting,
        untold.parked,
        untold.since,
        max(0.0, lag),
        run_view(check) if check else None,
        run_view(rebuild) if rebuild else None,
        live,
    )


def details(found: IndexStatus) -> dict[str, Any]:
    """The same for `/readyz`."""
    last = found.last_check
    return {
        **asdict(found.health),
        "waiting": found.waiting,
        "parked": found.parked,
        "lag_seconds": round(found.lag_seconds, 1),
        "last_check": None
        if last is None or last.finished_at is None
        else {
            "at": last.finished_at.isoformat(),
            "agreed": not last.differing,
            "differences": last.differing,
            "repaired": last.repaired,
        },
        "under_way": [
            {"id": run.id, "kind": run.kind, "done": run.done, "total": run.total} for run in found.live
        ],
    }
