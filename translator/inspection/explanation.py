"""Does attention explain what was written? A test of the heaviest tokens of each view.

Explaining a word by its attention weights claims that the word depends on the source tokens with
the largest weights. Norms, ALTI+ and gradient x input make the same kind of claim with other
numbers. The test hides tokens, as `Intervention.drop` does, and measures how many nats the
log-probability of the written token loses:

- *Leave one out*: each token hidden alone.
- *Comprehensiveness*: the k heaviest tokens hidden together. The loss is large if they matter.
- *Sufficiency*: all but the k heaviest tokens hidden. The loss is small if the k are enough.

DeYoung et al. (2020) define comprehensiveness and sufficiency, in probabilities rather than nats.

Where no token matters, no explanation can be right or wrong. Means are therefore taken over the
decoding steps at which hiding some token costs more than `AT_STAKE` nats.
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
"""A decoding step counts if hiding some token costs more than this many nats."""
MAX_HEAVIEST = 3
"""The largest k: k is 1, 2 or 3."""
NUM_DRAWS = 10
"""Random sets of k tokens per sentence; for k = 1 every token is tried instead."""

Tokens = tuple[int, ...]
"""Source positions, in order."""


BEST, RANDOM = "best", "random"
"""Baselines for the views: see `Explanation.hidden`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """How source tokens (S), including </s>, explain each written token (T)."""

    leave_one_out: Array
    """(T, S): nats lost when the token is hidden; negative if the written token gains."""
    heaviest: Mapping[str, NDArray[np.intp]]
    """(T,) by view: the source position to which the view gives the largest number."""
    hidden: Mapping[str, Array]
    """(3, T) by view: nats lost with the k = 1, 2, 3 heaviest tokens hidden (comprehensiveness).
    Two baselines are added:

    `BEST`: the largest loss of all sets of k tokens tried. For k = 1 these are all tokens; for
    k > 1 they are the heaviest tokens by each view and by leave-one-out, at every decoding step,
    and the random sets.
    `RANDOM`: the mean over all tokens, or for k > 1 over `NUM_DRAWS` random sets."""
    kept: Mapping[str, Array]
    """The same with all but the k tokens hidden (sufficiency); `BEST` is the smallest loss."""

    @property
    def at_stake(self) -> NDArray[np.bool_]:
        """(T,): whether some token matters at the decoding step."""
        return self.leave_one_out.max(axis=-1) > AT_STAKE

    @property
    def most_needed(self) -> NDArray[np.intp]:
        """(T,): the source position that costs most when hidden."""
        return self.leave_one_out.argmax(axis=-1)

    def sums(self) -> dict[str, Array]:
        """Sums over the decoding steps at stake, by name.

        "top1 VIEW" (): how often the heaviest token of the view is the one most needed.
        "hidden VIEW" and "kept VIEW" (3,): nats lost, for each view, `BEST` and `RANDOM`.
        """
        at_stake = self.at_stake
        agrees = {view: heaviest == self.most_needed for view, heaviest in self.heaviest.items()}
        return {
            **{f"top1 {view}": of[at_stake].sum() for view, of in agrees.items()},
            **{f"hidden {view}": of[:, at_stake].sum(axis=-1) for view, of in self.hidden.items()},
            **{f"kept {view}": of[:, at_stake].sum(axis=-1) for view, of in self.kept.items()},
        }


@dataclass(frozen=True, kw_only=True)
class MeanLosses:
    """Nats lost for k = 1, 2, 3 tokens, ranked by mean weight; see `Explanation.hidden`."""

    lost_heaviest: list[float]
    lost_best: list[float]
    lost_random: list[float]


@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """How well attention explains the measured sentences."""

    num_sentences: int
    num_steps: int
    """Decoding steps at which some token matters. All means up to `sufficiency` are over these."""
    top1_weights: float
    """Fraction of these steps, 0 to 1, at which the token with the largest mean weight is also the
    one that costs most when hidden."""
    top1_norms: float
    """The same fraction for the largest mean norm."""
    comprehensiveness: MeanLosses
    """The k tokens hidden: a larger loss means a better explanation."""
    sufficiency: MeanLosses
    """All but the k tokens hidden: a smaller loss means a better explanation."""
    head_alone: list[list[float]]
    """Nats lost without each head, by layer and head: the mean over all decoding steps."""
    layer_together: list[float]
    """Nats lost without all heads of a layer, likewise. Where this exceeds the sum of `head_alone`
    over the layer, the heads back each other up."""

    def payload(self) -> dict[str, object]:
        """For the web page: the same names in camelCase."""
        return asdict(self, dict_factory=_in_camel_case)


def by_attention(inspection: Inspection) -> dict[str, Array]:
    """The views that need only attention, (T, S) each: means over all layers and heads."""
    return {
        "weights": inspection.weights.mean(axis=(0, 1)),
        "norms": inspection.norms.mean(axis=(0, 1)),
    }


def all_views(inspection: Inspection, translator: Translator) -> dict[str, Array]:
    """All views, (T, S) each: a larger number claims that the token matters more.

    Gradient x input enters by absolute value: a token that speaks against the written one matters,
    too.
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
    """Test `views` by hiding tokens.

    Raises InspectionError for a translator that did not make the inspection.
    """
    num_source = len(inspection.source)
    [lost] = _lost(inspection, translator, [_drawn(num_source, 1)])
    leave_one_out = lost.T

    # A short sentence may have no more than k tokens, but one must stay visible.
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
    """How well attention explains `inspections`: about 140 passes for a sentence of 12 tokens.

    Returns None if no token of any sentence matters, as in a model that has learned nothing. Raises
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
    """For each group (sets, T): nats that each written token loses when a set is hidden.

    Equal sets are computed only once.
    """
    distinct = list(dict.fromkeys(chain.from_iterable(groups)))
    results = intervene(inspection, translator, [Intervention(drop=tokens) for tokens in distinct])
    lost = {tokens: -result.changes for tokens, result in zip(distinct, results, strict=True)}
    return [np.stack([lost[tokens] for tokens in sets]) for sets in groups]


def _largest(by: Array, size: int) -> list[Tokens]:
    """(T, S) -> T sets: the positions of the `size` largest numbers in each row."""
    orders = np.argsort(-by, axis=-1, kind="stable")
    return [tuple(sorted(order[:size].tolist())) for order in orders]


def _drawn(num_source: int, size: int) -> list[Tokens]:
    """Every token, or random sets of several tokens, fixed for each sentence length."""
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
    """From (sets, T) for each k: T sets per view, T by leave-one-out, then the random sets."""
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
