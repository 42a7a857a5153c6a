"""What docs/attention.md says of how attention was learned, in numbers."""

import attention_findings as findings
import numpy as np
from attention_facts import Facts, table

from translator.inspection.heads.report import head_name
from translator.inspection.learning import Learning
from translator.inspection.learning_course import best_head, course, first_past, reigns, spread

NUM_ROWS = 9
"""Of the table over steps."""
EVEN = 0.95
"""The weights are as they were before training while their entropy is at least this share of what
it was."""


def learning_facts(learning: Learning) -> Facts:
    """From before training to its end.

    Raises SystemExit for a run whose corpus has no gold alignment.
    """
    snapshots, steps = learning.snapshots, [one.step for one in learning.snapshots]
    if snapshots[-1].aer is None:
        raise SystemExit(f"{learning.name} was trained without gold alignments: nothing can err")
    errors, head = 100 * course(learning), best_head(learning)
    rows = [
        [
            str(one.step),
            f"{one.bleu:.1f}",
            f"{one.loss:.2f}",
            f"{one.entropy.mean():.2f}",
            *(f"{error:.0f}%" for error in errors[at].min(axis=-1)),
        ]
        for at, one in ((at, snapshots[at]) for at in spread(len(snapshots), NUM_ROWS))
    ]
    layers = [f"layer {layer + 1}" for layer in range(errors.shape[1])]
    bleu, entropy = [one.bleu for one in snapshots], [one.entropy.mean() for one in snapshots]
    # Of the snapshots in a row that are even, the last one.
    even = int(np.argmin([*(bits >= EVEN * entropy[0] for bits in entropy), False])) - 1
    of_head: list[float] = errors[:, *head].tolist()
    return {
        "num_snapshots": str(len(snapshots)),
        "num_watched": str(learning.num_sentences),
        "learned_head": head_name(head),
        "learned_table": table(["step", "BLEU", "loss", "entropy, bits", *layers], rows),
        "learned_start": findings.start(
            steps[even], fallen=snapshots[0].loss - snapshots[even].loss,
            in_all=snapshots[0].loss - snapshots[-1].loss,
        ),
        "learned_lead": findings.lead([(layer, steps[at]) for layer, at in reigns(learning)]),
        "learned_order": findings.order(
            looks=_step(steps, first_past([-error for error in of_head], -of_head[0] / 2)),
            translates=_step(steps, first_past(bleu, bleu[-1] / 2)),
        ),
        "learned_best": findings.best(
            head_name(head), [(steps[at], of_head[at]) for at in spread(len(steps), 5)]
        ),
    }  # fmt: skip


def _step(steps: list[int], at: int) -> int | None:
    return steps[at] if at < len(steps) else None
