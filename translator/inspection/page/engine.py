"""A model as the page has it: weights in base64, and the vocabulary.

The page's engine, js/model/, computes what the program computes, but for the rounding of weights:
`rounded` is the program with the weights of the page.
"""

import base64
import dataclasses
from copy import deepcopy
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from translator.decoding.translator import Translator
from translator.inspection.words import Array
from translator.model.transformer import DecoderLayer, Transformer
from translator.text.tokenizer import Tokenizer

Precision = Literal["float16", "int8", "float32"]
"""Of the weights in the file. With int8, each row of a matrix has a scale, and vectors (biases,
norms) stay float32."""

Embedded = dict[str, object]
"""Ready for JSON."""


def embed_model(translator: Translator, precision: Precision) -> Embedded:
    """What js/model/model.js reads: shape, weights, vocabulary and the configured search."""
    model, decoding = translator.model, translator.decoding
    return {
        "config": _config(translator),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "precision": precision,
        "tensors": embed_weights(model, precision),
        "vocabulary": _vocabulary(translator.tokenizer),
        "decoding": {"beamSize": decoding.beam_size, "lengthPenalty": decoding.length_penalty},
    }


def embed_weights(model: Transformer, precision: Precision) -> list[Embedded]:
    """What js/model/weights.js reads."""
    return [
        {"name": name, "shape": list(parameter.shape), **_embed(_numbers(parameter), precision)}
        for name, parameter in model.named_parameters()
    ]


def rounded(translator: Translator, precision: Precision) -> Translator:
    """The same translator with the weights that the page has, exactly.

    Of an ensemble, its first model alone.
    """
    model = deepcopy(translator.model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(_rounded(_numbers(parameter), precision)))
    return dataclasses.replace(translator, model=model, search=None)


def _config(translator: Translator) -> dict[str, int]:
    model = translator.model
    layer = model.decoder_layers[0]
    assert isinstance(layer, DecoderLayer)
    vocab_size, d_model = model.embedding.weight.shape
    return {
        "dModel": d_model,
        "numHeads": layer.cross_attn.num_heads,
        "numEncoderLayers": len(model.encoder_layers),
        "numDecoderLayers": len(model.decoder_layers),
        "dFf": layer.feed_forward.in_proj.out_features,
        "vocabSize": vocab_size,
        "maxSrcLength": translator.max_src_length,
        "splitOver": translator.decoding.split_over,
    }


def _embed(numbers: Array, precision: Precision) -> dict[str, str]:
    if precision == "float16":
        return {"data": _base64(numbers.astype("<f2"))}
    if precision == "float32" or numbers.ndim == 1:
        return {"data": _base64(numbers.astype("<f4"))}
    whole, scales = _quantized(numbers)
    return {"data": _base64(whole), "scales": _base64(scales.astype("<f4"))}


def _rounded(numbers: Array, precision: Precision) -> Array:
    if precision == "float16":
        return numbers.astype(np.float16).astype(np.float32)
    if precision == "float32" or numbers.ndim == 1:
        return numbers
    whole, scales = _quantized(numbers)
    return whole.astype(np.float32) * scales


def _quantized(numbers: Array) -> tuple[np.ndarray, Array]:
    """Whole numbers from -127 to 127 (rows, columns), and what each row is to be multiplied by
    (rows, 1)."""
    largest = np.abs(numbers).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, largest / np.float32(127), np.float32(1))
    return np.round(numbers / scales).astype(np.int8), scales


def _vocabulary(tokenizer: Tokenizer) -> Embedded:
    return {
        "kind": tokenizer.kind,
        "pieces": tokenizer.pieces(range(tokenizer.vocab_size)),
        "scores": [_short(score) for score in tokenizer.scores],
        "bytes": tokenizer.byte_ids,
    }


def _short(score: float) -> float:
    """With no more digits than tell it from the next number of 32 bits."""
    return int(score) if score == int(score) else float(str(np.float32(score)))


def _numbers(parameter: Tensor) -> Array:
    return parameter.detach().float().cpu().numpy()


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")
