"""Reports of heads in the terminal."""

import dataclasses

import numpy as np
import pytest
from reported import made_up_report

from translator.inspection.alignment import Reader
from translator.inspection.heads.report import Explained, HeadReport, Pruned
from translator.inspection.views.heads import as_tables


@pytest.mark.parametrize(("layers", "heads"), [(1, 2), (6, 8)])
def test_every_head_has_its_rows_in_80_columns(layers: int, heads: int) -> None:
    lines = as_tables(made_up_report(layers, heads)).splitlines()

    assert max(map(len, lines)) <= 80
    for layer, head in np.ndindex(layers, heads):
        name = f"{layer + 1}.{head + 1}  "
        assert sum(line.startswith(name) for line in lines) == 3  # patterns, worth, curve


def test_a_mean_stands_beside_half_of_its_interval() -> None:
    report = made_up_report(1, 2)
    entropy = np.array([[[1.5, 1.2, 1.7], [0.25, 0.2, 0.4]]])
    largest = np.array([[[0.5, 0.4, 0.65], [1, 1, 1]]])
    pattern = {**report.pattern, "entropy": entropy, "largest": largest}
    shown = as_tables(dataclasses.replace(report, pattern=pattern)).splitlines()

    at = next(number for number, line in enumerate(shown) if "entropy, bits" in line)
    assert shown[at + 1].split()[:3] == ["1.1", "1.50±0.25", "50.0±12.5"]
    assert shown[at + 2].split()[:3] == ["1.2", "0.25±0.10", "100.0±0.0"]


def test_the_curve_has_a_bar_as_long_as_bleu_and_nothing_where_it_is_0() -> None:
    curve = [Pruned(None, 40.0, 0.0), Pruned((0, 1), 20.0, 0.5), Pruned((0, 0), 0.0, 12.25)]
    shown = rows(made_up_report(1, 2, pruning=curve), "removed ")

    assert shown[0] == ["none", "0.000", "40.00", "█" * 30]
    assert shown[1] == ["1.2", "0.500", "20.00", "█" * 15]
    assert shown[2] == ["1.1", "12.250", "0.00"]
    nothing = [Pruned(None, 0.0, 0.0), Pruned((0, 0), 0.0, 0.1)]
    assert rows(made_up_report(1, 1, pruning=nothing), "removed ")[1] == ["1.1", "0.100", "0.00"]


def test_the_heads_of_a_layer_stand_beside_their_sum() -> None:
    zeroed = np.array([[[0.25] * 3, [0.5] * 3]])
    layer_zeroed = np.array([[2.0, 1.9, 2.1]])
    report = made_up_report(1, 2, zeroed=zeroed, layer_zeroed=layer_zeroed)
    report = dataclasses.replace(report, layer_bleu_without=np.array([3.456]))

    assert rows(report, "layer ")[0] == ["1", "2.000±0.100", "0.750", "3.46"]


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (Reader(), "the mean of all heads by norms, in the rows that write a target word, where "
                   "each word of either side chooses a partner"),
        (Reader(layer=1, head=2, by="weights", rows="reads", chosen_by="source"),
         "head 2.3 by weights, in the rows that read a target word, where each source word "
         "chooses a partner"),
    ],
)  # fmt: skip
def test_the_rule_with_the_lowest_error_is_told_in_words(reader: Reader, words: str) -> None:
    report = made_up_report(2, 3)
    assert report.alignment is not None
    alignment = dataclasses.replace(
        report.alignment, chosen=reader, chosen_on_validation=0.0312, chosen_here=0.034
    )
    shown = flat(dataclasses.replace(report, alignment=alignment))

    assert f"{words}: 3.1% on validation, 3.4% here" in shown


def test_what_was_not_measured_is_left_out() -> None:
    whole = as_tables(made_up_report(2, 3))
    less = as_tables(made_up_report(2, 3, alignment=None, explained=None))

    assert "AER" in whole
    assert "gradient x input" in whole
    assert "AER" not in less
    assert "Word alignment" not in less
    assert "heaviest" not in less
    assert "nan" not in whole


def test_the_best_and_the_random_choice_have_nothing_to_find() -> None:
    view = Explained(
        top1=np.array([0.5, 0.4, 0.6]),
        comprehensiveness=np.ones((3, 3)),
        sufficiency=np.zeros((3, 3)),
    )
    best = dataclasses.replace(view, top1=None)
    shown = rows(made_up_report(1, 2, explained={"alti": view, "best": best}), "view  ")

    assert shown[0] == ["ALTI+", "50.0±10.0", *["1.00±0.00"] * 3]
    assert shown[1] == ["best", *["1.00±0.00"] * 3]


def rows(report: HeadReport, header: str) -> list[list[str]]:
    """The cells below the first line that begins with `header`."""
    lines = as_tables(report).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(header))
    return [line.split() for line in lines[at + 1 :]]


def flat(report: HeadReport) -> str:
    return " ".join(as_tables(report).split())
