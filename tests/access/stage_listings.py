"""What the stage's listings are made of: entries, their revisions, review cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.kit.ids import new_id
from app.listings.content import content_hash
from app.listings.models import Entry, Revision
from app.review.models import Finding, ReviewCase, ReviewNote
from catalogue_schema import Schema


class ListingsStage:
    """Factories of one thing each, written straight into the tables."""

    schema: Schema
    now: datetime

    def entry_of(
        self,
        session: Session,
        owner_id: str,
        kind: str,
        status: str,
        revision_status: str,
        *,
        software_id: str | None = None,
        answers: dict[str, Any] | None = None,
        live: bool | None = None,
        **fields: Any,
    ) -> tuple[Entry, Revision]:
        """An entry with one revision. `live` (default: any status but unpublished) makes that revision the live one."""
        content = self.schema.normalise(kind, {**self.schema.example(kind), **(answers or {})})
        entry = Entry(
            id=new_id("sw" if kind == "software" else "of"),
            kind=kind,
            owner_id=owner_id,
            software_id=software_id,
            software_kind="software" if software_id else None,
            status=status,
            created_at=self.now,
            created_by="stage",
            last_number=1,
            **fields,
        )
        session.add(entry)
        session.flush()
        published = status != "unpublished" if live is None else live
        revision = self.revision_of(session, entry, 1, revision_status, content)
        if published:
            revision.published_at = entry.published_at = self.now
            entry.published_revision_id = revision.id
        session.add_all([entry, revision])
        session.flush()
        return entry, revision

    def revision_of(
        self, session: Session, entry: Entry, number: int, status: str, answers: dict[str, Any]
    ) -> Revision:
        """A revision of an entry."""
        revision = Revision(
            id=new_id("rev"),
            entry_id=entry.id,
            number=number,
            status=status,
            answers=answers,
            schema_version=self.schema.version,
            content_hash=content_hash(answers, self.schema.version),
            created_at=self.now,
            created_by="stage",
            updated_at=self.now,
            submitted_at=None if status == "draft" else self.now,
            submitted_by=None if status == "draft" else "stage",
        )
        session.add(revision)
        session.flush()
        return revision

    def case_of(
        self, session: Session, entry: Entry, revision: Revision, claimed_by: str | None
    ) -> ReviewCase:
        """An open review case, with a finding and a note."""
        case = ReviewCase(
            id=new_id("rc"),
            entry_id=entry.id,
            revision_id=revision.id,
            content_hash=revision.content_hash,
            owner_id=entry.owner_id,
            submitted_by="stage",
            status="claimed" if claimed_by else "queued",
            opened_at=self.now,
            claimed_by=claimed_by,
            claimed_at=self.now if claimed_by else None,
        )
        session.add(case)
        session.flush()
        finding = Finding(
            id=new_id("fi"),
            case_id=case.id,
            field="name",
            reason_code="unclear",
            text="名称を確かめてください。",
            created_at=self.now,
            created_by=claimed_by or "stage",
        )
        note = ReviewNote(
            id=new_id("no"), case_id=case.id, text="内部のメモ", created_at=self.now, created_by="stage"
        )
        session.add_all([finding, note])
        session.flush()
        return case
