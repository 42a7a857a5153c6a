"""Where dropout reaches, and that it ends with training."""

import torch
from padded_sentences import (
    SRC_PADDING,
    B,
    D,
    S,
    T,
    V,
    make_model,
    source_ids,
    target_ids,
    teacher_forced,
)

from translator.model.dropout import Dropout
from translator.model.transformer import Transformer


def test_dropout_reaches_the_embeddings_and_every_sublayer() -> None:
    model = make_model(dropout=0.25).train()
    drop_everything(model, dropped_of_256=64)

    memory = model.encode(source_ids(), SRC_PADDING)
    logits = model.logits(target_ids(), torch.randn(B, S, D), SRC_PADDING)

    # Nothing is left but what the last norm adds.
    nothing = torch.zeros(B, S, D)
    torch.testing.assert_close(memory, nothing + model.encoder_norm.bias)
    expected = model.embedding.weight @ model.decoder_norm.bias
    torch.testing.assert_close(logits, expected.expand(B, T, V))


def test_in_evaluation_nothing_is_dropped() -> None:
    model = make_model(dropout=0.5)
    without = make_model()
    without.load_state_dict(model.state_dict())
    src, tgt_in = source_ids(), target_ids()

    logits = teacher_forced(model, src, SRC_PADDING, tgt_in)

    torch.testing.assert_close(logits, teacher_forced(without, src, SRC_PADDING, tgt_in))
    cache = model.start(model.encode(src, SRC_PADDING), SRC_PADDING)
    first = model.decoding_step(tgt_in[:, :1], cache)
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
