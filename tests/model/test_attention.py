"""Multi-head attention: agreement with torch and with itself, and what each mask hides."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from translator.model.attention import Attention, Dropout, MultiHeadAttention

# All different, so that a swapped axis cannot pass by luck: sentences, queries, memory, width.
B, Q, M, D = 2, 5, 7, 12

PADDING = torch.tensor([[False] * M, [False] * 4 + [True] * 3])

NUM_HEADS = pytest.mark.parametrize("num_heads", [1, 3, D], ids="num_heads={}".format)
PATHS = pytest.mark.parametrize("explicit", [False, True], ids=["fused", "explicit"])
MASKS = pytest.mark.parametrize(
    ("padded", "is_causal"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["no mask", "padding", "causal", "padding and causal"],
)


@pytest.fixture(autouse=True)
def _seeded_and_on_one_thread() -> Iterator[None]:
    """For tensors this small, a second thread only waits."""
    torch.manual_seed(1)
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


@NUM_HEADS
@MASKS
def test_the_fused_path_and_the_explicit_formula_agree(
    num_heads: int, padded: bool, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads, dropout=0.0)
    query, key, value = inputs(num_queries=M if is_causal else Q)
    padding = PADDING if padded else None

    fused = attn(query=query, key=key, value=value, key_padding_mask=padding, is_causal=is_causal)
    explicit = attn(
        query=query, key=key, value=value, key_padding_mask=padding, is_causal=is_causal, record=[]
    )

    torch.testing.assert_close(fused, explicit, atol=1e-5, rtol=0)


@PATHS
@NUM_HEADS
@MASKS
def test_the_output_agrees_with_torch(
    num_heads: int, padded: bool, is_causal: bool, explicit: bool
) -> None:
    ours = MultiHeadAttention(D, num_heads, dropout=0.0)
    theirs = with_weights_of(ours)
    query, key, value = inputs(num_queries=M if is_causal else Q)
    padding = PADDING if padded else None

    attended = ours(
        query=query,
        key=key,
        value=value,
        key_padding_mask=padding,
        is_causal=is_causal,
        record=[] if explicit else None,
    )

    expected, _ = theirs(
        query,
        key,
        value,
        key_padding_mask=padding,
        attn_mask=torch.ones(M, M).triu(diagonal=1).bool() if is_causal else None,
    )
    torch.testing.assert_close(attended, expected, atol=1e-5, rtol=0)


@NUM_HEADS
@MASKS
def test_the_recorded_weights_agree_with_torch(
    num_heads: int, padded: bool, is_causal: bool
) -> None:
    ours = MultiHeadAttention(D, num_heads, dropout=0.0)
    theirs = with_weights_of(ours)
    query, key, value = inputs(num_queries=M if is_causal else Q)
    padding = PADDING if padded else None

    seen = look(ours, query, key, value, padding, is_causal)

    _, expected = theirs(
        query,
        key,
        value,
        key_padding_mask=padding,
        attn_mask=torch.ones(M, M).triu(diagonal=1).bool() if is_causal else None,
        average_attn_weights=False,
    )
    torch.testing.assert_close(seen.weights, expected, atol=1e-5, rtol=0)


def test_attention_worked_by_hand() -> None:
    # One head of width 4, so scores are divided by 2. The projections are identities, so the
    # queries, keys and values below are what they seem.
    attn = identity_attention(d_model=4, num_heads=1)
    query = torch.tensor([[[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]])
    key = torch.tensor(
        [
            [
                [0.0, math.log(4), 0.0, 9.0],
                [math.log(2), 0.0, 0.0, 9.0],
                [math.log(3), math.log(5), 0.0, 9.0],
            ]
        ]
    )
    value = torch.tensor([[[60.0, 0.0, 0.0, 1.0], [0.0, 60.0, 0.0, 1.0], [0.0, 0.0, 60.0, 1.0]]])

    seen = look(attn, query, key, value)

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
    torch.testing.assert_close(seen.output, context[:, 0])
    torch.testing.assert_close(attn(query=query, key=key, value=value), context[:, 0])


@PATHS
def test_each_head_reads_and_writes_its_own_columns(explicit: bool) -> None:
    # Two heads of width 2. The first finds only the first key, the second only the second one.
    attn = identity_attention(d_model=4, num_heads=2)
    query = torch.tensor([[[100.0, 0.0, 0.0, 100.0]]])
    key = torch.tensor([[[9.0, 0.0, 9.0, 0.0], [0.0, 9.0, 0.0, 9.0]]])
    value = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])

    attended = attn(query=query, key=key, value=value, record=[] if explicit else None)

    torch.testing.assert_close(attended, torch.tensor([[[1.0, 2.0, 7.0, 8.0]]]))


@NUM_HEADS
@MASKS
def test_each_part_of_the_record_follows_from_the_ones_before(
    num_heads: int, padded: bool, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads, dropout=0.0)
    query, key, value = inputs(num_queries=M if is_causal else Q)
    head_width = D // num_heads

    seen = look(attn, query, key, value, PADDING if padded else None, is_causal)

    assert seen.query_input is query
    assert seen.memory is key
    for head in range(num_heads):
        columns = slice(head * head_width, (head + 1) * head_width)
        torch.testing.assert_close(seen.queries[:, head], attn.q_proj(query)[..., columns])
        torch.testing.assert_close(seen.keys[:, head], attn.k_proj(key)[..., columns])
        torch.testing.assert_close(seen.values[:, head], attn.v_proj(value)[..., columns])
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
    attn = MultiHeadAttention(D, 3, dropout=0.0)

    seen = look(attn, *inputs(), PADDING)

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


def test_a_record_returns_its_output_and_grows_by_one_a_call() -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs()
    record: list[Attention] = []

    first = attn(query=query, key=key, value=value, record=record)
    second = attn(query=-query, key=key, value=value, record=record)

    assert [seen.output is output for seen, output in zip(record, (first, second), strict=True)]
    assert record[0].output is first
    assert record[1].output is second


@NUM_HEADS
@pytest.mark.parametrize("is_causal", [False, True], ids=["all", "causal"])
def test_padded_keys_get_exactly_no_weight_and_rows_sum_to_one(
    num_heads: int, is_causal: bool
) -> None:
    attn = MultiHeadAttention(D, num_heads, dropout=0.0)
    query, key, value = inputs(num_queries=M)

    seen = look(attn, query, key, value, PADDING, is_causal)

    assert seen.weights[1, :, :, 4:].eq(0).all()
    assert seen.weights[0, :, -1, 4:].gt(0).all()  # the other sentence is not padded
    assert seen.mask[1, :, :, 4:].all()
    torch.testing.assert_close(seen.weights.sum(dim=-1), torch.ones(B, num_heads, M))


@PATHS
def test_what_stands_at_a_padded_key_does_not_matter(explicit: bool) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs()
    rubbish = torch.where(PADDING[:, :, None], 1e3, 0.0)

    attended = attn(
        query=query,
        key=key,
        value=value,
        key_padding_mask=PADDING,
        record=[] if explicit else None,
    )
    with_rubbish = attn(
        query=query,
        key=key + rubbish,
        value=value + rubbish,
        key_padding_mask=PADDING,
        record=[] if explicit else None,
    )

    torch.testing.assert_close(with_rubbish, attended)


@PATHS
@pytest.mark.parametrize("padded", [False, True], ids=["unpadded", "padded"])
def test_a_causal_row_ignores_every_later_position_and_reads_its_own(
    explicit: bool, padded: bool
) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    x, _, _ = inputs(num_queries=M)
    padding = torch.zeros(B, M, dtype=torch.bool) if padded else None

    def attend(key_and_value: Tensor) -> Tensor:
        attended: Tensor = attn(
            query=x,
            key=key_and_value,
            value=key_and_value,
            key_padding_mask=padding,
            is_causal=True,
            record=[] if explicit else None,
        )
        return attended

    before = attend(x)
    for changed in range(M):
        other = x.clone()
        other[:, changed] += 1.0
        after = attend(other)

        torch.testing.assert_close(after[:, :changed], before[:, :changed])
        moved = (after[:, changed:] - before[:, changed:]).abs().amax(dim=-1)
        assert moved.gt(1e-3).all()


def test_a_causal_record_hides_exactly_what_lies_above_the_diagonal() -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    x, _, _ = inputs(num_queries=4)

    seen = look(attn, x, x, x, is_causal=True)

    hidden = [
        [False, True, True, True],
        [False, False, True, True],
        [False, False, False, True],
        [False, False, False, False],
    ]
    assert seen.mask.tolist() == [[hidden]] * B
    assert torch.equal(seen.weights.eq(0), seen.mask.expand(B, 3, 4, 4))


@PATHS
def test_the_order_of_keys_and_values_does_not_matter_without_a_mask(explicit: bool) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs()
    order = torch.randperm(M)
    record: list[Attention] | None = [] if explicit else None

    attended = attn(query=query, key=key, value=value, record=record)
    shuffled = attn(query=query, key=key[:, order], value=value[:, order], record=record)

    torch.testing.assert_close(shuffled, attended)


@PATHS
def test_each_sentence_of_a_batch_is_attended_by_itself(explicit: bool) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs()
    record: list[Attention] | None = [] if explicit else None

    together = attn(query=query, key=key, value=value, key_padding_mask=PADDING, record=record)
    alone = [
        attn(
            query=query[b : b + 1],
            key=key[b : b + 1],
            value=value[b : b + 1],
            key_padding_mask=PADDING[b : b + 1],
            record=record,
        )
        for b in range(B)
    ]

    torch.testing.assert_close(together, torch.cat(alone))


@pytest.mark.parametrize("is_causal", [False, True])
def test_half_precision_attends_nearly_as_whole_precision_does(is_causal: bool) -> None:
    attention = MultiHeadAttention(24, 3, dropout=0.0)
    x, padding = torch.randn(2, 5, 24), torch.zeros(2, 5, dtype=torch.bool)
    padding[1, 3:] = True
    outputs, gradients = [], []
    for is_half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            output = attention(
                query=x, key=x, value=x, key_padding_mask=padding, is_causal=is_causal
            )
        outputs.append(output)
        gradients.append(torch.autograd.grad(output.float().sum(), list(attention.parameters())))

    assert [output.dtype for output in outputs] == [torch.float32, torch.bfloat16]
    torch.testing.assert_close(outputs[1].float(), outputs[0], rtol=2e-2, atol=2e-2)
    for half, whole in zip(*reversed(gradients), strict=True):
        torch.testing.assert_close(half, whole, rtol=5e-2, atol=0.2)


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^d_model \(12\) must be divisible by num_heads \(5\)$"):
        MultiHeadAttention(12, 5, dropout=0.0)


@PATHS
def test_dropout_removes_weights_in_training_and_scales_up_the_rest(explicit: bool) -> None:
    # With a single key every weight is 1, so a head gives its value / (1 - dropout), or nothing.
    attn = identity_attention(d_model=12, num_heads=3, dropout=0.25).train()
    query = torch.randn(1, 2000, 12)
    key, value = torch.randn(1, 1, 12), 1 + torch.rand(1, 1, 12)

    attended = attn(query=query, key=key, value=value, record=[] if explicit else None)

    heads = attended.view(2000, 3, 4)
    dropped = heads.eq(0).all(dim=-1)
    kept = (value / 0.75).view(3, 4).expand_as(heads)
    torch.testing.assert_close(heads[~dropped], kept[~dropped])
    assert 0.2 < dropped.float().mean().item() < 0.3
    assert dropped.any(dim=-1).logical_xor(dropped.all(dim=-1)).any()  # each head by itself


@PATHS
def test_dropout_is_absent_in_evaluation(explicit: bool) -> None:
    with_dropout = MultiHeadAttention(D, 3, dropout=0.5).eval()
    without = MultiHeadAttention(D, 3, dropout=0.0).eval()
    without.load_state_dict(with_dropout.state_dict())
    query, key, value = inputs()
    record: list[Attention] | None = [] if explicit else None

    attended = with_dropout(query=query, key=key, value=value, record=record)

    torch.testing.assert_close(attended, without(query=query, key=key, value=value, record=record))


def test_the_recorded_weights_are_those_before_dropout() -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.5).train()

    seen = look(attn, *inputs(), PADDING)

    torch.testing.assert_close(seen.weights.sum(dim=-1), torch.ones(B, 3, Q))


@MASKS
def test_gradients_are_the_same_through_both_paths(padded: bool, is_causal: bool) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    tensors = [x.requires_grad_() for x in inputs(num_queries=M if is_causal else Q)]
    query, key, value = tensors
    padding = PADDING if padded else None
    towards = torch.randn_like(query)
    records: tuple[None, list[Attention]] = (None, [])

    gradients = [
        torch.autograd.grad(
            attn(
                query=query,
                key=key,
                value=value,
                key_padding_mask=padding,
                is_causal=is_causal,
                record=record,
            ),
            [*tensors, *attn.parameters()],
            towards,
        )
        for record in records
    ]

    for fused, explicit in zip(*gradients, strict=True):
        torch.testing.assert_close(fused, explicit, atol=1e-5, rtol=0)
    # A bias of the keys adds the same to all scores of a row, so softmax hides it.
    with_gradient = {name for name, _ in attn.named_parameters()} - {"k_proj.bias"}
    by_name = dict(zip(dict(attn.named_parameters()), gradients[0][3:], strict=True))
    assert all(by_name[name].abs().max() > 1e-3 for name in with_gradient)


def test_projecting_once_and_attending_piece_by_piece_gives_the_same() -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs()
    whole = attn(query=query, key=key, value=value, key_padding_mask=PADDING)

    keys, values = attn.project_memory(key=key, value=value)
    pieces = [
        attn.attend(
            attn.project_queries(query[:, q : q + 1]), keys, values, key_padding_mask=PADDING
        )
        for q in range(Q)
    ]

    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-5, rtol=0)


@PATHS
@pytest.mark.parametrize(
    "shared",
    [["query", "key", "value"], ["key", "value"], ["query", "key"], ["query", "value"], []],
    ids=str,
)
def test_what_asks_and_answers_at_once_is_projected_as_if_it_were_not_one(
    shared: list[str], explicit: bool
) -> None:
    attn = MultiHeadAttention(D, 3, dropout=0.0)
    query, key, value = inputs(num_queries=M)
    together = {"query": query, "key": key, "value": value}
    for name in shared:
        together[name] = together[shared[0]]
    separate = {name: x.clone() for name, x in together.items()}
    towards = torch.randn(B, M, D)

    outputs = [
        attn(**tensors, key_padding_mask=PADDING, record=[] if explicit else None)
        for tensors in (together, separate)
    ]

    torch.testing.assert_close(outputs[0], outputs[1], atol=1e-5, rtol=0)
    seen = look(attn, **together)
    for heads, projection, name in (
        (seen.queries, attn.q_proj, "query"),
        (seen.keys, attn.k_proj, "key"),
        (seen.values, attn.v_proj, "value"),
    ):
        expected = projection(together[name])
        torch.testing.assert_close(torch.cat(heads.unbind(dim=1), dim=-1), expected)
    ours, theirs = (torch.autograd.grad(x, list(attn.parameters()), towards) for x in outputs)
    for gradient, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gradient, other, atol=1e-5, rtol=1e-4)


# -- dropout of elements ------------------------------------------------------------------------


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


def inputs(num_queries: int = Q) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value; the last two differ, so that they cannot be swapped unseen."""
    return torch.randn(B, num_queries, D), torch.randn(B, M, D), torch.randn(B, M, D)


