"""The body's checklist (名簿登載, 指名停止, 暴排, 納税): what was looked at, when, by whom. It only warns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.checklist_schemas import EntriesIn
from app.procurement.contract_subjects import ContractSubject, own_subject, subject_of
from app.procurement.errors import EvidenceClosed
from app.procurement.models import ChecklistEntry, Project
from app.procurement.policies import CLOSED, is_of_the_body
from app.procurement.practice import items_of
from app.procurement.reach import own, reachable

DONE = frozenset({"confirmed", "not_applicable"})


@dataclass(frozen=True)
class Check:
    """One item of the template with the newest answer to it."""

    item: str
    label: str
    remedy: str
    state: str
    checked_on: date | None
    source: str
    recorded_by: str | None
    recorded_at: datetime | None
    inherited: bool
    """Given in the project that led to this contract."""


@dataclass(frozen=True)
class Checklist:
    """All items in the template's order."""

    vendor_id: str | None
    vendor_name: str
    checks: tuple[Check, ...]
    writable: bool

    @property
    def missing(self) -> tuple[Check, ...]:
        """What was neither confirmed nor said to be inapplicable: a warning, with the remedy."""
        return tuple(check for check in self.checks if check.state not in DONE)


def of_project(session: Session, actor: Actor, project_id: str) -> Checklist | None:
    """The checklist about the vendor that the project selected; None before a selection. Raises NotFound."""
    project = reachable(session, actor, project_id)
    vendor_id = _selected_vendor(session, project)
    if vendor_id is None:
        return None
    writable = (
        is_of_the_body(actor, project.organisation_id)
        and actor.may(Permission.PROJECT_WRITE)
        and project.status not in CLOSED
    )
    return _checklist(session, project, vendor_id, writable)


def as_evidence(session: Session, project: Project) -> dict[str, Any] | None:
    """What the evidence says of it: every item with its answer, and which were missing. None without a selection."""
    vendor_id = _selected_vendor(session, project)
    if vendor_id is None:
        return None
    found = _checklist(session, project, vendor_id, writable=False)
    return {
        "vendor_id": found.vendor_id,
        "vendor_name": found.vendor_name,
        "checks": [
            {
                "item": check.item,
                "label": check.label,
                "state": check.state,
                "checked_on": check.checked_on.isoformat() if check.checked_on else None,
                "source": check.source,
                "recorded_by": check.recorded_by,
                "recorded_at": check.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ")
                if check.recorded_at
                else None,
            }
            for check in found.checks
        ],
        "missing": [check.item for check in found.missing],
    }


def of_contract(session: Session, actor: Actor, contract_id: str) -> Checklist:
    """The checklist of a contract, for the buyer and auditors; what its project confirmed holds for it, too.

    Raises NotFound, also for the vendor: it is the body's own deliberation.
    """
    subject = _inside(subject_of(session, actor, contract_id))
    writable = subject.side == "buyer" and subject.open and actor.may(Permission.CONTRACT_WRITE)
    return _of_subject(session, subject, writable)


def write_for_project(
    session: Session, actor: Actor, clock: Clock, project_id: str, given: EntriesIn
) -> Checklist:
    """Add answers about the selected vendor.

    Raises NotFound, Forbidden for a supporter, EvidenceClosed once decided, Conflict before a selection, Invalid.
    """
    project = own(session, actor, project_id)
    if project.status in CLOSED:
        raise EvidenceClosed(
            "案件が終わった後の確認は、契約の画面で記録してください。", status=project.status
        )
    vendor_id = _selected_vendor(session, project)
    if vendor_id is None:
        raise Conflict(
            "確認するのは、選定した事業者です。先に選定を申し出てください。", status=project.status
        )
    items = {item.code: item.label for item in items_of(session, project.organisation_id)}
    rows = _entries(actor, clock, given, items, {"project_id": project.id, "vendor_id": vendor_id})
    _add(session, actor, clock, rows, "project", project.id, project.organisation_id)
    found = of_project(session, actor, project_id)
    assert found is not None  # a selection is there
    return found


def write_for_contract(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: EntriesIn
) -> Checklist:
    """Add answers about the contract's vendor. Raises NotFound, Conflict for a withdrawn import, Invalid."""
    subject = own_subject(session, actor, contract_id)
    if not subject.open:
        raise Conflict("取り消した契約の確認は記録できません。")
    items = {item.code: item.label for item in items_of(session, subject.buyer_id)}
    about = {
        "contract_id": subject.contract_id,
        "imported_id": subject.imported_id,
        "vendor_id": subject.vendor_id,
    }
    rows = _entries(actor, clock, given, items, about)
    _add(session, actor, clock, rows, "contract", subject.id, subject.buyer_id)
    return of_contract(session, actor, contract_id)


def _inside(subject: ContractSubject) -> ContractSubject:
    if subject.side not in ("buyer", "auditor"):
        raise NotFound("この契約は見つかりません。自分の団体の契約かどうかを確かめてください。")
    return subject


