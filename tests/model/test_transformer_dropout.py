"""Where dropout reaches, and that it ends with training."""

import itertools
from collections.abc import Sequence

import pytest
import torch
from padded_sentences import (
    DECODER_LAYERS,
    SRC_PADDING,
    B,
    D,
    S,
    T,
    V,
    decoder_layers,
    embedded,
    make_model,
    recorded,
    source_ids,
    target_ids,
    teacher_forced,
)
from torch import Tensor

from translator.model.attention import Dropout
from translator.model.transformer import DecoderLayer, Record, Transformer


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
