"""Comments on a project by the body's people and its supporters: never changed, and part of the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.procurement import repository, support_repository
from app.procurement.errors import EvidenceClosed
from app.procurement.models import ProjectComment
from app.procurement.people import NOBODY
from app.procurement.policies import CLOSED, is_of_the_body
from app.procurement.reach import drafted, reachable
from app.procurement.support_schemas import CommentIn

MOST = 1000


@dataclass(frozen=True)
class CommentView:
    """A comment with who said it, for whom, and when."""

    id: str
    kind: str
    text: str
    author_id: str
    author_name: str
    organisation_id: str
    organisation_name: str
    by_supporter: bool
    created_at: datetime


def comments_of(session: Session, actor: Actor, project_id: str) -> list[CommentView]:
    """What was said, oldest first. Raises NotFound."""
    project = reachable(session, actor, project_id)
    rows = support_repository.comments(session, project.id)
    names = repository.person_names(session, sorted({row.author_id for row in rows}))
    bodies = repository.organisation_names(session, [row.organisation_id for row in rows])
    return [
        CommentView(
            id=row.id,
            kind=row.kind,
            text=row.text,
            author_id=row.author_id,
            author_name=names.get(row.author_id) or NOBODY,
            organisation_id=row.organisation_id,
            organisation_name=bodies.get(row.organisation_id, ""),
            by_supporter=row.support_id is not None,
            created_at=row.created_at,
        )
        for row in rows
    ]


def add_comment(
    session: Session, actor: Actor, clock: Clock, project_id: str, given: CommentIn
) -> ProjectComment:
    """Say something about a project that is not closed. Raises NotFound, EvidenceClosed, Conflict above a thousand."""
    project = drafted(session, actor, project_id)
    if project.status in CLOSED:
        raise EvidenceClosed(
            "決裁または中止の後は、コメントを加えられません。記録は固定されています。", status=project.status
        )
    if len(support_repository.comments(session, project.id)) >= MOST:
        raise Conflict(f"コメントは{MOST:,}件までです。")
    support = None
    if not is_of_the_body(actor, project.organisation_id):
        mine = support_repository.supports(session, None, project.id, actor.membership_id)
        support = next((row for row in mine if row.status == "active"), None)
    comment = ProjectComment(
        id=new_id("cmt"),
        project_id=project.id,
        kind=given.kind,
        text=given.text,
        author_id=actor.person_id or "",
        organisation_id=actor.organisation_id or "",
        support_id=support.id if support else None,
        created_at=clock.now(),
    )
    session.add(comment)
    session.flush()
    record(
        session, actor, "comment.added", "project", project.id,
        at=comment.created_at, owner=project.organisation_id,
        details={"comment_id": comment.id, "kind": comment.kind, "support_id": comment.support_id},
    )  # fmt: skip
    return comment
