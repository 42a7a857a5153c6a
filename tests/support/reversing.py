"""A task that a tiny model learns in seconds (reversing digits), and its training loop."""

import dataclasses
import random
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict

import torch

from translator.compute.distributed import World
from translator.config import EOS_ID, ModelConfig, TrainingConfig
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, lengths_of, plan_epoch
from translator.training.gradients import Gradients
from translator.training.loop import (
    Ending,
    EpochBatches,
    Learner,
    TrainState,
    Validation,
    held_out_loss,
    train,
    training_step,
)
from translator.training.optimizers import make_optimizers

CPU = torch.device("cpu")
DIGITS = range(4, 14)
VOCAB_SIZE = 14
NO_DROPOUT = ModelConfig(
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)
DROPOUT = dataclasses.replace(NO_DROPOUT, dropout=0.2)
SHORT = TrainingConfig(
    max_steps=11,
    batch_tokens=34,
    accumulate=2,
    learning_rate=5e-3,
    warmup_steps=3,
    eval_every=4,
    log_every=1,
    metric="loss",
    average_decay=0.9,
)
"""An epoch of `digit_pairs(23)` has 5 batches: steps of 2, 2 and 1; validations at 4, 8, 11."""
EPOCH_BATCHES = 5


def digit_pairs(count: int, seed: int = 1, lengths: tuple[int, int] = (2, 7)) -> list[IdPair]:
    """Digits and the same digits backwards."""
    rng = random.Random(seed)
    rows = [rng.choices(DIGITS, k=rng.randint(*lengths)) for _ in range(count)]
    return [([*row, EOS_ID], [*row[::-1], EOS_ID]) for row in rows]


def make_learner(
    config: TrainingConfig, shape: ModelConfig, seed: int = 1, plain_descent: bool = False
) -> Learner:
    torch.manual_seed(seed)
    model = Transformer(shape, VOCAB_SIZE)
    optimizers = make_optimizers(model, config)
    if plain_descent:  # Adam would hide a gradient of the wrong length
        everything = {"params": model.parameters(), "lr_ratio": 1.0}
        optimizers = [torch.optim.SGD([everything])]
    return Learner(model, deepcopy(model), optimizers, TrainState())


def run_loop(
    learner: Learner,
    config: TrainingConfig,
    pairs: Sequence[IdPair] | Callable[[int], Sequence[IdPair]],
    evaluate: Callable[[Transformer], Validation] | None = None,
    save: Callable[[], object] | None = None,
    log: Callable[[Mapping[str, object]], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_step: Callable[[float, float], object] | None = None,
    snapshot_steps: Collection[int] = (),
    take_snapshot: Callable[[Transformer], object] | None = None,
) -> Ending:
    """Call `train` with defaults for the arguments that the test does not care about."""

    def score(model: Transformer) -> Validation:
        loss = held_out_loss(model, digit_pairs(7, seed=3), batch_tokens=50, world=World())
        return {"loss": loss, "bleu": -loss, "chrf": 50.0}

    return train(
        learner,
        config,
        gradients=Gradients(learner.model, config, CPU, World()),
        world=World(),
        epoch_batches=epoch_batches(pairs, config),
        evaluate=evaluate or score,
        snapshot_steps=snapshot_steps,
        take_snapshot=lambda average: take_snapshot and take_snapshot(average),
        save=lambda: save and save(),
        log=lambda event: log and log(event),
        should_stop=should_stop or (lambda: False),
        on_step=lambda loss, rate: on_step and on_step(loss, rate),
    )


def epoch_batches(
    pairs: Sequence[IdPair] | Callable[[int], Sequence[IdPair]], config: TrainingConfig
) -> EpochBatches:
    """The batches of each epoch; `pairs` may differ between epochs."""

    def batches(epoch: int, position: int) -> Generator[list[IdPair], None, None]:
        found = pairs(epoch) if callable(pairs) else pairs
        plan = plan_epoch(
            lengths_of(found), batch_tokens=config.batch_tokens, seed=config.seed, epoch=epoch
        )
        yield from ([found[row] for row in rows] for rows in plan[position:])

    return batches


def step_on(
    learner: Learner, batches: list[list[IdPair]], config: TrainingConfig, learning_rate: float
) -> tuple[float, float]:
    return training_step(
        learner, Gradients(learner.model, config, CPU, World()), batches, config, learning_rate
    )


def stop_at(learner: Learner, step: float) -> Callable[[], bool]:
    return lambda: learner.state.step == step


def assert_same_learner(ours: Learner, theirs: Learner) -> None:
    """Weights, average, moments and all numbers but the time spent are equal, bit for bit."""
    found, expected = ours.tensors(), theirs.tensors()
    assert found.keys() == expected.keys()
    kinds = {name.split(".")[0] for name in expected}
    assert kinds == {"model", "average", "optimizer"}
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name
    state, expected_state = asdict(ours.state), asdict(theirs.state)
    assert state.pop("seconds") > 0
    assert expected_state.pop("seconds") > 0
    assert state == expected_state
