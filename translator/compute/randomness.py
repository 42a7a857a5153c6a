"""Torch's global random generators, borrowed."""

from contextlib import AbstractContextManager

import torch


def borrowed_generators(device: torch.device) -> AbstractContextManager[None]:
    """On leaving, torch's global generators are restored: that of the CPU and those of GPUs in use.

    Training seeds them before each step, since dropout uses them.
    """
    uses_gpu = device.type == "cuda" or torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    return torch.random.fork_rng(devices=range(torch.cuda.device_count()) if uses_gpu else [])
