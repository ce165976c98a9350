"""Two reviewers take turns at the cases of the sample data."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.demo.actors import actor_at
from app.demo.directory import Directory
from app.demo.sample import Finding
from app.kit.clock import Clock
from app.review import service
from app.review.findings import FindingGiven
from app.review.reading import read_case
from app.review.rules import ReviewRules
from app.review.views import CaseView
from catalogue_schema import Schema

REVIEWERS = ("shiori", "makoto")


class ReviewDesk:
    """Submits for vendors, and takes and decides cases by entry."""

    def __init__(
        self, session: Session, schema: Schema, clock: Clock, directory: Directory, rules: ReviewRules
    ) -> None:
        self._session = session
        self._rules = rules
        self._schema = schema
        self._clock = clock
        self._directory = directory
        self._cases: dict[str, str] = {}
        self._reviewers: dict[str, str] = {}

    def submit(self, vendor: Actor, kind: str, entry_id: str) -> None:
        """The vendor hands in what it drafted."""
        case = service.submit(self._session, vendor, self._clock, self._schema, self._rules, kind, entry_id)
        self._cases[entry_id] = case.id
        self._reviewers[entry_id] = REVIEWERS[len(self._cases) % len(REVIEWERS)]

    def _reviewer(self, entry_id: str) -> Actor:
        agency = self._directory.organisation("agency").id
        return actor_at(self._session, self._clock, "agency", self._reviewers[entry_id], agency)

    def claim(self, entry_id: str) -> CaseView:
        """A reviewer takes the case."""
        return service.claim(
            self._session, self._reviewer(entry_id), self._clock, self._schema, self._cases[entry_id]
        )

    def approve(self, entry_id: str) -> None:
        """Take the case and publish what was submitted."""
        self._decide(entry_id, self.claim(entry_id), "approve", "確認しました。")

    def send_back(self, entry_id: str, findings: tuple[Finding, ...]) -> None:
        """Write the findings into a claimed case and return it. There must be one at least."""
        reviewer, case_id = self._reviewer(entry_id), self._cases[entry_id]
        for finding in findings:
            service.add_finding(
                self._session,
                reviewer,
                self._clock,
                self._schema,
                case_id,
                FindingGiven(finding.field, finding.reason_code, finding.text),
            )
        service.add_note(
            self._session, reviewer, self._clock, case_id, "指摘への回答を待って、同じ担当が続けて見ます。"
        )
        case = read_case(self._session, reviewer, self._clock, self._schema, case_id)
        self._decide(entry_id, case, "return", "指摘をご確認ください。")

    def _decide(self, entry_id: str, case: CaseView, verdict: str, comment: str) -> None:
        service.decide(
            self._session,
            self._reviewer(entry_id),
            self._clock,
            self._schema,
            case.id,
            verdict,
            case.revision.id,
            case.content_hash,
            comment,
        )
