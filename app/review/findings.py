"""Findings: points for the vendor tied to a field; and what was visible at the first review of a cycle.

A cycle is one revision's way through returns and resubmissions. What its first reviewer could see and did not object to
is not held against the vendor later: such a finding needs a reason that the vendor reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.errors import FieldFault, Invalid
from app.kit.ids import new_id
from app.listings.words import Words, checked
from app.review import repository
from app.review.models import Finding, ReviewCase
from app.review.reasons import reason, reasons
from catalogue_schema import Schema


@dataclass(frozen=True)
class FindingGiven:
    """A finding as somebody writes it. `field` is empty for the whole; `late_reason` is why it was not said before."""

    field: str
    reason_code: str
    text: str
    late_reason: str = ""


@dataclass(frozen=True)
class Cycle:
    """What earlier reviews of the same revision saw."""

    first_decided_at: datetime
    unchanged: frozenset[str]
    """Fields whose answers are as they were at the first review; the empty name where no answer changed at all."""
    found: frozenset[str]
    """Fields on which a finding stood in an earlier review."""

    def is_late(self, field: str) -> bool:
        """Whether a finding on this field could have been made at the first review."""
        return field in self.unchanged and field not in self.found


def cycle_of(session: Session, schema: Schema, kind: str, case: ReviewCase) -> Cycle | None:
    """The earlier reviews of this case's revision; None at the first review, or where it is not known what was seen."""
    earlier = [one for one in repository.earlier_reviews(session, case) if one.answers]
    if not earlier or earlier[0].decided_at is None or not case.answers:
        return None
    first = earlier[0]
    changed = {one.field.name for one in schema.changes(kind, first.answers, case.answers)}
    names = {field.name for field in schema.fields(kind)}
    unchanged = names - changed
    return Cycle(
        first_decided_at=earlier[0].decided_at,
        unchanged=frozenset(unchanged | ({""} if not changed else set())),
        found=frozenset(row.field for one in earlier for row in repository.findings(session, one.id)),
    )


def fault_of(schema: Schema, kind: str, given: FindingGiven, pointer: str = "") -> list[FieldFault]:
    """All that is wrong with a finding as written."""
    faults = []
    if given.field and given.field not in {known.name for known in schema.fields(kind)}:
        remedy = "項目名を確かめるか、全体への指摘なら空にしてください。"
        faults.append(FieldFault(f"{pointer}/field", "unknown_field", "その項目はありません。", remedy))
    if reason(given.reason_code) is None:
        remedy = f"次のいずれかです: {'、'.join(row.code for row in reasons())}"
        faults.append(
            FieldFault(f"{pointer}/reason_code", "unknown_term", "その理由の区分はありません。", remedy)
        )
    try:
        checked(
            Words(f"{pointer}/text", "指摘", given.text, required=True),
            Words(f"{pointer}/late_reason", "後から指摘する理由", given.late_reason, longest=500),
        )
    except Invalid as refusal:
        faults.extend(refusal.faults)
    return faults


def late_fault(schema: Schema, kind: str, cycle: Cycle | None, given: FindingGiven) -> list[FieldFault]:
    """The warning that a finding comes late, unless its reason is given."""
    if cycle is None or given.late_reason.strip() or not cycle.is_late(given.field):
        return []
    label = schema.field(kind, given.field).label_ja if given.field else "全体"
    message = f"「{label}」は、最初の審査のときと同じ内容で、そのときは指摘がありませんでした。"
    remedy = "それでも指摘するなら、後から指摘する理由を書いてください。理由は事業者にも見えます。"
    return [FieldFault("/late_reason", "late_finding", message, remedy)]


def written(case_id: str, given: FindingGiven, actor: Actor, now: datetime, *, late: bool = False) -> Finding:
    """The row of a finding that was found to be without fault."""
    text, late_reason = checked(
        Words("/text", "指摘", given.text), Words("/late_reason", "後から指摘する理由", given.late_reason)
    )
    return Finding(
        id=new_id("fnd"),
        case_id=case_id,
        field=given.field,
        reason_code=given.reason_code,
        text=text,
        created_at=now,
        created_by=actor.person_id or "",
        late_reason=late_reason if late else "",
    )
