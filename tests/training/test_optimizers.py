"""The schedule by hand, loss and Muon against torch, who is decayed, what averaging does."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from translator.config import PAD_ID, ModelConfig, TrainingConfig
from translator.model.transformer import Transformer
from translator.training import optimizers as optimization
from translator.training.optimizers import (
    Muon,
    learning_rate_at,
    make_optimizers,
    orthogonalize,
    set_lengths,
    smoothed_cross_entropy,
    update_average,
)

# All different: sentences, target positions, width, vocabulary.
B, T, D, V = 3, 11, 5, 29
SHAPE = ModelConfig(d_model=12, num_heads=3, d_ff=20)

MATRICES = pytest.mark.parametrize(
    ("rows", "columns"), [(6, 6), (4, 9), (9, 4)], ids=["square", "wide", "tall"]
)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(1)


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
    for schedule in ("cosine", "linear", "inverse_sqrt"):
        config = TrainingConfig(learning_rate=1.0, warmup_steps=0, schedule=schedule)
        assert learning_rate_at(0, config) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.25), (3, 1.0), (4, 1.0), (5, 5 / 6), (7, 0.5), (9, 1 / 6), (10, 0.0), (11, 0.0)],
)
def test_linear_falls_from_the_peak_to_zero_by_equal_amounts(step: int, expected: float) -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=4, max_steps=10, schedule="linear")

    assert learning_rate_at(step, config) == pytest.approx(expected)


# -- the loss -----------------------------------------------------------------------------------


def test_the_loss_is_the_cross_entropy_against_smoothed_targets() -> None:
    states, weight, _ = loss_inputs()
    tgt_out = torch.randint(1, V, (B, T))
    smoothing = 0.2

    loss = smoothed_cross_entropy(states, weight, tgt_out, smoothing)

    target = torch.full((B, T, V), smoothing / V)
    target.scatter_add_(-1, tgt_out.unsqueeze(-1), torch.full((B, T, 1), 1 - smoothing))
    expected = -(target * (states @ weight.T).log_softmax(-1)).sum()
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("rows_at_once", [1, 4, B * T, 1000])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_loss_and_gradients_are_those_of_torch_however_many_rows_are_scored_at_once(
    rows_at_once: int, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", rows_at_once * V)
    states, weight, targets = loss_inputs()

    loss = smoothed_cross_entropy(states, weight, targets, smoothing)
    gradients = torch.autograd.grad(loss, [states, weight])

    expected = plain_loss(states, weight, targets, smoothing)
    expected_gradients = torch.autograd.grad(expected, [states, weight])
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=0)
    for gradient, theirs in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("num_rows", [1, 2, 3])
def test_fewer_rows_than_the_vocabulary_would_let_in_are_scored_one_by_one(
    num_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", V - 1)
    states, weight, targets = loss_inputs()
    states, targets = states[:1, :num_rows], targets[:1, :num_rows]

    loss = smoothed_cross_entropy(states, weight, targets, 0.1)

    torch.testing.assert_close(loss, plain_loss(states, weight, targets, 0.1))


def test_the_gradient_of_the_loss_is_its_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", 3 * V)
    states, weight, targets = loss_inputs(torch.float64)

    assert torch.autograd.gradcheck(
        lambda states, weight: smoothed_cross_entropy(states, weight, targets, 0.2),
        (states, weight),
    )


@pytest.mark.parametrize("rows_at_once", [1, 4, 1000])
def test_two_readings_cost_their_mean_and_their_divergence_from_each_other(
    rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", 2 * rows_at_once * V)
    first, weight, targets = loss_inputs()
    second, _, _ = loss_inputs()
    states = torch.cat([first, second])

    loss = smoothed_cross_entropy(states, weight, targets, 0.2, consistency=3.0)
    gradients = torch.autograd.grad(loss, [first, second, weight])

    # R-Drop (Liang et al. 2021), equation 4: both cross-entropies, and alpha times the mean of
    # both divergences; halved.
    log_p, log_q = (
        (one @ weight.T).log_softmax(dim=-1)[targets != PAD_ID] for one in (first, second)
    )
    divergences = [
        F.kl_div(one, other, reduction="sum", log_target=True)
        for one, other in ((log_p, log_q), (log_q, log_p))
    ]
    entropies = [plain_loss(one, weight, targets, 0.2) for one in (first, second)]
    expected = (sum(entropies) + 3.0 * sum(divergences) / 2) / 2
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=0)
    expected_gradients = torch.autograd.grad(expected, [first, second, weight])
    for gradient, theirs in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize("consistency", [0.0, 3.0])
@pytest.mark.parametrize("rows_at_once", [3, 1000])
def test_weights_say_how_often_a_sentence_counts(
    rows_at_once: int, consistency: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", 2 * rows_at_once * V)
    first, weight, targets = loss_inputs()
    readings = [first, loss_inputs()[0]] if consistency else [first]
    counts = torch.linspace(-1.5, 2.0, B)

    loss = smoothed_cross_entropy(
        torch.cat(readings), weight, targets, 0.2, consistency, weights=counts
    )
    gradients = torch.autograd.grad(loss, [*readings, weight])

    expected = sum(
        count
        * smoothed_cross_entropy(
            torch.cat([one[b : b + 1] for one in readings]),
            weight,
            targets[b : b + 1],
            0.2,
            consistency,
        )
        for b, count in enumerate(counts)
    )
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-5)
    theirs = torch.autograd.grad(expected, [*readings, weight])
    for gradient, other in zip(gradients, theirs, strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-5, atol=1e-5)


def test_two_equal_readings_cost_what_one_does() -> None:
    states, weight, targets = loss_inputs()

    loss = smoothed_cross_entropy(torch.cat([states, states]), weight, targets, 0.1, 5.0)

    once = smoothed_cross_entropy(states, weight, targets, 0.1)
    torch.testing.assert_close(loss, once)
    for gradient, theirs in zip(
        torch.autograd.grad(loss, [states, weight]),
        torch.autograd.grad(once, [states, weight]),
        strict=True,
    ):
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=2e-6)


def test_a_weight_before_the_loss_is_a_weight_before_its_gradients() -> None:
    states, weight, targets = loss_inputs()
    loss = smoothed_cross_entropy(states, weight, targets, 0.1)
    gradients = torch.autograd.grad(loss, [states, weight], retain_graph=True)

    for factor in (0.0, 0.25, -3.0):
        weighted = torch.autograd.grad(loss * factor, [states, weight], retain_graph=True)

        for gradient, whole in zip(weighted, gradients, strict=True):
            torch.testing.assert_close(gradient, whole * factor)


def test_padding_adds_nothing_to_the_loss_wherever_it_stands() -> None:
    states, weight, _ = loss_inputs()
    tgt_out = torch.randint(1, V, (B, T))
    whole = smoothed_cross_entropy(states, weight, tgt_out, 0.1)
    rest = tgt_out.clone()
    hidden = [(0, 0), (1, 3), (B - 1, T - 1)]
    for b, t in hidden:
        rest[b, t] = PAD_ID

    loss = smoothed_cross_entropy(states, weight, rest, 0.1)

    rows = [(states[b : b + 1, t : t + 1], tgt_out[b : b + 1, t : t + 1]) for b, t in hidden]
    expected = whole - sum(smoothed_cross_entropy(x, weight, tgt, 0.1) for x, tgt in rows)
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, [states])
    assert torch.equal(gradient.eq(0).all(dim=-1), rest == PAD_ID)


def test_where_all_is_padding_loss_and_gradients_are_zero() -> None:
    states, weight, targets = loss_inputs()

    loss = smoothed_cross_entropy(states, weight, torch.full_like(targets, PAD_ID), 0.1)

    assert loss.item() == 0
    for gradient in torch.autograd.grad(loss, [states, weight]):
        assert gradient.eq(0).all()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_huge_logits_give_a_finite_loss_and_gradient(smoothing: float) -> None:
    # The weights are the identity, so the states are the logits.
    logits = torch.tensor([[[0.0, 1e4, -1e4], [0.0, -1e4, 1e4], [1e4, 1e4, 1e4]]])
    states, weight = logits.requires_grad_(), torch.eye(3, requires_grad=True)
    targets = torch.tensor([[1, 1, 2]])

    loss = smoothed_cross_entropy(states, weight, targets, smoothing)
    gradients = torch.autograd.grad(loss, [states, weight])

    expected = plain_loss(states, weight, targets, smoothing)
    expected_gradients = torch.autograd.grad(expected, [states, weight])
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=0)
    for gradient, theirs in zip(gradients, expected_gradients, strict=True):
        assert gradient.isfinite().all()
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=1e-2)  # of 1e4


def test_a_small_difference_of_huge_logits_is_not_lost() -> None:
    # Three equally probable tokens: log 3, where 1e5 + log 3 would be rounded to 1 / 128.
    logits, weight = torch.tensor([[[1e5, 1e5, 1e5, 0.0]]]), torch.eye(4)

    loss = smoothed_cross_entropy(logits, weight, torch.tensor([[2]]), 0.0)

    assert loss.item() == pytest.approx(math.log(3), rel=1e-6)


def test_no_tensor_ever_holds_the_logits_of_more_rows_than_are_scored_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(optimization.LOGITS_AT_ONCE, "cpu", 4 * V)
    states, weight, targets = loss_inputs()

    with LargestTensor() as seen:
        smoothed_cross_entropy(states, weight, targets, 0.1).backward()
    with LargestTensor() as seen_plainly:
        plain_loss(states, weight, targets, 0.1).backward()

    assert seen.size == max(4 * V, B * T * D, V * D)
    assert seen_plainly.size == B * T * V > 2 * seen.size


def test_states_of_half_precision_are_projected_in_it_and_all_else_is_whole() -> None:
    states, weight, targets = loss_inputs()
    half = states.detach().bfloat16().requires_grad_()

    loss = smoothed_cross_entropy(half, weight, targets, 0.1)

    whole = half.detach().float().requires_grad_()
    expected = plain_loss(whole, weight, targets, 0.1)
    assert loss.dtype == torch.float32
    assert loss != expected
    torch.testing.assert_close(loss, expected, rtol=5e-3, atol=0)
    gradients = torch.autograd.grad(loss, [half, weight])
    assert [gradient.dtype for gradient in gradients] == [torch.bfloat16, torch.float32]
    for gradient, theirs in zip(
        gradients, torch.autograd.grad(expected, [whole, weight]), strict=True
    ):
        largest = theirs.abs().max().item()
        torch.testing.assert_close(gradient.float(), theirs, rtol=2e-2, atol=1e-2 * largest)


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


def test_the_loss_of_an_untrained_model_is_near_that_of_a_guess() -> None:
    torch.manual_seed(2)
    model = Transformer(ModelConfig(d_model=64, num_decoder_layers=3), vocab_size=500)
    ids = torch.randint(4, 500, (3, 11))

    states = model(ids, ids == PAD_ID, ids)
    loss = smoothed_cross_entropy(states, model.embedding.weight, ids.flip(0), 0.0)

    assert loss.item() / ids.numel() == pytest.approx(math.log(500), rel=0.15)


def loss_inputs(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """States (B, T, D), output weights (V, D), targets (B, T) with padding here and there."""
    states = (2 * torch.randn(B, T, D, dtype=dtype)).requires_grad_()
    weight = torch.randn(V, D, dtype=dtype).requires_grad_()
    targets = torch.randint(1, V, (B, T))
    targets[0, 7:] = PAD_ID
    targets[1, 0] = targets[1, 4] = PAD_ID
    return states, weight, targets


def plain_loss(states: Tensor, weight: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    return F.cross_entropy(
        (states @ weight.T).flatten(0, 1),
        targets.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=smoothing,
        reduction="sum",
    )


class LargestTensor(TorchDispatchMode):
    """The number of elements of the largest tensor that any operation gave."""

    size = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, Tensor):
                self.size = max(self.size, tensor.numel())
        return result
