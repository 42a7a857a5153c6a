"""Where the page opens: a row of cross-attention that is worth looking at."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.what_if import WhatIf, head_effects, intervene

LEAST_SECOND = 0.15
"""Of a row where several tokens matter: the weight of the second heaviest."""
MOST_TRIED = 256
"""Rows whose two heaviest weights are exchanged; each costs the model a pass."""


class Place(NamedTuple):
    """A row of cross-attention; all from 0."""

    layer: int
    head: int
    step: int


def choose_opening(inspection: Inspection, translator: Translator) -> Place:
    """Where the weights of several tokens matter, and which token has which.

    The two heaviest weights of a row are exchanged. The row chosen is the one where another token
    then becomes the most probable and the probability of the written one falls furthest; where no
    token is replaced, where it falls furthest; where all weight lies on one token, the head without
    which a written token moves most. The last token is left out, unless it is the only one.
    """
    places = _divided_rows(inspection)
    if not places:
        effects = np.abs(head_effects(inspection, translator))[..., : _num_steps(inspection)]
        return Place(*map(int, np.unravel_index(effects.argmax(), effects.shape)))
    exchanges = [
        Intervention(override={place: _exchanged(inspection.weights[place])}) for place in places
    ]
    results = intervene(inspection, translator, exchanges)
    ranks = [
        _rank(inspection, result, place.step) for place, result in zip(places, results, strict=True)
    ]
    return places[ranks.index(max(ranks))]


def _divided_rows(inspection: Inspection) -> list[Place]:
    """At most MOST_TRIED, first those where an exchange moves most weight."""
    if len(inspection.source) < 2:
        return []
    heaviest = np.sort(inspection.weights[:, :, : _num_steps(inspection)], axis=-1)
    second, first = heaviest[..., -2], heaviest[..., -1]
    moved = np.where(second >= LEAST_SECOND, first - second, -1.0)
    order = np.argsort(-moved, axis=None, kind="stable")[:MOST_TRIED]
    places = (Place(*map(int, np.unravel_index(at, moved.shape))) for at in order)
    return [place for place in places if moved[place] >= 0]


def _num_steps(inspection: Inspection) -> int:
    return max(1, len(inspection.writes) - 1)


def _exchanged(weights: Sequence[float]) -> tuple[float, ...]:
    """The two heaviest exchanged."""
    changed = np.array(weights)
    second, first = np.argsort(changed, kind="stable")[-2:]
    changed[[first, second]] = changed[[second, first]]
    return tuple(map(float, changed))


def _rank(inspection: Inspection, result: WhatIf, step: int) -> tuple[bool, float]:
    """Whether another token becomes the most probable, and how far the probability falls."""
    before = np.exp(inspection.logprobs[step])
    after = np.exp(inspection.logprobs[step] + result.changes[step])
    is_replaced = result.top_changed[step] and result.new_top[step] != inspection.writes[step]
    return is_replaced, float(before - after)
