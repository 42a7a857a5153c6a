"""Shared by the tests of attention: sizes, masks, inputs, and attention with identity weights."""

import pytest
import torch
from torch import Tensor, nn

from translator.model.attention import MultiHeadAttention

# All different, so that a swapped axis cannot pass by luck: sentences, queries, memory, width.
B, Q, M, D = 2, 5, 7, 12

PADDING = torch.tensor([[False] * M, [False] * 4 + [True] * 3])

NUM_HEADS = pytest.mark.parametrize("num_heads", [1, 3, D], ids="num_heads={}".format)
MASKS = pytest.mark.parametrize(
    ("padded", "is_causal"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["no mask", "padding", "causal", "padding and causal"],
)


def inputs(num_queries: int = Q) -> tuple[Tensor, Tensor]:
    """The input of the queries (B, Q, D) and the memory (B, M, D)."""
    return torch.randn(B, num_queries, D), torch.randn(B, M, D)


def identity_attention(d_model: int, num_heads: int) -> MultiHeadAttention:
    """Attention whose projections to queries, keys, values and output are the identity."""
    attn = MultiHeadAttention(d_model, num_heads)
    for projection in (attn.q_proj, attn.k_proj, attn.v_proj, attn.out_proj):
        nn.init.eye_(projection.weight)
        nn.init.zeros_(projection.bias)
    return attn
