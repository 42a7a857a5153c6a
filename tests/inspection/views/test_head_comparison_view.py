"""Two runs over a split, as a terminal shows them: differences, intervals, and marks beyond."""

import dataclasses
import re

import numpy as np
import pytest

from translator.evaluation import Estimate, PairedBootstrap
from translator.inspection.alignment import Reader
from translator.inspection.heads.comparison import OF_HEADS, HeadComparison
from translator.inspection.heads.report import Alignment, Contributions, HeadReport
from translator.inspection.matching import match_heads
from translator.inspection.views.columns import display_width
from translator.inspection.views.head_comparison import as_head_comparison


@pytest.fixture(scope="module")
def comparison() -> HeadComparison:
    """A has one layer of three heads, B one layer of two."""
    likeness = np.array([[0.9, 0.1], [0.3, 0.2], [0.2, 0.8]]).reshape(1, 3, 1, 2)
    differences = {name: np.array([[0.25, 0.125, 0.5], [-0.25, -0.5, 0.5]]) for name in OF_HEADS}
    return HeadComparison(
        a=report("runs/one", 3, 1234),
        b=report("runs/other", 2, 1100),
        bleu=bootstrap("BLEU", 30.5, 32.25, 0.012),
        chrf=bootstrap("chrF2", 50, 50, 1.0),
        ter=bootstrap("TER", 44, 43, 0.2),
        matching=match_heads(likeness),
        differences=differences,
        source_share=np.array([-0.125, -0.25, -0.05]),
        layer_zeroed=np.array([[0.5, 0.25, 0.75]]),
    )


def test_scores_stand_beside_each_other_and_what_chance_hardly_does_is_marked(
    comparison: HeadComparison,
) -> None:
    shown = as_head_comparison(comparison)

    assert re.search(r"^BLEU +30\.50 +32\.25 +\+1\.75 +0\.0120\*$", shown, re.MULTILINE)
    assert re.search(r"^chrF2 +50\.00 +50\.00 +0\.00 +1\.0000$", shown, re.MULTILINE)
    assert re.search(r"^TER +44\.00 +43\.00 +-1\.00 +0\.2000$", shown, re.MULTILINE)
    assert re.search(r"^source +60\.00 +60\.00 +-12\.50 +±10\.00\*$", shown, re.MULTILINE)
    assert "nrefs:1|made:up" in shown
    assert "AER" not in shown


def test_matched_heads_have_their_differences_and_what_is_beyond_its_interval_is_marked(
    comparison: HeadComparison,
) -> None:
    lines = as_head_comparison(comparison).splitlines()

    [first] = [line for line in lines if line.startswith("1.1  1.1  ")]
    [second] = [line for line in lines if line.startswith("1.3  1.2  ")]
    assert first.split()[2:] == ["0.900", "+0.25*", *["+25.0*"] * 4, *["+0.250*"] * 2]
    assert second.split()[2:] == ["0.800", "-0.25", *["-25.0"] * 4, *["-0.250"] * 2]
    assert lines[lines.index(first) + 1].split() == ["±0.19", *["±18.8"] * 4, *["±0.188"] * 2]
    assert lines[lines.index(second) + 1].split() == ["±0.50", *["±50.0"] * 4, *["±0.500"] * 2]
    assert "Heads of A without a partner (and the most alike head of B): 1.2 (1.1, 0.300)" in lines


def test_layers_are_compared_where_there_are_as_many(comparison: HeadComparison) -> None:
    assert "  layer 1    +0.500* ±0.250" in as_head_comparison(comparison)
    without = dataclasses.replace(comparison, layer_zeroed=None)
    assert "layer 1 " not in as_head_comparison(without)


def test_no_line_is_wider_than_80_columns_and_sizes_are_counted(
    comparison: HeadComparison,
) -> None:
    shown = as_head_comparison(comparison)

    assert max(map(display_width, shown.splitlines())) <= 80
    assert "A: runs/one, 1 layer of 3 heads, 1,234 decoding steps\n" in shown
    assert "B: runs/other, 1 layer of 2 heads, 1,100 decoding steps\n" in shown


def test_alignment_errors_are_compared_where_both_have_gold(comparison: HeadComparison) -> None:
    a, b = (
        dataclasses.replace(of, alignment=alignment(error))
        for of, error in ((comparison.a, 0.125), (comparison.b, 0.25))
    )

    shown = as_head_comparison(dataclasses.replace(comparison, a=a, b=b))

    assert re.search(r"^AER +12\.50 +25\.00 +\+12\.50$", shown, re.MULTILINE)
    assert "AER: alignment error rate" in shown
    assert "AER" not in as_head_comparison(dataclasses.replace(comparison, a=a))


def alignment(error: float) -> Alignment:
    return Alignment(
        num_sentences=9,
        by_weights=np.zeros((1, 3)),
        by_norms=np.zeros((1, 3)),
        chosen=Reader(),
        chosen_on_validation=0.5,
        chosen_here=error,
        best_head=(0, 0),
        best_head_here=0.5,
        ways=[],
    )


def bootstrap(name: str, a: float, b: float, p_value: float) -> PairedBootstrap:
    one, other = (Estimate(value=value, mean=value, confidence=1.0) for value in (a, b))
    return PairedBootstrap(
        name=name, system=other, baseline=one, p_value=p_value, signature="nrefs:1|made:up"
    )


def report(run: str, num_heads: int, num_rows: int) -> HeadReport:
    estimates = np.zeros((1, num_heads, 3))
    return HeadReport(
        run=run,
        split="test",
        num_sentences=99,
        num_rows=num_rows,
        bleu=30.0,
        bleu_signature="made:up",
        pattern={},
        zeroed=estimates,
        uniform=estimates,
        bleu_without=estimates[..., 0],
        layer_zeroed=estimates[:, 0],
        layer_bleu_without=estimates[:, 0, 0],
        pruning=[],
        alignment=None,
        contributions=Contributions(
            source_share=np.array([0.6, 0.5, 0.7]), head_logit=estimates, part_logit={}
        ),
        explained=None,
        num_explained=0,
    )
