"""One optimizer step: its loss, its gradient, its learning rate, and when it is not taken."""

import dataclasses
import math
from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from reversing import DROPOUT, NO_DROPOUT, SHORT, digit_pairs, make_learner, step_on

from translator.config import PAD_ID
from translator.errors import DivergedError
from translator.model.transformer import Transformer
from translator.text.batching import collate
from translator.training import gradients


def test_each_step_drops_other_elements() -> None:
    config = dataclasses.replace(SHORT, warmup_steps=0)
    batch = digit_pairs(7)

    losses = []
    for step in (0, 0, 1):
        learner = make_learner(config, DROPOUT)
        learner.state.step = step
        loss, _ = step_on(learner, [batch], config, learning_rate=1e-30)
        losses.append(loss)

    assert losses[0] == losses[1] != losses[2]


def test_accumulated_batches_make_the_step_of_one_big_batch() -> None:
    batches = [digit_pairs(2, lengths=(9, 9)), digit_pairs(8, seed=2, lengths=(2, 4))]
    counts = [sum(len(tgt) for _, tgt in batch) for batch in batches]
    assert counts[0] != counts[1]
    config = dataclasses.replace(SHORT, max_grad_norm=0.0, label_smoothing=0.1)
    learner = make_learner(config, NO_DROPOUT, plain_descent=True)
    reference = deepcopy(learner.model)

    loss, grad_norm = step_on(learner, batches, config, learning_rate=0.5)

    batch = collate([*batches[0], *batches[1]])
    memory = reference.encode(batch.src, batch.src_key_padding_mask)
    logits = reference.logits(batch.tgt_in, memory, batch.src_key_padding_mask)
    losses = F.cross_entropy(
        logits.flatten(0, 1), batch.tgt_out.flatten(), label_smoothing=0.1, reduction="none"
    )
    expected = losses[batch.tgt_out.flatten() != PAD_ID].sum() / sum(counts)
    expected.backward()
    gradients = [parameter.grad for parameter in reference.parameters()]
    assert all(gradient is not None for gradient in gradients)
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    squares = sum(float(gradient.square().sum()) for gradient in gradients if gradient is not None)
    assert grad_norm == pytest.approx(math.sqrt(squares), rel=1e-5)
    for (name, ours), theirs in zip(
        learner.model.named_parameters(), reference.parameters(), strict=True
    ):
        assert theirs.grad is not None
        after = theirs.data - 0.5 * theirs.grad
        if name == "embedding.weight":  # turned, not lengthened
            after *= theirs.data.norm(dim=1, keepdim=True) / after.norm(dim=1, keepdim=True)
        torch.testing.assert_close(ours.data, after, rtol=1e-5, atol=1e-6)


def test_with_consistency_a_batch_is_read_twice_under_different_dropout() -> None:
    config = dataclasses.replace(SHORT, consistency=3.0)
    model = make_learner(config, DROPOUT).model
    batch = collate(digit_pairs(5))
    widths: list[int] = []
    model.register_forward_pre_hook(lambda _, inputs: widths.append(len(inputs[0])))

    torch.manual_seed(4)
    loss = gradients.batch_loss(model, model, batch, config)

    torch.manual_seed(4)
    inputs = (batch.src, batch.src_key_padding_mask, batch.tgt_in)
    first, second = model(*(ids.repeat(2, 1) for ids in inputs)).chunk(2)
    assert widths == [10, 10]
    assert not torch.equal(first, second)
    log_p, log_q = (
        (states @ model.embedding.weight.T).log_softmax(dim=-1)[batch.tgt_out != PAD_ID]
        for states in (first, second)
    )
    targets = batch.tgt_out[batch.tgt_out != PAD_ID]
    smoothed = sum(
        F.cross_entropy(one, targets, label_smoothing=0.1, reduction="sum")
        for one in (log_p, log_q)
    )
    divergence = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum()
    torch.testing.assert_close(loss, smoothed / 2 + 3.0 / 4 * divergence)


