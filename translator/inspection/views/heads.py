"""What heads are worth as tables for a terminal; layers and heads count from 1."""

from collections.abc import Sequence

import numpy as np

from translator.inspection.alignment import Reader
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
"""Names that are not their own."""


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
        f"{report.num_rows:,} decoding steps, at which the decoder reads the references. "
    )
    bleu = f"BLEU {report.bleu:.2f} of greedy translations ({report.bleu_signature})."
    interval = (
        "± is half the width of a 95 % interval, from a bootstrap over sentences. Head 2.1 is "
        "head 1 of layer 2."
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
    header = ["head", "entropy, bits", "largest, %", "marks, %", "same place, %", "covered, %"]
    return "\n".join(
        [
            wrap("What heads of cross-attention look at, the mean over decoding steps:"),
            _table(header, rows),
            wrap(
                "largest: the largest weight. marks: weight on punctuation and </s>. same place: "
                "weight of decoding step t on source piece t. covered: of each source piece but "
                "</s>, the weight that it got over all decoding steps, no more than 100 %."
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
        "zeroed: nats that a reference token loses when the head contributes nothing. uniform: "
        "when its weights are all alike. to the logit: what it adds directly to the written "
        "token's lead over the most probable other one."
    )
    if report.alignment:
        header += ["AER, %", "by norms"]
        for row, head in zip(rows, _heads(report), strict=True):
            errors = report.alignment.by_weights[head], report.alignment.by_norms[head]
            row += [f"{100 * error:.1f}" for error in errors]
        legend += " AER: alignment error rate by the largest weight, or the largest norm."
    return "\n".join(["What heads are worth:", _table(header, rows), wrap(legend)])


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
    header = ["layer", "all its heads zeroed", "its heads added up", "BLEU without"]
    legend = "Where all cost more than their sum, the heads of a layer can do each other's work."
    return "\n".join(["Nats lost without layers:", _table(header, rows), wrap(legend)])


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
        "Heads removed one after the other and not put back, the least important first (Michel et "
        "al. 2019); at the end there is no cross-attention:"
    )
    return "\n".join([wrap(title), _table(["removed", "nats lost", "BLEU", ""], rows)])


def _alignment(alignment: Alignment) -> str:
    best = f"{100 * alignment.best_head_here:.1f}"
    found = wrap(
        f"Word alignment, over {alignment.num_sentences:,} sentences with gold links: the rule "
        f"that errs least on validation is {_rule(alignment.chosen)}; it errs by "
        f"{100 * alignment.chosen_on_validation:.1f} % there and "
        f"{100 * alignment.chosen_here:.1f} % here. The single head that errs least there is "
        f"{head_name(alignment.best_head)}, with {best} % here. Error rates of "
        f"each way to read, in percent, of the head that errs least on validation and of the mean "
        f"of all heads:"
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
        "target": "target words choose",
        "source": "source words choose",
        "both": "words of both sides choose",
    }
    return (
        f"{where}, by {reader.by}, in the rows that {reader.rows[:-1]} a target word, where "
        f"{whose[reader.chosen_by]}"
    )


def _contributions(contributions: Contributions) -> str:
    share = _percent(contributions.source_share)
    title = (
        f"Where written tokens come from: {share} % of them is of the source, the rest of the "
        f"target prefix (ALTI+, Ferrando et al. 2022). To the written token's lead over the most "
        f"probable other one, in logits, the parts of the decoder add:"
    )
    rows = [[part, _number(logit, 2)] for part, logit in contributions.part_logit.items()]
    return "\n".join([wrap(title), _table(["part", "logit"], rows)])


def _explained(report: HeadReport) -> str:
    explained = report.explained or {}
    first = f"the first {MOST_SENTENCES}" if report.num_sentences > MOST_SENTENCES else "these"
    title = (
        f"Do the heaviest source tokens matter? Over {report.num_explained:,} decoding steps of "
        f"{first} sentences, those at which some token does. found: how often the heaviest token "
        f"is the one that costs most when it is left out. Then the nats lost when the 1, 2, 3 "
        f"heaviest are hidden (the more, the better they are named), and when all but these are "
        f"(the less, the better):"
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
    """The first column on the left, numbers on the right; a column without a name is of bars."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(header, cells, widths, strict=True)
        padded = [cell.rjust(width) if name else cell for name, cell, width in others]
        return "  ".join([first[1].ljust(first[2]), *padded]).rstrip()

    return "\n".join(map(line, [header, *rows]))
