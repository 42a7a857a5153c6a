"""Decoding step by step with a cache gives what one teacher-forced pass gives."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from padded_sentences import (
    DECODER_LAYERS,
    NUM_HEADS,
    SRC_PADDING,
    B,
    D,
    H,
    K,
    S,
    T,
    V,
    W,
    decoder_layers,
    make_model,
    paper_positions,
    source_ids,
    target_ids,
)
from torch import Tensor
from torch.overrides import TorchFunctionMode

from translator.model.transformer import DecoderCache, Transformer


@NUM_HEADS
def test_decoding_step_by_step_equals_one_teacher_forced_pass(num_heads: int) -> None:
    model = make_model(num_heads=num_heads)
    memory, tgt_in = model.encode(source_ids(), SRC_PADDING), target_ids()
    cache = model.start(memory, SRC_PADDING)

    steps = [model.decoding_step(tgt_in[:, t : t + 1], cache) for t in range(T)]

    expected = model.logits(tgt_in, memory, SRC_PADDING)
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
            model.decoding_step(torch.randint(V, (B, W)), cache)

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
        steps.append(model.decoding_step(tgt_in[:, t : t + 1], cache))
        model.decoding_step(torch.randint(V, (B, 1)), other)

    expected = model.logits(tgt_in, memory, SRC_PADDING)
    torch.testing.assert_close(torch.cat(steps, dim=1), expected, atol=1e-5, rtol=0)


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

    model.decoding_step(ids, cache)

    token = model.embedding.weight[ids] * math.sqrt(D)
    position = seen[0] - token
    expected = paper_positions(range(length, length + 1), D).expand_as(position)
    torch.testing.assert_close(position, expected, atol=2e-3, rtol=0)  # float32 angles
    assert cache.length == length + 1


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

    logits = model.decoding_step(last_ids, cache)

    pasts = torch.cat([pasts, last_ids.unsqueeze(-1)], dim=-1)
    for w in range(num_hypotheses):
        expected = model.logits(pasts[:, w], memory, padding)[:, -1]
        torch.testing.assert_close(logits[:, w], expected, atol=1e-5, rtol=0)
    return pasts
