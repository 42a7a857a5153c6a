"""The loss: label-smoothed cross-entropy and, with R-Drop, the divergence of two readings.

`translation_loss` is the formula, for reading. `fused_translation_loss` computes the same loss from
the decoder's states, with its own gradient; training uses it.

Shape suffixes: B sentences, T target positions, N of all these the real ones, R some of them,
P readings of the same sentences (1, or 2 with R-Drop), D d_model, V vocab_size.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from translator.config import PAD_ID

LOGITS_AT_ONCE = {"cpu": 2**20, "cuda": 2**27}
"""Logits that the fused loss computes at a time: few enough to fit into a CPU's cache; enough to
keep a GPU busy."""


def smoothed_cross_entropy(logits_NV: Tensor, targets_N: Tensor, smoothing: float) -> Tensor:
    """Label smoothing (Szegedy et al. 2016, section 7): nats, summed over the N targets.

    -sum over v of q(v) log p(v), where p is the softmax of the logits; q gives the target 1 -
    smoothing and spreads `smoothing` evenly over the vocabulary.
    """
    log_p_NV = logits_NV.log_softmax(dim=-1)
    one_hot_NV = F.one_hot(targets_N, logits_NV.size(-1))
    q_NV = (1 - smoothing) * one_hot_NV + smoothing / logits_NV.size(-1)
    return -(q_NV * log_p_NV).sum()


def symmetric_divergence(logits_NV: Tensor, other_logits_NV: Tensor) -> Tensor:
    """D(p || q) + D(q || p), the symmetric Kullback-Leibler divergence, summed over N, in nats."""
    log_p_NV, log_q_NV = logits_NV.log_softmax(dim=-1), other_logits_NV.log_softmax(dim=-1)
    return ((log_p_NV.exp() - log_q_NV.exp()) * (log_p_NV - log_q_NV)).sum()


def translation_loss(
    logits_PNV: Tensor, targets_N: Tensor, smoothing: float, consistency: float = 0.0
) -> Tensor:
    """Nats, summed over the N targets; with a `consistency`, of two readings (P = 2).

    Half of R-Drop's loss (Liang et al. 2021, equation 4, alpha being `consistency`), so that one
    reading and two are on the same scale: the mean cross-entropy of both, and alpha / 4 times the
    divergence of each from the other.
    """
    entropies = [smoothed_cross_entropy(logits, targets_N, smoothing) for logits in logits_PNV]
    loss = torch.stack(entropies).mean()
    if consistency:
        loss = loss + consistency / 4 * symmetric_divergence(*logits_PNV)
    return loss


def fused_translation_loss(
    states: Tensor,
    output_weight: Tensor,
    targets: Tensor,
    smoothing: float,
    consistency: float = 0.0,
) -> Tensor:
    """`translation_loss` of the logits `states @ output_weight.T`, which never exist all at once.

    `states` (P * B, T, D), all sentences of the first reading first; `output_weight` (V, D);
    `targets` (B, T), where <pad> does not count. Products are computed in the precision of the
    states, everything else in that of the weights.
    """
    targets_N = targets.flatten()
    states_PND = states.reshape(2 if consistency else 1, len(targets_N), -1)
    is_real_N = targets_N != PAD_ID
    counted_N1 = None
    if states.device.type == "cpu":
        states_PND, targets_N = states_PND[:, is_real_N], targets_N[is_real_N]
    else:  # counting them would wait for the GPU; there, <pad> has weight 0
        counted_N1 = is_real_N.unsqueeze(1).to(output_weight.dtype)
    loss: Tensor = _FusedTranslationLoss.apply(  # type: ignore[no-untyped-call]
        states_PND, output_weight, targets_N, smoothing, consistency, counted_N1
    )
    return loss


class _FusedTranslationLoss(torch.autograd.Function):
    """Some rows of logits at a time: project, score, make the gradient, forget.

    A plain cross-entropy writes and reads all N x V logits about six times, each time from memory.
    Here the logits stay in the cache until their gradient, the softmax minus the smoothed target,
    is computed. The even part of the smoothed target, smoothing / V, is the same for all logits, so
    its products are computed once from sums.

    `counted_N1` is 1 for a real target and 0 for <pad>, or None if all targets are real.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        states_PND: Tensor,
        weight_VD: Tensor,
        targets_N: Tensor,
        smoothing: float,
        consistency: float,
        counted_N1: Tensor | None,
    ) -> Tensor:
        (readings, num_rows, _), vocab_size = states_PND.shape, len(weight_VD)
        rows_at_once = max(1, LOGITS_AT_ONCE[states_PND.device.type] // (readings * vocab_size))
        grad_states_PND = torch.empty_like(states_PND)
        grad_weight_VD = torch.zeros_like(weight_VD)
        factor_VD = weight_VD.to(states_PND.dtype)
        loss = weight_VD.new_zeros(())
        for start in range(0, num_rows, rows_at_once):
            rows = slice(start, start + rows_at_once)
            logits_PRV = (states_PND[:, rows] @ factor_VD.T).to(weight_VD.dtype)
            losses_PR1, grad_PRV = _scored(logits_PRV, targets_N[rows], smoothing, consistency)
            if counted_N1 is not None:
                losses_PR1 *= counted_N1[rows]
                grad_PRV *= counted_N1[rows]
            loss += losses_PR1.sum()
            grad_PRV = grad_PRV.to(states_PND.dtype)
            for p in range(readings):
                torch.mm(grad_PRV[p], factor_VD, out=grad_states_PND[p, rows])
                _add_product(grad_weight_VD, grad_PRV[p].T, states_PND[p, rows])
        evenly = smoothing / vocab_size
        counted_PND = states_PND if counted_N1 is None else states_PND * counted_N1
        sum_of_states_D = counted_PND.sum(dim=(0, 1), dtype=weight_VD.dtype)
        even_D = evenly * weight_VD.sum(dim=0)
        loss -= sum_of_states_D @ even_D
        grad_states_PND.sub_(even_D if counted_N1 is None else counted_N1 * even_D)
        grad_weight_VD.sub_(evenly * sum_of_states_D)
        ctx.save_for_backward(grad_states_PND.div_(readings), grad_weight_VD.div_(readings))
        return loss.div_(readings)

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor, Tensor, None, None, None, None]:
        grad_states_PND, grad_weight_VD = ctx.saved_tensors
        return grad_states_PND * grad_loss, grad_weight_VD * grad_loss, None, None, None, None


