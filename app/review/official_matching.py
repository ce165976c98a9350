"""What official lists say against what we have of a firm: name, end, merger, qualification, registration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from app.organisations.models import Organisation, Qualification
from app.review.checks import Check, Outcome
from app.review.official_lists import LISTS
from app.review.official_models import OfficialEntry, OfficialListImport
from catalogue_schema.text import same_name_key

GRAVE = frozenset({"closed", "merged", "cancelled"})
"""Kinds of difference that make a check a fault; the others are warnings."""


@dataclass(frozen=True)
class Difference:
    """One difference between a list and what we have. `kind` and `subject` name it; the message says it to people."""

    kind: str
    list_name: str
    subject: str
    message: str
    as_of: date


@dataclass(frozen=True)
class Newest:
    """The newest import of a list."""

    as_of: date
    complete: bool


def newest_imports(session: Session) -> dict[str, Newest]:
    """The newest import of each list that was ever imported."""
    rows = session.exec(
        select(OfficialListImport).order_by(col(OfficialListImport.as_of), col(OfficialListImport.id))
    ).all()
    return {row.list_name: Newest(row.as_of, row.complete) for row in rows}


def differences(
    session: Session,
    firm: Organisation,
    answers: Iterable[Mapping[str, Any]] = (),
    today: date | None = None,
) -> list[Difference]:
    """All that the lists say otherwise of this firm, and of the ISMAP registrations in these answers."""
    newest = newest_imports(session)
    found: list[Difference] = []
    if (known := newest.get("corporate_numbers")) and firm.corporate_number:
        found += _of_firm(session, firm, firm.corporate_number, known)
    if known := newest.get("qualifications"):
        found += _of_qualifications(session, firm, known, today)
    if known := newest.get("ismap"):
        found += _of_registrations(session, firm, answers, known)
    return found


def checks_against_lists(
    session: Session, firm: Organisation, answers: Mapping[str, Any], today: date
) -> list[Check]:
    """One automated check for each list that was imported."""
    found = differences(session, firm, [answers], today)
    checks = []
    for list_name, newest in sorted(newest_imports(session).items()):
        own = [one for one in found if one.list_name == list_name]
        outcome: Outcome = "ok"
        if own:
            outcome = "fault" if any(one.kind in GRAVE for one in own) else "warning"
        said = " ".join(one.message for one in own) or "違いは見つかりません。"
        label = f"{LISTS[list_name]}の一覧（{newest.as_of.isoformat()}現在）"
        checks.append(Check("official_lists", label, outcome, said))
    return checks


def _entries(session: Session, list_name: str, numbers: Sequence[str]) -> dict[str, OfficialEntry]:
    if not numbers:
        return {}
    rows = session.exec(
        select(OfficialEntry).where(
            col(OfficialEntry.list_name) == list_name, col(OfficialEntry.number).in_(set(numbers))
        )
    ).all()
    return {row.number: row for row in rows}


def _of_firm(session: Session, firm: Organisation, number: str, newest: Newest) -> list[Difference]:
    entry = _entries(session, "corporate_numbers", [number]).get(number)

    def difference(kind: str, message: str) -> Difference:
        as_of = entry.as_of if entry else newest.as_of
        return Difference(kind, "corporate_numbers", number, message, as_of)

    if entry is None:
        return [difference("missing", f"法人番号 {number} が一覧にありません。")] if newest.complete else []
    found = []
    if entry.status == "merged":
        into = f"（承継先の法人番号 {entry.successor_number}）" if entry.successor_number else ""
        found.append(difference("merged", f"合併により解散しています{into}。"))
    elif entry.status != "active":
        found.append(difference(entry.status, "登記が閉鎖されています。"))
    if same_name_key(entry.name) != same_name_key(firm.name):
        found.append(
            difference("name_changed", f"一覧の名称は「{entry.name}」で、登録の名称は「{firm.name}」です。")
        )
    return found


def _of_qualifications(
    session: Session, firm: Organisation, newest: Newest, today: date | None
) -> list[Difference]:
    rows = session.exec(
        select(Qualification)
        .where(col(Qualification.organisation_id) == firm.id)
        .order_by(col(Qualification.id))
    ).all()
    rows = [row for row in rows if today is None or row.valid_until >= today]
    entries = _entries(session, "qualifications", [row.number for row in rows])
    found = []
    for row in rows:
        entry = entries.get(row.number)
        said = f"業者コード {row.number}："
        if entry is None:
            if newest.complete:
                message = said + "一覧にありません。"
                found.append(Difference("missing", "qualifications", row.number, message, newest.as_of))
            continue
        found += [
            Difference(kind, "qualifications", row.number, said + message, entry.as_of)
            for kind, message in _told(entry, firm, row.valid_until)
        ]
    return found


def _of_registrations(
    session: Session, firm: Organisation, answers: Iterable[Mapping[str, Any]], newest: Newest
) -> list[Difference]:
    claimed: dict[str, str] = {}
    for one in answers:
        for row in one.get("security_registrations") or ():
            if isinstance(row, Mapping) and str(row.get("scheme", "")).startswith("ismap"):
                claimed.setdefault(str(row.get("number", "")), str(row.get("valid_until", "")))
    entries = _entries(session, "ismap", list(claimed))
    found = []
    for number, until in sorted(claimed.items()):
        entry = entries.get(number)
        said = f"登録番号 {number}："
        if entry is None:
            if newest.complete:
                found.append(
                    Difference("missing", "ismap", number, said + "一覧にありません。", newest.as_of)
                )
            continue
        found += [
            Difference(kind, "ismap", number, said + message, entry.as_of)
            for kind, message in _told(entry, firm, _day(until), named=False)
        ]
    return found


def _told(
    entry: OfficialEntry, firm: Organisation, until: date | None, *, named: bool = True
) -> list[tuple[str, str]]:
    """What an entry says otherwise. `named`: its name is the firm's (that of an ISMAP entry is a service's)."""
    found = []
    if entry.status != "active":
        found.append(("cancelled", "一覧では有効ではありません。"))
    if entry.corporate_number and firm.corporate_number and entry.corporate_number != firm.corporate_number:
        message = f"一覧では法人番号 {entry.corporate_number}（{entry.name}）のものです。"
        found.append(("number_differs", message))
    elif named and same_name_key(entry.name) != same_name_key(firm.name):
        found.append(("name_differs", f"一覧の名称は「{entry.name}」で、登録の名称は「{firm.name}」です。"))
    if entry.valid_until and until and entry.valid_until != until:
        message = f"一覧の期限は {entry.valid_until.isoformat()}、登録の期限は {until.isoformat()} です。"
        found.append(("dates_differ", message))
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
