"""Listings that strangers must not read, each with a mark of its own in every answer that takes text.

First all that was ever published is visible and in the index; `hide` then takes it away in every way there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from app.conformance.models import ConformanceClaim
from app.identity.models import WebSession
from app.kit.ids import new_id
from app.listings.feed_numbers import Numberer
from app.listings.models import Entry, Revision, SellerAuthorisation
from app.organisations.models import MasterAgreement, Organisation
from app.outbox.publish import publish, publish_after
from app.worker import Worker
from catalogue_schema import Schema
from catalogue_schema.model import Question
from tests.access.stage import Stage

SECRET_NUMBER = 7_654_321
"""In every number that takes it: a price facet's bounds would give it away."""
_LETTERS = "bdfghjkmnp"


@dataclass
class Hidden:
    """One listing that strangers must not read."""

    why: str
    mark: str
    entry_id: str
    kind: str
    was_public: bool
    """410 afterwards, else 404; `live` stays 200 and only its other revisions are secret."""
    stays: bool = False
    owner_id: str = ""
    numbers: tuple[int, ...] = (1,)


def marked(schema: Schema, subject: str, mark: str) -> dict[str, Any]:
    """The example's answers with the mark in every text and SECRET_NUMBER in every number that takes it."""
    answers = schema.example(subject)
    for declared in schema.fields(subject):
        if declared.kind == "rows":
            answers[declared.name] = [
                {
                    column.name: _marked(column, row.get(column.name), mark)
                    for column in declared.columns
                    if column.name in row
                }
                for row in answers[declared.name]
            ]
        else:
            answers[declared.name] = _marked(declared, answers[declared.name], mark)
    return schema.normalise(subject, answers)


def _marked(question: Question, value: Any, mark: str) -> Any:
    match question.kind:
        case "text" | "long_text" | "latin":
            return mark
        case "url":
            return f"https://example.jp/{mark}"
        case "email":
            return f"{mark}@example.jp"
        case "integer" | "money":
            highest = question.maximum
            return SECRET_NUMBER if highest >= SECRET_NUMBER else value
        case "decimal":
            highest = question.maximum
            return str(SECRET_NUMBER) if highest >= SECRET_NUMBER else value
        case _:
            return value


