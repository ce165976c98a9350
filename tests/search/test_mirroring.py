"""Two indexes kept as one: what changes while they are rebuilt, what a check sees, an engine that is away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from search.embedded import open_writer
from search.engine import Document, EngineUnavailable, IndexWriter, WriterBusy
from search.failover import MirroredWriter
from tests.search.contract.adapters import SETTINGS, document


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[IndexWriter, IndexWriter]]:
    """The engine and its stand-in, each with an index of its own."""
    with (
        open_writer(tmp_path / "primary", SETTINGS) as primary,
        open_writer(tmp_path / "standby", SETTINGS) as standby,
    ):
        yield primary, standby


def test_what_changes_during_a_rebuild_is_in_both(
    both: tuple[IndexWriter, IndexWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    primary, standby = both
    writer = MirroredWriter(lambda: primary, standby)
    writer.apply([document("a"), document("b")])

    def read() -> Iterator[Document]:
        yield document("a")
        writer.apply([document("c")], ["a"])  # a was read already
        with pytest.raises(WriterBusy):
            writer.rebuild(())
        yield document("b")

    built = primary.rebuild

    def rebuilt(documents: Iterable[Document]) -> str:
        writer.apply([document("d")], ["b"])  # the stand-in is done, the engine has not begun

        def building() -> Iterator[Document]:
            yield from documents
            writer.apply([document("e")], ["d"])

        return built(building())

    monkeypatch.setattr(primary, "rebuild", rebuilt)
    writer.rebuild(read())
    assert set(primary.fingerprints()) == set(standby.fingerprints()) == {"c", "e"}


def test_a_check_sees_what_either_lacks(both: tuple[IndexWriter, IndexWriter]) -> None:
    primary, standby = both
    writer = MirroredWriter(lambda: primary, standby)
    writer.apply([document("a"), document("b"), document("c")])
    expected = writer.fingerprints()
    assert expected == primary.fingerprints()
    standby.apply([document("b", revision=2), document("d")], ["c"])
    seen = writer.fingerprints()
    assert {id_ for id_ in seen if seen[id_] != expected.get(id_)} == {"b", "c", "d"}
    check = writer.check(expected)
    assert (check.missing, check.outdated, check.surplus) == (("c",), ("b",), ("d",))


def test_a_stand_in_is_built_while_the_engine_is_away_but_not_again_and_again(
    both: tuple[IndexWriter, IndexWriter],
) -> None:
    _, standby = both

    def away() -> IndexWriter:
        raise EngineUnavailable("nobody there")

    writer = MirroredWriter(away, standby)
    generations = []
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            writer.rebuild([document("a")])
        generations.append(standby.stats().generation)
        assert set(standby.fingerprints()) == {"a"}
    assert generations[0] == generations[1]
    with pytest.raises(EngineUnavailable):
        writer.apply([document("b")])
    assert set(standby.fingerprints()) == {"a", "b"}
