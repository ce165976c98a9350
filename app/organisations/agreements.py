"""The master agreement's life: offered, signed, accepted, suspended, resumed, ended, expired.

Every move publishes `catalogue.sync-vendor`, since what the public sees depends on it, and tells the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.organisations.agreement_texts import current_version
from app.organisations.expiry import carried_agreement
from app.organisations.inputs import date_or_faults, text_faults
from app.organisations.lifecycle import AGREEMENT
from app.organisations.models import AgreementVersion, MasterAgreement, Organisation
from app.organisations.policies import can_see_inside, is_draft_space
from app.outbox.publish import publish, publish_after
from catalogue_schema.text import clean

VENDOR_KINDS = ("vendor", "sole_proprietor")
CURRENT = ("offered", "signed", "active", "suspended")


@dataclass(frozen=True)
class AgreementView:
    """A master agreement with the names that pages and answers need."""

    id: str
    organisation_id: str
    organisation_name: str
    version_id: str
    version_number: int
    version_title: str
    status: str
    in_force: bool
    """Active, and today lies within its term."""
    signed_at: datetime | None
    signatory_title: str
    accepted_at: datetime | None
    starts_on: date | None
    ends_on: date | None
    ended_at: datetime | None
    reason: str
    allowed: tuple[str, ...]
    """The verbs that the present status allows."""


def _view(
    row: MasterAgreement, organisation: Organisation, version: AgreementVersion, today: date
) -> AgreementView:
    within = row.starts_on is not None and row.ends_on is not None and row.starts_on <= today <= row.ends_on
    return AgreementView(
        id=row.id,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        version_id=version.id,
        version_number=version.number,
        version_title=version.title,
        status=row.status,
        in_force=row.status == "active" and within,
        signed_at=row.signed_at,
        signatory_title=row.signatory_title,
        accepted_at=row.accepted_at,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ended_at=row.ended_at,
        reason=row.reason,
        allowed=AGREEMENT.allowed(row.status),
    )


def _load(
    session: Session, actor: Actor, agreement_id: str
) -> tuple[MasterAgreement, Organisation, AgreementVersion]:
    found = session.exec(
        select(MasterAgreement, Organisation, AgreementVersion)
        .join(Organisation, col(Organisation.id) == col(MasterAgreement.organisation_id))
        .join(AgreementVersion, col(AgreementVersion.id) == col(MasterAgreement.version_id))
        .where(col(MasterAgreement.id) == agreement_id)
    ).first()
    if found is None or not can_see_inside(actor, found[1].id):
        raise NotFound("その基本契約はありません。")
    return found[0], found[1], found[2]


def get_agreement(session: Session, actor: Actor, clock: Clock, agreement_id: str) -> AgreementView:
    """One agreement: the vendor's own, or any for the Agency. Raises NotFound."""
    return _view(*_load(session, actor, agreement_id), clock.today())


def list_agreements(
    session: Session, actor: Actor, clock: Clock, paging: Paging, *, status: str | None = None
) -> tuple[list[AgreementView], str | None]:
    """The vendor's own agreements, or everybody's for the Agency, newest first. Raises Invalid for no status."""
    if status is not None and status not in AGREEMENT.statuses:
        message = f"状態「{status[:40]}」はありません。"
        raise Invalid([FieldFault("/status", "unknown-term", message, "、".join(AGREEMENT.statuses))])
    wanted: SelectOfScalar[MasterAgreement] = select(MasterAgreement)
    if status is not None:
        wanted = wanted.where(col(MasterAgreement.status) == status)
    if actor.organisation_kind != "agency":
        wanted = wanted.where(col(MasterAgreement.organisation_id) == (actor.organisation_id or ""))
    rows, following = paginate(session, wanted, MasterAgreement, paging)
    organisations = {
        row.id: row
        for row in session.exec(
            select(Organisation).where(col(Organisation.id).in_({row.organisation_id for row in rows}))
        ).all()
    }
    versions = {row.id: row for row in session.exec(select(AgreementVersion)).all()}
    today = clock.today()
    return [
        _view(row, organisations[row.organisation_id], versions[row.version_id], today) for row in rows
    ], following


def own_agreement(session: Session, actor: Actor, clock: Clock) -> AgreementView | None:
    """The vendor's newest agreement, whatever its status."""
    newest = session.exec(
        select(MasterAgreement.id)
        .where(col(MasterAgreement.organisation_id) == (actor.organisation_id or ""))
        .order_by(col(MasterAgreement.id).desc())
        .limit(1)
    ).first()
    return get_agreement(session, actor, clock, newest) if newest else None


