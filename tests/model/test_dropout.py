"""Dropout of elements: its share, its mean, its independence, its gradient."""

import math

import pytest
import torch
from torch import Tensor

from translator.model.dropout import Dropout


@pytest.mark.parametrize(
    ("probability", "dropped_of_256"), [(0.002, 1), (0.1, 26), (0.3, 77), (0.5, 128), (0.998, 255)]
)
def test_dropout_drops_its_share_rounded_to_a_256th_and_keeps_the_mean(
    probability: float, dropped_of_256: int
) -> None:
    count = 2_000_003
    share = dropped_of_256 / 256

    dropped = Dropout(probability)(torch.ones(count))

    found = dropped.eq(0).float().mean().item()
    assert abs(found - share) < 4.5 * math.sqrt(share * (1 - share) / count)
    (kept,) = dropped.unique()[1:].tolist()
    assert kept * (1 - share) == pytest.approx(1.0, rel=1e-6)


def test_no_probability_drops_nothing_and_draws_nothing() -> None:
    x = torch.randn(3, 5)
    before = torch.get_rng_state()

    assert Dropout(0.0)(x) is x
    assert torch.equal(torch.get_rng_state(), before)


def test_in_evaluation_no_element_is_dropped() -> None:
    x = torch.randn(3, 5)

    assert Dropout(0.5).eval()(x) is x


def test_each_element_is_dropped_regardless_of_the_others() -> None:
    dropout = Dropout(0.3)
    count = 800_000
    share = 77 / 256
    bound = 4.5 / math.sqrt(count)

    first, second = (dropped_by(dropout, 1000, 800).flatten() for _ in range(2))

    assert abs(correlation(first, second, share)) < bound  # successive calls
    for apart in [*range(1, 18), 64, 800]:  # within a number of 8 bytes, beside it, a row on
        assert abs(correlation(first[apart:], first[:-apart], share)) < bound, apart
    by_byte = first.view(-1, 8).mean(dim=0)
    assert (by_byte - share).abs().max() < 4.5 * math.sqrt(share * (1 - share) / (count / 8))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (8,), (9,), (3, 5), (2, 3, 11), (0, 4)], ids=str)
def test_tensors_of_any_shape_are_dropped_to_their_last_element(shape: tuple[int, ...]) -> None:
    dropout = Dropout(0.5)

    draws = torch.stack([dropout(torch.ones(shape)) for _ in range(400)])

    assert draws.shape == (400, *shape)
    share = draws.eq(0).float().mean(dim=0)
    assert ((share - 0.5).abs() < 0.15).all()  # six deviations, for each element by itself


def test_a_transposed_tensor_is_dropped_element_by_element() -> None:
    x = (1 + torch.rand(30, 50)).T

    dropped = Dropout(0.5)(x)

    is_dropped = dropped.eq(0)
    torch.testing.assert_close(dropped[~is_dropped], 2 * x[~is_dropped])
    assert 0.4 < is_dropped.float().mean().item() < 0.6


def test_a_mask_follows_from_the_seed() -> None:
    dropout = Dropout(0.4)
    masks = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        masks.append(dropped_by(dropout, 7, 13))

    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
    assert not torch.equal(masks[2], dropped_by(dropout, 7, 13))


def test_the_gradient_is_dropped_where_the_element_was() -> None:
    x = (1 + torch.rand(7, 13)).requires_grad_()
    towards = torch.randn(7, 13)

    dropped = Dropout(0.25)(x)
    (gradient,) = torch.autograd.grad(dropped, [x], towards)

    is_dropped = dropped.eq(0)
    assert is_dropped.any()
    torch.testing.assert_close(gradient, (towards / 0.75).masked_fill(is_dropped, 0.0))


def test_half_precision_is_dropped_by_the_same_mask() -> None:
    x = 1 + torch.rand(7, 13)
    torch.manual_seed(3)
    expected = Dropout(0.3)(x)
    torch.manual_seed(3)

    dropped = Dropout(0.3)(x.bfloat16())

    assert dropped.dtype == torch.bfloat16
    assert torch.equal(dropped.eq(0), expected.eq(0))
    torch.testing.assert_close(dropped.float(), expected, rtol=1e-2, atol=0)


def dropped_by(dropout: Dropout, *shape: int) -> Tensor:
    """1 where an element was dropped."""
    return dropout(torch.ones(shape)).eq(0).float()


def correlation(first: Tensor, second: Tensor, share: float) -> float:
    """Of two masks with that share of ones; deviates by 1 / sqrt(numel) if they are independent."""
    covariance = ((first - share) * (second - share)).mean().item()
    return covariance / (share * (1 - share))
