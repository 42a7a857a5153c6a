"""Multi-head attention: one sequence asks (queries), another answers (keys and values).

Shape suffixes of the tensor names below, after Noam Shazeer's convention:

    B  sentences in the batch           D  d_model
    Q  query positions                  H  attention heads
    M  memory positions (keys, values)  K  width of one head, D = H * K
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VECTOR = 16
"""Numbers that a processor takes at once, at most (float32, AVX-512)."""


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Everything that one attention computed, in the order in which it was computed."""

    query_input: Tensor
    """(B, Q, D) what became the queries."""
    memory: Tensor
    """(B, M, D) what became the keys and values."""
    queries: Tensor
    """(B, H, Q, K) = query_input @ W_Q + b_Q, split into heads."""
    keys: Tensor
    """(B, H, M, K) = memory @ W_K + b_K, split into heads."""
    values: Tensor
    """(B, H, M, K) = memory @ W_V + b_V, split into heads."""
    scores: Tensor
    """(B, H, Q, M) = queries @ keys^T."""
    scaled: Tensor
    """(B, H, Q, M) = scores / sqrt(K)."""
    mask: Tensor
    """(B, 1, Q, M), True where a query may not look."""
    weights: Tensor
    """(B, H, Q, M) = softmax of `scaled` over M; 0 where `mask`; each row sums to 1."""
    context: Tensor
    """(B, H, Q, K) = weights @ values."""
    concat: Tensor
    """(B, Q, D) the heads' contexts side by side."""
    output: Tensor
    """(B, Q, D) = concat @ W_O + b_O."""


Edit = Callable[[Tensor, Tensor], Tensor]
"""Weights (B, H, Q, M) and mask (B, 1, Q, M) -> the weights to go on with, of the same shape."""


