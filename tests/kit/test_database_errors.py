"""A failing statement's text reaches the log and the outbox, so it names neither parameters nor the row."""

from __future__ import annotations

import logging
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.outbox import claims
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.procurement.models import EstimatedPrice
from app.settings import Settings
from app.worker import Worker

SECRET = 98_765_432


def _fail(session: Session, clock: MovableClock) -> None:
    session.add(
        EstimatedPrice(
            project_id="prj_none",
            amount=-SECRET,
            basis="極秘の根拠",
            decided_on=date(2026, 11, 24),
            decided_by="総務課長",
            recorded_at=clock.now(),
            recorded_by="per_none",
        )
    )
    session.flush()


def test_the_log_of_a_failing_insert_names_no_amount(
    database: Database, clock: MovableClock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(settings, clock=clock, database=database)

    def handle(_: claims.Claim) -> None:
        with database.write() as session:
            _fail(session, clock)

    worker._handlers = {"test.fails": handle}  # no handler of the product fails like this
    with database.write() as session:
        row_id = publish(session, "test.fails", "a", at=clock.now()).id
    worker.drain()
    worker.close()
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        _fail(session, clock)
    logging.getLogger("test").error("unhandled", exc_info=caught.value)
    with database.read() as session:
        kept = session.get_one(OutboxRow, row_id).last_error
    for text in (caplog.text, kept, str(caught.value), repr(caught.value.orig)):
        assert "constraint" in text.lower(), "what failed is still said"
        assert str(SECRET) not in text
        assert "極秘" not in text
    assert caplog.text.count("estimated_price_positive") >= 2
