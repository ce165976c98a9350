from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from search.embedded import open_engine, open_writer
from search.embedded.schema import FORMAT
from search.engine import (
    NO_GENERATION,
    EngineUnavailable,
    Health,
    IndexStale,
    Query,
    Range,
    Results,
    SearchEngine,
    Sort,
    WriterBusy,
)
from tests.search.contract.adapters import SETTINGS, TODAY, document

OTHER = replace(SETTINGS, facets=("cloud", "area", "another"), ranges=("price", "users", "height"))


def _ask(engine: SearchEngine, **options: object) -> Results:
    return asyncio.run(engine.search(Query(TODAY, **options)))  # type: ignore[arg-type]  # as Query takes them


def _health(engine: SearchEngine) -> Health:
    return asyncio.run(engine.health())


def _generations(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "generations").iterdir())


@pytest.mark.parametrize("exists", [False, True])
def test_without_an_index_there_are_no_hits(tmp_path: Path, exists: bool) -> None:
    directory = tmp_path if exists else tmp_path / "nowhere"
    engine = open_engine(directory, SETTINGS)
    results = _ask(engine, text="住民票", facets=("cloud",))
    assert (results.hits, results.total, results.generation) == ((), 0, NO_GENERATION)
    assert results.facets == {"cloud": ()}
    assert results.degraded
    assert asyncio.run(engine.fingerprints()) == {}
    assert asyncio.run(engine.suggest("住民", today=TODAY)) == ()
    assert asyncio.run(engine.facet_values("cloud", "", Query(TODAY))) == ()
    health = _health(engine)
    assert (health.available, health.generation, health.stale) == (True, NO_GENERATION, True)
    assert exists == directory.exists()  # A reader makes no folders.


def test_an_open_reader_sees_the_first_index_every_commit_and_every_swap(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, SETTINGS)
    assert _ask(engine).generation == NO_GENERATION
    with open_writer(tmp_path, SETTINGS) as writer:
        assert _ask(engine).total == 0
        for number in range(1, 6):
            writer.apply([document(f"d{number}")])
            assert _ask(engine).total == number
            generation = writer.rebuild([document(f"d{other}") for other in range(number)])
            results = _ask(engine)
            assert (results.total, results.generation) == (number, generation)
    asyncio.run(engine.close())
    assert _ask(engine).total == 5


def test_only_one_writer_at_a_time(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        with pytest.raises(WriterBusy):
            open_writer(tmp_path, SETTINGS)
        writer.rebuild([document("a")])
        with pytest.raises(WriterBusy):
            open_writer(tmp_path, SETTINGS)
    with open_writer(tmp_path, SETTINGS) as writer:
        assert set(writer.fingerprints()) == {"a"}
        writer.close()
        writer.close()


def test_other_settings_are_stale_until_rebuilt_but_can_be_searched(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a", "住民票", terms={"cloud": ("AWS",)}, numbers={"price": 5})])
    engine = open_engine(tmp_path, OTHER)
    results = _ask(engine, text="住民票", facets=("cloud", "another"), selected={"cloud": ("AWS",)})
    assert (results.total, results.degraded) == (1, True)
    assert results.facets == {"cloud": (("AWS", 1),), "another": ()}
    assert _ask(engine, filter=Range("height", 1)).total == 0
    assert _ask(engine, sort=Sort("price")).total == 1
    assert _health(engine).stale
    with open_writer(tmp_path, OTHER) as writer:
        assert writer.stale
        assert writer.stats().stale
        assert not writer.check(writer.fingerprints()).agrees
        with pytest.raises(IndexStale):
            writer.apply([document("b")])
        writer.rebuild([document("a", "住民票", terms={"another": ("x",)})])
        assert not writer.stale
        writer.apply([document("b")])
    results = _ask(engine, facets=("another",))
    assert (results.total, results.degraded, results.facets["another"]) == (2, False, (("x", 1),))
    assert not _health(engine).stale


def test_the_same_settings_in_another_order_are_not_stale(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a")])
    with open_writer(tmp_path, replace(SETTINGS, facets=SETTINGS.facets[::-1])) as writer:
        assert not writer.stale


def test_old_generations_go_but_the_one_before_stays(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        names = [writer.rebuild([document("a")]) for _ in range(4)]
        assert _generations(tmp_path) == names[-2:]
    half_built = tmp_path / "generations" / "000099-deadbeef"
    half_built.mkdir()
    with open_writer(tmp_path, SETTINGS) as writer:
        assert _generations(tmp_path) == names[-2:]
        assert set(writer.fingerprints()) == {"a"}


def _no_json(directory: Path) -> None:
    (directory / "current.json").write_text("{half")


def _no_generation(directory: Path) -> None:
    for path in (directory / "generations").glob("*/*"):
        path.unlink()


def _broken_meta(directory: Path) -> None:
    for path in (directory / "generations").glob("*/meta.json"):
        path.write_text("{}")


@pytest.mark.parametrize("damage", [_no_json, _no_generation, _broken_meta])
def test_damage_is_named_and_a_rebuild_mends_it(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a")])
    damage(tmp_path)
    engine = open_engine(tmp_path, SETTINGS)
    with pytest.raises(EngineUnavailable):
        _ask(engine)
    health = _health(engine)
    assert not health.available
    assert health.detail
    with open_writer(tmp_path, SETTINGS) as writer:
        assert writer.stale
        writer.rebuild([document("b")])
        writer.apply([document("c")])
    assert _ask(engine).total == 2
    assert _health(engine).available


def test_an_index_of_another_format_counts_as_none(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a")])
    pointer = tmp_path / "current.json"
    text = pointer.read_text()
    changed = text.replace(f'"format": {FORMAT}', '"format": 0').replace(
        '"fingerprint": "', '"fingerprint": "x'
    )
    assert changed != text
    pointer.write_text(changed)
    assert _ask(open_engine(tmp_path, SETTINGS)).generation == NO_GENERATION
    with open_writer(tmp_path, SETTINGS) as writer:
        assert writer.stale


def test_many_tasks_may_share_a_reader_while_it_is_rebuilt(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, SETTINGS)

    async def ask_on_and_on(done: asyncio.Event) -> set[int]:
        totals = set()
        while not done.is_set():
            totals.add((await engine.search(Query(TODAY, "住民票", strict=True))).total)
        return totals

    async def run() -> list[set[int]]:
        done = asyncio.Event()
        asking = [asyncio.create_task(ask_on_and_on(done)) for _ in range(4)]
        for _ in range(8):
            await asyncio.to_thread(writer.rebuild, [document(f"d{number}", "住民票") for number in range(7)])
        done.set()
        return await asyncio.gather(*asking)

    with open_writer(tmp_path, SETTINGS) as writer:
        writer.rebuild([document(f"d{number}", "住民票") for number in range(7)])
        assert asyncio.run(run()) == [{7}] * 4
