"""What a training starts from: settings, and perhaps a run to resume or one that gives weights."""

import logging
import shlex
from dataclasses import dataclass
from pathlib import Path

import torch

from translator.compute.device import Device, check_precision, choose_device
from translator.compute.distributed import World
from translator.config import Config, CorpusConfig
from translator.errors import ConfigError
from translator.experiment import experiment as lab
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory, differences, find_run

logger = logging.getLogger(__name__)

FREE_FROM_DONOR = (
    "corpus",
    "training",
    "decoding",
    "diversification",
    "model.dropout",
    "tokenizer.sampling",
)
"""Settings that a run may change although it begins with the weights of another."""


@dataclass(frozen=True)
class Beginning:
    """What a training starts from."""

    config: Config
    resumed: RunDirectory | None = None
    donor: RunDirectory | None = None
    text: CorpusConfig | None = None
    """Read in place of the corpus: what its teachers translated, too."""


def inherited_config(
    resume: str | Path | None = None, init_from: str | Path | None = None
) -> Config:
    """The settings of a training without a `config`.

    To resume, all of the run; with a donor, the model and the vocabulary of that.
    """
    if resume is not None:
        run = find_run(resume)
        if run.step is not None:
            raise ConfigError(
                f"resume is {resume}, but a run goes on from its newest checkpoint: leave out "
                f"@{run.step}, or begin a new run with --init_from {shlex.quote(str(resume))}"
            )
        return run.load_config()
    if init_from is not None:
        donor = find_run(init_from).load_config()
        return Config(model=donor.model, tokenizer=donor.tokenizer)
    return Config()


def resolve(
    config: Config | None,
    run: str | Path | None,
    resume: str | Path | None,
    init_from: str | Path | None,
) -> Beginning:
    """The arguments of `pipeline.train`, checked.

    Raises ConfigError for arguments, or settings, that contradict each other, and RunError where
    something is in the place of `run` already.
    """
    if resume is not None and (init_from is not None or run is not None):
        raise ConfigError("resume goes on in its own run: leave out init_from and run")
    if run is not None:
        if not str(run).strip():
            raise ConfigError("run is empty: name a run directory, or leave it out")
        RunDirectory(Path(run)).check_is_free()
    inherited = inherited_config(resume, init_from)
    config = config or inherited
    if resume is not None:
        way_out = f"leave that out, or use --init_from {shlex.quote(str(resume))}"
        _check_same(config, inherited, (), f"{resume} has other settings, {way_out}")
        return Beginning(config, resumed=RunDirectory(Path(resume)))
    if init_from is not None:
        message = f"{init_from} has other settings, leave that out"
        _check_same(config, inherited, FREE_FROM_DONOR, message)
        donor = find_run(init_from)
        donor.weights_file()  # a step that is not kept is refused before the corpus is read
        return Beginning(config, donor=donor)
    return Beginning(config)


def _check_same(config: Config, stored: Config, free: tuple[str, ...], message: str) -> None:
    changed = [line for line in differences(config, stored) if not line.startswith(free)]
    if changed:
        raise ConfigError("\n  ".join([f"{message}:", *changed]))


def choose_device_for(config: Config, device: Device | None) -> torch.device:
    """Raises ConfigError for a device that is not there or cannot compute in this precision."""
    chosen = choose_device(device)
    check_precision(config.training.precision, chosen)
    return chosen


def prepare(beginning: Beginning, device: torch.device, world: World) -> Experiment:
    """An experiment with the vocabulary of the run that goes on or, with its weights, the donor."""
    resumed, donor = beginning.resumed, beginning.donor
    source = resumed if resumed and resumed.tokenizer_file.exists() else donor
    tokenizer = source.load_tokenizer() if source else None
    experiment = lab.prepare(beginning.config, device, world, tokenizer, beginning.text)
    if donor:
        lab.start_from(experiment, donor)
    logger.info("%s", lab.describe(experiment))
    return experiment
