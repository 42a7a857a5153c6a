"""The schedule by hand, the loss against its definition, who is decayed, what averaging does."""

import math

import pytest
import torch
from torch import nn

from translator.config import PAD_ID, ModelConfig, TrainingConfig
from translator.model import Transformer
from translator.optimization import (
    learning_rate_at,
    make_optimizers,
    smoothed_cross_entropy,
    update_average,
)

B, T, V = 2, 3, 7


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.25), (1, 0.5), (3, 1.0), (4, 1.0), (7, 0.5), (10, 0.0), (11, 0.0)],
)
def test_cosine_rises_to_the_peak_and_falls_to_zero(step: int, expected: float) -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=4, max_steps=10, schedule="cosine")

    assert learning_rate_at(step, config) == pytest.approx(expected)


@pytest.mark.parametrize(("step", "expected"), [(0, 0.25), (3, 1.0), (15, 0.5), (35, 1 / 3)])
def test_inverse_square_root_halves_when_steps_are_four_times_the_warm_up(
    step: int, expected: float
) -> None:
    config = TrainingConfig(
        learning_rate=1.0, warmup_steps=4, max_steps=10, schedule="inverse_sqrt"
    )

    assert learning_rate_at(step, config) == pytest.approx(expected)


def test_without_warm_up_the_first_step_has_the_peak() -> None:
    for schedule in ("cosine", "inverse_sqrt"):
        config = TrainingConfig(learning_rate=1.0, warmup_steps=0, schedule=schedule)
        assert learning_rate_at(0, config) == pytest.approx(1.0)


def test_the_loss_is_the_cross_entropy_against_smoothed_targets() -> None:
    logits = torch.randn(B, T, V, generator=torch.Generator().manual_seed(1))
    tgt_out = torch.tensor([[4, 6, 3], [5, 3, 4]])
    smoothing = 0.2

    loss = smoothed_cross_entropy(logits, tgt_out, smoothing)

    target = torch.full((B, T, V), smoothing / V)
    target.scatter_add_(-1, tgt_out.unsqueeze(-1), torch.full((B, T, 1), 1 - smoothing))
    torch.testing.assert_close(loss, -(target * logits.log_softmax(-1)).sum())


def test_padding_adds_nothing_to_the_loss() -> None:
    logits = torch.randn(B, T, V, generator=torch.Generator().manual_seed(1))
    tgt_out = torch.tensor([[4, 6, 3], [5, PAD_ID, PAD_ID]])

    loss = smoothed_cross_entropy(logits, tgt_out, 0.1)

    first = smoothed_cross_entropy(logits[:1], tgt_out[:1], 0.1)
    second = smoothed_cross_entropy(logits[1:, :1], tgt_out[1:, :1], 0.1)
    torch.testing.assert_close(loss, first + second)


def test_only_the_matrices_of_layers_are_decayed() -> None:
    model = Transformer(ModelConfig(d_model=12, num_heads=3, d_ff=20), vocab_size=31)

    optimizer = make_optimizers(model, TrainingConfig(weight_decay=0.5))

    decays = {
        id(parameter): group["weight_decay"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() == 2 and name != "embedding.weight"
        assert decays[id(parameter)] == (0.5 if is_matrix else 0.0), name


def test_the_average_is_the_exponentially_weighted_mean_of_all_weights_so_far() -> None:
    model, average = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.constant_(average.weight, 100.0)
    expected = 100.0

    for step, value in enumerate([3.0, 5.0, 4.0], start=1):
        nn.init.constant_(model.weight, value)
        update_average(average, model, decay=0.2, step=step)
        decay = min(0.2, step / (step + 10))
        expected = decay * expected + (1 - decay) * value

    assert average.weight.item() == pytest.approx(expected)
    assert average.weight.item() < 6  # the start is soon forgotten


def test_without_decay_the_average_is_the_model() -> None:
    model, average = nn.Linear(2, 3), nn.Linear(2, 3)

    update_average(average, model, decay=0.0, step=7)

    torch.testing.assert_close(average.weight, model.weight, rtol=0, atol=0)


def test_the_loss_of_an_untrained_model_is_near_that_of_a_guess() -> None:
    torch.manual_seed(2)
    model = Transformer(ModelConfig(d_model=64, num_decoder_layers=3), vocab_size=500)
    ids = torch.randint(4, 500, (3, 11))

    loss = smoothed_cross_entropy(model(ids, ids == PAD_ID, ids), ids.flip(0), 0.0) / ids.numel()

    assert loss.item() == pytest.approx(math.log(500), rel=0.15)
