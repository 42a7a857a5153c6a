"""Attention: softmax(Q K^T / sqrt(d)) V, in several heads (Vaswani et al. 2017, section 3.2).

One sequence asks, another answers. Each position that asks makes a query from its state. Each
position that answers makes a key, by which it is found, and a value, which it hands over. In
self-attention a sequence asks itself; in cross-attention the decoder asks (Q) and the encoder's
output answers (K and V).

Shape suffixes of the tensor names below, after Noam Shazeer's convention:

    B  sentences in the batch           D  d_model
    Q  query positions                  H  attention heads
    M  memory positions (keys, values)  K  width of one head, D = H * K

This is the formula of the paper. Training and translation compute the same with
translator/model/fast_attention.py, which is tested against this module.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

Numbers = TypeVar("Numbers")
"""Tensors of a batch here; arrays of one sentence in an inspection."""
Edit = Callable[[Tensor, Tensor], Tensor]
"""Weights (B, H, Q, M) and mask (B, 1, Q, M) -> the weights to continue with, of the same shape."""


class Attended(NamedTuple):
    """The four lines of `scaled_dot_product_attention`."""

    scores: Tensor
    scaled: Tensor
    weights: Tensor
    context: Tensor


def scaled_dot_product_attention(
    q_BHQK: Tensor, k_BHMK: Tensor, v_BHMK: Tensor, mask_B1QM: Tensor, edit: Edit | None = None
) -> Attended:
    """softmax(Q K^T / sqrt(K)) V; `mask` is True where a query may not look."""
    # How well does each key fit each query? Long vectors have large products, so scale them down.
    scores_BHQM = q_BHQK @ k_BHMK.mT
    scaled_BHQM = scores_BHQM / math.sqrt(q_BHQK.size(-1))
    # Each query's row becomes shares that sum to 1, none of them where it may not look.
    weights_BHQM = scaled_BHQM.masked_fill(mask_B1QM, -math.inf).softmax(dim=-1)
    if edit is not None:
        weights_BHQM = edit(weights_BHQM, mask_B1QM)
    # What a query receives: the values, mixed in these shares.
    context_BHQK = weights_BHQM @ v_BHMK
    return Attended(scores_BHQM, scaled_BHQM, weights_BHQM, context_BHQK)


@dataclass(frozen=True, kw_only=True, eq=False)
class Attention(Generic[Numbers]):
    """Everything that one attention computed, in the order in which it was computed."""

    query_input: Numbers
    """(B, Q, D) what became the queries."""
    memory: Numbers
    """(B, M, D) what became the keys and values."""
    queries: Numbers
    """(B, H, Q, K) = query_input @ W_Q + b_Q, split into heads."""
    keys: Numbers
    """(B, H, M, K) = memory @ W_K + b_K, split into heads."""
    values: Numbers
    """(B, H, M, K) = memory @ W_V + b_V, split into heads."""
    scores: Numbers
    """(B, H, Q, M) = queries @ keys^T."""
    scaled: Numbers
    """(B, H, Q, M) = scores / sqrt(K)."""
    mask: Numbers
    """(B, 1, Q, M), True where a query may not look."""
    weights: Numbers
    """(B, H, Q, M) = softmax of `scaled` over M; 0 where `mask`; each row sums to 1."""
    context: Numbers
    """(B, H, Q, K) = weights @ values."""
    concat: Numbers
    """(B, Q, D) the heads' contexts side by side."""
    output: Numbers
    """(B, Q, D) = concat @ W_O + b_O."""


class MultiHeadAttention(nn.Module):
    """Multi-head attention: each head is K wide and has attention weights of its own."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads})")
        self.num_heads = num_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)

    def forward(
        self,
        query_input: Tensor,
        memory: Tensor,
        *,
        key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
        edit: Edit | None = None,
    ) -> Attention[Tensor]:
        """Q from `query_input` (B, Q, D), K and V from `memory` (B, M, D).

        In cross-attention these are the decoder's states and the encoder's output; in
        self-attention both are the same states.

        `key_padding_mask` (B, M) is True at <pad>, as in torch.nn.MultiheadAttention. `is_causal`
        hides every position after the query's own; then Q must equal M. An `edit` replaces the
        weights and everything computed from them.
        """
        queries = split_heads(self.q_proj(query_input), self.num_heads)
        keys = split_heads(self.k_proj(memory), self.num_heads)
        values = split_heads(self.v_proj(memory), self.num_heads)
        mask = attention_mask(queries, keys, key_padding_mask, is_causal)
        attended = scaled_dot_product_attention(queries, keys, values, mask, edit)
        concat = join_heads(attended.context)
        return Attention(
            query_input=query_input,
            memory=memory,
            queries=queries,
            keys=keys,
            values=values,
            mask=mask,
            **attended._asdict(),
            concat=concat,
            output=self.out_proj(concat),
        )


def split_heads(x_BLD: Tensor, num_heads: int) -> Tensor:
    """(B, L, D) -> (B, H, L, K): head 0 has the first K numbers of each position."""
    return x_BLD.view(*x_BLD.shape[:2], num_heads, -1).transpose(1, 2)


def join_heads(x_BHQK: Tensor) -> Tensor:
    """(B, H, Q, K) -> (B, Q, D): head 0's numbers first, then head 1's, ..."""
    return x_BHQK.transpose(1, 2).flatten(start_dim=2)


def attention_mask(
    q_BHQK: Tensor, k_BHMK: Tensor, key_padding_mask: Tensor | None, is_causal: bool
) -> Tensor:
    """(B, 1, Q, M), True where a query may not look."""
    shape = (q_BHQK.size(-2), k_BHMK.size(-2))
    mask_QM = torch.zeros(shape, dtype=torch.bool, device=q_BHQK.device)
    if is_causal:
        mask_QM = torch.ones_like(mask_QM).triu(diagonal=1)
    mask_B1QM = mask_QM.expand(q_BHQK.size(0), 1, *shape)
    if key_padding_mask is not None:
        mask_B1QM = mask_B1QM | key_padding_mask[:, None, None, :]
    return mask_B1QM
