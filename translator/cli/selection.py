"""Which run, device and search a command's options ask for."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jsonargparse import Namespace

from translator.config import DecodingConfig
from translator.errors import ConfigError

if TYPE_CHECKING:
    import torch

    from translator.decoding.candidates import Sampling
    from translator.decoding.translator import Translator
    from translator.experiment.run_directory import RunDirectory

OF_BEAM = ("beam_size", "length_penalty")
OF_SAMPLING = ("temperature", "top_k", "top_p", "seed")


def choose_device(asked: Literal["cpu", "cuda"] | None) -> "torch.device":
    """Raises ConfigError if there is no GPU but one was asked for."""
    import torch

    has_gpu = torch.cuda.is_available()
    if asked == "cuda" and not has_gpu:
        raise ConfigError("--device is cuda, but this machine has no GPU that torch can use")
    if asked == "cpu" or not has_gpu:
        return torch.device("cpu")
    # cuDNN's attention plans anew for every shape of a batch, at a second or so each.
    torch.backends.cuda.enable_cudnn_sdp(False)
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def check_precision(precision: str, device: "torch.device") -> None:
    """Raises ConfigError for bfloat16 where it would be emulated, a hundred times slower."""
    import torch

    if precision != "bfloat16":
        return
    if device.type == "cuda":
        can, what = torch.cuda.is_bf16_supported(including_emulation=False), "this GPU"
    else:
        can, what = torch.cpu._is_avx512_bf16_supported(), "this processor"
    if not can:
        raise ConfigError(
            f"training.precision is bfloat16, but {what} has no bfloat16 arithmetic: it would be "
            f"emulated, far slower than float32; leave training.precision at float32"
        )


def find_run(path: str | None) -> "RunDirectory":
    """By default the newest. Raises RunError if there is none."""
    from translator.experiment.run_directory import RunDirectory, newest_run

    return RunDirectory(Path(path)) if path else newest_run()


def _find_run_at(name: str | None) -> "RunDirectory":
    """Of RUN, or RUN@STEP."""
    path, at, step = (name or "").rpartition("@")
    if not at or not step.isdecimal() or Path(name or "").is_dir():
        return find_run(name)
    return dataclasses.replace(find_run(path), step=int(step))


def load(
    path: str | None,
    device: Literal["cpu", "cuda"] | None,
    engine: Literal["torch", "ctranslate2"] = "torch",
    ensemble: str | None = None,
) -> "tuple[RunDirectory, Translator]":
    """A run and its translator, or that of an `ensemble` with the runs named there.

    RUN@STEP is the run as it was at a step of which it keeps a checkpoint. Raises RunError or
    ConfigError if they cannot be used.
    """
    from translator.decoding.translator import load_translator

    run = _find_run_at(path)
    if engine == "ctranslate2" and run.step is not None:
        raise ConfigError(
            f"--engine ctranslate2 has the exported model of {run.path}, not that of step "
            f"{run.step}: leave @{run.step} out, or use --engine torch"
        )
    others = [_find_run_at(name) for name in ensemble.split(",")] if ensemble else []
    return run, load_translator(run, choose_device(device), engine, others)


def search_settings(options: Namespace, decoding: DecodingConfig) -> DecodingConfig:
    """The run's settings of the search, with those replaced that were given."""
    given = {name: options[name] for name in OF_BEAM}
    return dataclasses.replace(
        decoding, **{name: value for name, value in given.items() if value is not None}
    )


def sampling(options: Namespace, num_samples: int) -> "Sampling":
    """What is to be drawn at random, and how. Raises ConfigError for a value out of range."""
    from translator.decoding.candidates import Sampling

    given = {name: options[name] for name in OF_SAMPLING if options[name] is not None}
    return Sampling(num_samples=num_samples, **given)


def check_search(options: Namespace, *, samples: bool, draws: str) -> None:
    """Raises ConfigError for an option that has no effect with, or without, `samples`.

    `draws` names what would draw some.
    """
    if options.mbr is not None and options.mbr < 2:
        raise ConfigError(f"--mbr is {options.mbr}: it needs at least 2 translations to compare")
    idle = [
        f"--{name}" for name in (OF_BEAM if samples else OF_SAMPLING) if options[name] is not None
    ]
    if idle:
        way_out = f"leave {draws} out" if samples else f"add {draws}"
        raise ConfigError(f"{', '.join(idle)} would have no effect: {way_out}")
