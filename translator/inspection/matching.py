"""Matching heads of two models by their attention patterns.

Two models have read the same source and the same target. The likeness of a head of the first and a
head of the second is the mean over the target's rows of how much of their weights overlap: the sum
of the smaller of the two weights at each source position. 1 is the same pattern, 0 is no position
in common; 1 minus likeness is the total variation distance of the rows.

Heads of all layers are paired one to one, so that the likenesses of the pairs have the largest
possible sum. If the models have different numbers of heads, some heads of the larger one remain
without a partner.

Letters of the shapes: N layers and H heads of the first model, M layers and G heads of the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.inspection.words import Array, Word, group_into_words

_SAME_PLACE = 1e-6
"""Among pairings that are alike to within this, heads of the same layer and number are paired:
heads that look at one position alone, as over a source of one token, are all alike."""


@dataclass(frozen=True, kw_only=True)
class HeadPair:
    """A head of each model; layer and head, both from 0."""

    first: tuple[int, int]
    second: tuple[int, int]
    likeness: float
    """0 to 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Matching:
    """How the heads of two models are paired."""

    pairs: Sequence[HeadPair]
    """By the layer and head of the first model."""
    only_first: Sequence[HeadPair]
    """Heads of the first model without a partner, each with the most similar head of the second."""
    only_second: Sequence[HeadPair]
    """Heads of the second model without a partner, each with the most similar head of the first."""
    likeness: Array
    """(N, H, M, G): of each head of the first model and each of the second."""


def overlaps(first: Array, second: Array) -> Array:
    """(N, H, T, S) and (M, G, T, S) -> (N, H, M, G, T): the overlap of each row, 0 to 1."""
    # Of rows that sum to 1 it is 1 less half of what they differ by, which is exact for equal ones.
    # Head by head: all at once would take gigabytes for a large model and a long sentence.
    of_heads = [
        1 - np.abs(first[head] - second).sum(axis=-1) / 2 for head in np.ndindex(first.shape[:2])
    ]
    return np.reshape(of_heads, (*first.shape[:2], *second.shape[:3]))


def match_heads(likeness: Array) -> Matching:
    """Pair heads so that the sum of their `likeness` (N, H, M, G) is the largest."""
    first, second = likeness.shape[:2], likeness.shape[2:]
    places, others = list(np.ndindex(first)), list(np.ndindex(second))
    worth = likeness.reshape(len(places), len(others)).astype(float)
    same_place = np.array([[one == other for other in others] for one in places])
    chosen = _assign(-(worth + _SAME_PLACE * same_place))
    lonely = set(range(len(places))) - chosen.keys()
    others_lonely = set(range(len(others))) - set(chosen.values())

    def pair(row: int, column: int) -> HeadPair:
        likeness_here = float(worth[row, column])
        return HeadPair(first=places[row], second=others[column], likeness=likeness_here)

    return Matching(
        pairs=[pair(row, column) for row, column in sorted(chosen.items())],
        only_first=[pair(row, int(worth[row].argmax())) for row in sorted(lonely)],
        only_second=[pair(int(worth[:, col].argmax()), col) for col in sorted(others_lonely)],
        likeness=likeness,
    )


def common_words(first: Sequence[str], second: Sequence[str]) -> tuple[list[Word], list[Word]]:
    """The words of one text in the pieces of two vocabularies, the same number of each.

    If a piece of either vocabulary spells several words, these become one word in both.
    """
    words, others = group_into_words(first), group_into_words(second)
    ends = sorted(set(_ends(words)) & set(_ends(others)))
    return _join(words, ends), _join(others, ends)


def _ends(words: Sequence[Word]) -> list[int]:
    """How many characters there are up to the end of each word, without spaces."""
    lengths = [1 if word.is_special else len(word.text.replace(" ", "")) for word in words]
    return np.cumsum(lengths, dtype=int).tolist()


def _join(words: Sequence[Word], ends: Sequence[int]) -> list[Word]:
    """One word for all those that end after one of `ends`, up to the next."""
    joined: list[Word] = []
    is_open = False
    for word, end in zip(words, _ends(words), strict=True):
        if is_open:
            before = joined.pop()
            word = Word(before.text + word.text, before.pieces + word.pieces)
        joined.append(word)
        is_open = end not in ends
    return joined


def _assign(costs: NDArray[np.float64]) -> dict[int, int]:
    """Assignment of rows to columns, one to one, at the least total cost.

    The Hungarian method by shortest augmenting paths: rows come in one after another, each by the
    cheapest chain of rows that give way to it. Takes rows² x columns operations.
    """
    if costs.shape[0] > costs.shape[1]:
        return {row: column for column, row in _assign(costs.T).items()}
    num_rows, num_columns = costs.shape
    prices_of_rows, prices = np.zeros(num_rows), np.zeros(num_columns + 1)
    owners = np.full(num_columns + 1, -1)  # of each column; the last one is where a row comes in
    for newcomer in range(num_rows):
        column = num_columns
        owners[column] = newcomer
        distances = np.full(num_columns, np.inf)
        came_from = np.full(num_columns, num_columns)
        done = np.zeros(num_columns + 1, dtype=bool)
        while owners[column] >= 0:
            done[column] = True
            row = owners[column]
            reduced = costs[row] - prices_of_rows[row] - prices[:-1]
            closer = ~done[:-1] & (reduced < distances)
            distances[closer], came_from[closer] = reduced[closer], column
            nearest = int(np.where(done[:-1], np.inf, distances).argmin())
            step = distances[nearest]
            prices_of_rows[owners[done]] += step
            prices[done] -= step
            distances[~done[:-1]] -= step
            column = nearest
        while column != num_columns:
            owners[column] = owners[came_from[column]]
            column = came_from[column]
    return {int(row): column for column, row in enumerate(owners[:-1]) if row >= 0}
