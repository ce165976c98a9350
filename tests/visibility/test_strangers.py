"""Nothing of what is not public reaches a stranger: every GET route, sub-page, format, search, comparison, export."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from app.catalogue import projection
from tests.access.conftest import issuers
from tests.access.stage import Stage
from tests.procurement.town import PROJECT
from tests.support.application import application
from tests.support.databases import Databases
from tests.support.tables import rows_of, text_of
from tests.visibility.hiding import SECRET_NUMBER, Hidden, Hiding
from tests.visibility.reader import CONTRACT, Reader

NUMBERS = (str(SECRET_NUMBER), f"{SECRET_NUMBER:,}")
GONE_SAYS = {
    "type", "title", "status", "detail", "instance", "request_id", "id", "kind", "ended_on", "note",
}  # fmt: skip
STRANGERS = ("visitor", "another vendor's token", "a town")


def leaks(hiding: Hiding, text: str) -> list[str]:
    """Why each hidden listing is hidden whose mark the text has; a secret number counts as one more."""
    found = [hidden.why for hidden in hiding.hidden if hidden.mark in text]
    return found + [number for number in (*NUMBERS, "zqxreason") if number in text]


def scene(databases: Databases, folder: Path) -> Iterator[Hiding]:
    """Everything that was ever published is visible and in the index."""
    with application(databases, folder, issuers=issuers()) as running:
        hiding = Hiding(Stage(running))
        hiding.build()
        hiding.stage.index()
        yield hiding


@pytest.fixture(scope="module")
def public(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Before anything is hidden."""
    for hiding in scene(databases, tmp_path_factory.mktemp("public")):
        yield Reader(hiding)


@pytest.fixture(scope="module")
def reader(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """After it was, and the index was told."""
    for hiding in scene(databases, tmp_path_factory.mktemp("hidden")):
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


def _secret(reader: Reader, path: str, text: str) -> list[str]:
    """What leaks here. A revision that was public is told where somebody asks for the history of a listing that still
    is, or pins a comparison to it (docs/decisions), and nowhere else."""
    asked_for = path.endswith("/history") or "pins=" in path
    return [
        f"{path}: {what}"
        for what in leaks(reader.hiding, text)
        if not (asked_for and what.startswith("former revision"))
    ]


@pytest.mark.parametrize("who", STRANGERS)
def test_no_route_says_anything(reader: Reader, who: str) -> None:
    found, asked = [], 0
    for route in reader.routes:
        for path in reader.paths(route):
            answer = reader.get(who, path)
            asked += 1
            found += _secret(reader, path, answer.text)
    assert found == []
    assert asked > len(reader.routes) + 100


@pytest.mark.parametrize("who", ["visitor", "another vendor"])
def test_no_list_search_comparison_or_export_does(reader: Reader, who: str) -> None:
    found = []
    for path, expected in reader.queries(who):
        answer = reader.get(who, path)
        if answer.status_code not in expected:
            found.append(f"{path}: {answer.status_code}")
        found += _secret(reader, path, text_of(answer))
    assert found == []


def test_nothing_that_is_sent_brings_it_out(reader: Reader) -> None:
    """The answer is the one to an id that never was, so it does not depend on what is hidden; and the same body goes
    through with what is visible or was selected, so it was the id that was looked at and refused."""
    project_id = _project_that_found_what_is_visible(reader)
    found, asked = [], Counter[str]()
    for sent in reader.posts(project_id):
        answer = reader.post(sent.who, sent.path, sent.body())
        control = reader.post(sent.who, sent.path, sent.body("x_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        asked[sent.name] += 1
        if answer.status_code not in (401, 404, 409, 422):
            found.append(f"{sent}: {answer.status_code}")
        if _refusal(answer) != _refusal(control):
            found.append(f"{sent}: {answer.text} instead of {control.text}")
        found += [f"{sent}: {what}" for what in leaks(reader.hiding, answer.text)]
    assert found == []
    assert min(asked[name] for name in ("software_id", "offer_id", "offer_revision_id")) >= 5
    ids = reader.stage.own.ids
    item: dict[str, object] = {
        "software_id": reader.hiding.visible_id,
        "offer_id": reader.hiding.visible_offer_id,
    }
    selected: dict[str, object] = {
        "software_revision_id": ids["live_revision"],
        "offer_revision_id": ids["offer_revision"],
    }
    contract: dict[str, object] = {**CONTRACT, **selected, "project_id": ids["awarded_project_id"]}
    for path, body in ((f"/api/v1/projects/{project_id}/shortlist", item), ("/api/v1/contracts", contract)):
        through = reader.post("a town's token", path, body)
        assert through.status_code == 201, through.text


def _refusal(answer: Response) -> dict[str, object]:
    """What an answer says, without what is different in each."""
    said: dict[str, object] = answer.json()
    return {name: value for name, value in said.items() if name != "request_id"}


def _project_that_found_what_is_visible(reader: Reader) -> str:
    """A project of the town's whose locked search has the visible listing."""
    town = "a town's token"
    project = reader.post(town, "/api/v1/projects", PROJECT).json()
    path = f"/api/v1/projects/{project['id']}/searches"
    saved = reader.post(town, path, {"query": {"q": "zqxvisible", "strict": "1"}}).json()
    assert saved["total"] == 1
    assert reader.post(town, f"{path}/{saved['id']}/lock", {}).status_code == 200
    return str(project["id"])


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
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Between the change and the worker's next step the database has the last word about what a hit shows."""
    for hiding in scene(databases, tmp_path_factory.mktemp("untold")):
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
