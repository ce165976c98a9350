"""Counts equal what is listed, over the whole tuning half of the relevance set and its corpus."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalogue.projection import index_settings
from catalogue_schema import load_schema
from search.embedded import open_engine, open_writer
from search.engine import Query, Results

corpus = pytest.importorskip("benchmarks.relevance.corpus", reason="the relevance set's corpus is not here")
FACETS = ("area", "cert")


def test_every_count_of_every_tuning_query_is_the_number_of_rows(tmp_path: Path) -> None:
    from benchmarks.relevance.documents import documents
    from benchmarks.relevance.queries import read_sets

    schema = load_schema()
    settings = index_settings(schema)
    (tuning,) = [half for half in read_sets() if half.name == "tuning"]
    engine = open_engine(tmp_path, settings)
    tried = 0
    with open_writer(tmp_path, settings) as writer, asyncio.Runner() as runner:
        writer.rebuild(documents(schema, corpus.read_corpus()))

        def ask(query: Query) -> Results:
            return runner.run(engine.search(query))

        for judged in tuning.queries:
            query = replace(judged.query(schema), facets=FACETS, highlight=False, page=1, limit=5_000)
            whole = ask(query)
            assert len({hit.id for hit in whole.hits}) == len(whole.hits) == whole.total, judged.title
            for name in FACETS:
                for value in whole.facets[name][:1]:
                    chosen = ask(replace(query, selected={**query.selected, name: (value.value,)}))
                    assert len(chosen.hits) == chosen.total == value.documents, (judged.title, name, value)
                    tried += 1
        runner.run(engine.close())
    assert tried > len(tuning.queries)
