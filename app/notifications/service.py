"""`deliver`: from an outbox topic to messages. May run twice; the Message-ID stays the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import Session

from app.kit.clock import Clock
from app.kit.database import Database
from app.notifications import repository
from app.notifications.mail import Transport, compose
from app.notifications.repository import Notice
from app.settings import Settings

log = logging.getLogger("dmp.notifications")

TOPICS: Mapping[str, Callable[[Session, str], Notice | None]] = {
    "notify.listing-submitted": repository.listing_submitted,
    "notify.review-decided": repository.review_decided,
    "notify.listing-suspended": repository.listing_suspended,
    "notify.contract-recorded": repository.contract_recorded,
    "notify.contract-answered": repository.contract_answered,
    "notify.agreement-signed": repository.agreement_signed,
    "notify.agreement-changed": repository.agreement_changed,
    "notify.member-pending": repository.member_pending,
    "notify.selection-proposed": repository.selection_proposed,
    "notify.token-expiring": repository.token_expiring,
    "notify.qualification-lapsing": repository.qualification_lapsing,
}
"""Each topic's facts; the template of the notice's name gives the subject (first line) and the text."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  # plain text messages, not HTML
)


class Notifier:
    """Writes and sends the messages of outbox rows."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, transport: Transport) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._transport = transport

    def deliver(self, topic: str, key: str, row_id: str) -> int:
        """Send the topic's messages; how many. Raises what the transport raises, so that the row is tried again.

        The database is read first and let go: no transaction is open while a mail server is talked to.
        """
        with self._database.read() as session:
            notice = TOPICS[topic](session, key)
        if notice is None:
            return 0
        origin = self._settings.site_origin
        template = _TEMPLATES.get_template(f"{notice.template}.txt")
        host = urlsplit(origin).hostname or "localhost"
        sent = 0
        for recipient in notice.recipients:
            link = origin + (recipient.path or notice.path)
            text = template.render(**notice.facts, link=link, demo=self._settings.demo_marker)
            subject, _, body = text.partition("\n")
            try:
                message = compose(
                    sender=self._settings.mail.sender,
                    recipient_name=recipient.name,
                    recipient=recipient.email,
                    subject=subject.strip(),
                    body=f"{recipient.name} 様\n{body}",
                    message_id=f"<{row_id}.{recipient.person_id}@{host}>",
                    at=self._clock.now(),
                )
            except ValueError:
                # An issuer asserted something that is no address: the others must still be told.
                log.warning("no valid address person_id=%s topic=%s", recipient.person_id, topic)
                continue
            self._transport.send(message)
            sent += 1
        return sent
