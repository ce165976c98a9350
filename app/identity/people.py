"""People: made or refreshed at each login, keyed by issuer and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.identity.assertions import RANK, Assertion
from app.identity.models import Person
from app.kit.ids import new_id


@dataclass(frozen=True)
class Change:
    """What an issuer says differently of a known person since the last login."""

    former_claim: str
    """The organisation number asserted before; empty when there was none."""
    moved: bool
    """Another number than before, or none any more."""
    raised: bool
    """A higher kind of account than before."""
    lowered: bool
    """A lower kind of account (プライム → メンバー → エントリー), or no longer the same kind of business."""

    @property
    def loses(self) -> bool:
        """Whether what rested on the former assertion is lost."""
        return self.moved or self.lowered


NO_CHANGE = Change("", moved=False, raised=False, lowered=False)


def find_person(session: Session, issuer_key: str, subject: str) -> Person | None:
    """The person of that issuer and subject."""
    return session.exec(
        select(Person).where(col(Person.issuer_key) == issuer_key, col(Person.subject) == subject)
    ).first()


def get_person(session: Session, person_id: str) -> Person | None:
    """The person of that id."""
    return session.get(Person, person_id)


def ensure_person(session: Session, issuer_key: str, subject: str, now: datetime) -> Person:
    """The person, made without any facts if nobody has seen them yet (`dmp grant-role`)."""
    known = find_person(session, issuer_key, subject)
    if known is not None:
        return known
    person = Person(
        id=new_id("per"), issuer_key=issuer_key, subject=subject, pseudonym=new_id("ps"), created_at=now
    )
    session.add(person)
    session.flush()
    return person


def remember(session: Session, assertion: Assertion, now: datetime) -> tuple[Person, Change]:
    """Make or refresh the person; says what changed against the last assertion.

    A delegated login (代理) speaks for another firm: what is known of the person's own place stays as it was.
    """
    person = ensure_person(session, assertion.issuer_key, assertion.subject, now)
    person.name = assertion.name or person.name
    person.email = assertion.email or person.email
    person.last_login_at = now
    change = NO_CHANGE
    if not assertion.delegated:
        change = _change(person, assertion)
        person.account_kind = assertion.account_kind
        person.corp_type = assertion.corp_type
        person.claimed_number = assertion.claim
        person.parent_subject = assertion.parent_subject
    session.add(person)
    session.flush()
    return person, change


def _change(person: Person, assertion: Assertion) -> Change:
    moved = bool(person.claimed_number) and person.claimed_number != assertion.claim
    before, after = RANK.get(person.account_kind), RANK.get(assertion.account_kind, -1)
    lowered = before is not None and after < before
    raised = before is not None and after > before
    other_business = bool(person.corp_type) and person.corp_type != assertion.corp_type
    return Change(person.claimed_number, moved=moved, raised=raised, lowered=lowered or other_business)


def actor_of(person: Person, *, request_id: str = "", address: str = "") -> Actor:
    """The person as the one who acts while logging in: no organisation yet."""
    return Actor(
        kind="session",
        person_id=person.id,
        pseudonym=person.pseudonym,
        name=person.name,
        request_id=request_id,
        address=address,
    )