def _scored(
    logits_PRV: Tensor, targets_R: Tensor, smoothing: float, consistency: float
) -> tuple[Tensor, Tensor]:
    """The losses of some rows (P, R, 1) and their gradient by the logits (P, R, V), both without
    the even part of the smoothed targets. Overwrites `logits_PRV`."""
    targets_PR1 = targets_R.expand(len(logits_PRV), -1).unsqueeze(2)
    target_logits_PR1 = logits_PRV.gather(2, targets_PR1)
    highest_PR1 = logits_PRV.amax(dim=2, keepdim=True)
    difference_RV = logits_PRV[0] - logits_PRV[1] if consistency else None
    probs_PRV = torch.softmax(logits_PRV, dim=2, out=logits_PRV)
    # The negative log-probability of the target, relative to the largest logit: large logits may
    # differ little.
    log_prob_PR1 = probs_PRV.amax(dim=2, keepdim=True).log()
    losses_PR1 = highest_PR1 - target_logits_PR1 - log_prob_PR1
    losses_PR1 += smoothing * target_logits_PR1
    pull_PRV = None
    if difference_RV is not None:
        log_sum_PR1 = highest_PR1 - log_prob_PR1
        divergence_R1, pull_PRV = _divergence(
            probs_PRV, difference_RV.sub_(log_sum_PR1[0] - log_sum_PR1[1])
        )
        losses_PR1 += consistency / 4 * divergence_R1
    grad_PRV = probs_PRV.scatter_add_(
        2, targets_PR1, torch.full_like(target_logits_PR1, smoothing - 1)
    )
    if pull_PRV is not None:
        grad_PRV.add_(pull_PRV, alpha=consistency / 2)
    return losses_PR1, grad_PRV


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b, which may be of lower precision."""
    if a.dtype == total.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b


def _divergence(probs_2RV: Tensor, difference_RV: Tensor) -> tuple[Tensor, Tensor]:
    """D(p || q) + D(q || p) of each row (R, 1); its gradient by both rows of logits (2, R, V).

    `difference_RV` is log p - log q.
    """
    p_RV, q_RV = probs_2RV
    one_way_R1 = (p_RV * difference_RV).sum(dim=1, keepdim=True)
    other_way_R1 = -(q_RV * difference_RV).sum(dim=1, keepdim=True)
    gradient_2RV = torch.stack(
        [
            p_RV * (difference_RV - one_way_R1) + (p_RV - q_RV),
            q_RV * (-difference_RV - other_way_R1) + (q_RV - p_RV),
        ]
    )
    return one_way_R1 + other_way_R1, gradient_2RV
