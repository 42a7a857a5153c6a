"""What one step of learning is made of: pure functions of a model and a step number.

Shape suffixes: B sentences, T target positions, N of all these the real ones, R some of them,
P readings of the same sentences (1 or 2), D d_model, V vocab_size.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from translator.config import PAD_ID, TrainingConfig

LOGITS_AT_ONCE = {"cpu": 2**20, "cuda": 2**27}
"""How many logits the loss makes at a time: few enough to stay in a processor's cache; enough to
keep a GPU busy."""


def learning_rate_at(step: int, config: TrainingConfig) -> float:
    """The learning rate of step `step`, counted from 0.

    It rises linearly over `warmup_steps`, then falls: with "cosine" to 0 at `max_steps`
    (Loshchilov and Hutter 2017), with "linear" along a straight line to the same end, with
    "inverse_sqrt" by 1/sqrt(step) (Vaswani et al. 2017, 5.3).
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "inverse_sqrt":
        return config.learning_rate * math.sqrt(max(1, config.warmup_steps) / (step + 1))
    done = min(1.0, (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps))
    if config.schedule == "linear":
        return config.learning_rate * (1 - done)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def smoothed_cross_entropy(
    states: Tensor,
    output_weight: Tensor,
    targets: Tensor,
    smoothing: float,
    consistency: float = 0.0,
    weights: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the logits `states @ output_weight.T` against smoothed targets.

    `states` (B, T, D), `output_weight` (V, D), `targets` (B, T) -> nats, summed over all targets
    that are not <pad>. The target has probability 1 - smoothing; `smoothing` is spread evenly over
    the vocabulary (Szegedy et al. 2016, section 7). The logits never exist all at once; their
    products are made in the precision of the states, all else in that of the weights.

    With a `consistency`, `states` is (2B, T, D): the same B sentences read twice, under different
    dropout. The result is half of R-Drop's loss (Liang et al. 2021, equation 4, alpha being
    `consistency`): the mean cross-entropy of both readings, and alpha / 4 times the divergence of
    each from the other. With `weights` (B,), all of a sentence counts that many times; they may be
    negative.
    """
    targets_N = targets.flatten()
    states_PND = states.reshape(2 if consistency else 1, len(targets_N), -1)
    weights_N1 = None
    if weights is not None:
        weights_N1 = weights[:, None].expand_as(targets).reshape(-1, 1)
    is_real_N = targets_N != PAD_ID
    if states.device.type == "cpu":
        states_PND, targets_N = states_PND[:, is_real_N], targets_N[is_real_N]
        weights_N1 = None if weights_N1 is None else weights_N1[is_real_N]
    else:  # to count them, a GPU would have to be waited for; there <pad> weighs nothing
        is_real_N1 = is_real_N.unsqueeze(1).to(output_weight.dtype)
        weights_N1 = is_real_N1 if weights_N1 is None else is_real_N1 * weights_N1
    loss: Tensor = _ProjectedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        states_PND,
        output_weight,
        targets_N,
        smoothing,
        consistency,
        weights_N1,
    )
    return loss


class _ProjectedCrossEntropy(torch.autograd.Function):
    """Some rows of logits at a time: project, score, make the gradient, forget.

    A plain cross-entropy writes and reads all N x V logits about six times, and at this size each
    time goes to memory. Here they stay in the cache, and the gradient is made while they are
    there: the softmax minus the smoothed target. Of the latter the even part, smoothing / V, is
    the same for all logits, so its products are made once from sums.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        states_PND: Tensor,
        weight_VD: Tensor,
        targets_N: Tensor,
        smoothing: float,
        consistency: float,
        weights_N1: Tensor | None,
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
            targets_PR1 = targets_N[rows].expand(readings, -1).unsqueeze(2)
            target_logits_PR1 = logits_PRV.gather(2, targets_PR1)
            highest_PR1 = logits_PRV.amax(dim=2, keepdim=True)
            difference_RV = logits_PRV[0] - logits_PRV[1] if consistency else None
            probs_PRV = torch.softmax(logits_PRV, dim=2, out=logits_PRV)
            # Minus the target's log-probability, by its distance from the most probable token:
            # large logits may differ little.
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
            if weights_N1 is not None:
                losses_PR1 *= weights_N1[rows]
                grad_PRV *= weights_N1[rows]
            loss += losses_PR1.sum()
            grad_PRV = grad_PRV.to(states_PND.dtype)
            for p in range(readings):
                torch.mm(grad_PRV[p], factor_VD, out=grad_states_PND[p, rows])
                _add_product(grad_weight_VD, grad_PRV[p].T, states_PND[p, rows])
        evenly = smoothing / vocab_size
        counted_PND = states_PND if weights_N1 is None else states_PND * weights_N1
        sum_of_states_D = counted_PND.sum(dim=(0, 1), dtype=weight_VD.dtype)
        even_D = evenly * weight_VD.sum(dim=0)
        loss -= sum_of_states_D @ even_D
        ctx.save_for_backward(
            grad_states_PND.sub_(even_D if weights_N1 is None else weights_N1 * even_D).div_(
                readings
            ),
            grad_weight_VD.sub_(evenly * sum_of_states_D).div_(readings),
        )
        return loss.div_(readings)

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor) -> tuple[Tensor, Tensor, None, None, None, None]:
        grad_states_PND, grad_weight_VD = ctx.saved_tensors
        return grad_states_PND * grad_loss, grad_weight_VD * grad_loss, None, None, None, None


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b, which may be of lower precision."""
    if a.dtype == total.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b


def _divergence(probs_2RV: Tensor, difference_RV: Tensor) -> tuple[Tensor, Tensor]:
    """KL(p || q) + KL(q || p) of each row (R, 1); its gradient by both rows of logits (2, R, V).

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


