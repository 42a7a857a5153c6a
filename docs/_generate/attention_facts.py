"""What docs/attention.md says of one sentence, in numbers.

Each `..._facts` returns texts by the names under which the template asks for them. What has to be
true of any model is asserted on the way.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from translator.config import PAD_ID
from translator.decoding.translator import Translator
from translator.inspection.inspection import AttentionLayer, Inspection
from translator.inspection.record import evaluating, record_pass
from translator.inspection.views.terminal import Place
from translator.inspection.words import Array
from translator.model.transformer import DecoderLayer, Record
from translator.text.batching import collate

Facts = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Example:
    """The sentence that the page follows, as the model translated it, and one row of one head."""

    inspection: Inspection
    translator: Translator
    """What made the inspection."""
    place: Place

    @property
    def layer(self) -> AttentionLayer:
        return self.inspection.cross_attn[self.place.layer]

    @property
    def row(self) -> Array:
        """(S,): its weights."""
        row: Array = self.layer.weights[self.place.head, self.place.step]
        return row


def percent(share: float) -> str:
    return f"{100 * share:.0f}%" if 0.005 <= share <= 0.995 else f"{100 * share:.2g}%"


def vector(numbers: Array) -> str:
    """Its beginning."""
    return f"[{' '.join(f'{number:.2f}' for number in numbers[:4])} ...]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cosine(a: Array, b: Array) -> Array:
    """Over the last axis."""
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    cosines: Array = (a * b).sum(-1) / lengths
    return cosines


def example_facts(example: Example) -> Facts:
    """Its tokens, its shapes, and the row's numbers."""
    inspection, layer, place = example.inspection, example.layer, example.place
    steps = [*zip(inspection.reads, inspection.writes, strict=True)]
    source, favourite = inspection.source, int(example.row.argmax())
    ends = [one.memory for one in inspection.cross_attn]
    assert all(np.array_equal(one, ends[0]) for one in ends), "one encoder output for all layers"
    return {
        "source_pieces": " ".join(source),
        "translation": inspection.translation,
        "S": str(len(source)),
        "T": str(len(steps)),
        "D": str(layer.memory.shape[1]),
        "H": str(layer.num_heads),
        "K": str(layer.d_head),
        "N": str(len(inspection.cross_attn)),
        "steps": "\n".join(
            f"decoding step {number}   reads {reads:<12} writes {writes}"
            for number, (reads, writes) in enumerate(steps, start=1)
        ),
        "layer": str(place.layer + 1),
        "head": str(place.head + 1),
        "step": str(place.step + 1),
        "reads": inspection.reads[place.step],
        "writes": inspection.writes[place.step],
        "favourite": source[favourite],
        "favourite_number": str(favourite + 1),
        "origins": "\n".join(
            f"{name:<22} {f'1 x {len(numbers)}':<8} {vector(numbers)}"
            for name, numbers in (
                ("encoder's output", layer.memory[favourite]),
                ("x W_K + b_K = key", layer.keys[place.head, favourite]),
                ("x W_V + b_V = value", layer.values[place.head, favourite]),
            )
        ),
        "favourite_weight": f"{example.row[favourite]:.3f}",
        "row_sum": f"{example.row.sum():.3f}",
        "smallest_weight": f"{example.row.min():.1e}",
        "context": vector(layer.context[place.head, place.step]),
        "outcomes": table(
            ["token", "probability"],
            [
                [f"`{piece}`", f"{np.exp(logprob):.3f}"]
                for piece, logprob in inspection.alternatives[place.step]
            ],
        ),
    }


def single_row_facts(example: Example) -> Facts:
    """A row computed by itself, and the decoder stopped right after it: the same numbers?"""
    layer, place, inspection = example.layer, example.place, example.inspection
    query = layer.queries[place.head, place.step]
    scaled = query @ layer.keys[place.head].T / np.sqrt(layer.d_head)
    alone = np.exp(scaled - scaled.max())
    alone /= alone.sum()
    model = example.translator.model
    with evaluating(model):
        written = inspection.write_ids[: place.step + 1]
        record, _, _ = record_pass(model, inspection.source_ids, written)
    stopped = record.cross_attn[place.layer].weights[0, place.head, -1].numpy()
    difference = max(np.abs(one - example.row).max() for one in (alone, stopped))
    assert difference < 1e-4, "rows do not depend on each other, nor on what is written later"
    return {"alone_difference": _at_most(difference)}


def value_facts(example: Example) -> Facts:
    """Two places of one word, and a key beside its value in two models that compute the same."""
    inspection, layer, head = example.inspection, example.layer, example.place.head
    first, second = _repeated(inspection.source)
    pairs = {name: getattr(layer, name)[head] for name in ("keys", "values")}
    alike = {
        name: float(cosine(vectors[first], vectors[second])) for name, vectors in pairs.items()
    }
    turned, difference = _turned_values(example)
    before, after = (cosine(pairs["keys"], values) for values in (pairs["values"], turned[head]))
    moved = int(np.abs(after - before).argmax())
    return {
        "repeated": inspection.source[first],
        "repeated_places": f"{first + 1} and {second + 1}",
        "repeated_memory_cosine": f"{cosine(layer.memory[first], layer.memory[second]):.2f}",
        "repeated_keys_cosine": f"{alike['keys']:.2f}",
        "repeated_values_cosine": f"{alike['values']:.2f}",
        "turned": inspection.source[moved],
        "turned_number": str(moved + 1),
        "key_value_cosine": f"{before[moved]:.2f}",
        "turned_cosine": f"{after[moved]:.2f}",
        "turned_difference": _at_most(difference),
    }


