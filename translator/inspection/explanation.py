"""Does a view of attention explain what was written? Its heaviest tokens, put to the test.

To explain a word by its attention is to claim that the source tokens with the largest weights are
those that the word depends on. Norms, ALTI+ and gradient x input make the same claim with other
numbers. The test is to hide tokens, as `Intervention.drop` does, and to see how many nats the
log-probability of the written token loses:

- *Leave one out*: each token hidden alone.
- *Comprehensiveness*: the k heaviest tokens hidden together. It is large if they matter.
- *Sufficiency*: all tokens hidden but the k heaviest. It is small if they are enough. (Both are of
  DeYoung et al. 2020, in probabilities there.)

Where no token matters, no explanation can be right or wrong: means are taken over the decoding
steps at which some token, left out, costs more than `AT_STAKE` nats.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from translator.decoding.translator import Translator
from translator.inspection.contributions import alti, gradient_x_input
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


BEST, RANDOM = "best", "random"
"""What views are compared with: see `Explanation.hidden`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """Of each written token (T) by the source tokens (S), </s> included."""

    leave_one_out: Array
    """(T, S): nats lost when the token is hidden; below 0 the written token gets more probable."""
    heaviest: Mapping[str, NDArray[np.intp]]
    """(T,) by view: the source position that it gives the most."""
    hidden: Mapping[str, Array]
    """(3, T) by view: comprehensiveness, the k = 1, 2, 3 heaviest tokens hidden. Beside them:

    `BEST`: the choice of k tokens that loses most, of all that were tried; for k = 1 that is every
    token, for k > 1 the heaviest of each view and the first by leave-one-out, those of every
    decoding step, and the random ones.
    `RANDOM`: the mean over all tokens, or for k > 1 over `NUM_DRAWS` random sets."""
    kept: Mapping[str, Array]
    """The same for sufficiency, all tokens hidden but the k; the best choice loses least."""

    @property
    def at_stake(self) -> NDArray[np.bool_]:
        """(T,): where some token matters."""
        return self.leave_one_out.max(axis=-1) > AT_STAKE

    @property
    def most_needed(self) -> NDArray[np.intp]:
        """(T,): the source position that costs most when it is left out."""
        return self.leave_one_out.argmax(axis=-1)

    def sums(self) -> dict[str, Array]:
        """Summed over the decoding steps at stake, by name: of each view "top1 VIEW" (), how often
        its heaviest token is the one most needed; of each view, `BEST` and `RANDOM` "hidden VIEW"
        and "kept VIEW" (3,)."""
        at_stake = self.at_stake
        agrees = {view: heaviest == self.most_needed for view, heaviest in self.heaviest.items()}
        return {
            **{f"top1 {view}": of[at_stake].sum() for view, of in agrees.items()},
            **{f"hidden {view}": of[:, at_stake].sum(axis=-1) for view, of in self.hidden.items()},
            **{f"kept {view}": of[:, at_stake].sum(axis=-1) for view, of in self.kept.items()},
        }


@dataclass(frozen=True, kw_only=True)
class MeanLosses:
    """For k = 1, 2, 3 tokens, in nats, by the mean weights; see `Explanation.hidden`."""

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


def by_attention(inspection: Inspection) -> dict[str, Array]:
    """The views that need attention alone, (T, S) each: means of all layers and heads."""
    return {
        "weights": inspection.weights.mean(axis=(0, 1)),
        "norms": inspection.norms.mean(axis=(0, 1)),
    }


def all_views(inspection: Inspection, translator: Translator) -> dict[str, Array]:
    """All views, (T, S) each: the larger a number, the more the token is said to matter.

    Of gradient x input that is its size: a token that speaks against the written one matters, too.
    Raises InspectionError for a translator that did not make the inspection.
    """
    return {
        **by_attention(inspection),
        "alti": alti(inspection, translator).by_source,
        "gradient_x_input": np.abs(gradient_x_input(inspection, translator)),
    }


def explain(
    inspection: Inspection, translator: Translator, views: Mapping[str, Array]
) -> Explanation:
    """Put `views` to the test. Raises InspectionError for a translator that did not make the
    inspection."""
    num_source = len(inspection.source)
    [lost] = _lost(inspection, translator, [_drawn(num_source, 1)])
    leave_one_out = lost.T

    # A sentence may have fewer tokens, and something has to be left to look at.
    sizes = [min(size, num_source - 1) for size in range(1, MAX_HEAVIEST + 1)]
    rankings = [*views.values(), leave_one_out]
    tried = [
        [*chain.from_iterable(_largest(by, size) for by in rankings), *_drawn(num_source, size)]
        for size in sizes
    ]
    others = [[_others(tokens, num_source) for tokens in sets] for sets in tried]
    lost_by_size = _lost(inspection, translator, [*tried, *others])
    return Explanation(
        leave_one_out=leave_one_out,
        heaviest={view: by.argmax(axis=-1) for view, by in views.items()},
        hidden=_losses(lost_by_size[: len(sizes)], list(views), best=np.max),
        kept=_losses(lost_by_size[len(sizes) :], list(views), best=np.min),
    )


def measure_faithfulness(
    inspections: Iterable[Inspection], translator: Translator
) -> Faithfulness | None:
    """How well attention explains these sentences: some 140 passes for a sentence of 12 tokens.

    None where no token of any sentence matters, as in a model that has learned nothing. Raises
    InspectionError for a translator that did not make the inspections.
    """
    explained, without = [], []
    for inspection in inspections:
        explained.append(explain(inspection, translator, by_attention(inspection)))
        without.append(without_heads(inspection, translator))
    num_steps = sum(int(one.at_stake.sum()) for one in explained)
    if not num_steps:
        return None
    sums = [one.sums() for one in explained]
    mean = {name: np.sum([one[name] for one in sums], axis=0) / num_steps for name in sums[0]}
    alone, together = (np.concatenate(lost, axis=-1) for lost in zip(*without, strict=True))
    comprehensiveness, sufficiency = (
        MeanLosses(
            lost_heaviest=mean[f"{what} weights"].tolist(),
            lost_best=mean[f"{what} {BEST}"].tolist(),
            lost_random=mean[f"{what} {RANDOM}"].tolist(),
        )
        for what in ("hidden", "kept")
    )
    return Faithfulness(
        num_sentences=len(explained),
        num_steps=num_steps,
        top1_weights=float(mean["top1 weights"]),
        top1_norms=float(mean["top1 norms"]),
        comprehensiveness=comprehensiveness,
        sufficiency=sufficiency,
        head_alone=alone.mean(axis=-1).tolist(),
        layer_together=together.mean(axis=-1).tolist(),
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


def _losses(
    lost_by_size: Sequence[Array], views: Sequence[str], best: Callable[..., Array]
) -> dict[str, Array]:
    """From (sets, T) of each k: T sets of each view's, T of leave-one-out's, and those drawn."""
    num_steps = lost_by_size[0].shape[-1]
    num_ranked = num_steps * (len(views) + 1)
    heaviest = {
        view: np.stack([lost[at * num_steps :][:num_steps].diagonal() for lost in lost_by_size])
        for at, view in enumerate(views)
    }
    return heaviest | {
        BEST: np.stack([best(lost, axis=0) for lost in lost_by_size]),
        RANDOM: np.stack([lost[num_ranked:].mean(axis=0) for lost in lost_by_size]),
    }


def _in_camel_case(fields: list[tuple[str, object]]) -> dict[str, object]:
    return {re.sub("_(.)", lambda match: match[1].upper(), name): value for name, value in fields}
