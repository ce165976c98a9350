"""Whatever happens in whatever order: who follows the feed to its end has exactly the visible catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import col, select

from app.access.actor import ANONYMOUS
from app.access.permissions import Role
from app.kit.errors import Problem
from app.kit.pagination import Paging
from app.listings import housekeeping as listings_housekeeping
from app.listings import mass_expiry, service
from app.listings.schemas import changes_out, entry_out
from app.organisations import agreements, renewals
from app.organisations import housekeeping as organisations_housekeeping
from app.organisations.expiry_models import ExpiryHold
from app.organisations.models import MasterAgreement
from app.outbox.publish import publish, publish_after
from app.review import suspension_answers, suspensions
from app.review.suspension_models import Suspension
from app.settings import ExpirySettings
from tests.listings.follower import KINDS, Follower, catalogue
from tests.listings.market import SCHEMA, Market
from tests.support.application import START, Running, application
from tests.support.databases import Databases, Snapshot
from tests.world import Login

GRACE = ExpirySettings(grace_days=2, ask_at_least=1, ask_percent=10)
_which = st.integers(0, 9)
_days = st.integers(0, 3)


class Following(RuleBasedStateMachine):
    """Two software with offers by the developer and a seller. Verbs go straight to the services; refusals are fine."""

    running: Running
    market: Market
    second_login: Login
    """Four eyes: decides on what the first administrator announced."""
    software: tuple[str, ...]
    offers: tuple[str, ...]
    beginning: Snapshot
    ends: ClassVar[set[str]]
    refused: ClassVar[int]
    done: ClassVar[int]
    acts: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        # Every walk starts from the same beginning: opening a market takes longer than walking through it.
        self.beginning.restore(self.running.database.engine)
        self.running.clock.set(START)
        self.world = self.running.world
        self.followers = [Follower(self.world, limit=limit, ask=self.ask) for limit in (100, 1)]
        self.vendor = self.world.actor(self.market.editor_login)
        self.seller = self.world.actor(self.market.rival_login)
        self.agency = self.world.actor(self.market.agency_login)
        self.second = self.world.actor(self.second_login)

    @classmethod
    def open_the_market(cls, running: Running) -> None:
        """Something to follow, kept as the beginning of every walk."""
        cls.running, cls.market = running, Market(running.world)
        market, world = cls.market, running.world
        cls.second_login = world.login(world.agency(), "agency_admin")
        cls.software = (market.published(), market.published())
        own = market.published_offer(cls.software[0])
        with world.database.write() as session:
            service.authorise_seller(
                session, world.actor(market.editor_login), world.clock, cls.software[0], market.rival.id
            )
            service.accept_seller(
                session, world.actor(market.rival_login), world.clock, cls.software[0], market.rival.id
            )
        sold = market.offer_draft(cls.software[0], market.seller)["id"]
        market.approve(f"/offers/{sold}", market.seller)
        cls.offers = (own, sold)
        cls.beginning = Snapshot(running.database.engine)

    def ask(self, kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """What the API answers, without going by HTTP: a walk asks some thousand times."""
        clock, noun = self.world.clock, "offer" if kind == "offers" else kind
        with self.world.read() as session:
            if "changed_since" in parameters:
                found = service.changes(
                    session, clock, noun, parameters["changed_since"], parameters["limit"]
                )
                return changes_out(found, SCHEMA).model_dump(mode="json")
            paging = Paging(parameters.get("cursor"), parameters["limit"])
            views, following = service.published_page(session, noun, clock.today(), paging)
        items = [entry_out(view, SCHEMA, ANONYMOUS).model_dump(mode="json") for view in views]
        return {"items": items, "next": following}

    def attempt(self, verb: Any, actor: Any, *given: Any, **named: Any) -> None:
        """One verb in one transaction, done or refused."""
        try:
            with self.world.database.write() as session:
                verb(session, actor, self.world.clock, *given, **named)
        except Problem:
            Following.refused += 1
        else:
            Following.done += 1
            Following.acts.add(verb.__name__)

    def entry(self, number: int) -> tuple[str, str, Any]:
        """One of the entries, its kind and its owner."""
        every = [("software", one) for one in self.software] + [("offer", one) for one in self.offers]
        kind, entry_id = every[number % len(every)]
        sold = kind == "offer" and entry_id == self.offers[1]
        return kind, entry_id, self.seller if sold else self.vendor

    @rule(number=_which)
    def withdraw(self, number: int) -> None:
        """By its owner."""
        kind, entry_id, owner = self.entry(number)
        self.attempt(service.withdraw, owner, kind, entry_id)

    @rule(number=_which)
    def suspend(self, number: int) -> None:
        """By the Agency."""
        kind, entry_id, _ = self.entry(number)
        self.attempt(service.suspend, self.agency, kind, entry_id, "理由", "お知らせ")

    @rule(number=_which, agency=st.booleans())
    def resume(self, number: int, agency: bool) -> None:
        """By either."""
        kind, entry_id, owner = self.entry(number)
        self.attempt(service.resume, self.agency if agency else owner, kind, entry_id)

    @rule(number=_which, days=_days)
    def retire(self, number: int, days: int) -> None:
        """With a last day."""
        kind, entry_id, owner = self.entry(number)
        self.attempt(service.retire, owner, kind, entry_id, self.world.clock.today() + timedelta(days=days))

    @rule(days=_days)
    def end_the_seller(self, days: int) -> None:
        """With a last day."""
        last = self.world.clock.today() + timedelta(days=days)
        self.attempt(service.end_seller, self.vendor, self.software[0], self.market.rival.id, last)

    @rule()
    def take_the_seller_back(self) -> None:
        """Named and accepted anew."""
        self.attempt(service.authorise_seller, self.vendor, self.software[0], self.market.rival.id)
        self.attempt(service.accept_seller, self.seller, self.software[0], self.market.rival.id)

    @rule(sellers=st.booleans(), verb=st.sampled_from(["suspend", "resume", "terminate"]))
    def decide_an_agreement(self, sellers: bool, verb: str) -> None:
        """Of the developer or the seller."""
        decide = getattr(agreements, f"{verb}_agreement")
        self.attempt(decide, self.agency, self._agreement(sellers).id, reason="理由")

    @rule(number=_which, upholds=st.booleans())
    def suspend_by_procedure(self, number: int, upholds: bool) -> None:
        """Notice, statement, decision by other eyes, objection, answer; whoever follows agrees after each step."""
        kind, entry_id, owner = self.entry(number)
        owner = replace(owner, roles=owner.roles | {Role.VENDOR_ADMIN})
        today = self.world.clock.today()
        due, planned = today + timedelta(days=7), today + timedelta(days=8)
        days = {"planned_on": planned.isoformat(), "statement_due": due.isoformat()}
        self.attempt(suspensions.announce, self.agency, kind, entry_id, reason="理由", **days)
        row = self._open_procedure(entry_id)
        if row is None:
            return
        self.every_copy_is_the_catalogue()
        self.attempt(suspension_answers.state, owner, row.id, "弁明")
        self.time_passes(24 * 8)
        told = {"reason": "理由", "note": "お知らせ"}
        self.attempt(suspensions.decide, self.second, row.id, "suspend", **told)
        self.every_copy_is_the_catalogue()
        self.attempt(suspension_answers.object_to, owner, row.id, "不服")
        verdict = "uphold" if upholds else "dismiss"
        self.attempt(suspensions.answer, self.agency, row.id, verdict, **told)
        self.every_copy_is_the_catalogue()
        if not upholds:
            self.attempt(suspensions.lift, self.second, row.id)

    def _open_procedure(self, entry_id: str) -> Suspension | None:
        with self.world.read() as session:
            return session.exec(
                select(Suspension).where(
                    col(Suspension.subject_id) == entry_id, col(Suspension.ended_at).is_(None)
                )
            ).first()

    @rule(sellers=st.booleans())
    def let_an_agreement_end(self, sellers: bool) -> None:
        """It ends with the day, is carried over its end by 更新手続中 for two days, and then it is gone."""
        firm = self.seller if sellers else self.vendor
        firm = replace(firm, roles=firm.roles | {Role.VENDOR_ADMIN})
        agreement = self._agreement(sellers)
        if agreement.status != "active":
            return
        with self.world.database.write() as session:
            row = session.get_one(MasterAgreement, agreement.id)
            row.ends_on = max(self.world.clock.today(), row.starts_on or row.ends_on or START.date())
            session.add(row)
            publish(session, "catalogue.sync-vendor", row.organisation_id, at=self.world.clock.now())
            publish_after(
                session, "catalogue.sync-vendor", row.organisation_id, row.ends_on, at=self.world.clock.now()
            )
        self.attempt(renewals.declare, firm, GRACE, agreement.id)
        for _ in range(4):
            self.every_copy_is_the_catalogue()
            self.time_passes(24)

    @rule(extend=st.booleans(), days=_days)
    def decide_on_a_night(self, extend: bool, days: int) -> None:
        """Look a month ahead, and let the newest held night happen or carry it on."""
        with self.world.database.write() as session:
            mass_expiry.ask(session, self.agency, self.world.clock, GRACE)
        with self.world.read() as session:
            holds = session.exec(select(ExpiryHold).order_by(col(ExpiryHold.id).desc())).all()
        if holds:
            last = max(holds[0].day, self.world.clock.today()) + timedelta(days=days + 1)
            verdict, until = ("extend", last.isoformat()) if extend else ("release", "")
            self.attempt(mass_expiry.decide, self.agency, holds[0].id, verdict, reason="理由", until=until)

    @rule(sellers=st.booleans(), wait=_days, term=_days)
    def bind_anew(self, sellers: bool, wait: int, term: int) -> None:
        """A further agreement, from a day on, for some days."""
        if self._agreement(sellers).status not in ("terminated", "expired"):
            return
        firm = self.market.rival if sellers else self.market.vendor
        signed = self.world.agreement(firm.id, "signed", starts_on=None, ends_on=None)
        start = self.world.clock.today() + timedelta(days=wait)
        end = start + timedelta(days=term)
        accept = agreements.accept_agreement
        self.attempt(accept, self.agency, signed.id, starts_on=start.isoformat(), ends_on=end.isoformat())

    def _agreement(self, sellers: bool) -> MasterAgreement:
        firm = self.market.rival if sellers else self.market.vendor
        with self.world.read() as session:
            rows = session.exec(
                select(MasterAgreement)
                .where(col(MasterAgreement.organisation_id) == firm.id)
                .order_by(col(MasterAgreement.id))
            ).all()
        return rows[-1]

    @rule(hours=st.sampled_from([1, 7, 14, 24, 48, 24 * 9]))
    def time_passes(self, hours: int) -> None:
        """And the hourly sweep with it."""
        self.world.clock.move(hours=hours)
        with self.world.database.write() as session:
            organisations_housekeeping.sweep(session, self.agency, self.world.clock)
            listings_housekeeping.sweep(session, self.agency, self.world.clock)
            suspensions.sweep(session, self.agency, self.world.clock)

    @rule(kind=st.sampled_from(KINDS))
    def read_one_page(self, kind: str) -> None:
        """The slow follower goes on, wherever it is."""
        self.followers[1].read_page(kind)

    @rule()
    def begin_another_copy(self) -> None:
        """Somebody new, half way through a first copy."""
        self.followers[2:] = [Follower(self.world, limit=1, ask=self.ask)]
        self.followers[2].read_page("software")

    @invariant()
    def every_copy_is_the_catalogue(self) -> None:
        """The quick follower after every step; the slow ones when they get there (at the end)."""
        self.followers[0].catch_up()
        public = catalogue(self.ask)
        assert self.followers[0].copy == public
        self.ends.update(stone["gone"]["kind"] for stone in self.followers[0].tombstones.values())

    @rule()
    def the_slow_ones_get_there(self) -> None:
        """However long they were away."""
        public = catalogue(self.ask)
        for follower in self.followers[1:]:
            follower.catch_up()
            assert follower.copy == public


def test_whoever_follows_the_feed_has_the_catalogue(databases: Databases, tmp_path: Path) -> None:
    Following.ends, Following.acts, Following.refused, Following.done = set(), set(), 0, 0
    with application(databases, tmp_path) as running:
        Following.open_the_market(running)
        run_state_machine_as_test(
            Following,
            settings=settings(
                max_examples=10,
                stateful_step_count=19,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )
    # Walks on which nothing ever left would prove nothing; which ends they reach is chance.
    possible = {"withdrawn", "suspended", "retired", "agreement", "software", "seller"}
    assert possible >= Following.ends
    assert len(Following.ends) >= 3
    assert Following.done > Following.refused / 4
    # What the procedures are made of was done, and not only refused.
    assert {"state", "decide", "object_to", "answer", "declare"} <= Following.acts
