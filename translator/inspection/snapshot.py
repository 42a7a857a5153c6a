"""Looks at a model in training, again and again, by the same few sentences.

Which sentences follows from the corpus alone, and a snapshot from the weights alone: a training
that was resumed records what one that never stopped records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from translator import evaluation
from translator.config import PAD_ID
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.inspection.inspection import KINDS, Kind
from translator.inspection.learning import WHOLE, Bytes, Probe, Snapshot
from translator.inspection.record import evaluating
from translator.inspection.words import Array, Word, group_into_words, merge
from translator.model.transformer import Record, Transformer
from translator.text.alignments import Links
from translator.text.batching import IdPair, collate
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer

NUM_SENTENCES, NUM_PROBES = 40, 8
MAX_LENGTH = 40
"""Tokens on either side of a sentence that is looked at: longer ones take most of the time, and
their matrices are no picture."""
MORE_THAN_REFERENCE = 5
"""Tokens that a translation may have more than its reference: before it has learned to end, a model
writes on and on, and what comes then is no better than what came before."""
GREEDY = BeamSearch(beam_size=1)


@dataclass(frozen=True, kw_only=True)
class Gold:
    """The gold alignment of a sentence."""

    source: list[Word]
    targets: list[Word]
    links: NDArray[np.bool_]
    """(targets, source), True where two words belong together."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The sentences by which a model in training is looked at."""

    tokenizer: Tokenizer
    pairs: Sequence[Pair]
    ids: Sequence[IdPair]
    alignments: Sequence[Links | None]
    """Gold links of each pair, where the corpus has them."""
    places: Sequence[int]
    """Of the probes among the pairs, short ones first."""
    gold: Mapping[int, Gold] = field(init=False)

    def __post_init__(self) -> None:
        aligned = ((row, links) for row, links in enumerate(self.alignments) if links is not None)
        gold = {row: _gold(self.tokenizer, self.ids[row], links) for row, links in aligned}
        object.__setattr__(self, "gold", gold)

    @property
    def bleu_signature(self) -> str:
        """That of the BLEU in each snapshot."""
        references = [tgt for _, tgt in self.pairs]
        return evaluation.bleu(references, references).signature

    def probes(self) -> list[Probe]:
        """What stays the same in all snapshots."""
        return [self._probe(row) for row in self.places]

    def _probe(self, row: int) -> Probe:
        (src, tgt), pieces = self.ids[row], self.tokenizer.pieces
        batch = collate([(src, tgt)])
        return Probe(
            text=self.pairs[row][0],
            tgt=self.pairs[row][1],
            source=pieces(src),
            reads=pieces(batch.tgt_in[0].tolist()),
            writes=pieces(tgt),
            alignment=self.alignments[row],
        )


def choose_sentences(
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    ids: Sequence[IdPair],
    alignments: Mapping[Pair, Links],
) -> Watched | None:
    """The first validation pairs that are neither blank nor longer than MAX_LENGTH; among them, the
    probes, spread evenly from the shortest to the longest. None where there is no such pair."""
    fits = (all(1 < len(side) <= MAX_LENGTH for side in pair) for pair in ids)
    rows = [row for row, fit in enumerate(fits) if fit][:NUM_SENTENCES]
    if not rows:
        return None
    chosen = [ids[row] for row in rows]
    by_length = sorted(range(len(rows)), key=lambda place: sum(map(len, chosen[place])))
    spread = np.linspace(0, len(rows) - 1, min(NUM_PROBES, len(rows))).round().astype(int)
    return Watched(
        tokenizer=tokenizer,
        pairs=[pairs[row] for row in rows],
        ids=chosen,
        alignments=[alignments.get(pairs[row]) for row in rows],
        places=[by_length[place] for place in spread],
    )


def take_snapshot(watched: Watched, model: Transformer, step: int) -> Snapshot:
    """What `model` does after `step` steps."""
    batch = collate(watched.ids).to(next(model.parameters()).device)
    with evaluating(model), torch.inference_mode():
        record = Record()
        memory = model.encode(batch.src, batch.src_key_padding_mask, record)
        logits = model.logits(batch.tgt_in, memory, batch.src_key_padding_mask, record)
        logprobs_BTV = logits.float().log_softmax(dim=-1)
        logprobs_BT1 = logprobs_BTV.gather(-1, batch.tgt_out.unsqueeze(-1))
    # Each (B, N, H, queries, memory).
    weights = {kind: _weights(record, kind) for kind in KINDS}
    logprobs = logprobs_BT1.squeeze(-1).cpu().numpy()
    written = (batch.tgt_out != PAD_ID).cpu().numpy()
    return Snapshot(
        step=step,
        bleu=_greedy_bleu(watched, model),
        loss=float(-logprobs[written].mean(dtype=np.float64)),
        entropy=_entropy(weights["cross_attn"], written),
        aer=_error_rates(watched, weights["cross_attn"]),
        probabilities=[np.exp(logprobs[row][written[row]]) for row in watched.places],
        attention=[_attention(weights, row, watched.ids[row]) for row in watched.places],
    )


def _weights(record: Record, kind: Kind) -> Array:
    layers: list[Tensor] = [layer.weights for layer in getattr(record, kind)]
    return torch.stack(layers, dim=1).float().cpu().numpy()


def _attention(weights: Mapping[Kind, Array], row: int, ids: IdPair) -> dict[Kind, Bytes]:
    sizes = {"source": len(ids[0]), "target": len(ids[1])}
    return {
        kind: np.rint(
            array[row, :, :, : sizes[KINDS[kind][0]], : sizes[KINDS[kind][1]]] * WHOLE
        ).astype(np.uint8)
        for kind, array in weights.items()
    }


def _entropy(weights: Array, written: NDArray[np.bool_]) -> Array:
    """(B, N, H, T, S) and (B, T) -> (N, H), bits."""
    # 0 log 0 is 0 here, its limit.
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    bits = -(weights * logs).sum(axis=-1).transpose(0, 3, 1, 2)
    return bits[written].mean(axis=0)


def _error_rates(watched: Watched, weights: Array) -> Array | None:
    """(B, N, H, T, S) -> (N, H): each target word chooses the source word that has most of its
    attention (see `alignment.py`)."""
    if not watched.gold:
        return None
    found, total = np.zeros(weights.shape[1:3]), 0
    for row, gold in watched.gold.items():
        src, tgt = watched.ids[row]
        by_words = merge(weights[row, :, :, : len(tgt), : len(src)], gold.targets, gold.source)
        chosen = by_words.argmax(axis=-1)
        found += gold.links[np.arange(len(gold.targets)), chosen].sum(axis=-1)
        total += len(gold.targets) + int(gold.links.sum())
    return (1 - 2 * found / total).astype(np.float32)


def _gold(tokenizer: Tokenizer, ids: IdPair, links: Links) -> Gold:
    source, targets = (
        [word for word in group_into_words(tokenizer.pieces(side)) if not word.is_special]
        for side in ids
    )
    matrix = np.zeros((len(targets), len(source)), dtype=bool)
    for src_at, tgt_at in links:
        matrix[tgt_at, src_at] = True
    return Gold(source=source, targets=targets, links=matrix)


def _greedy_bleu(watched: Watched, model: Transformer) -> float:
    sources = [src for src, _ in watched.ids]
    limits = [len(tgt) + MORE_THAN_REFERENCE for _, tgt in watched.ids]
    found = decode(model, sources, GREEDY, max_lengths=limits)
    texts = [" ".join(watched.tokenizer.text(best.ids).split()) for best, *_ in found]
    return evaluation.bleu(texts, [tgt for _, tgt in watched.pairs]).value
