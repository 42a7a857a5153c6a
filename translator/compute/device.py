"""The device and its capabilities."""

import os
from typing import Literal, get_args

import torch

from translator.errors import ConfigError

Device = Literal["cpu", "cuda"]


def choose_device(asked: Device | None) -> torch.device:
    """The device to use, by default the GPU if there is one. Raises ConfigError if a GPU was
    requested and there is none.

    For a GPU, this switches cuDNN's attention off in the whole process.
    """
    if asked not in (None, *get_args(Device)):
        raise ConfigError(f"the device is {asked}: it must be {' or '.join(get_args(Device))}")
    has_gpu = torch.cuda.is_available()
    if asked == "cuda" and not has_gpu:
        raise ConfigError("the device is cuda, but this machine has no GPU that torch can use")
    if asked == "cpu" or not has_gpu:
        return torch.device("cpu")
    # cuDNN's attention plans again for every batch shape, at about a second each.
    torch.backends.cuda.enable_cudnn_sdp(False)
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def check_precision(precision: str, device: torch.device) -> None:
    """Raises ConfigError for bfloat16 if it would be emulated, a hundred times slower."""
    if precision != "bfloat16":
        return
    if device.type == "cuda":
        can, what = torch.cuda.is_bf16_supported(including_emulation=False), "this GPU"
    else:
        can, what = torch.cpu._is_avx512_bf16_supported(), "this processor"
    if not can:
        raise ConfigError(
            f"training.precision is bfloat16, but {what} has no bfloat16 arithmetic and would "
            "emulate it, far slower than float32: leave training.precision at float32"
        )
