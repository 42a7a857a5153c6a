"""Means over many sentences, with confidence intervals by a bootstrap over sentences.

Decoding steps of one sentence depend on each other, so whole sentences are resampled (Koehn 2004).
A mean is a ratio: the sum over all rows, divided by the number of rows. Each resample takes as many
sentences as there are, with replacement, and has its own ratio; the interval holds the middle 95%
of these ratios. The resamples depend only on the number of sentences. So the same sums always have
the same interval, and two runs on the same sentences are resampled in pairs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from translator.inspection.words import Array

NUM_DRAWS = 1000
LEVELS = (0.025, 0.975)
"""The quantiles of the resamples at which the interval begins and ends."""

Numbers = NDArray[np.float64]


class Sums(NamedTuple):
    """Numbers summed over rows: in one sentence (...), or in each of several (sentences, ...)."""

    total: ArrayLike
    rows: ArrayLike
    """() or (sentences,): how many rows were summed, maybe none. A row is a decoding step, or
    whatever else the mean is taken over."""


def stack(sentences: Sequence[Mapping[str, Sums]]) -> dict[str, Sums]:
    """The sums of single sentences, which all have the same names, side by side."""
    return {
        name: Sums(
            np.stack([np.asarray(sums[name].total, dtype=float) for sums in sentences]),
            np.array([sums[name].rows for sums in sentences], dtype=float),
        )
        for name in sentences[0]
    }


def estimate(sums: Sums) -> Array:
    """Sums of sentences (sentences, ...) -> (..., 3): the mean and the ends of its interval.

    All three are nan without rows.
    """
    return _with_interval(_ratios(sums))


def estimate_difference(a: Sums, b: Sums) -> Array:
    """The mean of `a` minus that of `b`, over the same sentences: (..., 3), like `estimate`.

    The rows may differ, as they do between vocabularies.
    """
    return _with_interval(_ratios(a) - _ratios(b))


def _ratios(sums: Sums) -> Numbers:
    """(1 + NUM_DRAWS, ...): the ratio of the original sentences, then of each resample."""
    total, rows = np.asarray(sums.total, dtype=float), np.asarray(sums.rows, dtype=float)
    times = _times(len(rows))
    with np.errstate(invalid="ignore"):  # a draw without a row is 0 / 0
        ratios: Numbers = ((times @ total.reshape(len(rows), -1)).T / (times @ rows)).T
    return ratios.reshape(-1, *total.shape[1:])


def _times(num_sentences: int) -> Numbers:
    """(1 + NUM_DRAWS, sentences): how often a resample has each sentence; the first has each
    once."""
    generator = np.random.default_rng(num_sentences)
    evenly = np.full(num_sentences, 1 / num_sentences)
    draws = generator.multinomial(num_sentences, evenly, size=NUM_DRAWS)
    return np.concatenate([np.ones((1, num_sentences)), draws])


def _with_interval(ratios: Numbers) -> Array:
    mean, draws = ratios[0], ratios[1:]
    if np.isnan(mean).all():
        return np.stack([mean] * 3, axis=-1).astype(np.float32)
    found = np.stack([mean, *np.nanquantile(draws, LEVELS, axis=0)], axis=-1)
    return found.astype(np.float32)
