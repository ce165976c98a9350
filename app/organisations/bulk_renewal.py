"""Renewing many firms' qualifications and agreements at once: what a row would change, and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Forbidden
from app.kit.ids import new_id
from app.organisations.lifecycle import AGREEMENT
from app.organisations.models import MasterAgreement, Organisation, Qualification
from app.organisations.qualifications import tell_catalogue
from app.outbox.publish import publish, publish_after


@dataclass(frozen=True)
class Renewal:
    """One row, read and found right."""

    kind: str
    """qualification, agreement."""
    organisation_id: str
    valid_until: date
    valid_from: date | None = None
    number: str = ""
    kinds: tuple[str, ...] = ()
    grade: str = ""
    renews: str | None = None
    """The agreement that gets a new last day, or the qualification whose end is put later."""
    unchanged: bool = False


def require_renewer(actor: Actor) -> None:
    """Raise Forbidden for who is no administrator of the Agency."""
    if not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise Forbidden("更新をまとめて取り込めるのは、デジタル庁の管理者です。")


def firms_by_number(session: Session, numbers: Sequence[str]) -> dict[str, Organisation]:
    """The vendors of these 法人番号."""
    rows = session.exec(
        select(Organisation).where(
            col(Organisation.corporate_number).in_(set(numbers)), col(Organisation.kind) == "vendor"
        )
    ).all()
    return {row.corporate_number or "": row for row in rows}


def qualifications_of(session: Session, ids: Sequence[str]) -> dict[str, list[Qualification]]:
    """The qualifications of these firms, the one that ends last first, by firm."""
    rows = session.exec(
        select(Qualification)
        .where(col(Qualification.organisation_id).in_(set(ids)))
        .order_by(col(Qualification.valid_until).desc(), col(Qualification.id))
    ).all()
    found: dict[str, list[Qualification]] = {}
    for row in rows:
        found.setdefault(row.organisation_id, []).append(row)
    return found


def renewable_agreements(session: Session, ids: Sequence[str]) -> dict[str, MasterAgreement]:
    """Of each of these firms, the agreement that can get a new last day: the current one, or the last that expired."""
    rows = session.exec(
        select(MasterAgreement)
        .where(
            col(MasterAgreement.organisation_id).in_(set(ids)),
            col(MasterAgreement.status).in_(("active", "suspended", "expired", "offered", "signed")),
        )
        .order_by((col(MasterAgreement.status) == "expired").desc(), col(MasterAgreement.id))
    ).all()
    newest = {row.organisation_id: row for row in rows}
    return {firm: row for firm, row in newest.items() if row.status in ("active", "suspended", "expired")}


def renew(session: Session, actor: Actor, clock: Clock, rows: Sequence[Renewal]) -> None:
    """Carry the rows out: in the transaction of the caller, all or nothing. Raises Forbidden, TransitionRefused."""
    require_renewer(actor)
    for row in rows:
        if row.unchanged:
            continue
        if row.kind == "agreement":
            _renew_agreement(session, actor, clock, row)
        else:
            _renew_qualification(session, actor, clock, row)


def _renew_agreement(session: Session, actor: Actor, clock: Clock, row: Renewal) -> None:
    agreement = session.get_one(MasterAgreement, row.renews)
    verb = "renewal_while_suspended" if agreement.status == "suspended" else "renewal"
    before = agreement.ends_on
    AGREEMENT.move(session, agreement, verb, ends_on=row.valid_until, ended_at=None)
    at = clock.now()
    details = {"before": before.isoformat() if before else None, "ends_on": row.valid_until.isoformat()}
    record(
        session, actor, "agreement.renewed", "agreement", agreement.id,
        at=at, owner=row.organisation_id, details=details,
    )  # fmt: skip
    publish(session, "catalogue.sync-vendor", row.organisation_id, at=at)
    publish_after(session, "catalogue.sync-vendor", row.organisation_id, row.valid_until, at=at)


def _renew_qualification(session: Session, actor: Actor, clock: Clock, row: Renewal) -> None:
    assert row.valid_from is not None
    if row.renews is not None:
        qualification = session.get_one(Qualification, row.renews)
        qualification.valid_until = row.valid_until
    else:
        qualification = Qualification(
            id=new_id("qua"),
            organisation_id=row.organisation_id,
            number=row.number,
            kinds=sorted(row.kinds),
            grade=row.grade,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            created_at=clock.now(),
        )
    session.add(qualification)
    session.flush()
    record(
        session, actor, "qualification.renewed", "qualification", qualification.id,
        at=clock.now(), owner=row.organisation_id, details={"valid_until": row.valid_until.isoformat()},
    )  # fmt: skip
    tell_catalogue(session, clock, qualification)
