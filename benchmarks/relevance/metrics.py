"""How good one answer is: nDCG, recall and reciprocal rank at ten, computed from grades in the order of the hits."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def ndcg(ranked: Sequence[int], judged: Collection[int], depth: int) -> float:
    """Discounted cumulative gain of the first `depth` hits as a share of the best possible.

    `ranked` are the grades of the hits in their order (0 for what nobody asked for), `judged` all grades above 0 that
    the corpus has for the query. Gain is 2^grade - 1, the discount log2(rank + 1). Raises ValueError where nothing is
    judged.
    """
    best = _gain(sorted(judged, reverse=True)[:depth])
    if not best:
        raise ValueError("nothing is relevant, so there is no best answer to compare with")
    return _gain(ranked[:depth]) / best


def recall(ranked: Sequence[int], judged: Collection[int], depth: int, relevant: int) -> float:
    """The share of listings of at least the grade `relevant` that are among the first `depth` hits.

    Where the corpus has more of them than `depth`, `depth` is all there can be, and stands for 1. Raises ValueError
    where nothing is relevant.
    """
    possible = min(depth, sum(grade >= relevant for grade in judged))
    if not possible:
        raise ValueError("nothing is relevant, so there is nothing to recall")
    return sum(grade >= relevant for grade in ranked[:depth]) / possible


def reciprocal_rank(ranked: Sequence[int], depth: int, relevant: int) -> float:
    """1 over the rank of the first hit of at least the grade `relevant`; 0 where none is among the first `depth`."""
    for rank, grade in enumerate(ranked[:depth], 1):
        if grade >= relevant:
            return 1 / rank
    return 0.0


def _gain(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1)))
