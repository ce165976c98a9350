"""What happens to jobs because time passed: uploads are forgotten; what came of them stays."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from app.jobs import repository
from app.kit.clock import Clock

FILES_KEPT = timedelta(days=7)
"""How long a checked file can still be run without sending it again."""


def sweep(session: Session, clock: Clock) -> int:
    """Forget uploads older than a week that no waiting job needs; how many."""
    return repository.forget_files(session, clock.now() - FILES_KEPT)
