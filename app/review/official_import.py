"""`dmp import-official-list`: take a list in, or nothing of it; then open tasks for what it says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, delete, select, update

from app.access.actor import system_actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import FieldFault, Invalid, invalid
from app.kit.ids import new_id
from app.listings.models import Entry, Revision
from app.organisations.models import Organisation
from app.review.official_lists import LISTS, ColumnMapping, OfficialRow, read_mapping, read_rows, sha256_of
from app.review.official_matching import Difference, differences
from app.review.official_models import AgencyTask, OfficialEntry, OfficialListImport
from catalogue_schema.dates import DateUnreadable, parse_date

PORTION = 500
_FACTS = tuple(one.name for one in fields(OfficialRow) if one.name != "line")


@dataclass(frozen=True)
class ListReport:
    """What an import did, or (dry run) would do."""

    list_name: str
    as_of: date
    rows: int
    added: int
    changed: int
    removed: int
    tasks: tuple[str, ...]
    repeated: bool = False
    """The same file of the same day was imported before: nothing to do."""

    def __str__(self) -> str:
        name = f"{LISTS[self.list_name]}（{self.as_of.isoformat()}現在）"
        if self.repeated:
            return f"{name}: 同じファイルは取り込み済みです。何も変えていません。"
        lines = [
            f"{name}: {self.rows}件。追加 {self.added}件、変更 {self.changed}件、削除 {self.removed}件。",
            f"新しい確認事項: {len(self.tasks)}件。",
        ]
        return "\n".join([*lines, *(f"  {text}" for text in self.tasks)])


def import_file(
    database: Database,
    clock: Clock,
    file: Path,
    list_name: str,
    as_of: str,
    *,
    mapping: Path | None = None,
    dry_run: bool = False,
) -> ListReport:
    """Import a file in one transaction, or only say what that would do. Raises Invalid with every fault.

    It is read before the transaction: other writers wait for what is written, not for what is read.
    """
    columns = read_mapping(list_name, mapping)
    try:
        day = parse_date(as_of)
    except DateUnreadable as unreadable:
        raise invalid("/as_of", "date", unreadable.reason, unreadable.remedy) from unreadable
    read = ReadList.of(file.read_bytes(), columns)
    with database.session(readonly=False) as session, session.begin() as transaction:
        report = import_list(session, clock, read, columns, day)
        if dry_run:
            transaction.rollback()
    return report


@dataclass(frozen=True)
class ReadList:
    """What a file says, and every fault in it."""

    sha256: str
    rows: Sequence[OfficialRow]
    faults: Sequence[FieldFault]

    @classmethod
    def of(cls, data: bytes, mapping: ColumnMapping) -> ReadList:
        """Read by the mapping; the faults are kept, to be told with others."""
        digest = sha256_of(data)
        try:
            return cls(digest, read_rows(data, mapping), ())
        except Invalid as refusal:
            return cls(digest, (), refusal.faults)


def import_list(
    session: Session, clock: Clock, read: ReadList, mapping: ColumnMapping, as_of: date
) -> ListReport:
    """Bring what we keep of a list to what the file says, and open tasks for the Agency.

    A newer list replaces an older one; with a mapping that says `complete`, what the file leaves out is off the list.
    Raises Invalid with every fault (the day, and each row and column); nothing is written then.
    """
    faults: list[FieldFault] = []
    rows, digest = read.rows, read.sha256
    list_name = mapping.list_name
    last = session.exec(
        select(OfficialListImport)
        .where(col(OfficialListImport.list_name) == list_name)
        .order_by(col(OfficialListImport.as_of).desc(), col(OfficialListImport.id).desc())
    ).first()
    if as_of > clock.today():
        faults.append(
            FieldFault("/as_of", "in_future", "一覧の日付が未来です。", "一覧の現在日を書いてください。")
        )
    if last is not None and as_of < last.as_of:
        message = f"前に取り込んだ一覧（{last.as_of.isoformat()}現在）より古い日付です。"
        faults.append(FieldFault("/as_of", "older", message, "新しい一覧を取り込んでください。"))
    faults += read.faults
    if faults:
        raise Invalid(faults)
    if last is not None and (last.sha256, last.as_of) == (digest, as_of):
        return ListReport(list_name, as_of, len(rows), 0, 0, 0, (), repeated=True)
    kept = OfficialListImport(
        id=new_id("oli"),
        list_name=list_name,
        as_of=as_of,
        sha256=digest,
        rows=len(rows),
        complete=mapping.complete,
        imported_at=clock.now(),
    )
    session.add(kept)
    session.flush()
    added, changed = _take_in(session, kept, rows)
    removed = 0
    if mapping.complete:
        gone = session.exec(
            select(col(OfficialEntry.id)).where(
                col(OfficialEntry.list_name) == list_name, col(OfficialEntry.import_id) != kept.id
            )
        ).all()
        removed = len(gone)
        session.execute(
            delete(OfficialEntry).where(
                col(OfficialEntry.list_name) == list_name, col(OfficialEntry.import_id) != kept.id
            )
        )
    session.flush()
    tasks = _open_tasks(session, clock, list_name)
    details = {"rows": len(rows), "added": added, "changed": changed, "removed": removed, "tasks": len(tasks)}
    record(
        session,
        system_actor("import-official-list"),
        "official-list.imported",
        "official_list",
        kept.id,
        at=clock.now(),
        details={**details, "list": list_name, "as_of": as_of.isoformat(), "sha256": digest},
    )
    return ListReport(list_name, as_of, len(rows), added, changed, removed, tuple(tasks))


def _take_in(session: Session, kept: OfficialListImport, rows: Sequence[OfficialRow]) -> tuple[int, int]:
    """Write what is new and what changed in bulk: a national list has some hundred thousand lines."""
    columns = [getattr(OfficialEntry, name) for name in ("id", *_FACTS)]
    stated = col(OfficialEntry.list_name) == kept.list_name
    known = {row.number: row for row in session.execute(sa_select(*columns).where(stated))}
    of_this = {"as_of": kept.as_of, "import_id": kept.id}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    same: list[str] = []
    for row in rows:
        facts = {name: getattr(row, name) for name in _FACTS} | {"facts": dict(row.facts)}
        entry = known.get(row.number)
        if entry is None:
            added.append({"id": new_id("oen"), "list_name": kept.list_name, **facts, **of_this})
        elif all(getattr(entry, name) == value for name, value in facts.items()):
            same.append(entry.id)
        else:
            changed.append({"id": entry.id, **facts, **of_this})
    if added:
        session.execute(insert(OfficialEntry), added)
    if changed:
        session.execute(update(OfficialEntry), changed)
    for start in range(0, len(same), PORTION):
        chosen = col(OfficialEntry.id).in_(same[start : start + PORTION])
        session.execute(
            update(OfficialEntry).where(chosen).values(**of_this).execution_options(synchronize_session=False)
        )
    return len(added), len(changed)


def _open_tasks(session: Session, clock: Clock, list_name: str) -> list[str]:
    """A task for every difference of a firm that nobody has looked into as it stands."""
    firms = session.exec(
        select(Organisation)
        .where(col(Organisation.kind).in_(("vendor", "sole_proprietor")))
        .order_by(col(Organisation.id))
    ).all()
    live: dict[str, list[dict[str, Any]]] = {}
    for owner_id, answers in session.exec(
        select(col(Entry.owner_id), col(Revision.answers))
        .join(Revision, col(Revision.id) == col(Entry.published_revision_id))
        .where(col(Entry.kind) == "software", col(Entry.status).in_(("published", "suspended", "retired")))
        .order_by(col(Entry.id))
    ).all():
        live.setdefault(owner_id, []).append(answers)
    seen = {
        (task.organisation_id, task.kind, task.subject): task
        for task in session.exec(select(AgencyTask).order_by(col(AgencyTask.id))).all()
    }
    opened = []
    for firm in firms:
        for one in differences(session, firm, live.get(firm.id, ()), clock.today()):
            if one.list_name != list_name:
                continue
            before = seen.get((firm.id, one.kind, one.subject))
            if before is not None and (before.status == "open" or before.message == one.message):
                continue
            session.add(_task(clock, firm, one))
            opened.append(f"{firm.name}：{one.message}")
    session.flush()
    return opened


def _task(clock: Clock, firm: Organisation, one: Difference) -> AgencyTask:
    return AgencyTask(
        id=new_id("tsk"),
        kind=one.kind,
        list_name=one.list_name,
        organisation_id=firm.id,
        subject=one.subject,
        message=one.message,
        as_of=one.as_of,
        opened_at=clock.now(),
    )
