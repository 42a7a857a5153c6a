"""A record of learning as text: tables over steps, then sentences on what happened.

Layers and heads count from 1 in the output: head 2.4 is head 4 of layer 2.
"""

from collections.abc import Sequence

import numpy as np

from translator.inspection.heads.report import Head, head_name
from translator.inspection.learning import Learning, Snapshot
from translator.inspection.learning_course import (
    best_head,
    even_entropy,
    first_past,
    probe_entropy,
    reigns,
    spread,
)
from translator.inspection.views.columns import WIDTH, paint, visible, wrap

NUM_STEPS = 12
"""Number of lines in a table."""
_CELL = 6
_MAX_HEADS = (WIDTH - 20) // _CELL


def as_learning(learning: Learning, *, colours: bool = False) -> str:
    """BLEU, loss and what each head does at some steps, then what happened; 80 columns.

    With many heads, only the best of each layer is shown.
    """
    snapshots = [learning.snapshots[at] for at in spread(len(learning.snapshots), NUM_STEPS)]
    heads, which = _shown_heads(learning)
    parts = [
        wrap(
            f"How {visible(learning.name)} learned its cross-attention, over "
            f"{learning.num_sentences} validation sentences (BLEU of greedy translations, loss in "
            "nats per token)"
        ),
        _table(
            f"Entropy in bits, {which}",
            heads,
            [f"{one.step:>6}{one.bleu:>7.1f}{one.loss:>7.3f}" for one in snapshots],
            [[f"{one.entropy[head]:.2f}" for head in heads] for one in snapshots],
            "  step   BLEU   loss",
            colours,
        ),
    ]
    if snapshots[-1].aer is not None:
        parts.append(
            _table(
                f"Alignment error rate in percent, {which}; * is the lowest",
                heads,
                [f"{one.step:>6}{'':14}" for one in snapshots],
                [_errors(one, heads) for one in snapshots],
                "  step",
                colours,
            )
        )
    return "\n\n".join([*parts, wrap(tell(learning))])


def tell(learning: Learning) -> str:
    """What happened, in a few sentences."""
    last = learning.snapshots[-1]
    if last.step == 0:
        return f"{_before(learning)} Nothing has been learned yet: this is before the first step."
    return " ".join(
        [_before(learning), _bleu(learning), _best(learning), _overtaking(learning)]
    ).rstrip()


def _before(learning: Learning) -> str:
    entropy, most = float(probe_entropy(learning, 0).mean()), even_entropy(learning)
    alike = "nearly alike" if entropy >= 0.8 * most else "not alike"
    return (
        f"Before training, the weights of a row are {alike}: {entropy:.2f} bits of {most:.2f} "
        "possible, on average over the probes."
    )


def _bleu(learning: Learning) -> str:
    first, *_, last = learning.snapshots
    score = f"BLEU is {first.bleu:.1f} before training and {last.bleu:.1f} after step {last.step}"
    if last.bleu < 1:
        return f"{score}."
    half = first_past([one.bleu for one in learning.snapshots], last.bleu / 2)
    return f"{score}; half of the final BLEU is reached by step {learning.snapshots[half].step}."


def _best(learning: Learning) -> str:
    head, (first, *_, last) = best_head(learning), learning.snapshots
    whose = f"Head {head_name(head)}"
    if first.aer is None or last.aer is None:
        return (
            f"{whose} has the lowest entropy in the end, {last.entropy[head]:.2f} bits; before "
            f"training it had {first.entropy[head]:.2f}."
        )
    errors = [float(one.aer[head]) for one in learning.snapshots if one.aer is not None]
    at = first_past([-error for error in errors], -errors[0] / 2)
    halved = f", halved by step {learning.snapshots[at].step}" if at < len(errors) else ""
    return (
        f"{whose} aligns best in the end: its error goes from {100 * errors[0]:.0f}% to "
        f"{100 * errors[-1]:.0f}%{halved}."
    )


def _overtaking(learning: Learning) -> str:
    """Which layer leads, if the model has several."""
    if len(learning.snapshots[0].entropy) == 1:
        return ""
    leads = "errs least" if learning.snapshots[0].aer is not None else "has the lowest entropy"
    *earlier, (last, at) = reigns(learning)
    if not earlier:
        return f"A head of layer {last + 1} {leads} all along."
    before, since = earlier[-1]
    steps = [learning.snapshots[number].step for number in (since, at)]
    return (
        f"A head of layer {before + 1} {leads} from step {steps[0]} on, one of layer {last + 1} "
        f"from step {steps[1]} on."
    )


def _shown_heads(learning: Learning) -> tuple[list[Head], str]:
    """All heads, or the best of each layer, and a name for this selection."""
    shape = learning.snapshots[0].entropy.shape
    if np.prod(shape) <= _MAX_HEADS:
        return [(layer, head) for layer, head in np.ndindex(shape)], "of each head"
    best = [best_head(learning, layer) for layer in range(shape[0])]
    return best, "of the best head of each layer"


def _errors(snapshot: Snapshot, heads: Sequence[Head]) -> list[str]:
    assert snapshot.aer is not None
    percents = 100 * np.array([snapshot.aer[head] for head in heads])
    return [
        f"{'*' if number == percents.argmin() else ''}{percent:.0f}"
        for number, percent in enumerate(percents)
    ]


def _table(
    title: str,
    heads: Sequence[Head],
    labels: Sequence[str],
    rows: Sequence[Sequence[str]],
    corner: str,
    colours: bool,
) -> str:
    names = "".join(f"{head_name(head):>{_CELL}}" for head in heads)
    lines = [title, paint(f"{corner:<20}{names}", "bold", colours)]
    for label, row in zip(labels, rows, strict=True):
        cells = "".join(
            paint(f"{cell:>{_CELL}}", "encoder", colours and cell.startswith("*")) for cell in row
        )
        lines.append(f"{label}{cells}")
    return "\n".join(lines)
