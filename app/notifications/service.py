"""`deliver`: from an outbox topic to messages. May run twice; a message's Message-ID stays the same."""

from __future__ import annotations

import hashlib
import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import Session

from app.kit.clock import Clock
from app.kit.database import Database
from app.notifications import (
    contract_documents,
    contract_terms,
    expiry,
    inspections,
    notices,
    outcomes,
    people,
    repository,
    specifications,
    suspension,
)
from app.notifications.html import html_of, without_frame
from app.notifications.kinds import kind_of
from app.notifications.mail import Transport, compose
from app.notifications.repository import Notice, Recipient
from app.settings import Settings

log = logging.getLogger("dmp.notifications")

TOPICS: Mapping[str, Callable[[Session, str], Notice | None]] = {
    "notify.listing-submitted": repository.listing_submitted,
    "notify.review-decided": repository.review_decided,
    "notify.listing-changed": repository.listing_changed,
    "notify.listing-revoked": repository.listing_revoked,
    "notify.case-reassigned": repository.case_reassigned,
    "notify.sample-decided": repository.sample_decided,
    "notify.suspension-vendor": suspension.to_vendor,
    "notify.suspension-agency": suspension.to_agency,
    "notify.suspension-buyers": suspension.to_buyers,
    "notify.revocation-buyers": suspension.revoked_to_buyers,
    "notify.contract-recorded": repository.contract_recorded,
    "notify.contract-answered": repository.contract_answered,
    "notify.contract-ended": repository.contract_ended,
    "notify.inspection-decided": inspections.decided,
    "notify.inspection-due": inspections.inspection_due,
    "notify.payment-due": inspections.payment_due,
    "notify.contract-terms": contract_terms.contract_terms,
    "notify.documents-of-buyer": contract_documents.by_buyer,
    "notify.documents-of-vendor": contract_documents.by_vendor,
    "notify.deviation-answered": contract_terms.deviation_answered,
    "notify.agreement-signed": repository.agreement_signed,
    "notify.agreement-changed": repository.agreement_changed,
    "notify.member-pending": repository.member_pending,
    "notify.selection-proposed": repository.selection_proposed,
    "notify.outcome-sent": outcomes.sent,
    "notify.outcome-asked": outcomes.asked,
    "notify.outcome-answered": outcomes.answered,
    "notify.outcome-unsent": outcomes.unsent,
    "notify.support-changed": people.support_changed,
    "notify.last-day": people.last_day,
    "notify.body-without-approver": people.body_without_approver,
    "notify.handed-over": people.handed_over,
    "notify.body-succeeded": repository.body_succeeded,
    "notify.token-expiring": repository.token_expiring,
    "notify.conformance-asked": specifications.conformance_asked,
    "notify.expiring": expiry.to_vendor,
    "notify.expiry-hold": expiry.to_agency,
}
"""Each topic's facts; the template of the notice's name gives the subject (first line) and the text."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  # plain text messages, not HTML
)


class Undelivered(Exception):
    """Somebody could not be told. `sent` are those who were, so that the next attempt leaves them alone.

    The text names no address: it is kept in the outbox row and in the log.
    """

    def __init__(self, sent: dict[str, str], failures: Sequence[BaseException]) -> None:
        said = ", ".join(sorted({_named(failure) for failure in failures}))
        super().__init__(f"{len(failures)} not delivered ({said}), {len(sent)} delivered")
        self.sent = sent


def _named(failure: BaseException) -> str:
    codes: list[int] = []
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in failure.recipients.values()]
    elif isinstance(failure, smtplib.SMTPResponseException):
        codes = [failure.smtp_code]
    return " ".join([type(failure).__name__, *map(str, codes)])


def _digest(subject: str, body: str) -> str:
    return hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest()[:16]


_OF_THE_SERVER = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError)
"""Failures after which the next recipient would only wait for the same."""


class Notifier:
    """Writes and sends the messages of outbox rows."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, transport: Transport) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._transport = transport

    def deliver(self, topic: str, key: str, row_id: str, sent: Mapping[str, str] | None = None) -> int:
        """Write the topic's messages down for their readers and send them; how many were sent.

        `sent` is what an earlier attempt's Undelivered told. Each recipient is tried; Undelivered is raised at the end
        where one was refused, so that the row is tried again for that one. A message that was sent is sent again only
        if its words changed. Who declined this kind of mail, or has no address, reads it under お知らせ alone. The
        database is let go before a mail server is talked to.
        """
        with self._database.read() as session:
            notice = TOPICS[topic](session, key)
        if notice is None:
            return 0
        told = dict(sent or {})
        count, failures = 0, []
        written = [(recipient, *self._words(notice, recipient)) for recipient in notice.recipients]
        by_mail = self._keep(topic, row_id, notice, written)
        for recipient, subject, body in written:
            words = _digest(subject, body)
            if recipient.person_id not in by_mail or told.get(recipient.person_id) == words:
                continue
            link = self._link(notice, recipient)
            message = self._message(recipient, subject, body, link, f"{row_id}.{recipient.person_id}.{words}")
            if message is None:
                # An issuer asserted something that is no address: the others must still be told.
                log.warning("no valid address person_id=%s topic=%s", recipient.person_id, topic)
                continue
            try:
                self._transport.send(message)
            except OSError as failure:  # smtplib's errors are OSErrors, too
                failures.append(failure)
                if isinstance(failure, _OF_THE_SERVER) or not isinstance(failure, smtplib.SMTPException):
                    break
                continue
            told[recipient.person_id] = words
            count += 1
        if failures:
            raise Undelivered(told, failures)
        return count

    def _keep(
        self, topic: str, row_id: str, notice: Notice, written: Sequence[tuple[Recipient, str, str]]
    ) -> set[str]:
        """Put the messages under their readers' お知らせ; gives those to whom mail goes as well."""
        kind = kind_of(topic)
        with self._database.write() as session:
            notices.write_down(
                session,
                self._clock,
                kind,
                [
                    notices.Told(
                        recipient.person_id,
                        recipient.organisation_id,
                        f"{row_id}.{_digest(subject, body)}",
                        subject,
                        without_frame(body, self._link(notice, recipient), self._settings.demo_marker),
                        recipient.path or notice.path,
                    )
                    for recipient, subject, body in written
                ],
            )
            addressed = {recipient.person_id for recipient, _, _ in written if recipient.email}
            return addressed - notices.declined(session, kind, addressed)

    def _words(self, notice: Notice, recipient: Recipient) -> tuple[str, str]:
        link = self._link(notice, recipient)
        text = _TEMPLATES.get_template(f"{notice.template}.txt").render(
            **notice.facts, link=link, demo=self._settings.demo_marker
        )
        subject, _, body = text.partition("\n")
        return subject.strip(), f"{recipient.name} 様\n{body}"

    def _link(self, notice: Notice, recipient: Recipient) -> str:
        return self._settings.site_origin + (recipient.path or notice.path)

    def _message(
        self, recipient: Recipient, subject: str, body: str, link: str, name: str
    ) -> EmailMessage | None:
        host = urlsplit(self._settings.site_origin).hostname or "localhost"
        try:
            return compose(
                sender=self._settings.mail.sender,
                recipient_name=recipient.name,
                recipient=recipient.email,
                subject=subject,
                body=body,
                html=html_of(subject, body, link),
                message_id=f"<{name}@{host}>",
                at=self._clock.now(),
            )
        except ValueError:
            return None
