"""The hash chain over the audit trail: sealing committed events, signing heads, and checking both.

Events are written unsealed in the transaction of the change. The sealer, one at a time, gives committed events the next
number and hash: chaining inside the writers' transactions would cost them a third of their throughput and can deadlock.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.audit.models import AuditEvent
from app.kit.database import Database

GENESIS = "0" * 64
BATCH = 500
LATE = timedelta(minutes=1)
"""An event unsealed for longer than this is reported."""
_ADVISORY_LOCK = 7_320_411


@dataclass(frozen=True)
class Head:
    """The newest sealed number and hash, signed."""

    number: int
    hash: str
    sealed_at: str
    signature: str
    """Ed25519 over `number:hash:sealed_at`, base64url."""


def signing_key(seed: str) -> Ed25519PrivateKey:
    """The Ed25519 key that `DMP_AUDIT_KEY` stands for."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"dmp audit heads:" + seed.encode()).digest())


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def event_hash(event: AuditEvent, number: int, previous: str) -> str:
    """SHA-256 (hex) over the canonical JSON of everything that the event says, its number and the hash before it."""
    document = {
        "number": number,
        "previous": previous,
        "id": event.id,
        "occurred_at": _timestamp(event.occurred_at),
        "actor_kind": event.actor_kind,
        "actor_pseudonym": event.actor_pseudonym,
        "organisation_id": event.organisation_id,
        "action": event.action,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "revision_id": event.revision_id,
        "owner_organisation_id": event.owner_organisation_id,
        "details": event.details,
        "address_digest": event.address_digest,
        "request_id": event.request_id,
    }
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class Sealer:
    """Seals committed events and appends the signed head to a file outside the database."""

    def __init__(self, database: Database, heads: Path, seed: str) -> None:
        self._database = database
        self._heads = heads
        self._key = signing_key(seed)

    def seal(self, now: datetime) -> int:
        """Seal what is committed and unsealed (at most BATCH); how many. 0 too when another sealer is at it."""
        with self._database.write() as session:
            if not self._database.is_sqlite:
                got = session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
                if not got.scalar_one():
                    return 0
            newest = _newest_sealed(session)
            if newest is not None:
                # What an earlier run sealed and could not publish: else its file would begin late, as a lost one does.
                self._publish_head(newest.number or 0, newest.hash or "", newest.sealed_at or now)
            number, previous = (newest.number or 0, newest.hash or GENESIS) if newest else (0, GENESIS)
            events = session.exec(
                select(AuditEvent)
                .where(col(AuditEvent.number).is_(None))
                .order_by(col(AuditEvent.id))
                .limit(BATCH)
            ).all()
            for event in events:
                number += 1
                event.number, event.previous_hash, event.sealed_at = number, previous, now
                event.hash = previous = event_hash(event, number, previous)
                session.add(event)
        self._publish_head(number, previous, now)
        return len(events)

    def has_work(self) -> bool:
        """Whether an event waits, or the newest head is not in the file yet (a crash between the two)."""
        with self._database.read() as session:
            if session.exec(select(AuditEvent.id).where(col(AuditEvent.number).is_(None)).limit(1)).first():
                return True
            newest = _newest_sealed(session)
        last = _last_head(self._heads)
        return newest is not None and (last is None or last.number < (newest.number or 0))

    def _publish_head(self, number: int, digest: str, now: datetime) -> None:
        last = _last_head(self._heads)
        if number == 0 or (last is not None and last.number >= number):
            return
        sealed_at = _timestamp(now).replace("+00:00", "Z")  # as every time that the API answers
        signature = self._key.sign(_signed_text(number, digest, sealed_at))
        line = json.dumps(
            {
                "number": number,
                "hash": digest,
                "sealed_at": sealed_at,
                "signature": base64.urlsafe_b64encode(signature).decode(),
            }
        )
        self._heads.parent.mkdir(parents=True, exist_ok=True)
        # A crash while a line was appended leaves it without an end: what follows must not be glued to it.
        start = "\n" if _is_torn(self._heads) else ""
        with self._heads.open("a", encoding="utf-8") as file:
            file.write(f"{start}{line}\n")
            file.flush()
            os.fsync(file.fileno())


