"""Snapshots of a model in training, always on the same few sentences.

The sentences depend only on the corpus, and a snapshot only on the weights: a resumed training
records the same as one that never stopped.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from translator import evaluation
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.inspection.inspection import KINDS, Kind
from translator.inspection.learning import WHOLE, Bytes, Probe, Snapshot
from translator.inspection.measures import entropy
from translator.inspection.record import evaluating
from translator.inspection.words import Array, Word, merge, ordinary_words
from translator.model.transformer import Record, Transformer
from translator.text.alignments import Links
from translator.text.batching import IdPair, batches_of, collate
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

NUM_SENTENCES, NUM_PROBES = 40, 8
MAX_LENGTH = 40
"""Most tokens on either side of a recorded sentence: longer ones take most of the time, and their
matrices are unreadable as pictures."""
MORE_THAN_REFERENCE = 5
"""Tokens by which a translation may be longer than its reference: a model that has not learned to
stop writes on and on, and the rest is no better."""
BATCH_TOKENS = 450
"""Padded tokens read at once; sentences of similar length keep padding small."""
GREEDY = BeamSearch(beam_size=1)


@dataclass(frozen=True, kw_only=True)
class Gold:
    """The gold alignment of a sentence."""

    links: Links
    source: list[Word]
    targets: list[Word]
    is_linked: NDArray[np.bool_]
    """(targets, source), True where two words belong together."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The sentences on which a model in training is recorded."""

    tokenizer: Tokenizer
    pairs: Sequence[Pair]
    ids: Sequence[IdPair]
    gold: Sequence[Gold | None]
    """The gold alignment of each pair, if the corpus has it."""
    places: Sequence[int]
    """Of the probes among the pairs, short ones first."""

    @property
    def bleu_signature(self) -> str:
        """That of the BLEU in each snapshot."""
        references = [tgt for _, tgt in self.pairs]
        return evaluation.bleu(references, references).signature

    def probes(self) -> list[Probe]:
        """What stays the same in all snapshots."""
        return [self._probe(row) for row in self.places]

    def _probe(self, row: int) -> Probe:
        (src, tgt), gold, pieces = self.ids[row], self.gold[row], self.tokenizer.pieces
        batch = collate([(src, tgt)])
        return Probe(
            text=self.pairs[row][0],
            tgt=self.pairs[row][1],
            source=pieces(src),
            reads=pieces(batch.tgt_in[0].tolist()),
            writes=pieces(tgt),
            alignment=gold.links if gold else None,
        )


