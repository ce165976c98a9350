"""Whatever happens in whatever order, the index comes to agree with the database, in every document.

`make test` tries a few interleavings, the same ones each time; `make soak-search` many others
(DMP_TEST_AGREEMENT_EXAMPLES of them).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.catalogue import repository
from search.embedded import building
from tests.indexing.scene import ACTIONS, Scene
from tests.support.application import Running, application
from tests.support.databases import Databases, Snapshot

EXAMPLES = int(os.environ.get("DMP_TEST_AGREEMENT_EXAMPLES", "0"))
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(min_value=0, max_value=11)), min_size=4, max_size=20
)


@pytest.fixture(scope="module")
def running(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    databases = Databases("sqlite", migrated_sqlite)
    with application(databases, tmp_path_factory.mktemp("agreement")) as running:
        yield running


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a catalogue of a few listings is read and built in several."""
    monkeypatch.setattr(repository, "CHUNK", 2)
    monkeypatch.setattr(building, "PORTION", 1)


@pytest.fixture(scope="module")
def empty(running: Running) -> Snapshot:
    return Snapshot(running.database.engine)


@settings(
    max_examples=EXAMPLES or 5,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_index_comes_to_equal_one_that_is_built_anew(
    running: Running, empty: Snapshot, small_portions: None, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    empty.restore(running.database.engine)
    scene = Scene(running, tmp_path)
    try:
        for number in range(4):
            scene.do("publish", number)
        for action, number in steps:
            scene.do(action, number)
        scene.settle()
        assert scene.undone() == []
        assert scene.indexed() == scene.built_anew()
    finally:
        scene.close()
