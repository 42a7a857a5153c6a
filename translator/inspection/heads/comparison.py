"""Two runs over one split: matched heads, and the differences of their measures.

A is the first run, B the second; a difference is B's number minus A's. Its interval is that of a
paired bootstrap: each resample takes the same sentences for both runs, so that the difficulty of
the sentences cancels out. Shapes and estimates are those of `report.py`; M counts matched heads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.decoding.translator import Translator
from translator.evaluation import PairedBootstrap, compare
from translator.inspection.comparison import in_common
from translator.inspection.heads.alignment import Gold
from translator.inspection.heads.intervals import Sums, estimate_difference
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.survey import Survey, num_sentences_read, report, survey
from translator.inspection.matching import Matching, match_heads, overlaps
from translator.inspection.record import inspect_pair
from translator.inspection.words import Array
from translator.text.tables import Pair

OF_HEADS = (
    *("entropy", "largest", "sink_share", "same_position", "coverage"),
    *("zeroed", "uniform", "head_logit"),
)
"""What matched heads are compared in."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadComparison:
    """Two runs over the same sentences."""

    a: HeadReport
    b: HeadReport
    bleu: PairedBootstrap
    """Of greedy translations, as `chrf` and `ter`; B is the system, A the baseline."""
    chrf: PairedBootstrap
    ter: PairedBootstrap
    matching: Matching
    """The matching by the mean overlap of the heads' rows over all sentences, while both read the
    references."""
    differences: Mapping[str, Array]
    """(M, 3) each, in the order of `matching.pairs`: the differences in OF_HEADS, as HeadReport and
    its Contributions explain them."""
    source_share: Array
    """(3,): the difference of `Contributions.source_share`."""
    layer_zeroed: Array | None
    """(N, 3): the difference, layer by layer; None where the numbers of layers differ."""


def compare_runs(
    translators: tuple[Translator, Translator],
    names: tuple[str, str],
    pairs: Sequence[Pair],
    split: str,
    golds: tuple[Gold | None, Gold | None],
    on_done: Callable[[int], None],
) -> HeadComparison:
    """Measure both over `pairs`, which both can read (`readable`), and subtract.

    `on_done` is called with the number of the `num_sentences_compared` that were just finished.
    """
    a, b = (
        survey(translator, pairs, on_done, gold)
        for translator, gold in zip(translators, golds, strict=True)
    )
    matching = match_heads(mean_likeness(translators, pairs, on_done))
    references = [tgt for _, tgt in pairs]
    bleu, chrf, ter = compare(b.effects.translations, a.effects.translations, references)
    first, second = (
        _places([pair.first for pair in matching.pairs]),
        _places([pair.second for pair in matching.pairs]),
    )
    same_layers = len(a.effects.layer_bleu_without) == len(b.effects.layer_bleu_without)
    return HeadComparison(
        a=report(a, run=names[0], split=split),
        b=report(b, run=names[1], split=split),
        bleu=bleu,
        chrf=chrf,
        ter=ter,
        matching=matching,
        differences={
            name: estimate_difference(_chosen(b, name, second), _chosen(a, name, first))
            for name in OF_HEADS
        },
        source_share=estimate_difference(b.sums["source_share"], a.sums["source_share"]),
        layer_zeroed=(
            estimate_difference(b.sums["layer_zeroed"], a.sums["layer_zeroed"])
            if same_layers
            else None
        ),
    )


def num_sentences_compared(
    translators: tuple[Translator, Translator],
    pairs: Sequence[Pair],
    golds: tuple[Gold | None, Gold | None],
) -> int:
    """What `compare_runs` has to do, each sentence counting as often as a model reads it; both
    reading it for the matching is once."""
    surveyed = (
        num_sentences_read(translator, pairs, gold)
        for translator, gold in zip(translators, golds, strict=True)
    )
    return sum(surveyed) + len(pairs)


def mean_likeness(
    translators: tuple[Translator, Translator],
    pairs: Sequence[Pair],
    on_done: Callable[[int], None],
) -> Array:
    """(N, H, M, G): of each head of one and each of the other, over all rows of all `pairs`."""
    total, num_rows = np.zeros(()), 0
    for src, tgt in pairs:
        a, b = (inspect_pair(translator, src, tgt) for translator in translators)
        of_rows = overlaps(*in_common(a, b).weights)
        total = total + of_rows.sum(axis=-1, dtype=float)
        num_rows += of_rows.shape[-1]
        on_done(1)
    return (total / num_rows).astype(np.float32)


def is_beyond(estimates: Array) -> NDArray[np.bool_]:
    """(..., 3) -> (...): whether 0 lies outside the interval."""
    return (estimates[..., 1] > 0) | (estimates[..., 2] < 0)


_Places = tuple[list[int], list[int]]


def _places(heads: Sequence[tuple[int, int]]) -> _Places:
    """As an index: their layers, and their numbers."""
    return [layer for layer, _ in heads], [head for _, head in heads]


def _chosen(found: Survey, name: str, places: _Places) -> Sums:
    """(sentences, M): of the heads at `places` alone."""
    sums = found.sums[name]
    return Sums(np.asarray(sums.total)[:, *places], sums.rows)
