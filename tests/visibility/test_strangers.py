"""Nothing of what is not public reaches a stranger: every GET route, sub-page, format, search, comparison, export."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import select

from app.catalogue import projection
from app.listings.models import Revision
from app.procurement.contract_schemas import ContractIn
from tests.access.asking import filled
from tests.access.conftest import issuers
from tests.access.routes import RouteFacts, routes_of
from tests.access.stage import Stage
from tests.support.application import application
from tests.support.tables import rows_of, text_of
from tests.visibility.hiding import SECRET_NUMBER, Hidden, Hiding
from tests.world import Login

NUMBERS = (str(SECRET_NUMBER), f"{SECRET_NUMBER:,}")
GONE_SAYS = {
    "type", "title", "status", "detail", "instance", "request_id", "id", "kind", "ended_on", "note",
}  # fmt: skip
CONTRACT: dict[str, Any] = ContractIn.model_json_schema()["examples"][0]
STRANGERS = ("visitor", "another vendor's token", "a town")


class Reader:
    """Asks every GET route as a stranger, once for each thing that its path can name."""

    def __init__(self, hiding: Hiding) -> None:
        self.hiding = hiding
        self.stage = hiding.stage
        self.routes = [route for route in routes_of(self.stage.running.app) if route.method == "GET"]
        self._logins: dict[str, Login] = {}

    def headers(self, who: str, accept: str) -> dict[str, str]:
        """What the stranger sends."""
        login = None
        if who.startswith("another"):
            login = self.stage.other.logins["vendor_admin"]
        elif who.startswith("a town"):
            login = self.stage.own.logins["buyer_officer"]
        if login is None:
            return {"Accept": accept}
        if who.endswith("token"):
            return {"Accept": accept, **login.bearer}
        return {"Accept": accept, "Cookie": f"{self.stage.running.settings.session_cookie}={login.cookie}"}

    def get(self, who: str, path: str, accept: str = "*/*") -> Response:
        """One answer."""
        answer = self.stage.running.visitor.get(path, headers=self.headers(who, accept))
        self.stage.running.visitor.cookies.clear()
        assert answer.status_code != 500, path
        return answer

    def paths(self, route: RouteFacts) -> Iterator[str]:
        """The route's path for each hidden thing that fits it; as it is where it has no parameters."""
        if "{" not in route.path:
            yield route.path
            return
        seen = set()
        kind = "software" if "software" in route.path else "offer" if "/offers/" in route.path else ""
        for hidden in self.hiding.hidden:
            if kind and hidden.kind != kind:
                continue
            for number in ("1", "2"):
                things = {
                    **self.stage.things("buyer_officer", self.stage.other),
                    "entry_id": hidden.entry_id,
                    "software_id": hidden.entry_id,
                    "organisation_id": hidden.owner_id,
                    "number": number,
                    "kind": hidden.kind,
                    "group": "identity",
                    "subject": "software",
                    "version": "1",
                    "name": "business_areas",
                    "digest": "0",
                    "path": "site.css",
                    "issuer_key": "test",
                    "case_id": self.stage.other.ids["queued_case"],
                }
                seen.add(filled(route.path, things, {}))
        yield from sorted(seen)

    def queries(self, who: str) -> Iterator[tuple[str, set[int]]]:
        """Lists, searches, comparisons and exports by every parameter that could name something hidden, each with
        the statuses that may come."""
        seen = self.hiding.visible_id
        owners = sorted({hidden.owner_id for hidden in self.hiding.hidden})
        for path in ("/search", "/api/v1/search"):
            yield f"{path}?q=&limit=100", {200}
            yield f"{path}?q=zqxvisible&limit=50", {200}
            for sort in ("price", "-price", "updated_at", "-updated_at", "name"):
                yield f"{path}?limit=50&sort={sort}", {200}
            for owner in owners:
                yield f"{path}?vendor={owner}", {422} if owner == self.hiding.space_id else {200}
        for owner in owners:
            yield f"/api/v1/software?owner={owner}&limit=100", {200}
            yield f"/api/v1/offers?owner={owner}&limit=100", {200}
            yield f"/api/v1/organisations?q={owner}", {200}
            yield f"/vendors/{owner}", {200, 404}
        for form in ("csv", "xlsx"):
            yield f"/search?format={form}", {200}
            for owner in owners:
                yield f"/vendors/{owner}?format={form}", {200, 404}
                yield (
                    f"/search?vendor={owner}&format={form}",
                    {422} if owner == self.hiding.space_id else {200},
                )
        own = {200} if "vendor" in who else {401}
        for kind in ("software", "offers"):
            yield f"/api/v1/{kind}?limit=100", {200}
            yield f"/api/v1/{kind}?mine=true&limit=100", own
            for cursor in ("", self.hiding.before[kind]):
                yield f"/api/v1/{kind}?changed_since={cursor}&limit=100", {200}
            for status in ("published", "suspended", "unpublished"):
                yield f"/api/v1/{kind}?mine=true&status={status}", own
        for hidden in self.hiding.hidden:
            pair = f"ids={seen},{hidden.entry_id}"
            missing = {404} if hidden.kind == "offer" or not hidden.was_public else {410}
            yield f"/api/v1/offers?software_id={hidden.entry_id}", {200}
            for query, refusal in ((pair, missing), (f"ids={seen},{seen}x&offers={hidden.entry_id}", {404})):
                expected = {200} if hidden.stays and query == pair else refusal
                yield f"/api/v1/comparisons?{query}", expected
                yield f"/api/v1/comparisons?{query}&format=csv", expected
                yield f"/compare?{query}", expected
            yield f"/search?ids={hidden.entry_id}", {200}
            yield f"/listings/{hidden.entry_id}?format=csv", {200} if hidden.stays else missing
            yield f"/vendor/offers/new?software_id={hidden.entry_id}", {200, 303, 403, 404, 410}

    def post(self, who: str, path: str, body: dict[str, object]) -> Response:
        """One answer to what a stranger sends with a token."""
        answer = self.stage.running.visitor.post(path, headers=self.headers(who, "*/*"), json=body)
        assert answer.status_code != 500, path
        return answer

    def posts(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        """What strangers send that names something hidden: who, path and body."""
        ids = self.stage.own.ids
        with self.stage.running.database.read() as session:
            rows = session.exec(select(Revision)).all()
        revisions = {(row.entry_id, row.number): row.id for row in rows}
        for hidden in self.hiding.hidden:
            for who in ("visitor", "another vendor's token"):
                yield who, "/api/v1/offers", {"software_id": hidden.entry_id, "answers": {"name": "便乗"}}
            shortlisted: dict[str, object] = {"software_id": hidden.entry_id}
            if hidden.kind == "offer":
                shortlisted = {"software_id": self.hiding.visible_id, "offer_id": hidden.entry_id}
            yield "a town's token", f"/api/v1/projects/{ids['project_id']}/shortlist", shortlisted
            for number in hidden.numbers:
                pinned = {"software": "software_revision_id", "offer": "offer_revision_id"}[hidden.kind]
                contract = {**CONTRACT, pinned: revisions[hidden.entry_id, number]}
                yield (
                    "a town's token",
                    "/api/v1/contracts",
                    {**contract, "project_id": ids["awarded_project_id"]},
                )


def leaks(hiding: Hiding, text: str) -> list[str]:
    """Why each hidden listing is hidden whose mark the text has; a secret number counts as one more."""
    found = [hidden.why for hidden in hiding.hidden if hidden.mark in text]
    return found + [number for number in (*NUMBERS, "zqxreason") if number in text]


def scene(template: Path, folder: Path) -> Iterator[Hiding]:
    """Everything that was ever published is visible and in the index."""
    with application(template, folder, issuers=issuers()) as running:
        hiding = Hiding(Stage(running))
        hiding.build()
        hiding.stage.index()
        yield hiding


@pytest.fixture(scope="module")
def public(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Before anything is hidden."""
    for hiding in scene(migrated_sqlite, tmp_path_factory.mktemp("public")):
        yield Reader(hiding)


@pytest.fixture(scope="module")
def reader(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """After it was, and the index was told."""
    for hiding in scene(migrated_sqlite, tmp_path_factory.mktemp("hidden")):
        hiding.hide(tell=True)
        yield Reader(hiding)


def _followed(reader: Reader, kind: str, cursor: str) -> list[dict[str, Any]]:
    """All that the change feed says after the cursor."""
    items: list[dict[str, Any]] = []
    more = True
    while more:
        answer = reader.get("visitor", f"/api/v1/{kind}?changed_since={cursor}&limit=100").json()
        items, cursor, more = items + answer["items"], answer["next"], answer["more"]
    return items


def _published(hiding: Hiding) -> list[Hidden]:
    return [hidden for hidden in hiding.hidden if hidden.was_public and 2 not in hidden.numbers]


def test_the_marks_are_readable_while_they_are_public(public: Reader) -> None:
    """Or else the tests below would find nothing because they look at nothing."""
    for hidden in _published(public.hiding):
        kind = "software" if hidden.kind == "software" else "offers"
        assert hidden.mark in public.get("visitor", f"/api/v1/{kind}/{hidden.entry_id}").text, hidden.why
        if hidden.kind == "software":
            pair = f"ids={public.hiding.visible_id},{hidden.entry_id}"
            assert hidden.mark in public.get("visitor", f"/listings/{hidden.entry_id}").text
            assert hidden.mark in public.get("visitor", f"/api/v1/comparisons?{pair}&format=csv").text
            assert public.get("visitor", f"/api/v1/search?q={hidden.mark}&strict=1").json()["total"] == 1
    for form in ("csv", "xlsx"):
        exported = text_of(public.get("visitor", f"/search?format={form}"))
        software = [hidden for hidden in _published(public.hiding) if hidden.kind == "software"]
        assert [hidden.why for hidden in software if hidden.mark not in exported] == []
    text = public.get("visitor", "/api/v1/search?limit=50").text
    assert any(hidden.mark in text for hidden in public.hiding.hidden)
    offers = public.get("visitor", "/api/v1/offers?limit=100").text
    assert str(SECRET_NUMBER) in offers
    unpublished = [hidden.mark for hidden in public.hiding.hidden if hidden not in _published(public.hiding)]
    assert not [mark for mark in unpublished if mark in text]


@pytest.mark.parametrize("who", STRANGERS)
def test_no_route_says_anything(reader: Reader, who: str) -> None:
    found, asked = [], 0
    for route in reader.routes:
        for path in reader.paths(route):
            answer = reader.get(who, path)
            asked += 1
            found += [f"{path}: {what}" for what in leaks(reader.hiding, answer.text)]
    assert found == []
    assert asked > len(reader.routes) + 100


@pytest.mark.parametrize("who", ["visitor", "another vendor"])
def test_no_list_search_comparison_or_export_does(reader: Reader, who: str) -> None:
    found = []
    for path, expected in reader.queries(who):
        answer = reader.get(who, path)
        if answer.status_code not in expected:
            found.append(f"{path}: {answer.status_code}")
        found += [f"{path}: {what}" for what in leaks(reader.hiding, text_of(answer))]
    assert found == []


def test_nothing_that_is_sent_brings_it_out(reader: Reader) -> None:
    found = []
    for who, path, body in reader.posts():
        answer = reader.post(who, path, body)
        if answer.status_code not in (401, 403, 404, 409, 410, 422):
            found.append(f"{path} by {who}: {answer.status_code} {body}")
        found += [f"{path} by {who}: {what}" for what in leaks(reader.hiding, answer.text)]
    assert found == []


def test_no_saved_search_holds_it(reader: Reader) -> None:
    path = f"/api/v1/projects/{reader.stage.own.ids['project_id']}/searches"
    everything = reader.post("a town's token", path, {"query": {"sort": "name"}})
    assert everything.status_code == 201
    assert leaks(reader.hiding, everything.text) == []
    for hidden in reader.hiding.hidden:
        saved = reader.post("a town's token", path, {"query": {"q": hidden.mark, "strict": "1"}}).json()
        assert saved["total"] == 0, hidden.why
        assert hidden.entry_id not in str(saved), hidden.why


def test_what_was_public_is_gone_and_what_never_was_is_not_there(reader: Reader) -> None:
    for hidden in reader.hiding.hidden:
        kind = "software" if hidden.kind == "software" else "offers"
        for who in STRANGERS:
            answer = reader.get(who, f"/api/v1/{kind}/{hidden.entry_id}")
            expected = 200 if hidden.stays else 410 if hidden.was_public else 404
            assert answer.status_code == expected, f"{hidden.why} by {who}"
            if expected == 410:
                assert set(answer.json()) <= GONE_SAYS
                assert answer.json()["id"] == hidden.entry_id
            elif expected == 404:
                assert hidden.entry_id not in answer.json()["detail"]
            for number in hidden.numbers:
                sub = reader.get(who, f"/api/v1/{kind}/{hidden.entry_id}/revisions/{number}")
                assert sub.status_code in (404, 410), f"{hidden.why}, revision {number}, by {who}"


@pytest.mark.parametrize("kind", ["software", "offers"])
def test_the_change_feed_has_what_is_visible_and_tombstones(
    reader: Reader, public: Reader, kind: str
) -> None:
    noun = "software" if kind == "software" else "offer"
    hiding = reader.hiding
    left = {one.entry_id for one in hiding.hidden if one.kind == noun and one.was_public and not one.stays}
    assert len(left) >= 4
    listed = reader.get("visitor", f"/api/v1/{kind}?limit=100").json()["items"]
    copy = _followed(reader, kind, "")
    assert sorted(copy, key=lambda item: item["id"]) == sorted(listed, key=lambda item: item["id"])
    followed = _followed(reader, kind, hiding.before[kind])
    stones = {item["id"]: item for item in followed if "gone" in item}
    assert left <= set(stones)  # the stage has some of its own besides
    for entry_id, stone in stones.items():
        assert set(stone) == {"id", "gone", "noted_at"}
        gone = reader.get("visitor", f"/api/v1/{kind}/{entry_id}").json()
        assert stone["gone"] == {name: gone[name] for name in ("kind", "ended_on", "note")}
    # And while they were public the feed had them: or else it would be easy to say nothing.
    marks = [one.mark for one in _published(public.hiding) if one.kind == noun]
    text = str(_followed(public, kind, ""))
    assert [mark for mark in marks if mark not in text] == []


def test_search_neither_finds_nor_counts_it(reader: Reader) -> None:
    everything = reader.get("visitor", "/api/v1/search?limit=50").json()
    ids = {item["id"] for item in everything["items"]}
    for form in ("csv", "xlsx"):
        _, *lines = rows_of(reader.get("visitor", f"/search?format={form}"))
        assert {line[0] for line in lines} == ids
    listed = reader.get("visitor", "/api/v1/software?limit=100").json()
    assert listed["next"] is None
    assert ids == {item["id"] for item in listed["items"]}
    assert everything["total"] == len(ids) >= 5
    assert ids.isdisjoint(hidden.entry_id for hidden in reader.hiding.hidden if not hidden.stays)
    for name, facet in everything["facets"].items():
        for value in facet["values"]:
            assert value["count"] <= everything["total"], name
    for hidden in reader.hiding.hidden:
        for query in (hidden.mark, f'"{hidden.mark}"', hidden.mark[:9]):
            found = reader.get("visitor", f"/api/v1/search?q={query}&strict=1").json()
            assert hidden.entry_id not in str(found["items"]), hidden.why
        assert _total(reader, hidden) == 0, hidden.why


def _total(reader: Reader, hidden: Hidden) -> int:
    return int(reader.get("visitor", f"/api/v1/search?q={hidden.mark}&strict=1").json()["total"])


def test_an_index_that_was_not_told_shows_none_of_it(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Between the change and the worker's next step the database has the last word about what a hit shows."""
    for hiding in scene(migrated_sqlite, tmp_path_factory.mktemp("untold")):
        hiding.hide(tell=False)
        reader = Reader(hiding)
        found = []
        for kind in ("software", "offers"):
            for cursor in ("", hiding.before[kind]):
                text = str(_followed(reader, kind, cursor))
                found += [f"{kind} feed: {what}" for what in leaks(hiding, text)]
                assert cursor == "" or "gone" in text
        for path, owner in itertools.product(("/search", "/api/v1/search"), ("", hiding.hidden[-1].owner_id)):
            answer = reader.get("visitor", f"{path}?limit=50" + (f"&vendor={owner}" if owner else ""))
            found += [f"{path}: {what}" for what in leaks(hiding, answer.text)]
        for form in ("csv", "xlsx"):
            answer = reader.get("visitor", f"/search?format={form}")
            found += [f"/search as {form}: {what}" for what in leaks(hiding, text_of(answer))]
        for hidden in hiding.hidden:
            items = reader.get("visitor", f"/api/v1/search?q={hidden.mark}").json()["items"]
            if not hidden.stays and hidden.entry_id in str(items):
                found.append(f"hit: {hidden.why}")
            if not hidden.stays and (total := _total(reader, hidden)):
                found.append(f"{total} found by the words of: {hidden.why}")
        assert found == []
        dear = reader.get("visitor", f"/api/v1/search?price_min={SECRET_NUMBER - 1}").json()
        assert dear["total"] == 0
        _no_facet_counts_who_is_gone(reader)


def test_after_the_hourly_sweep_the_index_says_so_itself(reader: Reader) -> None:
    """What of a document ends by the calendar leaves it with the worker's next step."""
    assert reader.hiding.work(sweep=True) >= 1
    _no_facet_counts_who_is_gone(reader)
    assert [hidden.why for hidden in reader.hiding.hidden if _total(reader, hidden)] == []
    assert leaks(reader.hiding, reader.get("visitor", "/api/v1/search?limit=50").text) == []
    running = reader.stage.running
    assert projection.reader_agrees(
        running.database, running.app.state.search, reader.stage.schema, running.clock
    )


def _no_facet_counts_who_is_gone(reader: Reader) -> None:
    everything = reader.get("visitor", "/api/v1/search?limit=50").json()
    offers = reader.get("visitor", "/api/v1/offers?limit=100").json()["items"]
    vendors = {item["vendor"]["id"] for item in everything["items"]} | {
        item["owner"]["id"] for item in offers
    }
    counted = {
        value["value"]
        for facet in everything["facets"].values()
        if facet["kind"] == "vendor"
        for value in facet["values"]
    }
    assert counted == vendors
