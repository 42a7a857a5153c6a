"""Dropout whose masks are cut from bytes."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dropout(nn.Module):
    """Set elements to zero with a probability, and scale up the others (Srivastava et al. 2014).

    torch samples such a mask on one thread, number by number, which took a quarter of a training
    step. Here each 64-bit number of the same seeded generator decides about eight elements, one per
    byte: this takes an eighth of the numbers, and the rest is plain arithmetic. The price is that
    the probability is rounded to a 256th; the scale uses the rounded probability. ModelConfig
    refuses probabilities that would round to 1, or to 0 without being 0.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.dropped_of_256 = round(256 * probability)
        """The number of byte values that drop an element."""
        self.generator: torch.Generator | None = None
        """The random generator; None is torch's global one."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape; outside of training, the same numbers."""
        if not self.training or self.dropped_of_256 == 0:
            return x
        if x.device.type != "cpu":  # a GPU samples in parallel
            return F.dropout(x, self.dropped_of_256 / 256)
        num_words = (x.numel() + 7) // 8
        # A CUDA graph cannot be captured with a generator argument, not even None.
        own: dict[str, Any] = {} if self.generator is None else {"generator": self.generator}
        words = torch.randint(-(2**63), 2**63 - 1, (num_words,), **own)
        bytes_ = words.view(torch.uint8)[: x.numel()].view(x.shape)
        kept = bytes_.to(x.dtype).ge_(self.dropped_of_256)
        return x * kept.mul_(256 / (256 - self.dropped_of_256))
