"""What docs/attention.md says of heads over the test split, in numbers.

Where the prose depends on what was found, the words are chosen here, so that they stay true of
another model.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

import numpy as np
from attention_facts import Example, Facts, cosine, percent, table
from numpy.typing import NDArray

from translator.decoding.translator import Translator
from translator.inspection.alignment import (
    Agreement,
    Chooser,
    GoldPair,
    Reader,
    best_reader,
    evaluate_alignment,
)
from translator.inspection.explanation import explain
from translator.inspection.inspection import Inspection, Rows
from translator.inspection.measures import measure, measure_weights
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import head_effects

Numbers = NDArray[np.float64]
Survey = Mapping[str, Numbers]
"""Means over all rows of many sentences, by name; of heads (N, H)."""
Gold = Mapping[Literal["validation", "test"], Sequence[GoldPair]]


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
    names = ("entropy", "max", "sink_share", "same_position")
    sums = {name: rows * getattr(measures, name) for name in names}
    favourites = weights.argmax(axis=-1)
    sums["favourite is same position"] = (favourites == np.arange(rows)).sum(axis=-1)
    flat = favourites.reshape(-1, rows)
    sums["same favourite"] = (flat[:, None] == flat[None]).sum(axis=-1)
    halves = weights.reshape(len(flat), rows, -1)
    sums["overlap"] = np.minimum(halves[:, None], halves[None]).sum(axis=(-1, -2))
    sums["effect"] = -head_effects(inspection, translator).sum(axis=-1)
    scaled = np.stack([layer.scaled for layer in inspection.cross_attn])
    sums["spread"] = scaled.std(axis=-1).mean(axis=(0, 1)).sum()
    sums["uniform"] = np.asarray(rows * np.log2(weights.shape[-1]))
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
    largest_same = found["favourite is same position"].argmax()
    same = found["same_position"]
    return {
        "heads_table": table(
            ["head", "entropy, bits", "largest weight", "on own position", "on marks and `</s>`",
             "without it, nats", "AER"],
            [
                [
                    name,
                    f"{found['entropy'][place]:.2f}",
                    percent(float(found["max"][place])),
                    percent(float(same[place])),
                    percent(float(found["sink_share"][place])),
                    f"{effects[place]:.2f}",
                    f"{100 * aer[place]:.1f} %",
                ]
                for name, place in zip(names, places, strict=True)
            ],
        ),
        "entropy": f"{found['entropy'].mean():.2f}",
        "uniform": f"{float(found['uniform']):.2f}",
        "largest_weight": percent(float(found["max"].mean())),
        "square_share": percent(float(found["square"])),
        "same_position": percent(float(same.mean())),
        "same_position_head": names[largest_same],
        "same_position_best": percent(float(found["favourite is same position"].max())),
        "same_encoder": percent(float(found["same position, encoder"].mean())),
        "same_decoder": percent(float(found["same position, decoder"].mean())),
        "alike_mean": percent(float(np.mean(list(alike.values())))),
        "alike_most": percent(alike[most]),
        "alike_pair": f"{names[most[0]]} and {names[most[1]]}",
        "overlap_most": percent(float(found["overlap"][most])),
        "strongest_head": names[strongest],
        "strongest_effect": f"{effects.max():.2f}",
        "strongest_factor": f"{np.exp(-effects.max()):.2f}",
        "weakest_head": names[weakest],
        "weakest_effect": f"{effects.min():.2f}",
        "layers": "; ".join(
            f"layer {number}: {bits:.2f} bits, {nats:.2f} nats"
            for number, (bits, nats) in enumerate(
                zip(found["entropy"].mean(axis=1), effects.mean(axis=1), strict=True), start=1
            )
        ),
        "heads_verdict": (
            "at least two of them do nearly the same"
            if alike[most] >= 0.9
            else "no two of them do the same, though some overlap"
            if alike[most] >= 0.5
            else "they do look at different pieces"
        ),
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
        "cosine_verdict": (
            "As a ranking, then, it nearly is the cosine."
            if survey["cosine agrees"] >= 0.95
            else "As a ranking, then, it is like the cosine, but not the same."
            if survey["cosine agrees"] >= 0.75
            else "Even as a ranking, then, it is not the cosine."
        ),
    }


def position_facts(gold: Sequence[GoldPair], found: Survey) -> Facts:
    """How far the languages themselves stand in the same order."""
    links = [link for pair in gold for link in pair.sure]
    share = sum(src == tgt for src, tgt in links) / len(links)
    attended = float(found["favourite is same position"].mean())
    return {
        "gold_same": percent(share),
        "favourite_same": percent(attended),
        "position_verdict": "false here" if found["same_position"].mean() < 0.5 else "true here",
    }


def comparison_facts(several: Survey, one: Survey, untrained: Survey) -> Facts:
    """The same measures of the model with one head, and of one that has learned nothing."""
    return {
        "one_table": table(
            ["the only head of", "entropy, bits", "largest weight", "without it, nats"],
            [
                [
                    f"layer {layer + 1}",
                    f"{one['entropy'][layer, 0]:.2f}",
                    percent(float(one["max"][layer, 0])),
                    f"{one['effect'][layer, 0]:.2f}",
                ]
                for layer in range(len(one["entropy"]))
            ],
        ),
        "one_entropy": f"{one['entropy'].mean():.2f}",
        "one_largest": percent(float(one["max"].mean())),
        "spread": f"{float(several['spread']):.1f}",
        "untrained_entropy": f"{untrained['entropy'].mean():.2f}",
        "untrained_largest": percent(float(untrained["max"].mean())),
        "untrained_spread": f"{float(untrained['spread']):.2f}",
    }


def alignment_facts(
    translator: Translator, gold: Gold
) -> tuple[Facts, dict[tuple[int, int], float]]:
    """Error rates on test of what is best on validation; and of each head, by writes and norms."""
    validation, test = (evaluate_alignment(translator, gold[split]) for split in gold)
    facts: Facts = {}
    for rows in ("writes", "reads"):
        for chosen_by in ("target", "source"):
            best = _best_head(validation, rows, chosen_by)
            facts[f"aer_{rows}_{chosen_by}"] = f"{100 * test[best].aer:.1f} %"
            facts[f"aer_{rows}_{chosen_by}_head"] = _place(best)
    own = Reader(by="norms", chosen_by="source")
    facts["aer_mean"] = f"{100 * test[own].aer:.1f} %"
    by_head = {
        (reader.layer, reader.head): agreement.aer
        for reader, agreement in test.items()
        if (reader.by, reader.rows, reader.chosen_by) == ("norms", "writes", "source")
        and reader.layer is not None
        and reader.head is not None
    }
    facts["reads_verdict"] = (
        "So a row of this model belongs to the word that it writes."
        if test[_best_head(validation, "writes", "source")].aer
        < test[_best_head(validation, "reads", "source")].aer
        else "So a row of this model belongs to the word that it reads."
    )
    return facts, by_head


def explanation_facts(translator: Translator, pairs: Sequence[GoldPair]) -> Facts:
    """How well attention ranks source pieces as hiding them does."""
    found: dict[str, list[float]] = {"weights": [], "norms": []}
    for pair in pairs:
        explanation = explain(inspect_pair(translator, pair.src, pair.tgt), translator)
        for name, values in found.items():
            correlations = getattr(explanation, f"{name}_leave_one_out")
            values.extend(correlations[~np.isnan(correlations)].tolist())
    return {
        "explained_sentences": str(len(pairs)),
        "weights_explain": f"{np.mean(found['weights']):.2f}",
        "norms_explain": f"{np.mean(found['norms']):.2f}",
    }


def _best_head(validation: Mapping[Reader, Agreement], rows: Rows, chosen_by: Chooser) -> Reader:
    heads = {
        reader: agreement
        for reader, agreement in validation.items()
        if (reader.by, reader.rows, reader.chosen_by) == ("norms", rows, chosen_by)
        and reader.head is not None
    }
    return best_reader(heads)


def _place(reader: Reader) -> str:
    assert reader.layer is not None
    assert reader.head is not None
    return f"layer {reader.layer + 1}, head {reader.head + 1}"