def _signed_text(number: int, digest: str, sealed_at: str) -> bytes:
    return f"{number}:{digest}:{sealed_at}".encode()


def _newest_sealed(session: Session) -> AuditEvent | None:
    return session.exec(
        select(AuditEvent)
        .where(col(AuditEvent.number).is_not(None))
        .order_by(col(AuditEvent.number).desc())
        .limit(1)
    ).first()


def read_heads(path: Path) -> Iterator[Head]:
    """The heads in a file, oldest first; nothing for a file that is not there. Raises ValueError for a broken line."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for position, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield Head(**json.loads(line))
                except (ValueError, TypeError) as error:
                    raise ValueError(f"{path}:{position}: not a head") from error


def _last_head(path: Path) -> Head | None:
    # The file only grows by short lines: reading its end is enough and stays cheap for years.
    if not path.exists() or path.stat().st_size == 0:
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = [line for line in file.read().splitlines() if line.strip()]
    # A line that a crash tore is passed over here, and reported by `verify`.
    for line in reversed(lines):
        try:
            return Head(**json.loads(line))
        except (ValueError, TypeError):
            continue
    return None


def _is_torn(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def newest_head(path: Path) -> Head | None:
    """The newest signed head, as shown publicly; None while no line can be read as one.

    Raises OSError where the file cannot be opened.
    """
    return _last_head(path)


def verify(database: Database, heads: Path, seed: str, now: datetime) -> tuple[int, list[str]]:
    """Re-compute the whole chain. Answers (sealed events, faults); no fault means that the chain is whole.

    Faults name the first broken link, gaps, heads that are forged, missing, or that the database no longer agrees
    with (changed or removed newest events), and events unsealed for over a minute.
    """
    faults: list[str] = []
    number, previous = 0, GENESIS
    hashes: dict[int, str] = {}
    wanted = _signed_heads(heads, seed, faults)
    with database.read() as session:
        sealed = session.exec(
            select(AuditEvent)
            .where(col(AuditEvent.number).is_not(None))
            .order_by(col(AuditEvent.number))
            .execution_options(yield_per=1000)
        )
        # Closed even where the loop ends early: on PostgreSQL it is a cursor of the server's.
        with closing(sealed):
            for event in sealed:
                if event.number != number + 1:
                    faults.append(f"gap: after event number {number} comes {event.number} ({event.id})")
                    break
                number += 1
                if event.previous_hash != previous or event.hash != event_hash(event, number, previous):
                    faults.append(f"broken link: event number {number} ({event.id}, {event.action})")
                    break
                previous = event.hash
                if number in wanted:
                    hashes[number] = previous
        late = session.exec(
            select(AuditEvent)
            .where(col(AuditEvent.number).is_(None), col(AuditEvent.occurred_at) < now - LATE)
            .order_by(col(AuditEvent.id))
            .limit(1)
        ).first()
    if late is not None:
        faults.append(f"unsealed for over a minute: {late.id} ({late.action}); is the worker running?")
    if number and not wanted:
        faults.append(f"no heads: {number} events are sealed, but {heads} has no signed head to compare with")
    elif wanted and min(wanted) > BATCH:
        # The first batch's head is published before a second batch is sealed, so a whole file begins by then.
        faults.append(f"heads missing: {heads} begins at event number {min(wanted)}; was the file replaced?")
    if not any(fault.startswith(("gap", "broken")) for fault in faults):
        for head in wanted.values():
            if head.number > number:
                faults.append(
                    f"removed: a signed head names event number {head.number}, the newest is {number}"
                )
                break
            if hashes.get(head.number) != head.hash:
                faults.append(f"rewritten: event number {head.number} is not the one that was signed")
                break
    return number, faults


def _signed_heads(path: Path, seed: str, faults: list[str]) -> dict[int, Head]:
    public = signing_key(seed).public_key()
    heads: dict[int, Head] = {}
    try:
        for head in read_heads(path):
            try:
                public.verify(
                    base64.urlsafe_b64decode(head.signature),
                    _signed_text(head.number, head.hash, head.sealed_at),
                )
            except (InvalidSignature, ValueError):
                faults.append(f"forged head: number {head.number} in {path}")
                continue
            heads[head.number] = head
    except ValueError as error:
        faults.append(f"unreadable head: {error}")
    return heads
