"""Converts our weights to the parameter names of JoeyNMT, which has the same model."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from translator.config import PAD_ID, UNK_ID

Weights = Mapping[str, Tensor]

JOEYNMT_NAMES = {
    "encoder": {
        "self_attn_norm": "layer_norm",
        "self_attn": "src_src_att",
        "feed_forward_norm": "feed_forward.layer_norm",
        "feed_forward.in_proj": "feed_forward.pwff_layer.0",
        "feed_forward.out_proj": "feed_forward.pwff_layer.3",
    },
    "decoder": {
        "self_attn_norm": "x_layer_norm",
        "self_attn": "trg_trg_att",
        "cross_attn_norm": "dec_layer_norm",
        "cross_attn": "src_trg_att",
        "feed_forward_norm": "feed_forward.layer_norm",
        "feed_forward.in_proj": "feed_forward.pwff_layer.0",
        "feed_forward.out_proj": "feed_forward.pwff_layer.3",
    },
}
JOEYNMT_PROJECTIONS = {
    "q_proj": "q_layer",
    "k_proj": "k_layer",
    "v_proj": "v_layer",
    "out_proj": "output_layer",
}


def to_joeynmt(weights: Weights) -> dict[str, Tensor]:
    """Weights for JoeyNMT 2.3.0, pre-norm, tied: renamed, first two vocabulary rows swapped."""
    embedding = weights["embedding.weight"].clone()
    embedding[[PAD_ID, UNK_ID]] = embedding[[UNK_ID, PAD_ID]]
    tied = ("src_embed.lut", "trg_embed.lut", "decoder.output_layer")
    converted = {f"{name}.weight": embedding for name in tied}
    for name, tensor in weights.items():
        stack, *place = _place(name)
        if stack:
            converted[".".join([stack, *_joeynmt_place(stack, place)])] = tensor
    positions = _positions(5000, embedding.size(1)).unsqueeze(0)
    return converted | {f"{stack}.pe.pe": positions for stack in JOEYNMT_NAMES}


def _place(name: str) -> list[str]:
    """encoder_layers.1.self_attn.q_proj.weight -> encoder, layers, 1, self_attn, q_proj, weight;
    the embedding belongs to no stack."""
    first, *others = name.split(".")
    stack, _, part = first.partition("_")
    if stack not in JOEYNMT_NAMES:
        return [""]
    return [stack, "layers" if part == "layers" else "layer_norm", *others]


def _joeynmt_place(stack: str, place: list[str]) -> list[str]:
    if place[0] != "layers":
        return place
    layer = _renamed(".".join(place[2:-1]), JOEYNMT_NAMES[stack])
    if "_att." in layer:
        attention, projection = layer.split(".")
        layer = f"{attention}.{JOEYNMT_PROJECTIONS[projection]}"
    return ["layers", place[1], layer, place[-1]]


def _renamed(layer: str, names: Mapping[str, str]) -> str:
    """The peer's name for a layer, or for the layer that contains it."""
    if layer in names:
        return names[layer]
    whole, part = layer.rsplit(".", 1)
    return f"{names[whole]}.{part}"


def _positions(length: int, d_model: int) -> Tensor:
    """Sines in even columns, cosines in odd ones (Vaswani et al. 2017, 3.5)."""
    frequency = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10_000.0) / d_model))
    angle = torch.arange(length).unsqueeze(1) * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(start_dim=1)
