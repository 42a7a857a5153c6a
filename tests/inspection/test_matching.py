"""Heads matched by their patterns: what is alike, who goes with whom, and words in common."""

import itertools

import numpy as np
import pytest

from translator.inspection.matching import HeadPair, common_words, match_heads, overlaps


def test_the_overlap_of_two_rows_is_the_weight_that_they_have_in_common() -> None:
    first = np.array([[[[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]]], dtype=np.float32)
    second = np.array([[[[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]]]], dtype=np.float32)

    found = overlaps(first, second)

    assert found.shape == (1, 1, 1, 1, 2)
    np.testing.assert_allclose(found.ravel(), [0.2 + 0.3, 0], atol=1e-6)


def test_overlaps_stand_by_both_heads_and_row() -> None:
    first, second = random_weights(2, 3, 5, 7), random_weights(1, 4, 5, 7)

    found = overlaps(first, second)

    assert found.shape == (2, 3, 1, 4, 5)
    smaller = np.minimum(first[1, 2, 4], second[0, 3, 4]).sum()
    assert found[1, 2, 0, 3, 4] == pytest.approx(smaller, abs=1e-6)


def test_equal_models_match_head_by_head_with_likeness_1() -> None:
    weights = random_weights(2, 4, 5, 7)

    matching = match_heads(overlaps(weights, weights.copy()).mean(axis=-1))

    places = list(np.ndindex(2, 4))
    assert matching.pairs == [HeadPair(first=at, second=at, likeness=1.0) for at in places]
    assert matching.only_first == matching.only_second == []


def test_heads_that_are_all_alike_match_in_their_places() -> None:
    alike = np.ones((2, 3, 5, 1), dtype=np.float32)

    matching = match_heads(overlaps(alike, alike[:, :2]).mean(axis=-1))

    pairs = [(pair.first, pair.second) for pair in matching.pairs]
    assert pairs == [(at, at) for at in np.ndindex(2, 2)]
    assert [pair.first for pair in matching.only_first] == [(0, 2), (1, 2)]


def test_the_pairs_have_the_largest_sum_even_where_the_best_single_pair_must_part() -> None:
    # Taking 0.9 first would leave 0.1: 1.0 in all. The other way has 0.8 + 0.7.
    likeness = np.array([[0.9, 0.8], [0.7, 0.1]]).reshape(1, 2, 2, 1)

    matching = match_heads(likeness)

    assert matching.pairs == [
        HeadPair(first=(0, 0), second=(1, 0), likeness=0.8),
        HeadPair(first=(0, 1), second=(0, 0), likeness=0.7),
    ]


def test_of_four_heads_against_one_the_most_like_is_its_partner() -> None:
    likeness = np.array([0.2, 0.4, 0.9, 0.3])

    to_one = match_heads(likeness.reshape(1, 4, 1, 1))
    to_four = match_heads(likeness.reshape(1, 1, 2, 2))

    assert to_one.pairs == [HeadPair(first=(0, 2), second=(0, 0), likeness=0.9)]
    assert to_one.only_first == [
        HeadPair(first=(0, at), second=(0, 0), likeness=likeness[at]) for at in (0, 1, 3)
    ]
    assert to_one.only_second == []
    assert to_four.pairs == [HeadPair(first=(0, 0), second=(1, 0), likeness=0.9)]
    assert [pair.second for pair in to_four.only_second] == [(0, 0), (0, 1), (1, 1)]
    assert to_four.only_first == []


@pytest.mark.parametrize(("num_first", "num_second"), [(1, 5), (3, 4), (5, 5), (6, 3)])
def test_no_other_pairing_has_a_larger_sum(num_first: int, num_second: int) -> None:
    for seed in range(20):
        likeness = np.random.default_rng(seed).random((num_first, num_second))
        fewer = likeness if num_first <= num_second else likeness.T
        best = max(
            sum(fewer[row, column] for row, column in enumerate(columns))
            for columns in itertools.permutations(range(fewer.shape[1]), len(fewer))
        )

        matching = match_heads(likeness.reshape(1, num_first, num_second, 1))

        assert sum(pair.likeness for pair in matching.pairs) == pytest.approx(best)
        assert len({pair.first for pair in matching.pairs}) == len(fewer)
        assert len({pair.second for pair in matching.pairs}) == len(fewer)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            ["▁Wind", "mühle", ".", "</s>"],
            ["▁W", "ind", "mü", "hle", ".", "</s>"],
            [("Windmühle", (0, 1), (0, 1, 2, 3)), (".", (2,), (4,)), ("</s>", (3,), (5,))],
        ),
        # The first has a piece for two marks, which joins them in both.
        (
            ["▁ja", "!“", "▁n", "ein", "</s>"],
            ["▁ja", "!", "“", "▁nein", "</s>"],
            [
                ("ja", (0,), (0,)),
                ("!“", (1,), (1, 2)),
                ("nein", (2, 3), (3,)),
                ("</s>", (4,), (4,)),
            ],
        ),
        # Each joins others; together they leave one.
        (["▁a", ",“", "-"], ["▁a", ",", "“-"], [("a", (0,), (0,)), (",“-", (1, 2), (1, 2))]),
        # An umlaut as a piece, and in bytes.
        (
            ["▁äh", "</s>"],
            ["▁", "<0xC3>", "<0xA4>", "h", "</s>"],
            [("äh", (0,), (0, 1, 2, 3)), ("</s>", (1,), (4,))],
        ),
    ],
    ids=["split differently", "joined by one", "joined by both", "in bytes"],
)
def test_words_in_common_are_as_fine_as_both_vocabularies_allow(
    first: list[str], second: list[str], expected: list[tuple[str, tuple[int, ...], object]]
) -> None:
    words, others = common_words(first, second)

    found = [
        (word.text, word.pieces, other.pieces) for word, other in zip(words, others, strict=True)
    ]
    assert found == expected
    assert [other.text for other in others] == [word.text for word in words]


def random_weights(*shape: int) -> np.ndarray:
    weights = np.random.default_rng(1).random(shape, dtype=np.float32) ** 4
    return weights / weights.sum(axis=-1, keepdims=True)
