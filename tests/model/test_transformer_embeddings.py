"""Embeddings and positions, and the weights before any training."""

import itertools
import math

import torch
import torch.nn.functional as F
from padded_sentences import (
    DECODER_LAYERS,
    ENCODER_LAYERS,
    SRC_PADDING,
    D,
    S,
    V,
    embedded,
    make_model,
    model_config,
    source_ids,
    target_ids,
    teacher_forced,
)
from torch import Tensor, nn

from translator.config import BOS_ID, ModelConfig
from translator.model.transformer import Transformer

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
    logits = model.logits(tgt_in, memory, SRC_PADDING)

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
    assert not torch.allclose(model.logits(tgt_in, memory, SRC_PADDING), logits)
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


# -- helpers ------------------------------------------------------------------------------------


def first_layer_reads(model: Transformer, src: Tensor) -> Tensor:
    """(B, S) -> (B, S, D), before any layer has worked on it."""
    seen: list[Tensor] = []
    hook = model.encoder_layers[0].register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    model.encode(src, torch.zeros_like(src, dtype=torch.bool))
    hook.remove()
    return seen[0].detach()
