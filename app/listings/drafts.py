"""Registering entries and editing their drafts: draft-mode validation, ETag, the next revision from the live one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import (
    Conflict,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)
from app.kit.ids import new_id
from app.listings import policies, repository
from app.listings.content import content_hash, merge_patch
from app.listings.lifecycle import EDITABLE, REVISION
from app.listings.models import Entry, Revision
from app.listings.views import EntryView, entry_view, revision_view, working_revision
from catalogue_schema import Fault, Schema

PREFIX = {"software": "sw", "offer": "of"}


def as_field_faults(faults: list[Fault]) -> list[FieldFault]:
    """Faults of the schema as the API names them: pointers under /answers."""
    return [
        FieldFault("/answers" + fault.pointer, fault.code, fault.message, fault.remedy) for fault in faults
    ]


def register_software(
    session: Session, actor: Actor, clock: Clock, schema: Schema, answers: Mapping[str, Any]
) -> EntryView:
    """A new software with its first draft. Raises Forbidden for who is no vendor, Invalid with all faults."""
    return _register(session, actor, clock, schema, answers, "software", None)


def register_offer(
    session: Session, actor: Actor, clock: Clock, schema: Schema, software_id: str, answers: Mapping[str, Any]
) -> EntryView:
    """A new offer on a software, by its developer or a seller that the developer named.

    Raises NotFound for a software that the actor cannot see, Forbidden where the developer named no such seller,
    Conflict for a retired software, Invalid with all faults.
    """
    offerable(session, actor, software_id, clock.today())
    return _register(session, actor, clock, schema, answers, "offer", software_id)


def offerable(session: Session, actor: Actor, software_id: str, today: date) -> Entry:
    """The software that the actor's firm may register offers on.

    Raises NotFound for one that it cannot see, Forbidden where the developer named no such seller, Conflict for a
    retired one.
    """
    software = repository.find_entry(session, software_id, "software")
    if software is None or actor.organisation_id is None:
        raise NotFound("そのソフトウェアは見つかりません。")
    if software.owner_id != actor.organisation_id:
        grant = repository.current_authorisation(session, software_id, actor.organisation_id)
        if grant is None or grant.status == "ended":
            if not repository.visible_ids(session, [software_id], today):
                raise NotFound("そのソフトウェアは見つかりません。")
            raise Forbidden(
                "このソフトウェアの販売者として、開発者から認められていません。開発者に販売者の登録を依頼してください。"
            )
    if software.status == "retired":
        raise Conflict("提供終了が決まったソフトウェアには、新しいサービスを登録できません。")
    return software


def offerable_software(session: Session, actor: Actor, clock: Clock, software_id: str) -> str:
    """The name of a software that the actor's firm may register offers on. Raises as `offerable`."""
    software = offerable(session, actor, software_id, clock.today())
    shown = repository.live_revisions(session, [software]) or repository.newest_revisions(session, [software])
    return revision_view(shown[software.id]).name or "（名称未記入）"


