"""Attention patterns of heads, as sums."""

from translator.decoding.translator import Translator
from translator.inspection.heads.intervals import Sums
from translator.inspection.inspection import Inspection
from translator.inspection.measures import measure

BY_ROW = {
    "entropy": "entropy",
    "largest": "max",
    "sink_share": "sink_share",
    "same_position": "same_position",
}
"""The report's names, and those of `Measures`, of means over decoding steps."""


def pattern_sums(inspection: Inspection, translator: Translator) -> dict[str, Sums]:
    """By the names of `HeadReport.pattern`, (N, H) each.

    Coverage is a mean over source positions but </s>, so its rows are these: every position of
    every sentence counts alike.
    """
    measures, num_steps = measure(inspection), len(inspection.writes)
    num_positions = len(inspection.source) - 1
    by_row = {
        name: Sums(num_steps * getattr(measures, measure_name), num_steps)
        for name, measure_name in BY_ROW.items()
    }
    return by_row | {"coverage": Sums(num_positions * measures.coverage, num_positions)}
