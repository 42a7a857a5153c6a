"""The loss: the formula against torch and by hand, the fused one against the formula."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from translator.config import PAD_ID, ModelConfig
from translator.model.transformer import Transformer
from translator.training import loss as loss_module
from translator.training.loss import (
    fused_translation_loss,
    smoothed_cross_entropy,
    symmetric_divergence,
    translation_loss,
)

# All different: sentences, target positions, width, vocabulary.
B, T, D, V = 3, 11, 5, 29
SHAPE = ModelConfig(d_model=12, num_heads=3, d_ff=20)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(1)


def test_label_smoothing_worked_by_hand() -> None:
    logits = torch.tensor([[0.0, math.log(3.0)]])  # probabilities 1/4 and 3/4

    loss = smoothed_cross_entropy(logits, torch.tensor([1]), smoothing=0.2)

    assert loss.item() == pytest.approx(-(0.9 * math.log(3 / 4) + 0.1 * math.log(1 / 4)))


def test_label_smoothing_is_that_of_torch() -> None:
    logits, targets = torch.randn(T, V), torch.randint(0, V, (T,))

    loss = smoothed_cross_entropy(logits, targets, smoothing=0.3)

    expected = F.cross_entropy(logits, targets, label_smoothing=0.3, reduction="sum")
    torch.testing.assert_close(loss, expected)


def test_the_divergence_of_two_readings_worked_by_hand() -> None:
    one, other = torch.tensor([[0.0, math.log(3.0)]]), torch.tensor([[0.0, 0.0]])

    both_ways = symmetric_divergence(one, other)

    there = 1 / 4 * math.log(1 / 2) + 3 / 4 * math.log(3 / 2)
    back = 1 / 2 * math.log(2) + 1 / 2 * math.log(2 / 3)
    assert both_ways.item() == pytest.approx(there + back)
    assert symmetric_divergence(one, one).item() == 0


@pytest.mark.parametrize("rows_at_once", [1, 3, 1000])
@pytest.mark.parametrize(("readings", "consistency"), [(1, 0.0), (2, 3.0)])
def test_the_fused_loss_and_its_gradients_are_those_of_the_formula(
    readings: int, consistency: float, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(loss_module.LOGITS_AT_ONCE, "cpu", readings * rows_at_once * V)
    _, weight, targets = loss_inputs()
    states = torch.randn(readings * B, T, D, requires_grad=True)
    real = (targets != PAD_ID).flatten()
    logits_PNV = (states @ weight.T).reshape(readings, B * T, V)[:, real]
    expected = translation_loss(logits_PNV, targets.flatten()[real], 0.2, consistency)

    loss = fused_translation_loss(states, weight, targets, 0.2, consistency)

    torch.testing.assert_close(loss, expected)
    for gradient, theirs in zip(
        torch.autograd.grad(loss, [states, weight]),
        torch.autograd.grad(expected, [states, weight]),
        strict=True,
    ):
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=5e-6)


def test_the_loss_is_the_cross_entropy_against_smoothed_targets() -> None:
    states, weight, _ = loss_inputs()
    tgt_out = torch.randint(1, V, (B, T))
    smoothing = 0.2

    loss = fused_translation_loss(states, weight, tgt_out, smoothing)

    target = torch.full((B, T, V), smoothing / V)
    target.scatter_add_(-1, tgt_out.unsqueeze(-1), torch.full((B, T, 1), 1 - smoothing))
    expected = -(target * (states @ weight.T).log_softmax(-1)).sum()
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("rows_at_once", [1, 4, B * T, 1000])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_loss_and_gradients_are_those_of_torch_however_many_rows_are_scored_at_once(
    rows_at_once: int, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(loss_module.LOGITS_AT_ONCE, "cpu", rows_at_once * V)
    states, weight, targets = loss_inputs()

    loss = fused_translation_loss(states, weight, targets, smoothing)
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
    monkeypatch.setitem(loss_module.LOGITS_AT_ONCE, "cpu", V - 1)
    states, weight, targets = loss_inputs()
    states, targets = states[:1, :num_rows], targets[:1, :num_rows]

    loss = fused_translation_loss(states, weight, targets, 0.1)

    torch.testing.assert_close(loss, plain_loss(states, weight, targets, 0.1))


def test_the_gradient_of_the_loss_is_its_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(loss_module.LOGITS_AT_ONCE, "cpu", 3 * V)
    states, weight, targets = loss_inputs(torch.float64)

    assert torch.autograd.gradcheck(
        lambda states, weight: fused_translation_loss(states, weight, targets, 0.2),
        (states, weight),
    )


def test_two_equal_readings_cost_what_one_does() -> None:
    states, weight, targets = loss_inputs()

    loss = fused_translation_loss(torch.cat([states, states]), weight, targets, 0.1, 5.0)

    once = fused_translation_loss(states, weight, targets, 0.1)
    torch.testing.assert_close(loss, once)
    for gradient, theirs in zip(
        torch.autograd.grad(loss, [states, weight]),
        torch.autograd.grad(once, [states, weight]),
        strict=True,
    ):
        torch.testing.assert_close(gradient, theirs, rtol=1e-5, atol=2e-6)


def test_a_weight_before_the_loss_is_a_weight_before_its_gradients() -> None:
    states, weight, targets = loss_inputs()
    loss = fused_translation_loss(states, weight, targets, 0.1)
    gradients = torch.autograd.grad(loss, [states, weight], retain_graph=True)

    for factor in (0.0, 0.25, -3.0):
        weighted = torch.autograd.grad(loss * factor, [states, weight], retain_graph=True)

        for gradient, whole in zip(weighted, gradients, strict=True):
            torch.testing.assert_close(gradient, whole * factor)


def test_padding_adds_nothing_to_the_loss_wherever_it_stands() -> None:
    states, weight, _ = loss_inputs()
    tgt_out = torch.randint(1, V, (B, T))
    whole = fused_translation_loss(states, weight, tgt_out, 0.1)
    rest = tgt_out.clone()
    hidden = [(0, 0), (1, 3), (B - 1, T - 1)]
    for b, t in hidden:
        rest[b, t] = PAD_ID

    loss = fused_translation_loss(states, weight, rest, 0.1)

    rows = [(states[b : b + 1, t : t + 1], tgt_out[b : b + 1, t : t + 1]) for b, t in hidden]
    expected = whole - sum(fused_translation_loss(x, weight, tgt, 0.1) for x, tgt in rows)
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, [states])
    assert torch.equal(gradient.eq(0).all(dim=-1), rest == PAD_ID)


def test_where_all_is_padding_loss_and_gradients_are_zero() -> None:
    states, weight, targets = loss_inputs()

    loss = fused_translation_loss(states, weight, torch.full_like(targets, PAD_ID), 0.1)

    assert loss.item() == 0
    for gradient in torch.autograd.grad(loss, [states, weight]):
        assert gradient.eq(0).all()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_huge_logits_give_a_finite_loss_and_gradient(smoothing: float) -> None:
    # The weights are the identity, so the states are the logits.
    logits = torch.tensor([[[0.0, 1e4, -1e4], [0.0, -1e4, 1e4], [1e4, 1e4, 1e4]]])
    states, weight = logits.requires_grad_(), torch.eye(3, requires_grad=True)
    targets = torch.tensor([[1, 1, 2]])

    loss = fused_translation_loss(states, weight, targets, smoothing)
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

    loss = fused_translation_loss(logits, weight, torch.tensor([[2]]), 0.0)

    assert loss.item() == pytest.approx(math.log(3), rel=1e-6)


def test_no_tensor_ever_holds_the_logits_of_more_rows_than_are_scored_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(loss_module.LOGITS_AT_ONCE, "cpu", 4 * V)
    states, weight, targets = loss_inputs()

    with LargestTensor() as seen:
        fused_translation_loss(states, weight, targets, 0.1).backward()
    with LargestTensor() as seen_plainly:
        plain_loss(states, weight, targets, 0.1).backward()

    assert seen.size == max(4 * V, B * T * D, V * D)
    assert seen_plainly.size == B * T * V > 2 * seen.size


def test_states_of_half_precision_are_projected_in_it_and_all_else_is_whole() -> None:
    states, weight, targets = loss_inputs()
    half = states.detach().bfloat16().requires_grad_()

    loss = fused_translation_loss(half, weight, targets, 0.1)

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


def test_the_loss_of_an_untrained_model_is_near_that_of_a_guess() -> None:
    torch.manual_seed(2)
    model = Transformer(ModelConfig(d_model=64, num_decoder_layers=3), vocab_size=500)
    ids = torch.randint(4, 500, (3, 11))

    states = model(ids, ids == PAD_ID, ids)
    loss = fused_translation_loss(states, model.embedding.weight, ids.flip(0), 0.0)

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
