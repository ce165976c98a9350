"""`/software/{id}/history` and `/offers/{id}/history`: what changed between the published revisions."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from app.access.dependencies import ClockDep
from app.catalogue.history import history
from app.kit.database import SessionDep
from app.listings.dependencies import SchemaDep
from app.listings.reading import published_entry

router = APIRouter(tags=["カタログ"])


class ChangeOut(BaseModel):
    """One answer that changed, in words; empty before: new, empty after: taken away."""

    field: str
    label: str
    before: str
    after: str


class StepOut(BaseModel):
    """One published revision; `before` is the number of the published one that it followed."""

    number: int
    published_at: datetime | None
    before: int | None
    changes: list[ChangeOut]


class HistoryOut(BaseModel):
    """All published revisions, newest first."""

    items: list[StepOut]
    next: None = None


def _answer(kind: str, entry_id: str, session: SessionDep, clock: ClockDep, schema: SchemaDep) -> HistoryOut:
    seen = published_entry(session, kind, entry_id, clock.today())
    return HistoryOut(
        items=[
            StepOut(
                number=step.number,
                published_at=step.published_at,
                before=step.before,
                changes=[
                    ChangeOut(
                        field=change.field.name,
                        label=change.field.label_ja,
                        before=change.before_text,
                        after=change.after_text,
                    )
                    for change in step.changes
                ],
            )
            for step in history(session, schema, seen)
        ]
    )


@router.get("/software/{software_id}/history")
def software_history(software_id: str, session: SessionDep, clock: ClockDep, schema: SchemaDep) -> HistoryOut:
    """ソフトウェアの公開された版の間で、何が変わったか"""
    return _answer("software", software_id, session, clock, schema)


@router.get("/offers/{offer_id}/history")
def offer_history(offer_id: str, session: SessionDep, clock: ClockDep, schema: SchemaDep) -> HistoryOut:
    """サービスの公開された版の間で、何が変わったか"""
    return _answer("offer", offer_id, session, clock, schema)
