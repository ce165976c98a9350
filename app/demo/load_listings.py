"""Second part of the sample data: listings on their way through drafting, review, publication and ending."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.demo.actors import actor_at
from app.demo.compact import day
from app.demo.directory import Directory
from app.demo.review_desk import ReviewDesk
from app.demo.sample import EVER_PUBLISHED, Finding, OfferSample, Sample, SoftwareSample, State
from app.demo.timeline import Timeline
from app.listings import drafts, lifetime, sellers
from app.review import suspension_answers, suspensions
from app.review.rules import ReviewRules
from app.review.suspension_words import NOTES
from catalogue_schema import Schema

FIRST_DAY = -62
"""The first software is registered so many days before the loading day; three follow each day."""
PER_DAY = 3
ENDINGS = {"retired": -27, "retiring": -26, "withdrawn": -25, "suspended": -24}
"""On which day what leaves the catalogue leaves it."""
OPEN_STEPS: dict[str, dict[str, int]] = {
    "draft": {"register": -8},
    "submitted": {"register": -9, "submit": -4},
    "claimed": {"register": -9, "submit": -5, "claim": -2},
    "returned": {"register": -15, "submit": -13, "claim": -11, "return": -10},
}
"""The days of the steps of what is not (or not yet again) published."""


class ListingLoader:
    """Adds every listing's life to the timeline."""

    def __init__(
        self,
        session: Session,
        schema: Schema,
        timeline: Timeline,
        sample: Sample,
        directory: Directory,
        rules: ReviewRules,
    ) -> None:
        self._session = session
        self._schema = schema
        self._timeline = timeline
        self._sample = sample
        self._directory = directory
        self._desk = ReviewDesk(session, schema, timeline.clock, directory, rules)
        self.software_ids: dict[str, str] = {}
        self._objected = False

    def plan(self) -> None:
        """Plan everything; the timeline's run does it."""
        position = 0
        for software in self._sample.software:
            if software.state in EVER_PUBLISHED:
                moment = self._timeline.moment(FIRST_DAY + position // PER_DAY, 9 + 2 * (position % PER_DAY))
                self._plan_published(software, moment)
                position += 1
            else:
                self._plan_open("software", software.vendor, software, None)

    def _actor(self, vendor: str) -> Actor:
        organisation = self._directory.organisation(vendor)
        return actor_at(self._session, self._timeline.clock, "gbizid", f"prime-{vendor}", organisation.id)

    def _register(self, software: SoftwareSample) -> str:
        entry = drafts.register_software(
            self._session,
            self._actor(software.vendor),
            self._timeline.clock,
            self._schema,
            software.answers,
        )
        self.software_ids[software.key] = entry.id
        return entry.id

    def _plan_published(self, software: SoftwareSample, moment: datetime) -> None:
        decided = moment + timedelta(days=1, hours=1)

        def submit() -> None:
            entry_id = self._register(software)
            self._desk.submit(self._actor(software.vendor), "software", entry_id)

        def approve() -> None:
            self._desk.approve(self.software_ids[software.key])

        self._timeline.at(moment, submit)
        self._timeline.at(decided, approve)
        self._plan_sellers(software, decided + timedelta(minutes=20))
        for offer in software.offers:
            if offer.state in EVER_PUBLISHED:
                self._plan_published_offer(software, offer, decided + timedelta(hours=2))
            else:
                self._plan_open("offer", offer.seller, offer, software)
        if software.state in ENDINGS:
            self._timeline.at(
                self._timeline.moment(ENDINGS[software.state], 15),
                lambda: self._end("software", software.vendor, self.software_ids[software.key], software),
            )
        if software.update_state is not None:
            self._plan_update(software, software.update_state)

    def _plan_sellers(self, software: SoftwareSample, moment: datetime) -> None:
        chosen = sorted({offer.seller for offer in software.offers} - {software.vendor})
        for seller in (*chosen, *software.sellers_waiting):
            accepts = seller in chosen

            def authorise(seller: str = seller, accepts: bool = accepts) -> None:
                entry_id, firm = self.software_ids[software.key], self._directory.organisation(seller)
                clock = self._timeline.clock
                sellers.authorise_seller(
                    self._session, self._actor(software.vendor), clock, entry_id, firm.id
                )
                if accepts:
                    sellers.accept(self._session, self._actor(seller), clock, entry_id, firm.id)

            self._timeline.at(moment, authorise)

    def _plan_published_offer(self, software: SoftwareSample, offer: OfferSample, moment: datetime) -> None:
        ids: list[str] = []

        def submit() -> None:
            ids.append(self._register_offer(software, offer))
            self._desk.submit(self._actor(offer.seller), "offer", ids[0])

        self._timeline.at(moment, submit)
        self._timeline.at(moment + timedelta(days=1), lambda: self._desk.approve(ids[0]))
        if offer.state in ENDINGS:
            self._timeline.at(
                self._timeline.moment(ENDINGS[offer.state], 16),
                lambda: self._end("offer", offer.seller, ids[0], offer),
            )

    def _register_offer(self, software: SoftwareSample, offer: OfferSample) -> str:
        entry = drafts.register_offer(
            self._session,
            self._actor(offer.seller),
            self._timeline.clock,
            self._schema,
            self.software_ids[software.key],
            offer.answers,
        )
        return entry.id

    def _plan_open(
        self,
        kind: str,
        owner: str,
        listing: SoftwareSample | OfferSample,
        software: SoftwareSample | None,
    ) -> None:
        ids: list[str] = []

        def register() -> None:
            if isinstance(listing, SoftwareSample):
                ids.append(self._register(listing))
                for offer in listing.offers:
                    self._register_offer(listing, offer)
            else:
                assert software is not None
                ids.append(self._register_offer(software, listing))

        days = OPEN_STEPS[listing.state]
        self._timeline.at(self._timeline.moment(days["register"], 10), register)
        self._plan_review(kind, owner, ids, days, listing.findings)

    def _plan_update(self, software: SoftwareSample, state: State) -> None:
        ids: list[str] = []

        def edit() -> None:
            ids.append(self.software_ids[software.key])
            drafts.edit(
                self._session,
                self._actor(software.vendor),
                self._timeline.clock,
                self._schema,
                "software",
                ids[0],
                software.update,
                "*",
            )

        days = OPEN_STEPS[state]
        self._timeline.at(self._timeline.moment(days["register"], 11), edit)
        self._plan_review("software", software.vendor, ids, days, software.update_findings)

    def _plan_review(
        self, kind: str, owner: str, ids: list[str], days: dict[str, int], findings: tuple[Finding, ...]
    ) -> None:
        acts: dict[str, Any] = {
            "submit": lambda: self._desk.submit(self._actor(owner), kind, ids[0]),
            "claim": lambda: self._desk.claim(ids[0]),
            "return": lambda: self._desk.send_back(ids[0], findings),
        }
        for name, act in acts.items():
            if name in days:
                self._timeline.at(self._timeline.moment(days[name], 14), act)

    def _end(self, kind: str, owner: str, entry_id: str, listing: SoftwareSample | OfferSample) -> None:
        session, clock = self._session, self._timeline.clock
        if listing.state == "withdrawn":
            lifetime.withdraw(session, self._actor(owner), clock, kind, entry_id, listing.end_reason)
        elif listing.state == "suspended":
            agency = self._directory.organisation("agency").id
            admin = actor_at(session, clock, "agency", "kanri", agency)
            case = suspensions.suspend_urgently(
                session,
                admin,
                clock,
                kind,
                entry_id,
                ground="false_facts",
                reason=listing.end_reason,
                note=listing.public_note or NOTES[0],
            )
            if not self._objected and kind == "software":
                self._objected = True
                self._plan_objection(owner, case.id)
        else:
            assert isinstance(listing, SoftwareSample)
            last_day = day(listing.last_day, self._timeline.today)
            lifetime.retire(session, self._actor(owner), clock, kind, entry_id, last_day)

    def _plan_objection(self, owner: str, case_id: str) -> None:
        """The vendor states its case and objects; nobody has answered yet."""

        def state() -> None:
            text = "掲載の記載は社内の記録にもとづいています。記録の写しを用意しています。"
            suspension_answers.state(self._session, self._actor(owner), self._timeline.clock, case_id, text)

        def object_to() -> None:
            text = "記録の写しを提出しました。記載は事実のとおりであり、停止を解くよう求めます。"
            suspension_answers.object_to(
                self._session, self._actor(owner), self._timeline.clock, case_id, text
            )

        self._timeline.at(self._timeline.moment(-15, 10), state)
        self._timeline.at(self._timeline.moment(-3, 15), object_to)

    def announce_suspension(self) -> None:
        """The Agency announces that it means to suspend the first software that is public."""
        key = next(software.key for software in self._sample.software if software.state == "published")
        today = self._timeline.today
        suspensions.announce(
            self._session,
            actor_at(
                self._session,
                self._timeline.clock,
                "agency",
                "kanri",
                self._directory.organisation("agency").id,
            ),
            self._timeline.clock,
            "software",
            self.software_ids[key],
            reason="登録された認証の証書を、発行した機関で確認できないため。",
            statement_due=(today + timedelta(days=12)).isoformat(),
            planned_on=(today + timedelta(days=20)).isoformat(),
        )
