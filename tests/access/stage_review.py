"""What reviewers have on the stage: cases with a finding and a note, a sample, a phrase, an absence, a task."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session, select

from app.kit.ids import new_id
from app.listings.models import Entry, Revision
from app.organisations.expiry_models import ExpiryHold
from app.review.desk_models import ReviewerAbsence, ReviewPhrase, Sample
from app.review.official_models import AgencyTask
from app.review.suspension_models import Suspension
from app.search_words.models import KeptWord
from tests.access.stage_listings import ListingsStage
from tests.world import Login


class ReviewStage(ListingsStage):
    """Builds what the reviewers' routes are about. `Stage` gives it the moment and the Agency's people."""

    today: date
    agency_id: str
    colleague: Login
    away: list[Login]

    def _desk_things(self, session: Session, entry: Entry, revision: Revision) -> dict[str, str]:
        """A self-published change that was drawn, and what the reviewers keep."""
        case = self.case_of(session, entry, revision, None)
        case.status, case.self_published, case.decided_at = "approved", True, self.now
        sample = Sample(id=new_id("smp"), case_id=case.id, entry_id=entry.id, opened_at=self.now)
        phrase = ReviewPhrase(
            id=new_id("phr"),
            organisation_id=self.agency_id,
            title="定型",
            reason_code="unclear",
            text="確かめてください。",
            created_at=self.now,
            created_by="stage",
            updated_at=self.now,
        )
        absence = ReviewerAbsence(
            id=new_id("abs"), person_id=self.away.pop().person_id, until=self.today, created_at=self.now
        )
        task = AgencyTask(
            id=new_id("tsk"),
            kind="name_changed",
            list_name="corporate_numbers",
            organisation_id=entry.owner_id,
            subject="1",
            message="名称が違います。",
            as_of=self.today,
            opened_at=self.now,
        )
        suspension = Suspension(
            id=new_id("sus"),
            subject_kind="software",
            subject_id=entry.id,
            subject_name="架空の製品",
            owner_id=entry.owner_id,
            status="noticed",
            urgent=False,
            reason="確認のため",
            begun_at=self.now,
            planned_on=self.today + timedelta(days=20),
            statement_due=self.today + timedelta(days=10),
        )
        nights = len(session.exec(select(ExpiryHold)).all())
        hold = ExpiryHold(
            id=new_id("hold"),
            day=self.today + timedelta(days=900 + nights),
            going=20,
            total=30,
            asked_at=self.now,
        )
        words = [self._search_word(session, status) for status in ("active", "retired")]
        session.add_all([case, sample, phrase, absence, task, suspension, hold])
        session.flush()
        return {
            "sample_id": sample.id,
            "phrase_id": phrase.id,
            "word_id": words[0],
            "retired_word_id": words[1],
            "absence_id": absence.id,
            "task_id": task.id,
            "suspension_id": suspension.id,
            "hold_id": hold.id,
            "colleague": self.colleague.person_id,
        }

    def _search_word(self, session: Session, status: str) -> str:
        """A word that stands for another, as if a reviewer had made it."""
        id_ = new_id("swd")
        written = f"言葉{id_.lower()}"
        word = KeptWord(
            id=id_,
            kind="means",
            written=written,
            key=written,
            meant=["別の言葉"],
            status=status,
            created_at=self.now,
            updated_at=self.now,
        )
        session.add(word)
        session.flush()
        return id_
