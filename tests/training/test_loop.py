"""The loop: it learns, resumes bit for bit, stops when told, and never takes a poisoned step."""

import dataclasses
import io
import itertools
import json
import math
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.compute.distributed import World
from translator.config import EOS_ID, PAD_ID, Config, ModelConfig, TokenizerConfig, TrainingConfig
from translator.decoding.candidates import BeamSearch
from translator.decoding.search import decode
from translator.errors import DivergedError
from translator.experiment.run_directory import RunDirectory
from translator.model.attention import Dropout
from translator.model.transformer import Transformer
from translator.text.batching import Batch, IdPair, collate, plan_epoch
from translator.text.tokenizer import train_tokenizer
from translator.training import gradients
from translator.training.gradients import Gradients
from translator.training.loop import (
    Ending,
    Learner,
    TrainState,
    Validation,
    held_out_loss,
    train,
    training_step,
)
from translator.training.optimizers import make_optimizers

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
DIGITS = range(4, 14)
VOCAB_SIZE = 14
NO_DROPOUT = ModelConfig(
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)
DROPOUT = dataclasses.replace(NO_DROPOUT, dropout=0.2, attention_dropout=0.1)
SHORT = TrainingConfig(
    max_steps=11,
    batch_tokens=34,
    accumulate=2,
    learning_rate=5e-3,
    warmup_steps=3,
    eval_every=4,
    log_every=1,
    fix_norm=False,
    metric="loss",
    average_decay=0.9,
)
"""An epoch of `digit_pairs(23)` has 5 batches: steps of 2, 2 and 1; validations at 4, 8, 11."""
EPOCH_BATCHES = 5


@pytest.mark.parametrize(
    ("optimizer", "max_steps"), [("adamw", 400), ("muon", 250)], ids=["adamw", "muon"]
)
def test_a_tiny_model_learns_to_reverse_digits(optimizer: str, max_steps: int) -> None:
    config = TrainingConfig(
        optimizer=optimizer,
        max_steps=max_steps,
        batch_tokens=400,
        learning_rate=1.5e-2,
        muon_learning_rate=2e-2,
        warmup_steps=50,
        label_smoothing=0.0,
        average_decay=0.98,
        metric="loss",
    )
    shape = dataclasses.replace(NO_DROPOUT, d_model=32, num_heads=4, d_ff=64)
    learner = make_learner(config, shape)
    held_out = digit_pairs(31, seed=2, lengths=(2, 6))
    events: list[Mapping[str, object]] = []

    run_loop(learner, config, digit_pairs(997, lengths=(2, 6)), log=events.append)

    losses = [float(str(event["loss"])) for event in events if event["event"] == "train"]
    assert losses[0] > 2.0
    assert losses[-1] < 0.1
    assert losses == sorted(losses, reverse=True)
    search = BeamSearch(beam_size=1)
    found = decode(learner.average, [src for src, _ in held_out], search, batch_tokens=500)
    right = sum(best.ids == tgt for [best], (_, tgt) in zip(found, held_out, strict=True))
    assert right >= 28


@pytest.mark.slow
def test_300_steps_go_as_with_the_plain_operations_they_replace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Plain: torch's dropout, all logits at once, torch's cross-entropy.
    pairs = scene_pairs(2000)
    fast, other_seed = (curve(pairs, seed) for seed in (1, 2))
    monkeypatch.setattr(gradients, "batch_loss", plain_batch_loss)

    plain = curve(pairs, seed=1, dropout=nn.Dropout)

    # The seed decides about weights, batches and masks; of these the plain run has other masks.
    noise = (fast - other_seed).abs().mean()
    assert fast[0] > 5.5
    assert fast[-1] < 4.2
    assert 0 < (plain - fast).abs().mean() < noise


@pytest.mark.slow
@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="needs bfloat16 arithmetic, or takes minutes"
)
def test_300_steps_in_half_precision_go_as_in_whole_precision() -> None:
    pairs = scene_pairs(2000)

    whole, other_seed = (curve(pairs, seed) for seed in (1, 2))
    half = curve(pairs, seed=1, precision="bfloat16")

    assert 0 < (half - whole).abs().mean() < (whole - other_seed).abs().mean()


