"""The loop: when it stops, what it validates, what it logs."""

import dataclasses
from collections.abc import Callable, Mapping

import pytest
import torch
import torch.nn.functional as F
from reversing import DROPOUT, NO_DROPOUT, SHORT, digit_pairs, make_learner, run_loop
from torch import Tensor

from translator.compute.distributed import World
from translator.config import PAD_ID
from translator.errors import DivergedError
from translator.model.transformer import Transformer
from translator.text.batching import collate, lengths_of, plan_epoch
from translator.training.loop import Ending, Validation, held_out_loss


def test_the_learning_rate_of_a_step_is_the_schedules() -> None:
    events: list[Mapping[str, object]] = []
    config = dataclasses.replace(SHORT, learning_rate=4.0e-3, warmup_steps=4, max_steps=6)

    run_loop(make_learner(config, NO_DROPOUT), config, digit_pairs(23), log=events.append)

    rates = [event["learning_rate"] for event in events if event["event"] == "train"]
    assert rates == pytest.approx([1e-3, 2e-3, 3e-3, 4e-3, 4e-3, 2e-3])


def test_an_absurd_learning_rate_ends_the_run_with_advice() -> None:
    config = dataclasses.replace(SHORT, warmup_steps=0)
    object.__setattr__(config, "learning_rate", 1e30)  # past all that the settings allow
    learner = make_learner(config, NO_DROPOUT)
    saved: list[int] = []

    with pytest.raises(DivergedError, match=r"step 2, learning rate .*e\+29"):
        run_loop(learner, config, digit_pairs(23), save=lambda: saved.append(learner.state.step))

    assert saved == []


def test_a_stop_is_asked_for_after_each_step_and_saved_once() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    asked: list[int] = []
    saved: list[int] = []

    def should_stop() -> bool:
        asked.append(learner.state.step)
        return learner.state.step in (6, 8)

    def save() -> None:
        saved.append(learner.state.step)

    def go_on() -> Ending:
        return run_loop(
            learner, SHORT, digit_pairs(23), fake_evaluate(4.0, 3.0, 2.0), save, None, should_stop
        )

    assert go_on() == "interrupted"
    assert asked == [1, 2, 3, 4, 5, 6]
    assert saved == [4, 6]

    assert go_on() == "interrupted"
    assert saved == [4, 6, 8]

    assert go_on() == "finished"
    assert asked == list(range(1, 11))
    assert saved == [4, 6, 8, 11]


def test_a_finished_run_takes_no_further_step() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    run_loop(learner, SHORT, digit_pairs(23))
    before = {name: tensor.clone() for name, tensor in learner.tensors().items()}

    assert run_loop(learner, SHORT, digit_pairs(23)) == "finished"

    assert learner.state.step == 11
    assert all(torch.equal(tensor, before[name]) for name, tensor in learner.tensors().items())


def test_snapshots_are_taken_before_what_is_saved_of_the_same_step() -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    done: list[tuple[str, int]] = []

    def look(average: Transformer) -> None:
        assert average is learner.average
        done.append(("snapshot", learner.state.step))

    def go_on() -> Ending:
        return run_loop(
            learner,
            SHORT,
            digit_pairs(23),
            save=lambda: done.append(("save", learner.state.step)),
            should_stop=lambda: learner.state.step == 6,
            snapshot_steps=[0, 1, 4, 6, 11],
            take_snapshot=look,
        )

    assert go_on() == "interrupted"
    before = [("snapshot", 0), ("snapshot", 1), ("snapshot", 4), ("save", 4)]
    assert done == [*before, ("snapshot", 6), ("save", 6)]
    done.clear()

    assert go_on() == "finished"
    assert done == [("save", 8), ("snapshot", 11), ("save", 11)]


def test_a_training_that_stops_early_is_looked_at_once_more() -> None:
    config = dataclasses.replace(SHORT, eval_every=2, metric="bleu", patience=1)
    learner = make_learner(config, NO_DROPOUT)
    seen: list[int] = []

    ending = run_loop(
        learner,
        config,
        digit_pairs(23),
        fake_evaluate(4.0, 4.0),
        snapshot_steps=[3, 11],
        take_snapshot=lambda _: seen.append(learner.state.step),
    )

    assert ending == "stopped early"
    assert seen == [3, 4]


