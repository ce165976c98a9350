"""`dmp import-official-list`: take a list in, or nothing of it; then open tasks for what it says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, select

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
    """Import a file in one transaction, or only say what that would do. Raises Invalid with every fault."""
    columns = read_mapping(list_name, mapping)
    try:
        day = parse_date(as_of)
    except DateUnreadable as unreadable:
        raise invalid("/as_of", "date", unreadable.reason, unreadable.remedy) from unreadable
    data = file.read_bytes()
    with database.session(readonly=False) as session, session.begin() as transaction:
        report = import_list(session, clock, data, columns, day)
        if dry_run:
            transaction.rollback()
    return report


def import_list(
    session: Session, clock: Clock, data: bytes, mapping: ColumnMapping, as_of: date
) -> ListReport:
    """Bring what we keep of a list to what the file says, and open tasks for the Agency.

    A newer list replaces an older one; with a mapping that says `complete`, what the file leaves out is off the list.
    Raises Invalid with every fault (the day, and each row and column); nothing is written then.
    """
    faults: list[FieldFault] = []
    rows: Sequence[OfficialRow] = ()
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
    try:
        rows = read_rows(data, mapping)
    except Invalid as refusal:
        faults += refusal.faults
    if faults:
        raise Invalid(faults)
    digest = sha256_of(data)
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
    known = {
        row.number: row
        for row in session.exec(
            select(OfficialEntry).where(col(OfficialEntry.list_name) == kept.list_name)
        ).all()
    }
    added = changed = 0
    for row in rows:
        facts: dict[str, Any] = asdict(row)
        facts.pop("line")
        entry = known.get(row.number)
        if entry is None:
            entry = OfficialEntry(
                id=new_id("oen"), list_name=kept.list_name, as_of=kept.as_of, import_id=kept.id, **facts
            )
            added += 1
        else:
            changed += any(getattr(entry, name) != value for name, value in facts.items())
            for name, value in facts.items():
                setattr(entry, name, value)
            entry.as_of, entry.import_id = kept.as_of, kept.id
        session.add(entry)
    session.flush()
    return added, changed


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
