"""From records to what would be written: every record judged against the schema and the firm's own entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.bulk import columns
from app.bulk.records import Record
from app.kit.clock import Clock
from app.kit.errors import Problem
from app.listings import service as listings
from catalogue_schema import Fault, Schema, text

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Planned:
    """One record and the entry that it stands for."""

    record: Record
    entry_id: str
    change: listings.DraftChange | None
    """None: the entry says the same already."""
    complete: bool
    """Whether all that a submission asks of the answers is there."""


@dataclass
class Plan:
    """What an import would do."""

    planned: list[Planned] = field(default_factory=list)

    @property
    def changes(self) -> list[listings.DraftChange]:
        """All that is to be written, in the order of the file."""
        return [each.change for each in self.planned if each.change is not None]

    def counts(self) -> dict[str, int]:
        """Entries made, changed and left as they are, and how many of them are complete."""
        return {
            "entries": len(self.planned),
            "created": sum(1 for change in self.changes if change.new),
            "changed": sum(1 for change in self.changes if not change.new),
            "unchanged": len(self.planned) - len(self.changes),
            "complete": sum(1 for each in self.planned if each.complete),
        }


class Planner:
    """Judges the records of one file. Faults go into the records; `plan` is only good when none has any."""

    def __init__(self, session: Session, actor: Actor, clock: Clock, schema: Schema) -> None:
        self._session = session
        self._actor = actor
        self._clock = clock
        self._schema = schema
        self._today = clock.today()
        self._by_id: dict[tuple[str, str], listings.EntryView] = {}
        self._by_key: dict[tuple[str, str], listings.EntryView] = {}
        self._in_file: dict[tuple[str, str], str] = {}
        """(kind, key) → the entry's id, for what the same file makes."""
        self._offerable: dict[str, Problem | None] = {}

    def plan(self, records: Sequence[Record], progress: Progress) -> Plan:
        """What would be written. Calls `progress(done, total)` as it goes."""
        for record in records:
            _refuse_characters(record)
        self._look_up(records)
        self._refuse_repeats(records)
        for record in records:
            if record.kind and record.said("key") and self._known(record) is None:
                made = listings.fresh_entry_id(record.kind)
                self._in_file.setdefault((record.kind, record.said("key")), made)
        plan = Plan()
        for number, record in enumerate(records, 1):
            if record.kind:
                planned = self._planned(record)
                if planned is not None:
                    plan.planned.append(planned)
            progress(number, len(records))
        return plan

    def _look_up(self, records: Sequence[Record]) -> None:
        for kind in columns.KINDS:
            of_kind = [record for record in records if record.kind == kind]
            ids = [record.said("id") for record in of_kind if record.said("id")]
            keys = [record.said("key") for record in of_kind if record.said("key")]
            if kind == "software":
                offers = [record for record in records if record.kind == "offer"]
                keys += [record.said("software_key") for record in offers if record.said("software_key")]
            for view in listings.named_entries(
                self._session, self._actor, kind, self._today, ids=ids, keys=keys
            ):
                self._by_id[(kind, view.id)] = view
                if view.vendor_key:
                    self._by_key[(kind, view.vendor_key)] = view

    def _refuse_repeats(self, records: Sequence[Record]) -> None:
        first: dict[tuple[str, str, str], int | None] = {}
        for record in records:
            for name in ("id", "key"):
                given = record.said(name)
                if not given or not record.kind:
                    continue
                place = (record.kind, name, given)
                if place in first:
                    message = f"{first[place]}行目と同じ {name}「{given[:40]}」です。"
                    record.refuse(name, "duplicate", message, "片方の行を消すか、別の値にしてください。")
                else:
                    first[place] = record.place.row

    def _known(self, record: Record) -> listings.EntryView | None:
        if record.said("id"):
            return self._by_id.get((record.kind, record.said("id")))
        return self._by_key.get((record.kind, record.said("key")))

    def _planned(self, record: Record) -> Planned | None:
        entry = self._known(record)
        self._check_identity(record, entry)
        if entry is None and record.said("id"):
            self._judge(record, {}, {})
            return None
        software_id = self._software_of(record, entry)
        base = entry.working if entry is not None else None
        before = self._asked(record.kind, dict(base.answers) if base else {})
        after = {**before, **record.answers}
        after = {name: value for name, value in after.items() if value is not None}
        self._judge(record, before, after)
        if record.faults:
            return None
        kept = self._schema.normalise(record.kind, after)
        stored = self._schema.normalise(record.kind, before)
        differing = [name for name in record.answers if kept.get(name) != stored.get(name)]
        key = record.said("key") or (entry.vendor_key if entry else None)
        if entry is not None and (differing or key != entry.vendor_key):
            self._check_open(record, entry, answers=bool(differing))
        entry_id = entry.id if entry is not None else self._in_file[(record.kind, record.said("key"))]
        change = None
        if entry is None or differing or key != entry.vendor_key:
            change = listings.DraftChange(
                kind=record.kind,
                entry_id=entry_id,
                new=entry is None,
                vendor_key=key,
                software_id=software_id,
                base_etag=base.etag if base else None,
                answers=kept if entry is None or differing else None,
                fields=tuple(differing),
            )
        complete = not self._schema.validate(record.kind, kept, "complete", self._today)
        return None if record.faults else Planned(record, entry_id, change, complete)

    def _asked(self, kind: str, answers: dict[str, Any]) -> dict[str, Any]:
        # Questions that this version no longer asks would stand in the way of every edit.
        asked = {each.name for each in self._schema.fields(kind)}
        return {name: value for name, value in answers.items() if name in asked}

    def _judge(self, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Faults of what the file says, and those that it newly causes elsewhere; one for each place."""
        kind = record.kind
        known = {
            (fault.pointer, fault.code) for fault in self._schema.validate(kind, before, "draft", self._today)
        }
        said = {place for place, _ in self._unread(record)}
        checked = after or {name: value for name, value in record.answers.items() if value is not None}
        for fault in self._schema.validate(kind, checked, "draft", self._today):
            new = fault.field in record.answers or (fault.pointer, fault.code) not in known
            if new and (record.at(fault.pointer).cell, _message_head(fault)) not in said:
                record.refuse_answer(self._schema, fault)

    @staticmethod
    def _unread(record: Record) -> Iterator[tuple[tuple[str, str], str]]:
        # What could not be read is named already; validation would say it again in other words.
        for fault in record.faults:
            yield (fault.cell, fault.message.partition("：")[0]), fault.code

    def _check_identity(self, record: Record, entry: listings.EntryView | None) -> None:
        entry_id, key = record.said("id"), record.said("key")
        if not entry_id and not key:
            remedy = "既にある掲載は id、新しい掲載は自社で決めた key を書いてください。"
            record.refuse("key", "required", "id も key もありません。", remedy)
        if entry_id and entry is None:
            message = f"「{entry_id[:60]}」という自社の{columns.KINDS[record.kind]}はありません。"
            record.refuse("id", "not_found", message, "書き出したファイルの id を使うか、空にしてください。")
        holder = self._by_key.get((record.kind, key))
        if entry is not None and holder is not None and holder.id != entry.id:
            message = f"key「{key[:40]}」は「{holder.name}」（{holder.id}）のものです。"
            record.refuse("key", "duplicate", message, "別の key にしてください。")
        if len(key) > columns.KEY_LIMIT:
            message = f"key は{columns.KEY_LIMIT}字以内です。"
            record.refuse("key", "too_long", message, "短い番号や記号にしてください。")

    def _software_of(self, record: Record, entry: listings.EntryView | None) -> str | None:
        if record.kind != "offer":
            return None
        named, key = record.said("software_id"), record.said("software_key")
        if not named and key:
            known = self._by_key.get(("software", key))
            named = known.id if known else self._in_file.get(("software", key), "")
            if not named:
                message = f"「{key[:40]}」という自社管理番号のソフトウェアはありません。"
                remedy = "同じファイルの software の行に加えるか、software_id を書いてください。"
                record.refuse("software_key", "not_found", message, remedy)
                return None
        if entry is not None:
            if named and named != entry.software_id:
                message = f"このサービスの元のソフトウェアは {entry.software_id} です。変えられません。"
                column = "software_id" if record.said("software_id") else "software_key"
                record.refuse(
                    column, "software_changed", message, "別のサービスとして、新しい key で登録してください。"
                )
            return entry.software_id
        if not named:
            message = "どのソフトウェアのサービスか、書かれていません。"
            record.refuse(
                "software_id", "required", message, "software_id か software_key を書いてください。"
            )
            return None
        if named in self._in_file.values():
            return named
        refusal = self._offer_refusal(named)
        if refusal is not None:
            column = "software_id" if record.said("software_id") else "software_key"
            remedy = "ソフトウェアのIDと、販売者の許諾を確かめてください。"
            record.refuse(column, refusal.slug, refusal.detail, remedy)
        return named

    def _offer_refusal(self, software_id: str) -> Problem | None:
        if software_id not in self._offerable:
            try:
                listings.offerable_software(self._session, self._actor, self._clock, software_id)
                self._offerable[software_id] = None
            except Problem as refusal:
                self._offerable[software_id] = refusal
        return self._offerable[software_id]

    def _check_open(self, record: Record, entry: listings.EntryView, *, answers: bool) -> None:
        """Whether a change is possible now: not while it is being reviewed, not after its end, not over others'."""
        base = entry.working
        if entry.status == "retired":
            record.refuse(
                "id", "retired", "提供終了が決まったものは編集できません。", "この行を消してください。"
            )
        elif answers and base is not None and base.status in ("submitted", "in_review"):
            message = "審査に出ているため、変更できません。"
            record.refuse("id", "in_review", message, "申請を引き戻すか、この行を元に戻してください。")
        given = record.said("etag")
        if answers and given and base is not None and given.strip('"') != base.etag.strip('"'):
            message = "書き出した後に、この掲載が更新されました。"
            record.refuse("etag", "stale", message, "書き出し直すか、etag を空にして上書きしてください。")


def _refuse_characters(record: Record) -> None:
    """Identifying values that no database could hold name nothing: a fault, and the value is not looked up."""
    for name, given in record.identity.items():
        refused = text.first_refused(given)
        if refused is not None:
            message = f"{name} に使えない文字 {text.name_of(refused)} があります。"
            record.refuse(name, "control_character", message, "その文字を消してください。")
            record.identity[name] = ""


def _message_head(fault: Fault) -> str:
    return fault.message.partition("：")[0]
