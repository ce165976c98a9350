"""When a version is published: every vendor whose listing has something to answer is asked, one by one."""

from __future__ import annotations

from app.impact.service import listing_impacts
from app.kit.clock import Clock
from app.kit.database import Database
from app.outbox.publish import publish
from app.specifications import service as specifications
from app.specifications.publication import PUBLISHED

ASKED = "notify.conformance-asked"
"""Topic of the message to one listing's vendor; the key names software, version, and how many are to be answered."""

TOPIC = PUBLISHED


def ask_vendors(database: Database, clock: Clock, version_id: str) -> None:
    """Put a message to each vendor into the outbox; none for a version that is withdrawn by now."""
    with database.write() as session:
        found = specifications.public_version(session, version_id)
        if found is None or found[1].status != "in_force":
            return
        for each in listing_impacts(session, clock, *found):
            if each.effect.to_answer or not each.effect.claimed:
                key = f"{each.software_id} {version_id} {len(each.effect.to_answer)}"
                publish(session, ASKED, key, at=clock.now())
