"""The Agency's tasks: what official lists say otherwise, looked into and finished with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Forbidden, NotFound, invalid
from app.kit.pagination import Paging, paginate
from app.listings.service import OwnerCard
from app.listings.views import owner_card
from app.listings.words import Words, checked
from app.review import repository
from app.review.lifecycle import TASK
from app.review.official_lists import LISTS
from app.review.official_matching import newest_imports
from app.review.official_models import AgencyTask


@dataclass(frozen=True)
class TaskView:
    """One task."""

    id: str
    kind: str
    list_name: str
    list_label: str
    firm: OwnerCard
    subject: str
    message: str
    as_of: date
    status: str
    opened_at: datetime
    done_at: datetime | None
    done_by: str
    done_reason: str


@dataclass(frozen=True)
class ListView:
    """A list and how new what we have of it is."""

    name: str
    label: str
    as_of: date | None


def lists(session: Session, actor: Actor) -> list[ListView]:
    """The official lists and the day of each one's newest import. Raises NotFound."""
    _require_reader(actor)
    newest = newest_imports(session)
    return [
        ListView(name, label, newest[name].as_of if name in newest else None) for name, label in LISTS.items()
    ]


def task_list(
    session: Session, actor: Actor, paging: Paging, *, status: str | None = None
) -> tuple[list[TaskView], str | None]:
    """One page of tasks, oldest first; without a status the open ones. Raises NotFound, Invalid."""
    _require_reader(actor)
    if status is not None and status not in TASK.statuses:
        raise invalid("/status", "unknown_term", "その状態はありません。", "、".join(TASK.statuses))
    statement = select(AgencyTask).where(col(AgencyTask.status) == (status or "open"))
    rows, following = paginate(session, statement, AgencyTask, paging, newest_first=False)
    return _views(session, rows), following


def read_task(session: Session, actor: Actor, task_id: str) -> TaskView:
    """One task. Raises NotFound."""
    _require_reader(actor)
    row = session.get(AgencyTask, task_id)
    if row is None:
        raise NotFound()
    return _views(session, [row])[0]


def complete(session: Session, actor: Actor, clock: Clock, task_id: str, reason: str) -> TaskView:
    """Finish a task, saying what was found and done. Raises NotFound, Forbidden, TransitionRefused, Invalid."""
    _require_reader(actor)
    row = session.get(AgencyTask, task_id)
    if row is None:
        raise NotFound()
    if not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise Forbidden("確認事項を終えられるのは、デジタル庁の管理者だけです。")
    (reason,) = checked(Words("/reason", "確かめた結果", reason, required=True, longest=1000))
    TASK.move(session, row, "completion", done_at=clock.now(), done_by=actor.person_id, done_reason=reason)
    record(
        session,
        actor,
        "agency-task.done",
        "agency_task",
        row.id,
        at=clock.now(),
        details={"kind": row.kind, "list": row.list_name, "organisation_id": row.organisation_id},
    )
    return _views(session, [row])[0]


def _views(session: Session, rows: Sequence[AgencyTask]) -> list[TaskView]:
    firms = repository.organisations(session, [row.organisation_id for row in rows])
    people = repository.names_of(session, [row.done_by for row in rows])
    return [
        TaskView(
            id=row.id,
            kind=row.kind,
            list_name=row.list_name,
            list_label=LISTS.get(row.list_name, row.list_name),
            firm=owner_card(firms[row.organisation_id]),
            subject=row.subject,
            message=row.message,
            as_of=row.as_of,
            status=row.status,
            opened_at=row.opened_at,
            done_at=row.done_at,
            done_by=people.get(row.done_by or "", ""),
            done_reason=row.done_reason,
        )
        for row in rows
    ]


def _require_reader(actor: Actor) -> None:
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
