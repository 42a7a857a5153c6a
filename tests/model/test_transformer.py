"""The transformer: agreement with torch, what each position can see, and decoding by steps."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from translator.config import BOS_ID, PAD_ID, ModelConfig
from translator.model.attention import Dropout
from translator.model.transformer import (
    DecoderCache,
    DecoderLayer,
    EncoderLayer,
    Record,
    Transformer,
)

# All different, so that a swapped axis cannot pass by luck: sentences, heads, hypotheses, target
# positions, width of a head, source positions, d_model, d_ff, vocab_size.
B, H, W, T, K, S, D, D_FF, V = 3, 2, 4, 5, 6, 7, 12, 20, 31
ENCODER_LAYERS, DECODER_LAYERS = 2, 3

SRC_LENGTHS = (4, 7, 6)
SRC_PADDING = torch.tensor([[s >= length for s in range(S)] for length in SRC_LENGTHS])

NUM_HEADS = pytest.mark.parametrize("num_heads", [1, 2, 3, D], ids="num_heads={}".format)


@pytest.fixture(autouse=True)
def _seeded_and_on_one_thread() -> Iterator[None]:
    """For tensors this small, a second thread only waits."""
    torch.manual_seed(1)
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


# -- the whole, against torch -------------------------------------------------------------------


@NUM_HEADS
def test_memory_agrees_with_torch(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    src = source_ids()
    layer = nn.TransformerEncoderLayer(
        D, num_heads, D_FF, dropout=0.0, batch_first=True, norm_first=True
    )
    theirs = nn.TransformerEncoder(
        layer, ENCODER_LAYERS, nn.LayerNorm(D), enable_nested_tensor=False
    )
    theirs.load_state_dict(
        torch_weights(
            model.encoder_layers, {"norm1": "self_attn_norm", "norm2": "feed_forward_norm"}
        )
        | {f"norm.{name}": p for name, p in model.encoder_norm.state_dict().items()}
    )

    memory = model.encode(src, SRC_PADDING)

    expected = theirs(embedded(model, src), src_key_padding_mask=SRC_PADDING)
    torch.testing.assert_close(memory, expected, atol=1e-5, rtol=0)


@NUM_HEADS
def test_logits_agree_with_torch(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    layer = nn.TransformerDecoderLayer(
        D, num_heads, D_FF, dropout=0.0, batch_first=True, norm_first=True
    )
    theirs = nn.TransformerDecoder(layer, DECODER_LAYERS, nn.LayerNorm(D))
    norms = {"norm1": "self_attn_norm", "norm2": "cross_attn_norm", "norm3": "feed_forward_norm"}
    theirs.load_state_dict(
        torch_weights(model.decoder_layers, norms)
        | {f"norm.{name}": p for name, p in model.decoder_norm.state_dict().items()}
    )

    logits = model.decode(tgt_in, memory, SRC_PADDING)

    states = theirs(
        embedded(model, tgt_in),
        memory,
        tgt_mask=torch.ones(T, T).triu(diagonal=1).bool(),
        memory_key_padding_mask=SRC_PADDING,
    )
    expected = states @ model.embedding.weight.T
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


def test_the_forward_pass_gives_the_states_from_which_decode_makes_its_logits() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()

    states = model(src, SRC_PADDING, tgt_in)

    assert states.shape == (B, T, D)
    logits = states @ model.embedding.weight.T
    torch.testing.assert_close(logits, teacher_forced(model, src, SRC_PADDING, tgt_in))


# -- what each position can see -----------------------------------------------------------------


def test_padding_a_source_into_a_batch_changes_neither_memory_nor_logits() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()

    memory = model.encode(src, SRC_PADDING)
    logits = model.decode(tgt_in, memory, SRC_PADDING)

    for b, length in enumerate(SRC_LENGTHS):
        nothing_padded = torch.zeros(1, length, dtype=torch.bool)
        alone = model.encode(src[b : b + 1, :length], nothing_padded)
        torch.testing.assert_close(memory[b : b + 1, :length], alone, atol=1e-5, rtol=0)
        logits_alone = model.decode(tgt_in[b : b + 1], alone, nothing_padded)
        torch.testing.assert_close(logits[b : b + 1], logits_alone, atol=1e-5, rtol=0)


def test_padding_a_target_into_a_batch_changes_no_logit_of_its_own_tokens() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    tgt_in[0, 2:] = PAD_ID

    logits = model.decode(tgt_in, memory, SRC_PADDING)

    alone = model.decode(tgt_in[:1, :2], memory[:1], SRC_PADDING[:1])
    torch.testing.assert_close(logits[:1, :2], alone, atol=1e-5, rtol=0)


def test_what_memory_holds_at_padding_does_not_reach_the_decoder() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    rubbish = memory + torch.where(SRC_PADDING[:, :, None], 1e3, 0.0)

    logits = model.decode(tgt_in, memory, SRC_PADDING)

    torch.testing.assert_close(model.decode(tgt_in, rubbish, SRC_PADDING), logits)
    assert not torch.allclose(model.decode(tgt_in, rubbish, ~SRC_PADDING)[0], logits[0])


def test_a_later_target_token_never_changes_an_earlier_logit() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    before = model.decode(tgt_in, memory, SRC_PADDING)

    for changed in range(T):
        other = tgt_in.clone()
        other[:, changed] = (other[:, changed] + 1) % V
        after = model.decode(other, memory, SRC_PADDING)

        torch.testing.assert_close(after[:, :changed], before[:, :changed])
        moved = (after[:, changed:] - before[:, changed:]).abs().amax(dim=-1)
        assert moved.gt(1e-4).all()


def test_every_source_token_changes_every_logit_of_its_own_sentence_only() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()
    before = teacher_forced(model, src, SRC_PADDING, tgt_in)

    for changed in range(SRC_LENGTHS[0]):
        other = src.clone()
        other[0, changed] = (other[0, changed] + 1) % V
        after = teacher_forced(model, other, SRC_PADDING, tgt_in)

        assert (after[0] - before[0]).abs().amax(dim=-1).gt(1e-4).all()
        torch.testing.assert_close(after[1:], before[1:])


def test_the_order_of_the_source_tokens_matters() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()
    nothing_padded = torch.zeros_like(SRC_PADDING)

    logits = teacher_forced(model, src, nothing_padded, tgt_in)
    reversed_logits = teacher_forced(model, src.flip(1), nothing_padded, tgt_in)

    assert (logits - reversed_logits).abs().amax(dim=-1).gt(1e-4).all()


# -- decoding by steps --------------------------------------------------------------------------


@NUM_HEADS
def test_decoding_step_by_step_equals_one_teacher_forced_pass(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    memory, tgt_in = model.encode(source_ids(), SRC_PADDING), target_ids()
    cache = model.start(memory, SRC_PADDING)

    steps = [model.step(tgt_in[:, t : t + 1], cache) for t in range(T)]

    expected = model.decode(tgt_in, memory, SRC_PADDING)
    torch.testing.assert_close(torch.cat(steps, dim=1), expected, atol=1e-5, rtol=0)
    assert cache.length == T


def test_hypotheses_with_different_pasts_are_decoded_each_by_itself() -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    cache, pasts = start_hypotheses(model, memory)

    for _ in range(T):
        pasts = assert_step_equals_teacher_forcing(model, memory, SRC_PADDING, cache, pasts)


def test_selected_hypotheses_continue_their_own_pasts() -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    cache, pasts = start_hypotheses(model, memory)

    for _ in range(T):
        pasts = assert_step_equals_teacher_forcing(model, memory, SRC_PADDING, cache, pasts)
        # Within each sentence: some hypotheses split, some die, the rest change places.
        index = (torch.randint(W, (B, W)) + W * torch.arange(B)[:, None]).flatten()
        cache.select(index)
        pasts = pasts.flatten(0, 1)[index].view(B, W, -1)


def test_the_number_of_hypotheses_may_change_on_the_way() -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    cache, pasts = start_hypotheses(model, memory)
    pasts = assert_step_equals_teacher_forcing(model, memory, SRC_PADDING, cache, pasts)

    index = torch.tensor([3, 0, 4, 6, 9, 9])  # of each sentence's 4 rows, 2
    cache.select(index)
    pasts = pasts.flatten(0, 1)[index].view(B, 2, -1)

    for _ in range(2):
        pasts = assert_step_equals_teacher_forcing(model, memory, SRC_PADDING, cache, pasts)


@pytest.mark.parametrize("kept", [[1], [0, 2], [2, 0], [2, 1, 0]], ids=str)
def test_selected_sentences_keep_their_source_and_all_their_hypotheses(kept: list[int]) -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    cache, pasts = start_hypotheses(model, memory)
    for _ in range(2):
        pasts = assert_step_equals_teacher_forcing(model, memory, SRC_PADDING, cache, pasts)

    rows = torch.arange(B * W).view(B, W)[kept].flatten()
    cache.select(rows, torch.tensor(kept))

    memory, padding, pasts = memory[kept], SRC_PADDING[kept], pasts[kept]
    for _ in range(2):
        pasts = assert_step_equals_teacher_forcing(model, memory, padding, cache, pasts)


def test_the_source_is_projected_once_however_many_steps_follow() -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    with Projected() as projected:
        cache = model.start(memory, SRC_PADDING)
    assert [x is memory for x in projected.inputs] == [True] * DECODER_LAYERS
    before = [(layer.cross_keys, layer.cross_values) for layer in cache.layers]
    copies = [(keys.clone(), values.clone()) for keys, values in before]

    cache.select(torch.arange(B).repeat_interleave(W))
    with Projected() as projected:
        for _ in range(T):
            model.step(torch.randint(V, (B, W)), cache)

    assert projected.inputs
    assert all(S not in x.shape for x in projected.inputs)  # no other size is S
    for cached, (keys, values), (keys_copy, values_copy) in zip(
        cache.layers, before, copies, strict=True
    ):
        assert cached.cross_keys is keys
        assert cached.cross_values is values
        assert torch.equal(keys, keys_copy)
        assert torch.equal(values, values_copy)
        assert keys.shape == values.shape == (B, H, S, K)  # no copy for each hypothesis
        assert cached.self_memory.shape == (B * W, T, 2 * D)


def test_two_caches_of_one_model_do_not_disturb_each_other() -> None:
    model = make_model()
    memory, tgt_in = model.encode(source_ids(), SRC_PADDING), target_ids()
    cache, other = model.start(memory, SRC_PADDING), model.start(-memory, SRC_PADDING)

    steps = []
    for t in range(T):
        steps.append(model.step(tgt_in[:, t : t + 1], cache))
        model.step(torch.randint(V, (B, 1)), other)

    expected = model.decode(tgt_in, memory, SRC_PADDING)
    torch.testing.assert_close(torch.cat(steps, dim=1), expected, atol=1e-5, rtol=0)


# -- the record ---------------------------------------------------------------------------------


@NUM_HEADS
def test_looking_changes_neither_memory_nor_logits(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    src, tgt_in = source_ids(), target_ids()
    record = Record()

    memory = model.encode(src, SRC_PADDING, record)
    logits = model.decode(tgt_in, memory, SRC_PADDING, record)

    real = ~SRC_PADDING
    fused = model.encode(src, SRC_PADDING)
    torch.testing.assert_close(memory[real], fused[real], atol=1e-5, rtol=0)
    expected = model.decode(tgt_in, fused, SRC_PADDING)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


def test_the_record_has_an_entry_for_each_attention_of_each_layer() -> None:
    record = recorded(make_model())

    assert len(record.encoder_self_attn) == ENCODER_LAYERS
    assert len(record.decoder_self_attn) == DECODER_LAYERS
    assert len(record.cross_attn) == DECODER_LAYERS
    for entries, asking, asked in (
        (record.encoder_self_attn, S, S),
        (record.decoder_self_attn, T, T),
        (record.cross_attn, T, S),
    ):
        for seen in entries:
            assert seen.query_input.shape == seen.output.shape == (B, asking, D)
            assert seen.memory.shape == (B, asked, D)
            assert seen.queries.shape == seen.context.shape == (B, H, asking, K)
            assert seen.keys.shape == seen.values.shape == (B, H, asked, K)
            assert seen.weights.shape == seen.scores.shape == (B, H, asking, asked)


def test_the_record_has_the_layers_in_their_order() -> None:
    model = make_model()

    record = recorded(model)

    for layer, encoder_seen in zip(model.encoder_layers, record.encoder_self_attn, strict=True):
        assert isinstance(layer, EncoderLayer)
        torch.testing.assert_close(
            join(encoder_seen.queries), layer.self_attn.q_proj(encoder_seen.query_input)
        )
    for decoder_layer, self_seen, cross_seen in zip(
        decoder_layers(model), record.decoder_self_attn, record.cross_attn, strict=True
    ):
        torch.testing.assert_close(
            join(self_seen.queries), decoder_layer.self_attn.q_proj(self_seen.query_input)
        )
        torch.testing.assert_close(
            join(cross_seen.queries), decoder_layer.cross_attn.q_proj(cross_seen.query_input)
        )


def test_in_cross_attention_keys_and_values_come_from_the_memory() -> None:
    model = make_model()
    memory = model.encode(source_ids(), SRC_PADDING)
    record = Record()

    model.decode(target_ids(), memory, SRC_PADDING, record)

    for layer, seen in zip(decoder_layers(model), record.cross_attn, strict=True):
        assert seen.memory is memory
        keys = memory @ layer.cross_attn.k_proj.weight.T + layer.cross_attn.k_proj.bias
        values = memory @ layer.cross_attn.v_proj.weight.T + layer.cross_attn.v_proj.bias
        torch.testing.assert_close(join(seen.keys), keys)
        torch.testing.assert_close(join(seen.values), values)


def test_in_cross_attention_queries_come_from_the_decoder() -> None:
    model = make_model()
    memory, tgt_in = model.encode(source_ids(), SRC_PADDING), target_ids()
    states = decoder_states_before_cross_attention(model, tgt_in)
    record, other_record = Record(), Record()

    model.decode(tgt_in, memory, SRC_PADDING, record)
    model.decode(tgt_in, -memory, SRC_PADDING, other_record)

    first, other = record.cross_attn[0], other_record.cross_attn[0]
    layer = decoder_layers(model)[0]
    torch.testing.assert_close(first.query_input, layer.cross_attn_norm(states))
    torch.testing.assert_close(first.queries, other.queries)  # not yet touched by the source
    assert not torch.allclose(first.keys, other.keys)


def test_in_self_attention_one_sequence_asks_itself() -> None:
    record = recorded(make_model())

    for seen in itertools.chain(record.encoder_self_attn, record.decoder_self_attn):
        assert seen.memory is seen.query_input


def test_the_record_shows_what_each_attention_hides() -> None:
    record = recorded(make_model())

    source_padding = SRC_PADDING[:, None, None, :]
    for seen in record.encoder_self_attn:
        assert torch.equal(seen.mask, source_padding.expand(B, 1, S, S))
    for seen in record.cross_attn:
        assert torch.equal(seen.mask, source_padding.expand(B, 1, T, S))
    for seen in record.decoder_self_attn:
        assert torch.equal(seen.mask, torch.ones(B, 1, T, T).triu(diagonal=1).bool())
    for seen in itertools.chain(
        record.encoder_self_attn, record.cross_attn, record.decoder_self_attn
    ):
        assert torch.equal(seen.weights.eq(0), seen.mask.expand_as(seen.weights))


# -- embeddings and positions -------------------------------------------------------------------


def test_positions_are_the_sines_and_cosines_of_the_paper() -> None:
    # d_model 4: the first pair turns by 1 a position, the second by 1 / 10000^(2/4) = 0.01.
    model = make_model(d_model=4)
    nn.init.zeros_(model.embedding.weight)

    (positions,) = first_layer_reads(model, source_ids()[:1])

    expected = torch.tensor(
        [
            [0.0, 1.0, 0.0, 1.0],  # sin 0, cos 0, sin 0, cos 0
            [0.841471, 0.540302, 0.010000, 0.999950],  # sin 1, cos 1, sin 0.01, cos 0.01
            [0.909297, -0.416147, 0.019999, 0.999800],
            [0.141120, -0.989992, 0.029996, 0.999550],
        ]
    )
    torch.testing.assert_close(positions[:4], expected, atol=2e-6, rtol=0)


def test_tokens_are_scaled_by_the_root_of_d_model_and_positions_are_added() -> None:
    model = make_model()
    src = source_ids()

    torch.testing.assert_close(first_layer_reads(model, src), embedded(model, src))


@pytest.mark.parametrize("length", [0, 1, 63, 64, 5000, 20_000])
def test_a_step_reads_its_position_however_long_the_target_already_is(length: int) -> None:
    model = make_model()
    cache = model.start(torch.randn(B, S, D), SRC_PADDING)
    cache.select(torch.arange(B).repeat_interleave(W))
    cache.length = length
    ids = torch.randint(V, (B, W))
    seen: list[Tensor] = []
    decoder_layers(model)[0].self_attn_norm.register_forward_hook(
        lambda _, inputs, __: seen.append(inputs[0])
    )

    model.step(ids, cache)

    token = model.embedding.weight[ids] * math.sqrt(D)
    position = seen[0] - token
    expected = paper_positions(range(length, length + 1), D).expand_as(position)
    torch.testing.assert_close(position, expected, atol=2e-3, rtol=0)  # float32 angles
    assert cache.length == length + 1


def test_at_the_start_tokens_have_unit_variance_beside_the_half_of_positions() -> None:
    model = Transformer(ModelConfig(), vocab_size=2000)

    token = model.embedding.weight * math.sqrt(128)

    assert token.mean().abs() < 0.01
    assert 0.95 < token.std() < 1.05
    nn.init.zeros_(model.embedding.weight)
    position = first_layer_reads(model.eval(), torch.zeros(1, S, dtype=torch.long))
    torch.testing.assert_close(position.square().mean(), torch.tensor(0.5))


def test_one_matrix_embeds_source_and_target_and_scores_the_vocabulary() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()
    unread = next(v for v in range(V) if v not in src and v not in tgt_in)
    memory = model.encode(src, SRC_PADDING)
    logits = model.decode(tgt_in, memory, SRC_PADDING)

    with torch.no_grad():
        model.embedding.weight[unread] += 1.0
    unread_changed = teacher_forced(model, src, SRC_PADDING, tgt_in)
    with torch.no_grad():
        model.embedding.weight[src[0, 0]] += torch.randn(D)
        model.embedding.weight[BOS_ID] += torch.randn(D)

    # A row that nobody reads scores its own word, and no other.
    others = torch.arange(V) != unread
    torch.testing.assert_close(unread_changed[..., others], logits[..., others])
    assert (unread_changed[..., unread] - logits[..., unread]).abs().max() > 1e-3
    # A row that is read changes what is read.
    assert not torch.allclose(model.encode(src, SRC_PADDING)[0], memory[0])
    assert not torch.allclose(model.decode(tgt_in, memory, SRC_PADDING), logits)
    with_words = [name for name, p in model.named_parameters() if V in p.shape]
    assert with_words == ["embedding.weight"]


def test_the_embedding_learns_as_input_and_as_output() -> None:
    model = make_model()
    src, tgt_in = source_ids(), target_ids()
    unread = next(v for v in range(V) if v not in src and v not in tgt_in)
    never = next(v for v in range(unread + 1, V) if v not in src and v not in tgt_in)

    score = teacher_forced(model, src, SRC_PADDING, tgt_in)[..., unread].sum()
    (gradient,) = torch.autograd.grad(score, [model.embedding.weight])

    assert gradient[unread].abs().max() > 1e-3  # as output
    assert gradient[src[0, 0]].abs().max() > 1e-3  # as input, through the encoder
    assert gradient[tgt_in[0, 1]].abs().max() > 1e-3  # as input, through the decoder
    assert gradient[never].eq(0).all()


# -- before any training ------------------------------------------------------------------------


def test_the_first_loss_is_near_that_of_guessing() -> None:
    vocab_size = 2000
    model = Transformer(ModelConfig(), vocab_size).eval()
    src, tgt = torch.randint(vocab_size, (5, 11)), torch.randint(vocab_size, (5, 13))

    with torch.no_grad():
        nothing_padded = torch.zeros_like(src, dtype=torch.bool)
        logits = teacher_forced(model, src, nothing_padded, tgt[:, :-1])

    loss = F.cross_entropy(logits.flatten(0, 1), tgt[:, 1:].flatten()).item()
    assert abs(loss - math.log(vocab_size)) < 1.0


def test_no_two_matrices_start_alike() -> None:
    model = Transformer(model_config(), V)
    matrices = [(name, p) for name, p in model.named_parameters() if p.dim() > 1]

    assert len(matrices) == 1 + 6 * ENCODER_LAYERS + 10 * DECODER_LAYERS
    for (name, matrix), (other_name, other) in itertools.combinations(matrices, 2):
        assert matrix.shape != other.shape or not torch.equal(matrix, other), (name, other_name)


def test_biases_start_at_zero_and_norms_change_nothing() -> None:
    model = Transformer(model_config(), V)

    vectors = {name: p for name, p in model.named_parameters() if p.dim() == 1}

    scales = {name for name in vectors if name.endswith("norm.weight")}
    assert len(scales) == 2 * ENCODER_LAYERS + 1 + 3 * DECODER_LAYERS + 1
    assert all(vectors[name].eq(1).all() for name in scales)
    assert all(vector.eq(0).all() for name, vector in vectors.items() if name not in scales)


def test_every_parameter_learns() -> None:
    model = make_model()
    tgt_in = target_ids()

    teacher_forced(model, source_ids(), SRC_PADDING, tgt_in).square().sum().backward()

    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        if not name.endswith("k_proj.bias"):  # softmax hides what all keys have in common
            assert parameter.grad.abs().max() > 1e-5, name


# -- dropout ------------------------------------------------------------------------------------


def test_dropout_reaches_the_embeddings_and_every_sublayer() -> None:
    model = make_model(dropout=0.25).train()
    drop_everything(model, dropped_of_256=64)

    memory = model.encode(source_ids(), SRC_PADDING)
    logits = model.decode(target_ids(), torch.randn(B, S, D), SRC_PADDING)

    # Nothing is left but what the last norm adds.
    nothing = torch.zeros(B, S, D)
    torch.testing.assert_close(memory, nothing + model.encoder_norm.bias)
    expected = model.embedding.weight @ model.decoder_norm.bias
    torch.testing.assert_close(logits, expected.expand(B, T, V))


def test_attention_dropout_reaches_every_attention() -> None:
    model = make_model(attention_dropout=0.25).train()
    drop_everything(model, dropped_of_256=64)

    record = recorded(model)

    for seen in itertools.chain(
        record.encoder_self_attn, record.decoder_self_attn, record.cross_attn
    ):
        assert seen.context.eq(0).all()


def test_attention_drops_the_same_whether_somebody_looks_or_not() -> None:
    model = make_model(attention_dropout=0.25).train()
    src, tgt_in = source_ids(), target_ids()

    torch.manual_seed(3)
    logits = teacher_forced(model, src, SRC_PADDING, tgt_in)

    torch.manual_seed(3)
    record = Record()
    seen = model.decode(tgt_in, model.encode(src, SRC_PADDING, record), SRC_PADDING, record)
    torch.testing.assert_close(logits, seen)
    assert not torch.allclose(seen, teacher_forced(model.eval(), src, SRC_PADDING, tgt_in))


def test_each_sentence_leaves_out_decoder_layers_of_its_own() -> None:
    model = make_model(layer_dropout=0.5).train()
    src, tgt_in = source_ids(), target_ids()
    layers = decoder_layers(model)
    kept_of: list[list[int]] = [[] for _ in range(B)]

    for _ in range(40):
        states = model(src, SRC_PADDING, tgt_in)

        memory = model.encode(src, SRC_PADDING)
        for b, states_TD in enumerate(states):
            [kept] = [
                chosen
                for chosen in subsets(range(DECODER_LAYERS))
                if torch.allclose(
                    states_TD,
                    decoded_by(model, [layers[i] for i in chosen], memory, tgt_in)[b],
                    atol=1e-5,
                )
            ]
            kept_of[b].append(sum(2**i for i in kept))

    assert {kept for of_sentence in kept_of for kept in of_sentence} == set(range(8))
    assert len({tuple(of_sentence) for of_sentence in kept_of}) == B
    mean = sum(bin(kept).count("1") for of_sentence in kept_of for kept in of_sentence)
    assert mean / (40 * B * DECODER_LAYERS) == pytest.approx(0.5, abs=0.1)


def test_a_layer_that_some_sentences_leave_out_still_learns() -> None:
    model = make_model(layer_dropout=0.999).train()

    model(source_ids(), SRC_PADDING, target_ids()).sum().backward()

    for layer in decoder_layers(model):
        assert all(parameter.grad is not None for parameter in layer.parameters())


def test_in_evaluation_nothing_is_dropped() -> None:
    model = make_model(dropout=0.5, attention_dropout=0.5, layer_dropout=0.5)
    without = make_model()
    without.load_state_dict(model.state_dict())
    src, tgt_in = source_ids(), target_ids()

    logits = teacher_forced(model, src, SRC_PADDING, tgt_in)

    torch.testing.assert_close(logits, teacher_forced(without, src, SRC_PADDING, tgt_in))
    cache = model.start(model.encode(src, SRC_PADDING), SRC_PADDING)
    first = model.step(tgt_in[:, :1], cache)
    torch.testing.assert_close(first, logits[:, :1], atol=1e-5, rtol=0)


# -- compiled -----------------------------------------------------------------------------------


def test_the_model_in_training_compiles_to_one_graph_for_batches_of_all_sizes() -> None:
    model = make_model(dropout=0.25).train()
    compiled = torch.compile(model, dynamic=True, fullgraph=True, backend="eager")
    src, tgt_in = source_ids(), target_ids()

    with torch._dynamo.config.patch(error_on_recompile=True):
        for rows, src_length, tgt_length in ((B, S, T), (2, 6, 4)):
            batch = (
                src[:rows, :src_length].clone(),
                SRC_PADDING[:rows, :src_length].clone(),
                tgt_in[:rows, :tgt_length].clone(),
            )
            torch.manual_seed(5)
            states = compiled(*batch)
            torch.manual_seed(5)
            torch.testing.assert_close(states, model(*batch))


# -- helpers ------------------------------------------------------------------------------------


class Projected(TorchFunctionMode):
    """What is multiplied with weights while this is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is F.linear:
            self.inputs.append(args[0])
        return func(*args, **(kwargs or {}))


