"""Resuming: an experiment from a checkpoint of its run."""

import logging
import shlex
from dataclasses import replace

import torch

from translator.errors import RunError
from translator.experiment.checkpoint import unpack
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory, origin
from translator.training.loop import (
    TrainState,
)

logger = logging.getLogger(__name__)

PLAN = 2
"""Version of the planning of batches; with another version, a resumed training is not bit for bit
the same."""


def restore(experiment: Experiment, run: RunDirectory) -> Experiment:
    """Restore the learner from the newest checkpoint of `run`. Nothing is written.

    Raises RunError if the checkpoint is damaged, or has other settings, another vocabulary or
    another corpus than the experiment.
    """
    tensors, facts = run.checkpoints.load_newest()
    file = run.checkpoints.file_of(max(run.checkpoints.files()))
    run.check_origin(file, facts, experiment.config, experiment.tokenizer)
    here = _environment(experiment)
    if facts.get("init_from") != run.init_from():
        donor, donor_then = (
            each or "no other run" for each in (run.init_from(), facts.get("init_from"))
        )
        raise RunError(
            f"{run.config_file} says that training began with the weights of {donor}, "
            f"but {file} names {donor_then}: copy the whole run directory again"
        )
    try:
        same_text = facts["corpus_sha256"] == experiment.corpus.sha256
        before = {name: facts[name] for name in here}
        state, made_for = TrainState(**facts["state"]), int(facts["max_src_length"])
        if same_text:
            experiment.learner.restore(tensors, state)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{file} does not fit this version ({error}): resume with the version that wrote it, "
            f"or begin a new run with --init_from {shlex.quote(str(run.path))}"
        ) from error
    if not same_text:
        config = experiment.config
        text = run.diversified_folder if config.diversification.models else config.corpus.name
        raise RunError(
            f"the corpus {text} is not the one that {run.path} was trained on: restore that "
            "corpus, or name its new place with --corpus.source; to train on another corpus, use "
            f"--init_from {shlex.quote(str(run.path))}"
        )
    for name in here:
        if before[name] != here[name]:
            logger.warning(
                "%s was %s and is now %s: training continues, but not bit for bit as before",
                name,
                before[name],
                here[name],
            )
    return replace(experiment, made_for=made_for)


def rewind(experiment: Experiment, run: RunDirectory) -> None:
    """Restore the files of `run` to the step to which `restore` went back."""
    state = experiment.learner.state
    best = unpack(run.checkpoints.file_of(state.best_step)) if state.best_step else None
    run.forget_after(state.step)
    run.initial_file.unlink(missing_ok=True)
    run.checkpoints.prune(state.best_step)
    if run.load_config().corpus != experiment.config.corpus:
        run.move_corpus(experiment.config)
    # The run may have been killed before the best weights became the model, or after the weights of
    # a step that will be repeated did.
    if best:
        run.promote(*best)


def fixed_facts(experiment: Experiment, run: RunDirectory) -> dict[str, object]:
    """The facts that all checkpoints of a training share."""
    return {
        **origin(experiment.config, experiment.tokenizer),
        "max_src_length": experiment.max_src_length,
        "init_from": run.init_from(),
        "corpus_sha256": experiment.corpus.sha256,
        **_environment(experiment),
    }


def _environment(experiment: Experiment) -> dict[str, object]:
    """Everything besides the program that sums of floating-point numbers depend on, and the version
    of the planning of batches."""
    return {
        "plan": PLAN,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": experiment.device.type,
        "processes": experiment.world.size,
    }
