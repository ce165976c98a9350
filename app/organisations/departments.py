"""Departments (部署) of a body: they put people and projects in order and have a mailbox. They give no right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.http import etag
from app.kit.ids import new_id
from app.organisations.body_models import Department
from app.organisations.inputs import email_faults, text_faults
from app.organisations.models import Membership, Organisation
from app.organisations.policies import can_manage_members, can_see_members
from app.organisations.repository import lock_organisation
from app.organisations.service import require_match
from catalogue_schema.text import clean

MOST = 500


@dataclass(frozen=True)
class DepartmentView:
    """A department of a body."""

    id: str
    organisation_id: str
    name: str
    email: str
    members: int
    """People whose membership is not ended."""
    created_at: datetime
    closed_at: datetime | None
    version: int

    @property
    def etag(self) -> str:
        """The entity tag."""
        return etag(self.id, self.version)


def departments_of(session: Session, actor: Actor, organisation_id: str) -> list[DepartmentView]:
    """The body's departments, the open ones first, by name. Raises NotFound for those who may not look inside."""
    _visible(session, actor, organisation_id)
    rows = session.exec(
        select(Department)
        .where(col(Department.organisation_id) == organisation_id)
        .order_by(col(Department.closed_at).is_not(None), col(Department.name), col(Department.id))
    ).all()
    people = session.exec(
        select(col(Membership.department_id)).where(
            col(Membership.organisation_id) == organisation_id,
            col(Membership.department_id).is_not(None),
            col(Membership.status) != "ended",
        )
    ).all()
    return [_view(row, sum(1 for each in people if each == row.id)) for row in rows]


def department(session: Session, actor: Actor, organisation_id: str, department_id: str) -> DepartmentView:
    """One of them. Raises NotFound."""
    for view in departments_of(session, actor, organisation_id):
        if view.id == department_id:
            return view
    raise NotFound("その部署はありません。")


def department_fault(
    session: Session, organisation_id: str, department_id: str | None, pointer: str = "/department_id"
) -> list[FieldFault]:
    """Why nothing can be put into that department: another body's, unknown, or closed."""
    row = session.get(Department, department_id) if department_id else None
    if not department_id or (
        row is not None and row.organisation_id == organisation_id and row.closed_at is None
    ):
        return []
    closed = row is not None and row.organisation_id == organisation_id
    message = "「部署」：廃止した部署です。" if closed else "「部署」：この団体の部署ではありません。"
    return [FieldFault(pointer, "closed" if closed else "unknown", message, "部署の一覧から選んでください。")]


