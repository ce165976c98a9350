"""Asks an engine every query of a half and adds up how good its answers were."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.catalogue.facets import index_settings
from benchmarks.relevance import metrics
from benchmarks.relevance.corpus import Listing
from benchmarks.relevance.documents import documents
from benchmarks.relevance.engines import Opened, Opener
from benchmarks.relevance.queries import DEPTH, KINDS, RELEVANT, Judge, Judged, QuerySet
from catalogue_schema import Schema
from search.engine import Document, Query, Results

ALL = "all"
"""The row over every kind but `none`."""


@dataclass(frozen=True)
class Corpus:
    """The listings, their documents in the same order, and who grades them."""

    schema: Schema
    listings: Sequence[Listing]
    documents: Sequence[Document]
    judge: Judge

    @classmethod
    def of(cls, schema: Schema, listings: Sequence[Listing]) -> Corpus:
        """The corpus of these listings."""
        projected = tuple(documents(schema, listings))
        return cls(schema, listings, projected, Judge(schema, listings, projected))


@dataclass(frozen=True)
class Asker:
    """An engine that holds the corpus, and a loop to wait for it on."""

    opened: Opened
    runner: asyncio.Runner

    def ask(self, query: Query) -> Results:
        """The engine's answer."""
        return self.runner.run(self.opened.engine.search(query))


@contextmanager
def indexed(opener: Opener, folder: Path, corpus: Corpus) -> Iterator[Asker]:
    """The engine with the corpus in its index."""
    with opener(folder, index_settings(corpus.schema)) as opened, asyncio.Runner() as runner:
        opened.writer.rebuild(corpus.documents)
        yield Asker(opened, runner)
        runner.run(opened.engine.close())


@dataclass(frozen=True)
class Answer:
    """How one query was answered. The measures are None for a query without an answer."""

    judged: Judged
    total: int
    relaxed: bool
    ranked: tuple[tuple[str, int], ...]
    """Id and grade of the hits, in order."""
    ndcg: float | None = None
    recall: float | None = None
    reciprocal_rank: float | None = None


@dataclass(frozen=True)
class Figures:
    """Means over the queries of one kind.

    `zero` is the share that found nothing; `plain` the share that found something without saying that the search was
    widened, which for queries without an answer is a false answer.
    """

    queries: int
    zero: float
    plain: float
    ndcg: float | None = None
    recall: float | None = None
    mrr: float | None = None


def measure(asker: Asker, corpus: Corpus, queries: QuerySet) -> tuple[Answer, ...]:
    """Ask everything. Raises ValueError for a query that is not judged rightly."""
    return tuple(_answer(asker, corpus, judged) for judged in queries.queries)


def _answer(asker: Asker, corpus: Corpus, judged: Judged) -> Answer:
    grades = corpus.judge.grades(judged)
    results = asker.ask(judged.query(corpus.schema))
    ranked = tuple((hit.id, grades.get(hit.id, 0)) for hit in results.hits)
    if judged.kind == "none":
        return Answer(judged, results.total, results.relaxed, ranked)
    order = [grade for _, grade in ranked]
    return Answer(
        judged,
        results.total,
        results.relaxed,
        ranked,
        metrics.ndcg(order, grades.values(), DEPTH),
        metrics.recall(order, grades.values(), DEPTH, RELEVANT),
        metrics.reciprocal_rank(order, DEPTH, RELEVANT),
    )


def summary(answers: Iterable[Answer]) -> dict[str, Figures]:
    """Figures of all queries that have an answer, then of each kind."""
    given = list(answers)
    rows = {ALL: [answer for answer in given if answer.judged.kind != "none"]}
    rows |= {kind: [answer for answer in given if answer.judged.kind == kind] for kind in KINDS}
    return {name: _figures(row) for name, row in rows.items() if row}


def _figures(answers: Sequence[Answer]) -> Figures:
    return Figures(
        queries=len(answers),
        zero=_mean(answer.total == 0 for answer in answers) or 0.0,
        plain=_mean(answer.total > 0 and not answer.relaxed for answer in answers) or 0.0,
        ndcg=_mean(answer.ndcg for answer in answers),
        recall=_mean(answer.recall for answer in answers),
        mrr=_mean(answer.reciprocal_rank for answer in answers),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None
