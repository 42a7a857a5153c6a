"""The formula: worked by hand, against torch, and what each mask hides."""

import math

import pytest
import torch
from attention_modules import MASKS, NUM_HEADS, PADDING, B, D, M, Q, identity_attention, inputs
from torch import Tensor, nn

from translator.model.attention import MultiHeadAttention, scaled_dot_product_attention


def test_the_formula_worked_by_hand() -> None:
    # One head of width 4, so scores are divided by 2.
    queries = torch.tensor([[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]])
    keys = torch.tensor(
        [
            [0.0, math.log(4), 0.0, 9.0],
            [math.log(2), 0.0, 0.0, 9.0],
            [math.log(3), math.log(5), 0.0, 9.0],
        ]
    )
    values = torch.tensor([[60.0, 0.0, 0.0, 1.0], [0.0, 60.0, 0.0, 1.0], [0.0, 0.0, 60.0, 1.0]])
    mask = torch.zeros(1, 1, 2, 3, dtype=torch.bool)

    seen = scaled_dot_product_attention(
        queries[None, None], keys[None, None], values[None, None], mask
    )

    # First query: 2 * (0, log 2, log 3); second: 2 * (log 4, 0, log 5).
    scores = torch.tensor([[[[0.0, 1.386294, 2.197225], [2.772589, 0.0, 3.218876]]]])
    scaled = torch.tensor([[[[0.0, 0.693147, 1.098612], [1.386294, 0.0, 1.609438]]]])
    # exp gives 1 : 2 : 3, of 6, and 4 : 1 : 5, of 10.
    weights = torch.tensor([[[[1 / 6, 2 / 6, 3 / 6], [0.4, 0.1, 0.5]]]])
    context = torch.tensor([[[[10.0, 20.0, 30.0, 1.0], [24.0, 6.0, 30.0, 1.0]]]])
    torch.testing.assert_close(seen.scores, scores)
    torch.testing.assert_close(seen.scaled, scaled)
    torch.testing.assert_close(seen.weights, weights)
    torch.testing.assert_close(seen.context, context)


def test_the_formula_with_one_key_hidden_worked_by_hand() -> None:
    keys = torch.tensor([[0.0], [math.log(3)], [50.0]])
    values = torch.tensor([[8.0], [4.0], [1e6]])
    mask = torch.tensor([[[[False, False, True]]]])

    seen = scaled_dot_product_attention(
        torch.ones(1, 1, 1, 1), keys[None, None], values[None, None], mask
    )

    torch.testing.assert_close(seen.weights, torch.tensor([[[[0.25, 0.75, 0.0]]]]))
    torch.testing.assert_close(seen.context, torch.tensor([[[[5.0]]]]))


def test_an_edit_replaces_the_weights_and_all_that_follows_but_nothing_before() -> None:
    attn = MultiHeadAttention(D, 3)
    query_input, memory = inputs()
    masks: list[Tensor] = []

    def only_the_second(weights: Tensor, mask: Tensor) -> Tensor:
        masks.append(mask)
        edited = torch.zeros_like(weights)
        edited[..., 1] = 1
        return edited

    plain = attn(query_input, memory, key_padding_mask=PADDING)
    seen = attn(query_input, memory, key_padding_mask=PADDING, edit=only_the_second)

    assert torch.equal(seen.scaled, plain.scaled)
    assert seen.weights[..., 1].eq(1).all()
    torch.testing.assert_close(seen.context, seen.values[:, :, 1:2].expand(-1, -1, Q, -1))
    assert not torch.allclose(seen.output, plain.output)
    assert torch.equal(masks[0], plain.mask)


@NUM_HEADS
@MASKS
def test_output_and_weights_agree_with_torch(num_heads: int, padded: bool, is_causal: bool) -> None:
    ours = MultiHeadAttention(D, num_heads)
    theirs = with_weights_of(ours)
    query_input, memory = inputs(num_queries=M if is_causal else Q)
    padding = PADDING if padded else None

    seen = ours(query_input, memory, key_padding_mask=padding, is_causal=is_causal)

    output, weights = theirs(
        query_input,
        memory,
        memory,
        key_padding_mask=padding,
        attn_mask=torch.ones(M, M).triu(diagonal=1).bool() if is_causal else None,
        average_attn_weights=False,
    )
    torch.testing.assert_close(seen.output, output, atol=1e-5, rtol=0)
    torch.testing.assert_close(seen.weights, weights, atol=1e-5, rtol=0)