@pytest.mark.parametrize(
    ("metric", "values", "ending", "best_step", "last_step"),
    [
        ("bleu", [10.0, 12.0, 12.0, 11.0, 30.0], "stopped early", 4, 8),
        ("chrf", [10.0, 9.0, 12.0, 11.0, 30.0], "finished", 10, 10),
        ("loss", [3.0, 2.0, 2.5, 2.0, 1.0], "stopped early", 4, 8),
        ("loss", [3.0, 2.0, 2.5, 1.5, 1.6], "finished", 8, 10),
        ("bleu", [0.0, 0.0, 0.0, 5.0, 4.0], "stopped early", 2, 6),
    ],
)
def test_patience_ends_the_run_and_the_best_validation_is_remembered(
    metric: str, values: list[float], ending: str, best_step: int, last_step: int
) -> None:
    config = dataclasses.replace(SHORT, max_steps=10, eval_every=2, metric=metric, patience=2)
    learner = make_learner(config, NO_DROPOUT)
    saved: list[int] = []

    def evaluate(_: Transformer) -> Validation:
        others = {"loss": 1.0, "bleu": 7.0, "chrf": 8.0}
        return {**others, metric: values[learner.state.step // 2 - 1]}

    found = run_loop(
        learner, config, digit_pairs(23), evaluate, lambda: saved.append(learner.state.step)
    )

    assert found == ending
    assert learner.state.best_step == best_step
    best = values[best_step // 2 - 1]
    assert learner.state.best_rank is not None
    assert learner.state.best_rank[0] == (-best if metric == "loss" else best)
    assert saved == list(range(2, last_step + 1, 2))


@pytest.mark.parametrize(
    ("bleu", "chrf", "loss", "best_step"),
    [
        ([0.0, 0.0, 0.0, 0.0], [3.0, 40.0, 90.0, 80.0], [4.0, 3.0, 2.0, 1.0], 3),
        ([0.0, 0.0, 0.0, 0.0], [3.0, 90.0, 90.0, 90.0], [4.0, 3.0, 2.0, 2.5], 3),
        ([5.0, 7.0, 7.0, 6.0], [50.0, 55.0, 54.0, 99.0], [4.0, 3.0, 2.0, 1.0], 2),
    ],
    ids=["by chrF", "by the loss", "by chrF among the best alone"],
)
def test_between_equal_validations_chrf_decides_and_then_the_loss(
    bleu: list[float], chrf: list[float], loss: list[float], best_step: int
) -> None:
    config = dataclasses.replace(SHORT, max_steps=4, eval_every=1, metric="bleu", patience=3)
    learner = make_learner(config, NO_DROPOUT)

    def evaluate(_: Transformer) -> Validation:
        number = learner.state.step - 1
        return {"bleu": bleu[number], "chrf": chrf[number], "loss": loss[number]}

    assert run_loop(learner, config, digit_pairs(23), evaluate) == "finished"

    assert learner.state.best_step == best_step
    assert learner.state.stale == 4 - best_step


def test_patience_of_nothing_never_ends_the_run() -> None:
    config = dataclasses.replace(SHORT, max_steps=9, eval_every=1, metric="bleu", patience=0)
    learner = make_learner(config, NO_DROPOUT)

    ending = run_loop(learner, config, digit_pairs(23), fake_evaluate(*range(20, 11, -1)))

    assert (ending, learner.state.step) == ("finished", 9)
    assert (learner.state.best_rank, learner.state.best_step) == ([20, 20, -20], 1)
    assert learner.state.stale == 8


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_embeddings_turn_and_keep_their_lengths(optimizer: str) -> None:
    config = dataclasses.replace(SHORT, optimizer=optimizer, learning_rate=1e-2)
    learner = make_learner(config, NO_DROPOUT)
    before = learner.model.embedding.weight.detach().clone()

    run_loop(learner, config, digit_pairs(23))

    after = learner.model.embedding.weight.detach()
    torch.testing.assert_close(after.norm(dim=1), before.norm(dim=1), rtol=1e-5, atol=0)
    assert (torch.cosine_similarity(after, before) < 0.999).any()


def test_what_is_validated_is_the_average_of_the_weights() -> None:
    config = dataclasses.replace(SHORT, max_steps=7, eval_every=7, average_decay=0.4)
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
        return {"loss": 1.0, "chrf": 0.0}

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
        loss = held_out_loss(model, digit_pairs(4), batch_tokens=20, world=World())
        return {"loss": loss, "chrf": 0.0}

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
        lambda _: {"loss": 1.25, "bleu": 7.5, "bleu_signature": "nrefs:1", "chrf": 9.5},
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
    assert events[1].keys() == position | {"loss", "bleu", "bleu_signature", "chrf"}
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
    plan = plan_epoch(lengths_of(pairs), batch_tokens=34, seed=1, epoch=0)
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
    logits = learner.model.logits(batch.tgt_in, memory, batch.src_key_padding_mask)
    expected = F.cross_entropy(logits.flatten(0, 1), batch.tgt_out.flatten(), ignore_index=PAD_ID)
    assert losses == pytest.approx([expected.item()] * 3, rel=1e-5)


def test_the_loop_prints_nothing_and_tells_of_each_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[tuple[float, float]] = []
    learner = make_learner(SHORT, NO_DROPOUT)

    run_loop(learner, SHORT, digit_pairs(23), on_step=lambda *seen: told.append(seen))

    assert capsys.readouterr() == ("", "")
    assert len(told) == SHORT.max_steps
    assert all(loss > 0 and rate > 0 for loss, rate in told)


def fake_evaluate(*values: float) -> Callable[[Transformer], Validation]:
    rest = iter(values)

    def evaluate(_: Transformer) -> Validation:
        value = next(rest)
        return {"loss": value, "bleu": value, "chrf": value}

    return evaluate
