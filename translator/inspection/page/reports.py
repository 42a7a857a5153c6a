"""Reports as pages: one HTML file each, which looks like the living page but has no model in it.

The same report gives the same bytes. Text goes in as JSON and is shown as text.
"""

from typing import Any

import numpy as np

from translator.inspection.comparison import Comparison, comparison_as_json
from translator.inspection.heads.comparison import HeadComparison
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.storage import as_json
from translator.inspection.inspection import Inspection
from translator.inspection.measures import is_sink
from translator.inspection.page.document import document
from translator.inspection.page.frame import Frame
from translator.inspection.words import Array


def heads_html(report: HeadReport) -> str:
    """The page of what the heads of a run are worth."""
    return _html("heads", as_json(report))


def two_runs_html(comparison: HeadComparison) -> str:
    """The page of two runs over one split, head by head."""
    return _html("two_runs", as_json(comparison))


def sentence_html(comparison: Comparison) -> str:
    """The page of two translators over one sentence."""
    data = comparison_as_json(comparison)
    del data["read"]  # its attention stands in "weights", too
    data["own"] = [{"translation": own.translation, "how": own.how} for own in comparison.own]
    return _html("sentence", data)


def inspection_html(inspection: Inspection) -> str:
    """The page of one sentence, as a notebook shows it: cross-attention, and each row worked.

    It has no vectors in it: they would be most of the file. Numbers have four digits that count,
    scores six: they are shown to two decimals, and some are above 10.
    Of the rows that write letters or digits it opens at the one whose second heaviest weight is the
    largest: several tokens matter there.
    """
    layers = inspection.cross_attn
    second = np.sort(inspection.weights)[..., -2:].min(axis=-1)
    words = ~is_sink(inspection.writes)
    layer, head, step = np.unravel_index((second * (words | ~words.any())).argmax(), second.shape)
    data = {
        "text": inspection.text,
        "translation": inspection.translation,
        "how": inspection.how,
        "source": inspection.source,
        "reads": inspection.reads,
        "writes": inspection.writes,
        "probabilities": _short(np.exp(inspection.logprobs)),
        "alternatives": [
            [[piece, _short(np.exp(np.float32(logprob)))] for piece, logprob in step_alternatives]
            for step_alternatives in inspection.alternatives
        ],
        "d_head": layers[0].d_head,
        "start": [int(layer), int(head)],
        "step": int(step),
        **{
            name: [_short(getattr(attention, name), digits) for attention in layers]
            for name, digits in {"scores": 6, "weights": 4, "norms": 4}.items()
        },
    }
    return _html("inspected", data)


def framed(inspection: Inspection) -> Frame:
    """The same in the frame that a notebook shows."""
    return Frame(inspection_html(inspection))


def _short(array: Array, digits: int = 4) -> Any:
    """A number, or nested lists of them, with so many digits that count."""
    if array.ndim == 0:
        return float(f"{array:.{digits}g}")
    return [_short(part, digits) for part in array]


def _html(kind: str, data: dict[str, object]) -> str:
    return document({kind: data}, "report", styles=["report"])
