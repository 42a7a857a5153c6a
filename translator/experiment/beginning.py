"""What a training starts from: settings, and possibly a run to resume or a donor of weights."""

import logging
import shlex
from dataclasses import dataclass
from pathlib import Path

import torch

from translator.compute.device import Device, check_precision, choose_device
from translator.compute.distributed import World
from translator.config import Config, CorpusConfig
from translator.errors import ConfigError, RunError
from translator.experiment import experiment as lab
from translator.experiment import resuming
from translator.experiment.experiment import Experiment
from translator.experiment.fine_tuning import donor_text, gentle
from translator.experiment.run_directory import FREE, RunDirectory, changes, find_run, local_run
from translator.experiment.tensorboard_log import import_summary_writer

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
    """The run that gives vocabulary and initial weights, unless the run to resume already has its
    own."""
    text: CorpusConfig | None = None
    """Read instead of the corpus: includes the translations of teachers."""


def inherited_config(
    resume: str | Path | None = None, init_from: str | Path | None = None
) -> Config:
    """The settings of a training without a `config`.

    To resume, all settings of the run. With a donor, its settings except for diversification and
    the corpus, of which only the columns are kept; training is short and at low learning rates.
    """
    if resume is not None:
        run = local_run(resume)
        if run.step is not None:
            raise ConfigError(
                f"resume is {resume}, but a run continues from its newest checkpoint: leave out "
                f"@{run.step}, or begin a new run with --init_from {shlex.quote(str(resume))}"
            )
        return run.load_config()
    if init_from is not None:
        donor = find_run(init_from).load_config()
        columns = donor.corpus.src_column, donor.corpus.tgt_column
        return Config(
            corpus=CorpusConfig(src_column=columns[0], tgt_column=columns[1]),
            tokenizer=donor.tokenizer,
            model=donor.model,
            training=gentle(donor.training),
            decoding=donor.decoding,
        )
    return Config()


def resolve(
    config: Config | None,
    run: str | Path | None,
    resume: str | Path | None,
    init_from: str | Path | None,
) -> Beginning:
    """The arguments of `pipeline.train`, checked.

    Raises ConfigError for arguments, or settings, that contradict each other, and RunError if `run`
    exists already.
    """
    if resume is not None and (init_from is not None or run is not None):
        raise ConfigError("resume continues in its own run: leave out init_from and run")
    if run is not None:
        if not str(run).strip():
            raise ConfigError("run is empty: name a run directory, or leave it out")
        RunDirectory(Path(run)).check_is_free()
    inherited = inherited_config(resume, init_from)
    config = config or inherited
    if config.training.tensorboard:
        import_summary_writer()
    if resume is not None:
        way_out = f"leave these out, or use --init_from {shlex.quote(str(resume))}"
        _check_same(config, inherited, FREE, f"{resume} has other settings; {way_out}")
        resumed = RunDirectory(Path(resume))
        if resumed.model_file.exists() and not resumed.checkpoints.files():
            raise RunError(
                f"{resume} has a model but no checkpoint (packed runs have none), so it cannot be "
                f"resumed: begin a new run with --init_from {shlex.quote(str(resume))}"
            )
        resumed.results.load()  # a broken file is refused now, not after the last step
        return Beginning(config, resumed=resumed, donor=_missing_donor(resumed))
    if init_from is not None:
        message = f"{init_from} has other settings; leave these out"
        _check_same(config, inherited, FREE_FROM_DONOR, message)
        _check_teachers_learn(config, inherited)
        donor = find_run(init_from)
        donor.weights_file()  # a step that is not kept is refused before the corpus is read
        return Beginning(config, donor=donor)
    return Beginning(config)


def _missing_donor(run: RunDirectory) -> RunDirectory | None:
    """The donor of `run`, if `run` was killed before it copied the donor's weights."""
    name = run.init_from()
    if name is None or run.initial_file.exists() or run.checkpoints.files():
        return None
    donor = find_run(name)
    try:
        donor.weights_file()
        donor.load_config()
    except RunError as error:
        raise RunError(
            f"{run.path} begins with the weights of {name}, according to {run.config_file}, but "
            f"{name} has no weights: restore {name}, or begin a new run ({error})"
        ) from error
    return donor


def _check_same(config: Config, stored: Config, free: tuple[str, ...], message: str) -> None:
    changed = [
        f"{name}: {old} in the run, {new} given"
        for name, old, new in changes(stored, config)
        if not name.startswith(free)
    ]
    if changed:
        raise ConfigError("\n  ".join([f"{message}:", *changed]))


def _check_teachers_learn(config: Config, inherited: Config) -> None:
    """Teachers are trained like the run itself, but from scratch."""
    rates = ("learning_rate", "muon_learning_rate")
    is_gentle = all(
        getattr(config.training, rate) == getattr(inherited.training, rate) for rate in rates
    )
    if config.diversification.models and is_gentle:
        raise ConfigError(
            f"diversification.models is {config.diversification.models}: with init_from, the "
            "teachers would be trained from scratch at the low learning rates of fine-tuning; set "
            "training.learning_rate and training.muon_learning_rate, or write the text with "
            "translator diversify and train on it"
        )


def choose_device_for(config: Config, device: Device | None) -> torch.device:
    """Raises ConfigError for a device that does not exist or cannot compute in this precision."""
    chosen = choose_device(device)
    check_precision(config.training.precision, chosen)
    return chosen


def prepare(beginning: Beginning, device: torch.device, world: World) -> Experiment:
    """An experiment in the state of the run to resume, or at the beginning.

    Nothing is written. Raises RunError for a run that cannot be resumed.
    """
    run, donor, config = beginning.resumed, beginning.donor, beginning.config
    has_checkpoint = run is not None and bool(run.checkpoints.files())
    has_initial = run is not None and not has_checkpoint and run.initial_file.exists()
    if run and run.model_file.exists() and not has_checkpoint:
        raise RunError(
            f"{run.path} has a model but no checkpoint, so it cannot be resumed: begin a new run "
            f"with --init_from {shlex.quote(str(run.path))}"
        )
    source = run if has_checkpoint or has_initial else donor
    tokenizer = source.load_tokenizer() if source else None
    others = donor_text(run, donor, world)
    experiment = lab.prepare(config, device, world, tokenizer, beginning.text, others)
    if run and has_checkpoint:
        experiment = resuming.restore(experiment, run)
    elif run and has_initial:
        weights, max_src_length = run.load_initial(config, experiment.tokenizer)
        experiment = lab.start_from(experiment, weights, max_src_length)
    elif donor:
        model, facts = donor.load_model(donor.load_config(), experiment.tokenizer)
        experiment = lab.start_from(experiment, model.state_dict(), facts["max_src_length"])
    logger.info("%s", lab.describe(experiment))
    return experiment
