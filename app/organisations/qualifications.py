"""Qualification facts of a vendor (全省庁統一資格): recorded, shown. A firm whose last one ended leaves the
catalogue (`app.organisations.expiry`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.inputs import date_or_faults, term_fault, text_faults
from app.organisations.models import Organisation, Qualification
from app.organisations.policies import can_see_inside, is_draft_space
from app.outbox.publish import publish, publish_after
from catalogue_schema.text import clean

KINDS = {
    "manufacture": "物品の製造",
    "sale": "物品の販売",
    "service": "役務の提供等",
    "purchase": "物品の買受け",
}
"""資格の種類, code and what pages call it."""
GRADES = ("A", "B", "C", "D")
VENDORS = ("vendor", "sole_proprietor")
WARNED_BEFORE = timedelta(days=60)
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class QualificationView:
    """One qualification with what the day makes of it."""

    id: str
    organisation_id: str
    number: str | None
    """None where it is withheld: a sole proprietor's, from strangers."""
    kinds: tuple[str, ...]
    grade: str | None
    valid_from: date
    valid_until: date
    status: str
    """valid, lapsing (within 60 days), expired, future."""


def _view(row: Qualification, today: date) -> QualificationView:
    if row.valid_until < today:
        status = "expired"
    elif row.valid_from > today:
        status = "future"
    else:
        status = "lapsing" if row.valid_until <= today + WARNED_BEFORE else "valid"
    return QualificationView(
        id=row.id,
        organisation_id=row.organisation_id,
        number=row.number,
        kinds=tuple(row.kinds),
        grade=row.grade,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=status,
    )


def list_qualifications(
    session: Session, actor: Actor, clock: Clock, organisation_id: str
) -> list[QualificationView]:
    """The vendor's qualifications, those that last longest first; to strangers what everybody may know of them.

    Raises NotFound for an organisation that is no vendor, and for a draft space that is not the actor's.
    """
    today = clock.today()
    if can_see_inside(actor, organisation_id):
        return [_view(row, today) for row in _rows(session, organisation_id)]
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.kind not in VENDORS or is_draft_space(organisation):
        raise NotFound("その事業者はありません。")
    return public_qualifications(session, organisation, today)


def public_qualifications(
    session: Session, organisation: Organisation, today: date
) -> list[QualificationView]:
    """What everybody may know: those not expired; of a sole proprietor, who is a person, kinds and validity only."""
    views = [_view(row, today) for row in _rows(session, organisation.id) if row.valid_until >= today]
    if organisation.kind == "sole_proprietor":
        return [replace(view, number=None, grade=None) for view in views]
    return views


def _rows(session: Session, organisation_id: str) -> Sequence[Qualification]:
    return session.exec(
        select(Qualification)
        .where(col(Qualification.organisation_id) == organisation_id)
        .order_by(col(Qualification.valid_until).desc(), col(Qualification.id))
    ).all()


def get_qualification(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, qualification_id: str
) -> QualificationView:
    """One qualification. Raises NotFound."""
    row = session.get(Qualification, qualification_id)
    if row is None or row.organisation_id != organisation_id or not can_see_inside(actor, organisation_id):
        raise NotFound("その資格はありません。")
    return _view(row, clock.today())


def _own_vendor(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or not actor.acts_for(organisation_id):
        raise NotFound("その組織はありません。")
    if organisation.kind not in VENDORS or not actor.may(Permission.QUALIFICATION_WRITE):
        raise Forbidden("資格を登録できるのは、その事業者の管理者です。")
    return organisation


def add_qualification(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    *,
    number: str,
    kinds: Sequence[str],
    grade: str,
    valid_from: str,
    valid_until: str,
) -> QualificationView:
    """Record a qualification of the own organisation; dates in either calendar. Raises Invalid with every fault."""
    organisation = _own_vendor(session, actor, organisation_id)
    today = clock.today()
    number, grade = clean(number), clean(grade)
    faults: list[FieldFault] = []
    if not (len(number) == 10 and number.isascii() and number.isdigit()):
        message = "業者コードは半角数字10桁です。"
        faults.append(
            FieldFault("/number", "format", message, "資格審査結果通知書の業者コードを入れてください。")
        )
    if not kinds:
        listed = "、".join(KINDS)
        faults.append(
            FieldFault("/kinds", "required", "資格の種類が選ばれていません。", f"選べるもの: {listed}")
        )
    faults += [
        term_fault(f"/kinds/{index}", kind, sorted(KINDS))
        for index, kind in enumerate(kinds)
        if kind not in KINDS
    ]
    if grade and grade not in GRADES:
        faults.append(term_fault("/grade", grade, GRADES))
    faults += text_faults("/grade", grade, longest=10)
    start, found = date_or_faults("/valid_from", valid_from, today, earliest=EARLIEST)
    faults += found
    end, found = date_or_faults("/valid_until", valid_until, today, earliest=EARLIEST)
    faults += found
    if start is not None and end is not None and end < start:
        message = "有効期間の終わりが始まりより前です。"
        faults.append(
            FieldFault(
                "/valid_until", "before-start", message, f"{start.isoformat()}以後の日にしてください。"
            )
        )
    if faults or start is None or end is None:
        raise Invalid(faults)
    row = Qualification(
        id=new_id("qua"),
        organisation_id=organisation.id,
        number=number,
        kinds=sorted(set(kinds)),
        grade=grade,
        valid_from=start,
        valid_until=end,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict("同じ業者コードと開始日の資格がすでに登録されています。") from None
    at = clock.now()
    record(session, actor, "qualification.recorded", "qualification", row.id, at=at, owner=organisation.id)
    tell_catalogue(session, clock, row)
    return _view(row, today)


def tell_catalogue(session: Session, clock: Clock, row: Qualification) -> None:
    """What the public sees of the firm may be another thing now, when the qualification begins, and after its end."""
    publish(session, "catalogue.sync-vendor", row.organisation_id, at=clock.now())
    for day in (row.valid_from - timedelta(days=1), row.valid_until):
        publish_after(session, "catalogue.sync-vendor", row.organisation_id, day, at=clock.now())


def remove_qualification(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, qualification_id: str
) -> None:
    """Take a wrongly recorded qualification away. Raises NotFound, Forbidden, Conflict for one that has ended."""
    organisation = _own_vendor(session, actor, organisation_id)
    row = session.get(Qualification, qualification_id)
    if row is None or row.organisation_id != organisation.id:
        raise NotFound("その資格はありません。")
    if row.valid_until < clock.today():
        # Where none is left, the listings left with it: removing the record must not bring them back.
        raise Conflict("期限の切れた資格は、記録として残ります。新しい有効期間の資格を登録してください。")
    publish(session, "catalogue.sync-vendor", organisation.id, at=clock.now())
    details = {"number": row.number, "valid_until": row.valid_until.isoformat()}
    session.delete(row)
    record(
        session,
        actor,
        "qualification.removed",
        "qualification",
        row.id,
        at=clock.now(),
        owner=organisation.id,
        details=details,
    )
