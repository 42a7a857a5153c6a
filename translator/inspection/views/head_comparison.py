"""Two runs on a split, in a terminal: scores, matched heads, and the differences between them.

Layers and heads count from 1 in the output.
"""

from collections.abc import Sequence
from typing import NamedTuple

from translator.inspection.heads.comparison import HeadComparison, is_beyond
from translator.inspection.heads.report import HeadReport, head_name
from translator.inspection.views.columns import signed, visible, wrap
from translator.inspection.views.comparison import without_partner
from translator.inspection.words import Array


class _Column(NamedTuple):
    """A measure of heads, shown as a column of differences."""

    name: str
    title: str
    unit: str
    scale: float
    """Factor by which the numbers are multiplied."""
    digits: int


_COLUMNS = (
    _Column("entropy", "entropy", "bits", 1, 2),
    _Column("largest", "largest", "%", 100, 1),
    _Column("sink_share", "punct.", "%", 100, 1),
    _Column("same_position", "same", "%", 100, 1),
    _Column("coverage", "covered", "%", 100, 1),
    _Column("zeroed", "zeroed", "nats", 1, 3),
    _Column("uniform", "uniform", "nats", 1, 3),
)
_CELL = 9
SIGNIFICANT = 0.05
"""The p-value below which the difference of two scores is marked."""


def as_head_comparison(comparison: HeadComparison) -> str:
    """The scores, and the differences between matched heads and between layers; 80 columns."""
    parts = [_title(comparison), _scores(comparison), _heads(comparison)]
    if comparison.layer_zeroed is not None:
        parts.append(_layers(comparison.layer_zeroed))
    return "\n\n".join(parts)


def _title(comparison: HeadComparison) -> str:
    a, b = comparison.a, comparison.b
    s = "s" * (a.num_sentences != 1)
    read = (
        f"{visible(a.split)}: both read the reference{s} of {a.num_sentences:,} sentence{s}. Every "
        "difference is B minus A; ± is half the width of its 95% interval, from a bootstrap that "
        "samples the same sentences for both. * marks a difference whose interval excludes 0; by "
        "chance alone, about one in twenty does."
    )
    return "\n".join([*(_run(side, report) for side, report in (("A", a), ("B", b))), wrap(read)])


def _run(side: str, report: HeadReport) -> str:
    num_layers, num_heads, _ = report.zeroed.shape
    heads = "1 head" if num_heads == 1 else f"{num_heads} heads"
    layers = "1 layer" if num_layers == 1 else f"{num_layers} layers"
    return wrap(
        f"{side}: {visible(report.run)}, {layers} of {heads}, {report.num_rows:,} decoding steps",
        indent="   ",
    )


def _scores(comparison: HeadComparison) -> str:
    lines = [f"{'':<8}{'A':>10}{'B':>10}{'B minus A':>12}{'p':>10}"]
    tests = (comparison.bleu, comparison.chrf, comparison.ter)
    for test in tests:
        a, b = test.baseline.value, test.system.value
        mark = "*" if test.p_value < SIGNIFICANT else " "
        lines.append(
            f"{test.name:<8}{a:>10.2f}{b:>10.2f}{signed(b - a, 2):>12}{test.p_value:>10.4f}{mark}"
        )
    lines += _percent_lines(comparison)
    legend = (
        f"p by paired bootstrap, * below {SIGNIFICANT}. TER: lower is better. source: the share "
        "of the source in a reference token, in percent (ALTI+); the target prefix has the rest."
    )
    if comparison.a.alignment and comparison.b.alignment:
        legend += (
            " AER: alignment error rate, in percent. For each run, links are read by the rule that "
            "is best for it on validation."
        )
    signatures = [wrap(f"{test.name} {test.signature}", indent="  ") for test in tests]
    return "\n".join([*(line.rstrip() for line in lines), wrap(legend), *signatures])


def _percent_lines(comparison: HeadComparison) -> list[str]:
    """The source's share, and the alignment error if there is a gold alignment."""
    a, b = comparison.a, comparison.b
    share = 100 * comparison.source_share
    shares = [100 * of.contributions.source_share[0] for of in (a, b)]
    difference = f"{signed(share[0], 2):>12}{_plus_minus(share, 2):>10}{_mark(share)}"
    lines = [f"{'source':<8}{shares[0]:>10.2f}{shares[1]:>10.2f}{difference}"]
    if a.alignment and b.alignment:
        error_a, error_b = 100 * a.alignment.chosen_here, 100 * b.alignment.chosen_here
        difference = f"{signed(error_b - error_a, 2):>12}"
        lines.append(f"{'AER':<8}{error_a:>10.2f}{error_b:>10.2f}{difference}")
    return lines


def _heads(comparison: HeadComparison) -> str:
    matching = comparison.matching
    title = (
        "Heads of cross-attention, matched one to one by pattern. Likeness is the overlap of "
        "their rows, over all sentences: 1 is the same pattern, 0 is no weight in common."
    )
    indented = " " * 17
    lines = [
        wrap(title),
        f"{'A':<5}{'B':<5}{'like':<7}" + "".join(f"{each.title:>{_CELL}}" for each in _COLUMNS),
        indented + "".join(f"{each.unit:>{_CELL}}" for each in _COLUMNS),
    ]
    for row, pair in enumerate(matching.pairs):
        names = f"{head_name(pair.first):<5}{head_name(pair.second):<5}{pair.likeness:<7.3f}"
        estimates = [comparison.differences[each.name][row] for each in _COLUMNS]
        lines += _with_interval(names, indented, estimates)
    lines += without_partner(matching)
    legend = (
        "entropy: the entropy of a row. largest: the largest weight of a row. punct.: the weight "
        "on punctuation and </s>. same: the weight of decoding step t on source piece t. covered: "
        "the weight that a source piece gets over all decoding steps, capped at 100%. zeroed: how "
        "many nats a reference token loses without the head. uniform: the nats lost when all "
        "weights of the head are equal."
    )
    return "\n".join([*lines, wrap(legend)])


def _with_interval(names: str, indented: str, estimates: Sequence[Array]) -> list[str]:
    """A line of differences, and below it a line with their intervals."""
    scaled = [
        (column.scale * estimate, column.digits)
        for column, estimate in zip(_COLUMNS, estimates, strict=True)
    ]
    differences = [
        f"{signed(estimate[0], digits):>{_CELL - 1}}{_mark(estimate)}"
        for estimate, digits in scaled
    ]
    intervals = [f"{_plus_minus(estimate, digits):>{_CELL - 1}} " for estimate, digits in scaled]
    return [
        (names + "".join(differences)).rstrip(),
        (indented + "".join(intervals)).rstrip(),
    ]


def _layers(layer_zeroed: Array) -> str:
    lines = ["Nats that a reference token loses without all heads of a layer, B minus A:"]
    for number, estimate in enumerate(layer_zeroed, start=1):
        difference = f"{signed(estimate[0], 3):>8}{_mark(estimate)}"
        lines.append(f"  layer {number:<3}{difference} {_plus_minus(estimate, 3)}")
    return "\n".join(lines)


def _mark(estimate: Array) -> str:
    return "*" if is_beyond(estimate) else " "


def _plus_minus(estimate: Array, digits: int) -> str:
    return f"±{(estimate[2] - estimate[1]) / 2:.{digits}f}"
