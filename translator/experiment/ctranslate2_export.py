"""Conversion to CTranslate2: the same weights under the names of CTranslate2."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from translator.config import BOS_ID, EOS_ID, UNK_ID
from translator.decoding.search import max_target_length
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    Transformer,
    sinusoids,
)
from translator.text.tokenizer import SPECIALS, Tokenizer

Quantization = Literal["float32", "int8"]

LEAST_POSITIONS = 512
"""Written even if shorter sources were trained on: forced prefixes may be long."""


def write_ctranslate2(
    model: Transformer,
    tokenizer: Tokenizer,
    folder: Path,
    quantization: Quantization,
    *,
    max_src_length: int,
) -> int:
    """Write a model for CTranslate2 into `folder`.

    Returns the number of source and target positions of the written model: enough for every search
    from sources of at most `max_src_length` ids.
    """
    from ctranslate2.specs import TransformerSpec  # an extra

    num_positions = max(LEAST_POSITIONS, max_target_length(max_src_length) + 1)  # 1 for <s>
    layers = (len(model.encoder_layers), len(model.decoder_layers))
    attention = model.get_submodule("encoder_layers.0.self_attn")
    assert isinstance(attention, MultiHeadAttention)
    # CTranslate2's defaults match this model: pre-norm, a norm at the end of each stack, ReLU,
    # embeddings scaled by sqrt(d_model).
    spec = TransformerSpec.from_config(layers, attention.num_heads)
    spec.config.layer_norm_epsilon = model.encoder_norm.eps
    spec.config.unk_token = SPECIALS[UNK_ID]
    spec.config.bos_token = spec.config.decoder_start_token = SPECIALS[BOS_ID]
    spec.config.eos_token = SPECIALS[EOS_ID]
    spec.config.add_source_eos = True
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    _fill(spec, model, num_positions)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    return num_positions


def _fill(spec: Any, model: Transformer, num_positions: int) -> None:
    """Put every weight of the model into its place."""
    embedding = _array(model.embedding.weight)
    positions = _array(sinusoids(0, num_positions, embedding.shape[1], torch.device("cpu")))
    spec.encoder.embeddings[0].weight = embedding
    spec.decoder.embeddings.weight = embedding
    spec.decoder.projection.weight = embedding
    spec.encoder.position_encodings.encodings = positions
    spec.decoder.position_encodings.encodings = positions
    for layer_spec, layer in zip(spec.encoder.layer, model.encoder_layers, strict=True):
        assert isinstance(layer, EncoderLayer)
        _fill_self_attention(layer_spec.self_attention, layer.self_attn_norm, layer.self_attn)
        _fill_feed_forward(layer_spec.ffn, layer.feed_forward_norm, layer.feed_forward)
    for layer_spec, layer in zip(spec.decoder.layer, model.decoder_layers, strict=True):
        assert isinstance(layer, DecoderLayer)
        _fill_self_attention(layer_spec.self_attention, layer.self_attn_norm, layer.self_attn)
        _fill_cross_attention(layer_spec.attention, layer.cross_attn_norm, layer.cross_attn)
        _fill_feed_forward(layer_spec.ffn, layer.feed_forward_norm, layer.feed_forward)
    _fill_norm(spec.encoder.layer_norm, model.encoder_norm)
    _fill_norm(spec.decoder.layer_norm, model.decoder_norm)


def _fill_self_attention(spec: Any, norm: nn.LayerNorm, attn: MultiHeadAttention) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear[0], attn.q_proj, attn.k_proj, attn.v_proj)
    _fill_linear(spec.linear[1], attn.out_proj)


def _fill_cross_attention(spec: Any, norm: nn.LayerNorm, attn: MultiHeadAttention) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear[0], attn.q_proj)
    _fill_linear(spec.linear[1], attn.k_proj, attn.v_proj)
    _fill_linear(spec.linear[2], attn.out_proj)


def _fill_feed_forward(spec: Any, norm: nn.LayerNorm, feed_forward: FeedForward) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear_0, feed_forward.in_proj)
    _fill_linear(spec.linear_1, feed_forward.out_proj)


def _fill_norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _fill_linear(spec: Any, *linears: nn.Linear) -> None:
    """The outputs of several layers are concatenated."""
    spec.weight = np.concatenate([_array(linear.weight) for linear in linears])
    spec.bias = np.concatenate([_array(linear.bias) for linear in linears])


def _array(tensor: Tensor) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """A copy: quantizing works in place."""
    return tensor.detach().float().cpu().numpy().copy()
