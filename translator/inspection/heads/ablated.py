"""Copies of a model in which some heads of cross-attention are changed permanently.

`Intervention` changes attention while a sentence is read; these copies have the change in their
weights. So they read batches and translate with the cache, as fast as any model; the tests compare
both.
"""

import copy
from collections.abc import Iterable

from torch import Tensor

from translator.inspection.heads.report import Head
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import DecoderLayer, Transformer


def zeroed(model: Transformer, heads: Iterable[Head]) -> Transformer:
    """A copy in which `heads` contribute nothing: their rows of W_O are zero."""
    changed = copy.deepcopy(model)
    for layer, head in heads:
        attn = cross_attn(changed, layer)
        # nn.Linear holds W_O transposed, so the rows are columns of its weight.
        _of_head(attn.out_proj.weight.detach().T, attn, head).zero_()
    return changed


def uniform(model: Transformer, heads: Iterable[Head]) -> Transformer:
    """A copy in which the attention weights of `heads` are uniform: their queries, and so all
    scores, are zero."""
    changed = copy.deepcopy(model)
    for layer, head in heads:
        attn = cross_attn(changed, layer)
        for parameter in (attn.q_proj.weight, attn.q_proj.bias):
            _of_head(parameter.detach(), attn, head).zero_()
    return changed


def cross_attn(model: Transformer, layer: int) -> MultiHeadAttention:
    """The cross-attention of a decoder layer."""
    decoder_layer = model.decoder_layers[layer]
    assert isinstance(decoder_layer, DecoderLayer)
    return decoder_layer.cross_attn


def _of_head(tensor: Tensor, attn: MultiHeadAttention, head: int) -> Tensor:
    """Of a tensor (D, ...), the head's part (K, ...), in place."""
    width = len(tensor) // attn.num_heads
    return tensor[head * width : (head + 1) * width]