def offer_agreement(session: Session, actor: Actor, clock: Clock) -> AgreementView:
    """Take up the version now in effect, to be signed next. A vendor has one agreement at a time.

    Raises Forbidden for who is no vendor or not yet proved to be one, Conflict where one is under way.
    """
    organisation = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if organisation is None or organisation.kind not in VENDOR_KINDS or is_draft_space(organisation):
        raise Forbidden(
            "基本契約を結べるのは、gBizIDプライムで確認された事業者です。エントリーのアカウントでは結べません。"
        )
    under_way = session.exec(
        select(MasterAgreement).where(
            col(MasterAgreement.organisation_id) == organisation.id, col(MasterAgreement.status).in_(CURRENT)
        )
    ).first()
    if under_way is not None:
        raise Conflict("すでに手続き中または有効な基本契約があります。", agreement_id=under_way.id)
    version = current_version(session, clock.today())
    if version is None:
        raise Conflict("いま有効な基本契約の版がありません。デジタル庁にお問い合わせください。")
    row = MasterAgreement(
        id=new_id("agr"), organisation_id=organisation.id, version_id=version.id, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    _record(session, actor, clock, "agreement.offered", row, version=version.number)
    return _view(row, organisation, version, clock.today())


def sign_agreement(
    session: Session, actor: Actor, clock: Clock, agreement_id: str, *, signatory_title: str
) -> AgreementView:
    """The vendor's authorised person signs, naming the office held (職名)."""
    row, organisation, version = _load(session, actor, agreement_id)
    if not actor.acts_for(organisation.id) or not actor.may(Permission.AGREEMENT_SIGN):
        raise Forbidden("署名できるのは、その事業者の管理者です。")
    title = clean(signatory_title)
    if faults := text_faults("/signatory_title", title, longest=100, required=True):
        raise Invalid(faults)
    AGREEMENT.move(
        session,
        row,
        "signature",
        signed_at=clock.now(),
        signed_by=actor.membership_id,
        signatory_title=title,
    )
    _record(session, actor, clock, "agreement.signed", row, version=version.number)
    publish(session, "notify.agreement-signed", row.id, at=clock.now())
    _sync(session, clock, row)
    return _view(row, organisation, version, clock.today())


def accept_agreement(
    session: Session,
    actor: Actor,
    clock: Clock,
    agreement_id: str,
    *,
    starts_on: str = "",
    ends_on: str = "",
) -> AgreementView:
    """The Agency accepts, for a term: today and the version's length where left out. Dates in either calendar.

    Raises Invalid for impossible dates, an end before the start or in the past.
    """
    row, organisation, version = _load(session, actor, agreement_id)
    _require_agency(actor)
    today = clock.today()
    faults: list[FieldFault] = []
    start: date | None = today
    end: date | None = None
    if starts_on:
        start, found = date_or_faults("/starts_on", starts_on, today)
        faults += found
    if ends_on:
        end, found = date_or_faults("/ends_on", ends_on, today)
        faults += found
    elif start is not None:
        end = _months_later(start, version.term_months)
    if start is not None and end is not None and end < start:
        message = "終わりの日が始まりの日より前です。"
        faults.append(
            FieldFault("/ends_on", "before-start", message, f"{start.isoformat()}以後の日にしてください。")
        )
    elif end is not None and end < today:
        message = "終わりの日がすでに過ぎています。"
        faults.append(FieldFault("/ends_on", "past", message, "きょう以後の日にしてください。"))
    if faults:
        raise Invalid(faults)
    AGREEMENT.move(
        session,
        row,
        "acceptance",
        accepted_at=clock.now(),
        accepted_by=actor.membership_id,
        starts_on=start,
        ends_on=end,
    )
    assert start is not None
    assert end is not None
    _record(
        session, actor, clock, "agreement.accepted", row, starts_on=start.isoformat(), ends_on=end.isoformat()
    )
    publish(session, "notify.agreement-changed", row.id, at=clock.now())
    _sync(session, clock, row)
    for day in (start - timedelta(days=1), end):
        # On the morning after, the public sees something else than now.
        publish_after(session, "catalogue.sync-vendor", row.organisation_id, day, at=clock.now())
    return _view(row, organisation, version, today)


def suspend_agreement(
    session: Session, actor: Actor, clock: Clock, agreement_id: str, *, reason: str, note: str = ""
) -> AgreementView:
    """The Agency stops the agreement's effect for a while, with a reason that the vendor reads and a public note.

    The procedure around it (notice, hearing, objection) is `review`'s, which calls this.
    """
    if faults := text_faults("/note", clean(note), longest=500, multiline=True):
        raise Invalid(faults)
    return _decide(
        session, actor, clock, agreement_id, "suspension", "agreement.suspended", reason, note=clean(note)
    )


def resume_agreement(
    session: Session, actor: Actor, clock: Clock, agreement_id: str, *, reason: str = ""
) -> AgreementView:
    """The Agency lets a suspended agreement take effect again."""
    return _decide(
        session, actor, clock, agreement_id, "resumption", "agreement.resumed", reason, required=False
    )


def end_agreement_suspension(session: Session, actor: Actor, clock: Clock, agreement_id: str) -> None:
    """A suspension is over: the agreement takes effect again. That it is over is the caller's to know.

    Nothing where it is not suspended any more.
    """
    row = session.get(MasterAgreement, agreement_id)
    if row is None or row.status != "suspended":
        return
    AGREEMENT.move(session, row, "resumption", reason="", note="", suspended_at=None)
    _record(session, actor, clock, "agreement.resumed", row)
    _sync(session, clock, row)


def terminate_agreement(
    session: Session, actor: Actor, clock: Clock, agreement_id: str, *, reason: str
) -> AgreementView:
    """The Agency ends the agreement, or declines a signed one, with a reason. Contracts already made stay."""
    return _decide(session, actor, clock, agreement_id, "termination", "agreement.terminated", reason)


def _decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    agreement_id: str,
    verb: str,
    action: str,
    reason: str,
    *,
    required: bool = True,
    note: str = "",
) -> AgreementView:
    row, organisation, version = _load(session, actor, agreement_id)
    _require_agency(actor)
    reason = clean(reason)
    if faults := text_faults("/reason", reason, longest=1000, required=required, multiline=True):
        raise Invalid(faults)
    changes: dict[str, object] = {"reason": reason, "note": note}
    match verb:
        case "suspension":
            changes["suspended_at"] = clock.now()
        case "resumption":
            changes["suspended_at"] = None
        case "termination":
            changes["ended_at"] = clock.now()
    AGREEMENT.move(session, row, verb, **changes)
    _record(session, actor, clock, action, row, reason=reason)
    if verb != "suspension":  # of that its procedure tells
        publish(session, "notify.agreement-changed", row.id, at=clock.now())
    _sync(session, clock, row)
    return _view(row, organisation, version, clock.today())


