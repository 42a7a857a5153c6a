"""What heads do and are worth over many sentences: measured, then summed up in a report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from translator.decoding.translator import Translator
from translator.inspection.alignment import GoldPair, agreements, total
from translator.inspection.heads.alignment import Agreements, Gold, align_heads
from translator.inspection.heads.contributions import contribution_sums, contributions
from translator.inspection.heads.effects import Effects, measure_effects, num_readings
from translator.inspection.heads.faithfulness import (
    MOST_SENTENCES,
    NUM_READINGS,
    explained,
    explanation_sums,
    num_explained,
)
from translator.inspection.heads.intervals import Sums, estimate, stack
from translator.inspection.heads.patterns import pattern_sums
from translator.inspection.heads.report import Alignment, HeadReport
from translator.inspection.inspection import Inspection
from translator.inspection.record import MAX_TOKENS, inspect_pair
from translator.text.normalization import normalize
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer

Part = Callable[[Inspection, Translator], Mapping[str, Sums]]
"""What is measured of each sentence, as the decoder reads its reference."""

PARTS: Sequence[Part] = (pattern_sums, contribution_sums)


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """A model over given translations, before means are taken: two of them can be subtracted."""

    sums: Mapping[str, Sums]
    """Of each sentence (sentences, ...), by the names of the parts and of `Effects.lost`."""
    explained: Mapping[str, Sums]
    """Of the first `MOST_SENTENCES` sentences, by the names of `explanation_sums`."""
    effects: Effects
    alignment: Alignment | None


def survey(
    translator: Translator,
    pairs: Sequence[Pair],
    on_done: Callable[[int], None],
    gold: Gold | None = None,
) -> Survey:
    """Measure all parts over `pairs`, which `readable` has let through.

    `on_done` is told how many more of `num_sentences_read` are done.
    """
    sentences, explanations, aligned = [], [], []
    for number, pair in enumerate(pairs):
        inspection = inspect_pair(translator, *pair)
        parts = [part(inspection, translator) for part in PARTS]
        sentences.append({name: sums for part in parts for name, sums in part.items()})
        if gold and pair in gold.here:
            aligned.append(agreements(inspection, gold.here[pair]))
        if number < MOST_SENTENCES:
            explanations.append(explanation_sums(inspection, translator))
            on_done(NUM_READINGS)
        on_done(1)
    effects = measure_effects(translator, pairs, on_done)
    return Survey(
        sums=stack(sentences) | effects.lost,
        explained=stack(explanations),
        effects=effects,
        alignment=_alignment(translator, gold, aligned, on_done) if gold and aligned else None,
    )


def _alignment(
    translator: Translator,
    gold: Gold,
    aligned: Sequence[Agreements],
    on_done: Callable[[int], None],
) -> Alignment:
    """`aligned` is of the split that is surveyed."""

    def read(pair: GoldPair) -> Agreements:
        on_done(1)
        return agreements(inspect_pair(translator, pair.src, pair.tgt), pair)

    validation = total(read(pair) for pair in gold.validation)
    return align_heads(validation, total(aligned), num_sentences=len(aligned))


def num_sentences_read(
    translator: Translator, pairs: Sequence[Pair], gold: Gold | None = None
) -> int:
    """What `survey` has to do, each sentence counting as often as a model reads it."""
    explained = NUM_READINGS * min(len(pairs), MOST_SENTENCES)
    aligned = len(gold.validation) if gold and any(pair in gold.here for pair in pairs) else 0
    return len(pairs) * (1 + num_readings(translator.model)) + explained + aligned


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
        contributions=contributions(found.sums),
        explained=explained(found.explained),
        num_explained=num_explained(found.explained),
    )