def choose_sentences(
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    ids: Sequence[IdPair],
    alignments: Mapping[Pair, Links],
) -> Watched | None:
    """The first validation pairs that are neither blank nor longer than MAX_LENGTH; among them, the
    probes: one of the shortest eighth, one of the next, to one of the longest. None where there is
    no such pair."""
    fits = (all(1 < len(side) <= MAX_LENGTH for side in pair) for pair in ids)
    rows = [row for row, fit in enumerate(fits) if fit][:NUM_SENTENCES]
    if not rows:
        return None
    chosen = [ids[row] for row in rows]
    by_length = sorted(range(len(rows)), key=lambda place: sum(map(len, chosen[place])))
    number = min(NUM_PROBES, len(rows))
    spread = [(2 * part + 1) * len(rows) // (2 * number) for part in range(number)]
    aligned = {row: alignments[pairs[row]] for row in rows if pairs[row] in alignments}
    gold = {row: _gold(tokenizer, ids[row], links) for row, links in aligned.items()}
    misfits = list(gold.values()).count(None)
    if misfits:
        logger.warning(
            "the alignments of %d of %d validation sentences name words that do not exist, and "
            "are left out of the record of learning: a word is a sequence of letters, or a single "
            "punctuation character",
            misfits,
            len(rows),
        )
    return Watched(
        tokenizer=tokenizer,
        pairs=[pairs[row] for row in rows],
        ids=chosen,
        gold=[gold.get(row) for row in rows],
        places=[by_length[place] for place in spread],
    )


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The results of the model on a sentence and its reference."""

    weights: Mapping[Kind, Array]
    """(N, H, queries, memory) of each attention."""
    logprobs: Array
    """(T,): of each reference token."""
    is_greedy: bool
    """Whether each reference token was the most probable one: then greedy search writes the
    reference."""


def take_snapshot(watched: Watched, model: Transformer, step: int) -> Snapshot:
    """The snapshot of `model` after `step` steps."""
    with evaluating(model), torch.inference_mode():
        readings = _read(watched, model)
    cross = [reading.weights["cross_attn"] for reading in readings]
    logprobs = np.concatenate([reading.logprobs for reading in readings])
    return Snapshot(
        step=step,
        bleu=_greedy_bleu(watched, model, [reading.is_greedy for reading in readings]),
        loss=float(-logprobs.mean(dtype=np.float64)),
        entropy=np.concatenate([entropy(weights) for weights in cross], axis=-1).mean(axis=-1),
        aer=_error_rates(watched, cross),
        probabilities=[np.exp(readings[row].logprobs) for row in watched.places],
        attention=[
            {kind: _in_bytes(weights) for kind, weights in readings[row].weights.items()}
            for row in watched.places
        ],
    )


def _read(watched: Watched, model: Transformer) -> list[_Reading]:
    """Read all sentences; each gives the same result as alone."""
    ids = watched.ids
    readings = {}
    for rows in batches_of(ids, BATCH_TOKENS):
        batch = collate([ids[row] for row in rows]).to(next(model.parameters()).device)
        record = Record()
        memory = model.encode(batch.src, batch.src_key_padding_mask, record)
        logits = model.logits(batch.tgt_in, memory, batch.src_key_padding_mask, record).float()
        is_best = (logits.argmax(dim=-1) == batch.tgt_out).cpu().numpy()
        chosen = logits.gather(-1, batch.tgt_out.unsqueeze(-1)).squeeze(-1)
        logprobs = (chosen - logits.logsumexp(dim=-1)).cpu().numpy()
        weights = {kind: _weights(record, kind) for kind in KINDS}
        for place, row in enumerate(rows):
            sizes = {"source": len(ids[row][0]), "target": len(ids[row][1])}
            readings[row] = _Reading(
                weights={
                    kind: weights[kind][place, :, :, : sizes[queries], : sizes[memory_side]]
                    for kind, (queries, memory_side) in KINDS.items()
                },
                logprobs=logprobs[place, : sizes["target"]],
                is_greedy=bool(is_best[place, : sizes["target"]].all()),
            )
    return [readings[row] for row in range(len(ids))]


def _weights(record: Record, kind: Kind) -> Array:
    """(B, N, H, queries, memory)"""
    layers: list[Tensor] = [layer.weights for layer in getattr(record, kind)]
    return torch.stack(layers, dim=1).float().cpu().numpy()


def _in_bytes(weights: Array) -> Bytes:
    return np.rint(weights * WHOLE).astype(np.uint8)


def _error_rates(watched: Watched, cross: Sequence[Array]) -> Array | None:
    """Of each sentence (N, H, T, S) -> (N, H): each target word chooses the source word that has
    most of its attention (see `alignment.py`)."""
    found, total = np.zeros(cross[0].shape[:2]), 0
    for weights, gold in zip(cross, watched.gold, strict=True):
        if gold is not None:
            chosen = merge(weights, gold.targets, gold.source).argmax(axis=-1)
            found += gold.is_linked[np.arange(len(gold.targets)), chosen].sum(axis=-1)
            total += len(gold.targets) + int(gold.is_linked.sum())
    return (1 - 2 * found / total).astype(np.float32) if total else None


def _gold(tokenizer: Tokenizer, ids: IdPair, links: Links) -> Gold | None:
    """The alignment as a matrix; None if it counts words differently."""
    source, targets = (ordinary_words(tokenizer.pieces(side)) for side in ids)
    is_linked = np.zeros((len(targets), len(source)), dtype=bool)
    for src_at, tgt_at in links:
        if not (0 <= src_at < len(source) and 0 <= tgt_at < len(targets)):
            return None
        is_linked[tgt_at, src_at] = True
    return Gold(links=links, source=source, targets=targets, is_linked=is_linked)


def _greedy_bleu(watched: Watched, model: Transformer, is_greedy: Sequence[bool]) -> float:
    """Greedy translations; only those that may differ from the reference are searched for, since
    search takes most of the time."""
    translations = [tgt for _, tgt in watched.ids]
    rows = [row for row, is_known in enumerate(is_greedy) if not is_known]
    sources = [watched.ids[row][0] for row in rows]
    limits = [len(translations[row]) + MORE_THAN_REFERENCE for row in rows]
    found = decode(model, sources, GREEDY, max_lengths=limits) if rows else []
    for row, [best] in zip(rows, found, strict=True):
        translations[row] = best.ids
    texts = [" ".join(watched.tokenizer.text(ids).split()) for ids in translations]
    return evaluation.bleu(texts, [tgt for _, tgt in watched.pairs]).value
