"""Threads that read rows of their own: the gradient of the whole, from a seed of each."""

import dataclasses
from collections.abc import Iterator
from copy import deepcopy
from functools import partial

import pytest
import small_models
import torch
from torch import Tensor

from translator.compute.distributed import World
from translator.config import EOS_ID, ModelConfig, TrainingConfig
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, collate, even
from translator.training.gradients import MOST_READERS, Gradients, batch_loss

CPU = torch.device("cpu")
VOCAB_SIZE = 17
make_model = partial(small_models.make_model, vocab_size=VOCAB_SIZE)
pairs_of = partial(small_models.pairs_of, vocab_size=VOCAB_SIZE, longest=6)
PLAIN = ModelConfig(
    d_model=12, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
)
DROPPING = dataclasses.replace(PLAIN, dropout=0.3)
CONFIG = TrainingConfig(seed=5)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("num_threads", [2, 3, 2 * MOST_READERS])
@pytest.mark.parametrize("num_pairs", [1, 2, 11])
@pytest.mark.parametrize("consistency", [0.0, 2.0])
def test_the_gradient_does_not_depend_on_how_many_threads_share_the_rows(
    num_threads: int, num_pairs: int, consistency: float
) -> None:
    config = dataclasses.replace(CONFIG, consistency=consistency)
    batches = [pairs_of(num_pairs), pairs_of(7, seed=2)]
    model = make_model(PLAIN)

    loss, gradients = gradients_with(num_threads, model, batches, config)

    loss_of_one, expected = gradients_with(1, model, batches, config)
    assert loss == pytest.approx(loss_of_one, rel=1e-5)
    for gradient, theirs in zip(gradients, expected, strict=True):
        torch.testing.assert_close(gradient, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("consistency", [0.0, 2.0])
def test_a_batch_filled_up_has_the_loss_and_the_gradients_of_its_pairs(consistency: float) -> None:
    config = dataclasses.replace(CONFIG, consistency=consistency)
    model, pairs = make_model(PLAIN).train(), pairs_of(11)
    losses, gradients = [], []
    for batch in (even(pairs, rows=8, length=4), collate(pairs)):
        loss = batch_loss(model, model, batch, config)
        losses.append(loss.item())
        gradients.append(torch.autograd.grad(loss, list(model.parameters())))

    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("num_threads", [1, 2])
def test_half_precision_has_nearly_the_same_gradients(num_threads: int) -> None:
    model, batches = make_model(PLAIN), [pairs_of(11)]

    (loss, whole), (of_half, half) = (
        gradients_with(
            num_threads, model, batches, dataclasses.replace(CONFIG, precision=precision)
        )
        for precision in ("float32", "bfloat16")
    )

    assert of_half == pytest.approx(loss, rel=1e-2)
    for ours, theirs in zip(half, whole, strict=True):
        assert (ours - theirs).norm() < 0.1 * theirs.norm() + 1e-4


@pytest.mark.parametrize("num_threads", [1, 2, 3])
def test_dropout_follows_from_seed_and_step_alone(num_threads: int) -> None:
    model, batches = make_model(DROPPING), [pairs_of(11)]

    first, again, next_step, other_seed = (
        gradients_with(num_threads, model, batches, dataclasses.replace(CONFIG, seed=seed), step)
        for seed, step in ((5, 3), (5, 3), (5, 4), (6, 3))
    )

    assert first[0] == again[0]
    assert all(torch.equal(*both) for both in zip(first[1], again[1], strict=True))
    assert len({first[0], next_step[0], other_seed[0]}) == 3


def test_a_step_is_the_same_whatever_was_drawn_before_it() -> None:
    torch.set_num_threads(2)
    model, batches = make_model(DROPPING), [pairs_of(11)]
    gradients = Gradients(model, CONFIG, CPU, World())
    expected = gradients.compute(batches, step=3)
    gradients.compute(batches, step=7)
    torch.rand(5)

    assert gradients.compute(batches, step=3) == expected


def test_threads_drop_different_elements() -> None:
    # Each of two threads reads one of two equal pairs: with equal masks, one would be as good.
    [pair] = pairs_of(1)
    model = make_model(DROPPING)

    loss, _ = gradients_with(2, model, [[pair, pair]], CONFIG)

    dropped_alike = make_model(DROPPING)
    of_one, _ = gradients_with(2, dropped_alike, [[pair]], CONFIG)
    assert loss != pytest.approx(of_one, rel=1e-4)


def test_the_model_stays_one_and_keeps_torchs_generator() -> None:
    torch.set_num_threads(3)
    model = make_model(DROPPING)
    before = deepcopy(model)

    Gradients(model, CONFIG, CPU, World()).compute([pairs_of(5)], step=0)

    assert model.dropout.generator is None
    assert torch.get_num_threads() == 3
    for parameter, theirs in zip(model.parameters(), before.parameters(), strict=True):
        assert torch.equal(parameter, theirs)
        assert parameter.grad is not None


def test_what_a_thread_raises_reaches_the_caller_and_threads_stay_as_many() -> None:
    torch.set_num_threads(2)
    gradients = Gradients(make_model(PLAIN), CONFIG, CPU, World())
    unknown: IdPair = ([VOCAB_SIZE + 1, EOS_ID], [4, EOS_ID])

    with pytest.raises(IndexError):
        gradients.compute([[*pairs_of(3), unknown]], step=0)

    assert torch.get_num_threads() == 2


def gradients_with(
    num_threads: int,
    model: Transformer,
    batches: list[list[IdPair]],
    config: TrainingConfig,
    step: int = 0,
) -> tuple[float, list[Tensor]]:
    torch.set_num_threads(num_threads)
    model.zero_grad(set_to_none=True)
    loss = Gradients(model, config, CPU, World()).compute(batches, step)
    return loss, [
        parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None
    ]
