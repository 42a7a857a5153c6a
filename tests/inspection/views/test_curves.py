"""The curves of trainings: every point where it was measured, one line a run."""

from pathlib import Path

import numpy as np
import pytest

from translator.errors import InspectionError
from translator.inspection.views.curves import Course, draw, save

COURSES = [
    Course(
        name="first", points={"loss": [(10, 3.0), (20, 2.5)], "BLEU": [(20, 17.25)], "rate": []}
    ),
    Course(name="cost $5 and $6", points={"loss": [(5, 4.0)], "BLEU": [], "rate": [(5, 0.1)]}),
]


def test_every_panel_has_a_line_a_run_through_its_points() -> None:
    figure = draw(COURSES, "step")

    assert [axes.get_title(loc="left") for axes in figure.axes] == ["loss", "BLEU", "rate"]
    for axes, title in zip(figure.axes, ("loss", "BLEU", "rate"), strict=True):
        for line, course in zip(axes.get_lines(), COURSES, strict=True):
            points = np.array(line.get_xydata()).tolist()
            assert points == [list(map(float, point)) for point in course.points[title]]
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["first", "cost $5 and $6"]
    assert not any(text.get_parse_math() for text in legend.get_texts())


def test_runs_differ_in_colour_or_else_in_dashes() -> None:
    courses = [Course(name=str(number), points={"loss": [(1, 1.0)]}) for number in range(20)]

    [axes] = draw(courses, "step").axes

    looks = {(line.get_color(), line.get_linestyle()) for line in axes.get_lines()}
    assert len(looks) == len(courses)


def test_the_horizontal_axis_is_named_under_the_last_panel_of_each_column() -> None:
    figure = draw(COURSES, "minutes of training")

    assert [axes.get_xlabel() for axes in figure.axes] == ["", *["minutes of training"] * 2]


def test_the_same_courses_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save(COURSES, tmp_path / name, "step")

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match=r"must end in \.png, \.svg or \.pdf"):
        save(COURSES, tmp_path / "a.gif", "step")

    assert list(tmp_path.iterdir()) == []
