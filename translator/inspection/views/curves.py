"""Training curves as a picture for print: losses, BLEU and learning rate, one line per run.

Importing this module imports matplotlib, which is slow: import it only to draw a picture.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from translator.inspection.views.drawing import save_figure
from translator.inspection.views.fonts import families_for

Points = Sequence[tuple[float, float]]
"""Position on the horizontal axis, and the value measured there."""

# In inches.
_WIDTH, _HEIGHT = 4.2, 2.6
_ALONE = 1.5
"""Scale of a panel that has no other beside it."""
# Okabe and Ito (2008): seven colours that colour-blind readers can tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", ":", "-.")
MOST_MARKED = 60
"""A line with more points than this has no markers, which would hide the line."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """One run: its measurements during training, by panel title."""

    name: str
    points: Mapping[str, Points]


def save(courses: Sequence[Course], path: Path, across: str) -> None:
    """Write a .png, .svg or .pdf, whole or not at all; `draw` explains the other arguments.

    Raises InspectionError for an unsupported suffix or a path that cannot be written to.
    """
    save_figure(lambda: draw(courses, across), path)


def draw(courses: Sequence[Course], across: str) -> Figure:
    """One panel per title in any course, all over the same horizontal axis, named `across`."""
    families, replacements = families_for(course.name for course in courses)
    drawable = [replace(one, name=one.name.translate(replacements)) for one in courses]
    with rc_context({"font.family": families}):
        return _draw(drawable, across)


def _draw(courses: Sequence[Course], across: str) -> Figure:
    titles = list(dict.fromkeys(title for course in courses for title in course.points))
    columns = min(2, len(titles))
    rows = math.ceil(len(titles) / columns)
    scale = 1 if len(titles) > 1 else _ALONE
    size = (columns * _WIDTH * scale, rows * _HEIGHT * scale)
    figure = Figure(figsize=size, facecolor="white", layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel().tolist()
    for axes, title in zip(grid, titles, strict=False):
        for number, course in enumerate(courses):
            _draw_line(axes, number, course.points.get(title, ()))
        _finish(axes, title)
    for axes in grid[len(titles) :]:
        axes.remove()
    for axes in grid[max(0, len(titles) - columns) : len(titles)]:  # lowest of each column
        axes.set_xlabel(across, fontsize=8)
        axes.tick_params(labelbottom=True)
    _name(figure, [course.name for course in courses])
    return figure


def _draw_line(axes: Axes, number: int, points: Points) -> None:
    axes.plot(
        [at for at, _ in points],
        [value for _, value in points],
        color=_COLOURS[number % len(_COLOURS)],
        linestyle=_DASHES[number // len(_COLOURS) % len(_DASHES)],
        linewidth=1.3,
        marker="." if len(points) <= MOST_MARKED else "",
        markersize=4,
    )


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=8, loc="left")
    axes.tick_params(labelsize=7, length=2)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _name(figure: Figure, names: Sequence[str]) -> None:
    """A legend of the lines, above all panels."""
    lines = figure.axes[0].get_lines()
    legend = figure.legend(
        lines, names, loc="outside upper left", ncols=4, fontsize=8, frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # keep dollar signs literal
