"""Against the server: what each key may do, what a rebuild keeps, what the stand-in refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from catalogue_schema.search_words import SearchWord
from search import meilisearch
from search.engine import (
    NO_GENERATION,
    Document,
    EngineUnavailable,
    IndexStale,
    IndexStats,
    Query,
    RebuildDiffers,
    Synonyms,
    WriterBusy,
)
from search.errors import EngineRefused, IndexMissing
from search.meilisearch.admin import Admin
from search.meilisearch.layout import Layout
from search.meilisearch.writer import MeilisearchWriter
from tests.meilisearch_api.process import real_server
from tests.meilisearch_api.shapes import first_fault
from tests.search.contract.adapters import SETTINGS, TODAY, document, server


@pytest.fixture
def connection() -> Iterator[meilisearch.Connection]:
    """A connection with its two keys, to an index that is not there yet."""
    url, master_key = server()
    bare = meilisearch.Connection(url, f"test_{uuid4().hex[:12]}", answer_seconds=20.0)
    keys = meilisearch.create_keys(bare, master_key)
    connection = replace(bare, search_key=keys.search, worker_key=keys.worker)
    yield connection
    meilisearch.drop(connection)


def _ask(connection: meilisearch.Connection, text: str = "") -> set[str]:
    async def ask() -> set[str]:
        engine = meilisearch.open_engine(connection, SETTINGS)
        try:
            return {hit.id for hit in (await engine.search(Query(TODAY, text))).hits}
        finally:
            await engine.close()

    return asyncio.run(ask())


@contextmanager
def _opened(connection: meilisearch.Connection) -> Iterator[MeilisearchWriter]:
    """The writer of an empty index."""
    with meilisearch.open_writer(connection, SETTINGS) as writer:
        writer.rebuild(())
        yield writer


def test_keys_are_the_same_again_and_may_do_no_more_than_they_must(
    connection: meilisearch.Connection,
) -> None:
    url, master_key = server()
    again = meilisearch.create_keys(connection, master_key)
    assert (again.search, again.worker) == (connection.search_key, connection.worker_key)
    assert len({again.search, again.worker, master_key}) == 3
    with _opened(connection) as writer:
        writer.apply([document("a", "住民票")])
        assert _ask(connection) == {"a"}
    # What only searches can neither write nor read documents nor look at another index; what writes makes no keys.
    swapped = replace(connection, worker_key=connection.search_key)
    with pytest.raises(EngineRefused):
        MeilisearchWriter(swapped, SETTINGS).apply([document("b")])
    with pytest.raises(EngineRefused):
        Admin(url, connection.search_key, 5).ask(
            lambda client: client.index(connection.index).get_documents({})
        )
    with pytest.raises(EngineRefused):
        _ask(replace(connection, index=connection.aside))
    with pytest.raises(EngineRefused):
        meilisearch.create_keys(replace(connection, index="other"), connection.worker_key)
    with pytest.raises(EngineRefused):
        _ask(replace(connection, search_key="wrong"))


def test_without_an_index_the_search_says_so(connection: meilisearch.Connection) -> None:
    with meilisearch.open_writer(connection, SETTINGS) as writer:
        assert writer.stats() == IndexStats(NO_GENERATION, 0, 0, stale=True)
        with pytest.raises(IndexStale):
            writer.apply([document("a")])
    with pytest.raises(IndexMissing):
        _ask(connection)
    health = asyncio.run(meilisearch.open_engine(connection, SETTINGS).health())
    assert not health.available
    assert health.detail.startswith("search-index-missing: ")


def test_a_lost_index_is_not_made_again_by_a_document(connection: meilisearch.Connection) -> None:
    with _opened(connection) as writer:
        meilisearch.drop(connection)
        with pytest.raises(IndexStale):
            writer.apply([document("a")])
        assert writer.stats().stale
        writer.rebuild([document("a")])
        assert _ask(connection) == {"a"}


def test_other_settings_are_stale_until_rebuilt(connection: meilisearch.Connection) -> None:
    with _opened(connection) as writer:
        writer.apply([document("a", terms={"cloud": ("AWS",)})])
    other = replace(SETTINGS, facets=("cloud", "another"))
    with meilisearch.open_writer(connection, other) as writer:
        assert writer.stale
        with pytest.raises(IndexStale):
            writer.apply([document("b")])

        async def ask() -> tuple[int, bool]:
            engine = meilisearch.open_engine(connection, other)
            try:
                with pytest.raises(IndexMissing):
                    await engine.search(Query(TODAY, facets=("another",)))
                results = await engine.search(Query(TODAY, facets=("cloud",)))
                return results.total, results.degraded
            finally:
                await engine.close()

        assert asyncio.run(ask()) == (1, True)
        writer.rebuild([document("b", terms={"another": ("x",)})])
        assert not writer.stale


def test_changes_during_a_rebuild_are_in_the_new_generation_and_the_last_one_is_kept(
    connection: meilisearch.Connection,
) -> None:
    with _opened(connection) as writer:
        writer.apply([document("a", "住民票"), document("b", "会計")])

        def documents() -> Iterator[Document]:
            yield document("a", "住民票")
            writer.apply([document("c", "税務")], ["a"])
            assert _ask(connection) == {"b", "c"}  # searches go on in the old one
            with pytest.raises(WriterBusy):
                writer.rebuild([])
            yield document("b", "会計")

        before = writer.stats().generation
        generation = writer.rebuild(documents())
        assert _ask(connection) == {"b", "c"}
        assert writer.stats().generation == generation
        last = meilisearch.MeilisearchWriter(replace(connection, index=connection.aside), SETTINGS).stats()
        assert (last.generation, last.documents) == (before, 2)


def test_what_was_not_built_as_given_is_not_swapped_in(
    connection: meilisearch.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _opened(connection) as writer:
        writer.apply([document("a", "住民票")])
        entry = Layout.entry
        monkeypatch.setattr(Layout, "entry", lambda self, given: {**entry(self, given), "key": "dsame"})
        with pytest.raises(RebuildDiffers):
            writer.rebuild([document("b"), document("c")])
        assert _ask(connection) == {"a"}


@pytest.mark.skipif(real_server() is not None, reason="looks at what the stand-in was asked")
def test_a_table_of_words_is_told_once_and_kept_over_a_rebuild(connection: meilisearch.Connection) -> None:
    one, other = (Synonyms((SearchWord("same", "かまくら", (meant,)),)) for meant in ("雪室", "雪洞"))

    def documents() -> Iterator[Document]:
        yield document("a", "住民票")
        writer.adopt_synonyms(other)

    with _opened(connection) as writer:
        _told(connection)
        writer.adopt_synonyms(one)
        assert _told(connection) == [("in use", ["かまくら", "雪室"])]
        writer.rebuild(documents())
        assert _told(connection) == [
            ("aside", ["かまくら", "雪室"]),
            ("in use", ["かまくら", "雪洞"]),
            ("aside", ["かまくら", "雪洞"]),
        ]
    with meilisearch.open_writer(connection, SETTINGS) as again:
        again.adopt_synonyms(other)
        assert _told(connection) == []
        again.adopt_synonyms(one)
        assert _told(connection) == [("in use", ["かまくら", "雪室"])]
        assert (again.stale, again.stats().documents) == (False, 1)


def _told(connection: meilisearch.Connection) -> list[tuple[str, list[str]]]:
    """Which words were sent to which of the two indexes since this was last called."""
    url, _ = server()
    asked = httpx.post(f"{url}/_stand_in/asked", trust_env=False).raise_for_status().json()
    places = {connection.index: "in use", connection.aside: "aside"}
    return [
        (places[one["path"].split("/")[2]], sorted(one["body"]["synonyms"]))
        for one in asked
        if one["method"] == "PATCH" and one["path"].split("/")[2] in places
    ]


def test_a_failed_task_is_a_failure(connection: meilisearch.Connection) -> None:
    admin = Admin(connection.url, connection.worker_key, 10)
    with pytest.raises(EngineUnavailable, match="index_not_found"):
        admin.done(lambda client: client.swap_indexes([{"indexes": [connection.index, connection.aside]}]))


@pytest.mark.skipif(real_server() is not None, reason="about the stand-in itself")
@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/multi-search", {"queries": [{"indexUid": "x", "page": 1}]}, "invalid_search_q"),
        ("/multi-search", {"queries": [], "federation": {}}, "invalid_search_q"),
        (
            "/multi-search",
            {"queries": [{"indexUid": "x", "page": 1, "hitsPerPage": 1, "limt": 1}]},
            "invalid_search_q",
        ),
        ("/multi-search", {"queries": [{"indexUid": "no", "page": 1, "hitsPerPage": 1}]}, "index_not_found"),
        ("/swap-indexes", [{"indexes": ["one"]}], "bad_request"),
        ("/keys", {"actions": ["everything"], "indexes": ["x"], "expiresAt": None}, "bad_request"),
        ("/nowhere", {}, "not_found"),
    ],
)
def test_the_stand_in_refuses_what_is_not_recorded(path: str, body: object, code: str) -> None:
    url, master_key = server()
    headers = {"Authorization": f"Bearer {master_key}"}
    answer = httpx.post(f"{url}{path}", json=body, headers=headers, trust_env=False)
    assert answer.json()["code"] == code
    assert first_fault("error", answer.json()) is None
    if path == "/multi-search":
        bare = httpx.post(
            f"{url}{path}",
            json={"queries": [{"indexUid": "x", "page": 1, "hitsPerPage": 1}]},
            trust_env=False,
        )
        assert (bare.status_code, bare.json()["code"]) == (401, "missing_authorization_header")
