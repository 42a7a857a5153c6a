"""Records an inspection: one pass of the model that keeps everything its attention computes.

The translation may come from any search or from the user: the decoder reads it once more, as its
input, in one pass, and what attention computes there is what it computed in each decoding step.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from translator.config import EOS_ID, PAD_ID
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch, Strategy
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.inspection import Alternative, AttentionLayer, Inspection, Kind
from translator.inspection.words import Array
from translator.model.attention import Attention, MultiHeadAttention
from translator.model.transformer import DecoderLayer, EncoderLayer, Record, Transformer
from translator.text.batching import collate
from translator.text.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

NUM_ALTERNATIVES = 5
MAX_TOKENS = 512
"""Tokens on either side: a larger matrix is unreadable as a picture, and its record fills the
memory."""


def inspect_translation(
    translator: Translator, text: str, strategy: Strategy | None = None
) -> Inspection:
    """Translate `text`, whole however long it is, and inspect the best translation.

    Without a `strategy`, the configured beam search is used. Raises InspectionError for a blank
    text and for more than MAX_TOKENS tokens.
    """
    strategy = strategy or translator.beam_search()
    source = _encode(translator, text, "text")
    [[best, *_]] = decode(translator.model, [source], strategy)
    return _inspect(translator, source, best.ids[:MAX_TOKENS], _describe_search(strategy, best.ids))


def inspect_pair(translator: Translator, text: str, tgt: str) -> Inspection:
    """Inspect `text` and its translation `tgt`, which the decoder reads as if it had written it.

    Raises InspectionError if either is blank or has more than MAX_TOKENS tokens.
    """
    source, target = _encode(translator, text, "text"), _encode(translator, tgt, "translation")
    return _inspect(translator, source, target, "given by the user")


def _encode(translator: Translator, text: str, what: str) -> list[int]:
    ids = translator.tokenizer.encode(text)
    if ids == [EOS_ID]:
        raise InspectionError(f"the {what} is blank: give a sentence")
    if len(ids) > MAX_TOKENS:
        raise InspectionError(
            f"the {what} has {len(ids)} tokens, and inspection takes at most {MAX_TOKENS}: inspect "
            "it sentence by sentence"
        )
    if what == "text" and len(ids) > translator.max_src_length:
        logger.warning(
            "the text has %d tokens, but the model was trained on at most %d: the text is "
            "inspected whole, and the end will be translated badly",
            len(ids),
            translator.max_src_length,
        )
    elif what == "text" and (number := len(translator.sentences(text))) > 1:
        logger.warning(
            "the text has %d sentences: it is inspected whole, but translated sentence by sentence "
            "(decoding.split_over)",
            number,
        )
    return ids


def _describe_search(strategy: Strategy, ids: Sequence[int]) -> str:
    if not isinstance(strategy, BeamSearch):
        name = f"sampled, temperature {strategy.temperature}, seed {strategy.seed}"
    elif strategy.beam_size == 1:
        name = "greedy"
    else:
        name = f"beam search, beam {strategy.beam_size}, hypothesis 1"
    return name if ids[-1] == EOS_ID else f"{name}, cut off at the length limit"


def _inspect(translator: Translator, source: list[int], target: list[int], how: str) -> Inspection:
    model, tokenizer = translator.model, translator.tokenizer
    with evaluating(model):
        record, read_ids, logprobs_TV = record_pass(model, source, target)
    steps = torch.arange(len(target))
    return Inspection(
        text=tokenizer.text(source),
        translation=tokenizer.text(target),
        how=how,
        source=tokenizer.pieces(source),
        source_ids=source,
        reads=tokenizer.pieces(read_ids),
        read_ids=read_ids,
        writes=tokenizer.pieces(target),
        write_ids=target,
        logprobs=logprobs_TV[steps, target].numpy(),
        alternatives=[_alternatives(tokenizer, row) for row in logprobs_TV],
        encoder_self_attn=_layers(model, record, "encoder_self_attn"),
        decoder_self_attn=_layers(model, record, "decoder_self_attn"),
        cross_attn=_layers(model, record, "cross_attn"),
    )


@contextmanager
def evaluating(model: Transformer) -> Iterator[None]:
    """Switch dropout off inside of the `with` block."""
    if not model.training:  # switching all modules takes as long as a short pass
        yield
        return
    model.eval()
    try:
        yield
    finally:
        model.train()


@torch.inference_mode()
def record_pass(
    model: Transformer, source: list[int], target: list[int]
) -> tuple[Record, list[int], Tensor]:
    """One teacher-forced pass: its record, the ids that it read, log-probabilities (T, V)."""
    batch = collate([(source, target)]).to(next(model.parameters()).device)
    record = Record()
    memory = model.encode(batch.src, batch.src == PAD_ID, record)
    logits = model.logits(batch.tgt_in, memory, batch.src == PAD_ID, record)
    return record, batch.tgt_in[0].tolist(), logits[0].float().log_softmax(dim=-1).cpu()


def _alternatives(tokenizer: Tokenizer, logprobs_V: Tensor) -> list[Alternative]:
    top = logprobs_V.topk(min(NUM_ALTERNATIVES, logprobs_V.numel()))
    pieces = tokenizer.pieces(top.indices.tolist())
    return [Alternative(*pair) for pair in zip(pieces, top.values.tolist(), strict=True)]


def _layers(model: Transformer, record: Record, kind: Kind) -> list[AttentionLayer]:
    layers = model.encoder_layers if kind == "encoder_self_attn" else model.decoder_layers
    result = []
    for layer, attention in zip(layers, getattr(record, kind), strict=True):
        assert isinstance(layer, EncoderLayer | DecoderLayer)
        module = layer.get_submodule(kind.removeprefix("encoder_").removeprefix("decoder_"))
        assert isinstance(module, MultiHeadAttention)
        result.append(_layer(attention, module))
    return result


def _layer(attention: Attention[Tensor], module: MultiHeadAttention) -> AttentionLayer:
    """A batch of one sentence -> that sentence."""
    w_o = module.out_proj.weight.detach().T
    # Per head: the norm of each projected value; the weight, a scalar, only scales it.
    w_o_HKD = w_o.reshape(module.num_heads, -1, w_o.size(1))
    lengths_H1M = (attention.values[0] @ w_o_HKD).norm(dim=-1).unsqueeze(1)
    recorded: dict[str, NDArray[Any]] = {
        shared.name: _array(getattr(attention, shared.name)[0]) for shared in fields(Attention)
    }
    recorded["mask"] = recorded["mask"][0].astype(bool)  # one for all heads
    return AttentionLayer(
        **recorded,
        norms=_array(attention.weights[0] * lengths_H1M),
        w_o=_array(w_o),
        b_o=_array(module.out_proj.bias.detach()),
    )


def _array(tensor: Tensor) -> Array:
    """A copy, so that further training of the model does not change it."""
    return np.ascontiguousarray(tensor.float().cpu().numpy()).copy()