def look(
    attn: MultiHeadAttention,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None = None,
    is_causal: bool = False,
) -> Attention:
    record: list[Attention] = []
    attn(
        query=query,
        key=key,
        value=value,
        key_padding_mask=key_padding_mask,
        is_causal=is_causal,
        record=record,
    )
    (seen,) = record
    return seen


def identity_attention(d_model: int, num_heads: int, dropout: float = 0.0) -> MultiHeadAttention:
    attn = MultiHeadAttention(d_model, num_heads, dropout)
    for projection in (attn.q_proj, attn.k_proj, attn.v_proj, attn.out_proj):
        nn.init.eye_(projection.weight)
        nn.init.zeros_(projection.bias)
    return attn


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


@pytest.mark.parametrize("num_keys", [1, 7, 16, 21])
def test_one_query_that_sees_everything_attends_as_on_the_fused_path(num_keys: int) -> None:
    attention = MultiHeadAttention(d_model=12, num_heads=3, dropout=0.0).eval()
    query, keys, values = torch.randn(5, 12), *torch.randn(2, 5, num_keys, 12)

    once = attention.attend_once(query, keys, values)
    fused = attention.attend(
        *(attention.split_projected(x)[0] for x in (query.unsqueeze(1), keys, values))
    )

    assert once.shape == (5, 12)
    torch.testing.assert_close(once, fused.squeeze(1))
