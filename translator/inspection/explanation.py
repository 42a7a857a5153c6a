"""Does attention explain what was written? Its heaviest tokens, put to the test.

To explain a word by its attention is to claim that the source tokens with the largest weights are
those that the word depends on. The test is to hide tokens, as `Intervention.drop` does, and to see
how many nats the log-probability of the written token loses:

- *Leave one out*: each token hidden alone.
- *Comprehensiveness*: the k heaviest tokens hidden together. It is large if they matter.
- *Sufficiency*: all tokens hidden but the k heaviest. It is small if they are enough. (Both are of
  DeYoung et al. 2020, in probabilities there.)

Where no token matters, no explanation can be right or wrong: means are taken over the decoding
steps at which some token, left out, costs more than `AT_STAKE` nats.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.what_if import intervene
from translator.inspection.words import Array

AT_STAKE = 0.1
"""Nats that some token must cost at a decoding step for the step to count."""
MAX_HEAVIEST = 3
"""k = 1, 2, 3."""
NUM_DRAWS = 10
"""Random sets of k tokens for a sentence; for k = 1 every token is tried instead."""

Tokens = tuple[int, ...]
"""Source positions, in order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Losses:
    """Nats lost by k = 1, 2, 3 chosen tokens, beside other choices of as many: (3, T)."""

    heaviest: Array
    """The k tokens with the largest mean weights."""
    best: Array
    """The best choice of all that were tried; for k = 1 that is every token, for k > 1 the heaviest
    and the first by leave-one-out of every decoding step, and the random ones. Hidden, the best
    choice loses most; kept, least."""
    random: Array
    """The mean over all tokens, or for k > 1 over `NUM_DRAWS` random sets."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """Of each written token (T) by the source tokens (S), </s> included; N layers, H heads."""

    leave_one_out: Array
    """(T, S): nats lost when the token is hidden; below 0 the written token gets more probable."""
    heaviest_by_weights: NDArray[np.intp]
    """(T,): the source position with the largest weight, by the mean of all layers and heads."""
    heaviest_by_norms: NDArray[np.intp]
    """(T,): the same by norms, the lengths of what was contributed."""
    hidden: Losses
    """Comprehensiveness: the k tokens hidden."""
    kept: Losses
    """Sufficiency: all tokens hidden but the k."""
    head_alone: Array
    """(N, H, T): nats lost when one head contributes nothing."""
    layer_together: Array
    """(N, T): nats lost when no head of the layer contributes anything."""

    @property
    def at_stake(self) -> NDArray[np.bool_]:
        """(T,): where some token matters."""
        return self.leave_one_out.max(axis=-1) > AT_STAKE

    @property
    def most_needed(self) -> NDArray[np.intp]:
        """(T,): the source position that costs most when it is left out."""
        return self.leave_one_out.argmax(axis=-1)


@dataclass(frozen=True, kw_only=True)
class MeanLosses:
    """`Losses` in the mean over decoding steps: three numbers each, in nats."""

    lost_heaviest: list[float]
    lost_best: list[float]
    lost_random: list[float]


@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """How well attention explains the sentences that were measured."""

    num_sentences: int
    num_steps: int
    """Decoding steps at which some token matters. The means up to `sufficiency` are over these."""
    top1_weights: float
    """Share of them, 0 to 1, where the token with the largest mean weight is the one that costs
    most when it is left out."""
    top1_norms: float
    """The same by norms."""
    comprehensiveness: MeanLosses
    """The k tokens hidden: the more is lost, the better they explain."""
    sufficiency: MeanLosses
    """All but the k hidden: the less is lost, the better they explain."""
    head_alone: list[list[float]]
    """By layer and head, in nats, the mean over all decoding steps: lost without the head."""
    layer_together: list[float]
    """By layer, likewise: lost without all its heads. Where it is more than the sum of each alone,
    the heads back each other up."""

    def payload(self) -> dict[str, object]:
        """As the page reads it: the same names in camelCase."""
        return asdict(self, dict_factory=_in_camel_case)


def explain(inspection: Inspection, translator: Translator) -> Explanation:
    """Raises InspectionError for a translator that did not make the inspection."""
    num_source = len(inspection.source)
    weights, norms = inspection.weights.mean(axis=(0, 1)), inspection.norms.mean(axis=(0, 1))
    [lost] = _lost(inspection, translator, [_drawn(num_source, 1)])
    leave_one_out = lost.T

    # A sentence may have fewer tokens, and something has to be left to look at.
    sizes = [min(size, num_source - 1) for size in range(1, MAX_HEAVIEST + 1)]
    tried = [
        [*_largest(weights, size), *_largest(leave_one_out, size), *_drawn(num_source, size)]
        for size in sizes
    ]
    others = [[_others(tokens, num_source) for tokens in sets] for sets in tried]
    lost_by_size = _lost(inspection, translator, [*tried, *others])
    head_alone, layer_together = without_heads(inspection, translator)
    return Explanation(
        leave_one_out=leave_one_out,
        heaviest_by_weights=weights.argmax(axis=-1),
        heaviest_by_norms=norms.argmax(axis=-1),
        hidden=_losses(lost_by_size[: len(sizes)], best=np.max),
        kept=_losses(lost_by_size[len(sizes) :], best=np.min),
        head_alone=head_alone,
        layer_together=layer_together,
    )


def measure_faithfulness(
    inspections: Iterable[Inspection], translator: Translator
) -> Faithfulness | None:
    """How well attention explains these sentences: some 140 passes for a sentence of 12 tokens.

    None where no token of any sentence matters, as in a model that has learned nothing. Raises
    InspectionError for a translator that did not make the inspections.
    """
    return pool([explain(inspection, translator) for inspection in inspections])


def pool(explanations: Sequence[Explanation]) -> Faithfulness | None:
    """Of sentences of one model; None where no token of any of them matters."""
    if not any(one.at_stake.any() for one in explanations):
        return None
    at_stake = np.concatenate([one.at_stake for one in explanations])

    def mean(of: Callable[[Explanation], Array], over: NDArray[np.bool_] | slice = at_stake) -> Any:
        """Over decoding steps, the last axis of what `of` returns."""
        return np.concatenate([of(one) for one in explanations], axis=-1)[..., over].mean(-1)

    def mean_losses(of: Callable[[Explanation], Losses]) -> MeanLosses:
        return MeanLosses(
            lost_heaviest=mean(lambda one: of(one).heaviest).tolist(),
            lost_best=mean(lambda one: of(one).best).tolist(),
            lost_random=mean(lambda one: of(one).random).tolist(),
        )

    return Faithfulness(
        num_sentences=len(explanations),
        num_steps=int(at_stake.sum()),
        top1_weights=float(mean(lambda one: one.heaviest_by_weights == one.most_needed)),
        top1_norms=float(mean(lambda one: one.heaviest_by_norms == one.most_needed)),
        comprehensiveness=mean_losses(lambda one: one.hidden),
        sufficiency=mean_losses(lambda one: one.kept),
        head_alone=mean(lambda one: one.head_alone, over=slice(None)).tolist(),
        layer_together=mean(lambda one: one.layer_together, over=slice(None)).tolist(),
    )


def without_heads(inspection: Inspection, translator: Translator) -> tuple[Array, Array]:
    """(N, H, T) and (N, T): nats lost without each head, and without all heads of each layer.

    Raises InspectionError for a translator that did not make the inspection.
    """
    num_layers, num_heads, num_steps, _ = inspection.weights.shape
    heads = [[(layer, head) for head in range(num_heads)] for layer in range(num_layers)]
    without = [*([head] for head in chain.from_iterable(heads)), *heads]
    results = intervene(
        inspection,
        translator,
        [Intervention(ablate=dict.fromkeys(zeroed, "zero")) for zeroed in without],
    )
    lost = np.stack([-result.changes for result in results])
    alone, together = lost[:-num_layers], lost[-num_layers:]
    return alone.reshape(num_layers, num_heads, num_steps), together


def _lost(
    inspection: Inspection, translator: Translator, groups: Sequence[Sequence[Tokens]]
) -> list[Array]:
    """Of each group (sets, T): nats that each written token loses when a set is hidden.

    Sets that are equal are computed once.
    """
    distinct = list(dict.fromkeys(chain.from_iterable(groups)))
    results = intervene(inspection, translator, [Intervention(drop=tokens) for tokens in distinct])
    lost = {tokens: -result.changes for tokens, result in zip(distinct, results, strict=True)}
    return [np.stack([lost[tokens] for tokens in sets]) for sets in groups]


def _largest(by: Array, size: int) -> list[Tokens]:
    """(T, S) -> T sets: the tokens where a row is largest."""
    orders = np.argsort(-by, axis=-1, kind="stable")
    return [tuple(sorted(order[:size].tolist())) for order in orders]


def _drawn(num_source: int, size: int) -> list[Tokens]:
    """Every token, or random sets of several: the same for each sentence of that length."""
    if size == 1:
        return [(position,) for position in range(num_source)]
    generator = np.random.default_rng(size)
    draws = [generator.choice(num_source, size, replace=False) for _ in range(NUM_DRAWS)]
    return [tuple(sorted(draw.tolist())) for draw in draws]


def _others(tokens: Tokens, num_source: int) -> Tokens:
    return tuple(position for position in range(num_source) if position not in tokens)


def _losses(lost_by_size: Sequence[Array], best: Callable[..., Array]) -> Losses:
    """From (T + T + draws, T) of each k: what the heaviest of each decoding step, the first by
    leave-one-out of each, and the drawn sets cost."""
    num_steps = lost_by_size[0].shape[-1]
    return Losses(
        heaviest=np.stack([lost[:num_steps].diagonal() for lost in lost_by_size]),
        best=np.stack([best(lost, axis=0) for lost in lost_by_size]),
        random=np.stack([lost[2 * num_steps :].mean(axis=0) for lost in lost_by_size]),
    )


def _in_camel_case(fields: list[tuple[str, object]]) -> dict[str, object]:
    return {re.sub("_(.)", lambda match: match[1].upper(), name): value for name, value in fields}
