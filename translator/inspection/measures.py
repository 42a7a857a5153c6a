"""Measures of heads: by attention pattern, and by effect on the output."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.inspection.inspection import Inspection
from translator.inspection.words import Array, group_into_words
from translator.text.tokenizer import SPECIALS


@dataclass(frozen=True, kw_only=True, eq=False)
class Measures:
    """One number per layer and head: each array is (N, H)."""

    entropy: Array
    """Entropy in bits, averaged over rows: 0 if all weight is on one position, log2 S if all
    weights are equal."""
    max: Array
    """The largest weight of a row, averaged over rows."""
    sink_share: Array
    """Weight on </s> and punctuation, averaged over rows."""
    coverage: Array
    """The weight on each source position but </s> over all rows, capped at 1 and averaged. 1:
    everything was read at least once."""
    monotonicity: Array
    """The share of moves from one row to the next in which the largest weight does not go left; 1
    for a single row."""
    same_position: Array
    """Weight of row t on source position t, averaged over rows; 0 beyond the source."""


def measure(inspection: Inspection) -> Measures:
    """The cross-attention of a sentence, over its pieces."""
    return measure_weights(inspection.weights, inspection.source)


def measure_weights(weights: Array, source: Sequence[str]) -> Measures:
    """`weights` (..., T, S), each row summing to 1, over the pieces `source`."""
    favourites = weights.argmax(axis=-1)
    moves = np.diff(favourites, axis=-1)
    onward = moves >= 0 if moves.shape[-1] else np.ones_like(favourites, dtype=bool)
    is_special = np.array([piece in SPECIALS.values() for piece in source])
    diagonal = np.diagonal(weights, axis1=-2, axis2=-1)
    return Measures(
        entropy=entropy(weights).mean(axis=-1),
        max=weights.max(axis=-1).mean(axis=-1),
        sink_share=weights[..., is_sink(source)].sum(axis=-1).mean(axis=-1),
        coverage=np.minimum(weights.sum(axis=-2), 1)[..., ~is_special].mean(axis=-1),
        monotonicity=onward.mean(axis=-1, dtype=np.float32),
        same_position=diagonal.sum(axis=-1) / weights.shape[-2],
    )


def entropy(weights: Array) -> Array:
    """(..., S) -> (...), bits: of each row of weights, which sums to 1."""
    # 0 log 0 is 0 here, its limit.
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    bits: Array = -(weights * logs).sum(axis=-1)
    return bits


def is_sink(pieces: Sequence[str]) -> NDArray[np.bool_]:
    """(S,): special tokens and punctuation, where a head puts weight that it has no use for."""
    sinks = np.zeros(len(pieces), dtype=bool)
    for word in group_into_words(pieces):
        if word.is_special or not any(char.isalnum() for char in word.text):
            sinks[list(word.pieces)] = True
    return sinks
