"""A shelf of published listings, written straight into the tables: how they get there has tests of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session

from app.catalogue import projection
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.ids import new_id
from app.listings.content import content_hash
from app.listings.models import Entry, Revision, SellerAuthorisation
from app.organisations.models import Organisation
from app.outbox.publish import publish
from app.settings import Settings
from catalogue_schema import Schema
from search.embedded import open_writer
from search.engine import IndexWriter


@dataclass
class Shelf:
    """Publishes listings and keeps the index as the worker would."""

    app: FastAPI
    database: Database
    clock: MovableClock
    writer: IndexWriter

    @property
    def schema(self) -> Schema:
        """The application's schema."""
        schema: Schema = self.app.state.schema
        return schema

    def software(self, owner: Organisation, name: str = "", **answers: Any) -> str:
        """A published, visible software with the schema's example answers, changed by `answers` (None removes)."""
        changed = {"name": name, **answers} if name else answers
        return self._entry("software", owner, changed)

    def offer(self, owner: Organisation, software_id: str, name: str = "", **answers: Any) -> str:
        """A published offer of that seller."""
        changed = {"name": name, **answers} if name else answers
        return self._entry("offer", owner, changed, software_id)

    def seller(self, software_id: str, seller: Organisation, **fields: Any) -> None:
        """An accepted authorisation."""
        with self.database.write() as session:
            session.add(
                SellerAuthorisation(
                    id=new_id("sel"),
                    software_id=software_id,
                    seller_id=seller.id,
                    status="accepted",
                    created_at=self.clock.now(),
                    accepted_at=self.clock.now(),
                    **fields,
                )
            )

    def _entry(
        self, kind: str, owner: Organisation, changed: Mapping[str, Any], software_id: str | None = None
    ) -> str:
        answers = {**self.schema.example(kind), **changed}
        answers = self.schema.normalise(
            kind, {name: value for name, value in answers.items() if value is not None}
        )
        now = self.clock.now()
        entry = Entry(
            id=new_id("sw" if kind == "software" else "of"),
            kind=kind,
            owner_id=owner.id,
            software_id=software_id,
            software_kind="software" if software_id else None,
            status="published",
            published_at=now,
            created_at=now,
            created_by="test",
            last_number=1,
        )
        with self.database.write() as session:
            session.add(entry)
            session.flush()
            entry.published_revision_id = self._revision(session, entry, answers).id
        return entry.id

    def _revision(self, session: Session, entry: Entry, answers: dict[str, Any]) -> Revision:
        now = self.clock.now()
        revision = Revision(
            id=new_id("rev"),
            entry_id=entry.id,
            number=entry.last_number,
            status="approved",
            answers=answers,
            schema_version=self.schema.version,
            content_hash=content_hash(answers, self.schema.version),
            created_at=now,
            created_by="test",
            updated_at=now,
            published_at=now,
        )
        session.add(revision)
        session.flush()
        return revision

    def revise(self, entry_id: str, **changed: Any) -> None:
        """A further published revision, without telling the index."""
        with self.database.write() as session:
            entry = session.get(Entry, entry_id)
            assert entry is not None
            before = session.get(Revision, entry.published_revision_id)
            assert before is not None
            entry.last_number += 1
            session.add(entry)
            entry.published_revision_id = self._revision(session, entry, {**before.answers, **changed}).id

    def end(self, entry_id: str, status: str = "withdrawn", *, tell: bool = True, **fields: Any) -> None:
        """Take an entry out of the catalogue, with the outbox row that the service would write (`tell`)."""
        with self.database.write() as session:
            entry = session.get(Entry, entry_id)
            assert entry is not None
            entry.status = status
            for name, value in fields.items():
                setattr(entry, name, value)
            session.add(entry)
            if tell:
                publish(session, "catalogue.sync", entry.software_id or entry.id, at=self.clock.now())

    def sync(self, software_id: str) -> None:
        """What the worker does for one software."""
        projection.sync(self.database, self.writer, self.schema, self.clock, software_id)

    def rebuild(self) -> None:
        """The whole index anew."""
        projection.rebuild_all(self.database, self.writer, self.schema, self.clock)

    def close(self) -> None:
        """Give the writer back."""
        self.writer.close()


def open_shelf(app: FastAPI, settings: Settings, database: Database, clock: MovableClock) -> Shelf:
    """A shelf with the index writer open; close it."""
    writer = open_writer(settings.search_directory, projection.index_settings(app.state.schema))
    return Shelf(app, database, clock, writer)


def registration(scheme: str, until: date) -> dict[str, str]:
    """A security registration that ends on that day."""
    return {
        "scheme": scheme,
        "number": "JP-TEST-1",
        "scope": "試験",
        "valid_from": "2024-04-01",
        "valid_until": until.isoformat(),
    }