class Dropout(nn.Module):
    """Set elements to zero with a probability, and scale up the others (Srivastava et al. 2014).

    torch draws such a mask on one thread, a number at a time, which took a quarter of a training
    step. Here each 64-bit number, from the same seeded generator, decides about eight elements,
    one by each of its bytes: an eighth of the numbers, and the rest is plain arithmetic. The price
    is that the probability is rounded to a 256th; the scale follows the rounded one. ModelConfig
    lets no probability pass that would round to 1, or to 0 without being 0.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.dropped_of_256 = round(256 * probability)
        """How many of a byte's values drop an element."""
        self.generator: torch.Generator | None = None
        """What it draws from; None is torch's own."""

    def forward(self, x: Tensor) -> Tensor:
        """The same shape; the same numbers when not training."""
        if not self.training or self.dropped_of_256 == 0:
            return x
        if x.device.type != "cpu":  # a GPU draws in parallel
            return F.dropout(x, self.dropped_of_256 / 256)
        num_words = (x.numel() + 7) // 8
        # torch.compile knows no generators, and it never meets one.
        own: dict[str, Any] = {} if self.generator is None else {"generator": self.generator}
        words = torch.randint(-(2**63), 2**63 - 1, (num_words,), **own)
        bytes_ = words.view(torch.uint8)[: x.numel()].view(x.shape)
        kept = bytes_.to(x.dtype).ge_(self.dropped_of_256)
        return x * kept.mul_(256 / (256 - self.dropped_of_256))


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention in several heads (Vaswani et al. 2017, section 3.2).

    Two paths give the same output: the fused one, when nobody looks, and the explicit formula,
    which hands over everything that it computes.
    """

    own_part: Tensor
    """(H, D), 1 / sqrt(K) at the places of a head's own numbers, 0 elsewhere."""

    def __init__(self, d_model: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads})")
        self.d_model = d_model
        self.num_heads = num_heads
        self.dropout = Dropout(dropout)
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        width = d_model // num_heads
        own_part_HD = torch.eye(num_heads).repeat_interleave(width, dim=1) / math.sqrt(width)
        self.register_buffer("own_part", own_part_HD, persistent=False)

    def forward(
        self,
        *,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
        record: list[Attention] | None = None,
        edit: Edit | None = None,
    ) -> Tensor:
        """Attend from `query` (B, Q, D) to `key` and `value`, each (B, M, D).

        `key_padding_mask` (B, M) is True at <pad>, as in torch.nn.MultiheadAttention.
        `is_causal` hides every position after the query's own; then Q must equal M.
        With a `record`, the explicit formula runs and appends its `Attention` to it; only there
        an `edit` replaces the weights, and all that follows from them.
        Returns the attended states (B, Q, D).
        """
        if query is key is value:
            q_BHQK, k_BHMK, v_BHMK = self._project(query, self.q_proj, self.k_proj, self.v_proj)
        else:
            q_BHQK = self.project_queries(query)
            k_BHMK, v_BHMK = self.project_memory(key=key, value=value)
        if record is None:
            return self.attend(
                q_BHQK, k_BHMK, v_BHMK, key_padding_mask=key_padding_mask, is_causal=is_causal
            )
        mask = _hidden(q_BHQK, k_BHMK, key_padding_mask, is_causal)
        record.append(self._explain(query, key, q_BHQK, k_BHMK, v_BHMK, mask, edit))
        return record[-1].output

    def project_queries(self, query: Tensor) -> Tensor:
        """(B, Q, D) -> (B, H, Q, K)"""
        return self._split_heads(self.q_proj(query))

    def project_memory(self, *, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """(B, M, D) twice -> keys and values, each (B, H, M, K)"""
        if key is value:
            k_BHMK, v_BHMK = self._project(key, self.k_proj, self.v_proj)
            return k_BHMK, v_BHMK
        return self._split_heads(self.k_proj(key)), self._split_heads(self.v_proj(value))

    def fused(self) -> tuple[Tensor, Tensor]:
        """W_Q, W_K and W_V in one matrix (3D, D), and their biases (3D,)."""
        projections = (self.q_proj, self.k_proj, self.v_proj)
        return torch.cat([p.weight for p in projections]), torch.cat([p.bias for p in projections])

    def split_projected(self, x_BLE: Tensor) -> list[Tensor]:
        """Projections side by side (B, L, n * D) -> n times (B, H, L, K)"""
        return [self._split_heads(x_BLD) for x_BLD in torch.split(x_BLE, self.d_model, dim=-1)]

    def attend(
        self,
        q_BHQK: Tensor,
        k_BHMK: Tensor,
        v_BHMK: Tensor,
        *,
        key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The fused path over projected queries, keys and values. Returns (B, Q, D)."""
        if self.training and self.dropout.dropped_of_256:  # fused, it would draw as torch does
            hidden_B1QM = _hidden(q_BHQK, k_BHMK, key_padding_mask, is_causal)
            weights_BHQM = _weights(_scaled(q_BHQK @ k_BHMK.mT, q_BHQK), hidden_B1QM)
            return self.out_proj(_join_heads(self.dropout(weights_BHQM) @ v_BHMK))
        keep = None
        if key_padding_mask is not None:  # here torch's convention turns: True is kept
            keep = ~key_padding_mask[:, None, None, :]
            if is_causal:
                keep = ~_hidden(q_BHQK, k_BHMK, key_padding_mask, is_causal)
        if keep is not None or is_causal:
            k_BHMK, v_BHMK, keep = _lengthened(k_BHMK, v_BHMK, keep)
        context_BHQK = _attended(q_BHQK, k_BHMK, v_BHMK, keep, is_causal and keep is None)
        return self.out_proj(_join_heads(context_BHQK))

    def attend_once(self, q_BD: Tensor, k_BMD: Tensor, v_BMD: Tensor) -> Tensor:
        """`attend` for one query of each sentence, which looks at everything. Returns (B, D).

        A head's products would be tiny, so a sentence's heads share them: each gets the whole
        query with zeros where the other heads' numbers stand, and of the context, for which it
        weighs all heads' values, only its own part is kept.
        """
        scaled_BHM = torch.bmm(q_BD.unsqueeze(1) * self.own_part, k_BMD.mT)
        # The exponentials of a row that fills vectors are taken a vector at a time.
        missing = -scaled_BHM.size(-1) % VECTOR
        filled_BHM = F.pad(scaled_BHM, (0, missing), value=-math.inf).softmax(dim=-1)
        weights_BHM = filled_BHM[..., : scaled_BHM.size(-1)]
        contexts_BHD = torch.bmm(weights_BHM, v_BMD)
        contexts_BHHK = contexts_BHD.view(*scaled_BHM.shape[:2], self.num_heads, -1)
        context_BKH = contexts_BHHK.diagonal(dim1=1, dim2=2)
        return self.out_proj(context_BKH.mT.flatten(start_dim=1))

    def _explain(
        self,
        query_input: Tensor,
        memory: Tensor,
        q_BHQK: Tensor,
        k_BHMK: Tensor,
        v_BHMK: Tensor,
        mask_B1QM: Tensor,
        edit: Edit | None,
    ) -> Attention:
        """The explicit formula, one line a step."""
        scores_BHQM = q_BHQK @ k_BHMK.mT
        scaled_BHQM = _scaled(scores_BHQM, q_BHQK)
        weights_BHQM = _weights(scaled_BHQM, mask_B1QM)
        if edit is not None:
            weights_BHQM = edit(weights_BHQM, mask_B1QM)
        context_BHQK = self.dropout(weights_BHQM) @ v_BHMK
        concat_BQD = _join_heads(context_BHQK)
        return Attention(
            query_input=query_input,
            memory=memory,
            queries=q_BHQK,
            keys=k_BHMK,
            values=v_BHMK,
            scores=scores_BHQM,
            scaled=scaled_BHQM,
            mask=mask_B1QM,
            weights=weights_BHQM,
            context=context_BHQK,
            concat=concat_BQD,
            output=self.out_proj(concat_BQD),
        )

    def _project(self, x_BLD: Tensor, *projections: nn.Linear) -> list[Tensor]:
        """(B, L, D) -> (B, H, L, K) for each projection.

        Side by side their weights make one wide matrix, and one wide product is faster than
        several narrow ones.
        """
        weight = torch.cat([projection.weight for projection in projections])
        bias = torch.cat([projection.bias for projection in projections])
        return self.split_projected(F.linear(x_BLD, weight, bias))

    def _split_heads(self, x_BLD: Tensor) -> Tensor:
        """(B, L, D) -> (B, H, L, K)"""
        return x_BLD.view(*x_BLD.shape[:2], self.num_heads, -1).transpose(1, 2)


def _join_heads(x_BHQK: Tensor) -> Tensor:
    """(B, H, Q, K) -> (B, Q, D): head 0's numbers first, then head 1's, ..."""
    return x_BHQK.transpose(1, 2).flatten(start_dim=2)


def _attended(
    q_BHQK: Tensor, k_BHMK: Tensor, v_BHMK: Tensor, keep: Tensor | None, is_causal: bool
) -> Tensor:
    """Torch's fused attention (B, H, Q, K); `keep` is True where a query may look."""
    if q_BHQK.device.type == "cpu" and q_BHQK.dtype == torch.bfloat16:
        # Backward, torch's takes six times as long in bfloat16 as in float32.
        with torch.autocast("cpu", enabled=False):
            return _attended(q_BHQK.float(), k_BHMK.float(), v_BHMK.float(), keep, is_causal)
    return F.scaled_dot_product_attention(
        q_BHQK, k_BHMK, v_BHMK, attn_mask=keep, is_causal=is_causal
    )


def _lengthened(
    k_BHMK: Tensor, v_BHMK: Tensor, keep: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Hidden keys behind the last, for a memory too short to fill a processor's vector.

    torch takes exponentials a vector at a time, and one by one what does not fill a vector: with
    AVX-512, 16 keys take half of the time that 15 do. A causal mask hides the new keys by itself.
    Compiled code is left as it is, or it would be another for each length.
    """
    missing = VECTOR - k_BHMK.size(2)
    if k_BHMK.device.type != "cpu" or torch.compiler.is_compiling() or missing <= 0:
        return k_BHMK, v_BHMK, keep
    longer = F.pad(k_BHMK, (0, 0, 0, missing)), F.pad(v_BHMK, (0, 0, 0, missing))
    return *longer, None if keep is None else F.pad(keep, (0, missing))


def _scaled(scores_BHQM: Tensor, q_BHQK: Tensor) -> Tensor:
    return scores_BHQM / math.sqrt(q_BHQK.size(-1))


def _weights(scaled_BHQM: Tensor, hidden_B1QM: Tensor) -> Tensor:
    return scaled_BHQM.masked_fill(hidden_B1QM, -math.inf).softmax(dim=-1)


def _hidden(
    q_BHQK: Tensor, k_BHMK: Tensor, key_padding_mask: Tensor | None, is_causal: bool
) -> Tensor:
    """(B, 1, Q, M), True where a query may not look."""
    shape = (q_BHQK.size(-2), k_BHMK.size(-2))
    hidden_QM = torch.zeros(shape, dtype=torch.bool, device=q_BHQK.device)
    if is_causal:
        hidden_QM = torch.ones_like(hidden_QM).triu(diagonal=1)
    hidden_B1QM = hidden_QM.expand(q_BHQK.size(0), 1, *shape)
    if key_padding_mask is not None:
        hidden_B1QM = hidden_B1QM | key_padding_mask[:, None, None, :]
    return hidden_B1QM
