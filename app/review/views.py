"""Frozen views of cases: for reviewers, and the smaller one for the vendor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.conformance.changes import ClaimChange
from app.listings.service import OwnerCard, RevisionView
from app.review.checks import Check
from app.review.reasons import reason
from catalogue_schema import Change, ClassedChange


@dataclass(frozen=True)
class CaseLine:
    """One line of the queue."""

    id: str
    entry_id: str
    kind: str
    name: str
    owner: OwnerCard
    revision_number: int
    first: bool
    """Whether nothing of the entry was published before."""
    status: str
    opened_at: datetime
    age_days: int
    """Full days since the submission until today, or until the decision."""
    claimed_by: str
    """Name of the reviewer who has it; empty while it waits."""
    mine: bool
    left_behind: bool
    """Whether who has it reviews no more: another reviewer may take it over."""
    change_class: str
    """first, minor or major; empty for cases of before classes were kept."""
    self_published: bool


@dataclass(frozen=True)
class FindingView:
    """One point for the vendor."""

    id: str
    field: str
    field_label: str
    reason_code: str
    text: str
    created_at: datetime
    late_reason: str = ""
    """Why it was not said at the first review, where it could have been."""

    @property
    def reason_label(self) -> str:
        """What people read for the reason code."""
        known = reason(self.reason_code)
        return known.ja if known else self.reason_code

    @property
    def hint(self) -> str:
        """What the vendor can do about it."""
        known = reason(self.reason_code)
        return known.hint if known else ""


@dataclass(frozen=True)
class NoteView:
    """One note among reviewers."""

    id: str
    text: str
    created_at: datetime
    author: str


@dataclass(frozen=True)
class CaseView:
    """A case as reviewers see it."""

    line: CaseLine
    revision: RevisionView
    content_hash: str
    """Of what was submitted; a decision is refused when the revision's is another by now."""
    live: RevisionView | None
    changes: tuple[ClassedChange, ...]
    checks: tuple[Check, ...]
    findings: tuple[FindingView, ...]
    notes: tuple[NoteView, ...]
    comment: str
    decided_at: datetime | None
    decided_by: str
    conflict: str | None
    """Why the reader may not decide on it (four eyes)."""
    since_review: tuple[Change, ...] | None
    """What changed since the first review of this revision; None at the first review."""
    conformance: tuple[ClaimChange, ...] = ()
    """What is said otherwise about requirements of specifications than in the published revision before."""

    @property
    def id(self) -> str:
        """The case's id."""
        return self.line.id

    @property
    def decidable(self) -> bool:
        """Whether the reader has the case and nothing stands against a decision."""
        return self.line.status == "claimed" and self.line.mine and self.conflict is None


@dataclass(frozen=True)
class SubmissionView:
    """A case as the vendor sees it: nothing about reviewers."""

    id: str
    entry_id: str
    status: str
    opened_at: datetime
    decided_at: datetime | None
    revision: RevisionView
    change_class: str
    changes: tuple[dict[str, str], ...]
    """field, label and change_class of what differed from the live revision."""
    self_published: bool
    place: int | None
    """Its place in the queue from 1; None once a reviewer has it."""
    due_on: date | None
    """By when it is decided on by the standard time, while it is open."""
    standard_days: int
    """標準処理期間, in working days."""


@dataclass(frozen=True)
class DecisionView:
    """The last decision on an entry, as its vendor reads it."""

    case_id: str
    revision_number: int
    status: str
    """approved, returned or rejected."""
    comment: str
    decided_at: datetime | None
    findings: tuple[FindingView, ...]
    self_published: bool = False
