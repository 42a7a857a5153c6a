"""What docs/attention.md says of heads over the test split, in numbers.

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
from translator.inspection.explanation import MAX_HEAVIEST, measure_faithfulness, without_heads
from translator.inspection.inspection import Inspection
from translator.inspection.measures import is_sink, measure, measure_weights
from translator.inspection.record import inspect_pair

Numbers = NDArray[np.float64]
Survey = Mapping[str, Numbers]
"""Means over all rows of many sentences, by name; of heads (N, H)."""


def survey(translator: Translator, pairs: Sequence[GoldPair]) -> Survey:
    """What heads do over given translations: means over rows, each row counting alike."""
    totals: dict[str, Numbers] = defaultdict(lambda: np.zeros(()))
    num_rows = 0
    for pair in pairs:
        inspection = inspect_pair(translator, pair.src, pair.tgt)
        num_rows += len(inspection.writes)
        for name, total in _row_sums(inspection, translator).items():
            totals[name] = totals[name] + total
    return {name: total / num_rows for name, total in totals.items()}


def _row_sums(inspection: Inspection, translator: Translator) -> dict[str, Any]:
    weights, rows = inspection.weights, len(inspection.writes)
    measures = measure(inspection)
    names = ("entropy", "max", "same_position")
    sums = {name: rows * getattr(measures, name) for name in names}
    favourites = weights.argmax(axis=-1)
    sums["favourite is same position"] = (favourites == np.arange(rows)).sum(axis=-1)
    flat = favourites.reshape(-1, rows)
    sums["same favourite"] = (flat[:, None] == flat[None]).sum(axis=-1)
    halves = weights.reshape(len(flat), rows, -1)
    sums["overlap"] = np.minimum(halves[:, None], halves[None]).sum(axis=(-1, -2))
    alone, together = without_heads(inspection, translator)
    sums["effect"], sums["layer effect"] = alone.sum(axis=-1), together.sum(axis=-1)
    scaled = np.stack([layer.scaled for layer in inspection.cross_attn])
    sums["spread"] = scaled.std(axis=-1).mean(axis=(0, 1)).sum()
    sums["uniform"] = np.asarray(rows * np.log2(weights.shape[-1]))
    words = ~is_sink(inspection.writes)
    sums["words"] = np.asarray(words.sum())
    on_sinks = weights[..., words, :][..., is_sink(inspection.source)]
    sums["sinks of words"] = on_sinks.sum(axis=(-1, -2))
    sums["even sinks of words"] = words.sum() * is_sink(inspection.source).mean()
    sums["square"] = np.asarray(rows * float(weights.shape[-2] == weights.shape[-1]))
    for name, layers, labels in (
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


def head_facts(found: Survey, aer: Mapping[tuple[int, int], float]) -> Facts:
    """What each head does, and how much any two do alike."""
    places = list(np.ndindex(found["entropy"].shape))
    names = [f"layer {layer + 1}, head {head + 1}" for layer, head in places]
    pairs = list(combinations(range(len(places)), 2))
    alike = {pair: float(found["same favourite"][pair]) for pair in pairs} or {(0, 0): 1.0}
    most = max(alike, key=lambda pair: alike[pair])
    effects = found["effect"]
    strongest, weakest = effects.argmax(), effects.argmin()
    sink_share = found["sinks of words"] / found["words"]
    even_sinks = float(found["even sinks of words"] / found["words"])
    return {
        "heads_table": table(
            ["head", "entropy, bits", "largest weight", "on own position",
             "on punctuation and `</s>`", "lost without it, nats", "AER"],
            [
                [
                    name,
                    f"{found['entropy'][place]:.2f}",
                    percent(float(found["max"][place])),
                    percent(float(found["same_position"][place])),
                    percent(float(sink_share[place])),
                    f"{effects[place]:.2f}",
                    f"{100 * aer[place]:.1f} %",
                ]
                for name, place in zip(names, places, strict=True)
            ],
        ),
        "layers_table": table(
            ["nats lost without", "its heads, added up", "all its heads at once"],
            [
                [f"layer {number}", f"{alone.sum():.2f}", f"{together:.2f}"]
                for number, (alone, together) in enumerate(
                    zip(effects, found["layer effect"], strict=True), start=1
                )
            ],
        ),
        "backing_up": findings.backing_up(effects, found["layer effect"]),
        "entropy": f"{found['entropy'].mean():.2f}",
        "uniform": f"{float(found['uniform']):.2f}",
        "largest_weight": percent(float(found["max"].mean())),
        "square_share": percent(float(found["square"])),
        "sinks": findings.sinks(float(sink_share.mean()), even_sinks),
        "sink_share": percent(float(sink_share.mean())),
        "even_sink_share": percent(even_sinks),
        "alike_mean": percent(float(np.mean(list(alike.values())))),
        "alike_most": percent(alike[most]),
        "alike_pair": f"{names[most[0]]} and {names[most[1]]}",
        "alike": findings.alike(alike[most]),
        "overlap_most": percent(float(found["overlap"][most])),
        "importance": findings.importance(effects),
        "strongest_head": names[strongest],
        "strongest_effect": f"{effects.max():.2f}",
        "strongest_factor": f"{np.exp(-effects.max()):.2f}",
        "weakest_head": names[weakest],
        "weakest_effect": f"{effects.min():.2f}",
        "weakest_factor": f"{np.exp(-effects.min()):.2f}",
    }  # fmt: skip


def length_facts(example: Example, survey: Survey) -> Facts:
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
        "cosine_agrees": percent(float(survey["cosine agrees"])),
        "cosine_largest": percent(float(survey["largest by cosine"])),
        "dot_largest": percent(float(survey["max"].mean())),
        "keys_ratio": f"{float(survey['longest key / shortest']):.1f}",
        "stretch": f"{float(survey['stretch']):.1f}",
        "cosine_order": findings.cosine_order(float(survey["cosine agrees"])),
    }


def comparison_facts(several: Survey, one: Survey, untrained: Survey) -> Facts:
    """The same measures of the model with one head, and of one that has learned nothing."""
    without = [survey["layer effect"] for survey in (one, several)]
    return {
        "one_table": table(
            ["", "its only head's entropy, bits", "its largest weight", "lost without it, nats",
             "lost without the several heads, nats"],
            [
                [
                    f"layer {layer + 1}",
                    f"{one['entropy'][layer, 0]:.2f}",
                    percent(float(one["max"][layer, 0])),
                    *(f"{effect[layer]:.2f}" for effect in without),
                ]
                for layer in range(len(one["entropy"]))
            ],
        ),
        "layers_of_one_head": findings.layers_of_one_head(*without),
        "one_entropy": f"{one['entropy'].mean():.2f}",
        "one_largest": percent(float(one["max"].mean())),
        "spread": f"{float(several['spread']):.1f}",
        "untrained_entropy": f"{untrained['entropy'].mean():.2f}",
        "untrained_largest": percent(float(untrained["max"].mean())),
        "untrained_spread": f"{float(untrained['spread']):.2f}",
    }  # fmt: skip


def explanation_facts(translator: Translator, pairs: Sequence[GoldPair]) -> Facts:
    """Whether the heaviest tokens are those that matter.

    Raises SystemExit for a model to which no token matters anywhere.
    """
    inspections = (inspect_pair(translator, pair.src, pair.tgt) for pair in pairs)
    found = measure_faithfulness(inspections, translator)
    if found is None:
        raise SystemExit("no source token matters to this model: train it longer")
    return {
        "explained_sentences": str(found.num_sentences),
        "explained_steps": f"{found.num_steps:,}",
        "heaviest": findings.heaviest(found.top1_weights),
        "top1_weights": percent(found.top1_weights),
        "top1_norms": percent(found.top1_norms),
        "hiding": findings.hiding(found),
        "keeping": findings.keeping(found),
        "explained_table": table(
            ["nats lost", "the heaviest", "the best choice", "a random choice"],
            [
                [f"{what} {k + 1}", *(f"{lost[k]:.2f}" for lost in vars(losses).values())]
                for what, losses in (
                    ("hiding", found.comprehensiveness),
                    ("keeping only", found.sufficiency),
                )
                for k in range(MAX_HEAVIEST)
            ],
        ),
    }