def test_the_steps_of_an_epoch_are_as_the_resume_tests_assume() -> None:
    pairs = digit_pairs(23)

    plans = [plan_epoch(pairs, batch_tokens=34, seed=1, epoch=epoch) for epoch in range(5)]

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
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_an_interrupted_run_ends_exactly_as_if_it_had_not_been(
    tmp_path: Path, optimizer: str, stops: list[int], positions: list[tuple[int, int]]
) -> None:
    config = dataclasses.replace(SHORT, optimizer=optimizer)
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
            tensors, facts = run.load_checkpoint()
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


def test_each_step_drops_other_elements() -> None:
    config = dataclasses.replace(SHORT, warmup_steps=0)
    learner = make_learner(config, DROPOUT)
    batch = digit_pairs(7)

    losses = []
    for step in (0, 0, 1):
        learner.state.step = step
        loss, _ = step_on(learner, [batch], config, learning_rate=1e-30)
        losses.append(loss)

    assert losses[0] == losses[1] != losses[2]


def test_accumulated_batches_make_the_step_of_one_big_batch() -> None:
    batches = [digit_pairs(2, lengths=(9, 9)), digit_pairs(8, seed=2, lengths=(2, 4))]
    counts = [sum(len(tgt) for _, tgt in batch) for batch in batches]
    assert counts[0] != counts[1]
    config = dataclasses.replace(SHORT, max_grad_norm=0.0, label_smoothing=0.1)
    learner = make_learner(config, NO_DROPOUT, plain_descent=True)
    reference = deepcopy(learner.model)

    loss, grad_norm = step_on(learner, batches, config, learning_rate=0.5)

    batch = collate([*batches[0], *batches[1]])
    memory = reference.encode(batch.src, batch.src_key_padding_mask)
    logits = reference.decode(batch.tgt_in, memory, batch.src_key_padding_mask)
    losses = F.cross_entropy(
        logits.flatten(0, 1), batch.tgt_out.flatten(), label_smoothing=0.1, reduction="none"
    )
    expected = losses[batch.tgt_out.flatten() != PAD_ID].sum() / sum(counts)
    expected.backward()
    gradients = [parameter.grad for parameter in reference.parameters()]
    assert all(gradient is not None for gradient in gradients)
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    squares = sum(float(gradient.square().sum()) for gradient in gradients if gradient is not None)
    assert grad_norm == pytest.approx(math.sqrt(squares), rel=1e-5)
    for ours, theirs in zip(learner.model.parameters(), reference.parameters(), strict=True):
        assert theirs.grad is not None
        torch.testing.assert_close(ours.data, theirs.data - 0.5 * theirs.grad, rtol=1e-5, atol=1e-6)


def test_with_consistency_a_batch_is_read_twice_under_different_dropout() -> None:
    config = dataclasses.replace(SHORT, consistency=3.0)
    model = make_learner(config, DROPOUT).model
    batch = collate(digit_pairs(5))
    widths: list[int] = []
    model.register_forward_pre_hook(lambda _, inputs: widths.append(len(inputs[0])))

    torch.manual_seed(4)
    loss = gradients.batch_loss(model, model, batch, config)

    torch.manual_seed(4)
    inputs = (batch.src, batch.src_key_padding_mask, batch.tgt_in)
    first, second = model(*(ids.repeat(2, 1) for ids in inputs)).chunk(2)
    assert widths == [10, 10]
    assert not torch.equal(first, second)
    log_p, log_q = (
        (states @ model.embedding.weight.T).log_softmax(dim=-1)[batch.tgt_out != PAD_ID]
        for states in (first, second)
    )
    targets = batch.tgt_out[batch.tgt_out != PAD_ID]
    smoothed = sum(
        F.cross_entropy(one, targets, label_smoothing=0.1, reduction="sum")
        for one in (log_p, log_q)
    )
    divergence = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum()
    torch.testing.assert_close(loss, smoothed / 2 + 3.0 / 4 * divergence)


