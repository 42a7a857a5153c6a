"""The cross-attention of one sentence and its translation.

The translation may come from any search: it is read once more as the decoder's input, in one
pass, and what cross-attention computes there is what it computed step by step.

Shape suffixes: N decoder layers, H heads, T target positions, S source positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from translator.config import BOS_ID, PAD_ID
from translator.decoding import decode
from translator.model import Record, Transformer
from translator.tokenizer import Tokenizer
from translator.translation import Translator


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """Row t of the weights reads `reads[t]` and writes `writes[t]`."""

    source: list[str]
    """S pieces, </s> last."""
    reads: list[str]
    """T pieces, <s> first: what the decoder was given at each step."""
    writes: list[str]
    """T pieces, </s> last: what it predicted there."""
    logprobs: list[float]
    """T log-probabilities of what was written."""
    weights: Tensor
    """(N, H, T, S): over S each row sums to 1."""


def inspect_translation(translator: Translator, text: str) -> Inspection:
    """Translate `text`, in one piece however long it is, and look at it."""
    source = translator.tokenizer.encode(text)
    [[best, *_]] = decode(translator.model, [source], translator.beam_search())
    return inspect_pair(translator.model, translator.tokenizer, source, best.ids)


@torch.inference_mode()
def inspect_pair(
    model: Transformer, tokenizer: Tokenizer, source: Sequence[int], target: Sequence[int]
) -> Inspection:
    """Look at `source` ids (ending in </s>) and `target` ids."""
    model.eval()
    device = next(model.parameters()).device
    src = torch.tensor([source], device=device)
    tgt_in = torch.tensor([[BOS_ID, *target[:-1]]], device=device)
    tgt_out = torch.tensor([target], device=device)
    record = Record()
    memory = model.encode(src, src == PAD_ID)
    logits = model.decode(tgt_in, memory, src == PAD_ID, record)
    logprobs = logits.log_softmax(dim=-1).gather(-1, tgt_out.unsqueeze(-1)).flatten()
    return Inspection(
        source=tokenizer.pieces(source),
        reads=tokenizer.pieces(tgt_in[0].tolist()),
        writes=tokenizer.pieces(target),
        logprobs=logprobs.tolist(),
        weights=torch.cat([attention.weights for attention in record.cross_attn]).cpu(),
    )


def as_json(inspection: Inspection) -> dict[str, object]:
    """Plain data; `weights` is nested as layer, head, target step, source position."""
    return {
        "source": inspection.source,
        "reads": inspection.reads,
        "writes": inspection.writes,
        "logprobs": inspection.logprobs,
        "weights": inspection.weights.tolist(),
    }
