"""A rebuild goes on from what a crash left, carries over what changed meanwhile, and is compared before it counts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.embedded import building, open_writer
from search.embedded.schema import Layout
from search.engine import Document, EngineUnavailable, IndexStale, RebuildDiffers, WriterBusy
from tests.search.contract.adapters import SETTINGS, document


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the documents that were written, in order; every second one commits."""
    written: list[str] = []
    entry = Layout.entry

    def noted(layout: Layout, document: Document) -> object:
        written.append(document.id)
        return entry(layout, document)

    monkeypatch.setattr(Layout, "entry", noted)
    monkeypatch.setattr(building, "PORTION", 2)
    return written


def _killed_after(documents: list[Document]) -> Iterator[Document]:
    yield from documents
    raise Killed


def test_it_goes_on_from_what_was_committed(tmp_path: Path, entries: list[str]) -> None:
    names = [f"d{number}" for number in range(7)]
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("old")])
        with pytest.raises(Killed):
            writer.rebuild(_killed_after([document(name) for name in names[:5]]))
        assert set(writer.fingerprints()) == {"old"}
    half_built = sorted(path.name for path in (tmp_path / "generations").iterdir())[-1]
    entries.clear()
    changed = [document(name, revision=2 if name == "d1" else 1) for name in names if name != "d2"]
    with open_writer(tmp_path, SETTINGS) as writer:
        assert writer.rebuild(changed) == half_built
        assert sorted(entries) == ["d1", "d4", "d5", "d6"], (
            "what was there and is the same was not written again"
        )
        assert writer.check({each.id: each.fingerprint for each in changed}).agrees
        assert writer.rebuild(changed) != half_built, "what was swapped in is not built upon"


def test_what_changes_meanwhile_is_in_the_old_and_in_the_new_index(tmp_path: Path) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a"), document("b"), document("c")])
        seen: list[set[str]] = []

        def changing() -> Iterator[Document]:
            yield from (document("a"), document("b"))
            writer.apply([document("a", revision=2), document("new")], ["b"])
            seen.append(set(writer.fingerprints()))
            with pytest.raises(WriterBusy):
                writer.rebuild([])
            yield document("c")

        writer.rebuild(changing())
        assert seen == [{"a", "c", "new"}]
        wanted = [document("a", revision=2), document("c"), document("new")]
        assert writer.check({each.id: each.fingerprint for each in wanted}).agrees


def test_what_is_not_what_was_given_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_writer(tmp_path, SETTINGS) as writer:
        writer.apply([document("a")])
        generation = writer.stats().generation
        build = building.build
        monkeypatch.setattr(building, "build", lambda *given: {**build(*given), "lost": "0" * 32})
        with pytest.raises(RebuildDiffers) as failure:
            writer.rebuild([document("b")])
        assert (failure.value.wanted, failure.value.found, failure.value.different) == (2, 1, 1)
        assert writer.stats().generation == generation
        monkeypatch.undo()
        writer.rebuild([document("b")])
        assert set(writer.fingerprints()) == {"b"}


def test_a_lost_folder_is_stale_until_it_is_rebuilt_under_a_new_lock(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with open_writer(folder, SETTINGS) as writer:
        writer.apply([document("a")])
        shutil.rmtree(folder)
        assert writer.stale
        assert writer.stats().stale
        with pytest.raises((IndexStale, EngineUnavailable)):
            writer.apply([document("b")])
        writer.rebuild([document("c")])
        writer.apply([document("d")])
        assert set(writer.fingerprints()) == {"c", "d"}
        with pytest.raises(WriterBusy):
            open_writer(folder, SETTINGS)
