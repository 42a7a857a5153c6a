"""One step of learning: the learning rate, AdamW and Muon, the average of the weights.

Shape suffixes: D d_model, V vocab_size.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.config import TrainingConfig

ADAMW_BETAS = (0.9, 0.98)
"""Decay rates of AdamW's first and second moment (Vaswani et al. 2017, 5.3)."""


def learning_rate_at(step: int, config: TrainingConfig) -> float:
    """The learning rate of step `step`, counted from 0.

    Linear warmup over `warmup_steps`, then linear decay to 0 at `max_steps`.
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = min(1.0, (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps))
    return config.learning_rate * (1 - done)


def make_optimizers(model: nn.Module, config: TrainingConfig) -> list[torch.optim.Optimizer]:
    """AdamW (Loshchilov and Hutter 2019) for all parameters, or Muon for the matrices of the
    layers.

    Weight decay applies to these matrices only, not to embeddings, norms and biases. Each group's
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
        groups, lr=config.learning_rate, betas=ADAMW_BETAS, eps=1e-9, fused=True
    )


class Muon(torch.optim.Optimizer):
    """Momentum whose every step is made orthogonal (Jordan et al. 2024), for matrices.

    Unlike torch.optim.Muon, it computes in `dtype`, since many processors only emulate bfloat16,
    and processes all matrices of a shape at once, since one matrix is too small to keep two threads
    busy.
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
        by_shape: dict[torch.Size, list[nn.Parameter]] = {}
        for matrix in matrices:
            by_shape.setdefault(matrix.shape, []).append(matrix)
        groups = [{"params": alike} for alike in by_shape.values()]
        defaults = {"lr": 0.0, "lr_ratio": lr_ratio, "weight_decay": weight_decay, "dtype": dtype}
        super().__init__(groups, defaults)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no closures here
        """Move every matrix against the orthogonalized momentum of its gradient."""
        for group in self.param_groups:
            matrices = group["params"]
            momenta = [self._momentum(matrix) for matrix in matrices]
            gradients = [matrix.grad for matrix in matrices]
            # All matrices of a shape in one call each.
            torch._foreach_lerp_(momenta, gradients, 1 - self.MOMENTUM)
            ahead = torch._foreach_lerp(gradients, momenta, self.MOMENTUM)  # Nesterov's
            directions = orthogonalize(torch.stack(ahead), group["dtype"])
            # A tall matrix makes a typical output longer than its input by this factor.
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
    # x @ x.mT is smaller for a wide matrix, and its transpose has the same singular values.
    is_tall = matrices.size(1) > matrices.size(2)
    x = matrices.mT if is_tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)  # no singular value is above 1
    x = x.to(dtype)
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315) @ x
    return (x.mT if is_tall else x).to(matrices.dtype)


def set_lengths(rows_VD: Tensor, lengths_V1: Tensor) -> None:
    """Scale each row to that length; a row of zeros stays."""
    rows_VD.copy_(F.normalize(rows_VD, dim=1) * lengths_V1)


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move `average` towards `model`, after step `step` (counted from 1).

    Exponential moving average with decay min(decay, step / (step + 10)), so that the random initial
    weights are soon forgotten.
    """
    decay = min(decay, step / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
