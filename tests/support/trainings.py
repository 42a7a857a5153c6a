"""The record of a made-up training, in which random weights turn into trained ones."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import torch
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.inspection.learning import Learning
from translator.inspection.snapshot import choose_sentences, take_snapshot

STEPS = [0, 5, 15, 30]
"""The steps of the snapshots."""
SAME_ORDER = [(word, word) for word in range(7)]
"""The gold links of the second sentence; the others have none."""


def translators_over(steps: Sequence[int], first: Translator, last: Translator) -> list[Translator]:
    """The translators at each step, on the way from `first` to `last` at the last step."""
    return [_between(first, last, step / steps[-1]) for step in steps]


def learning_of(translators: Sequence[Translator], *, has_gold: bool) -> Learning:
    """The record of how these translators read ENGLISH and GERMAN at STEPS."""
    tokenizer = translators[0].tokenizer
    pairs = list(zip(ENGLISH, GERMAN, strict=True))
    ids = list(zip(tokenizer.encode_all(ENGLISH), tokenizer.encode_all(GERMAN), strict=True))
    gold = {pairs[1]: SAME_ORDER} if has_gold else {}
    watched = choose_sentences(tokenizer, pairs, ids, gold)
    assert watched is not None
    return Learning(
        name="meadow",
        probes=watched.probes(),
        snapshots=[
            take_snapshot(watched, translator.model, step)
            for step, translator in zip(STEPS, translators, strict=True)
        ],
        num_sentences=len(watched.pairs),
        bleu_signature=watched.bleu_signature,
    )


def _between(first: Translator, last: Translator, share: float) -> Translator:
    model = deepcopy(last.model)
    parameters = zip(model.parameters(), first.model.parameters(), strict=True)
    with torch.no_grad():
        for parameter, start in parameters:
            parameter.lerp_(start, 1 - share)
    return replace(last, model=model)
