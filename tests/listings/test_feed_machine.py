"""Whatever happens in whatever order: who follows the feed to its end has exactly the visible catalogue."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import col, select

from app.kit.errors import Problem
from app.listings import housekeeping as listings_housekeeping
from app.listings import service
from app.organisations import agreements
from app.organisations import housekeeping as organisations_housekeeping
from app.organisations.models import MasterAgreement
from tests.listings.follower import KINDS, Follower, catalogue
from tests.listings.market import Market
from tests.support.application import application

_folders = itertools.count()
_which = st.integers(0, 9)
_days = st.integers(0, 3)


class Following(RuleBasedStateMachine):
    """Two software with offers by the developer and a seller. Verbs go straight to the services; refusals are fine."""

    template: Path
    folder: Path
    ends: ClassVar[set[str]]
    refused: ClassVar[int]
    done: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        folder = self.folder / str(next(_folders))
        folder.mkdir()
        self._running = application(self.template, folder)
        running = self._running.__enter__()
        self.world = running.world
        self.market = Market(running.world)
        self.followers = [Follower(self.world), Follower(self.world, limit=1)]
        self.software: list[str] = []
        self.offers: list[str] = []
        self.vendor = self.world.actor(self.market.editor_login)
        self.seller = self.world.actor(self.market.rival_login)
        self.agency = self.world.actor(self.market.agency_login)

    def teardown(self) -> None:
        """End the application."""
        self._running.__exit__(None, None, None)

    @initialize()
    def open_the_market(self) -> None:
        """Something to follow."""
        market = self.market
        self.software = [market.published(), market.published()]
        self.offers = [market.published_offer(self.software[0])]
        self.attempt(service.authorise_seller, self.vendor, self.software[0], market.rival.id)
        self.attempt(service.accept_seller, self.seller, self.software[0], market.rival.id)
        sold = market.offer_draft(self.software[0], market.seller)["id"]
        market.approve(f"/offers/{sold}", market.seller)
        self.offers.append(sold)

    def attempt(self, verb: Any, actor: Any, *given: Any, **named: Any) -> None:
        """One verb in one transaction, done or refused."""
        try:
            with self.world.database.write() as session:
                verb(session, actor, self.world.clock, *given, **named)
        except Problem:
            Following.refused += 1
        else:
            Following.done += 1

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

    @rule(hours=st.sampled_from([1, 7, 14, 24, 48]))
    def time_passes(self, hours: int) -> None:
        """And the hourly sweep with it."""
        self.world.clock.move(hours=hours)
        with self.world.database.write() as session:
            organisations_housekeeping.sweep(session, self.agency, self.world.clock)
            listings_housekeeping.sweep(session, self.agency, self.world.clock)

    @rule(kind=st.sampled_from(KINDS))
    def read_one_page(self, kind: str) -> None:
        """The slow follower goes on, wherever it is."""
        self.followers[1].read_page(kind)

    @rule()
    def begin_another_copy(self) -> None:
        """Somebody new, half way through a first copy."""
        self.followers[2:] = [Follower(self.world, limit=1)]
        self.followers[2].read_page("software")

    @invariant()
    def every_copy_is_the_catalogue(self) -> None:
        """The quick follower after every step; the slow ones when they get there (at the end)."""
        if not self.software:
            return
        self.followers[0].catch_up()
        public = catalogue(self.market.visitor)
        assert self.followers[0].copy == public
        self.ends.update(stone["gone"]["kind"] for stone in self.followers[0].tombstones.values())

    @rule()
    def the_slow_ones_get_there(self) -> None:
        """However long they were away."""
        public = catalogue(self.market.visitor)
        for follower in self.followers[1:]:
            follower.catch_up()
            assert follower.copy == public


def test_whoever_follows_the_feed_has_the_catalogue(migrated_sqlite: Path, tmp_path: Path) -> None:
    Following.template, Following.folder = migrated_sqlite, tmp_path
    Following.ends, Following.refused, Following.done = set(), 0, 0
    run_state_machine_as_test(
        Following,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    # Walks on which nothing ever left would prove nothing.
    assert {"withdrawn", "suspended", "agreement", "software"} <= Following.ends
    assert Following.done > Following.refused / 4
