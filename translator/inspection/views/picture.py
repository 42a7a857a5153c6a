"""Attention as a picture for print: one head, many heads side by side, or their mean.

`save` and `draw` count layers and heads from 1, as the titles of the pictures do; everything else
in Python counts from 0. Importing this module imports matplotlib, which is slow: import it only to
draw a picture.
"""

import dataclasses
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from translator.errors import InspectionError
from translator.inspection.inspection import Inspection, Quantity
from translator.inspection.views.drawing import (
    LARGE,
    MAX_NUMBERED,
    SMALL,
    add_heading,
    add_scale,
    draw_cells,
    label,
    make_grid,
    make_ramp,
    name_axes,
    num_across,
    save_figure,
    shown,
)
from translator.inspection.views.fonts import families_for
from translator.inspection.words import Array

Which = Literal["cross", "encoder", "decoder"]

_FIELDS = {"cross": "cross_attn", "encoder": "encoder_self_attn", "decoder": "decoder_self_attn"}
_TITLES = {
    "cross": "Cross-attention",
    "encoder": "Encoder self-attention",
    "decoder": "Decoder self-attention",
}
_ASKS = {
    "cross": "target: the decoder asks (Q)\nreads → writes",
    "encoder": "source: the encoder asks (Q)",
    "decoder": "target: the decoder asks (Q)\nreads → writes",
}
_ANSWERS = {
    "cross": "source: the encoder answers (K, V)",
    "encoder": "source: the encoder answers (K, V)",
    "decoder": "target: the decoder answers (K, V), what it has read; grey is masked",
}
_SCALES = {
    "weights": "attention weight",
    "norms": "length of the contribution, ||weight · V · W_O||",
}


def save(
    inspection: Inspection,
    path: Path,
    layer: int | None = None,
    head: int | None = None,
    by: Quantity = "weights",
    *,
    which: Which = "cross",
    mean: bool = False,
) -> None:
    """Write a .png, .svg or .pdf, whole or not at all; `draw` explains the other arguments.

    Layer and head count from 1. Raises InspectionError for an unsupported suffix, a path that
    cannot be written to, and a layer or head that does not exist.
    """
    save_figure(lambda: draw(inspection, layer, head, by, which=which, mean=mean), path)


def draw(
    inspection: Inspection,
    layer: int | None = None,
    head: int | None = None,
    by: Quantity = "weights",
    *,
    which: Which = "cross",
    mean: bool = False,
) -> Figure:
    """One row of panels per layer, one panel per head. Layer and head count from 1, unlike the
    indices of `inspection.weights`; None means all.

    With `mean`, a single panel shows the mean of the chosen heads. The scale runs from 0 to 1 for
    weights, and from 0 to the largest norm of all heads for norms. Characters that no installed
    font has are replaced, and named in a warning.

    Raises InspectionError for a layer or head that does not exist.
    """
    families, replacements = families_for(_texts(inspection))
    drawable = _replaced(inspection, replacements)
    with rc_context({"font.family": families}):
        return _draw(drawable, layer, head, by, which=which, mean=mean)


def _draw(
    inspection: Inspection,
    layer: int | None,
    head: int | None,
    by: Quantity,
    *,
    which: Which,
    mean: bool,
) -> Figure:
    everything, masked = _matrices(inspection, which, by)
    layers = _numbers(layer, everything.shape[0], "layer")
    heads = _numbers(head, everything.shape[1], "head")
    chosen = everything[np.ix_([n - 1 for n in layers], [n - 1 for n in heads])]
    if mean:
        chosen = chosen.mean(axis=(0, 1), keepdims=True)
    highest = 1.0 if by == "weights" else float(everything.max()) or 1.0
    names = [f"layer {one}, head {other}" for one in layers for other in heads]
    panels = [np.ma.array(one, mask=masked) for one in chosen.reshape(-1, *chosen.shape[2:])]

    is_single = len(panels) == 1
    cell = LARGE if is_single and max(panels[0].shape) <= MAX_NUMBERED else SMALL
    across = num_across(chosen.shape[1], panels[0].shape[1] * cell)
    ramp = make_ramp()
    figure, grid = make_grid(len(panels), across, panels[0].shape, cell)
    rows, columns = _labels(inspection, which)
    for number, (axes, values) in enumerate(zip(grid, panels, strict=True)):
        draw_cells(axes, values, cell, highest, ramp)
        first, last = number % across == 0, number >= len(panels) - across
        label(axes, rows if first else [], columns if last else [], cell)
        if not is_single:
            axes.set_title(names[number], fontsize=7, pad=3)
    left, top = name_axes(figure, _ASKS[which], _ANSWERS[which])
    add_scale(figure, ramp, highest, _SCALES[by])
    title = f"{_TITLES[which]}, {_name(layer, head, mean)}"
    add_heading(figure, (left, top), title, _sentences(inspection))
    return figure


def _matrices(
    inspection: Inspection, which: Which, by: Quantity
) -> tuple[Array, NDArray[np.bool_]]:
    """(N, H, query, memory), and a mask (query, memory) of where a query may not look."""
    layers = getattr(inspection, _FIELDS[which])
    return np.stack([getattr(one, by) for one in layers]), layers[0].mask.astype(bool)


def _numbers(number: int | None, size: int, what: str) -> list[int]:
    if number is None:
        return list(range(1, size + 1))
    if not 1 <= number <= size:
        raise InspectionError(f"there is no {what} {number}: the model has 1 to {size}")
    return [number]


def _name(layer: int | None, head: int | None, mean: bool) -> str:
    every = "mean of all" if mean else "all"
    return ", ".join(
        f"{every} {what}s" if number is None else f"{what} {number}"
        for what, number in (("layer", layer), ("head", head))
    )


def _labels(inspection: Inspection, which: Which) -> tuple[list[str], list[str]]:
    """Labels of the rows and of the columns."""
    source = [shown(piece) for piece in inspection.source]
    if which == "encoder":
        return source, source
    steps = [
        f"{shown(reads)} → {shown(writes)}"
        for reads, writes in zip(inspection.reads, inspection.writes, strict=True)
    ]
    return steps, source if which == "cross" else [shown(piece) for piece in inspection.reads]


def _sentences(inspection: Inspection) -> list[str]:
    """The sentences under the title."""
    how = f"translation: {inspection.how}"
    pair = f"{inspection.text} → {inspection.translation}"
    return [pair, how] if inspection.translation else [how]


def _texts(inspection: Inspection) -> list[str]:
    """All texts in a picture that come from outside this program."""
    tokens = (*inspection.source, *inspection.reads, *inspection.writes)
    return [inspection.text, inspection.translation, inspection.how, *tokens]


def _replaced(inspection: Inspection, replacements: dict[int, str]) -> Inspection:
    """The inspection with `replacements` made in all of its `_texts`."""
    return dataclasses.replace(
        inspection,
        text=inspection.text.translate(replacements),
        translation=inspection.translation.translate(replacements),
        how=inspection.how.translate(replacements),
        source=[piece.translate(replacements) for piece in inspection.source],
        reads=[piece.translate(replacements) for piece in inspection.reads],
        writes=[piece.translate(replacements) for piece in inspection.writes],
    )
