"""How well views of attention name the tokens that matter: see `explanation.py`."""

from collections.abc import Mapping

import numpy as np

from translator.decoding.translator import Translator
from translator.inspection.explanation import BEST, RANDOM, all_views, explain
from translator.inspection.heads.intervals import Sums, estimate
from translator.inspection.heads.report import Explained
from translator.inspection.inspection import Inspection

MOST_SENTENCES = 100
"""Only the first sentences of a split take this test, which takes longer than everything else; the
intervals show the precision."""
NUM_READINGS = 160
"""How often a sentence of 12 tokens is read, with other tokens hidden each time."""


def explanation_sums(inspection: Inspection, translator: Translator) -> dict[str, Sums]:
    """Over the decoding steps at which some token matters; what `explained` needs."""
    explanation = explain(inspection, translator, all_views(inspection, translator))
    num_steps = int(explanation.at_stake.sum())
    return {name: Sums(total, num_steps) for name, total in explanation.sums().items()}


def num_explained(sums: Mapping[str, Sums]) -> int:
    """Decoding steps, of all sentences, at which some token matters."""
    return int(np.sum(sums[f"hidden {BEST}"].rows))


def explained(sums: Mapping[str, Sums]) -> dict[str, Explained] | None:
    """The means of many sentences by view, `BEST` and `RANDOM` last; None where no token matters
    anywhere."""
    if not num_explained(sums):
        return None
    views = [name.removeprefix("hidden ") for name in sums if name.startswith("hidden ")]
    return {
        view: Explained(
            top1=None if view in (BEST, RANDOM) else estimate(sums[f"top1 {view}"]),
            comprehensiveness=estimate(sums[f"hidden {view}"]),
            sufficiency=estimate(sums[f"kept {view}"]),
        )
        for view in views
    }
