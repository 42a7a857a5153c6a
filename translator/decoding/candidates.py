"""Which tokens may come next: how a search chooses among them.

Shape suffixes of the tensor names below:

    B  sentences                         C  candidates: hypotheses one token longer
    W  live hypotheses of one sentence   X  blocks of the vocabulary
    V  vocab_size                        S  tokens of one block
    L  longest allowed target
"""

import functools
import hashlib
import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from translator.config import BOS_ID, PAD_ID, UNK_ID
from translator.decoding.strategies import BeamSearch, Sampling, Strategy

NEVER_GENERATED = [PAD_ID, UNK_ID, BOS_ID]
"""Tokens that no sentence contains. <unk> is not needed: text without a piece is spelled in
bytes."""


def forbid(logprobs_BWV: Tensor, forced: Sequence[Sequence[int]]) -> None:
    """Set tokens that may not come next to -inf, in place: within a prefix, all tokens but the
    forced one.

    `forced` holds one token of each sentence, or none.
    """
    for b, token in enumerate(forced):
        if token:
            only_W1 = logprobs_BWV[b, :, list(token)]
            logprobs_BWV[b] = -math.inf
            logprobs_BWV[b, :, list(token)] = only_W1
    for never in NEVER_GENERATED:
        logprobs_BWV[..., never] = -math.inf


def most_probable(logprobs_BWV: Tensor, total_BW: Tensor, num: int) -> Tensor:
    """The best candidates (B, C), best first, as w * V + token.

    The search covers the `num` blocks of the vocabulary with the highest maxima, which contain all
    of them: a maximum is much faster than a sort.
    """
    size = _block_size(logprobs_BWV.size(-1))
    block_BWXS = logprobs_BWV.view(*logprobs_BWV.shape[:2], -1, size)
    best_BY = (block_BWXS.amax(dim=-1) + total_BW.unsqueeze(-1)).flatten(1)  # Y = W * X
    y_BC = best_BY.topk(min(num, best_BY.size(1))).indices
    total_BC1 = total_BW.gather(1, y_BC // block_BWXS.size(2)).unsqueeze(-1)
    inside_S = torch.arange(size, device=y_BC.device)
    choice_BCS = y_BC.unsqueeze(-1) * size + inside_S
    candidate_BCS = block_BWXS.flatten(1, 2).gather(1, y_BC.unsqueeze(-1).expand_as(choice_BCS))
    score_BZ = (candidate_BCS + total_BC1).flatten(1)  # Z = C * S
    best_BC = score_BZ.topk(min(num, score_BZ.size(1))).indices
    return choice_BCS.flatten(1).gather(1, best_BC)


@functools.cache
def _block_size(vocab_size: int) -> int:
    """The divisor nearest to 100, which measured fastest."""
    divisors = [size for size in range(1, vocab_size + 1) if vocab_size % size == 0]
    return min(divisors, key=lambda size: abs(size - 100))


def draw(logprobs_BWV: Tensor, uniform_BC: Tensor, sampling: Sampling) -> Tensor:
    """One token for each uniform number (B, C), as w * V + token, by inverting the distribution."""
    probs_BWV = (logprobs_BWV / sampling.temperature).softmax(dim=-1)
    if sampling.top_k > 0 or sampling.top_p < 1:
        probs_BWV = _without_tail(probs_BWV, sampling.top_k, sampling.top_p)
    cumulated_BWV = probs_BWV.cumsum(dim=-1)
    num_sentences, width, vocab_size = probs_BWV.shape
    # In the first decoding step, all samples come from one distribution (W = 1), later each from
    # its own.
    wanted_BWC = uniform_BC.view(num_sentences, width, -1) * cumulated_BWV[..., -1:]
    token_BWC = torch.searchsorted(cumulated_BWV, wanted_BWC, right=True)
    first_W1 = torch.arange(width, device=token_BWC.device).unsqueeze(1) * vocab_size
    return (first_W1 + token_BWC).flatten(1)


def _without_tail(probs_BWV: Tensor, top_k: int, top_p: float) -> Tensor:
    """Probabilities, zero except for the `top_k` most probable tokens and, among them, the fewest
    that sum to `top_p`."""
    descending_BWV, order_BWV = probs_BWV.sort(dim=-1, descending=True)
    if top_k > 0:
        descending_BWV[..., top_k:] = 0
    before_BWV = descending_BWV.cumsum(dim=-1) - descending_BWV
    enough_BW1 = top_p * descending_BWV.sum(dim=-1, keepdim=True)
    descending_BWV[before_BWV >= enough_BW1] = 0
    return torch.zeros_like(probs_BWV).scatter(2, order_BWV, descending_BWV)


def uniforms(source: Sequence[int], strategy: Strategy, limit: int) -> list[list[float]]:
    """(L, num_samples) numbers in [0, 1) that depend only on the source and the seed."""
    if isinstance(strategy, BeamSearch):
        return []
    key = hashlib.sha256(repr((strategy.seed, list(source))).encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
    # Position by position, so that the first numbers are the same however many there are.
    uniform_LW = torch.rand(limit, strategy.num_samples, generator=generator)
    # Safely below 1: rounding must not carry a sample past the last token.
    return cast("list[list[float]]", (uniform_LW * (1 - 1e-6)).tolist())