def make_optimizers(model: nn.Module, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """AdamW (Loshchilov and Hutter 2019) for all, or Muon for the matrices of the layers.

    Weight decay touches these matrices only, not embeddings, norms and biases. Each group's
    `lr_ratio` is its learning rate in units of `config.learning_rate`.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() > 1 and not name.startswith("embedding")
        (matrices if is_matrix else others).append(parameter)
    kept = {"params": others, "weight_decay": 0.0, "lr_ratio": 1.0}
    if config.optimizer == "muon":
        ratio = config.muon_learning_rate / config.learning_rate
        muon = Muon(
            matrices,
            lr_ratio=ratio,
            weight_decay=config.weight_decay,
            dtype=getattr(torch, config.precision),
        )
        return [muon, _adamw([kept], config)]
    decayed = {"params": matrices, "weight_decay": config.weight_decay, "lr_ratio": 1.0}
    return [_adamw([decayed, kept], config)]


def _adamw(groups: list[dict[str, Any]], config: TrainingConfig) -> torch.optim.AdamW:
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=config.betas, eps=1e-9, fused=True
    )


class Muon(torch.optim.Optimizer):
    """Momentum whose every step is made orthogonal (Jordan et al. 2024), for matrices.

    Unlike torch.optim.Muon it computes in `dtype`, since many processors only emulate bfloat16, and
    takes all matrices of a shape at once, since one is too small to keep two threads busy.
    """

    MOMENTUM = 0.95

    def __init__(
        self,
        matrices: Sequence[nn.Parameter],
        *,
        lr_ratio: float,
        weight_decay: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._dtype = dtype
        by_shape: dict[torch.Size, list[nn.Parameter]] = {}
        for matrix in matrices:
            by_shape.setdefault(matrix.shape, []).append(matrix)
        groups = [{"params": alike} for alike in by_shape.values()]
        super().__init__(groups, {"lr": 0.0, "lr_ratio": lr_ratio, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no closures here
        """Move every matrix against the orthogonalized momentum of its gradient."""
        for group in self.param_groups:
            matrices = group["params"]
            momenta = [self._momentum(matrix) for matrix in matrices]
            gradients = [matrix.grad for matrix in matrices]
            torch._foreach_lerp_(momenta, gradients, 1 - self.MOMENTUM)
            ahead = torch._foreach_lerp(gradients, momenta, self.MOMENTUM)  # Nesterov's
            directions = orthogonalize(torch.stack(ahead), self._dtype)
            # A tall matrix turns a typical input into an output that much longer.
            length = max(1.0, matrices[0].size(0) / matrices[0].size(1)) ** 0.5
            torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_add_(matrices, directions.unbind(), alpha=-group["lr"] * length)

    def _momentum(self, matrix: nn.Parameter) -> Tensor:
        state = self.state[matrix]
        if not state:
            state["momentum"] = torch.zeros_like(matrix)
        return state["momentum"]


def orthogonalize(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Bring the singular values of each matrix near 1, to within about 0.3.

    `matrices` (number, rows, columns) -> the same shape and type; products are made in `dtype`.

    Five steps of the quintic Newton-Schulz iteration with the coefficients of Jordan et al. 2024,
    which trade exactness for speed near zero: values below about a 700th of the matrix's norm
    grow, but stay smaller.
    """
    is_tall = matrices.size(1) > matrices.size(2)
    x = matrices.mT if is_tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)  # no singular value is above 1
    x = x.to(dtype)
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315) @ x
    return (x.mT if is_tall else x).to(matrices.dtype)


def set_lengths(rows_VD: Tensor, lengths_V1: Tensor) -> None:
    """Give each row that length, whatever it has; a row of zeros stays."""
    rows_VD.copy_(F.normalize(rows_VD, dim=1) * lengths_V1)


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move `average` towards `model`, after step `step` (counted from 1).

    Exponential moving average with decay min(decay, step / (step + 10)), so that the random
    weights of the start are soon forgotten.
    """
    decay = min(decay, step / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
