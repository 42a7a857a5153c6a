"""The transformer: agreement with torch, and what each position can see."""

import torch
from padded_sentences import (
    D_FF,
    DECODER_LAYERS,
    ENCODER_LAYERS,
    NUM_HEADS,
    SRC_LENGTHS,
    SRC_PADDING,
    B,
    D,
    S,
    T,
    V,
    embedded,
    make_model,
    source_ids,
    target_ids,
    teacher_forced,
)
from torch import Tensor, nn

from translator.config import PAD_ID

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

    logits = model.logits(tgt_in, memory, SRC_PADDING)

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
    logits = model.logits(tgt_in, memory, SRC_PADDING)

    for b, length in enumerate(SRC_LENGTHS):
        nothing_padded = torch.zeros(1, length, dtype=torch.bool)
        alone = model.encode(src[b : b + 1, :length], nothing_padded)
        torch.testing.assert_close(memory[b : b + 1, :length], alone, atol=1e-5, rtol=0)
        logits_alone = model.logits(tgt_in[b : b + 1], alone, nothing_padded)
        torch.testing.assert_close(logits[b : b + 1], logits_alone, atol=1e-5, rtol=0)


def test_padding_a_target_into_a_batch_changes_no_logit_of_its_own_tokens() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    tgt_in[0, 2:] = PAD_ID

    logits = model.logits(tgt_in, memory, SRC_PADDING)

    alone = model.logits(tgt_in[:1, :2], memory[:1], SRC_PADDING[:1])
    torch.testing.assert_close(logits[:1, :2], alone, atol=1e-5, rtol=0)


def test_what_memory_holds_at_padding_does_not_reach_the_decoder() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    rubbish = memory + torch.where(SRC_PADDING[:, :, None], 1e3, 0.0)

    logits = model.logits(tgt_in, memory, SRC_PADDING)

    torch.testing.assert_close(model.logits(tgt_in, rubbish, SRC_PADDING), logits)
    assert not torch.allclose(model.logits(tgt_in, rubbish, ~SRC_PADDING)[0], logits[0])


def test_a_later_target_token_never_changes_an_earlier_logit() -> None:
    model = make_model()
    memory, tgt_in = torch.randn(B, S, D), target_ids()
    before = model.logits(tgt_in, memory, SRC_PADDING)

    for changed in range(T):
        other = tgt_in.clone()
        other[:, changed] = (other[:, changed] + 1) % V
        after = model.logits(other, memory, SRC_PADDING)

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


# -- helpers ------------------------------------------------------------------------------------


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
