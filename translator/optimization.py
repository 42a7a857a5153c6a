"""What one step of learning is made of: pure functions of a model and a step number.

Shape suffixes: B sentences, T target positions, V vocab_size.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.config import PAD_ID, TrainingConfig


def learning_rate_at(step: int, config: TrainingConfig) -> float:
    """The learning rate of step `step`, counted from 0.

    It rises linearly over `warmup_steps`, then falls: with "cosine" to 0 at `max_steps`
    (Loshchilov and Hutter 2017), with "inverse_sqrt" by 1/sqrt(step) (Vaswani et al. 2017, 5.3).
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "inverse_sqrt":
        return config.learning_rate * math.sqrt(max(1, config.warmup_steps) / (step + 1))
    done = (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def smoothed_cross_entropy(logits_BTV: Tensor, tgt_out_BT: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy against smoothed targets, in nats, summed over all that is not <pad>.

    The target has probability 1 - smoothing; `smoothing` is spread evenly over the vocabulary
    (Szegedy et al. 2016, section 7).
    """
    return F.cross_entropy(
        logits_BTV.flatten(0, 1).float(),
        tgt_out_BT.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=smoothing,
        reduction="sum",
    )


def make_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019); weight decay on the layers' matrices only."""
    decayed: list[nn.Parameter] = []
    kept: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() > 1 and not name.startswith("embedding")
        (decayed if is_matrix else kept).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": config.weight_decay},
            {"params": kept, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        betas=config.betas,
        eps=1e-9,
        fused=True,
    )


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move `average` towards `model`, after step `step` (counted from 1).

    Exponential moving average with decay min(decay, step / (step + 10)), so that the random
    weights of the start are soon forgotten.
    """
    decay = min(decay, step / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
