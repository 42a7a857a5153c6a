"""How attention was learned: a few sentences, read repeatedly during training.

The decoder reads the references of the sentences ("teacher forcing"), so that the rows of different
steps belong to the same words and can be compared. Shape letters are those of `inspection.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.inspection.inspection import Kind
from translator.inspection.words import Array

WHOLE = 255
"""The stored value of a weight of 1. A stored weight has an error of at most 1 / (2 * WHOLE)."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A validation sentence that is read at every snapshot, and its reference."""

    text: str
    tgt: str
    source: list[str]
    """S pieces, </s> last."""
    reads: list[str]
    """T pieces, <s> first."""
    writes: list[str]
    """T pieces, </s> last."""
    alignment: list[tuple[int, int]] | None = None
    """Gold links, source word and target word from 0, if the corpus has them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """Attention and scores of the averaged weights after `step` steps; step 0 is before
    training."""

    step: int
    bleu: float
    """BLEU of greedy translations of the `Learning.num_sentences` sentences."""
    loss: float
    """In nats per target token of their references."""
    entropy: Array
    """(N, H), bits: entropy of cross-attention, averaged over all rows of these sentences."""
    aer: Array | None
    """(N, H), 0 to 1: alignment error rate of each head over these sentences; None without gold."""
    probabilities: Sequence[Array]
    """For each probe (T,): the probability of each reference token."""
    attention: Sequence[Mapping[Kind, Bytes]]
    """For each probe, by kind, (N, H, queries, memory): weights times WHOLE, rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning:
    """The record of one training."""

    name: str
    """The name of the run."""
    probes: Sequence[Probe]
    snapshots: Sequence[Snapshot]
    """In order of steps; the first is that of step 0."""
    num_sentences: int
    """Validation sentences over which BLEU, loss, entropy and AER are measured."""
    bleu_signature: str


NUM_SNAPSHOTS = 40
FIRST_STEP = 25
"""The first snapshot after step 0; from there, the steps grow geometrically."""


def snapshot_steps(max_steps: int) -> list[int]:
    """The steps at which a training of this many steps is recorded: about NUM_SNAPSHOTS, closer
    together early on, and the last step; every step of a short training."""
    if max_steps < NUM_SNAPSHOTS:
        return list(range(max_steps + 1))
    first = min(FIRST_STEP, max_steps / 10)
    between = np.geomspace(first, max_steps, NUM_SNAPSHOTS - 1)[:-1]
    return sorted({0, *(5 * round(step / 5) for step in between.tolist()), max_steps})


def kept_steps(max_steps: int, number: int) -> list[int]:
    """This many of the `snapshot_steps`, evenly spread, including the first and the last."""
    steps = snapshot_steps(max_steps)
    places = np.linspace(0, len(steps) - 1, min(number, len(steps))).round().astype(int)
    return [steps[place] for place in places]
