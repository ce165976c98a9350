"""`demo-accounts.json`: one entry for each demo account and role, with a working API token."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from app.demo.actors import actor_at
from app.demo.directory import Directory
from app.demo.sample import Sample
from app.demo.workspace import write_private
from app.identity.credentials import digest
from app.identity.models import ApiToken
from app.identity.tokens import create_token, possible_scopes
from app.kit.clock import Clock
from app.kit.database import Database

TOKEN_NAME = "デモ"  # noqa: S105  # the name that the list of tokens shows
RENEWED_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Account:
    """One line of the file."""

    role: str
    name: str
    email: str
    organisation: str
    token: str


def ensure_accounts(database: Database, clock: Clock, sample: Sample, path: Path) -> list[Account]:
    """The demo's accounts. Tokens of the file are kept while they work; missing or expiring ones are made anew."""
    known = _read(path)
    accounts = []
    with database.write() as session:
        directory = Directory(session, sample)
        for person in sample.people:
            for place in person.places:
                organisation = directory.organisation(place.organisation)
                token = known.get((person.email, organisation.name), "")
                if not _works(session, clock, token):
                    actor = actor_at(session, clock, person.issuer, person.key, organisation.id)
                    _revoke_former(session, clock, actor.membership_id)
                    made = create_token(session, actor, clock, name=TOKEN_NAME, scopes=possible_scopes(actor))
                    token = made.secret or ""
                accounts += [
                    Account(role, person.name, person.email, organisation.name, token) for role in place.roles
                ]
    text = json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=2) + "\n"
    write_private(path, text)
    return accounts


def _read(path: Path) -> dict[tuple[str, str], str]:
    """Tokens by e-mail and organisation; nothing for a file that is missing or broken."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {(row["email"], row["organisation"]): str(row["token"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _works(session: Session, clock: Clock, token: str) -> bool:
    row = session.exec(select(ApiToken).where(col(ApiToken.digest) == digest(token))).first()
    return row is not None and row.revoked_at is None and row.expires_at > clock.now() + RENEWED_BEFORE


def _revoke_former(session: Session, clock: Clock, membership_id: str | None) -> None:
    """End what an earlier file held: nobody knows those secrets any more."""
    rows = session.exec(
        select(ApiToken).where(
            col(ApiToken.membership_id) == membership_id,
            col(ApiToken.name) == TOKEN_NAME,
            col(ApiToken.revoked_at).is_(None),
        )
    ).all()
    for row in rows:
        row.revoked_at = clock.now()
        session.add(row)
