"""Checks without a training, which write nothing: a dry run, and a batch learned by heart."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from translator.compute.device import Device
from translator.compute.distributed import World, join_world, leave_world, lost_processes_named
from translator.compute.randomness import borrowed_generators
from translator.config import Config
from translator.experiment import rehearsal
from translator.experiment.beginning import Beginning, choose_device_for, prepare, resolve
from translator.experiment.diversification import teachers
from translator.experiment.one_language import final_text, one_language
from translator.experiment.run_directory import RunDirectory
from translator.text.corpus import load_corpus


@dataclass(frozen=True)
class DryRun:
    """The result of a dry run."""

    loss: float
    """Loss of one step, in nats per token."""
    seconds: float
    """Estimated time of all remaining steps, including those of teachers, without validations."""
    has_teachers: bool


@lost_processes_named()
def dry_run(
    config: Config | None = None,
    *,
    run: str | Path | None = None,
    resume: str | Path | None = None,
    init_from: str | Path | None = None,
    device: Device | None = None,
) -> DryRun:
    """Check settings and corpus, take one step, and time some; nothing is written.

    The arguments and exceptions are those of `pipeline.train`.
    """
    beginning = resolve(config, run, resume, init_from)
    chosen = choose_device_for(beginning.config, device)
    world = join_world(chosen)
    with borrowed_generators(chosen):
        if beginning.config.diversification.models:
            check_text(beginning.config)
        experiment = prepare(_on_its_text(beginning), chosen, world)
        loss = rehearsal.try_one_step(experiment)
        per_step = rehearsal.seconds_per_step(experiment)
        del experiment
        own, of_teachers = _steps_left(beginning)
        seconds = own * per_step
        if of_teachers:
            seconds += of_teachers * _seconds_per_teacher_step(beginning, chosen, world, per_step)
    leave_world(world)
    return DryRun(loss, seconds, beginning.config.diversification.models > 0)


def _seconds_per_teacher_step(
    beginning: Beginning, device: torch.device, world: World, per_step: float
) -> float:
    """That of the run, `per_step`, unless teachers have another shape."""
    teacher, *_ = teachers(beginning.config)[0].values()
    if teacher.model == beginning.config.model:
        return per_step
    return rehearsal.seconds_per_step(prepare(Beginning(teacher, None), device, world))


def _on_its_text(beginning: Beginning) -> Beginning:
    """A resumed run reads the text of its teachers, if they have written it."""
    config, run = beginning.config, beginning.resumed
    if run is None or not (config.diversification.models and run.checkpoints.newest_step()):
        return beginning
    return dataclasses.replace(beginning, text=final_text(config, run.diversified_folder))


def _steps_left(beginning: Beginning) -> tuple[int, int]:
    """The steps of the run and those of its teachers, without steps that a resumed run has
    taken."""
    steps = beginning.config.training.max_steps
    rounds = teachers(beginning.config)
    left = {name: one.training.max_steps for configs in rounds for name, one in configs.items()}
    if beginning.resumed is not None:
        steps -= beginning.resumed.checkpoints.newest_step()
        for name in left:
            teacher = RunDirectory(beginning.resumed.teachers_folder / name)
            left[name] -= teacher.checkpoints.newest_step()
    return steps, sum(left.values())


@lost_processes_named()
def overfit_batch(
    config: Config | None = None,
    *,
    run: str | Path | None = None,
    resume: str | Path | None = None,
    init_from: str | Path | None = None,
    device: Device | None = None,
    on_step: Callable[[int, float], None],
) -> None:
    """Check that the model can learn a few pairs by heart; nothing is written.

    `on_step` is called with the steps taken and the loss. The other arguments are those of
    `pipeline.train`. Raises DivergedError if the model cannot learn the pairs.
    """
    beginning = resolve(config, run, resume, init_from)
    config = rehearsal.without_regularization(beginning.config)
    beginning = dataclasses.replace(beginning, config=config, resumed=None)
    chosen = choose_device_for(config, device)
    world = join_world(chosen)
    with borrowed_generators(chosen):
        for step, loss in rehearsal.overfit_batch(prepare(beginning, chosen, world)):
            on_step(step, loss)
    leave_world(world)


def check_text(config: Config) -> None:
    """Raises CorpusError for text that teachers could not use, before they are trained."""
    one_language(config).load(load_corpus(config.corpus), config.corpus)
