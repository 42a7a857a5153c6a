"""The learning rate by hand, Muon against torch, who is decayed, what averaging does."""

import math

import pytest
import torch
from torch import nn

from translator.config import ModelConfig, TrainingConfig
from translator.model.transformer import Transformer
from translator.training.optimizers import (
    Muon,
    learning_rate_at,
    make_optimizers,
    orthogonalize,
    set_lengths,
    update_average,
)

SHAPE = ModelConfig(d_model=12, num_heads=3, d_ff=20)

MATRICES = pytest.mark.parametrize(
    ("rows", "columns"), [(6, 6), (4, 9), (9, 4)], ids=["square", "wide", "tall"]
)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(1)


def test_without_warm_up_the_first_step_has_the_peak() -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=0)

    assert learning_rate_at(0, config) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.25), (3, 1.0), (4, 1.0), (5, 5 / 6), (7, 0.5), (9, 1 / 6), (10, 0.0), (11, 0.0)],
)
def test_the_learning_rate_falls_from_the_peak_to_zero_by_equal_amounts(
    step: int, expected: float
) -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=4, max_steps=10)

    assert learning_rate_at(step, config) == pytest.approx(expected)


# -- the optimizers -----------------------------------------------------------------------------


def test_only_the_matrices_of_layers_are_decayed() -> None:
    model = Transformer(SHAPE, vocab_size=31)

    (adamw,) = make_optimizers(model, TrainingConfig(optimizer="adamw", weight_decay=0.5))

    decays = {
        id(parameter): group["weight_decay"]
        for group in adamw.param_groups
        for parameter in group["params"]
    }
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() == 2 and name != "embedding.weight"
        assert decays[id(parameter)] == (0.5 if is_matrix else 0.0), name


def test_muon_has_the_matrices_of_layers_and_adamw_all_else() -> None:
    model = Transformer(SHAPE, vocab_size=31)
    config = TrainingConfig(
        optimizer="muon", learning_rate=2e-3, muon_learning_rate=3e-2, weight_decay=0.5
    )

    muon, adamw = make_optimizers(model, config)

    assert isinstance(muon, Muon)
    assert isinstance(adamw, torch.optim.AdamW)
    settings = {
        id(parameter): (optimizer, group["weight_decay"], group["lr_ratio"])
        for optimizer in (muon, adamw)
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    for name, parameter in model.named_parameters():
        is_matrix = parameter.dim() == 2 and name != "embedding.weight"
        optimizer, decay, ratio = settings[id(parameter)]
        assert optimizer is (muon if is_matrix else adamw), name
        assert decay == (0.5 if is_matrix else 0.0), name
        assert ratio == pytest.approx(15.0 if is_matrix else 1.0), name


@MATRICES
def test_orthogonalizing_keeps_the_singular_vectors_and_brings_the_values_near_one(
    rows: int, columns: int
) -> None:
    matrices = torch.randn(3, rows, columns)
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    values = torch.linspace(30.0, 1.0, min(rows, columns)).expand_as(values)
    matrices = left @ values.diag_embed() @ right

    found = left.mT @ orthogonalize(matrices) @ right.mT

    kept = found.diagonal(dim1=1, dim2=2)
    assert kept.min() > 0.6
    assert kept.max() < 1.3
    torch.testing.assert_close(found, kept.diag_embed(), rtol=0, atol=1e-5)


@MATRICES
def test_half_precision_orthogonalizes_nearly_as_well(rows: int, columns: int) -> None:
    matrices = torch.randn(3, rows, columns)

    found = orthogonalize(matrices, torch.bfloat16)

    expected = orthogonalize(matrices)
    assert found.dtype == torch.float32
    assert 0 < (found - expected).abs().max() < 0.1


@MATRICES
def test_matrices_are_orthogonalized_each_by_itself_and_whatever_their_size(
    rows: int, columns: int
) -> None:
    matrices = torch.randn(4, rows, columns)

    together = orthogonalize(matrices)

    alone = torch.cat([orthogonalize(1000 * matrix.unsqueeze(0)) for matrix in matrices])
    torch.testing.assert_close(together, alone)


def test_two_steps_of_muon_worked_by_hand() -> None:
    # One column, so orthogonalizing keeps the direction and its length becomes that of 1 after
    # five rounds of the polynomial. The column is twice as tall as wide: times sqrt(2).
    matrix = nn.Parameter(torch.tensor([[10.0], [20.0]]))
    muon = Muon([matrix], lr_ratio=1.0, weight_decay=0.5)
    muon.param_groups[0]["lr"] = 0.1
    length = 1.0
    for _ in range(5):
        length = 3.4445 * length - 4.7750 * length**3 + 2.0315 * length**5
    move = 0.1 * math.sqrt(2) * length

    matrix.grad = torch.tensor([[3.0], [4.0]])
    muon.step()

    first = [10 * 0.95 - move * 0.6, 20 * 0.95 - move * 0.8]
    assert matrix.flatten().tolist() == pytest.approx(first, rel=1e-6)

    matrix.grad = torch.tensor([[-5.0], [0.0]])
    muon.step()

    # Momentum: 0.05 * (0.95 * (3, 4) + (-5, 0)) = 0.05 * (-2.15, 3.8);
    # ahead: 0.05 * ((-5, 0) + 0.95 * (-2.15, 3.8)) = 0.05 * (-7.0425, 3.61).
    norm = math.hypot(7.0425, 3.61)
    second = [first[0] * 0.95 + move * 7.0425 / norm, first[1] * 0.95 - move * 3.61 / norm]
    assert matrix.flatten().tolist() == pytest.approx(second, rel=1e-6)


@MATRICES
def test_muon_moves_as_torch_does_but_for_its_half_precision(rows: int, columns: int) -> None:
    start = torch.randn(2, rows, columns)
    ours, theirs = ([nn.Parameter(matrix.clone()) for matrix in start] for _ in range(2))
    our_muon = Muon(ours, lr_ratio=1.0, weight_decay=0.3)
    our_muon.param_groups[0]["lr"] = 0.05
    their_muon = torch.optim.Muon(theirs, lr=0.05, weight_decay=0.3, momentum=0.95, nesterov=True)

    for _ in range(5):
        for matrix, twin in zip(ours, theirs, strict=True):
            matrix.grad = torch.randn(rows, columns)
            twin.grad = matrix.grad.clone()
        our_muon.step()
        their_muon.step()

    for matrix, twin, before in zip(ours, theirs, start, strict=True):
        assert (matrix - twin).norm() < 0.02 * (matrix - before).norm()


def test_without_a_gradient_muon_only_decays() -> None:
    matrices = [nn.Parameter(torch.randn(4, 6)) for _ in range(2)]
    before = [matrix.detach().clone() for matrix in matrices]
    muon = Muon(matrices, lr_ratio=1.0, weight_decay=0.5)
    muon.param_groups[0]["lr"] = 0.1
    for matrix in matrices:
        matrix.grad = torch.zeros_like(matrix)

    muon.step()

    for matrix, old in zip(matrices, before, strict=True):
        torch.testing.assert_close(matrix.detach(), 0.95 * old)


# -- the average --------------------------------------------------------------------------------


def test_rows_are_set_to_lengths_and_a_row_of_zeros_stays() -> None:
    rows = torch.tensor([[3.0, 4.0], [0.0, -0.5], [0.0, 0.0]])

    set_lengths(rows, torch.tensor([[1.0], [2.0], [7.0]]))

    expected = torch.tensor([[0.6, 0.8], [0.0, -2.0], [0.0, 0.0]])
    torch.testing.assert_close(rows, expected, rtol=1e-6, atol=0)


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
