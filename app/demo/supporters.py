"""Sample data: a supporter of another body is invited to a project, declares its interests, is let in and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from app.access.actor import Actor
from app.identity.people import get_person
from app.identity.sessions import log_out, open_session
from app.kit.clock import Clock
from app.procurement.comments import add_comment
from app.procurement.support_schemas import CommentIn, SupportAcceptanceIn, SupportIn
from app.procurement.supports import accept_support, confirm_support, invite_supporter
from app.settings import Settings


def support_project(
    session: Session,
    settings: Settings,
    clock: Clock,
    project_id: str,
    *,
    approver: Actor,
    officer: Actor,
    supporter: Actor,
    ends_on: date,
    said: Mapping[str, str],
) -> None:
    """The way from the link to the first comments. `said`: note, declaration, comment, answer."""
    given = SupportIn(project_ids=[project_id], ends_on=ends_on, note=said["note"])
    invited = invite_supporter(session, approver, clock, given)
    here = _logged_in(session, settings, clock, supporter)
    acceptance = SupportAcceptanceIn(
        secret=invited.secret or "", has_interest=False, declaration=said["declaration"]
    )
    accept_support(session, settings, here, clock, acceptance)
    log_out(session, here, clock)
    confirm_support(session, approver, clock, invited.id)
    let_in = replace(supporter, supports=frozenset({project_id}))
    add_comment(session, let_in, clock, project_id, CommentIn(text=said["comment"]))
    add_comment(session, officer, clock, project_id, CommentIn(text=said["answer"]))


def _logged_in(session: Session, settings: Settings, clock: Clock, actor: Actor) -> Actor:
    """An invitation is accepted in a login of one's own."""
    person = get_person(session, actor.person_id or "")
    assert person is not None  # the actor is a person
    opened = open_session(
        session,
        settings,
        clock,
        person,
        membership_id=actor.membership_id,
        auth_time=clock.now(),
        delegated=False,
        id_token="",
        address="",
        user_agent="",
        replaces="",
    )
    return replace(actor, session_id=opened.session_id)
