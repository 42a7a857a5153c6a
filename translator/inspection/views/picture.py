"""Attention as a picture for print: one head, many small ones side by side, or their mean.

`save` and `draw` count layers and heads from 1, as their titles do; everything else in Python
counts from 0. Importing this imports matplotlib, which is slow: do so where a picture is asked for.
"""

import dataclasses
import io
import textwrap
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import rc_context, style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.transforms import BboxBase
from numpy.typing import NDArray

from translator.compute.files import write_atomically
from translator.errors import InspectionError
from translator.inspection.inspection import Inspection, Quantity
from translator.inspection.views.fonts import OWN, families_for
from translator.inspection.words import Array
from translator.text.normalization import SPACE

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

# In inches. A number fits into a large cell, a label of 6 points beside a small one.
_LARGE, _SMALL = 0.32, 0.14
_MAX_NUMBERED = 60
_GAP = 0.35
_WIDEST = 14.0
"""Panels of one layer stand in several rows where they would be wider than this together."""
_DPI, _MAX_PIXELS = 200, 12_000
_MASKED = "#ececec"
_SETTINGS = {"svg.hashsalt": "translator", "pdf.fonttype": 42, "axes.linewidth": 0.5}
# Neither date nor version: the same inspection gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
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

    Layer and head count from 1. Raises InspectionError for another suffix, a place that cannot be
    written to, and a layer or head that is not there.
    """
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise InspectionError(f"{path} must end in .png, .svg or .pdf: rename it")
    file = io.BytesIO()
    with style.context(["default", _SETTINGS]):
        figure = draw(inspection, layer, head, by, which=which, mean=mean)
        dpi = min(_DPI, _MAX_PIXELS / max(figure.get_size_inches()))
        figure.savefig(
            file,
            format=suffix[1:],
            dpi=dpi,
            bbox_inches="tight",
            pad_inches=0.15,
            metadata=_METADATA[suffix],
        )
    try:
        write_atomically(path, file.getvalue())
    except OSError as error:
        raise InspectionError(
            f"{path} cannot be written ({error.strerror}): name another place"
        ) from None


def draw(
    inspection: Inspection,
    layer: int | None = None,
    head: int | None = None,
    by: Quantity = "weights",
    *,
    which: Which = "cross",
    mean: bool = False,
) -> Figure:
    """A row of panels a layer, a panel a head. Layer and head count from 1, unlike the indices of
    `inspection.weights`; None means all.

    With `mean`, one panel: the mean of those. Weights are on a scale from 0 to 1, norms from 0 to
    the largest of all heads. Characters that no installed font has are replaced, and named in a
    warning. Raises InspectionError for a layer or head that is not there.
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
    cell = _LARGE if is_single and max(panels[0].shape) <= _MAX_NUMBERED else _SMALL
    across = _num_across(chosen.shape[1], panels[0].shape[1] * cell)
    ramp = _ramp()
    figure, grid = _grid(len(panels), across, panels[0].shape, cell)
    rows, columns = _labels(inspection, which)
    for number, (axes, values) in enumerate(zip(grid, panels, strict=True)):
        _draw_cells(axes, values, cell, highest, ramp)
        first, last = number % across == 0, number >= len(panels) - across
        _label(axes, rows if first else [], columns if last else [], cell)
        if not is_single:
            axes.set_title(names[number], fontsize=7, pad=3)
    left, top = _name_axes(figure, _ASKS[which], _ANSWERS[which])
    _add_scale(figure, ramp, highest, _SCALES[by])
    _add_heading(figure, (left, top), inspection, f"{_TITLES[which]}, {_name(layer, head, mean)}")
    return figure


def _num_across(num_heads: int, panel_width: float) -> int:
    """As many heads side by side as are not too wide, in rows of equal length."""
    fitting = [n for n in range(1, num_heads + 1) if num_heads % n == 0]
    return max(n for n in fitting if n == 1 or n * panel_width <= _WIDEST)


def _grid(
    num_panels: int, across: int, shape: tuple[int, ...], cell: float
) -> tuple[Figure, list[Axes]]:
    """A figure that is as large as its panels, which have `shape` cells each, and these."""
    panel_height, panel_width = (size * cell for size in shape)
    down = num_panels // across
    width = across * (panel_width + _GAP) - _GAP
    height = down * (panel_height + _GAP) - _GAP
    figure = Figure(figsize=(width, height), facecolor="white")
    grid = [
        figure.add_axes(
            (
                column * (panel_width + _GAP) / width,
                1 - (row * (panel_height + _GAP) + panel_height) / height,
                panel_width / width,
                panel_height / height,
            )
        )
        for row, column in np.ndindex(down, across)
    ]
    return figure, grid


def _draw_cells(
    axes: Axes, values: Array, cell: float, highest: float, ramp: ListedColormap
) -> None:
    axes.pcolormesh(
        values,
        cmap=ramp,
        vmin=0,
        vmax=highest,
        edgecolors="white",
        linewidth=cell * 2,
        rasterized=values.size > 10_000,
    )
    axes.set_facecolor(_MASKED)
    axes.invert_yaxis()
    if cell == _LARGE:
        _write_numbers(axes, values, highest)


