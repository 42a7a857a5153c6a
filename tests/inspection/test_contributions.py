"""Contributions: by hand for two tokens, and for small models by a plain reference."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, ENCODER_LAYERS, ENGLISH, GERMAN, HEADS
from torch import Tensor, nn

from translator.config import DecodingConfig, ModelConfig
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.contributions import (
    alti,
    attribute_logits,
    gradient_x_input,
    logits_of,
    runners_up,
)
from translator.inspection.inspection import AttentionLayer, Inspection
from translator.inspection.record import inspect_pair
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer, sinusoids
from translator.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def inspection(inspected_translator: Translator) -> Inspection:
    return inspect_pair(inspected_translator, ENGLISH[0], GERMAN[1])


def test_shares_of_two_tokens_worked_by_hand(two_tokens: tuple[Inspection, Translator]) -> None:
    shares = alti(*two_tokens)

    # Each memory position adds (1, 0), half of (2, 0). Source position 0 is (3, 1) before and
    # (5, 1) after attention, whose L1 norm is 6. Its own vector is (3, 1) + (1, 0), which has
    # 6 - |(1, 0)| = 5; the other has 6 - |(4, 1)| = 1. Position 1 goes from (5, 1) to (7, 1): its
    # own (6, 1) has 8 - |(1, 0)| = 7, the other 8 - |(6, 1)| = 1.
    close(shares.encoder, [[[5 / 6, 1 / 6], [1 / 8, 7 / 8]]])
    close(shares.memory, shares.encoder[0])
    # The target is embedded alike; its first position sees itself alone.
    close(shares.prefix, [[[1, 0], [1 / 8, 7 / 8]]])
    # In cross-attention (5, 1) becomes (7, 1), and (7, 1) becomes (9, 1): 1, 1 and 8 of 10.
    close(shares.source, [[[1 / 8, 1 / 8], [1 / 10, 1 / 10]]])
    close(shares.residual, [[6 / 8, 8 / 10]])
    from_source = np.array([5 / 6 + 1 / 8, 1 / 6 + 7 / 8])
    close(shares.total[0], [*(from_source / 8), 6 / 8, 0])
    close(shares.total[1], [*(from_source / 10), 8 / 10 * 1 / 8, 8 / 10 * 7 / 8])


def test_a_logit_of_two_tokens_worked_by_hand(two_tokens: tuple[Inspection, Translator]) -> None:
    inspection, translator = two_tokens
    e = translator.model.embedding.weight[inspection.write_ids].detach().numpy()

    parts = attribute_logits(inspection, translator, inspection.write_ids)

    # The last stream of step 0 is (7, 1), normalized (1, -1): the logit is e_0 - e_1. It is
    # (3, 1) + (2, 0) + (1, 0) + (1, 0), whose coordinates differ by 2, 2, 1, 1 of 6.
    # That of step 1 is (9, 1) = (5, 1) + (1, 0) + (1, 0) + (1, 0) + (1, 0): 4, 1, 1, 1, 1 of 8.
    logit = e[:, 0] - e[:, 1]
    close(parts.logit, logit)
    close(parts.embedding, logit * [2 / 6, 4 / 8])
    close(parts.self_attn[0, 0], logit[:, None] * [[2 / 6, 0], [1 / 8, 1 / 8]])
    close(parts.cross_attn[0, 0], logit[:, None] * [[1 / 6, 1 / 6], [1 / 8, 1 / 8]])
    close(parts.feed_forward[0], [0, 0])
    close(parts.biases, [0, 0])


def test_in_self_attention_the_residual_is_part_of_the_position_s_own_vector(
    two_tokens: tuple[Inspection, Translator],
) -> None:
    inspection, translator = two_tokens
    [layer] = inspection.decoder_self_attn
    turned = replace(layer, output=np.array([[-1, 0], [-1, 0]], dtype=np.float32))

    shares = alti(replace(inspection, decoder_self_attn=[turned]), translator)

    # Position 1 goes from (5, 1) to (4, 1), whose norm is 5. Its own vector (5, 1) + (1, 0) has
    # 5 - |(2, 0)| = 3, the other 5 - |(3, 1)| = 1. Apart, (5, 1) and (1, 0) would have 4 and 1.
    close(shares.prefix, [[[1, 0], [1 / 4, 3 / 4]]])


def test_where_vectors_cancel_the_residual_has_it_all(
    two_tokens: tuple[Inspection, Translator],
) -> None:
    inspection, translator = two_tokens
    [layer] = inspection.decoder_self_attn
    cancelling = replace(layer, output=-np.array([[3, 1], [5, 1]], dtype=np.float32))

    shares = alti(replace(inspection, decoder_self_attn=[cancelling]), translator)

    close(shares.prefix, [[[1, 0], [0, 1]]])


def test_shares_are_those_of_a_plain_reference(
    inspection: Inspection, inspected_translator: Translator
) -> None:
    model = inspected_translator.model
    stream = streams(model, inspection)
    num_steps, num_source = len(inspection.reads), len(inspection.source)
    memory = np.eye(num_source)
    for layer, attention in zip(model.encoder_layers, inspection.encoder_self_attn, strict=True):
        assert isinstance(layer, EncoderLayer)
        before, after = stream[layer.self_attn_norm], stream[layer.feed_forward_norm]
        memory = shares_by_hand(attention, before, after, own=True) @ memory
    expected = np.concatenate([np.zeros((num_steps, num_source)), np.eye(num_steps)], axis=1)
    layers = zip(
        model.decoder_layers, inspection.decoder_self_attn, inspection.cross_attn, strict=True
    )
    for layer, self_attn, cross_attn in layers:
        assert isinstance(layer, DecoderLayer)
        before, asked = stream[layer.self_attn_norm], stream[layer.cross_attn_norm]
        expected = shares_by_hand(self_attn, before, asked, own=True) @ expected
        answered = stream[layer.feed_forward_norm]
        cross = shares_by_hand(cross_attn, asked, answered, own=False)
        expected = cross[:, -1:] * expected
        expected[:, :num_source] += cross[:, :-1] @ memory

    shares = alti(inspection, inspected_translator)

    np.testing.assert_allclose(shares.memory, memory, atol=1e-5)
    np.testing.assert_allclose(shares.total, expected, atol=1e-5)
    np.testing.assert_array_equal(shares.by_source, shares.total[:, :num_source])


def test_shares_are_never_negative_sum_to_1_and_see_no_later_token(
    inspection: Inspection, inspected_translator: Translator
) -> None:
    shares = alti(inspection, inspected_translator)

    num_steps, num_source = len(inspection.reads), len(inspection.source)
    assert shares.encoder.shape == (ENCODER_LAYERS, num_source, num_source)
    assert shares.source.shape == (DECODER_LAYERS, num_steps, num_source)
    assert shares.total.shape == (num_steps, num_source + num_steps)
    for array in (shares.encoder, shares.memory, shares.prefix, shares.total):
        assert (array >= 0).all()
        np.testing.assert_allclose(array.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(shares.source.sum(axis=-1) + shares.residual, 1, atol=1e-5)
    later = np.triu_indices(num_steps, 1)
    assert (shares.prefix[:, *later] == 0).all()
    assert (shares.total[:, num_source:][later] == 0).all()


def test_parts_of_a_logit_sum_to_what_the_model_computes(
    inspection: Inspection, inspected_translator: Translator
) -> None:
    ids, others = inspection.write_ids, inspection.read_ids
    expected = logits(inspected_translator.model, inspection)
    steps = np.arange(len(ids))

    parts = attribute_logits(inspection, inspected_translator, ids)
    difference = attribute_logits(inspection, inspected_translator, ids, less=others)

    np.testing.assert_allclose(parts.logit, expected[steps, ids], atol=1e-4)
    np.testing.assert_allclose(parts.sums()["total"], expected[steps, ids], atol=1e-4)
    contrast = expected[steps, ids] - expected[steps, others]
    np.testing.assert_allclose(difference.logit, contrast, atol=1e-4)
    np.testing.assert_allclose(difference.sums()["total"], contrast, atol=1e-4)
    np.testing.assert_allclose(
        logits_of(inspection, inspected_translator), expected, rtol=0, atol=1e-4
    )
    assert parts.cross_attn.shape == inspection.weights.shape
    assert (parts.self_attn[..., *np.triu_indices(len(ids), 1)] == 0).all()


def test_a_head_without_rows_of_the_output_projection_adds_nothing(
    inspected_translator: Translator,
) -> None:
    model = copy.deepcopy(inspected_translator.model)
    layer = model.decoder_layers[1]
    assert isinstance(layer, DecoderLayer)
    head = slice(2 * 6, 3 * 6)  # head 2 of 4, each 6 wide
    with torch.no_grad():
        layer.cross_attn.out_proj.weight[:, head] = 0
        layer.self_attn.out_proj.weight[:, head] = 0
    crippled = replace(inspected_translator, model=model)
    inspection = inspect_pair(crippled, ENGLISH[0], GERMAN[1])

    parts = attribute_logits(inspection, crippled, inspection.write_ids)

    assert (parts.cross_attn[1, 2] == 0).all()
    assert (parts.self_attn[1, 2] == 0).all()
    assert (np.abs(parts.cross_attn).max(axis=(2, 3)) > 0).sum() == DECODER_LAYERS * HEADS - 1


def test_a_layer_without_an_output_projection_leaves_everything_to_the_residual(
    inspected_translator: Translator,
) -> None:
    model = copy.deepcopy(inspected_translator.model)
    for layer in model.decoder_layers:
        assert isinstance(layer, DecoderLayer)
        nn.init.zeros_(layer.cross_attn.out_proj.weight)
    mute = replace(inspected_translator, model=model)
    inspection = inspect_pair(mute, ENGLISH[0], GERMAN[1])

    shares = alti(inspection, mute)

    assert (shares.source == 0).all()
    assert (shares.by_source == 0).all()


def test_the_runner_up_is_the_most_probable_token_that_was_not_written(
    inspection: Inspection, inspected_translator: Translator
) -> None:
    ids = runners_up(inspection, inspected_translator)

    specials = {"<pad>", "<unk>", "<s>"}
    for step, piece in enumerate(inspected_translator.tokenizer.pieces(ids)):
        others = [other.piece for other in inspection.alternatives[step]]
        assert piece == next(
            other for other in others if other not in {inspection.writes[step], *specials}
        )


def test_gradient_times_input_is_what_finite_differences_say(
    random_translator: Translator,
) -> None:
    exact = replace(random_translator, model=copy.deepcopy(random_translator.model).double())
    inspection = inspect_pair(exact, ENGLISH[0], GERMAN[0])
    steps = np.arange(len(inspection.writes))
    first, position, size = exact.model.encoder_layers[0], 3, 1e-4
    token = exact.model.embedding.weight[inspection.source_ids[position]]

    def moved(by: float) -> np.ndarray:
        def move(_: nn.Module, args: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            x = args[0].clone()
            x[0, position] += by * token * math.sqrt(len(token))
            return x, *args[1:]

        with first.register_forward_pre_hook(move):
            found = torch.from_numpy(logits(exact.model, inspection)).log_softmax(dim=-1)
        return found.numpy()[steps, inspection.write_ids]

    expected = (moved(size) - moved(-size)) / (2 * size)

    found = gradient_x_input(inspection, exact)

    assert found.shape == (len(inspection.writes), len(inspection.source))
    np.testing.assert_allclose(found[:, position], expected, rtol=1e-3, atol=1e-6)
    assert np.abs(found[:, position]).max() > 0.01


def test_gradients_leave_no_trace(inspection: Inspection, inspected_translator: Translator) -> None:
    gradient_x_input(inspection, inspected_translator)

    assert all(parameter.grad is None for parameter in inspected_translator.model.parameters())


def test_another_translator_than_the_one_that_made_the_inspection_is_refused(
    trained_translator: Translator, random_translator: Translator
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    for look in (alti, gradient_x_input, logits_of, runners_up):
        with pytest.raises(InspectionError, match="the inspection was made with another model"):
            look(inspection, random_translator)
    with pytest.raises(InspectionError, match="the inspection was made with another model"):
        attribute_logits(inspection, random_translator, inspection.write_ids)


@pytest.fixture(scope="module")
def two_tokens(random_translator: Translator) -> tuple[Inspection, Translator]:
    """One layer a side, one head, two numbers wide; weights are even, and every value is (2, 0).

    The tokens of either side are (3, 1) and (5, 1) with their positions, so (1, -1) normalized.
    """
    config = ModelConfig(
        d_model=2, num_heads=1, d_ff=3, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
    )
    tokenizer = random_translator.tokenizer
    model = Transformer(config, tokenizer.vocab_size)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "_proj" in name:
                parameter.zero_()
            if name.endswith("v_proj.weight"):
                parameter.copy_(torch.eye(2))
            if name.endswith("attn.out_proj.weight"):
                parameter[0, 0] = 2
    pair = tokens_of_two(tokenizer)
    translator = Translator(model.eval(), tokenizer, DecodingConfig(), max_src_length=9)
    inspection = inspect_pair(translator, *pair)
    positions = sinusoids(0, 2, 2, torch.device("cpu"))
    wanted = (torch.tensor([[3.0, 1.0], [5.0, 1.0]]) - positions) / math.sqrt(2)
    with torch.no_grad():
        for ids in (inspection.source_ids, inspection.read_ids):
            model.embedding.weight[ids] = wanted
    return inspect_pair(translator, *pair), translator


def tokens_of_two(tokenizer: Tokenizer) -> tuple[str, str]:
    """Two texts of one token each; </s> is the second."""
    [one, other, *_] = (
        word for word in "abcdefghijklmnopqrstuvw" if len(tokenizer.encode(word)) == 2
    )
    return one, other


def shares_by_hand(
    attention: AttentionLayer, before: np.ndarray, after: np.ndarray, *, own: bool
) -> np.ndarray:
    """One query after the other; the residual last, or with `own` in the position's own vector."""
    rows = []
    for query, total in enumerate(after):
        vectors = sum(
            attention.weights[head, query][:, None]
            * (attention.values[head] @ attention.head_w_o(head))
            for head in range(attention.num_heads)
        )
        if own:
            vectors[query] += before[query]
        else:
            vectors = np.concatenate([vectors, before[[query]]])
        near = [max(0.0, norm(total) - norm(total - vector)) for vector in vectors]
        rows.append(np.array(near) / sum(near))
    return np.array(rows)


def norm(vector: np.ndarray) -> float:
    return float(np.abs(vector).sum())


def streams(model: Transformer, inspection: Inspection) -> dict[nn.Module, np.ndarray]:
    """What each norm reads when the sentence is read again: the residual stream there, (L, D)."""
    seen: dict[nn.Module, np.ndarray] = {}

    def see(module: nn.Module, args: tuple[Tensor]) -> None:
        seen[module] = args[0][0].numpy()

    hooks = [
        module.register_forward_pre_hook(see)
        for module in model.modules()
        if isinstance(module, nn.LayerNorm)
    ]
    logits(model, inspection)
    for hook in hooks:
        hook.remove()
    return seen


def logits(model: Transformer, inspection: Inspection) -> np.ndarray:
    """(T, V), of an ordinary pass."""
    src, tgt_in = torch.tensor([inspection.source_ids]), torch.tensor([inspection.read_ids])
    nothing = torch.zeros_like(src, dtype=torch.bool)
    with torch.no_grad():
        return model.logits(tgt_in, model.encode(src, nothing), nothing)[0].numpy()


def close(found: np.ndarray, expected: object) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-4)