@pytest.mark.slow
def test_consistency_makes_two_readings_agree() -> None:
    divergences = []
    for consistency in (0.0, 5.0):
        config = TrainingConfig(
            max_steps=150, batch_tokens=300, learning_rate=1e-2, consistency=consistency
        )
        learner = make_learner(config, dataclasses.replace(DROPOUT, num_decoder_layers=2))
        run_loop(learner, config, digit_pairs(499))
        batch = collate(digit_pairs(61, seed=2))
        inputs = (batch.src, batch.src_key_padding_mask, batch.tgt_in)
        states = learner.model.train()(*(ids.repeat(2, 1) for ids in inputs))
        log_p, log_q = (states @ learner.model.embedding.weight.T).log_softmax(dim=-1).chunk(2)
        divergences.append(((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(dim=-1).mean())

    assert divergences[1] < 0.5 * divergences[0]


def test_a_long_gradient_is_scaled_down_and_reported_as_it_was() -> None:
    batches = [digit_pairs(5)]
    free = dataclasses.replace(SHORT, max_grad_norm=0.0)
    clipped = dataclasses.replace(SHORT, max_grad_norm=0.25)
    learners = [make_learner(free, NO_DROPOUT, plain_descent=True) for _ in range(2)]
    before = deepcopy(learners[0].model)

    _, free_norm = step_on(learners[0], batches, free, learning_rate=1.0)
    _, clipped_norm = step_on(learners[1], batches, clipped, learning_rate=1.0)

    assert free_norm == clipped_norm > 0.5
    assert moved(before, learners[0].model) == pytest.approx(free_norm, rel=1e-4)
    assert moved(before, learners[1].model) == pytest.approx(0.25, rel=1e-4)


def test_the_learning_rate_of_a_step_is_the_schedules() -> None:
    events: list[Mapping[str, object]] = []
    config = dataclasses.replace(SHORT, learning_rate=4.0e-3, warmup_steps=4, max_steps=6)

    run_loop(make_learner(config, NO_DROPOUT), config, digit_pairs(23), log=events.append)

    rates = [event["learning_rate"] for event in events if event["event"] == "train"]
    assert rates == pytest.approx([1e-3, 2e-3, 3e-3, 4e-3, 4e-3, 2e-3])


def test_each_optimizer_has_its_own_learning_rate_and_both_follow_the_schedule() -> None:
    config = dataclasses.replace(
        SHORT, optimizer="muon", learning_rate=4e-3, muon_learning_rate=3e-2, max_grad_norm=0.0
    )
    learner = make_learner(config, NO_DROPOUT)
    before = deepcopy(learner.model)

    step_on(learner, [digit_pairs(5)], config, learning_rate=2e-3)

    # The first step of AdamW moves each element by the rate; that of Muon each matrix by about
    # the rate along each of its singular vectors.
    bias = (learner.model.decoder_norm.bias - before.decoder_norm.bias).abs()
    torch.testing.assert_close(bias, torch.full_like(bias, 2e-3), rtol=1e-3, atol=0)
    name = "encoder_layers.0.feed_forward.in_proj.weight"
    moved_by = learner.model.get_parameter(name) - before.get_parameter(name)
    values = torch.linalg.svdvals(moved_by / (1.5e-2 * math.sqrt(40 / 24)))
    assert 0.6 < values.median() < 1.3
    assert values.max() < 1.3


def test_in_half_precision_a_step_is_nearly_the_same_and_weights_stay_whole() -> None:
    whole, half = (
        dataclasses.replace(SHORT, precision=precision) for precision in ("float32", "bfloat16")
    )
    learners = [make_learner(config, DROPOUT) for config in (whole, half)]

    losses, norms = zip(
        *(
            step_on(learner, [digit_pairs(9)], config, learning_rate=1e-3)
            for learner, config in zip(learners, (whole, half), strict=True)
        ),
        strict=True,
    )

    assert losses[0] == pytest.approx(losses[1], rel=2e-2)
    assert losses[0] != losses[1]
    assert norms[0] == pytest.approx(norms[1], rel=5e-2)
    assert {tensor.dtype for tensor in learners[1].tensors().values()} == {torch.float32}


@pytest.mark.parametrize("broken", ["weights", "gradient"])
def test_a_step_that_is_not_finite_is_not_taken(broken: str) -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    step_on(learner, [digit_pairs(5)], SHORT, learning_rate=1e-3)
    learner.state.step = 1
    if broken == "weights":
        learner.model.embedding.weight.data[7, 2] = math.inf
    else:
        learner.model.decoder_norm.bias.register_hook(lambda gradient: gradient * math.nan)
    before = {name: tensor.clone() for name, tensor in learner.tensors().items()}

    with pytest.raises(DivergedError) as error:
        step_on(learner, [digit_pairs(5), digit_pairs(6)], SHORT, learning_rate=2.5e-3)

    after = learner.tensors()
    assert after.keys() == before.keys()
    assert any(name.startswith("optimizer.exp_avg.") for name in before)
    for name, tensor in before.items():
        assert torch.equal(after[name], tensor), name
    message = str(error.value)
    assert "nan" in message
    assert "step 2" in message
    assert "2.50e-03" in message
    assert "lower training.learning_rate" in message
    assert "training.warmup_steps" in message


def test_an_absurd_learning_rate_ends_the_run_with_advice() -> None:
    config = dataclasses.replace(SHORT, learning_rate=1e30, warmup_steps=0)
    saved: list[float | None] = []

    with pytest.raises(DivergedError, match=r"step 2, learning rate .*e\+29"):
        run_loop(make_learner(config, NO_DROPOUT), config, digit_pairs(23), save=saved.append)

    assert saved == []


def test_a_stop_is_asked_for_after_each_step_and_saved_once() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    asked: list[int] = []
    saved: list[tuple[int, float | None]] = []

    def should_stop() -> bool:
        asked.append(learner.state.step)
        return learner.state.step in (6, 8)

    def save(value: float | None) -> None:
        saved.append((learner.state.step, value))

    def go_on() -> Ending:
        return run_loop(
            learner, SHORT, digit_pairs(23), fake_evaluate(4.0, 3.0, 2.0), save, None, should_stop
        )

    assert go_on() == "interrupted"
    assert asked == [1, 2, 3, 4, 5, 6]
    assert saved == [(4, 4.0), (6, None)]

    assert go_on() == "interrupted"
    assert saved == [(4, 4.0), (6, None), (8, 4.0)]

    assert go_on() == "finished"
    assert asked == list(range(1, 11))
    assert saved[3:] == [(11, 4.0)]


def test_a_finished_run_takes_no_further_step() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    run_loop(learner, SHORT, digit_pairs(23))
    before = {name: tensor.clone() for name, tensor in learner.tensors().items()}

    assert run_loop(learner, SHORT, digit_pairs(23)) == "finished"

    assert learner.state.step == 11
    assert all(torch.equal(tensor, before[name]) for name, tensor in learner.tensors().items())


@pytest.mark.parametrize(
    ("metric", "values", "ending", "best", "best_step", "last_step"),
    [
        ("bleu", [10.0, 12.0, 12.0, 11.0, 30.0], "stopped early", 12.0, 4, 8),
        ("chrf", [10.0, 9.0, 12.0, 11.0, 30.0], "finished", 30.0, 10, 10),
        ("loss", [3.0, 2.0, 2.5, 2.0, 1.0], "stopped early", 2.0, 4, 8),
        ("loss", [3.0, 2.0, 2.5, 1.5, 1.6], "finished", 1.5, 8, 10),
        ("bleu", [0.0, 0.0, 0.0, 5.0, 4.0], "stopped early", 0.0, 2, 6),
    ],
)
def test_patience_ends_the_run_and_the_best_validation_is_remembered(
    metric: str, values: list[float], ending: str, best: float, best_step: int, last_step: int
) -> None:
    config = dataclasses.replace(SHORT, max_steps=10, eval_every=2, metric=metric, patience=2)
    learner = make_learner(config, NO_DROPOUT)
    saved: list[float | None] = []

    found = run_loop(learner, config, digit_pairs(23), fake_evaluate(*values), saved.append)

    assert found == ending
    assert (learner.state.best, learner.state.best_step) == (best, best_step)
    assert learner.state.step == last_step
    assert saved == values[: last_step // 2]


def test_patience_of_nothing_never_ends_the_run() -> None:
    config = dataclasses.replace(SHORT, max_steps=9, eval_every=1, metric="bleu", patience=0)
    learner = make_learner(config, NO_DROPOUT)

    ending = run_loop(learner, config, digit_pairs(23), fake_evaluate(*range(20, 11, -1)))

    assert (ending, learner.state.step) == ("finished", 9)
    assert (learner.state.best, learner.state.best_step) == (20, 1)
    assert learner.state.stale == 8


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_fix_norm_turns_embeddings_and_keeps_their_lengths(optimizer: str) -> None:
    free = dataclasses.replace(SHORT, optimizer=optimizer, learning_rate=1e-2)
    config = dataclasses.replace(free, fix_norm=True)
    learners = [make_learner(each, NO_DROPOUT) for each in (config, free)]
    before = learners[0].model.embedding.weight.detach().clone()

    run_loop(learners[0], config, digit_pairs(23))
    run_loop(learners[1], free, digit_pairs(23))

    kept, moved = (learner.model.embedding.weight.detach() for learner in learners)
    torch.testing.assert_close(kept.norm(dim=1), before.norm(dim=1), rtol=1e-5, atol=0)
    assert (moved.norm(dim=1) / before.norm(dim=1) - 1).abs().max() > 0.01
    assert (torch.cosine_similarity(kept, before) < 0.999).any()


def test_what_is_validated_is_the_average_of_the_weights() -> None:
    config = dataclasses.replace(
        SHORT, max_steps=7, eval_every=7, average_decay=0.4, schedule="inverse_sqrt"
    )
    learner = make_learner(config, DROPOUT)
    expected = learner.model.embedding.weight.detach().clone()
    validated: list[Tensor] = []

    def average_by_hand(event: Mapping[str, object]) -> None:
        if event["event"] == "train":
            step = int(str(event["step"]))
            decay = min(0.4, step / (step + 10))
            raw = learner.model.embedding.weight.detach()
            expected.copy_(decay * expected + (1 - decay) * raw)

    def evaluate(model: Transformer) -> Validation:
        validated.append(model.embedding.weight.detach().clone())
        return {"loss": 1.0}

    run_loop(learner, config, digit_pairs(23), evaluate, log=average_by_hand)

    torch.testing.assert_close(validated[0], expected)
    assert not torch.allclose(validated[0], learner.model.embedding.weight, atol=1e-3)


def test_without_averaging_the_weights_themselves_are_validated() -> None:
    config = dataclasses.replace(SHORT, average_decay=0.0)
    learner = make_learner(config, DROPOUT)

    run_loop(learner, config, digit_pairs(23))

    for average, raw in zip(learner.average.parameters(), learner.model.parameters(), strict=True):
        assert torch.equal(average, raw)


def test_dropout_is_on_again_after_a_validation() -> None:
    config = dataclasses.replace(SHORT, max_steps=6, eval_every=3)
    learners = [make_learner(config, DROPOUT) for _ in range(2)]

    def evaluate(model: Transformer) -> Validation:
        learners[1].model.eval()
        return {"loss": held_out_loss(model, digit_pairs(4), batch_tokens=20, world=World())}

    run_loop(learners[0], config, digit_pairs(23))
    run_loop(learners[1], config, digit_pairs(23), evaluate)

    torch.testing.assert_close(
        learners[0].model.embedding.weight, learners[1].model.embedding.weight, rtol=0, atol=0
    )


def test_the_lines_of_the_log_say_what_is_documented() -> None:
    config = dataclasses.replace(SHORT, log_every=3, max_steps=7)
    events: list[Mapping[str, object]] = []

    run_loop(
        make_learner(config, NO_DROPOUT),
        config,
        digit_pairs(23),
        lambda _: {"loss": 1.25, "bleu": 7.5, "bleu_signature": "nrefs:1"},
        log=events.append,
    )

    assert [(event["event"], event["step"], event["epoch"]) for event in events] == [
        ("train", 3, 0),
        ("validation", 4, 1),
        ("train", 6, 1),
        ("validation", 7, 2),
    ]
    position = {"event", "step", "epoch", "seconds"}
    rest = {"loss", "learning_rate", "grad_norm", "target_tokens_per_second"}
    assert events[0].keys() == position | rest
    assert events[1].keys() == position | {"loss", "bleu", "bleu_signature"}
    assert events[1]["bleu"] == 7.5
    assert all(float(str(event["target_tokens_per_second"])) > 0 for event in events[::2])
    seconds = [float(str(event["seconds"])) for event in events]
    assert seconds == sorted(seconds)


def test_the_logged_loss_is_the_mean_over_the_tokens_since_the_last_line() -> None:
    every, third = (dataclasses.replace(SHORT, log_every=n, max_steps=6) for n in (1, 3))
    pairs = digit_pairs(23)
    logs: list[list[Mapping[str, object]]] = [[], []]

    for config, events in zip((every, third), logs, strict=True):
        run_loop(make_learner(config, NO_DROPOUT), config, pairs, log=events.append)

    losses = [float(str(event["loss"])) for event in logs[0] if event["event"] == "train"]
    plan = plan_epoch(pairs, batch_tokens=34, seed=1, epoch=0)
    batches = [sum(len(pairs[index][1]) for index in rows) for rows in plan]
    counts = [sum(batches[0:2]), sum(batches[2:4]), batches[4]]
    expected = sum(loss * n for loss, n in zip(losses, counts, strict=False)) / sum(counts)
    assert float(str(logs[1][0]["loss"])) == pytest.approx(expected)


def test_the_time_of_earlier_sessions_counts() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    learner.state.seconds = 5000.0

    run_loop(learner, SHORT, digit_pairs(23))

    assert 5000 < learner.state.seconds < 5100


def test_the_held_out_loss_is_the_mean_over_tokens_without_dropout_and_smoothing() -> None:
    learner = make_learner(SHORT, DROPOUT)
    pairs = digit_pairs(11)

    losses = [
        held_out_loss(learner.model.train(), pairs, batch_tokens=budget, world=World())
        for budget in (1, 30, 1000)
    ]

    batch = collate(pairs)
    memory = learner.model.eval().encode(batch.src, batch.src_key_padding_mask)
    logits = learner.model.decode(batch.tgt_in, memory, batch.src_key_padding_mask)
    expected = F.cross_entropy(logits.flatten(0, 1), batch.tgt_out.flatten(), ignore_index=PAD_ID)
    assert losses == pytest.approx([expected.item()] * 3, rel=1e-5)


def test_the_progress_bar_is_quiet_where_nobody_watches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_loop(make_learner(SHORT, NO_DROPOUT), SHORT, digit_pairs(23))

    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == ""


def test_the_progress_bar_shows_steps_loss_and_speed_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    run_loop(make_learner(SHORT, NO_DROPOUT), SHORT, digit_pairs(23))

    shown = terminal.getvalue()
    assert "11/11" in shown
    assert "loss 2." in shown
    assert "target tokens/s" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def curve(
    pairs: Sequence[IdPair],
    seed: int,
    dropout: Callable[[float], nn.Module] | None = None,
    precision: Literal["float32", "bfloat16"] = "float32",
) -> Tensor:
    """The mean loss of each 25 of 300 steps."""
    torch.manual_seed(seed)
    shape = ModelConfig(
        d_model=32, num_heads=2, d_ff=64, num_encoder_layers=1, num_decoder_layers=1, dropout=0.1
    )
    config = TrainingConfig(
        seed=seed,
        max_steps=300,
        batch_tokens=400,
        log_every=25,
        warmup_steps=30,
        learning_rate=1e-2,
        precision=precision,
    )
    model = Transformer(shape, 1 + max(max(src + tgt) for src, tgt in pairs))
    for module in [*model.modules()] if dropout else []:
        if isinstance(own := getattr(module, "dropout", None), Dropout) and own.dropped_of_256:
            module.dropout = dropout(shape.dropout)
    learner = Learner(model, deepcopy(model), make_optimizers(model, config), TrainState())
    events: list[Mapping[str, object]] = []
    run_loop(learner, config, pairs, lambda _: {"bleu": 0.0}, log=events.append)
    return torch.tensor([float(str(event["loss"])) for event in events if "loss" in event])


def plain_batch_loss(
    network: nn.Module, model: Transformer, batch: Batch, config: TrainingConfig
) -> Tensor:
    memory = model.encode(batch.src, batch.src_key_padding_mask)
    logits = model.decode(batch.tgt_in, memory, batch.src_key_padding_mask)
    return F.cross_entropy(
        logits.flatten(0, 1),
        batch.tgt_out.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=config.label_smoothing,
        reduction="sum",
    )


def scene_pairs(count: int) -> list[IdPair]:
    """The first pairs of the embedded corpus in few subwords."""
    with (ROOT / "data/scenes/train.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in itertools.islice(file, count)]
    src, tgt = ([str(row[language]) for row in rows] for language in ("en", "de"))
    tokenizer = train_tokenizer([*src, *tgt], TokenizerConfig(vocab_size=500))
    return list(zip(tokenizer.encode_all(src), tokenizer.encode_all(tgt), strict=True))


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
    save: Callable[[float | None], object] | None = None,
    log: Callable[[Mapping[str, object]], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Ending:
    """`train` with what the test does not care for filled in."""

    def score(model: Transformer) -> Validation:
        loss = held_out_loss(model, digit_pairs(7, seed=3), batch_tokens=50, world=World())
        return {"loss": loss, "bleu": -loss}

    return train(
        learner,
        config,
        gradients=Gradients(learner.model, config, CPU, World()),
        world=World(),
        epoch_pairs=pairs if callable(pairs) else lambda _: pairs,
        evaluate=evaluate or score,
        save=lambda value: save and save(value),
        log=lambda event: log and log(event),
        should_stop=should_stop or (lambda: False),
    )


def step_on(
    learner: Learner, batches: list[list[IdPair]], config: TrainingConfig, learning_rate: float
) -> tuple[float, float]:
    return training_step(
        learner, Gradients(learner.model, config, CPU, World()), batches, config, learning_rate
    )


def stop_at(learner: Learner, step: float) -> Callable[[], bool]:
    return lambda: learner.state.step == step


def fake_evaluate(*values: float) -> Callable[[Transformer], Validation]:
    rest = iter(values)

    def evaluate(_: Transformer) -> Validation:
        value = next(rest)
        return {"loss": value, "bleu": value, "chrf": value}

    return evaluate


def make_run(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    run.create(Config())
    run.save_tokenizer(train_tokenizer(["a dog runs", "ein Hund rennt"], TokenizerConfig()))
    return run


def saver(run: RunDirectory, learner: Learner) -> Callable[[float | None], None]:
    def save(value: float | None) -> None:
        facts = {"state": asdict(learner.state), "value": value}
        run.save_checkpoint(
            learner.state.step, learner.tensors(), facts, keep_best=1, higher_is_better=False
        )

    return save


def assert_same_learner(ours: Learner, theirs: Learner) -> None:
    """Bit for bit: weights, average, moments; and every number but the time spent."""
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


def without_times(event: Mapping[str, object]) -> dict[str, object]:
    times = ("seconds", "target_tokens_per_second")
    return {name: value for name, value in event.items() if name not in times}


def moved(before: Transformer, after: Transformer) -> float:
    both: Iterable[tuple[Tensor, Tensor]] = zip(
        before.parameters(), after.parameters(), strict=True
    )
    return math.sqrt(sum(float((new - old).detach().square().sum()) for old, new in both))