def drop_everything(model: Transformer, dropped_of_256: int) -> None:
    """No probability drops everything, so help those dropouts that have this one."""
    dropouts = [
        module
        for module in model.modules()
        if isinstance(module, Dropout) and module.dropped_of_256 == dropped_of_256
    ]
    assert dropouts
    for module in dropouts:
        module.register_forward_hook(lambda _, __, output: torch.zeros_like(output))


def model_config(
    d_model: int = D, num_heads: int = H, dropout: float = 0.0, attention_dropout: float = 0.0
) -> ModelConfig:
    return ModelConfig(
        d_model=d_model,
        num_heads=num_heads,
        d_ff=D_FF,
        num_encoder_layers=ENCODER_LAYERS,
        num_decoder_layers=DECODER_LAYERS,
        dropout=dropout,
        attention_dropout=attention_dropout,
    )


def make_model(
    d_model: int = D,
    num_heads: int = H,
    dropout: float = 0.0,
    attention_dropout: float = 0.0,
    layer_dropout: float = 0.0,
) -> Transformer:
    """No bias at 0 and no scale at 1, as after training: what is left out then shows."""
    config = model_config(d_model, num_heads, dropout, attention_dropout)
    model = Transformer(dataclasses.replace(config, layer_dropout=layer_dropout), V).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def source_ids() -> Tensor:
    """(B, S), padded as SRC_PADDING says; the last ids of the vocabulary do not occur."""
    return torch.randint(4, V - 2, (B, S)).masked_fill(SRC_PADDING, PAD_ID)


