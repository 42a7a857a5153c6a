"""Attention as a picture for print: one head, many small ones side by side, or their mean."""

import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from translator.checkpoint import write_atomically
from translator.errors import InspectionError
from translator.inspection.record import Inspection, Quantity
from translator.inspection.words import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

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
    "decoder": "target: the decoder answers (K, V), what it has read",
}
_SCALES = {
    "weights": "attention weight",
    "norms": "length of the contribution, ||weight · V · W_O||",
}

# In inches. A number fits into a large cell, a label of 6 points beside a small one.
_LARGE, _SMALL = 0.32, 0.14
_MAX_NUMBERED = 60
_GAP = 0.35
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
    """Write a .png, .svg or .pdf, whole or not at all; `draw` has the other arguments.

    Raises InspectionError for another suffix, a place that cannot be written to, and a layer or
    head that is not there.
    """
    from matplotlib import style

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
) -> "Figure":
    """A row of panels a layer, a panel a head; layer and head count from 1, None means all.

    With `mean`, one panel: the mean of those. Weights are on a scale from 0 to 1, norms from 0 to
    the largest of all heads. Raises InspectionError for a layer or head that is not there.
    """
    from matplotlib.figure import Figure

    everything, masked = _matrices(inspection, which, by)
    layers = _numbers(layer, everything.shape[0], "layer")
    heads = _numbers(head, everything.shape[1], "head")
    chosen = everything[np.ix_([n - 1 for n in layers], [n - 1 for n in heads])]
    if mean:
        chosen = chosen.mean(axis=(0, 1), keepdims=True)
    highest = 1.0 if by == "weights" else float(everything.max()) or 1.0

    num_down, num_across, num_rows, num_columns = chosen.shape
    is_single = num_down == num_across == 1
    cell = _LARGE if is_single and max(num_rows, num_columns) <= _MAX_NUMBERED else _SMALL
    panel_width, panel_height = num_columns * cell, num_rows * cell
    width = num_across * (panel_width + _GAP) - _GAP
    height = num_down * (panel_height + _GAP) - _GAP
    figure = Figure(figsize=(width, height), facecolor="white")
    ramp = _ramp()
    rows, columns = _labels(inspection, which)
    for down, across in np.ndindex(num_down, num_across):
        left = across * (panel_width + _GAP) / width
        bottom = 1 - (down * (panel_height + _GAP) + panel_height) / height
        axes = figure.add_axes((left, bottom, panel_width / width, panel_height / height))
        values = np.ma.array(chosen[down, across], mask=masked)
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
        _label(axes, rows if across == 0 else [], columns if down == num_down - 1 else [], cell)
        if cell == _LARGE:
            _write_numbers(axes, values, highest)
        if not is_single:
            axes.set_title(f"layer {layers[down]}, head {heads[across]}", fontsize=7, pad=3)
        if across == 0 and down == num_down // 2:
            axes.set_ylabel(_ASKS[which], fontsize=8)
        if down == num_down - 1 and across == num_across // 2:
            axes.set_xlabel(_ANSWERS[which], fontsize=8)
    _add_scale(figure, ramp, highest, _SCALES[by])
    _add_heading(figure, inspection, f"{_TITLES[which]}, {_name(layer, head, mean)}")
    return figure


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
    if which == "encoder":
        return inspection.source, inspection.source
    steps = [
        f"{reads} → {writes}"
        for reads, writes in zip(inspection.reads, inspection.writes, strict=True)
    ]
    return steps, inspection.source if which == "cross" else inspection.reads


def _label(axes: "Axes", rows: list[str], columns: list[str], cell: float) -> None:
    size = 8 if cell == _LARGE else 6
    axes.tick_params(length=0, pad=2)
    axes.set_yticks(np.arange(len(rows)) + 0.5, [_drawable(row) for row in rows], fontsize=size)
    axes.set_xticks(
        np.arange(len(columns)) + 0.5,
        [_drawable(column) for column in columns],
        fontsize=size,
        rotation=90,
    )
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_parse_math(False)  # a dollar is a dollar


def _write_numbers(axes: "Axes", values: Array, highest: float) -> None:
    """Two digits in each cell that they do not round to nothing."""
    for (row, column), value in np.ndenumerate(values):
        if value >= 0.005 and not np.ma.getmaskarray(values)[row, column]:
            color = "white" if value > highest / 2 else "black"
            number = f"{value:.2f}".removeprefix("0")
            axes.text(
                column + 0.5, row + 0.5, number, ha="center", va="center", size=6, color=color
            )


def _add_scale(figure: "Figure", ramp: "ListedColormap", highest: float, name: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    width, height = figure.get_size_inches()
    length = min(height, 2.0)
    place = figure.add_axes((1 + 0.2 / width, 1 - length / height, 0.1 / width, length / height))
    scale = figure.colorbar(ScalarMappable(Normalize(0, highest), ramp), cax=place)
    scale.ax.tick_params(labelsize=6, length=2)
    scale.set_label(textwrap.fill(name, 28), fontsize=7)


def _add_heading(figure: "Figure", inspection: Inspection, title: str) -> None:
    width, height = figure.get_size_inches()
    lines = max(40, int(width * 13))
    sentences = [
        f"{inspection.text} → {inspection.translation}" if inspection.translation else "",
        f"translation: {inspection.how}",
    ]
    body = "\n".join(textwrap.fill(_drawable(text), lines) for text in sentences if text)
    above = 1 + 0.3 / height
    under = figure.text(0, above, body, fontsize=7, va="bottom", color="#444444", parse_math=False)
    under.set_linespacing(1.3)
    rise = 0.13 * (body.count("\n") + 1) + 0.08
    figure.text(0, above + rise / height, title, fontsize=10, va="bottom", weight="bold")


def _drawable(text: str) -> str:
    """What the font lacks becomes the replacement character instead of a warning."""
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))  # comes with matplotlib
    return "".join(char if font.get_char_index(ord(char)) else "\ufffd" for char in text)


def _ramp() -> "ListedColormap":
    """White to dark blue: one hue, lightness falling evenly in Oklab (Ottosson 2020)."""
    from matplotlib.colors import ListedColormap

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
