"""The computation of translator/model/attention.py, faster, without records and edits.

It uses wide products instead of several narrow ones, torch's fused attention, keys padded to fill a
processor's vectors, and a separate path for a single query. Each function takes the module whose
weights it uses; attention.py explains the shape suffixes.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.model.attention import (
    MultiHeadAttention,
    attention_mask,
    join_heads,
    split_heads,
)

VECTOR = 16
"""Numbers that a processor handles at once, at most (float32, AVX-512)."""


def self_attention(
    attn: MultiHeadAttention,
    x_BLD: Tensor,
    *,
    key_padding_mask: Tensor | None = None,
    is_causal: bool = False,
) -> Tensor:
    """Q, K and V from `x`, by one product. Returns (B, L, D)."""
    q_BHLK, k_BHLK, v_BHLK = _project(attn, x_BLD, attn.q_proj, attn.k_proj, attn.v_proj)
    return attend(
        attn, q_BHLK, k_BHLK, v_BHLK, key_padding_mask=key_padding_mask, is_causal=is_causal
    )


def cross_attention(
    attn: MultiHeadAttention, x_BQD: Tensor, memory_BMD: Tensor, *, key_padding_mask: Tensor
) -> Tensor:
    """Q from `x`, K and V from `memory`. Returns (B, Q, D)."""
    q_BHQK = project_queries(attn, x_BQD)
    k_BHMK, v_BHMK = project_memory(attn, memory_BMD)
    return attend(attn, q_BHQK, k_BHMK, v_BHMK, key_padding_mask=key_padding_mask)


def project_queries(attn: MultiHeadAttention, x_BQD: Tensor) -> Tensor:
    """(B, Q, D) -> (B, H, Q, K)"""
    return split_heads(attn.q_proj(x_BQD), attn.num_heads)


def project_memory(attn: MultiHeadAttention, memory_BMD: Tensor) -> tuple[Tensor, Tensor]:
    """(B, M, D) -> keys and values, each (B, H, M, K), by one product."""
    k_BHMK, v_BHMK = _project(attn, memory_BMD, attn.k_proj, attn.v_proj)
    return k_BHMK, v_BHMK


def attend(
    attn: MultiHeadAttention,
    q_BHQK: Tensor,
    k_BHMK: Tensor,
    v_BHMK: Tensor,
    *,
    key_padding_mask: Tensor | None = None,
    is_causal: bool = False,
) -> Tensor:
    """Torch's fused attention on projected queries, keys and values. Returns (B, Q, D)."""
    keep = None
    if key_padding_mask is not None:  # here torch's convention is reversed: True is kept
        keep = ~key_padding_mask[:, None, None, :]
        if is_causal:
            keep = ~attention_mask(q_BHQK, k_BHMK, key_padding_mask, is_causal)
    if keep is not None or is_causal:
        k_BHMK, v_BHMK, keep = _lengthened(k_BHMK, v_BHMK, keep)
    context_BHQK = _fused(q_BHQK, k_BHMK, v_BHMK, keep, is_causal and keep is None)
    return attn.out_proj(join_heads(context_BHQK))


def side_by_side(*projections: nn.Linear) -> tuple[Tensor, Tensor]:
    """Their weights as one wide matrix (n * D, D), and their biases (n * D,)."""
    return torch.cat([p.weight for p in projections]), torch.cat([p.bias for p in projections])


def head_selector(attn: MultiHeadAttention) -> Tensor:
    """(H, D), 1 / sqrt(K) at the positions of a head's own numbers, 0 elsewhere."""
    d_model = attn.q_proj.out_features
    width = d_model // attn.num_heads
    selector_HD = torch.eye(attn.num_heads).repeat_interleave(width, dim=1) / math.sqrt(width)
    return selector_HD.to(attn.q_proj.weight.device)


def attend_once(
    attn: MultiHeadAttention, q_BD: Tensor, k_BMD: Tensor, v_BMD: Tensor, selector_HD: Tensor
) -> Tensor:
    """`attend` for one query of each sentence, which looks at everything. Returns (B, D).

    The products of one head would be tiny, so the heads of a sentence share them: each head gets
    the whole query with zeros in place of the other heads' numbers (`head_selector`), weighs the
    values of all heads, and keeps only its own part of the context.
    """
    scaled_BHM = torch.bmm(q_BD.unsqueeze(1) * selector_HD, k_BMD.mT)
    # The exponentials of a row that fills vectors are computed a vector at a time.
    missing = -scaled_BHM.size(-1) % VECTOR
    filled_BHM = F.pad(scaled_BHM, (0, missing), value=-math.inf).softmax(dim=-1)
    weights_BHM = filled_BHM[..., : scaled_BHM.size(-1)]
    contexts_BHD = torch.bmm(weights_BHM, v_BMD)
    contexts_BHHK = contexts_BHD.view(*scaled_BHM.shape[:2], attn.num_heads, -1)
    context_BKH = contexts_BHHK.diagonal(dim1=1, dim2=2)
    return attn.out_proj(context_BKH.mT.flatten(start_dim=1))


def _project(attn: MultiHeadAttention, x_BLD: Tensor, *projections: nn.Linear) -> list[Tensor]:
    """(B, L, D) -> (B, H, L, K) for each projection: one wide product beats several narrow ones."""
    projected_BLE = F.linear(x_BLD, *side_by_side(*projections))
    return [
        split_heads(part_BLD, attn.num_heads)
        for part_BLD in torch.split(projected_BLE, x_BLD.size(-1), dim=-1)
    ]


def _fused(
    q_BHQK: Tensor, k_BHMK: Tensor, v_BHMK: Tensor, keep: Tensor | None, is_causal: bool
) -> Tensor:
    """(B, H, Q, K); `keep` is True where a query may look."""
    if q_BHQK.device.type == "cpu" and q_BHQK.dtype == torch.bfloat16:
        # Torch's backward pass takes six times as long in bfloat16 as in float32.
        with torch.autocast("cpu", enabled=False):
            return _fused(q_BHQK.float(), k_BHMK.float(), v_BHMK.float(), keep, is_causal)
    return F.scaled_dot_product_attention(
        q_BHQK, k_BHMK, v_BHMK, attn_mask=keep, is_causal=is_causal
    )


def _lengthened(
    k_BHMK: Tensor, v_BHMK: Tensor, keep: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Hidden keys behind the last, for a memory too short to fill a processor's vector.

    torch computes exponentials a vector at a time, and one by one for numbers that do not fill a
    vector: with AVX-512, 16 keys take half the time of 15. A causal mask already hides the new
    keys.
    """
    missing = VECTOR - k_BHMK.size(2)
    if k_BHMK.device.type != "cpu" or missing <= 0:
        return k_BHMK, v_BHMK, keep
    longer = F.pad(k_BHMK, (0, 0, 0, missing)), F.pad(v_BHMK, (0, 0, 0, missing))
    return *longer, None if keep is None else F.pad(keep, (0, missing))
