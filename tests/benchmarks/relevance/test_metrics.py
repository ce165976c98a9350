"""The measures, against examples worked out by hand."""

import pytest

from benchmarks.relevance.metrics import ndcg, recall, reciprocal_rank


def test_ndcg_discounts_by_rank_and_weighs_by_grade() -> None:
    # Gains 7, 3, 1 for grades 3, 2, 1; discounts 1, log2(3) = 1.58496, 2, log2(5) = 2.32193.
    # Found: 7 + 0 + 3/2 = 8.5. Best: 7 + 3/1.58496 + 3/2 = 7 + 1.89279 + 1.5 = 10.39279.
    assert ndcg([3, 0, 2], [3, 2, 2], 10) == pytest.approx(8.5 / 10.39279, abs=1e-5)
    # The same three in their best order.
    assert ndcg([3, 2, 2], [2, 3, 2], 10) == 1.0
    # Backwards: 1 + 3/1.58496 + 7/2 = 6.39279 of 7 + 1.89279 + 1/2 = 9.39279.
    assert ndcg([1, 2, 3], [3, 2, 1], 10) == pytest.approx(6.39279 / 9.39279, abs=1e-5)
    assert ndcg([0, 0, 0], [3], 10) == 0.0
    assert ndcg([], [1], 10) == 0.0


def test_ndcg_counts_no_hit_and_no_best_answer_beyond_the_depth() -> None:
    assert ndcg([3, 3], [3, 3, 3, 3], 2) == 1.0
    # At depth 2 the 3 at rank 3 is not seen: 1/1.58496 = 0.63093 of 7 + 7/1.58496 = 11.41650.
    assert ndcg([0, 1, 3], [3, 3, 1], 2) == pytest.approx(0.63093 / 11.41650, abs=1e-5)


def test_recall_is_of_what_the_depth_can_hold() -> None:
    # Three listings of grade 2 or 3, two of them found; the 1 does not count.
    assert recall([3, 1, 0, 2], [3, 3, 2, 1], 10, 2) == pytest.approx(2 / 3)
    # Four are relevant, two places: both taken is all there can be.
    assert recall([2, 3, 3], [3, 3, 3, 2], 2, 2) == 1.0
    assert recall([], [2], 10, 2) == 0.0


def test_reciprocal_rank_is_of_the_first_relevant_hit() -> None:
    assert reciprocal_rank([0, 1, 0, 2, 3], 10, 2) == 0.25
    assert reciprocal_rank([3], 10, 2) == 1.0
    assert reciprocal_rank([1, 0, 0, 3], 3, 2) == 0.0


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is relevant"):
        ndcg([0], [], 10)
    with pytest.raises(ValueError, match="nothing is relevant"):
        recall([1], [1], 10, 2)
