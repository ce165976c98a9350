from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.relevance.engines import measured
from benchmarks.relevance.measuring import Asker, Corpus, indexed, whole_corpus


@pytest.fixture(scope="package")
def corpus() -> Corpus:
    """The whole corpus with its documents."""
    return whole_corpus()


@pytest.fixture(scope="package", params=sorted(measured()))
def asker(
    request: pytest.FixtureRequest, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    """Each engine that can be measured here, with the corpus in its index, built once."""
    with indexed(measured()[request.param], tmp_path_factory.mktemp("relevance"), corpus) as opened:
        yield opened
