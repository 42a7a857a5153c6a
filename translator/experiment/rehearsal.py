"""Before a training: how long it would take, whether a step works, whether the model can learn."""

import dataclasses
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from itertools import islice

import numpy as np

from translator.compute.distributed import World
from translator.config import Config
from translator.errors import DivergedError
from translator.experiment.experiment import Experiment
from translator.experiment.training_run import make_gradients
from translator.text.batching import IdPair
from translator.text.epochs import Epochs
from translator.training.gradients import Step, StepGradients
from translator.training.loop import training_step
from translator.training.optimizers import learning_rate_at

TIMED = 5
"""Steps."""
OVERFIT_PAIRS, OVERFIT_STEPS, OVERFIT_LOSS = 16, 300, 0.05


def expected_seconds(experiment: Experiment) -> float:
    """Expected seconds for the remaining steps, without validations."""
    steps = experiment.config.training.max_steps - experiment.learner.state.step
    return steps * seconds_per_step(experiment)


def seconds_per_step(experiment: Experiment) -> float:
    """A few steps, timed, with a copy of everything that they change."""
    experiment = dataclasses.replace(experiment, learner=deepcopy(experiment.learner))
    gradients, accumulate = _gradients(experiment), experiment.config.training.accumulate
    with closing(experiment.epochs.batches(0)) as first:
        batches = [
            experiment.world.share(pairs) or pairs for pairs in islice(first, TIMED * accumulate)
        ]
    seconds = []
    for start in range(0, len(batches), accumulate):
        step = batches[start : start + accumulate]
        if experiment.device.type == "cuda":
            gradients.compute(step, step=0)  # which captures it
        started = time.perf_counter()
        _step_on(experiment, gradients, step)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def try_one_step(experiment: Experiment) -> float:
    """Take one step on the batch with the most tokens; returns its loss in nats per token."""
    largest = _largest_batch(experiment.epochs)
    with closing(experiment.epochs.batches(0, largest)) as batches:
        batch = next(batches)
    return _step_on(experiment, _gradients(experiment), [batch])


def without_regularization(config: Config) -> Config:
    """The same run, short, and without regularization, so that a model can learn by heart."""
    return dataclasses.replace(
        config,
        model=dataclasses.replace(config.model, dropout=0.0),
        training=dataclasses.replace(
            config.training,
            label_smoothing=0.0,
            consistency=0.0,
            weight_decay=0.0,
            warmup_steps=min(config.training.warmup_steps, OVERFIT_STEPS // 10),
            max_steps=2 * OVERFIT_STEPS,  # so that the learning rate stays up
        ),
    )


def overfit_batch(experiment: Experiment) -> Iterator[tuple[int, float]]:
    """Learn a few pairs by heart; yields step and loss in nats per token until OVERFIT_LOSS.

    A model that cannot do this cannot learn anything. Raises DivergedError if the loss does not
    reach OVERFIT_LOSS within OVERFIT_STEPS. Expects a configuration `without_regularization`.
    """
    by_source: dict[tuple[int, ...], IdPair] = {}
    for src, tgt in experiment.epochs.ids:
        by_source.setdefault(tuple(src), (src, tgt))  # with two targets, none is certain
        if len(by_source) == OVERFIT_PAIRS:
            break
    batch = list(by_source.values())
    gradients = _gradients(experiment)
    for step in range(1, OVERFIT_STEPS + 1):
        loss = _step_on(experiment, gradients, [batch])
        yield step, loss
        if loss < OVERFIT_LOSS:
            return
    raise DivergedError(
        f"after {OVERFIT_STEPS} steps on the same {len(batch)} pairs the loss is still {loss:.3f}, "
        f"not below {OVERFIT_LOSS}: try another training.learning_rate "
        f"(now {experiment.config.training.learning_rate}) or a larger model.d_model"
    )


def _gradients(experiment: Experiment) -> StepGradients:
    """Speed of this process only."""
    return make_gradients(dataclasses.replace(experiment, world=World()))


def _step_on(experiment: Experiment, gradients: StepGradients, batches: Step) -> float:
    learner, config = experiment.learner, experiment.config.training
    learning_rate = learning_rate_at(learner.state.step, config)
    loss, _ = training_step(learner, gradients, batches, config, learning_rate)
    learner.state.step += 1
    return loss


def _largest_batch(epochs: Epochs) -> int:
    """The index, in the first epoch, of the batch with the most target tokens."""
    plan = epochs.plan(0)
    totals = np.cumsum([0, *epochs.lengths[plan.order, 1]])
    starts, ends = plan.ends.T
    return int((totals[ends] - totals[starts]).argmax())
