"""Means over sentences and their intervals."""

import numpy as np
import pytest

from translator.inspection.heads.intervals import Sums, estimate, estimate_difference, stack


def test_the_mean_is_over_all_rows_not_over_sentences() -> None:
    sums = stack([{"x": Sums([2.0, 0.0], 1)}, {"x": Sums([4.0, 9.0], 5)}])["x"]

    mean = estimate(sums)[..., 0]

    assert mean.tolist() == [(2 + 4) / (1 + 5), (0 + 9) / (1 + 5)]


def test_the_interval_is_that_of_a_binomial_share_where_a_hand_can_work_it() -> None:
    """Of 100 sentences of one row 20 have a 1: 95 % of a binomial's shares are 0.12 to 0.28."""
    ones = (np.arange(100) < 20).astype(float)

    mean, low, high = estimate(Sums(ones, np.ones(100)))

    assert mean == pytest.approx(0.2)
    assert low == pytest.approx(0.12, abs=0.015)
    assert high == pytest.approx(0.28, abs=0.015)


def test_one_sentence_or_all_alike_leave_no_doubt() -> None:
    assert estimate(Sums([[6.0]], [4.0])).tolist() == [[1.5, 1.5, 1.5]]
    assert estimate(Sums([3.0, 6.0, 9.0], [1.0, 2.0, 3.0])) == pytest.approx([3.0, 3.0, 3.0])


def test_the_same_sums_have_the_same_interval_which_holds_their_mean() -> None:
    generator = np.random.default_rng(7)
    sums = Sums(generator.normal(size=(31, 2, 5)), generator.integers(1, 9, size=31))

    found = estimate(sums)

    assert found.shape == (2, 5, 3)
    assert np.array_equal(found, estimate(sums))
    assert (found[..., 1] < found[..., 0]).all()
    assert (found[..., 0] < found[..., 2]).all()


def test_differences_are_paired_so_what_sentences_share_makes_no_doubt() -> None:
    shared = np.random.default_rng(7).normal(size=40)
    rows = np.arange(1.0, 41.0)

    mean, low, high = estimate_difference(Sums(shared + 3 * rows, rows), Sums(shared + rows, rows))

    assert (mean, low, high) == pytest.approx((2, 2, 2))


def test_a_difference_is_between_means_that_are_each_over_their_own_rows() -> None:
    mean, *_ = estimate_difference(Sums([4.0, 8.0], [1.0, 2.0]), Sums([4.0, 8.0], [4.0, 4.0]))

    assert mean == 12 / 3 - 12 / 8


def test_draws_without_any_row_are_left_out() -> None:
    """Of three sentences one has rows: 30 % of the draws miss it, the others have its own mean."""
    assert estimate(Sums([5.0, 0.0, 0.0], [2.0, 0.0, 0.0])).tolist() == [2.5, 2.5, 2.5]


def test_without_any_row_there_is_no_mean() -> None:
    assert np.isnan(estimate(Sums([[0.0], [0.0]], [0.0, 0.0]))).tolist() == [[True] * 3]
