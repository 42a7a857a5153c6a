"""A report on heads as tables for a terminal; layers and heads count from 1."""

from collections.abc import Sequence

import numpy as np

from translator.inspection.alignment import Reader
from translator.inspection.explanation import AT_STAKE
from translator.inspection.heads.faithfulness import MOST_SENTENCES
from translator.inspection.heads.report import (
    Alignment,
    Contributions,
    Head,
    HeadReport,
    head_name,
)
from translator.inspection.views.columns import visible, wrap
from translator.inspection.words import Array

_BAR_WIDTH = 30
_VIEWS = {"alti": "ALTI+", "gradient_x_input": "gradient x input"}
"""Views that go by another name in the tables."""


def as_tables(report: HeadReport) -> str:
    """The whole report; 80 columns."""
    parts = [
        _title(report),
        _patterns(report),
        _effects(report),
        _layers(report),
        _pruning(report),
        *([_alignment(report.alignment)] if report.alignment else []),
        _contributions(report.contributions),
        *([_explained(report)] if report.explained else []),
    ]
    return "\n\n".join(parts)


def _title(report: HeadReport) -> str:
    what = (
        f"{visible(report.run)} on {visible(report.split)}: {report.num_sentences:,} "
        f"sentence{'s' * (report.num_sentences != 1)}, "
        f"{report.num_rows:,} decoding steps. The decoder reads the references. "
    )
    bleu = f"Greedy translations have BLEU {report.bleu:.2f} ({report.bleu_signature})."
    interval = (
        "± is half the width of a 95% interval, from a bootstrap over sentences. Head 2.1 is head "
        "1 of layer 2."
    )
    return f"{wrap(what + bleu)}\n{wrap(interval)}"


def _patterns(report: HeadReport) -> str:
    pattern = report.pattern
    names = ("largest", "sink_share", "same_position", "coverage")
    rows = [
        [
            head_name(head),
            _number(pattern["entropy"][head], 2),
            *(_percent(pattern[name][head]) for name in names),
        ]
        for head in _heads(report)
    ]
    header = ["head", "entropy, bits", "largest, %", "punct., %", "same place, %", "covered, %"]
    return "\n".join(
        [
            wrap("Attention patterns of the cross-attention heads, averaged over decoding steps:"),
            _table(header, rows),
            wrap(
                "largest: the largest weight. punct.: the weight on punctuation and </s>. same "
                "place: the weight of decoding step t on source piece t. covered: the weight that "
                "a source piece gets over all decoding steps, capped at 100%, averaged over all "
                "pieces but </s>."
            ),
        ]
    )


def _effects(report: HeadReport) -> str:
    header = ["head", "zeroed", "uniform", "BLEU without", "to the logit"]
    rows = [
        [
            head_name(head),
            _number(report.zeroed[head], 3),
            _number(report.uniform[head], 3),
            f"{report.bleu_without[head]:.2f}",
            _number(report.contributions.head_logit[head], 2),
        ]
        for head in _heads(report)
    ]
    legend = (
        "zeroed: how many nats of log-probability a reference token loses when the head "
        "contributes nothing. uniform: the nats lost when all weights of the head are equal. to "
        "the logit: what the head adds directly to the lead of the reference token over the most "
        "probable other token."
    )
    if report.alignment:
        header += ["AER, %", "by norms"]
        for row, head in zip(rows, _heads(report), strict=True):
            errors = report.alignment.by_weights[head], report.alignment.by_norms[head]
            row += [f"{100 * error:.1f}" for error in errors]
        legend += " AER: alignment error rate, read from weights or from norms."
    return "\n".join(["Effect of each head:", _table(header, rows), wrap(legend)])


def _layers(report: HeadReport) -> str:
    rows = [
        [f"{layer + 1}", _number(together, 3), f"{alone:.3f}", f"{bleu:.2f}"]
        for layer, (together, alone, bleu) in enumerate(
            zip(
                report.layer_zeroed,
                report.zeroed[..., 0].sum(axis=1),
                report.layer_bleu_without,
                strict=True,
            )
        )
    ]
    header = ["layer", "all its heads zeroed", "sum of its heads", "BLEU without"]
    legend = (
        "If a layer costs more than the sum of its heads, its heads can stand in for each other."
    )
    return "\n".join(
        ["Nats lost when all heads of a layer are zeroed:", _table(header, rows), wrap(legend)]
    )


