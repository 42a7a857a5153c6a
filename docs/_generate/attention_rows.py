"""What docs/attention.md says of the rows of a split, beyond what a report of heads has.

Where a sentence depends on what was found, attention_findings.py chooses it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import attention_findings as findings
import numpy as np
from attention_facts import Example, Facts, cosine, percent, table
from numpy.typing import NDArray

from translator.decoding.translator import Translator
from translator.inspection.alignment import GoldPair
from translator.inspection.inspection import Inspection
from translator.inspection.measures import is_sink, measure, measure_weights
from translator.inspection.record import inspect_pair
from translator.inspection.words import group_into_words
from translator.text.tables import Pair

Numbers = NDArray[np.float64]
Means = Mapping[str, Numbers]
"""Over all rows of many sentences, each row counting alike, by name."""


def row_means(translator: Translator, pairs: Sequence[Pair]) -> Means:
    """As the decoder reads the given translations."""
    totals: dict[str, Numbers] = defaultdict(lambda: np.zeros(()))
    num_rows = 0
    for src, tgt in pairs:
        inspection = inspect_pair(translator, src, tgt)
        num_rows += len(inspection.writes)
        for name, total in _row_sums(inspection).items():
            totals[name] = totals[name] + total
    return {name: total / num_rows for name, total in totals.items()}


def _row_sums(inspection: Inspection) -> dict[str, Any]:
    weights, rows = inspection.weights, len(inspection.writes)
    measures = measure(inspection)
    sums: dict[str, Any] = {name: rows * getattr(measures, name) for name in ("entropy", "max")}
    favourites = weights.argmax(axis=-1)
    sums["favourite is same position"] = (favourites == np.arange(rows)).sum(axis=-1)
    flat = favourites.reshape(-1, rows)
    sums["same favourite"] = (flat[:, None] == flat[None]).sum(axis=-1)
    halves = weights.reshape(len(flat), rows, -1)
    sums["overlap"] = np.minimum(halves[:, None], halves[None]).sum(axis=(-1, -2))
    scaled = np.stack([layer.scaled for layer in inspection.cross_attn])
    sums["spread"] = scaled.std(axis=-1).mean(axis=(0, 1)).sum()
    sums["uniform"] = np.asarray(rows * np.log2(weights.shape[-1]))
    words = ~is_sink(inspection.writes)
    sums["words"] = np.asarray(words.sum())
    on_sinks = weights[..., words, :][..., is_sink(inspection.source)]
    sums["sinks of words"] = on_sinks.sum(axis=-1).mean(axis=(0, 1)).sum()
    sums["even sinks of words"] = words.sum() * is_sink(inspection.source).mean()
    sums["square"] = np.asarray(rows * float(weights.shape[-2] == weights.shape[-1]))
    for name, layers, labels in (
        ("cross", inspection.cross_attn, inspection.source),
        ("encoder", inspection.encoder_self_attn, inspection.source),
        ("decoder", inspection.decoder_self_attn, inspection.reads),
    ):
        own = measure_weights(np.stack([layer.weights for layer in layers]), labels)
        sums[f"same position, {name}"] = rows * own.same_position
    return sums | _lengths(inspection)


def _lengths(inspection: Inspection) -> dict[str, Any]:
    """Of queries and keys; a mean over heads, summed over rows."""
    queries = np.stack([layer.queries for layer in inspection.cross_attn])
    keys = np.stack([layer.keys for layer in inspection.cross_attn])
    cosines = cosine(queries[..., :, None, :], keys[..., None, :, :])
    scores = np.stack([layer.scores for layer in inspection.cross_attn])
    by_cosine = np.exp(cosines) / np.exp(cosines).sum(axis=-1, keepdims=True)
    key_lengths = np.linalg.norm(keys, axis=-1)
    rows = len(inspection.writes)
    query_lengths = np.linalg.norm(queries, axis=-1)
    stretch = query_lengths[..., :, None] * key_lengths[..., None, :] / np.sqrt(keys.shape[-1])
    agrees = cosines.argmax(axis=-1) == scores.argmax(axis=-1)
    return {
        "cosine agrees": agrees.mean(axis=(0, 1)).sum(),
        "largest by cosine": by_cosine.max(axis=-1).mean(axis=(0, 1)).sum(),
        "longest key / shortest": rows * (key_lengths.max(-1) / key_lengths.min(-1)).mean(),
        "stretch": stretch.mean(axis=(0, 1, 3)).sum(),
    }


def shape_facts(found: Means) -> Facts:
    """How often a matrix is square, and what an even row would have."""
    return {
        "square_share": percent(float(found["square"])),
        "uniform": f"{float(found['uniform']):.2f}",
        "spread": f"{float(found['spread']):.1f}",
    }


def untrained_facts(untrained: Means) -> Facts:
    """Of a model that has learned nothing."""
    return {
        "untrained_entropy": f"{untrained['entropy'].mean():.2f}",
        "untrained_largest": percent(float(untrained["max"].mean())),
        "untrained_spread": f"{float(untrained['spread']):.2f}",
    }


def sink_facts(found: Means) -> Facts:
    """Weight on punctuation and </s> where a row writes part of a word."""
    share, even = (
        float(found[name] / found["words"]) for name in ("sinks of words", "even sinks of words")
    )
    return {
        "sinks": findings.sinks(share, even),
        "sink_share": percent(share),
        "even_sink_share": percent(even),
    }


def likeness_facts(found: Means) -> Facts:
    """How much any two heads do alike."""
    names = [
        f"layer {layer + 1}, head {head + 1}" for layer, head in np.ndindex(found["entropy"].shape)
    ]
    pairs = list(combinations(range(len(names)), 2))
    alike = {pair: float(found["same favourite"][pair]) for pair in pairs} or {(0, 0): 1.0}
    most = max(alike, key=lambda pair: alike[pair])
    return {
        "alike_mean": percent(float(np.mean(list(alike.values())))),
        "alike_most": percent(alike[most]),
        "alike_pair": f"{names[most[0]]} and {names[most[1]]}",
        "alike": findings.alike(alike[most]),
        "overlap_most": percent(float(found["overlap"][most])),
    }


def length_facts(example: Example, found: Means) -> Facts:
    """The dot product beside the cosine: in the row, and over the test split."""
    layer, place = example.layer, example.place
    query, keys = layer.queries[place.head, place.step], layer.keys[place.head]
    cosines = cosine(query, keys)
    lengths = np.linalg.norm(keys, axis=-1)
    return {
        "query_length": f"{np.linalg.norm(query):.2f}",
        "lengths_table": table(
            ["source", "length of k", "cosine of q and k", "q·k", "weight"],
            [
                [f"`{piece}`", f"{length:.2f}", f"{cos:.2f}", f"{score:.2f}", f"{weight:.3f}"]
                for piece, length, cos, score, weight in zip(
                    example.inspection.source,
                    lengths,
                    cosines,
                    layer.scores[place.head, place.step],
                    example.row,
                    strict=True,
                )
            ],
        ),
        "cosine_agrees": percent(float(found["cosine agrees"])),
        "cosine_largest": percent(float(found["largest by cosine"])),
        "dot_largest": percent(float(found["max"].mean())),
        "keys_ratio": f"{float(found['longest key / shortest']):.1f}",
        "stretch": f"{float(found['stretch']):.1f}",
        "cosine_order": findings.cosine_order(float(found["cosine agrees"])),
    }


def position_facts(translator: Translator, gold: Sequence[GoldPair], found: Means) -> Facts:
    """How often attention looks at its own position, and how often it would if it followed gold."""
    same, favourite = found["same position, cross"], found["favourite is same position"]
    by_gold = [step for pair in gold for step in _gold_on_own_position(translator, pair)]
    layer, head = np.unravel_index(favourite.argmax(), favourite.shape)
    share = float(same.mean())
    return {
        "same_position": percent(share),
        "same_position_head": f"layer {layer + 1}, head {head + 1}",
        "same_position_best": percent(float(favourite.max())),
        "same_encoder": percent(float(found["same position, encoder"].mean())),
        "same_decoder": percent(float(found["same position, decoder"].mean())),
        "gold_same": percent(float(np.mean(by_gold))),
        "position_verdict": findings.same_position(share, float(np.mean(by_gold))),
    }


def _gold_on_own_position(translator: Translator, pair: GoldPair) -> list[float]:
    """The weight on the decoding step's own position if it were shared evenly among the tokens of
    the words that gold links with what it writes; </s> looks at </s>. Steps without link are left
    out."""
    tokenizer = translator.tokenizer
    source, writes = (
        group_into_words(tokenizer.pieces(tokenizer.encode(text))) for text in (pair.src, pair.tgt)
    )
    links = [*pair.sure, (len(source) - 1, len(writes) - 1)]
    shares = []
    for number, word in enumerate(writes):
        seen = [at for src, tgt in links if tgt == number for at in source[src].pieces]
        shares += [seen.count(step) / len(seen) for step in word.pieces if seen]
    return shares