@dataclass
class Hiding:
    """The scene. `hidden` lists what must not be read; `visible_id` is what may."""

    stage: Stage
    hidden: list[Hidden] = field(default_factory=list)
    later: list[Callable[[Session], None]] = field(default_factory=list)
    visible_id: str = ""
    visible_offer_id: str = ""
    space_id: str = ""
    before: dict[str, str] = field(default_factory=dict)
    """Cursors of the change feed from when it was empty: who asks with them gets every tombstone."""
    _count: int = 0

    @property
    def schema(self) -> Schema:
        """The application's schema."""
        return self.stage.schema

    def build(self) -> None:
        """Publish what was ever public, draft the rest."""
        stage, world = self.stage, self.stage.world
        developer = world.vendor("開発元株式会社")
        seller = world.vendor("売り場株式会社")
        with stage.running.database.write() as session:
            self._visible(session, developer)
            for status in ("draft", "submitted", "in_review", "returned", "rejected"):
                self._unpublished(session, developer, "software", status)
                self._unpublished(session, developer, "offer", status)
            self._ended(session, developer)
            self._revisions(session, developer)
            self._selling(session, developer, seller)
            self._space(session)
        for why, change in self._agreements():
            vendor = world.vendor(f"{why}の株式会社")
            with stage.running.database.write() as session:
                entry = self._published(session, vendor, f"agreement {why}", None)
                self._published(session, vendor, f"offer, agreement {why}", entry.id)
            self.later.append(self._with_agreement(vendor.id, change))
        answer = stage.running.visitor.get("/api/v1/software?changed_since=").json()
        offers = stage.running.visitor.get("/api/v1/offers?changed_since=").json()
        self.before = {"software": answer["next"], "offers": offers["next"]}
        self._feed()

    def _feed(self) -> None:
        """What the services and the worker would write into the change feed."""
        running = self.stage.running
        with running.database.write() as session:
            every = session.exec(select(col(Entry.id)).where(col(Entry.kind) == "software")).all()
            for software_id in every:
                publish(session, "catalogue.sync", software_id, at=running.clock.now())
        assert Numberer(running.database).number(running.clock.now()) == len(every)

    def _mark(self) -> str:
        self._count += 1
        # One word of letters only, and no two alike but for a slip of the pen.
        return "zqx" + "".join(
            letter * 3 for letter in (_LETTERS[self._count // 10], _LETTERS[self._count % 10])
        )

    def _add(self, session: Session, entry: Entry, mark: str, why: str, **more: Any) -> None:
        hidden = Hidden(
            why, mark, entry.id, entry.kind, more.pop("was_public"), owner_id=entry.owner_id, **more
        )
        self.hidden.append(hidden)
        # What a former revision said of a specification still holds where no later one said otherwise.
        if hidden.kind == "software" and why != "former revision":
            session.add(
                ConformanceClaim(
                    id=new_id("cfm"),
                    entry_id=entry.id,
                    version_id=self.stage.own.ids["specification_version"],
                    revision_number=hidden.numbers[0],
                    states="y",
                    details={"0": {"note": mark}},
                    updated_at=self.stage.now,
                    updated_by="stage",
                )
            )

    def _visible(self, session: Session, vendor: Organisation) -> None:
        entry, _ = self.stage.entry_of(
            session,
            vendor.id,
            "software",
            "published",
            "approved",
            answers={"name": "見える製品", "summary": "zqxvisible"},
        )
        offer, _ = self.stage.entry_of(
            session, vendor.id, "offer", "published", "approved", software_id=entry.id,
            answers={"name": "見える価格", "summary": "zqxvisibleoffer"},
        )  # fmt: skip
        self.visible_id, self.visible_offer_id = entry.id, offer.id

    def _unpublished(self, session: Session, vendor: Organisation, kind: str, status: str) -> None:
        mark = self._mark()
        entry, revision = self.stage.entry_of(
            session,
            vendor.id,
            kind,
            "unpublished",
            status,
            software_id=self.visible_id if kind == "offer" else None,
            answers=marked(self.schema, kind, mark),
        )
        if status in ("submitted", "in_review"):
            claimed = self.stage.agency["reviewer"].person_id if status == "in_review" else None
            self.stage.case_of(session, entry, revision, claimed)
        self._add(session, entry, mark, f"{kind} {status}", was_public=False)

    def _published(self, session: Session, vendor: Organisation, why: str, software_id: str | None) -> Entry:
        kind, mark = ("offer" if software_id else "software"), self._mark()
        entry, _ = self.stage.entry_of(
            session,
            vendor.id,
            kind,
            "published",
            "approved",
            software_id=software_id,
            answers=marked(self.schema, kind, mark),
        )
        self._add(session, entry, mark, why, was_public=True)
        return entry

    def _ended(self, session: Session, vendor: Organisation) -> None:
        today = self.stage.today
        ends: dict[str, dict[str, Any]] = {
            "withdrawn": {"status": "withdrawn", "ended_on": today},
            "suspended": {"status": "suspended", "ended_on": today, "end_reason": "理由zqxreason"},
            "retired": {"status": "retired", "last_day": today},  # today it is still there, tomorrow not
        }
        for why, change in ends.items():
            software = self._published(session, vendor, f"software {why}", None)
            self._published(session, vendor, f"offer on software {why}", software.id)
            offer = self._published(session, vendor, f"offer {why}", self.visible_id)
            for entry in (software, offer):
                self.later.append(self._with_entry(entry.id, change))

    def _revisions(self, session: Session, vendor: Organisation) -> None:
        """A live listing whose next draft, whose rejected and whose former revisions are nobody's business."""
        for why, status in (("next draft", "draft"), ("rejected successor", "rejected")):
            entry, _ = self.stage.entry_of(
                session, vendor.id, "software", "published", "approved", answers={"name": f"公開中 {why}"}
            )
            mark = self._mark()
            entry.last_number = 2
            self.stage.revision_of(session, entry, 2, status, marked(self.schema, "software", mark))
            session.add(entry)
            self._add(session, entry, mark, why, was_public=True, stays=True, numbers=(2,))
        mark = self._mark()
        entry, first = self.stage.entry_of(
            session,
            vendor.id,
            "software",
            "published",
            "approved",
            answers=marked(self.schema, "software", mark),
        )
        self._add(session, entry, mark, "former revision", was_public=True, stays=True, numbers=(1,))
        self.later.append(self._with_successor(entry.id, first.id))

    def _selling(self, session: Session, developer: Organisation, seller: Organisation) -> None:
        software, _ = self.stage.entry_of(
            session, developer.id, "software", "published", "approved", answers={"name": "売られる製品"}
        )
        grant = SellerAuthorisation(
            id=new_id("sel"),
            software_id=software.id,
            seller_id=seller.id,
            status="accepted",
            created_at=self.stage.now,
            accepted_at=self.stage.now,
        )
        session.add(grant)
        self._published(session, seller, "offer whose authorisation ended", software.id)

        def end(later: Session) -> None:
            row = later.get(SellerAuthorisation, grant.id)
            assert row is not None
            row.status, row.ended_at = "ended", self.stage.now
            row.ends_on = self.stage.today  # today still sold, tomorrow not
            later.add(row)
            publish(later, "catalogue.sync", software.id, at=self.stage.now)
            publish_after(later, "catalogue.sync", software.id, self.stage.today, at=self.stage.now)

        self.later.append(end)

    def _space(self, session: Session) -> None:
        """The draft of an エントリー in a space of its own, whose very name is nobody's business."""
        mark = self._mark()
        space = session.get(Organisation, self.stage.own.ids["space_id"])
        assert space is not None
        space.name = f"下書きの場所{mark}"
        session.add(space)
        entry, _ = self.stage.entry_of(
            session,
            space.id,
            "software",
            "unpublished",
            "draft",
            answers=marked(self.schema, "software", mark),
        )
        self.space_id = space.id
        self._add(session, entry, mark, "draft in a space", was_public=False)

    def _agreements(self) -> list[tuple[str, dict[str, Any]]]:
        today = self.stage.today
        return [
            ("suspended", {"status": "suspended"}),
            ("terminated", {"status": "terminated", "ended_at": self.stage.now}),
            ("over", {"ends_on": today}),  # nobody does anything: the day passes
        ]

    def _with_agreement(self, vendor_id: str, change: dict[str, Any]) -> Callable[[Session], None]:
        def apply(session: Session) -> None:
            row = session.exec(
                select(MasterAgreement).where(col(MasterAgreement.organisation_id) == vendor_id)
            ).one()
            row.sqlmodel_update(change)
            session.add(row)
            self._publish(session, "catalogue.sync-vendor", vendor_id, change.get("ends_on"))

        return apply

    def _publish(self, session: Session, topic: str, key: str, last_day: date | None) -> None:
        """What the services publish in the same transaction."""
        publish(session, topic, key, at=self.stage.now)
        if last_day is not None:
            publish_after(session, topic, key, last_day, at=self.stage.now)

    def _with_entry(self, entry_id: str, change: dict[str, Any]) -> Callable[[Session], None]:
        def apply(session: Session) -> None:
            row = session.get(Entry, entry_id)
            assert row is not None
            row.sqlmodel_update(change)
            session.add(row)
            self._publish(session, "catalogue.sync", row.software_id or row.id, change.get("last_day"))

        return apply

    def _with_successor(self, entry_id: str, former_id: str) -> Callable[[Session], None]:
        def apply(session: Session) -> None:
            row, former = session.get(Entry, entry_id), session.get(Revision, former_id)
            assert row is not None
            assert former is not None
            row.last_number = 2
            content = self.schema.normalise("software", self.schema.example("software"))
            successor = self.stage.revision_of(session, row, 2, "approved", content)
            successor.published_at = self.stage.now
            former.replaced_at = self.stage.now
            row.published_revision_id = successor.id
            session.add_all([row, successor, former])
            self._publish(session, "catalogue.sync", row.id, None)

        return apply

    def hide(self, *, tell: bool) -> None:
        """Take away what is to be hidden, and let the day pass. `tell`: the worker runs afterwards.

        Sessions are kept alive over the day, so that who is logged in still is.
        """
        running = self.stage.running
        with running.database.write() as session:
            for change in self.later:
                change(session)
        running.clock.move(days=1)
        with running.database.write() as session:
            for row in session.exec(select(WebSession)).all():
                row.last_seen_at = row.auth_time = running.clock.now()
                row.expires_at = running.clock.now() + timedelta(hours=12)
                session.add(row)
        if tell:
            self.work()

    def work(self, *, sweep: bool = False) -> int:
        """Let the worker do what is due; how many rows it did."""
        running = self.stage.running
        worker = Worker(running.settings, clock=running.clock, database=running.database)
        try:
            if sweep:
                worker.schedule_sweep()
            return worker.drain()
        finally:
            worker.close()
