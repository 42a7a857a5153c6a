"""What pictures of attention share: cells, labels, titles, and writing to files.

Importing this module imports matplotlib, which is slow: import it only to draw a picture.
"""

import io
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.transforms import BboxBase

from translator.compute.files import write_atomically
from translator.errors import InspectionError
from translator.inspection.views.fonts import OWN
from translator.inspection.words import Array
from translator.text.normalization import SPACE

# In inches. A large cell has room for a number, a small one for a 6-point label beside it.
LARGE, SMALL = 0.32, 0.14
MAX_NUMBERED = 60
"""The most cells along one side of a panel that shows numbers."""
GAP = 0.35
"""Distance between panels, in inches."""
WIDEST = 14.0
"""The largest width of a row of several panels, in inches; more panels take several rows."""

_DPI, _MAX_PIXELS = 200, 12_000
_MASKED = "#ececec"
_SETTINGS = {"svg.hashsalt": "translator", "pdf.fonttype": 42, "axes.linewidth": 0.5}
# Without date and version, so that equal content gives equal bytes.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def save_figure(draw: Callable[[], Figure], path: Path) -> None:
    """Write the figure from `draw` as .png, .svg or .pdf, whole or not at all.

    Raises InspectionError for an unsupported suffix or a path that cannot be written to.
    """
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise InspectionError(f"{path} must end in .png, .svg or .pdf: rename it")
    data = render(draw, suffix)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise InspectionError(
            f"{path} cannot be written ({error.strerror}): name another place"
        ) from None


def render(draw: Callable[[], Figure], suffix: str, dpi: float = _DPI) -> bytes:
    """The bytes of a picture file; `dpi` applies to .png."""
    file = io.BytesIO()
    with style.context(["default", _SETTINGS]):
        figure = draw()
        figure.savefig(
            file,
            format=suffix[1:],
            dpi=min(dpi, _MAX_PIXELS / max(figure.get_size_inches())),
            bbox_inches="tight",
            pad_inches=0.15,
            metadata=_METADATA[suffix],
        )
    return file.getvalue()


def num_across(num_panels: int, panel_width: float) -> int:
    """The number of panels per row: rows are of equal length, and at most `WIDEST` wide unless they
    have a single panel; `panel_width` is in inches."""
    fitting = [n for n in range(1, num_panels + 1) if num_panels % n == 0]
    return max(n for n in fitting if n == 1 or n * panel_width <= WIDEST)


def make_grid(
    num_panels: int, across: int, shape: tuple[int, ...], cell: float
) -> tuple[Figure, list[Axes]]:
    """A figure that its panels fill, each of `shape` cells, and the axes of these panels."""
    panel_height, panel_width = (size * cell for size in shape)
    down = num_panels // across
    width = across * (panel_width + GAP) - GAP
    height = down * (panel_height + GAP) - GAP
    figure = Figure(figsize=(width, height), facecolor="white")
    grid = [
        figure.add_axes(
            (
                column * (panel_width + GAP) / width,
                1 - (row * (panel_height + GAP) + panel_height) / height,
                panel_width / width,
                panel_height / height,
            )
        )
        for row, column in np.ndindex(down, across)
    ]
    return figure, grid


def draw_cells(
    axes: Axes, values: Array, cell: float, highest: float, ramp: ListedColormap
) -> None:
    """Draw `values` (rows, columns) from 0 to `highest`, with numbers in large cells."""
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
    if cell == LARGE:
        _write_numbers(axes, values, highest)


def label(axes: Axes, rows: list[str], columns: list[str], cell: float) -> None:
    """Label the rows on the side and the columns underneath; lists may be empty."""
    size = 8 if cell == LARGE else 6
    axes.tick_params(length=0, pad=2)
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows, fontsize=size)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=size, rotation=90)
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_parse_math(False)  # keep dollar signs literal


def shown(piece: str) -> str:
    """`piece` without the marker of a word start, unless the marker is all there is."""
    return piece.removeprefix(SPACE) or piece


def name_axes(figure: Figure, rows: str, columns: str) -> tuple[float, float]:
    """Title both axes, centred on all panels; returns the upper left corner of the whole."""
    width, height = figure.get_size_inches()
    boxes = [extent(figure, axes) for axes in figure.axes]
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
    corner = extent(figure, title)
    return corner.x0, max(corner.y1, *(box.y1 for box in boxes))


def add_scale(figure: Figure, ramp: ListedColormap, highest: float, name: str) -> None:
    """Add the colour scale to the right of the panels."""
    width, height = figure.get_size_inches()
    length = min(height, 2.0)
    place = figure.add_axes((1 + 0.2 / width, 1 - length / height, 0.1 / width, length / height))
    scale = figure.colorbar(ScalarMappable(Normalize(0, highest), ramp), cax=place)
    scale.ax.tick_params(labelsize=6, length=2)
    scale.set_label(textwrap.fill(name, 28), fontsize=7)


def add_heading(
    figure: Figure, corner: tuple[float, float], title: str, sentences: Sequence[str]
) -> None:
    """Add the title, with `sentences` under it, from `corner` upward."""
    left, top = corner
    width, height = figure.get_size_inches()
    lines = max(72, int((1 - left) * width * 15))
    body = "\n".join(textwrap.fill(text, lines) for text in sentences)
    under = figure.text(
        left, top + 0.1 / height, body, fontsize=7, va="bottom", color="#444444", parse_math=False
    )
    under.set_linespacing(1.3)
    above = extent(figure, under).y1 + 0.06 / height
    # A family that is certain to have bold letters.
    figure.text(left, above, title, fontsize=10, va="bottom", weight="bold", family=OWN)


def extent(figure: Figure, what: Artist) -> BboxBase:
    """The bounding box of `what`, in fractions of the figure."""
    box = what.get_tightbbox()
    assert box is not None
    return box.transformed(figure.transFigure.inverted())


def _write_numbers(axes: Axes, values: Array, highest: float) -> None:
    """Write values with two decimals, or one if `highest` is at least 10; omit rounded zeros."""
    digits = 1 if highest >= 10 else 2
    for (row, column), value in np.ndenumerate(values):
        number = f"{value:.{digits}f}".removeprefix("0")
        if float(number) > 0 and not np.ma.getmaskarray(values)[row, column]:
            color = "white" if value > highest / 2 else "black"
            axes.text(
                column + 0.5, row + 0.5, number, ha="center", va="center", size=6, color=color
            )


def make_ramp() -> ListedColormap:
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
