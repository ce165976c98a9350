"""Who is told about outcomes (選定の結果): the vendor of its own, the body of questions and of what it forgot."""

from __future__ import annotations

from sqlmodel import Session

from app.access.permissions import Role
from app.notifications.repository import Notice, holders, organisation_name
from app.procurement import outcome_repository, repository
from app.procurement.models import OutcomeNotice, Project
from app.procurement.shortlists import views_of
from catalogue_schema.dates import format_date

RESULTS = {
    "selected": "選定されました",
    "not_selected": "選定されませんでした",
    "none_suitable": "該当なし（どれも選定されませんでした）",
    "cancelled": "案件が中止されました",
}


def _facts(session: Session, row: OutcomeNotice, project: Project) -> dict[str, str]:
    (item,) = views_of(session, repository.shortlist_items(session, [row.shortlist_item_id]))
    return {
        "body": organisation_name(session, project.organisation_id),
        "vendor": organisation_name(session, row.vendor_id),
        "title": project.title,
        "software": item.software_name,
        "result": RESULTS[row.result],
        "reason": row.reason,
        "until": format_date(row.ask_until) if row.ask_until else "",
        "question": row.question,
        "answer": row.answer,
    }


def _to_vendor(session: Session, notice_id: str, template: str) -> Notice | None:
    row = outcome_repository.notice(session, notice_id)
    project = repository.project(session, row.project_id) if row is not None else None
    if row is None or project is None or row.status == "prepared":
        return None
    to = holders(session, row.vendor_id, Role.VENDOR_ADMIN, Role.VENDOR_EDITOR)
    return Notice(template, to, _facts(session, row, project), f"/vendor/outcomes/{row.id}")


def sent(session: Session, notice_id: str) -> Notice | None:
    """To the vendor: the outcome, its own reason, and until when it may ask."""
    return _to_vendor(session, notice_id, "outcome_sent")


def answered(session: Session, notice_id: str) -> Notice | None:
    """To the vendor: the answer to its question."""
    return _to_vendor(session, notice_id, "outcome_answered")


def asked(session: Session, notice_id: str) -> Notice | None:
    """To the body's officers and approvers: a vendor asked. None once it was answered."""
    row = outcome_repository.notice(session, notice_id)
    project = repository.project(session, row.project_id) if row is not None else None
    if row is None or project is None or row.status != "asked":
        return None
    to = holders(session, project.organisation_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    return Notice("outcome_asked", to, _facts(session, row, project), f"/projects/{project.id}#outcomes")


def unsent(session: Session, project_id: str) -> Notice | None:
    """To the body's officers and approvers: the vendors were not told yet. None once they were."""
    project = repository.project(session, project_id)
    waiting = [row for row in outcome_repository.notices(session, project_id) if row.status == "prepared"]
    if project is None or not waiting:
        return None
    to = holders(session, project.organisation_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    facts = {"title": project.title, "count": str(len(waiting))}
    return Notice("outcome_unsent", to, facts, f"/projects/{project.id}#outcomes")
