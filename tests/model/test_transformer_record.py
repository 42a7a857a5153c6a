"""What a record of a pass holds, and that keeping one changes nothing."""

import itertools

import torch
from padded_sentences import (
    DECODER_LAYERS,
    ENCODER_LAYERS,
    NUM_HEADS,
    SRC_PADDING,
    B,
    D,
    H,
    K,
    S,
    T,
    decoder_layers,
    embedded,
    make_model,
    recorded,
    source_ids,
    target_ids,
)
from torch import Tensor

from translator.model.transformer import EncoderLayer, Record, Transformer


@NUM_HEADS
def test_looking_changes_neither_memory_nor_logits(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    src, tgt_in = source_ids(), target_ids()
    record = Record()

    memory = model.encode(src, SRC_PADDING, record)
    logits = model.logits(tgt_in, memory, SRC_PADDING, record)

    real = ~SRC_PADDING
    fused = model.encode(src, SRC_PADDING)
    torch.testing.assert_close(memory[real], fused[real], atol=1e-5, rtol=0)
    expected = model.logits(tgt_in, fused, SRC_PADDING)
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

    model.logits(target_ids(), memory, SRC_PADDING, record)

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

    model.logits(tgt_in, memory, SRC_PADDING, record)
    model.logits(tgt_in, -memory, SRC_PADDING, other_record)

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


def join(heads: Tensor) -> Tensor:
    """(B, H, L, K) -> (B, L, D)"""
    return torch.cat(heads.unbind(dim=1), dim=-1)


def decoder_states_before_cross_attention(model: Transformer, tgt_in: Tensor) -> Tensor:
    """Embedded target plus the first layer's self-attention."""
    layer = decoder_layers(model)[0]
    x = embedded(model, tgt_in)
    normed = layer.self_attn_norm(x)
    attended: Tensor = layer.self_attn(normed, normed, is_causal=True).output
    return x + attended
