"""The effect of removing heads: nats of the references, and BLEU of greedy translations.

Single effects do not add up, since heads can stand in for each other (Michel et al. 2019, Voita et
al. 2019). So all heads of a layer are also removed together, and then all heads one after another:
the pruning curve. Its order is found on the same sentences as its scores.

Shape letters: N layers, H heads; in names of tensors B sentences, T decoding steps, V vocab_size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from translator.config import PAD_ID
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.evaluation import Score, bleu
from translator.inspection.heads.ablated import cross_attn, uniform, zeroed
from translator.inspection.heads.intervals import Numbers, Sums
from translator.inspection.heads.report import Head, Pruned
from translator.inspection.record import evaluating
from translator.inspection.words import Array
from translator.model.transformer import Transformer
from translator.text.batching import batches_of, collate
from translator.text.tables import Pair

BATCH_TOKENS = 2048
"""Read at once, padding included: with a large vocabulary, their logits take a quarter of a GB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Effects:
    """The effect of removing heads on given translations."""

    translations: list[str]
    """Greedy translations of the model with all its heads."""
    bleu: Score
    """Of `translations`."""
    lost: dict[str, Sums]
    """Nats of the references, a row being a decoding step: "zeroed" and "uniform" (sentences, N,
    H), "layer_zeroed" (sentences, N)."""
    bleu_without: Array
    """(N, H)"""
    layer_bleu_without: Array
    """(N,)"""
    pruning: list[Pruned]
    """From all heads to none, the one that costs least alone removed first."""


class _Measured(NamedTuple):
    logprobs: Numbers
    """(sentences,): of the references."""
    translations: list[str]
    bleu: Score


def measure_effects(
    translator: Translator, pairs: Sequence[Pair], on_done: Callable[[int], None]
) -> Effects:
    """`pairs` have text on both sides. `on_done` is told how many more times a sentence was read by
    a model, `num_readings` times `pairs` in all."""
    model, texts = translator.model, _Texts(translator, pairs)
    references = [tgt for _, tgt in pairs]
    shape = _shape(model)
    heads = [(layer, head) for layer, head in np.ndindex(shape)]

    @cache  # with one layer, or one head a layer, the same set is asked for several times
    def measure(removed: frozenset[Head]) -> _Measured:
        changed = zeroed(model, removed)
        translations = texts.translate(changed)
        return _Measured(texts.logprobs(changed), translations, bleu(translations, references))

    def without(removed: Sequence[Head]) -> _Measured:
        measured = measure(frozenset(removed))
        on_done(len(pairs))
        return measured

    def logprobs_uniform(head: Head) -> Numbers:
        logprobs = texts.logprobs(uniform(model, [head]))
        on_done(len(pairs))
        return logprobs

    whole = without([])
    alone = [without([head]) for head in heads]
    layers = [without([head for head in heads if head[0] == layer]) for layer in range(shape[0])]
    even = [logprobs_uniform(head) for head in heads]

    def lost(logprobs: Sequence[Numbers], shape: tuple[int, ...]) -> Sums:
        nats = whole.logprobs[:, None] - np.stack(logprobs, axis=-1)
        return Sums(nats.reshape(-1, *shape), texts.rows)

    def scores(measured: Sequence[_Measured]) -> Array:
        return np.array([each.bleu.value for each in measured], dtype=np.float32)

    nats_alone = [(whole.logprobs - each.logprobs).sum() for each in alone]
    order = [heads[at] for at in np.argsort(nats_alone, kind="stable")]
    pruned = [without(order[:count]) for count in range(len(order) + 1)]
    return Effects(
        translations=whole.translations,
        bleu=whole.bleu,
        lost={
            "zeroed": lost([each.logprobs for each in alone], shape),
            "uniform": lost(even, shape),
            "layer_zeroed": lost([each.logprobs for each in layers], shape[:1]),
        },
        bleu_without=scores(alone).reshape(shape),
        layer_bleu_without=scores(layers),
        pruning=[
            Pruned(
                removed=last,
                bleu=each.bleu.value,
                lost=float((whole.logprobs - each.logprobs).sum() / texts.rows.sum()),
            )
            for last, each in zip([None, *order], pruned, strict=True)
        ],
    )


def num_readings(model: Transformer) -> int:
    """How often `measure_effects` reads or translates each sentence."""
    num_layers, num_heads = _shape(model)
    alone = num_layers * num_heads
    return 1 + alone + num_layers + alone + (1 + alone)


def _shape(model: Transformer) -> tuple[int, int]:
    """(N, H) of cross-attention."""
    return len(model.decoder_layers), cross_attn(model, 0).num_heads


class _Texts:
    """Sentences and references, to be read and translated by many models of one vocabulary."""

    def __init__(self, translator: Translator, pairs: Sequence[Pair]) -> None:
        self._tokenizer = translator.tokenizer
        self._sources, self._targets = map(self._tokenizer.encode_all, zip(*pairs, strict=True))
        self.rows = np.array([len(ids) for ids in self._targets], dtype=float)
        """(sentences,): decoding steps."""
        ids = list(zip(self._sources, self._targets, strict=True))
        self._batches = [
            (places, collate([ids[place] for place in places]))
            for places in batches_of(ids, BATCH_TOKENS)
        ]

    @torch.inference_mode()
    def logprobs(self, model: Transformer) -> Numbers:
        """(sentences,): of each reference, its tokens' log-probabilities summed."""
        found = np.zeros(len(self._targets))
        device = next(model.parameters()).device
        with evaluating(model):
            for places, on_cpu in self._batches:
                batch = on_cpu.to(device)
                states = model(batch.src, batch.src_key_padding_mask, batch.tgt_in)
                logits_BTV = F.linear(states, model.embedding.weight).float()
                chosen_BT1 = logits_BTV.log_softmax(dim=-1).gather(2, batch.tgt_out.unsqueeze(2))
                is_pad = (batch.tgt_out == PAD_ID).unsqueeze(2)
                sums_B = chosen_BT1.double().masked_fill(is_pad, 0).sum(dim=(1, 2))
                found[places] = sums_B.cpu().numpy()
        return found

    def translate(self, model: Transformer) -> list[str]:
        """By greedy search, each sentence in one piece."""
        found = decode(model, self._sources, BeamSearch(beam_size=1))
        return [self._tokenizer.text(best.ids) for best, *_ in found]
