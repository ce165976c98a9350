"""Answers taken over from another entry of the same firm: into a draft, group by group, or into a new entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.listings import drafts, policies, repository
from app.listings.content import merge_patch
from app.listings.views import EntryView, entry_view
from catalogue_schema import Change, Schema, text


@dataclass(frozen=True)
class Copying:
    """What a copy would do: both entries, and every answer that would change."""

    target: EntryView
    source: EntryView
    changes: tuple[Change, ...]


def register_software(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    answers: Mapping[str, Any],
    copy_of: str | None = None,
) -> EntryView:
    """A new software with its first draft, from nothing or from an own one with `answers` laid over.

    Raises Forbidden for who is no vendor, Invalid with all faults (also for a `copy_of` that is not there).
    """
    whole = _laid_over(session, actor, clock, schema, "software", answers, copy_of)
    return drafts.register_software(session, actor, clock, schema, whole)


def register_offer(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    software_id: str,
    answers: Mapping[str, Any],
    copy_of: str | None = None,
) -> EntryView:
    """A new offer on a software, from nothing or from an own offer. Raises as `drafts.register_offer` does."""
    whole = _laid_over(session, actor, clock, schema, "offer", answers, copy_of)
    return drafts.register_offer(session, actor, clock, schema, software_id, whole)


def _laid_over(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    answers: Mapping[str, Any],
    copy_of: str | None,
) -> Mapping[str, Any]:
    if copy_of is None:
        return answers
    source = _own(session, actor, clock, kind, copy_of, "/copy_of")
    copied = _answers_of(schema, kind, source)
    # What today's schema no longer accepts (a retired term, a date in the past) is left unanswered, not carried on.
    refused = {fault.field for fault in schema.validate(kind, copied, "draft", clock.today())}
    kept = {name: value for name, value in copied.items() if name not in refused}
    merged: dict[str, Any] = merge_patch(kept, answers)
    return merged


def preview_copy(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    source_id: str,
    groups: Sequence[str],
) -> Copying:
    """What would change if these groups were taken over. Raises NotFound, Forbidden, Invalid."""
    entry = repository.find_entry(session, entry_id, kind)
    if entry is None or not policies.can_see_drafts(actor, entry.owner_id):
        raise NotFound()
    if not policies.can_write(actor, entry.owner_id):
        raise Forbidden("この操作ができるのは、掲載している事業者の担当者だけです。")
    target = entry_view(session, entry, clock.today(), drafts=True)
    source, fields = _source(session, actor, clock, schema, kind, entry_id, source_id, groups)
    before = dict(target.working.answers) if target.working else {}
    after = schema.normalise(kind, _taken_over(before, _answers_of(schema, kind, source), fields))
    return Copying(target, source, schema.changes(kind, schema.normalise(kind, before), after))


def copy_answers(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    source_id: str,
    groups: Sequence[str],
    if_match: str | None,
) -> EntryView:
    """Replace these groups' answers by those of another own entry; nothing happens where they are the same already.

    Raises as `drafts.edit` does, and Invalid for a source or group that is not there.
    """
    copying = preview_copy(session, actor, clock, schema, kind, entry_id, source_id, groups)
    drafts.check_etag(if_match, copying.target.etag)
    if not copying.changes:
        return copying.target
    source, fields = _source(session, actor, clock, schema, kind, entry_id, source_id, groups)
    given = _answers_of(schema, kind, source)
    return drafts.change_draft(
        session,
        actor,
        clock,
        schema,
        kind,
        entry_id,
        if_match,
        lambda old: _taken_over(old, given, fields),
        fields,
    )


def _source(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    source_id: str,
    groups: Sequence[str],
) -> tuple[EntryView, set[str]]:
    """The entry to copy from, and the fields of the groups. Raises Invalid with every fault."""
    faults: list[FieldFault] = []
    known = {group.name: group for group in schema.groups(kind)}
    for index, name in enumerate(groups):
        if name not in known:
            remedy = f"{'、'.join(known)} から選んでください。"
            faults.append(
                FieldFault(
                    f"/groups/{index}",
                    "unknown_term",
                    f"「{text.printable(name, 40)}」という節はありません。",
                    remedy,
                )
            )
    if not groups:
        faults.append(
            FieldFault("/groups", "required", "写す節が選ばれていません。", "1つ以上選んでください。")
        )
    source = None
    try:
        source = _own(session, actor, clock, kind, source_id, "/source")
    except Invalid as refusal:
        faults += refusal.faults
    if source_id == entry_id:
        faults.append(FieldFault("/source", "same", "写す元と先が同じです。", "別の掲載を選んでください。"))
    if faults or source is None:
        raise Invalid(faults)
    return source, {field.name for name in groups for field in known[name].fields}


def _own(session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str, pointer: str) -> EntryView:
    entry = repository.find_entry(session, entry_id, kind)
    if entry is None or not policies.can_write(actor, entry.owner_id):
        message = "写す元の掲載が、自社の同じ種類のものに見つかりません。"
        raise Invalid([FieldFault(pointer, "not_found", message, "自社の掲載のIDを指定してください。")])
    return entry_view(session, entry, clock.today(), drafts=True)


def _answers_of(schema: Schema, kind: str, source: EntryView) -> dict[str, Any]:
    asked = {field.name for field in schema.fields(kind)}
    given = source.working.answers if source.working else {}
    return {name: value for name, value in given.items() if name in asked}


def _taken_over(before: Mapping[str, Any], given: Mapping[str, Any], fields: set[str]) -> dict[str, Any]:
    kept = {name: value for name, value in before.items() if name not in fields}
    return kept | {name: value for name, value in given.items() if name in fields}
