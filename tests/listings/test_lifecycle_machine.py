"""Random verbs by vendor, reviewers and Agency: the database agrees with a small model, strangers see what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.listings.lifecycle import ENTRY, REVISION
from tests.listings.market import Market, urgent
from tests.support.application import START, Running, application
from tests.support.databases import Databases, Snapshot


class Life(RuleBasedStateMachine):
    """One software. `entry` and `revision` are the statuses that the model expects, `live` the public number."""

    running: ClassVar[Running]
    market: ClassVar[Market]
    path: ClassVar[str]
    beginning: ClassVar[Snapshot]
    reached: ClassVar[set[tuple[str, str]]]

    def __init__(self) -> None:
        super().__init__()
        # Every walk starts from the same draft: opening a market takes longer than walking through it.
        self.beginning.restore(self.running.database.engine)
        self.running.clock.set(START)
        self.entry, self.revision = "unpublished", "draft"
        self.number, self.live, self.claimed_by = 1, 0, ""
        self.before = ""
        self.case: dict[str, Any] = {}

    @classmethod
    def open_the_market(cls, running: Running) -> None:
        """A draft, kept as the beginning of every walk."""
        cls.running, cls.market, cls.reached = running, Market(running.world), set()
        cls.path = f"/software/{cls.market.draft()['id']}"
        cls.beginning = Snapshot(running.database.engine)

    def ask(self, client: Any, path: str, body: dict[str, Any] | None = None) -> bool:
        """Post, and say whether it was done; a refusal must be one, with a reason."""
        answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201, 403, 409), answer.text
        if answer.status_code >= 400:
            assert answer.json()["detail"]
        elif "/reviews/" in path:
            self.case = answer.json()
        elif path.endswith("/submission"):
            self.case = {"id": answer.json()["id"]}
        return bool(answer.status_code < 300)

    @rule(word=st.text("あいうえお", min_size=1, max_size=8))
    def edit(self, word: str) -> None:
        """PATCH with the current ETag."""
        etag = self.market.editor.get(f"/api/v1{self.path}").headers["etag"]
        body = {"answers": {"summary": word}}
        answer = self.market.editor.patch(f"/api/v1{self.path}", json=body, headers={"If-Match": etag})
        may = self.revision not in ("submitted", "in_review") and self.entry != "retired"
        assert (answer.status_code == 200) is may, answer.text
        if may and self.revision in ("approved", "rejected"):
            self.number, self.revision = self.number + 1, "draft"

    @rule()
    def submit(self) -> None:
        """Hand in."""
        may = self.revision in REVISION.moves["submission"].before and self.entry != "retired"
        assert self.ask(self.market.editor, f"{self.path}/submission") is may
        if may:
            self.revision, self.claimed_by = "submitted", ""

    @rule()
    def recall(self) -> None:
        """Take back."""
        may = self.revision in REVISION.moves["recall"].before
        assert self.ask(self.market.editor, f"{self.path}/recall") is may
        if may:
            self.revision, self.claimed_by = "draft", ""

    @rule(second=st.booleans())
    def claim(self, second: bool) -> None:
        """One of two reviewers takes the case."""
        if not self.case:
            return
        may = self.revision == "submitted"
        reviewer = self.market.second_reviewer if second else self.market.reviewer
        assert self.ask(reviewer, f"/reviews/{self.case['id']}/claim") is may
        if may:
            self.revision, self.claimed_by = "in_review", "second" if second else "first"

    @rule()
    def release(self) -> None:
        """The first reviewer gives it back."""
        if not self.case:
            return
        may = self.revision == "in_review" and self.claimed_by == "first"
        assert self.ask(self.market.reviewer, f"/reviews/{self.case['id']}/release") is may
        if may:
            self.revision, self.claimed_by = "submitted", ""

    @rule(verdict=st.sampled_from(["approve", "return", "reject"]))
    def decide(self, verdict: str) -> None:
        """The first reviewer decides on what was last shown."""
        if "revision" not in self.case:
            return
        case, may = self.case, self.revision == "in_review" and self.claimed_by == "first"
        if may:
            body = {"reason_code": "other", "text": "指摘"}
            added = self.market.reviewer.post(f"/api/v1/reviews/{case['id']}/findings", json=body)
            assert added.status_code == 201
        shown = {"revision_id": case["revision"]["id"], "content_hash": case["revision"]["content_hash"]}
        path = f"/reviews/{case['id']}/decision"
        assert self.ask(self.market.reviewer, path, shown | {"verdict": verdict}) is may
        if not may:
            return
        verb = {"approve": "approval", "return": "return", "reject": "rejection"}[verdict]
        self.revision, self.claimed_by = REVISION.moves[verb].after, ""
        if verdict == "approve":
            self.live = self.number
            self.entry = self.entry if self.entry == "suspended" else "published"

    @rule(verdict=st.sampled_from(["approve", "approve", "return", "reject"]))
    def go_straight_to_a_decision(self, verdict: str) -> None:
        """So that walks get to one often."""
        self.submit()
        if self.revision == "submitted":
            self.claim(second=False)
            self.decide(verdict)

    @rule()
    def withdraw(self) -> None:
        """The vendor takes it out."""
        may = self.entry in ENTRY.moves["withdrawal"].before and self.revision not in (
            "submitted",
            "in_review",
        )
        assert self.ask(self.market.editor, f"{self.path}/withdrawal") is may
        if may:
            self.entry = "withdrawn"

    @rule()
    def suspend(self) -> None:
        """The Agency takes it out."""
        may = self.entry in ENTRY.moves["suspension"].before
        assert self.ask(self.market.agency, f"{self.path}/suspension", urgent()) is may
        if may:
            self.before, self.entry = self.entry, "suspended"

    @rule(agency=st.booleans())
    def resume(self, agency: bool) -> None:
        """Either side puts it back."""
        may = self.entry == ("suspended" if agency else "withdrawn")
        client = self.market.agency if agency else self.market.editor
        assert self.ask(client, f"{self.path}/resumption") is may
        if may:
            self.entry = self.before if agency else "published"

    @rule()
    def retire(self) -> None:
        """The vendor announces the end, for today."""
        may = self.entry in ENTRY.moves["retirement"].before and self.revision not in (
            "submitted",
            "in_review",
        )
        body = {"last_day": self.market.world.clock.today().isoformat()}
        assert self.ask(self.market.editor, f"{self.path}/retirement", body) is may
        if may:
            self.entry = "retired"

    @invariant()
    def database_agrees(self) -> None:
        """Statuses, numbers, and what strangers see."""
        self.reached.update({("entry", self.entry), ("revision", self.revision)})
        own = self.market.editor.get(f"/api/v1{self.path}").json()
        revisions = self.market.editor.get(f"/api/v1{self.path}/revisions").json()["items"]
        assert (own["status"], revisions[0]["status"]) == (self.entry, self.revision)
        assert [row["number"] for row in revisions] == list(range(self.number, 0, -1))
        assert (own["live"]["number"] if own["live"] else 0) == self.live
        current = [row["number"] for row in revisions if row["published_at"] and not row["replaced_at"]]
        assert current == ([self.live] if self.live else [])
        seen = self.market.visitor.get(f"/api/v1{self.path}")
        expected = 404 if not self.live else 200 if self.entry in ("published", "retired") else 410
        assert seen.status_code == expected
        if expected == 200:
            assert (seen.json()["live"]["number"], seen.json()["draft"]) == (self.live, None)
        listed = self.market.visitor.get("/api/v1/software").json()["items"]
        assert bool(listed) is (expected == 200)


def test_the_lifecycle_holds_under_random_verbs(databases: Databases, tmp_path: Path) -> None:
    with application(databases, tmp_path) as running:
        Life.open_the_market(running)
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=12,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )
    # Walks that never got anywhere would prove nothing; which corners they reach is chance.
    possible = {("entry", status) for status in ENTRY.statuses}
    possible |= {("revision", status) for status in REVISION.statuses}
    assert possible >= Life.reached >= {("entry", "published"), ("revision", "approved")}
    assert len(Life.reached) >= 7
