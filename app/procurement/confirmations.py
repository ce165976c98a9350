"""適合確認の記録: a body records what it itself found out about its candidates' conformance to specifications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.conformance import service as conformance
from app.conformance.service import ClaimView
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.confirmation_models import ConformanceConfirmation
from app.procurement.confirmation_schemas import ConfirmationIn
from app.procurement.errors import EvidenceClosed
from app.procurement.models import Project
from app.procurement.policies import CLOSED, is_of_the_body
from app.procurement.reach import own, reachable
from app.procurement.shortlists import ShortlistView
from app.procurement.shortlists import views_of as shortlist_views
from app.specifications import service as specifications


@dataclass(frozen=True)
class ConfirmationView:
    """One confirmation."""

    id: str
    software_id: str
    software_name: str
    specification_title: str
    version_id: str
    version_number: str
    revision_number: int
    level: str
    outcome: str
    looked_at: str
    remaining: str
    confirmed_on: date
    recorded_by: str
    """The person's id."""
    recorded_at: datetime
    newest: bool
    """Whether it is the newest about this candidate and this version."""


@dataclass(frozen=True)
class Confirmations:
    """The candidates with what they say, and what the body confirmed, the newest first."""

    candidates: tuple[tuple[ShortlistView, tuple[ClaimView, ...]], ...]
    records: tuple[ConfirmationView, ...]
    writable: bool


def of_project(session: Session, actor: Actor, clock: Clock, project_id: str) -> Confirmations:
    """What the candidates' pinned revisions say, and what was confirmed. Raises NotFound."""
    project = reachable(session, actor, project_id)
    writable = (
        is_of_the_body(actor, project.organisation_id)
        and actor.may(Permission.PROJECT_WRITE)
        and project.status not in CLOSED
    )
    found = tuple((item, _claims(session, clock, item)) for item in _candidates(session, project))
    return Confirmations(found, records_of(session, project), writable)


def record_confirmation(
    session: Session, actor: Actor, clock: Clock, project_id: str, given: ConfirmationIn
) -> ConfirmationView:
    """Add a confirmation.

    Raises NotFound, Forbidden for a supporter, EvidenceClosed once decided, Invalid with every fault.
    """
    project = own(session, actor, project_id)
    if project.status in CLOSED:
        message = "案件が終わったので、適合確認の記録は加えられません。記録一式は固定されています。"
        raise EvidenceClosed(message, status=project.status)
    faults: list[FieldFault] = []
    item = next(
        (each for each in _candidates(session, project) if each.software_id == given.software_id), None
    )
    claim: ClaimView | None = None
    if item is None:
        message = "そのソフトウェアは、この案件の候補ではありません。"
        faults.append(FieldFault("/software_id", "unknown_candidate", message, "候補から選んでください。"))
    else:
        claims = _claims(session, clock, item)
        claim = next((each for each in claims if each.version.id == given.version_id), None)
        if claim is None:
            message = "候補にした版は、その標準仕様書の版への対応を登録していません。"
            remedy = "、".join(f"{each.specification.title} 第{each.version.number}版" for each in claims)
            faults.append(FieldFault("/version_id", "not_claimed", message, remedy or "登録がありません。"))
    if given.confirmed_on > clock.today():
        message = "まだ来ていない日です。"
        faults.append(FieldFault("/confirmed_on", "future", message, "今日までの日にしてください。"))
    if given.outcome != "confirmed" and not given.remaining:
        message = "残ることが書かれていません。"
        remedy = "適合していない要件、まだ確かめていない要件を書いてください。"
        faults.append(FieldFault("/remaining", "required", message, remedy))
    if faults:
        raise Invalid(faults)
    assert claim is not None  # else there was a fault
    row = ConformanceConfirmation(
        id=new_id("cfc"),
        project_id=project.id,
        entry_id=given.software_id,
        version_id=given.version_id,
        revision_number=claim.revision_number,
        level=claim.level,
        outcome=given.outcome,
        looked_at=given.looked_at,
        remaining=given.remaining,
        confirmed_on=given.confirmed_on,
        recorded_by=actor.person_id or "",
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    record(
        session, actor, "confirmation.recorded", "project", project.id,
        at=clock.now(), owner=project.organisation_id,
        details={"confirmation_id": row.id, "software_id": row.entry_id, "version_id": row.version_id,
                 "revision": row.revision_number, "outcome": row.outcome},
    )  # fmt: skip
    return next(view for view in records_of(session, project) if view.id == row.id)


def read_confirmation(
    session: Session, actor: Actor, project_id: str, confirmation_id: str
) -> ConfirmationView:
    """One confirmation of the project (a repeated request answers with it). Raises NotFound."""
    project = reachable(session, actor, project_id)
    return next(view for view in records_of(session, project) if view.id == confirmation_id)


def records_of(session: Session, project: Project) -> tuple[ConfirmationView, ...]:
    """Every confirmation of a project already reached, the newest first; of candidates that were removed, too."""
    rows = session.exec(
        select(ConformanceConfirmation)
        .where(col(ConformanceConfirmation.project_id) == project.id)
        .order_by(col(ConformanceConfirmation.id).desc())
    ).all()
    if not rows:
        return ()
    names = {
        view.software_id: view.software_name
        for view in shortlist_views(session, repository.shortlist(session, project.id))
    }
    seen: set[tuple[str, str]] = set()
    views = []
    for row in rows:
        version = specifications.public_version(session, row.version_id)
        views.append(
            ConfirmationView(
                id=row.id,
                software_id=row.entry_id,
                software_name=names.get(row.entry_id, ""),
                specification_title=version[0].title if version else "",
                version_id=row.version_id,
                version_number=version[1].number if version else "",
                revision_number=row.revision_number,
                level=row.level,
                outcome=row.outcome,
                looked_at=row.looked_at,
                remaining=row.remaining,
                confirmed_on=row.confirmed_on,
                recorded_by=row.recorded_by,
                recorded_at=row.recorded_at,
                newest=(row.entry_id, row.version_id) not in seen,
            )
        )
        seen.add((row.entry_id, row.version_id))
    return tuple(views)


def as_evidence(session: Session, project: Project) -> list[dict[str, Any]]:
    """What the evidence says of them, in the order in which they were recorded."""
    return [
        {
            "id": view.id,
            "software_id": view.software_id,
            "software_name": view.software_name,
            "specification_title": view.specification_title,
            "version_id": view.version_id,
            "version_number": view.version_number,
            "revision_number": view.revision_number,
            "level": view.level,
            "outcome": view.outcome,
            "looked_at": view.looked_at,
            "remaining": view.remaining,
            "confirmed_on": view.confirmed_on.isoformat(),
            "recorded_by": view.recorded_by,
            "recorded_at": view.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "newest": view.newest,
        }
        for view in reversed(records_of(session, project))
    ]


def _candidates(session: Session, project: Project) -> Sequence[ShortlistView]:
    views = shortlist_views(session, repository.shortlist(session, project.id))
    return [view for view in views if view.removed_at is None]


def _claims(session: Session, clock: Clock, item: ShortlistView) -> tuple[ClaimView, ...]:
    number = item.software_revision_number
    return tuple(conformance.pinned_claims(session, clock, item.software_id, item.software_name, number))
