"""`python -m benchmarks.relevance`: how well each engine answers the judged queries, against the committed figures.

Ends with 1 where a figure has fallen beyond its bound. The reporting half is for reporting: change nothing in the
search because of one of its queries; that is what the tuning half is for.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.relevance import figures as figures_
from benchmarks.relevance.corpus import digest, read_corpus
from benchmarks.relevance.engines import MEILISEARCH_URL, measured
from benchmarks.relevance.measuring import Answer, Corpus, Figures, indexed, measure, summary
from benchmarks.relevance.queries import QuerySet, read_sets
from catalogue_schema import load_schema

COLUMNS = ("ndcg", "recall", "mrr", "zero", "plain")
TITLES = ("nDCG@10", "recall@10", "MRR", "no hit", "not widened")
WORST = 0.9
"""`--answers` lists the queries whose nDCG@10 is below this."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, compare; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--half", help="only this one (tuning or reporting)")
    parser.add_argument("--commit", action="store_true", help="make the measured figures the committed ones")
    parser.add_argument(
        "--answers", action="store_true", help=f"list the tuning queries below {WORST} with what they found"
    )
    parser.add_argument(
        "--list", metavar="RULE", help="only list the listings for which a rule of grades holds"
    )
    given = parser.parse_args(arguments)
    schema = load_schema()
    corpus = Corpus.of(schema, read_corpus())
    if given.list:
        return _list(corpus, given.list)
    halves = [half for half in read_sets() if given.half in (None, half.name)]
    if not halves:
        parser.error(f"there is no half called {given.half}")
    engines = measured()
    print(f"{len(corpus.listings):,} listings, corpus {digest(corpus.listings)}")
    if "meilisearch" not in engines:
        print(f"Meilisearch is not measured: {MEILISEARCH_URL} names no server.")
    found: dict[str, dict[str, dict[str, Figures]]] = {}
    for engine, opener in engines.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            indexed(opener, Path(folder), corpus) as asker,
        ):
            for half in halves:
                answers = measure(asker, corpus, half)
                found.setdefault(engine, {})[half.name] = summary(answers)
                _print(engine, half, found[engine][half.name])
                if given.answers and half.name == "tuning":
                    _print_answers(answers)
    if given.commit:
        figures_.write(digest(corpus.listings), found)
        print(f"committed to {figures_.FILE.name}")
        return 0
    faults = figures_.faults(digest(corpus.listings), found)
    print("\n".join(faults) if faults else "No figure has fallen beyond its bound.")
    return 1 if faults else 0


def _print(engine: str, half: QuerySet, rows: dict[str, Figures]) -> None:
    before = figures_.committed(engine, half.name)
    print(f"\n{engine}, {half.name} half")
    titles = " ".join(f"{title:>14}" for title in TITLES)
    print(f"{'kind':8} {'queries':>7}  {titles}")
    for kind, row in rows.items():
        cells = [_cell(getattr(row, name), getattr(before.get(kind), name, None)) for name in COLUMNS]
        print(f"{kind:8} {row.queries:7}  {' '.join(cells)}")


def _cell(now: float | None, before: float | None) -> str:
    if now is None:
        return f"{'':14}"
    change = f"({now - before:+.3f})" if before is not None and abs(now - before) >= 0.0005 else ""
    return f"{now:.3f} {change:8}".rjust(14)


def _print_answers(answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.ndcg is not None and answer.ndcg < WORST:
            found = ", ".join(f"{id_} {grade}" for id_, grade in answer.ranked) or "nothing"
            print(
                f"{answer.judged.kind:8} {answer.judged.title}: {answer.ndcg:.2f} of {answer.total}: {found}"
            )


def _list(corpus: Corpus, rule: str) -> int:
    for listing in corpus.judge.matching(rule):
        print(f"{listing.key}\t{listing.name}\t{listing.vendor.name}\t{' '.join(listing.features)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