def expire_agreements(session: Session, actor: Actor, clock: Clock) -> int:
    """Move every agreement whose last day has passed and that nothing carries over it; how many (the hourly sweep)."""
    rows = session.exec(
        select(MasterAgreement)
        .where(
            col(MasterAgreement.status).in_(("active", "suspended")),
            col(MasterAgreement.ends_on) < clock.today(),
            ~carried_agreement(clock.today()),
        )
        .order_by(col(MasterAgreement.id))
    ).all()
    for row in rows:
        AGREEMENT.move(session, row, "expiry", ended_at=clock.now())
        _record(session, actor, clock, "agreement.expired", row)
        publish(session, "notify.agreement-changed", row.id, at=clock.now())
        _sync(session, clock, row)
    return len(rows)


def _months_later(start: date, months: int) -> date:
    """The last day of a term of so many months from `start`."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last_day = (following - timedelta(days=1)).day
    return first.replace(day=min(start.day, last_day)) - timedelta(days=1)


def _require_agency(actor: Actor) -> None:
    if not actor.may(Permission.AGREEMENT_DECIDE):
        raise Forbidden("この操作ができるのはデジタル庁の管理者です。")


def _record(
    session: Session, actor: Actor, clock: Clock, action: str, row: MasterAgreement, **details: object
) -> None:
    record(
        session,
        actor,
        action,
        "agreement",
        row.id,
        at=clock.now(),
        owner=row.organisation_id,
        details=dict(details),
    )


def _sync(session: Session, clock: Clock, row: MasterAgreement) -> None:
    publish(session, "catalogue.sync-vendor", row.organisation_id, at=clock.now())