def _pruning(report: HeadReport) -> str:
    highest = max(point.bleu for point in report.pruning) or 1
    rows = [
        [
            head_name(point.removed) if point.removed else "none",
            f"{point.lost:.3f}",
            f"{point.bleu:.2f}",
            "█" * round(_BAR_WIDTH * point.bleu / highest),
        ]
        for point in report.pruning
    ]
    title = (
        "Pruning: heads are removed one after another and not put back (Michel et al. 2019), in "
        "the order of the nats that each head costs alone when zeroed, the least first, as "
        "measured on the same sentences. The last row has no cross-attention:"
    )
    return "\n".join([wrap(title), _table(["removed", "nats lost", "BLEU", ""], rows)])


def _alignment(alignment: Alignment) -> str:
    best = f"{100 * alignment.best_head_here:.1f}"
    found = wrap(
        f"Word alignment, over {alignment.num_sentences:,} sentences with gold links. The rule "
        f"with the lowest error rate (AER) on validation is {_rule(alignment.chosen)}: "
        f"{100 * alignment.chosen_on_validation:.1f}% on validation, "
        f"{100 * alignment.chosen_here:.1f}% here. The best single head on validation is "
        f"{head_name(alignment.best_head)}: {best}% here. For each way to read links, the AER in "
        "percent of the head that is best on validation, and of the mean of all heads:"
    )
    rows = [
        [way.rows, way.by, way.chosen_by, head_name(way.best_head)]
        + [
            f"{100 * error:.2f}"
            for error in (
                way.best_head_on_validation,
                way.best_head_here,
                way.mean_on_validation,
                way.mean_here,
            )
        ]
        for way in alignment.ways
    ]
    header = ["rows", "by", "chosen by", "head", "validation", "here", "mean: validation", "here"]
    return "\n".join([found, _table(header, rows)])


def _rule(reader: Reader) -> str:
    if reader.layer is None and reader.head is None:
        where = "the mean of all heads"
    elif reader.layer is not None and reader.head is not None:
        where = f"head {head_name((reader.layer, reader.head))}"
    elif reader.head is None:
        where = f"the mean of layer {(reader.layer or 0) + 1}"
    else:
        where = f"the mean of all heads {reader.head + 1}"
    whose = {
        "target": "each target word chooses",
        "source": "each source word chooses",
        "both": "each word of either side chooses",
    }
    return (
        f"{where} by {reader.by}, in the rows that {reader.rows[:-1]} a target word, where "
        f"{whose[reader.chosen_by]} a partner"
    )


def _contributions(contributions: Contributions) -> str:
    share = _percent(contributions.source_share)
    title = (
        f"Contributions: the source has a share of {share}% in a reference token, the target "
        "prefix has the rest (ALTI+, Ferrando et al. 2022). What each part of the decoder adds, "
        "in logits, to the lead of the reference token over the most probable other token:"
    )
    rows = [[part, _number(logit, 2)] for part, logit in contributions.part_logit.items()]
    return "\n".join([wrap(title), _table(["part", "logit"], rows)])


def _explained(report: HeadReport) -> str:
    explained = report.explained or {}
    sentences = f"the first {MOST_SENTENCES}" if report.num_sentences > MOST_SENTENCES else "these"
    title = (
        f"Do the heaviest source tokens matter? Measured in {sentences} sentences, at the "
        f"{report.num_explained:,} decoding steps at which hiding some token costs more than "
        f"{AT_STAKE} nats. found: how often the heaviest token is the one that costs most. hidden: "
        f"the nats lost when the 1, 2 or 3 heaviest tokens are hidden; a good view loses many. all "
        f"hidden but: the nats lost when only these are left; a good view loses few:"
    )
    found = [
        [
            _VIEWS.get(view, view),
            "" if of.top1 is None else _percent(of.top1),
            *(_number(lost, 2) for lost in of.comprehensiveness),
        ]
        for view, of in explained.items()
    ]
    kept = [
        [_VIEWS.get(view, view), *(_number(lost, 2) for lost in of.sufficiency)]
        for view, of in explained.items()
    ]
    return "\n".join(
        [
            wrap(title),
            _table(["view", "found, %", "hidden: 1", "2", "3"], found),
            _table(["view", "all hidden but: 1", "2", "3"], kept),
        ]
    )


def _heads(report: HeadReport) -> list[Head]:
    return [(layer, head) for layer, head in np.ndindex(report.bleu_without.shape)]


def _number(estimate: Array, digits: int) -> str:
    """(3,) -> 1.23±0.05"""
    mean, low, high = estimate.tolist()
    return f"{mean:.{digits}f}±{(high - low) / 2:.{digits}f}"


def _percent(estimate: Array) -> str:
    return _number(100 * estimate, 1)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table: the first column and unnamed columns, which hold bars, are left-aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(header, cells, widths, strict=True)
        padded = [cell.rjust(width) if name else cell for name, cell, width in others]
        return "  ".join([first[1].ljust(first[2]), *padded]).rstrip()

    return "\n".join(map(line, [header, *rows]))
