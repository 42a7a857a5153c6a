"""The course of learning: which head became the best, and when.

The best head has the lowest alignment error or, without gold, the lowest entropy. Layers and heads
count from 0.
"""

from collections.abc import Sequence

import numpy as np

from translator.inspection.heads.report import Head
from translator.inspection.learning import WHOLE, Learning, Snapshot
from translator.inspection.measures import entropy
from translator.inspection.words import Array


def spread(size: int, num: int) -> list[int]:
    """At most `num` of range(size), evenly spread, including the first and the last."""
    return sorted({round(at) for at in np.linspace(0, size - 1, num)})


def course(learning: Learning) -> Array:
    """(snapshot, N, H): the numbers by which heads are compared, lower is better: alignment error
    rates, or else entropy in bits."""
    return np.stack([_measure(snapshot) for snapshot in learning.snapshots])


def best_head(learning: Learning, layer: int | None = None, head: int | None = None) -> Head:
    """The best head in the end, among all heads or those that `layer` or `head` select."""
    last = course(learning)[-1]
    places = [
        (at_layer, at_head)
        for at_layer, at_head in np.ndindex(last.shape)
        if layer in (None, at_layer) and head in (None, at_head)
    ]
    return min(places, key=lambda place: last[place])


def leading_layers(learning: Learning) -> list[int]:
    """The layer of the best head at each snapshot."""
    by_layer = course(learning).min(axis=-1)
    return [int(layer) for layer in by_layer.argmin(axis=-1)]


def reigns(learning: Learning) -> list[tuple[int, int]]:
    """The leading layers, each with the snapshot from which it led."""
    leaders = leading_layers(learning)
    starts = [at for at in range(len(leaders)) if at == 0 or leaders[at] != leaders[at - 1]]
    return [(leaders[at], at) for at in starts]


def first_past(values: Sequence[float], threshold: float) -> int:
    """The first index from which on no value is below `threshold`, or len(values)."""
    past = len(values)
    while past and values[past - 1] >= threshold:
        past -= 1
    return past


def even_entropy(learning: Learning) -> float:
    """The entropy in bits of the rows of the probes if all weights of a row were equal, averaged
    over rows."""
    bits = [np.log2(len(probe.source)) for probe in learning.probes for _ in probe.writes]
    return float(np.mean(bits))


def probe_entropy(learning: Learning, at: int) -> Array:
    """(N, H), bits: entropy of the probes' cross-attention in one snapshot, averaged over rows."""
    probes = learning.snapshots[at].attention
    weights = [np.divide(each["cross_attn"], WHOLE, dtype=np.float32) for each in probes]
    return np.concatenate([entropy(one) for one in weights], axis=-1).mean(axis=-1)


def _measure(snapshot: Snapshot) -> Array:
    return snapshot.entropy if snapshot.aer is None else snapshot.aer