def _register(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    answers: Mapping[str, Any],
    kind: str,
    software_id: str | None,
) -> EntryView:
    if not policies.can_register(actor) or actor.organisation_id is None or actor.person_id is None:
        raise Forbidden("登録できるのは、事業者としてログインした人だけです。")
    faults = schema.validate(kind, dict(answers), "draft", clock.today())
    if faults:
        raise Invalid(as_field_faults(faults))
    now = clock.now()
    kept = schema.normalise(kind, answers)
    entry = Entry(
        id=new_id(PREFIX[kind]),
        kind=kind,
        owner_id=actor.organisation_id,
        software_id=software_id,
        software_kind="software" if software_id else None,
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(entry)
    session.flush()
    revision = _next_revision(session, entry, actor, clock, schema, kept)
    record(
        session,
        actor,
        f"{kind}.registered",
        kind,
        entry.id,
        at=now,
        revision_id=revision.id,
        owner=entry.owner_id,
        details={"software_id": software_id} if software_id else None,
    )
    session.flush()
    return entry_view(session, entry, clock.today(), drafts=True)


def _next_revision(
    session: Session, entry: Entry, actor: Actor, clock: Clock, schema: Schema, answers: dict[str, Any]
) -> Revision:
    entry.last_number += 1
    now = clock.now()
    revision = Revision(
        id=new_id("rev"),
        entry_id=entry.id,
        number=entry.last_number,
        answers=answers,
        schema_version=schema.version,
        content_hash=content_hash(answers, schema.version),
        created_at=now,
        created_by=actor.person_id or "",
        updated_at=now,
    )
    session.add_all([entry, revision])
    session.flush()
    return revision


def lock_owned(session: Session, actor: Actor, kind: str, entry_id: str) -> Entry:
    """The entry, locked, for an act of its owner. Raises NotFound for whom it does not exist, Forbidden for readers."""
    entry = repository.lock_entry(session, entry_id, kind)
    if entry is None or not policies.can_see_drafts(actor, entry.owner_id):
        raise NotFound()
    if not policies.can_write(actor, entry.owner_id):
        raise Forbidden("この操作ができるのは、掲載している事業者の担当者だけです。")
    return entry


def check_etag(given: str | None, current: str) -> None:
    """Raise PreconditionRequired without `If-Match`, PreconditionFailed (member `current`) for an older one."""
    if given is None:
        raise PreconditionRequired("編集には、読んだときの ETag を If-Match ヘッダーで送ってください。")
    offered = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    if "*" not in offered and current not in offered:
        raise PreconditionFailed(
            "この版は、読んだ後にほかの人が更新しました。読み直してから編集してください。", current=current
        )


def edit(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    patch: Mapping[str, Any],
    if_match: str | None,
) -> EntryView:
    """Lay a JSON Merge Patch over the answers; the next draft begins from the live revision where none is open.

    Faults of fields that the patch does not name and that were there before (an older schema's terms) do not
    refuse it. Raises PreconditionRequired/Failed, TransitionRefused while submitted, Invalid with all faults.
    """
    return change_draft(
        session,
        actor,
        clock,
        schema,
        kind,
        entry_id,
        if_match,
        lambda old: merge_patch(old, patch),
        set(patch),
    )


def replace_section(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    group: str,
    answers: Mapping[str, Any],
    if_match: str | None,
) -> EntryView:
    """Replace the answers of one group of the form; fields left empty become unanswered. Raises as `edit` does."""
    touched = {field.name for field in schema.fields(kind) if field.group == group}
    return change_draft(
        session,
        actor,
        clock,
        schema,
        kind,
        entry_id,
        if_match,
        lambda old: schema.merge_form(kind, old, answers, group),
        touched,
    )


def change_draft(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    if_match: str | None,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    touched: set[str],
) -> EntryView:
    """Lay a change over the working answers, as `edit` does; `touched` are the fields that it may set."""
    entry = lock_owned(session, actor, kind, entry_id)
    newest = repository.newest_revision(session, entry)
    live = (
        repository.find_revision(session, entry.published_revision_id)
        if entry.published_revision_id
        else None
    )
    base = working_revision(live, newest)
    check_etag(if_match, revision_view(base).etag)
    if entry.status == "retired":
        raise Conflict("提供終了が決まったものは編集できません。")
    if base.status in repository.OPEN and base.status not in EDITABLE:
        raise REVISION.refusal("edit", base.status)
    today = clock.today()
    before = dict(base.answers)
    if base.schema_version != schema.version:
        # Questions that this version no longer asks would stand in the way of every edit.
        asked = {field.name for field in schema.fields(kind)}
        before = {name: value for name, value in before.items() if name in asked}
    known = {(fault.pointer, fault.code) for fault in schema.validate(kind, before, "draft", today)}
    after = change(before)
    faults = [
        fault
        for fault in schema.validate(kind, after, "draft", today)
        if fault.field in touched or (fault.pointer, fault.code) not in known
    ]
    if faults:
        raise Invalid(as_field_faults(faults))
    kept = schema.normalise(kind, after)
    if base.status not in EDITABLE:
        revision = _next_revision(session, entry, actor, clock, schema, kept)
        action = "revision.opened"
    else:
        revision, action = base, "revision.edited"
        revision.answers = kept
        revision.schema_version = schema.version
        revision.content_hash = content_hash(kept, schema.version)
        revision.version += 1
        revision.updated_at = clock.now()
        session.add(revision)
    changed = [item.field.name for item in schema.changes(kind, base.answers, kept)]
    record(
        session,
        actor,
        action,
        kind,
        entry.id,
        at=clock.now(),
        revision_id=revision.id,
        owner=entry.owner_id,
        details={"number": revision.number, "fields": changed},
    )
    session.flush()
    return entry_view(session, entry, today, drafts=True)
