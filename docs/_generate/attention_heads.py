"""What docs/attention.md says of heads over the test split: from what `translator heads` reports.

Where a sentence depends on what was found, attention_findings.py chooses it.
"""

from collections.abc import Sequence

import attention_findings as findings
import numpy as np
from attention_facts import Facts, percent, table

from translator.inspection.heads.faithfulness import MOST_SENTENCES
from translator.inspection.heads.report import Alignment, Head, HeadReport, Way
from translator.inspection.words import Array

_VIEWS = {
    "weights": "weights",
    "norms": "lengths of contributions",
    "alti": "ALTI+",
    "gradient_x_input": "gradient x input",
    "best": "*the best choice*",
    "random": "*a random choice*",
}


def head_facts(report: HeadReport) -> Facts:
    """What each head does, and what it is worth alone and together with its layer."""
    pattern, effects = report.pattern, report.zeroed[..., 0]
    heads = _heads(report)
    strongest, weakest = effects.argmax(), effects.argmin()
    names = [_long_name(head) for head in heads]
    return {
        "heads_table": table(
            ["head", "entropy, bits", "largest weight", "on own position",
             "on punctuation and `</s>`", "lost without it, nats", "BLEU without it", "AER"],
            [
                [
                    name,
                    f"{pattern['entropy'][head][0]:.2f}",
                    *(
                        percent(float(pattern[what][head][0]))
                        for what in ("largest", "same_position", "sink_share")
                    ),
                    interval(report.zeroed[head]),
                    f"{report.bleu_without[head]:.2f}",
                    f"{100 * _gold(report).by_norms[head]:.1f}%",
                ]
                for name, head in zip(names, heads, strict=True)
            ],
        ),
        "layers_table": table(
            ["nats lost without", "its heads, added up", "all its heads at once", "BLEU without"],
            [
                [f"layer {number}", f"{alone.sum():.2f}", interval(together), f"{bleu:.2f}"]
                for number, (alone, together, bleu) in enumerate(
                    zip(effects, report.layer_zeroed, report.layer_bleu_without, strict=True),
                    start=1,
                )
            ],
        ),
        "backing_up": findings.backing_up(effects, report.layer_zeroed[..., 0]),
        "bleu_whole": f"{report.bleu:.2f}",
        "entropy": f"{pattern['entropy'][..., 0].mean():.2f}",
        "largest_weight": percent(float(pattern["largest"][..., 0].mean())),
        "importance": findings.importance(effects),
        "strongest_head": names[strongest],
        "strongest_effect": f"{effects.max():.2f}",
        "strongest_factor": f"{np.exp(-effects.max()):.2f}",
        "weakest_head": names[weakest],
        "weakest_effect": f"{effects.min():.2f}",
        "weakest_factor": f"{np.exp(-effects.min()):.2f}",
    }  # fmt: skip


def pruning_facts(report: HeadReport) -> Facts:
    """Heads removed one after the other."""
    return {
        "pruning_table": table(
            ["removed, in addition", "nats lost", "BLEU"],
            [
                [
                    "none" if point.removed is None else _long_name(point.removed),
                    f"{point.lost:.2f}",
                    f"{point.bleu:.2f}",
                ]
                for point in report.pruning
            ],
        ),
        "pruning": findings.pruning([point.bleu for point in report.pruning]),
    }


def comparison_facts(several: HeadReport, one: HeadReport) -> Facts:
    """The same of the model with one head."""
    pattern, without = one.pattern, [report.layer_zeroed for report in (one, several)]
    return {
        "one_table": table(
            ["", "its only head's entropy, bits", "its largest weight", "lost without it, nats",
             "lost without the several heads, nats"],
            [
                [
                    f"layer {layer + 1}",
                    f"{pattern['entropy'][layer, 0, 0]:.2f}",
                    percent(float(pattern["largest"][layer, 0, 0])),
                    *(interval(effects[layer]) for effects in without),
                ]
                for layer in range(len(one.zeroed))
            ],
        ),
        "layers_of_one_head": findings.layers_of_one_head(
            one.layer_zeroed[..., 0], several.layer_zeroed[..., 0]
        ),
        "one_entropy": f"{pattern['entropy'][..., 0].mean():.2f}",
        "one_largest": percent(float(pattern["largest"][..., 0].mean())),
    }  # fmt: skip


def explanation_facts(report: HeadReport) -> Facts:
    """Whether the heaviest tokens are those that matter.

    Raises SystemExit for a model to which no token matters anywhere.
    """
    found = report.explained
    if found is None:
        raise SystemExit("no source token matters to this model: train it longer")
    top1 = {view: of.top1 for view, of in found.items() if of.top1 is not None}
    weights, best, random = found["weights"], found["best"], found["random"]
    return {
        "explained_sentences": str(min(report.num_sentences, MOST_SENTENCES)),
        "explained_steps": f"{report.num_explained:,}",
        "heaviest": findings.heaviest(float(top1["weights"][0])),
        "top1_weights": percent(float(top1["weights"][0])),
        "views": findings.views({_VIEWS[view]: of for view, of in top1.items()}),
        "hiding": findings.hiding(
            float(weights.comprehensiveness[0, 0]), float(best.comprehensiveness[0, 0])
        ),
        "keeping": findings.keeping(
            float(weights.sufficiency[-1, 0]), float(random.sufficiency[-1, 0])
        ),
        "explained_table": table(
            ["", "finds it", "hiding 1", "hiding 2", "hiding 3", "keeping 1", "keeping 2",
             "keeping 3"],
            [
                [
                    _VIEWS[view],
                    "" if of.top1 is None else f"{interval(100 * of.top1, 0)}%",
                    *(interval(lost) for lost in (*of.comprehensiveness, *of.sufficiency)),
                ]
                for view, of in found.items()
            ],
        ),
    }  # fmt: skip


def alignment_facts(report: HeadReport) -> Facts:
    """Error rates on test of what is best on validation, by norms."""
    gold = _gold(report)
    ways = {(way.rows, way.chosen_by): way for way in gold.ways if way.by == "norms"}
    writes, reads = (ways[rows, "source"] for rows in ("writes", "reads"))
    return {
        "aer_writes": _error(writes),
        "aer_writes_head": _long_name(writes.best_head),
        "aer_reads": _error(reads),
        "aer_mean": f"{100 * writes.mean_here:.1f}%",
        "rows_belong": findings.rows_belong(writes.best_head_here, reads.best_head_here),
    }


def interval(estimate: Array, digits: int = 2) -> str:
    """(3,) -> the mean, and half the width of its 95 % interval."""
    mean, low, high = (float(number) for number in estimate)
    return f"{mean:.{digits}f} ± {(high - low) / 2:.{digits}f}"


def _heads(report: HeadReport) -> Sequence[Head]:
    return [(layer, head) for layer, head in np.ndindex(report.bleu_without.shape)]


def _long_name(head: Head) -> str:
    return f"layer {head[0] + 1}, head {head[1] + 1}"


def _error(way: Way) -> str:
    return f"{100 * way.best_head_here:.1f}%"


def _gold(report: HeadReport) -> Alignment:
    if report.alignment is None:
        raise SystemExit(f"{report.run} was surveyed on a corpus without gold alignments")
    return report.alignment