def target_ids() -> Tensor:
    """(B, T), unpadded; the last ids of the vocabulary do not occur."""
    tgt_in = torch.randint(4, V - 2, (B, T))
    tgt_in[:, 0] = BOS_ID
    return tgt_in


def teacher_forced(
    model: Transformer, src: Tensor, src_key_padding_mask: Tensor, tgt_in: Tensor
) -> Tensor:
    """Logits (B, T, V)."""
    memory = model.encode(src, src_key_padding_mask)
    return model.decode(tgt_in, memory, src_key_padding_mask)


def decoder_layers(model: Transformer) -> list[DecoderLayer]:
    layers = [layer for layer in model.decoder_layers if isinstance(layer, DecoderLayer)]
    assert len(layers) == DECODER_LAYERS
    return layers


def decoded_by(
    model: Transformer, layers: Sequence[DecoderLayer], memory: Tensor, tgt_in: Tensor
) -> Tensor:
    """The decoder's states (B, T, D) with some of its layers only."""
    x = embedded(model, tgt_in)
    for layer in layers:
        x = layer(x, memory, SRC_PADDING)
    return model.decoder_norm(x)


def subsets(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    sizes = range(len(numbers) + 1)
    return [chosen for size in sizes for chosen in itertools.combinations(numbers, size)]


def recorded(model: Transformer) -> Record:
    record = Record()
    memory = model.encode(source_ids(), SRC_PADDING, record)
    model.decode(target_ids(), memory, SRC_PADDING, record)
    return record


def join(heads: Tensor) -> Tensor:
    """(B, H, L, K) -> (B, L, D)"""
    return torch.cat(heads.unbind(dim=1), dim=-1)


def paper_positions(positions: range, d_model: int) -> Tensor:
    """Vaswani et al. 2017, section 3.5, in double precision, number by number."""
    return torch.tensor(
        [
            [
                (math.cos if column % 2 else math.sin)(
                    position / 10_000 ** (column // 2 * 2 / d_model)
                )
                for column in range(d_model)
            ]
            for position in positions
        ]
    )


def embedded(model: Transformer, ids: Tensor) -> Tensor:
    return model.embedding.weight[ids] * math.sqrt(D) + paper_positions(range(ids.size(1)), D)


def first_layer_reads(model: Transformer, src: Tensor) -> Tensor:
    """(B, S) -> (B, S, D), before any layer has worked on it."""
    seen: list[Tensor] = []
    hook = model.encoder_layers[0].register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    model.encode(src, torch.zeros_like(src, dtype=torch.bool))
    hook.remove()
    return seen[0].detach()


def decoder_states_before_cross_attention(model: Transformer, tgt_in: Tensor) -> Tensor:
    """Embedded target plus the first layer's self-attention."""
    layer = decoder_layers(model)[0]
    x = embedded(model, tgt_in)
    normed = layer.self_attn_norm(x)
    attended: Tensor = layer.self_attn(query=normed, key=normed, value=normed, is_causal=True)
    return x + attended


def start_hypotheses(model: Transformer, memory: Tensor) -> tuple[DecoderCache, Tensor]:
    """A cache of W hypotheses a sentence, and their pasts (B, W, 0)."""
    cache = model.start(memory, SRC_PADDING)
    cache.select(torch.arange(B).repeat_interleave(W))
    return cache, torch.empty(B, W, 0, dtype=torch.long)


def assert_step_equals_teacher_forcing(
    model: Transformer, memory: Tensor, padding: Tensor, cache: DecoderCache, pasts: Tensor
) -> Tensor:
    """Let each hypothesis read a token of its own; returns the pasts, longer by one."""
    num_sentences, num_hypotheses, _ = pasts.shape
    last_ids = torch.randint(4, V, (num_sentences, num_hypotheses))

    logits = model.step(last_ids, cache)

    pasts = torch.cat([pasts, last_ids.unsqueeze(-1)], dim=-1)
    for w in range(num_hypotheses):
        expected = model.decode(pasts[:, w], memory, padding)[:, -1]
        torch.testing.assert_close(logits[:, w], expected, atol=1e-5, rtol=0)
    return pasts


def torch_weights(layers: nn.ModuleList, norms: dict[str, str]) -> dict[str, Tensor]:
    """Our layers' weights under the names of torch.nn.Transformer{Encoder,Decoder}."""
    weights: dict[str, Tensor] = {}
    for number, layer in enumerate(layers):
        ours = layer.state_dict()
        for kind in ("weight", "bias"):
            for theirs, name in norms.items():
                weights[f"layers.{number}.{theirs}.{kind}"] = ours[f"{name}.{kind}"]
            weights[f"layers.{number}.linear1.{kind}"] = ours[f"feed_forward.in_proj.{kind}"]
            weights[f"layers.{number}.linear2.{kind}"] = ours[f"feed_forward.out_proj.{kind}"]
            for theirs, name in (("self_attn", "self_attn"), ("multihead_attn", "cross_attn")):
                if f"{name}.q_proj.{kind}" not in ours:
                    continue  # the encoder has no cross-attention
                weights[f"layers.{number}.{theirs}.in_proj_{kind}"] = torch.cat(
                    [
                        ours[f"{name}.{projection}.{kind}"]
                        for projection in ("q_proj", "k_proj", "v_proj")
                    ]
                )
                weights[f"layers.{number}.{theirs}.out_proj.{kind}"] = ours[
                    f"{name}.out_proj.{kind}"
                ]
    return weights
