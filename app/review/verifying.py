"""Reviewers record what they verified of a listing's statements of conformance, and take it back with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from app.access.actor import ANONYMOUS, Actor
from app.conformance import service as conformance
from app.conformance import verifications
from app.conformance.changes import ClaimChange, changes_between
from app.conformance.service import ClaimView
from app.conformance.verification_models import ConformanceVerification
from app.conformance.verifications import LEVELS, VerificationView
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.inputs import term_fault, text_faults
from app.review import repository
from app.review.policies import conflict_of_interest
from catalogue_schema.dates import DateUnreadable, parse_date
from catalogue_schema.text import clean, url_fault

RECORDABLE: Final = tuple(level for level in LEVELS if level != "self_declared")
_OF_TESTS: Final = {"report_url": "試験の報告書の住所", "tester": "試験をした者", "tested_on": "試験の日"}


@dataclass(frozen=True)
class VerificationGiven:
    """What a reviewer types, as texts."""

    level: str = ""
    looked_at: str = ""
    report_url: str = ""
    tester: str = ""
    tested_on: str = ""
    valid_until: str = ""
    revision_number: str = ""
    """Of the published revision whose statements were on the screen."""


def conflict(session: Session, actor: Actor, software_id: str) -> str | None:
    """Why this actor may not verify the listing (four eyes), if anything. Raises NotFound."""
    entry = repository.find_entry(session, software_id)
    if entry is None:
        raise NotFound()
    owner = repository.organisations(session, [entry.owner_id])[entry.owner_id]
    groups = repository.groups_of(session, actor.person_id) if actor.person_id else set()
    return conflict_of_interest(actor.person_id, "", groups, repository.group_of(owner))


def verifiable(session: Session, clock: Clock, software_id: str, version_id: str) -> ClaimView:
    """What the public reads: nothing else is verified. Raises NotFound, Gone."""
    return conformance.read_claim(session, ANONYMOUS, clock, software_id, version_id)


def changed_since(session: Session, claim: ClaimView) -> ClaimChange | None:
    """What is said otherwise than what was looked at last; None where nothing is, or nothing in effect was."""
    last = next((view for view in claim.verifications if view.status == "in_effect"), None)
    if last is None or not last.changed_since:
        return None
    until = claim.revision_number
    found = changes_between(session, claim.software_id, last.revision_number, until, claim.version.id)
    return found[0] if found else None


def record_verification(
    session: Session,
    actor: Actor,
    clock: Clock,
    software_id: str,
    version_id: str,
    given: VerificationGiven,
) -> VerificationView:
    """Record what was looked at, of the published revision.

    Raises NotFound, Gone, Forbidden for four eyes, Conflict where another revision is live by now, the version is not
    in force, or nothing is answered, Invalid with every fault.
    """
    claim = verifiable(session, clock, software_id, version_id)
    against = conflict(session, actor, software_id)
    if against is not None:
        raise Forbidden(against, rule="four-eyes")
    level, tested_on, valid_until = _read(given, clock.today())
    if given.revision_number != str(claim.revision_number):
        message = "その間に、別の版が公開されました。今の回答を確かめてから、改めて記録してください。"
        raise Conflict(message, revision_number=claim.revision_number)
    if claim.version.status != "in_force":
        raise Conflict("確認を記録できるのは、有効な版への対応だけです。", status=claim.version.status)
    if not claim.statements:
        raise Conflict("回答が一つもないので、確認を記録できません。")
    row = ConformanceVerification(
        id=new_id("cfv"),
        entry_id=software_id,
        version_id=version_id,
        revision_number=claim.revision_number,
        level=level,
        looked_at=clean(given.looked_at),
        report_url=clean(given.report_url),
        tester=clean(given.tester),
        tested_on=tested_on,
        valid_until=valid_until,
        organisation_id=actor.organisation_id or "",
        recorded_by=actor.person_id or "",
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    verifications.note(session, actor, clock, row, "recorded")
    return read_verification(session, clock, software_id, version_id, row.id)


def withdraw_verification(
    session: Session,
    actor: Actor,
    clock: Clock,
    software_id: str,
    version_id: str,
    verification_id: str,
    reason: str,
) -> VerificationView:
    """Take a verification back; everybody reads why. Raises NotFound, Forbidden, TransitionRefused, Invalid."""
    row = session.get(ConformanceVerification, verification_id)
    if row is None or (row.entry_id, row.version_id) != (software_id, version_id):
        raise NotFound("その確認の記録はありません。")
    against = conflict(session, actor, software_id)
    if against is not None:
        raise Forbidden(against, rule="four-eyes")
    reason = clean(reason)
    if faults := text_faults("/reason", reason, longest=1000, required=True, multiline=True):
        raise Invalid(faults)
    verifications.end(session, actor, clock, row, "withdrawal", reason)
    return read_verification(session, clock, software_id, version_id, row.id)


def read_verification(
    session: Session, clock: Clock, software_id: str, version_id: str, verification_id: str
) -> VerificationView:
    """One verification of what the public reads. Raises NotFound, Gone."""
    claim = verifiable(session, clock, software_id, version_id)
    for view in claim.verifications:
        if view.id == verification_id:
            return view
    raise NotFound("その確認の記録はありません。")


def _read(given: VerificationGiven, today: date) -> tuple[str, date | None, date | None]:
    """Level, day of the test, last day. Raises Invalid with every fault."""
    faults: list[FieldFault] = []
    if given.level not in RECORDABLE:
        faults.append(term_fault("/level", given.level, RECORDABLE))
    looked_at = clean(given.looked_at)
    faults += _missing("looked_at", "見たもの", looked_at)
    faults += text_faults("/looked_at", looked_at, longest=2000, multiline=True)
    tested = given.level == "tested"
    for member, label in _OF_TESTS.items():
        value = clean(getattr(given, member))
        if tested:
            faults += _missing(member, label, value)
            faults += text_faults(f"/{member}", value, longest=500)
        elif value and given.level in RECORDABLE:
            message = f"{label}は、「試験結果あり」のときだけ書きます。"
            remedy = "空にするか、「試験結果あり」を選んでください。"
            faults.append(FieldFault(f"/{member}", "not_asked", message, remedy))
    address = clean(given.report_url)
    if tested and address:
        reason = url_fault(address)
        if reason is None and not address.startswith("https://"):
            reason = "https:// で始まっていません。"
        if reason is not None:
            remedy = "https:// で始まる住所を書いてください。"
            faults.append(FieldFault("/report_url", "url", reason, remedy))
    tested_on = _day("/tested_on", given.tested_on, faults) if tested else None
    if tested_on is not None and tested_on > today:
        message = "試験の日が、今日より後です。"
        faults.append(FieldFault("/tested_on", "future", message, "試験が終わった日を書いてください。"))
    valid_until = _day("/valid_until", given.valid_until, faults)
    if valid_until is not None and valid_until < today:
        message = "有効期限が過ぎています。"
        faults.append(FieldFault("/valid_until", "past", message, "今日以後の日にするか、空にしてください。"))
    if faults:
        raise Invalid(faults)
    return given.level, tested_on, valid_until


def _missing(member: str, label: str, value: str) -> list[FieldFault]:
    if value:
        return []
    return [FieldFault(f"/{member}", "required", f"{label}がありません。", "必ず書いてください。")]


def _day(pointer: str, text: str, faults: list[FieldFault]) -> date | None:
    if not text.strip():
        return None
    try:
        return parse_date(text)
    except DateUnreadable as refused:
        faults.append(FieldFault(pointer, "date", refused.reason, refused.remedy))
        return None
