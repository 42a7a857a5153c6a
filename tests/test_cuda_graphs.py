"""What a GPU is given: batches of few shapes, and gradients as on a processor."""

import dataclasses
import math
import random
from copy import deepcopy

import pytest
import torch

from translator.batching import IdPair, collate
from translator.config import EOS_ID, PAD_ID, ModelConfig, TrainingConfig
from translator.cuda_graphs import LENGTH, ROWS, GraphedGradients, even
from translator.distributed import World
from translator.gradients import Gradients
from translator.model import Transformer
from translator.optimization import make_optimizers, smoothed_cross_entropy
from translator.training import Learner, TrainState, training_step

CPU, GPU = torch.device("cpu"), torch.device("cuda")
VOCAB_SIZE = 37
PLAIN = ModelConfig(
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
)
DROPPING = dataclasses.replace(PLAIN, dropout=0.3, attention_dropout=0.2, layer_dropout=0.4)
CONFIG = TrainingConfig(seed=5)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("count", [1, ROWS, ROWS + 3])
def test_an_evened_batch_holds_the_same_tokens(count: int) -> None:
    pairs = pairs_of(count)

    batch, plain = even(pairs), collate(pairs)

    for ids in (batch.src, batch.tgt_in, batch.tgt_out):
        assert ids.size(0) % ROWS == 0
        assert ids.size(1) % LENGTH == 0
    for ours, theirs in (
        (batch.src, plain.src),
        (batch.tgt_in, plain.tgt_in),
        (batch.tgt_out, plain.tgt_out),
    ):
        assert torch.equal(ours[:count, : theirs.size(1)], theirs)
        assert (ours[:count, theirs.size(1) :] == PAD_ID).all()
    assert (batch.tgt_out[count:] == PAD_ID).all()
    assert torch.equal(batch.src_key_padding_mask, batch.src == PAD_ID)


def test_an_evened_batch_has_the_loss_and_the_gradients_of_its_pairs() -> None:
    model, pairs = make_model(PLAIN).train(), pairs_of(ROWS - 5)
    losses, gradients = [], []
    for batch in (even(pairs), collate(pairs)):
        states = model(batch.src, batch.src_key_padding_mask, batch.tgt_in)
        loss = smoothed_cross_entropy(states, model.embedding.weight, batch.tgt_out, 0.1)
        losses.append(loss.item())
        gradients.append(torch.autograd.grad(loss, list(model.parameters())))

    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@needs_gpu
@pytest.mark.parametrize("consistency", [0.0, 2.0])
def test_a_gpu_has_the_gradients_of_a_processor(consistency: float) -> None:
    config = dataclasses.replace(CONFIG, consistency=consistency)
    batches = [pairs_of(ROWS + 3), pairs_of(5, seed=2)]
    model = make_model(PLAIN)
    on_gpu = deepcopy(model).to(GPU)
    expected = Gradients(model, config, CPU, World()).of_step(batches, step=0)
    graphed = GraphedGradients(on_gpu, config, GPU)

    for _ in range(2):  # recorded, and run again
        assert graphed.of_step(batches, step=0) == pytest.approx(expected, rel=1e-4)
        for ours, theirs in zip(on_gpu.parameters(), model.parameters(), strict=True):
            assert ours.grad is not None
            assert theirs.grad is not None
            torch.testing.assert_close(ours.grad.cpu(), theirs.grad, rtol=1e-3, atol=1e-5)


@needs_gpu
def test_dropout_on_a_gpu_follows_from_seed_and_step_alone() -> None:
    batches = [pairs_of(ROWS + 3)]
    graphed = GraphedGradients(make_model(DROPPING).to(GPU), CONFIG, GPU)
    first = graphed.of_step(batches, step=3)
    other = graphed.of_step(batches, step=4)
    torch.rand(5, device=GPU)

    assert graphed.of_step(batches, step=3) == pytest.approx(first, rel=1e-6)
    assert abs(other - first) > 1e-3 * first


@needs_gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_graphs_read_the_weights_as_they_are_now_and_learn(precision: str) -> None:
    config = dataclasses.replace(CONFIG, precision=precision, warmup_steps=5)
    model = make_model(PLAIN).to(GPU)
    learner = Learner(model, deepcopy(model), make_optimizers(model, config), TrainState())
    gradients = GraphedGradients(model, config, GPU)
    losses = []
    for _ in range(60):
        loss, norm = training_step(learner, gradients, [pairs_of(7)], config, 3e-3)
        assert math.isfinite(norm)
        learner.state.step += 1
        losses.append(loss)

    assert losses[-1] < 0.6 * losses[0]


@needs_gpu
@pytest.mark.parametrize("weighted", [False, True])
def test_padding_weighs_nothing_in_the_loss_of_a_gpu(weighted: bool) -> None:
    torch.manual_seed(1)
    states, weight = torch.randn(3, 5, 8), torch.randn(VOCAB_SIZE, 8)
    targets = torch.randint(EOS_ID, VOCAB_SIZE, (3, 5))
    targets[0, 2:] = PAD_ID
    weights = torch.tensor([0.5, -1.0, 2.0]) if weighted else None
    results = []
    for device in (CPU, GPU):
        inputs = [each.to(device).requires_grad_() for each in (states, weight)]
        loss = smoothed_cross_entropy(
            *inputs,
            targets.to(device),
            0.1,
            weights=None if weights is None else weights.to(device),
        )
        results.append([loss.detach().cpu(), *(g.cpu() for g in torch.autograd.grad(loss, inputs))])

    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def make_model(config: ModelConfig) -> Transformer:
    torch.manual_seed(1)
    return Transformer(config, VOCAB_SIZE)


def pairs_of(count: int, seed: int = 1) -> list[IdPair]:
    """Sentences of all lengths from 1 to 10."""
    rng = random.Random(seed)

    def sentence() -> list[int]:
        return [*rng.choices(range(EOS_ID + 1, VOCAB_SIZE), k=rng.randint(1, 10)), EOS_ID]

    return [(sentence(), sentence()) for _ in range(count)]
