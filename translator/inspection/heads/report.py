"""The report of heads over a split: the numbers that tables, files and pages show.

N layers, H heads, both counted from 0. An array of estimates has a last axis of 3: the mean over
all decoding steps, and the ends of its 95% interval by a bootstrap over sentences. BLEU is measured
on greedy translations. For everything else the decoder reads the references: "the written token" is
the reference token, and nats are the loss of its log-probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from translator.inspection.alignment import Chooser, Reader
from translator.inspection.inspection import Quantity, Rows
from translator.inspection.words import Array

Head = tuple[int, int]
"""Layer and head."""


def head_name(head: Head) -> str:
    """As people read it, from 1: "2.4" is head 4 of layer 2."""
    layer, number = head
    return f"{layer + 1}.{number + 1}"


class Pruned(NamedTuple):
    """A point of the pruning curve (Michel et al. 2019)."""

    removed: Head | None
    """The head that this point removes, besides those of the points before; None for the first."""
    bleu: float
    lost: float
    """Nats lost per reference token, compared with the first point."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to read an alignment from any head; `alignment.Reader` explains the words."""

    rows: Rows
    by: Quantity
    chosen_by: Chooser
    best_head: Head
    """The head with the lowest error on validation."""
    best_head_on_validation: float
    best_head_here: float
    """Its error on this split."""
    mean_on_validation: float
    """The error of the mean of all heads."""
    mean_here: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """Heads compared with a gold alignment of the same split; all error rates from 0 to 1."""

    num_sentences: int
    by_weights: Array
    """(N, H): AER of each head by its weights, in the rows and with the choosers of `chosen`."""
    by_norms: Array
    """(N, H): the same by norms."""
    chosen: Reader
    """The rule with the lowest error on validation: which head or mean, weights or norms, which
    rows, and whose words choose."""
    chosen_on_validation: float
    """Its error there."""
    chosen_here: float
    """Its error on this split."""
    best_head: Head
    """The single head with the lowest error on validation, by the rule that is best for it."""
    best_head_here: float
    """Its error on this split by that rule."""
    ways: Sequence[Way]
    """Every combination of `rows`, `by` and `chosen_by`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contributions:
    """The contributions to the written token."""

    source_share: Array
    """(3,), 0 to 1: the share that the source has in a written token, by ALTI+ (Ferrando et al.
    2022); the target prefix has the rest."""
    head_logit: Array
    """(N, H, 3): what a head of cross-attention adds directly to the logit of the written token
    less that of the most probable other token, the scale of the last norm frozen."""
    part_logit: Mapping[str, Array]
    """(3,) each: the same of all parts: "embedding", "self-attention", "cross-attention",
    "feed-forward", "biases". They sum to "total"."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explained:
    """How well one view names the source tokens that matter."""

    top1: Array | None
    """(3,), 0 to 1: how often its heaviest token is the one that costs most when it is left out.
    None for "best" and "random"."""
    comprehensiveness: Array
    """(k, 3): nats lost when its k = 1, 2, 3 heaviest tokens are hidden: the more the better."""
    sufficiency: Array
    """(k, 3): nats lost when all but these are hidden: the less the better."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadReport:
    """A run over a split."""

    run: str
    split: str
    num_sentences: int
    num_rows: int
    """Decoding steps."""
    bleu: float
    """Of greedy translations, nothing removed."""
    bleu_signature: str
    pattern: Mapping[str, Array]
    """(N, H, 3) each: "entropy" (bits), "largest", "sink_share", "same_position", "coverage" (0 to
    1), as `measures.Measures` explains them."""
    zeroed: Array
    """(N, H, 3): nats lost when the head contributes nothing."""
    uniform: Array
    """(N, H, 3): nats lost when its weights are all alike."""
    bleu_without: Array
    """(N, H): BLEU when the head contributes nothing."""
    layer_zeroed: Array
    """(N, 3): nats lost without all heads of the layer."""
    layer_bleu_without: Array
    """(N,)"""
    pruning: Sequence[Pruned]
    """From all heads to none, in the order of `zeroed`, the smallest first. The order is found on
    the same sentences as the scores."""
    alignment: Alignment | None
    """None where the split has no gold."""
    contributions: Contributions
    explained: Mapping[str, Explained] | None
    """By view: "weights", "norms", "alti", "gradient_x_input", and "best", "random" beside them.
    None where no token matters anywhere."""
    num_explained: int
    """Decoding steps at which some token matters, of the first `faithfulness.MOST_SENTENCES`
    sentences; `explained` is over these."""