def create_department(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, *, name: str, email: str = ""
) -> DepartmentView:
    """A new department. Raises NotFound for another's body, Forbidden but for the approver, Invalid."""
    body = _managed(session, actor, organisation_id)
    name, email = clean(name), clean(email)
    faults = _faults(session, body.id, name, email, None)
    if len(departments_of(session, actor, body.id)) >= MOST:
        message = f"部署は{MOST}までです。"
        faults.append(FieldFault("/name", "count", message, "使わない部署の名前を変えて使ってください。"))
    if faults:
        raise Invalid(faults)
    row = Department(
        id=new_id("dep"), organisation_id=body.id, name=name, email=email, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    _record(session, actor, clock, "department.created", row)
    return _view(row, 0)


def revise_department(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    department_id: str,
    if_match: str | None,
    *,
    name: str | None = None,
    email: str | None = None,
) -> DepartmentView:
    """Another name or mailbox; None leaves as it is.

    Raises as `create_department`, Conflict for a closed one, PreconditionRequired and PreconditionFailed by `If-Match`.
    """
    row = _open(session, actor, organisation_id, department_id)
    require_match(if_match, etag(row.id, row.version))
    name = row.name if name is None else clean(name)
    email = row.email if email is None else clean(email)
    if faults := _faults(session, organisation_id, name, email, row.id):
        raise Invalid(faults)
    if (name, email) != (row.name, row.email):
        row.name, row.email = name, email
        row.version += 1
        session.add(row)
        session.flush()
        _record(session, actor, clock, "department.revised", row)
    return department(session, actor, organisation_id, row.id)


def close_department(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, department_id: str
) -> DepartmentView:
    """Close it: its people belong to none, its projects keep its name, and nothing more is sent to its mailbox."""
    row = _open(session, actor, organisation_id, department_id)
    row.closed_at = clock.now()
    row.version += 1
    session.add(row)
    for membership in session.exec(select(Membership).where(col(Membership.department_id) == row.id)).all():
        membership.department_id = None
        session.add(membership)
    session.flush()
    _record(session, actor, clock, "department.closed", row)
    return _view(row, 0)


def put_into_department(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, membership_id: str, department_id: str
) -> None:
    """A member belongs to the department from now on (empty: to none).

    Raises NotFound, Forbidden but for the approver, Conflict for an ended membership, Invalid.
    """
    body = _managed(session, actor, organisation_id)
    membership = session.get(Membership, membership_id)
    if membership is None or membership.organisation_id != body.id:
        raise NotFound("そのメンバーは見つかりません。")
    if membership.status == "ended":
        raise Conflict("所属を終えた人の部署は変えられません。")
    if faults := department_fault(session, body.id, department_id):
        raise Invalid(faults)
    membership.department_id = department_id or None
    session.add(membership)
    session.flush()
    record(
        session, actor, "membership.department-set", "membership", membership.id,
        at=clock.now(), owner=body.id, details={"department_id": membership.department_id},
    )  # fmt: skip


def own_department(session: Session, actor: Actor) -> str:
    """The department that the actor's membership belongs to; empty: none."""
    row = session.get(Membership, actor.membership_id) if actor.membership_id else None
    return (row.department_id or "") if row is not None else ""


def choices_of(session: Session, organisation_id: str, kept: str | None = None) -> list[tuple[str, str]]:
    """(id, name) of the open departments, and of the one that is `kept` though it was closed."""
    rows = session.exec(
        select(Department)
        .where(
            col(Department.organisation_id) == organisation_id,
            or_(col(Department.closed_at).is_(None), col(Department.id) == kept),
        )
        .order_by(col(Department.name), col(Department.id))
    ).all()
    return [(row.id, row.name if row.closed_at is None else f"{row.name}（廃止）") for row in rows]


def names_of(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Their names by id, also of closed ones."""
    if not ids:
        return {}
    rows = session.exec(select(Department).where(col(Department.id).in_(ids))).all()
    return {row.id: row.name for row in rows}


def name_of(session: Session, department_id: str | None) -> str:
    """Its name, also of a closed one; empty for none."""
    row = session.get(Department, department_id) if department_id else None
    return row.name if row is not None else ""


def _visible(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    body = session.get(Organisation, organisation_id)
    if body is None or body.kind not in BODY_KINDS or not can_see_members(actor, organisation_id):
        raise NotFound("その団体の部署はありません。")
    return body


def _managed(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    body = _visible(session, actor, organisation_id)
    if not can_manage_members(actor, body.id) or not actor.may(Permission.ORGANISATION_WRITE):
        raise Forbidden("部署を作り、変え、廃止できるのは、その団体の承認者です。")
    return lock_organisation(session, body.id)


def _open(session: Session, actor: Actor, organisation_id: str, department_id: str) -> Department:
    body = _managed(session, actor, organisation_id)
    row = session.get(Department, department_id)
    if row is None or row.organisation_id != body.id:
        raise NotFound("その部署はありません。")
    if row.closed_at is not None:
        raise Conflict("この部署は廃止されています。")
    return row


def _faults(
    session: Session, organisation_id: str, name: str, email: str, own_id: str | None
) -> list[FieldFault]:
    faults = text_faults("/name", name, longest=60, required=True) + email_faults("/email", email)
    same = session.exec(
        select(Department).where(
            col(Department.organisation_id) == organisation_id,
            col(Department.name) == name,
            col(Department.closed_at).is_(None),
        )
    ).first()
    if same is not None and same.id != own_id:
        message = f"「部署の名前」：「{name}」はすでにあります。"
        faults.append(FieldFault("/name", "taken", message, "別の名前にしてください。"))
    return faults


def _view(row: Department, members: int) -> DepartmentView:
    return DepartmentView(
        row.id, row.organisation_id, row.name, row.email, members, row.created_at, row.closed_at, row.version
    )


def _record(session: Session, actor: Actor, clock: Clock, action: str, row: Department) -> None:
    record(
        session, actor, action, "department", row.id,
        at=clock.now(), owner=row.organisation_id, details={"name": row.name},
    )  # fmt: skip
