"""Where the page opens: a row of cross-attention that is worth looking at."""

from typing import NamedTuple

import numpy as np

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.what_if import WhatIf, intervene
from translator.inspection.words import Array

LEAST_SECOND = 0.15
"""Of a row where several tokens matter: the weight of the second heaviest."""
MOST_TRIED = 256
"""Rows whose two heaviest weights are exchanged; each costs the model a pass."""


class Place(NamedTuple):
    """A row of cross-attention; all from 0."""

    layer: int
    head: int
    step: int


class Opening(NamedTuple):
    """A row, and what comes of it when its two heaviest weights are exchanged. The larger of two is
    the one more worth looking at."""

    is_replaced: bool
    """Another token becomes the most probable."""
    is_divided: bool
    """That, and the second weight is at least LEAST_SECOND."""
    fall: float
    """Of the written token's probability."""
    place: Place


def choose_opening(inspection: Inspection, translator: Translator) -> Opening:
    """Where the weights of several tokens matter, and which token has which.

    The two heaviest weights of a row are exchanged. The row chosen is one where another token then
    becomes the most probable; of these, one where the second weight is at least LEAST_SECOND; of
    these, the one where the probability of the written token falls furthest. The last token is left
    out, unless it is the only one.
    """
    places = _most_divided(inspection)
    exchanges = [
        Intervention(override={place: _exchanged(inspection.weights[place])}) for place in places
    ]
    results = intervene(inspection, translator, exchanges)
    openings = [
        _opening(inspection, result, place) for place, result in zip(places, results, strict=True)
    ]
    # Of equals the first is the most divided.
    return max(openings, key=lambda opening: opening[:3])


def _most_divided(inspection: Inspection) -> list[Place]:
    """At most MOST_TRIED rows, those with the largest second weight."""
    weights = inspection.weights[:, :, : max(1, len(inspection.writes) - 1)]
    second = np.sort(weights, axis=-1)[..., -2:].min(axis=-1)
    order = np.argsort(-second, axis=None, kind="stable")[:MOST_TRIED]
    return [Place(*map(int, np.unravel_index(at, second.shape))) for at in order]


def _exchanged(weights: Array) -> tuple[float, ...]:
    """The two heaviest exchanged."""
    changed = weights.copy()
    heaviest = np.argsort(changed, kind="stable")[-2:]
    changed[heaviest] = changed[heaviest[::-1]]
    return tuple(map(float, changed))


def _opening(inspection: Inspection, result: WhatIf, place: Place) -> Opening:
    step = place.step
    is_replaced = result.top_changed[step] and result.new_top[step] != inspection.writes[step]
    is_divided = np.sort(inspection.weights[place])[-2:].min() >= LEAST_SECOND
    before = np.exp(inspection.logprobs[step])
    after = np.exp(inspection.logprobs[step] + result.changes[step])
    return Opening(is_replaced, bool(is_replaced and is_divided), float(before - after), place)