def test_a_long_gradient_is_scaled_down_and_reported_as_it_was() -> None:
    batches = [digit_pairs(5)]
    free = dataclasses.replace(SHORT, max_grad_norm=0.0)
    clipped = dataclasses.replace(SHORT, max_grad_norm=0.25)
    learners = [make_learner(free, NO_DROPOUT, plain_descent=True) for _ in range(2)]
    before = deepcopy(learners[0].model)

    _, free_norm = step_on(learners[0], batches, free, learning_rate=1.0)
    _, clipped_norm = step_on(learners[1], batches, clipped, learning_rate=1.0)

    assert free_norm == clipped_norm > 0.5
    unscaled = moved(before, learners[0].model)
    assert 0.5 < unscaled < free_norm
    scaled = moved(before, learners[1].model)
    assert scaled == pytest.approx(unscaled * 0.25 / free_norm, rel=1e-4)


def test_each_optimizer_has_its_own_learning_rate_and_both_follow_the_schedule() -> None:
    config = dataclasses.replace(
        SHORT, optimizer="muon", learning_rate=4e-3, muon_learning_rate=3e-2, max_grad_norm=0.0
    )
    learner = make_learner(config, NO_DROPOUT)
    before = deepcopy(learner.model)

    step_on(learner, [digit_pairs(5)], config, learning_rate=2e-3)

    # The first step of AdamW moves each element by the rate; that of Muon each matrix by about
    # the rate along each of its singular vectors.
    bias = (learner.model.decoder_norm.bias - before.decoder_norm.bias).abs()
    torch.testing.assert_close(bias, torch.full_like(bias, 2e-3), rtol=1e-3, atol=0)
    name = "encoder_layers.0.feed_forward.in_proj.weight"
    moved_by = learner.model.get_parameter(name) - before.get_parameter(name)
    values = torch.linalg.svdvals(moved_by / (1.5e-2 * math.sqrt(40 / 24)))
    assert 0.6 < values.median() < 1.3
    assert values.max() < 1.3


def test_in_half_precision_a_step_is_nearly_the_same_and_weights_stay_whole() -> None:
    whole, half = (
        dataclasses.replace(SHORT, precision=precision) for precision in ("float32", "bfloat16")
    )
    # Without dropout: batches are filled up in half precision, so other elements would be dropped.
    learners = [make_learner(config, NO_DROPOUT) for config in (whole, half)]

    losses, norms = zip(
        *(
            step_on(learner, [digit_pairs(9)], config, learning_rate=1e-3)
            for learner, config in zip(learners, (whole, half), strict=True)
        ),
        strict=True,
    )

    assert losses[0] == pytest.approx(losses[1], rel=2e-2)
    assert losses[0] != losses[1]
    assert norms[0] == pytest.approx(norms[1], rel=5e-2)
    assert {tensor.dtype for tensor in learners[1].tensors().values()} == {torch.float32}


@pytest.mark.parametrize("broken", ["weights", "gradient"])
def test_a_step_that_is_not_finite_is_not_taken(broken: str) -> None:
    learner = make_learner(SHORT, NO_DROPOUT)
    step_on(learner, [digit_pairs(5)], SHORT, learning_rate=1e-3)
    learner.state.step = 1
    if broken == "weights":
        learner.model.embedding.weight.data[7, 2] = math.inf
    else:
        learner.model.decoder_norm.bias.register_hook(lambda gradient: gradient * math.nan)
    before = {name: tensor.clone() for name, tensor in learner.tensors().items()}

    with pytest.raises(DivergedError) as error:
        step_on(learner, [digit_pairs(5), digit_pairs(6)], SHORT, learning_rate=2.5e-3)

    after = learner.tensors()
    assert after.keys() == before.keys()
    assert any(name.startswith("optimizer.exp_avg.") for name in before)
    for name, tensor in before.items():
        assert torch.equal(after[name], tensor), name
    message = str(error.value)
    assert "nan" in message
    assert "step 2" in message
    assert "2.50e-03" in message
    assert "lower training.learning_rate" in message
    assert "training.warmup_steps" in message


def moved(before: Transformer, after: Transformer) -> float:
    """By how much in all, but for the embeddings, which keep their lengths."""
    old, new = (dict(model.named_parameters()) for model in (before, after))
    squares = [
        (new[name] - old[name]).square().sum().item() for name in old if name != "embedding.weight"
    ]
    return math.sqrt(sum(squares))