def _matrices(
    inspection: Inspection, which: Which, by: Quantity
) -> tuple[Array, NDArray[np.bool_]]:
    """(N, H, query, memory), and where a query may not look (query, memory)."""
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
    """Of the rows and of the columns."""
    source = [_shown(piece) for piece in inspection.source]
    if which == "encoder":
        return source, source
    steps = [
        f"{_shown(reads)} → {_shown(writes)}"
        for reads, writes in zip(inspection.reads, inspection.writes, strict=True)
    ]
    return steps, source if which == "cross" else [_shown(piece) for piece in inspection.reads]


def _shown(piece: str) -> str:
    """Without the mark of a word's beginning, unless it is nothing else."""
    return piece.removeprefix(SPACE) or piece


def _label(axes: Axes, rows: list[str], columns: list[str], cell: float) -> None:
    size = 8 if cell == _LARGE else 6
    axes.tick_params(length=0, pad=2)
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows, fontsize=size)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=size, rotation=90)
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_parse_math(False)  # a dollar is a dollar


def _write_numbers(axes: Axes, values: Array, highest: float) -> None:
    """Two digits in each cell that they do not round to nothing, one where 10 is reached."""
    digits = 1 if highest >= 10 else 2
    for (row, column), value in np.ndenumerate(values):
        number = f"{value:.{digits}f}".removeprefix("0")
        if float(number) > 0 and not np.ma.getmaskarray(values)[row, column]:
            color = "white" if value > highest / 2 else "black"
            axes.text(
                column + 0.5, row + 0.5, number, ha="center", va="center", size=6, color=color
            )


def _name_axes(figure: Figure, rows: str, columns: str) -> tuple[float, float]:
    """Titles beside the middle of all panels; returns the upper left corner of everything."""
    width, height = figure.get_size_inches()
    boxes = [_extent(figure, axes) for axes in figure.axes]
    left, bottom = min(box.x0 for box in boxes), min(box.y0 for box in boxes)
    title = figure.text(
        left - 0.07 / width,
        0.5,
        rows,
        fontsize=8,
        rotation=90,
        ha="right",
        va="center",
        multialignment="center",
    )
    figure.text(0.5, bottom - 0.07 / height, columns, fontsize=8, ha="center", va="top")
    corner = _extent(figure, title)
    return corner.x0, max(corner.y1, *(box.y1 for box in boxes))


def _extent(figure: Figure, what: Artist) -> BboxBase:
    """Where something is, in shares of the figure."""
    box = what.get_tightbbox()
    assert box is not None
    return box.transformed(figure.transFigure.inverted())


def _add_scale(figure: Figure, ramp: ListedColormap, highest: float, name: str) -> None:
    width, height = figure.get_size_inches()
    length = min(height, 2.0)
    place = figure.add_axes((1 + 0.2 / width, 1 - length / height, 0.1 / width, length / height))
    scale = figure.colorbar(ScalarMappable(Normalize(0, highest), ramp), cax=place)
    scale.ax.tick_params(labelsize=6, length=2)
    scale.set_label(textwrap.fill(name, 28), fontsize=7)


def _add_heading(
    figure: Figure, corner: tuple[float, float], inspection: Inspection, title: str
) -> None:
    """The title, and under it the sentences, from `corner` upward."""
    left, top = corner
    width, height = figure.get_size_inches()
    lines = max(72, int((1 - left) * width * 15))
    sentences = [
        f"{inspection.text} → {inspection.translation}" if inspection.translation else "",
        f"translation: {inspection.how}",
    ]
    body = "\n".join(textwrap.fill(text, lines) for text in sentences if text)
    under = figure.text(
        left, top + 0.1 / height, body, fontsize=7, va="bottom", color="#444444", parse_math=False
    )
    under.set_linespacing(1.3)
    above = _extent(figure, under).y1 + 0.06 / height
    # In a family that surely has bold letters.
    figure.text(left, above, title, fontsize=10, va="bottom", weight="bold", family=OWN)


def _texts(inspection: Inspection) -> list[str]:
    """All that stands in a picture and that this program did not write."""
    tokens = (*inspection.source, *inspection.reads, *inspection.writes)
    return [inspection.text, inspection.translation, inspection.how, *tokens]


def _replaced(inspection: Inspection, replacements: dict[int, str]) -> Inspection:
    """The inspection with the characters replaced in all of its `_texts`."""
    return dataclasses.replace(
        inspection,
        text=inspection.text.translate(replacements),
        translation=inspection.translation.translate(replacements),
        how=inspection.how.translate(replacements),
        source=[piece.translate(replacements) for piece in inspection.source],
        reads=[piece.translate(replacements) for piece in inspection.reads],
        writes=[piece.translate(replacements) for piece in inspection.writes],
    )


def _ramp() -> ListedColormap:
    """White to dark blue: one hue, lightness falling evenly in Oklab (Ottosson 2020)."""
    share = np.linspace(0, 1, 256)
    lightness, hue = 1 - 0.68 * share, np.deg2rad(255)
    chroma = 0.12 * np.minimum(1, 2 * share)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    cone_l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    cone_m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    cone_s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_rgb @ np.stack([cone_l, cone_m, cone_s]), 0, 1).T
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ListedColormap(srgb.clip(0, 1))
