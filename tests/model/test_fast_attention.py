"""The fast paths against the formula: outputs and gradients, and what no mask may let through."""

from collections.abc import Callable

import pytest
import torch
from attention_modules import MASKS, NUM_HEADS, PADDING, B, D, M, Q, inputs
from torch import Tensor

from translator.model import fast_attention
from translator.model.attention import MultiHeadAttention

Path = Callable[..., Tensor]


def formula(attn: MultiHeadAttention, x: Tensor, **masks: object) -> Tensor:
    """Self-attention by the formula, called as the fast one is."""
    output: Tensor = attn(x, x, **masks).output
    return output


PATHS = pytest.mark.parametrize("path", [fast_attention.self_attention, formula])


@NUM_HEADS
@MASKS
def test_self_attention_and_its_gradients_are_those_of_the_formula(
    num_heads: int, padded: bool, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads)
    x = torch.randn(B, M, D, requires_grad=True)
    masks = {"key_padding_mask": PADDING if padded else None, "is_causal": is_causal}

    fast = fast_attention.self_attention(attn, x, **masks)  # type: ignore[arg-type]

    assert_same(attn, fast, formula(attn, x, **masks), [x])


@NUM_HEADS
def test_cross_attention_and_its_gradients_are_those_of_the_formula(num_heads: int) -> None:
    attn = MultiHeadAttention(D, num_heads)
    query_input, memory = (x.requires_grad_() for x in inputs())

    fast = fast_attention.cross_attention(attn, query_input, memory, key_padding_mask=PADDING)

    explicit = attn(query_input, memory, key_padding_mask=PADDING).output
    assert_same(attn, fast, explicit, [query_input, memory])


@PATHS
def test_what_stands_at_a_padded_position_does_not_matter(path: Path) -> None:
    attn = MultiHeadAttention(D, 3)
    x = torch.randn(B, M, D)
    rubbish = torch.where(PADDING[:, :, None], 1e3, 0.0)

    attended = path(attn, x, key_padding_mask=PADDING)
    with_rubbish = path(attn, x + rubbish, key_padding_mask=PADDING)

    torch.testing.assert_close(with_rubbish[0], attended[0])
    torch.testing.assert_close(with_rubbish[1, :4], attended[1, :4])


@PATHS
@pytest.mark.parametrize("padded", [False, True], ids=["unpadded", "padded"])
def test_a_causal_row_ignores_every_later_position_and_reads_its_own(
    path: Path, padded: bool
) -> None:
    attn = MultiHeadAttention(D, 3)
    x = torch.randn(B, M, D)
    padding = torch.zeros(B, M, dtype=torch.bool) if padded else None

    before = path(attn, x, key_padding_mask=padding, is_causal=True)
    for changed in range(M):
        other = x.clone()
        other[:, changed] += 1.0
        after = path(attn, other, key_padding_mask=padding, is_causal=True)

        torch.testing.assert_close(after[:, :changed], before[:, :changed])
        moved = (after[:, changed:] - before[:, changed:]).abs().amax(dim=-1)
        assert moved.gt(1e-3).all()


@PATHS
def test_without_a_mask_the_order_of_the_memory_does_not_matter(path: Path) -> None:
    attn = MultiHeadAttention(D, 3)
    x = torch.randn(B, M, D)
    order = torch.randperm(M)

    torch.testing.assert_close(path(attn, x[:, order]), path(attn, x)[:, order])


@PATHS
def test_each_sentence_of_a_batch_is_attended_by_itself(path: Path) -> None:
    attn = MultiHeadAttention(D, 3)
    x = torch.randn(B, M, D)

    together = path(attn, x, key_padding_mask=PADDING)
    alone = [path(attn, x[b : b + 1], key_padding_mask=PADDING[b : b + 1]) for b in range(B)]

    torch.testing.assert_close(together, torch.cat(alone))


@pytest.mark.parametrize("is_causal", [False, True])
def test_half_precision_attends_nearly_as_whole_precision_does(is_causal: bool) -> None:
    attn = MultiHeadAttention(24, 3)
    x, padding = torch.randn(2, 5, 24), torch.zeros(2, 5, dtype=torch.bool)
    padding[1, 3:] = True
    outputs, gradients = [], []
    for is_half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            output = fast_attention.self_attention(
                attn, x, key_padding_mask=padding, is_causal=is_causal
            )
        outputs.append(output)
        gradients.append(torch.autograd.grad(output.float().sum(), list(attn.parameters())))

    assert [output.dtype for output in outputs] == [torch.float32, torch.bfloat16]
    torch.testing.assert_close(outputs[1].float(), outputs[0], rtol=2e-2, atol=2e-2)
    for half, whole in zip(*reversed(gradients), strict=True):
        torch.testing.assert_close(half, whole, rtol=5e-2, atol=0.2)


def test_a_memory_projected_once_serves_queries_that_come_one_by_one() -> None:
    attn = MultiHeadAttention(D, 3)
    query_input, memory = inputs()
    whole = fast_attention.cross_attention(attn, query_input, memory, key_padding_mask=PADDING)

    keys, values = fast_attention.project_memory(attn, memory)
    pieces = [
        fast_attention.attend(
            attn,
            fast_attention.project_queries(attn, query_input[:, q : q + 1]),
            keys,
            values,
            key_padding_mask=PADDING,
        )
        for q in range(Q)
    ]

    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("num_keys", [1, 7, 16, 21])
def test_one_query_that_sees_everything_attends_as_the_formula_says(num_keys: int) -> None:
    attn = MultiHeadAttention(D, 3).eval()
    query_input, memory = torch.randn(5, 1, D), torch.randn(5, num_keys, D)

    once = fast_attention.attend_once(
        attn,
        attn.q_proj(query_input).squeeze(1),
        attn.k_proj(memory),
        attn.v_proj(memory),
        fast_attention.head_selector(attn),
    )

    assert once.shape == (5, D)
    torch.testing.assert_close(once, attn(query_input, memory).output.squeeze(1))


def assert_same(
    attn: MultiHeadAttention, fast: Tensor, explicit: Tensor, given: list[Tensor]
) -> None:
    """Outputs, and gradients of what was given and of every weight."""
    torch.testing.assert_close(fast, explicit, atol=1e-5, rtol=0)
    towards = torch.randn_like(fast)
    weights = dict(attn.named_parameters())
    ours, theirs = (
        torch.autograd.grad(output, [*given, *weights.values()], towards)
        for output in (fast, explicit)
    )
    for gradient, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=0)
    # A bias of the keys adds the same to all scores of a row, so softmax hides it.
    by_name = dict(zip(weights, ours[len(given) :], strict=True))
    assert all(by_name[name].abs().max() > 1e-3 for name in by_name if name != "k_proj.bias")