def _turned_values(example: Example) -> tuple[Array, float]:
    """The values (H, S, K) of a model that turns those of the row's layer by a random rotation, a
    part of W_V, and turns them back in W_O; and by how much it moves a log-probability."""
    twin = copy.deepcopy(example.translator.model)
    layer = twin.decoder_layers[example.place.layer]
    assert isinstance(layer, DecoderLayer)
    attn, width = layer.cross_attn, example.layer.d_head
    generator = torch.Generator().manual_seed(1)
    of_head = torch.linalg.qr(torch.randn(width, width, generator=generator)).Q
    rotation = torch.block_diag(*[of_head] * example.layer.num_heads)
    with torch.no_grad():
        attn.v_proj.weight.copy_(rotation @ attn.v_proj.weight)
        attn.v_proj.bias.copy_(rotation @ attn.v_proj.bias)
        attn.out_proj.weight.copy_(attn.out_proj.weight @ rotation.T)

    inspection = example.inspection
    with evaluating(twin), evaluating(example.translator.model):
        passes = [
            record_pass(model, inspection.source_ids, inspection.write_ids)
            for model in (example.translator.model, twin)
        ]
    difference = float((passes[0][2] - passes[1][2]).abs().max())
    assert difference < 1e-3, "values may be turned, if W_O turns them back"
    text = inspection.text
    assert replace(example.translator, model=twin).translate([text]) == [inspection.translation]
    return passes[1][0].cross_attn[example.place.layer].values[0].numpy(), difference


def padding_mask_facts(example: Example, other: str) -> Facts:
    """The sentence in a batch with a longer one."""
    inspection, place = example.inspection, example.place
    model, tokenizer = example.translator.model, example.translator.tokenizer
    longer = tokenizer.encode(other)
    pair = (inspection.source_ids, inspection.write_ids)
    batch = collate([pair, (longer, inspection.write_ids)])
    record = Record()
    with evaluating(model), torch.inference_mode():
        is_pad = batch.src == PAD_ID
        memory = model.encode(batch.src, is_pad)
        model.logits(batch.tgt_in, memory, is_pad, record)
    padded = record.cross_attn[place.layer]
    size, row = len(inspection.source), (0, place.head, place.step)
    masked, unmasked = padded.weights[row], padded.scaled[row].softmax(dim=-1)
    assert len(longer) > size, "the other sentence is the longer one"
    assert not masked[size:].any(), "no weight on <pad>"
    difference = float(np.abs(masked[:size].numpy() - example.row).max())
    assert difference < 1e-4, "padding changes nothing"
    return {
        "longer": other,
        "num_pads": str(len(longer) - size),
        "pad_weight_unmasked": percent(float(unmasked[size:].sum())),
        "pad_difference": _at_most(difference),
    }


def causal_mask_facts(example: Example) -> Facts:
    """A row of the decoder's self-attention: masked before the softmax, and wrongly after it."""
    inspection, head = example.inspection, example.place.head
    layer = inspection.decoder_self_attn[example.place.layer]
    step = min(2, len(layer.mask) - 1)
    hidden, scaled = layer.mask[step], layer.scaled[head, step]
    plain = np.exp(scaled - scaled.max())
    plain /= plain.sum()
    late = np.where(hidden, 0, plain)
    columns = zip(
        inspection.reads, hidden, scaled, plain, late, layer.weights[head, step], strict=True
    )
    rows = [
        [
            f"`{piece}`",
            f"{score:.2f}",
            "-inf" if is_hidden else f"{score:.2f}",
            *(f"{weight:.3f}" for weight in weights),
        ]
        for piece, is_hidden, score, *weights in columns
    ]
    sums = [f"{weights.sum():.3f}" for weights in (plain, late, layer.weights[head, step])]
    head_line = [
        "key", "scaled score", "masked", "softmax, no mask", "softmax, then 0", "mask, then softmax"
    ]  # fmt: skip
    return {
        "causal_hidden": str(int(layer.mask.sum())),
        "causal_cells": str(layer.mask.size),
        "causal_reads": inspection.reads[step],
        "causal_table": table(head_line, [*rows, ["**sum**", "", "", *sums]]),
        "causal_late": sums[1],
    }


def _repeated(source: Sequence[str]) -> tuple[int, int]:
    """Two places of one piece."""
    for second, piece in enumerate(source):
        if piece in source[:second]:
            return source.index(piece), second
    raise ValueError(f"{source} has no piece twice: choose a sentence that has")


def _at_most(difference: float) -> str:
    """0, or the next power of ten: the last digits differ from machine to machine."""
    return f"less than 1e-{int(-np.log10(max(difference, 1e-9)))}"
