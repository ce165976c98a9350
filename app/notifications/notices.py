"""お知らせ: what a person was told inside the service, and which of it goes out by mail as well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, func, or_, select

from app.access.actor import Actor
from app.identity.models import Person
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.notifications.kinds import BY_CODE, KINDS, Kind
from app.notifications.models import PersonalNotice, UnwantedMail
from app.organisations.models import Membership, Organisation
from catalogue_schema.text import printable

KEPT = timedelta(days=400)
"""How long a notice stays: over the year in which a contract or a procedure is looked back at."""
COUNTED = 99
"""How far unread ones are counted."""


@dataclass(frozen=True)
class NoticeView:
    """One notice as its reader sees it."""

    id: str
    kind: str
    kind_label: str
    subject: str
    body: str
    path: str
    organisation_name: str
    """Empty where it concerns the person alone."""
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Told:
    """One message for one person, to be written down."""

    person_id: str
    organisation_id: str
    source: str
    subject: str
    body: str
    path: str


def write_down(session: Session, clock: Clock, kind: Kind, told: Sequence[Told]) -> None:
    """Keep the messages for their readers; whoever is no person (a shared mailbox) has none. May run twice."""
    ids = {one.person_id for one in told}
    people = set(session.exec(select(Person.id).where(col(Person.id).in_(ids))).all()) if ids else set()
    sources = {one.source for one in told}
    known = set(
        session.exec(
            select(PersonalNotice.person_id, PersonalNotice.source).where(
                col(PersonalNotice.person_id).in_(people), col(PersonalNotice.source).in_(sources)
            )
        ).all()
    )
    for one in told:
        if one.person_id in people and (one.person_id, one.source) not in known:
            session.add(
                PersonalNotice(
                    id=new_id("nt"),
                    person_id=one.person_id,
                    organisation_id=one.organisation_id,
                    source=one.source,
                    kind=kind.code,
                    subject=one.subject,
                    body=one.body,
                    path=one.path,
                    created_at=clock.now(),
                )
            )


def declined(session: Session, kind: Kind, people: Collection[str]) -> set[str]:
    """Those of these people who do not want this kind by mail."""
    if kind.always or not people:
        return set()
    found = session.exec(
        select(UnwantedMail.person_id).where(
            col(UnwantedMail.kind) == kind.code, col(UnwantedMail.person_id).in_(people)
        )
    )
    return set(found.all())


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Notices that the actor may read: a login sees those of every organisation that it still belongs to, a token
    those of its own organisation only."""
    if actor.kind == "anonymous" or actor.person_id is None:
        raise Unauthenticated()
    mine = col(PersonalNotice.person_id) == actor.person_id
    if actor.kind != "session":
        return mine & (col(PersonalNotice.organisation_id) == (actor.organisation_id or ""))
    if actor.delegated:  # belongs nowhere, whatever places the account holds itself
        return mine & (col(PersonalNotice.organisation_id) == "")
    belongs = select(Membership.organisation_id).where(
        col(Membership.person_id) == actor.person_id, col(Membership.status) == "active"
    )
    return mine & or_(
        col(PersonalNotice.organisation_id) == "", col(PersonalNotice.organisation_id).in_(belongs)
    )


def notices_of(
    session: Session, actor: Actor, paging: Paging, *, unread: bool = False
) -> tuple[list[NoticeView], str | None]:
    """One page of the actor's own notices, newest first, and the next cursor. Raises Unauthenticated."""
    statement = select(PersonalNotice).where(_mine(actor))
    if unread:
        statement = statement.where(col(PersonalNotice.read_at).is_(None))
    rows, following = paginate(session, statement, PersonalNotice, paging)
    ids = {row.organisation_id for row in rows if row.organisation_id}
    named = session.exec(select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(ids)))
    names = dict(named.all()) if ids else {}
    return [_view(row, names.get(row.organisation_id, "")) for row in rows], following


def _view(row: PersonalNotice, organisation_name: str) -> NoticeView:
    kind = BY_CODE.get(row.kind)
    return NoticeView(
        id=row.id,
        kind=row.kind,
        kind_label=kind.label if kind else "",
        subject=row.subject,
        body=row.body,
        path=row.path,
        organisation_name=organisation_name,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def mark_read(session: Session, actor: Actor, clock: Clock, notice_id: str) -> str:
    """Say that the actor has read it; gives the page that it is about.

    Raises NotFound for every other's, Forbidden for a token: a program reads for nobody.
    """
    _require_login(actor, "既読")
    row = session.exec(
        select(PersonalNotice).where(col(PersonalNotice.id) == notice_id, _mine(actor))
    ).first()
    if row is None:
        raise NotFound("このお知らせはありません。")
    if row.read_at is None:
        row.read_at = clock.now()
        session.add(row)
    return row.path


def mark_all_read(session: Session, actor: Actor, clock: Clock) -> None:
    """Say that the actor has read every notice that there is. Raises Forbidden for a token."""
    _require_login(actor, "既読")
    session.exec(
        update(PersonalNotice)
        .where(_mine(actor), col(PersonalNotice.read_at).is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def unread_of(database: Database, actor: Actor) -> int:
    """How many notices the person has not read, up to one beyond `COUNTED`; for the header of every page."""
    with database.read() as session:
        waiting = (
            select(PersonalNotice.id)
            .where(_mine(actor), col(PersonalNotice.read_at).is_(None))
            .limit(COUNTED + 1)
            .subquery()
        )
        return session.exec(select(func.count()).select_from(waiting)).one()


def unwanted(session: Session, actor: Actor) -> frozenset[str]:
    """The kinds that the actor does not want by mail. Raises Unauthenticated."""
    person = _person(actor)
    rows = session.exec(select(UnwantedMail.kind).where(col(UnwantedMail.person_id) == person))
    return frozenset(rows.all())


def choose_mail(session: Session, actor: Actor, clock: Clock, wanted: Collection[str]) -> None:
    """From now on only these kinds come by mail, and those that always do.

    Raises Invalid for a kind that there is not, Forbidden for a token: it speaks for a program.
    """
    person = _person(actor)
    _require_login(actor, "メールの設定")
    faults = [
        FieldFault(
            "/wanted",
            "unknown_term",
            f"お知らせの種類「{printable(code, 40)}」はありません。",
            "、".join(BY_CODE),
        )
        for code in wanted
        if code not in BY_CODE
    ]
    if faults:
        raise Invalid(faults)
    session.exec(delete(UnwantedMail).where(col(UnwantedMail.person_id) == person))
    for kind in KINDS:
        if kind.code not in wanted and not kind.always:
            session.add(UnwantedMail(person_id=person, kind=kind.code, created_at=clock.now()))


def _require_login(actor: Actor, what: str) -> None:
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.kind != "session":
        raise Forbidden(f"{what}は、本人がログインして変えます。APIトークンでは変えられません。")


def _person(actor: Actor) -> str:
    if actor.kind == "anonymous" or actor.person_id is None:
        raise Unauthenticated()
    return actor.person_id


def sweep(session: Session, clock: Clock) -> None:
    """Forget notices older than `KEPT`."""
    session.exec(delete(PersonalNotice).where(col(PersonalNotice.created_at) < clock.now() - KEPT))