def _selected_vendor(session: Session, project: Project) -> str | None:
    selection = repository.current_selection(session, project.id)
    if selection is None or selection.shortlist_item_id is None:
        return None
    items = repository.shortlist(session, project.id)
    item = next((row for row in items if row.id == selection.shortlist_item_id), None)
    return repository.owner_of(session, item.offer_id) if item and item.offer_id else None


def _checklist(session: Session, project: Project, vendor_id: str, writable: bool) -> Checklist:
    statement = select(ChecklistEntry).where(
        col(ChecklistEntry.project_id) == project.id, col(ChecklistEntry.vendor_id) == vendor_id
    )
    newest = _newest(session.exec(statement.order_by(col(ChecklistEntry.id))).all())
    names = repository.organisation_names(session, [vendor_id])
    checks = _checks(session, project.organisation_id, newest, {})
    return Checklist(vendor_id, names.get(vendor_id, ""), checks, writable)


def _of_subject(session: Session, subject: ContractSubject, writable: bool) -> Checklist:
    on_it = ChecklistEntry.contract_id if subject.contract_id else ChecklistEntry.imported_id
    statement = select(ChecklistEntry).where(col(on_it) == subject.id)
    newest = _newest(session.exec(statement.order_by(col(ChecklistEntry.id))).all())
    before: Mapping[str, ChecklistEntry] = {}
    if subject.project_id:
        earlier = select(ChecklistEntry).where(
            col(ChecklistEntry.project_id) == subject.project_id,
            col(ChecklistEntry.vendor_id) == subject.vendor_id,
        )
        before = _newest(session.exec(earlier.order_by(col(ChecklistEntry.id))).all())
    checks = _checks(session, subject.buyer_id, newest, before)
    return Checklist(subject.vendor_id, subject.vendor_name, checks, writable)


def _newest(rows: Sequence[ChecklistEntry]) -> dict[str, ChecklistEntry]:
    return {row.item: row for row in rows}


def _checks(
    session: Session,
    organisation_id: str,
    newest: Mapping[str, ChecklistEntry],
    before: Mapping[str, ChecklistEntry],
) -> tuple[Check, ...]:
    """The template's items; an item that left the template since stays where it was answered."""
    template = {item.code: item for item in items_of(session, organisation_id)}
    codes = [*template, *(code for code in {**before, **newest} if code not in template)]
    found = []
    for code in codes:
        row = newest.get(code) or before.get(code)
        known = template.get(code)
        found.append(
            Check(
                item=code,
                label=row.label if row and known is None else known.label if known else "",
                remedy=known.remedy if known else "",
                state=row.state if row else "unchecked",
                checked_on=row.checked_on if row else None,
                source=row.source if row else "",
                recorded_by=row.recorded_by if row else None,
                recorded_at=row.recorded_at if row else None,
                inherited=row is not None and code not in newest,
            )
        )
    # An item that is no longer asked for, and was left open, is nothing to warn of.
    return tuple(check for check in found if check.item in template or check.state in DONE)


def _entries(
    actor: Actor, clock: Clock, given: EntriesIn, items: Mapping[str, str], about: Mapping[str, str | None]
) -> list[ChecklistEntry]:
    faults: list[FieldFault] = []
    seen: set[str] = set()
    rows = []
    for index, entry in enumerate(given.entries):
        where = f"/entries/{index}"
        label = items.get(entry.item, "")
        if not label:
            remedy = f"団体の項目は {'、'.join(items)} です。"
            faults.append(
                FieldFault(f"{where}/item", "unknown_item", "団体の確認の項目にありません。", remedy)
            )
        if entry.item in seen:
            faults.append(
                FieldFault(
                    f"{where}/item", "duplicate", f"「{label}」：2つあります。", "片方を消してください。"
                )
            )
        seen.add(entry.item)
        if entry.state == "confirmed":
            if entry.checked_on is None:
                said = f"「{label}」の確かめた日：日付がありません。"
                faults.append(
                    FieldFault(f"{where}/checked_on", "required", said, "確かめた日を書いてください。")
                )
            if not entry.source:
                said = f"「{label}」の見たもの：何も書かれていません。"
                faults.append(
                    FieldFault(f"{where}/source", "required", said, "何を見て確かめたかを書いてください。")
                )
        if entry.checked_on is not None and entry.checked_on > clock.today():
            said = f"「{label}」の確かめた日：まだ来ていない日です。"
            faults.append(FieldFault(f"{where}/checked_on", "future", said, "今日までの日にしてください。"))
        rows.append(
            ChecklistEntry(
                id=new_id("chk"),
                **about,
                item=entry.item,
                label=label,
                state=entry.state,
                checked_on=entry.checked_on,
                source=entry.source,
                recorded_by=actor.person_id or "",
                recorded_at=clock.now(),
            )
        )
    if faults:
        raise Invalid(faults)
    return rows


def _add(
    session: Session,
    actor: Actor,
    clock: Clock,
    rows: Sequence[ChecklistEntry],
    kind: str,
    id_: str,
    owner: str,
) -> None:
    for row in rows:
        session.add(row)
        session.flush()
    record(
        session, actor, "checklist.updated", kind, id_,
        at=clock.now(), owner=owner, details={"items": {row.item: row.state for row in rows}},
    )  # fmt: skip
