"""What the page's engine computes with: weights, rounded as they travel, and the vocabulary."""

import base64
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from translator.config import BOS_ID
from translator.decoding.translator import Translator
from translator.model.attention import MultiHeadAttention

Precision = Literal["float16", "int8", "float32"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
_Array = NDArray[Any]


def embed_model(translator: Translator, precision: Precision) -> dict[str, object]:
    """The model as plain data, for JSON: the same translator gives the same."""
    model, tokenizer = translator.model, translator.tokenizer
    attention = model.get_submodule("encoder_layers.0.self_attn")
    feed_forward = model.get_submodule("encoder_layers.0.feed_forward.in_proj")
    assert isinstance(attention, MultiHeadAttention)
    assert isinstance(feed_forward, torch.nn.Linear)
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    ids = {piece: i for i, piece in enumerate(pieces)}
    scores = [tokenizer._processor.get_score(i) for i in range(tokenizer.vocab_size)]
    return {
        "config": {
            "dModel": model.embedding.embedding_dim,
            "numHeads": attention.num_heads,
            "numEncoderLayers": len(model.encoder_layers),
            "numDecoderLayers": len(model.decoder_layers),
            "dFf": feed_forward.out_features,
            "vocabSize": tokenizer.vocab_size,
            "maxSrcLength": translator.max_src_length,
        },
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "precision": precision,
        "tensors": list(_tensors(translator, precision)),
        "vocabulary": {
            "kind": "bpe" if tokenizer._is_bpe else "unigram",
            "pieces": pieces,
            "scores": [0.0 if i <= BOS_ID + 1 else score for i, score in enumerate(scores)],
            "bytes": [ids[f"<0x{byte:02X}>"] for byte in range(256)],
        },
        "decoding": {
            "beamSize": translator.decoding.beam_size,
            "lengthPenalty": translator.decoding.length_penalty,
        },
    }


def rounded(translator: Translator, precision: Precision) -> Translator:
    """A copy whose weights are, exactly, those that the page will have."""
    model = copy.deepcopy(translator.model)
    for parameter in model.parameters():
        values = parameter.detach().float().cpu().numpy()
        stored, scales = _store(values, precision)
        restored = stored.astype(np.float32) * (1 if scales is None else scales[:, None])
        parameter.data.copy_(torch.from_numpy(restored.astype(np.float32)))
    return replace(translator, model=model)


def _tensors(translator: Translator, precision: Precision) -> Iterator[dict[str, object]]:
    for name, parameter in translator.model.named_parameters():
        values = parameter.detach().float().cpu().numpy()
        stored, scales = _store(values, precision)
        tensor: dict[str, object] = {"name": name, "shape": list(values.shape)}
        tensor["data"] = _base64(stored)
        yield tensor if scales is None else {**tensor, "scales": _base64(scales)}


def _store(values: _Array, precision: Precision) -> tuple[_Array, _Array | None]:
    """As the file has them, with a scale a row for the matrices of int8."""
    if precision == "float16":
        return values.astype("<f2"), None
    if precision == "float32" or values.ndim < 2:
        return values.astype("<f4"), None
    scales = (np.abs(values).max(axis=1) / 127).astype("<f4")
    scales[scales == 0] = 1
    return np.rint(values / scales[:, None]).astype("<i1"), scales


def _base64(values: _Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
