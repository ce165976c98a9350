"""Who is told about a suspension: the vendor at each of the Agency's steps, the Agency at each of the vendor's, and
the bodies with a contract or an open project on it when it begins and when it ends. And of a revision that was taken
back: the bodies that pinned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.access.permissions import Role
from app.kit.clock import TOKYO
from app.listings.models import Entry, Revision
from app.notifications.repository import Notice, Recipient, agency, holders, organisation_name
from app.procurement.models import Contract, Project, Selection, ShortlistItem
from app.review.suspension_models import Suspension
from app.review.suspension_views import IN_FORCE
from app.review.suspension_words import END_KINDS, GROUNDS
from catalogue_schema.dates import format_date


def to_vendor(session: Session, suspension_id: str) -> Notice | None:
    """To the vendor: what was announced, decided, answered, or ended, with the reasons."""
    row = session.get(Suspension, suspension_id)
    if row is None:
        return None
    facts = _facts(session, row) | {
        "reason": row.end_reason
        or row.answer
        or row.confirmation_reason
        or row.decision_reason
        or row.reason,
        "ground": GROUNDS.get(row.ground, ""),
        "due": format_date(row.statement_due),
        "objection_due": format_date(row.objection_due) if row.objection_due else "",
        "planned": format_date(row.planned_on) if row.planned_on else "",
        "dismissed": "yes" if row.status == "suspended" and row.answered_at else "",
        "confirmed": "yes" if row.status == "suspended" and row.confirmed_at else "",
    }
    recipients = holders(session, row.owner_id, Role.VENDOR_ADMIN, Role.VENDOR_EDITOR)
    return Notice("suspension_vendor", recipients, facts, f"/vendor/suspensions/{row.id}")


def to_agency(session: Session, suspension_id: str) -> Notice | None:
    """To the Agency's administrators: the vendor made its statement, or objects. None once that was dealt with."""
    row = session.get(Suspension, suspension_id)
    if row is None or row.ended_at is not None:
        return None
    facts = _facts(session, row) | {"step": "objection" if row.status == "objected" else "statement"}
    return Notice(
        "suspension_agency", agency(session, Role.AGENCY_ADMIN), facts, f"/agency/suspensions/{row.id}"
    )


def to_buyers(session: Session, suspension_id: str) -> Notice | None:
    """To the bodies concerned: that it is suspended (or public again) and what that means for them. No reasons."""
    row = session.get(Suspension, suspension_id)
    if row is None or (row.status not in IN_FORCE and row.ended_at is None):
        return None
    facts = _facts(session, row) | {"note": row.end_note if row.ended_at else row.note}
    return Notice("suspension_buyers", _holders_of(session, _bodies(session, row)), facts, "/contracts")


def revoked_to_buyers(session: Session, revision_id: str) -> Notice | None:
    """To the bodies whose contract or candidate pins a revision that was published in error."""
    row = session.get(Revision, revision_id)
    if row is None or row.revoked_at is None:
        return None
    contract = or_(col(Contract.software_revision_id) == row.id, col(Contract.offer_revision_id) == row.id)
    candidate = or_(
        col(ShortlistItem.software_revision_id) == row.id, col(ShortlistItem.offer_revision_id) == row.id
    )
    facts = {
        "title": str(row.answers.get("name", "")),
        "number": str(row.number),
        "on": format_date(row.revoked_at.astimezone(TOKYO).date()),
        "note": row.revocation_note,
    }
    bodies = _concerned(session, contract, candidate)
    return Notice("revocation_buyers", _holders_of(session, bodies), facts, "/contracts")


def _facts(session: Session, row: Suspension) -> dict[str, str]:
    return {
        "title": row.subject_name,
        "vendor": organisation_name(session, row.owner_id),
        "status": row.status,
        "urgent": "yes" if row.urgent else "",
        "until": format_date(row.until) if row.until else "",
        "since": format_date(row.decided_at.astimezone(TOKYO).date()) if row.decided_at else "",
        "end": END_KINDS.get(row.end_kind, ""),
    }


def _bodies(session: Session, row: Suspension) -> dict[str, str]:
    """The bodies with a contract that runs, or an open project with a candidate, on what is suspended; their page."""
    if row.subject_kind == "agreement":
        entries = select(col(Entry.id)).where(col(Entry.owner_id) == row.owner_id)
    else:
        entries = select(col(Entry.id)).where(col(Entry.id) == row.subject_id)
    return _concerned(
        session,
        or_(col(Contract.software_id).in_(entries), col(Contract.offer_id).in_(entries)),
        or_(col(ShortlistItem.software_id).in_(entries), col(ShortlistItem.offer_id).in_(entries)),
    )


def _concerned(
    session: Session, contract: ColumnElement[bool], candidate: ColumnElement[bool]
) -> dict[str, str]:
    """Bodies with such a contract that runs, or an open project with such a candidate; the page that they look at."""
    contracts = select(col(Contract.buyer_id)).where(
        col(Contract.status).in_(("recorded", "confirmed", "disputed")), contract
    )
    projects = (
        select(col(Project.organisation_id))
        .join(ShortlistItem, col(ShortlistItem.project_id) == col(Project.id))
        .outerjoin(Selection, col(Selection.shortlist_item_id) == col(ShortlistItem.id))
        .where(
            or_(
                col(Project.status).in_(("assessing", "proposed")),
                # Selected, and the contract perhaps not recorded yet.
                and_(col(Project.status) == "awarded", col(Selection.confirmed_at).is_not(None)),
            ),
            col(ShortlistItem.removed_at).is_(None),
            candidate,
        )
    )
    with_project = dict.fromkeys(session.exec(projects).all(), "/projects")
    return with_project | dict.fromkeys(session.exec(contracts).all(), "/contracts")


def _holders_of(session: Session, bodies: Mapping[str, str]) -> tuple[Recipient, ...]:
    """Officers and approvers of the bodies, each with the page of theirs; one mail to who is of two."""
    recipients = {
        one.person_id: replace(one, path=path)
        for body_id, path in sorted(bodies.items())
        for one in holders(session, body_id, Role.BUYER_OFFICER, Role.BUYER_APPROVER)
    }
    return tuple(recipients.values())
