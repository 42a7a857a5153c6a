"""Two runs over one split: which heads do the same, and how far what they are worth is apart.

A is the first run, B the second; a difference is B's number less A's. Its interval is that of a
paired bootstrap: each draw takes the same sentences for both runs, so that what is hard for both
cancels out. Letters of shapes and estimates are those of `report.py`; M counts matched heads.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.evaluation import PairedBootstrap
from translator.inspection.heads.report import HeadReport
from translator.inspection.matching import Matching
from translator.inspection.words import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadComparison:
    """Two runs over the same sentences."""

    a: HeadReport
    b: HeadReport
    matching: Matching
    """By the mean overlap of the heads' rows over all sentences, as both read the references."""
    differences: Mapping[str, Array]
    """(M, 3) each, in the order of `matching.pairs`: of "entropy", "largest", "sink_share",
    "same_position", "coverage", "zeroed" and "uniform", as HeadReport explains them."""
    source_share: Array
    """(3,): the difference of `Contributions.source_share`."""
    bleu: PairedBootstrap
    """B is its system, A its baseline."""

    @property
    def bleu_difference(self) -> float:
        return self.bleu.system.value - self.bleu.baseline.value


def is_beyond(estimates: Array) -> NDArray[np.bool_]:
    """(..., 3) -> (...): whether 0 lies outside of the interval."""
    return (estimates[..., 1] > 0) | (estimates[..., 2] < 0)