def test_each_head_reads_and_writes_its_own_columns() -> None:
    # Two heads of width 2. The first finds only the first key, the second only the second one.
    attn = identity_attention(d_model=4, num_heads=2)
    memory = torch.tensor([[[9.0, 0.0, 9.0, 0.0], [0.0, 9.0, 0.0, 9.0]]])

    seen = attn(torch.tensor([[[100.0, 0.0, 0.0, 100.0]]]), memory)

    torch.testing.assert_close(seen.output, torch.tensor([[[9.0, 0.0, 0.0, 9.0]]]))


@NUM_HEADS
@MASKS
def test_each_part_of_the_record_follows_from_the_ones_before(
    num_heads: int, padded: bool, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads)
    query_input, memory = inputs(num_queries=M if is_causal else Q)
    head_width = D // num_heads

    padding = PADDING if padded else None
    seen = attn(query_input, memory, key_padding_mask=padding, is_causal=is_causal)

    assert seen.query_input is query_input
    assert seen.memory is memory
    for head in range(num_heads):
        columns = slice(head * head_width, (head + 1) * head_width)
        torch.testing.assert_close(seen.queries[:, head], attn.q_proj(query_input)[..., columns])
        torch.testing.assert_close(seen.keys[:, head], attn.k_proj(memory)[..., columns])
        torch.testing.assert_close(seen.values[:, head], attn.v_proj(memory)[..., columns])
        torch.testing.assert_close(seen.concat[..., columns], seen.context[:, head])
    scores = torch.einsum("bhqk,bhmk->bhqm", seen.queries, seen.keys)
    torch.testing.assert_close(seen.scores, scores)
    torch.testing.assert_close(seen.scaled, seen.scores / head_width**0.5)
    odds = seen.scaled.exp() * ~seen.mask
    torch.testing.assert_close(seen.weights, odds / odds.sum(dim=-1, keepdim=True))
    context = torch.einsum("bhqm,bhmk->bhqk", seen.weights, seen.values)
    torch.testing.assert_close(seen.context, context)
    output = seen.concat @ attn.out_proj.weight.T + attn.out_proj.bias
    torch.testing.assert_close(seen.output, output)


def test_the_record_has_the_shapes_that_it_promises() -> None:
    seen = MultiHeadAttention(D, 3)(*inputs(), key_padding_mask=PADDING)

    assert {name: tuple(part.shape) for name, part in vars(seen).items()} == {
        "query_input": (B, Q, D),
        "memory": (B, M, D),
        "queries": (B, 3, Q, 4),
        "keys": (B, 3, M, 4),
        "values": (B, 3, M, 4),
        "scores": (B, 3, Q, M),
        "scaled": (B, 3, Q, M),
        "mask": (B, 1, Q, M),
        "weights": (B, 3, Q, M),
        "context": (B, 3, Q, 4),
        "concat": (B, Q, D),
        "output": (B, Q, D),
    }


@NUM_HEADS
@pytest.mark.parametrize("is_causal", [False, True], ids=["all", "causal"])
def test_padded_keys_get_exactly_no_weight_and_rows_sum_to_one(
    num_heads: int, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads)
    query_input, memory = inputs(num_queries=M)

    seen = attn(query_input, memory, key_padding_mask=PADDING, is_causal=is_causal)

    assert seen.weights[1, :, :, 4:].eq(0).all()
    assert seen.weights[0, :, -1, 4:].gt(0).all()  # the other sentence is not padded
    assert seen.mask[1, :, :, 4:].all()
    torch.testing.assert_close(seen.weights.sum(dim=-1), torch.ones(B, num_heads, M))


def test_a_causal_record_hides_exactly_what_lies_above_the_diagonal() -> None:
    x, _ = inputs(num_queries=4)

    seen = MultiHeadAttention(D, 3)(x, x, is_causal=True)

    hidden = [
        [False, True, True, True],
        [False, False, True, True],
        [False, False, False, True],
        [False, False, False, False],
    ]
    assert seen.mask.tolist() == [[hidden]] * B
    assert torch.equal(seen.weights.eq(0), seen.mask.expand(B, 3, 4, 4))


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^d_model \(12\) must be divisible by num_heads \(5\)$"):
        MultiHeadAttention(12, 5)


def with_weights_of(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    """Biases too: torch starts them at zero, ours here do not."""
    theirs = nn.MultiheadAttention(D, ours.num_heads, batch_first=True)
    projections = (ours.q_proj, ours.k_proj, ours.v_proj)
    theirs.load_state_dict(
        {
            "in_proj_weight": torch.cat([projection.weight for projection in projections]),
            "in_proj_bias": torch.cat([projection.bias for projection in projections]),
            "out_proj.weight": ours.out_proj.weight,
            "out_proj.bias": ours.out_proj.bias,
        }
    )
    return theirs
