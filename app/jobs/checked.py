"""A file that is taken over in two steps: a job that only checks it, then one that takes the very same file over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.jobs import service
from app.jobs.views import JobView
from app.kit.clock import Clock
from app.kit.errors import Conflict, NotFound, TooLarge, invalid
from app.kit.table_reading import TableUnreadable
from app.settings import Settings


def begin(
    session: Session,
    actor: Actor,
    clock: Clock,
    settings: Settings,
    *,
    kind: str,
    title: str,
    upload: service.Upload,
    options: Mapping[str, Any],
    recognise: Callable[[bytes], object],
) -> JobView:
    """Queue the check (`dry_run` in the options) or the import of a file.

    `recognise` raises TableUnreadable for a content of a form that is not taken. Raises TooLarge, Invalid on `/file`,
    and what `service.start` raises.
    """
    limit = settings.import_limit_bytes
    if len(upload.content) > limit:
        raise TooLarge(f"ファイルは {limit:,} バイトまでです。分けて送ってください。", limit=limit)
    try:
        recognise(upload.content)
    except TableUnreadable as refused:
        fault = refused.faults[0]
        raise invalid("/file", fault.code, fault.message, fault.remedy) from refused
    return service.start(session, actor, clock, kind=kind, title=title, options=options, upload=upload)


def confirm(session: Session, actor: Actor, clock: Clock, job_id: str, *, kind: str, title: str) -> JobView:
    """Queue the import of the very file that a check found no fault in, with the options of that check.

    Raises NotFound, Conflict for a job that is no such check or whose file was forgotten.
    """
    checked = service.read(session, actor, job_id)
    if checked.kind != kind:
        raise NotFound("そのジョブは見つかりません。")
    if checked.status != "succeeded" or not checked.options.get("dry_run"):
        raise Conflict(
            "誤りのなかった確認だけが、取込みに進めます。ファイルを直して、もう一度送ってください。"
        )
    options = {**checked.options, "dry_run": False, "checked_by": checked.id}
    return service.start(session, actor, clock, kind=kind, title=title, options=options, file_of=checked.id)
