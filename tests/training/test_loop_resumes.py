"""The loop resumes bit for bit, and its seed alone decides about batches and dropout."""

import dataclasses
import itertools
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from reversing import (
    DROPOUT,
    EPOCH_BATCHES,
    NO_DROPOUT,
    SHORT,
    assert_same_learner,
    digit_pairs,
    make_learner,
    run_loop,
    stop_at,
)

from translator.config import Config, TokenizerConfig
from translator.experiment.run_directory import RunDirectory
from translator.text.batching import IdPair, lengths_of, plan_epoch
from translator.text.tokenizer import train_tokenizer
from translator.training.loop import Learner, TrainState


def test_the_steps_of_an_epoch_are_as_the_resume_tests_assume() -> None:
    pairs = digit_pairs(23)

    plans = [
        [rows.tolist() for rows in plan_epoch(lengths_of(pairs), batch_tokens=34, seed=1, epoch=n)]
        for n in range(5)
    ]

    assert [len(plan) for plan in plans] == [EPOCH_BATCHES] * 5
    assert plans[0] != plans[1]


@pytest.mark.parametrize(
    ("stops", "positions"),
    [
        pytest.param([1], [(0, 2)], id="in the middle of an epoch"),
        pytest.param([3], [(0, 5)], id="after an epoch's last batch"),
        pytest.param([7], [(2, 2)], id="after an epoch's first step"),
        pytest.param([4], [(1, 2)], id="at a validation"),
        pytest.param([8], [(2, 4)], id="at a validation in the middle of an epoch"),
        pytest.param([10], [(3, 2)], id="before the last step"),
        pytest.param(
            [1, 2, 3, 4, 8, 9], [(0, 2), (0, 4), (0, 5), (1, 2), (2, 4), (2, 5)], id="many times"
        ),
    ],
)
@pytest.mark.parametrize(
    ("optimizer", "log_every"), [("adamw", 3), pytest.param("muon", 1, marks=pytest.mark.slow)]
)
def test_an_interrupted_run_ends_and_logs_exactly_as_if_it_had_not_been(
    tmp_path: Path,
    optimizer: str,
    log_every: int,
    stops: list[int],
    positions: list[tuple[int, int]],
) -> None:
    config = dataclasses.replace(SHORT, optimizer=optimizer, log_every=log_every)
    uninterrupted = make_learner(config, DROPOUT)
    events: list[Mapping[str, object]] = []
    assert run_loop(uninterrupted, config, digit_pairs(23), log=events.append) == "finished"

    run = make_run(tmp_path)
    seen: list[tuple[int, int]] = []
    resumed_events: list[Mapping[str, object]] = []
    for number, stop in enumerate([*stops, math.inf]):
        torch.manual_seed(number)
        resumed = make_learner(config, DROPOUT, seed=1 if number == 0 else 100 + number)
        if number:
            tensors, facts = run.checkpoints.load_newest()
            resumed.restore(tensors, TrainState(**facts["state"]))
            seen.append((resumed.state.epoch, resumed.state.position))
        ending = run_loop(
            resumed,
            config,
            digit_pairs(23),
            save=saver(run, resumed),
            log=resumed_events.append,
            should_stop=stop_at(resumed, stop),
        )
        assert ending == ("finished" if stop == math.inf else "interrupted")

    assert seen == positions
    assert_same_learner(resumed, uninterrupted)
    assert [without_times(event) for event in resumed_events] == [
        without_times(event) for event in events
    ]


def test_the_speed_after_resuming_is_that_of_the_steps_really_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = dataclasses.replace(SHORT, log_every=3, max_steps=3)
    stopped = make_learner(config, DROPOUT)
    run_loop(stopped, config, digit_pairs(23), should_stop=stop_at(stopped, 2))
    num_before, rates = stopped.state.num_tokens, []
    seconds = itertools.count()
    monkeypatch.setattr("time.perf_counter", lambda: float(next(seconds)))

    run_loop(stopped, config, digit_pairs(23), on_step=lambda _, rate: rates.append(rate))

    epoch = sum(len(tgt) for _, tgt in digit_pairs(23))
    assert num_before > 0
    assert rates == [epoch - num_before]  # the third step is the epoch's last, and takes a second


def test_subwords_sampled_anew_each_epoch_are_asked_for_by_epoch_also_after_resuming() -> None:
    asked: list[int] = []

    def pairs_of(epoch: int) -> list[IdPair]:
        asked.append(epoch)
        return digit_pairs(23, seed=epoch)

    config = dataclasses.replace(SHORT, accumulate=3, max_steps=6)
    uninterrupted = make_learner(config, DROPOUT)
    run_loop(uninterrupted, config, pairs_of)
    assert asked == [0, 1, 2]
    stopped = make_learner(config, DROPOUT)
    run_loop(stopped, config, pairs_of, should_stop=stop_at(stopped, 3))
    resumed = make_learner(config, DROPOUT, seed=9)
    resumed.restore(
        {name: tensor.clone() for name, tensor in stopped.tensors().items()},
        dataclasses.replace(stopped.state),
    )

    del asked[:]
    run_loop(resumed, config, pairs_of)

    assert asked == [1, 2]
    assert_same_learner(resumed, uninterrupted)


def test_the_same_seed_gives_the_same_bits_whatever_the_global_generators_did() -> None:
    learners = []
    for number in range(2):
        learner = make_learner(SHORT, DROPOUT)
        torch.manual_seed(number)
        random.seed(number)

        def disturb(number: int = number) -> bool:
            torch.rand(number + 1)
            random.random()
            return False

        run_loop(learner, SHORT, digit_pairs(23), should_stop=disturb)
        learners.append(learner)

    assert_same_learner(*learners)


def test_another_seed_gives_other_batches_and_other_dropout() -> None:
    one_pair, many = digit_pairs(1), digit_pairs(23)
    dropped = [make_learner(SHORT, DROPOUT) for _ in range(2)]
    ordered = [make_learner(SHORT, NO_DROPOUT) for _ in range(2)]

    for seed in range(2):
        config = dataclasses.replace(SHORT, seed=seed)
        run_loop(dropped[seed], config, one_pair)
        run_loop(ordered[seed], config, many)

    for first, second in (dropped, ordered):
        assert not torch.allclose(
            first.model.embedding.weight, second.model.embedding.weight, atol=1e-4
        )


def make_run(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    run.create(Config())
    run.save_tokenizer(train_tokenizer(["a dog runs", "ein Hund rennt"], TokenizerConfig()))
    return run


def saver(run: RunDirectory, learner: Learner) -> Callable[[], None]:
    def save() -> None:
        state = learner.state
        facts = {"state": asdict(state)}
        run.checkpoints.save(state.step, learner.tensors(), facts, best_step=state.best_step)

    return save


def without_times(event: Mapping[str, object]) -> dict[str, object]:
    times = ("seconds", "target_tokens_per_second")
    return {name: value for name, value in event.items() if name not in times}
