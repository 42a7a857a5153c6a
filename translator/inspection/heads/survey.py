"""What heads do and are worth over many sentences: measured, then summed up in a report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from translator.decoding.translator import Translator
from translator.inspection.heads.effects import Effects, measure_effects, num_readings
from translator.inspection.heads.intervals import Sums, estimate, stack
from translator.inspection.heads.patterns import pattern_sums
from translator.inspection.heads.report import Alignment, Contributions, HeadReport
from translator.inspection.inspection import Inspection
from translator.inspection.record import MAX_TOKENS, inspect_pair
from translator.text.normalization import normalize
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer

Part = Callable[[Inspection, Translator], Mapping[str, Sums]]
"""What is measured of each sentence, as the decoder reads its reference."""

PARTS: Sequence[Part] = (pattern_sums,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """A model over given translations, before means are taken: two of them can be subtracted."""

    sums: Mapping[str, Sums]
    """Of each sentence (sentences, ...), by the names of the parts and of `Effects.lost`."""
    effects: Effects
    alignment: Alignment | None


def survey(translator: Translator, pairs: Sequence[Pair], on_done: Callable[[int], None]) -> Survey:
    """Measure all parts over `pairs`, which `readable` has let through.

    `on_done` is told how many more of `num_sentences_read` are done.
    """
    sentences = []
    for src, tgt in pairs:
        inspection = inspect_pair(translator, src, tgt)
        parts = [part(inspection, translator) for part in PARTS]
        sentences.append({name: sums for part in parts for name, sums in part.items()})
        on_done(1)
    effects = measure_effects(translator, pairs, on_done)
    return Survey(sums=stack(sentences) | effects.lost, effects=effects, alignment=None)


def num_sentences_read(translator: Translator, pairs: Sequence[Pair]) -> int:
    """What `survey` has to do, each sentence counting as often as a model reads it."""
    return len(pairs) * (1 + num_readings(translator.model))


def readable(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[Pair]:
    """Those with text on both sides, neither of them longer than inspection takes."""
    return [
        pair
        for pair in pairs
        if all(normalize(text) and len(tokenizer.encode(text)) <= MAX_TOKENS for text in pair)
    ]


def report(found: Survey, *, run: str, split: str) -> HeadReport:
    """The means of a survey, with their intervals."""
    means = {name: estimate(sums) for name, sums in found.sums.items()}
    rows = np.asarray(found.sums["zeroed"].rows)
    effects = found.effects
    return HeadReport(
        run=run,
        split=split,
        num_sentences=len(rows),
        num_rows=int(rows.sum()),
        bleu=effects.bleu.value,
        bleu_signature=effects.bleu.signature,
        pattern={
            name: means[name]
            for name in ("entropy", "largest", "sink_share", "same_position", "coverage")
        },
        zeroed=means["zeroed"],
        uniform=means["uniform"],
        bleu_without=effects.bleu_without,
        layer_zeroed=means["layer_zeroed"],
        layer_bleu_without=effects.layer_bleu_without,
        pruning=effects.pruning,
        alignment=found.alignment,
        contributions=Contributions(
            source_share=np.full(3, np.nan),
            head_logit=np.full_like(means["zeroed"], np.nan),
            part_logit={},
        ),
        explained=None,
        num_explained=0,
    )
