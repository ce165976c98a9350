"""The trail (操作の記録) as a page: the auditor's, the Agency's (no deliberations), each administrator's own part."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep
from app.access.permissions import Permission
from app.audit import service
from app.audit.chain import Head, newest_head
from app.kit.database import SessionDep
from app.web import list_columns
from app.web.audit_words import (
    action_words,
    deed_options,
    kind_words,
    object_options,
    object_words,
    same_deed,
    same_object,
)
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import render

router = APIRouter(include_in_schema=False)


def audit_path(actor: Actor, object_id: str) -> str:
    """Where the trail of one thing is read; empty for who reads no trail."""
    reads = actor.may(Permission.AUDIT_READ) or actor.may(Permission.AUDIT_READ_OWN)
    return f"/audit?{urlencode({'object_id': object_id})}" if reads else ""


@router.get("/audit")
def trail(
    request: Request,
    actor: ActorDep,
    session: SessionDep,
    settings: SettingsDep,
    clock: ClockDep,
    paging: ListPagingDep,
    object_type: Annotated[str, Query(max_length=60)] = "",
    object_id: Annotated[str, Query(max_length=60)] = "",
    action: Annotated[str, Query(max_length=80)] = "",
    deed: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The newest events, narrowed by what they are about and what was done; one word may stand for several codes."""
    wanted = {
        "object_type": object_type.strip(),
        "object_id": object_id.strip(),
        "action": action.strip(),
        "deed": deed.strip(),
    }
    rows, following = service.list_events(
        session,
        actor,
        paging,
        object_types=same_object(wanted["object_type"]),
        object_id=wanted["object_id"] or None,
        action=wanted["action"] or None,
        deeds=same_deed(wanted["deed"]),
    )
    if paging.listed.format:
        return list_file(paging.listed, list_columns.EVENTS, rows, clock)
    return render(
        request,
        "audit/trail.html",
        events=rows,
        listed=paging.listed,
        following=following,
        wanted=wanted,
        objects=object_options(wanted["object_type"]),
        deeds=deed_options(wanted["deed"]),
        more_path="/audit?" + urlencode([pair for pair in wanted.items() if pair[1]]),
        reads_deliberations=service.reads_deliberations(actor),
        head=_head(settings.audit_heads),
        action_words=action_words,
        object_words=object_words,
        kind_words=kind_words,
    )


def _head(heads: Path) -> Head | None:
    # The trail is readable without its newest head; /readyz and verify-audit say what is wrong with the file.
    try:
        return newest_head(heads)
    except OSError:
        return None


@router.get("/audit/{event_id}")
def event(request: Request, event_id: str, actor: ActorDep, session: SessionDep) -> Response:
    """One event with all that it says."""
    found = service.get_event(session, actor, event_id)
    return render(
        request,
        "audit/event.html",
        event=found,
        action_words=action_words,
        object_words=object_words,
        kind_words=kind_words,
    )
