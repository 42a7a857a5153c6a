"""How cross-attention was learned, as a picture for print: a probe at some steps, and curves.

`save` and `draw` count layers and heads from 1, as the titles of the pictures do; everything else
in Python counts from 0. Importing this module imports matplotlib, which is slow: import it only to
draw a picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from translator.errors import InspectionError
from translator.inspection.heads.report import Head, head_name
from translator.inspection.learning import WHOLE, Learning, Probe
from translator.inspection.learning_course import best_head, spread
from translator.inspection.views.drawing import (
    SMALL,
    add_heading,
    add_scale,
    draw_cells,
    extent,
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

NUM_STEPS = 8
"""Number of panels per head."""
MOST_HEADS = 16
"""Up to this number, the picture of a probe draws each head."""

# In inches.
_CURVE_HEIGHT, _CURVE_GAP, _LEAST_WIDTH = 1.6, 0.55, 7.0
_DASHES = ("-", "--", ":", "-.")


@dataclass(frozen=True, kw_only=True)
class _Curves:
    """The curves of one plot over steps."""

    title: str
    of_heads: Array | None = None
    """(snapshot, N, H)"""
    of_all: Sequence[float] = ()
    """Alternatively, one number per snapshot."""
    highest: float | None = None


def save(learning: Learning, path: Path, layer: int | None = None, head: int | None = None) -> None:
    """Write a .png, .svg or .pdf, whole or not at all; `draw` explains the other arguments.

    Raises InspectionError for an unsupported suffix, a path that cannot be written to, and a layer
    or head that does not exist.
    """
    save_figure(lambda: draw(learning, layer, head), path)


def draw(learning: Learning, layer: int | None = None, head: int | None = None) -> Figure:
    """The probe of middle length at some steps; below, BLEU and every head's alignment error and
    entropy over all steps.

    `layer` and `head` count from 1 and choose the heads to show. If neither is given, the head with
    the lowest final alignment error is shown or, without a gold alignment, the one with the lowest
    final entropy. Characters that no installed font has are replaced, and named in a warning.

    Raises InspectionError for a layer or head that does not exist.
    """
    heads = _chosen(learning, layer, head)
    at = _middle(learning.probes)
    probe = learning.probes[at]
    families, replacements = families_for(
        [learning.name, probe.text, probe.tgt, *probe.source, *probe.reads, *probe.writes]
    )
    with rc_context({"font.family": families}):
        figure = _draw_steps(learning, at, heads, _title(layer, head, heads), replacements)
        _draw_curves(figure, learning, heads)
    return figure


def draw_probe(probe: Probe, weights: Array, step: int) -> Figure:
    """Cross-attention weights (N, H, T, S) of one probe at one step: one panel per head, or, for
    more than MOST_HEADS heads, one panel per layer with the mean of its heads."""
    num_layers, num_heads = weights.shape[:2]
    panels = [
        (f"layer {layer + 1}, head {head + 1}", weights[layer, head])
        for layer, head in np.ndindex(num_layers, num_heads)
    ]
    if len(panels) > MOST_HEADS:
        means = weights.mean(axis=1)
        panels = [(f"layer {layer + 1}, mean", mean) for layer, mean in enumerate(means)]
    families, replacements = families_for(
        [probe.text, probe.tgt, *probe.source, *probe.reads, *probe.writes]
    )
    probe = _replaced(probe, replacements)
    with rc_context({"font.family": families}):
        row = len(panels) // num_layers
        sentences = [f"{probe.text} → {probe.tgt}"]
        return _draw_panels(probe, panels, row, f"Cross-attention after step {step}", sentences)


def _draw_steps(
    learning: Learning,
    at: int,
    heads: Sequence[Head],
    title: str,
    replacements: Mapping[int, str],
) -> Figure:
    """One panel per head and step, one row per head."""
    probe = _replaced(learning.probes[at], replacements)
    snapshots = [learning.snapshots[one] for one in spread(len(learning.snapshots), NUM_STEPS)]
    panels = [
        (
            f"{f'head {head_name(head)}, ' if len(heads) > 1 else ''}step {one.step}",
            one.attention[at]["cross_attn"][head] / WHOLE,
        )
        for head in heads
        for one in snapshots
    ]
    sentences = [
        f"{probe.text} → {probe.tgt}",
        f"{learning.name.translate(replacements)}; at every step, the decoder reads this reference",
    ]
    title = f"How attention was learned: {title}"
    return _draw_panels(probe, panels, len(snapshots), title, sentences)


def _draw_panels(
    probe: Probe,
    panels: Sequence[tuple[str, Array]],
    row: int,
    title: str,
    sentences: Sequence[str],
) -> Figure:
    """Named weight matrices (T, S) of one probe, of which `row` belong side by side."""
    shape = (len(probe.writes), len(probe.source))
    across = num_across(row, shape[1] * SMALL)
    figure, grid = make_grid(len(panels), across, shape, SMALL)
    ramp = make_ramp()
    rows = [
        f"{shown(reads)} → {shown(writes)}"
        for reads, writes in zip(probe.reads, probe.writes, strict=True)
    ]
    for number, (axes, (name, weights)) in enumerate(zip(grid, panels, strict=True)):
        draw_cells(axes, weights, SMALL, 1.0, ramp)
        first, last = number % across == 0, number >= len(panels) - across
        columns = [shown(piece) for piece in probe.source]
        label(axes, rows if first else [], columns if last else [], SMALL)
        axes.set_title(name, fontsize=7, pad=3)
    corner = name_axes(
        figure,
        "target: the decoder asks (Q)\nreads → writes",
        "source: the encoder answers (K, V)",
    )
    add_scale(figure, ramp, 1.0, "attention weight")
    add_heading(figure, corner, title, sentences)
    return figure


def _draw_curves(figure: Figure, learning: Learning, heads: Sequence[Head]) -> None:
    """Draw a row of plots under everything else."""
    width, height = figure.get_size_inches()
    bottom = min(extent(figure, part).y0 for part in (*figure.axes, *figure.texts))
    shown_steps = [learning.snapshots[at].step for at in spread(len(learning.snapshots), NUM_STEPS)]
    plots = _plots(learning)
    whole = max(width, _LEAST_WIDTH)
    plot_width = (whole + _CURVE_GAP) / len(plots) - _CURVE_GAP
    for number, plot in enumerate(plots):
        left = (width - whole) / 2 + number * (plot_width + _CURVE_GAP)
        axes = figure.add_axes(
            (
                left / width,
                bottom - (_CURVE_HEIGHT + 0.4) / height,
                plot_width / width,
                _CURVE_HEIGHT / height,
            )
        )
        _draw_plot(axes, plot, [one.step for one in learning.snapshots], shown_steps, heads)


def _plots(learning: Learning) -> list[_Curves]:
    snapshots = learning.snapshots
    plots = [
        _Curves(
            title=f"BLEU, greedy, {learning.num_sentences} sentences",
            of_all=[one.bleu for one in snapshots],
            highest=100,
        )
    ]
    errors = [one.aer for one in snapshots if one.aer is not None]
    if errors:
        plots.append(
            _Curves(
                title="alignment error rate of each head, %",
                of_heads=100 * np.stack(errors),
                highest=100,
            )
        )
    entropy = np.stack([one.entropy for one in snapshots])
    return [*plots, _Curves(title="entropy of each head, bits", of_heads=entropy)]


def _draw_plot(
    axes: Axes, plot: _Curves, steps: Sequence[int], marks: Sequence[int], heads: Sequence[Head]
) -> None:
    """Lines over steps, thick for the chosen heads; a vertical line at each step with a panel."""
    for mark in marks:
        axes.axvline(mark, color="#dddddd", linewidth=0.7, zorder=0)
    if plot.of_heads is None:
        axes.plot(steps, plot.of_all, color="black", linewidth=1.6)
    else:
        colors = _layer_colors(plot.of_heads.shape[1])
        for layer, head in np.ndindex(plot.of_heads.shape[1:]):
            axes.plot(
                steps,
                plot.of_heads[:, layer, head],
                color=colors[layer],
                linestyle=_DASHES[(len(colors) - 1 - layer) % len(_DASHES)],
                linewidth=2.2 if (layer, head) in heads else 0.8,
                label=f"layer {layer + 1}" if head == 0 else "_",
            )
        if len(colors) > 1:
            legend = axes.legend(fontsize=6, frameon=False, handlelength=2.5)
            for line in legend.get_lines():
                line.set_linewidth(1.2)
    # Recorded steps are about evenly spaced on a log scale, on which 0 has no place.
    axes.set_xscale("symlog", linthresh=max(1, steps[min(1, len(steps) - 1)]), linscale=0.2)
    axes.set_xticks(marks, [str(mark) for mark in marks], fontsize=6, rotation=90)
    axes.set_xticks([], minor=True)
    axes.set_xlim(steps[0], max(1, steps[-1]))
    axes.set_ylim(0, plot.highest)
    axes.tick_params(labelsize=6, length=2)
    axes.set_xlabel("step", fontsize=7)
    axes.set_title(plot.title, fontsize=7, pad=4)
    axes.spines[["top", "right"]].set_visible(False)


def _layer_colors(num_layers: int) -> list[tuple[float, ...]]:
    """Colours from light to dark, so that the layers differ in grey, too."""
    darkest_first = matplotlib.colormaps["cividis"](np.linspace(0, 0.7, num_layers))
    return [tuple(color) for color in darkest_first[::-1]]


def _chosen(learning: Learning, layer: int | None, head: int | None) -> list[Head]:
    num_layers, num_heads = learning.snapshots[0].entropy.shape
    for what, number, size in (("layer", layer, num_layers), ("head", head, num_heads)):
        if number is not None and not 1 <= number <= size:
            raise InspectionError(f"there is no {what} {number}: the model has 1 to {size}")
    if layer is None and head is None:
        return [best_head(learning)]
    layers = range(num_layers) if layer is None else [layer - 1]
    heads = range(num_heads) if head is None else [head - 1]
    return [(one, other) for one in layers for other in heads]


def _middle(probes: Sequence[Probe]) -> int:
    """The probe of middle length."""
    lengths = [len(probe.source) for probe in probes]
    return sorted(range(len(probes)), key=lambda at: lengths[at])[len(probes) // 2]


def _title(layer: int | None, head: int | None, heads: Sequence[Head]) -> str:
    """The title for the heads shown."""
    if len(heads) == 1:
        return f"cross-attention of head {head_name(heads[0])}"
    if head is None:
        return f"cross-attention of layer {layer}, all heads"
    return f"cross-attention of all layers, head {head}"


def _replaced(probe: Probe, replacements: Mapping[int, str]) -> Probe:
    """The probe with `replacements` made in all its texts."""

    def draws(texts: Sequence[str]) -> list[str]:
        return [text.translate(replacements) for text in texts]

    return replace(
        probe,
        text=probe.text.translate(replacements),
        tgt=probe.tgt.translate(replacements),
        source=draws(probe.source),
        reads=draws(probe.reads),
        writes=draws(probe.writes),
    )
