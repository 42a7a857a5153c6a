"""A GPU has the gradients of a processor: captured, and replayed."""

import dataclasses
import math
from copy import deepcopy
from functools import partial

import pytest
import small_models
import torch

from translator.compute.distributed import World
from translator.config import EOS_ID, PAD_ID, ModelConfig, TrainingConfig
from translator.training.cuda_graphs import ROWS, GraphedGradients
from translator.training.gradients import Gradients
from translator.training.loop import Learner, TrainState, training_step
from translator.training.loss import fused_translation_loss
from translator.training.optimizers import make_optimizers

CPU, GPU = torch.device("cpu"), torch.device("cuda")
VOCAB_SIZE = 37
make_model = partial(small_models.make_model, vocab_size=VOCAB_SIZE)
pairs_of = partial(small_models.pairs_of, vocab_size=VOCAB_SIZE, longest=10)
PLAIN = ModelConfig(
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
)
DROPPING = dataclasses.replace(PLAIN, dropout=0.3)
CONFIG = TrainingConfig(seed=5)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@needs_gpu
@pytest.mark.parametrize("consistency", [0.0, 2.0])
def test_a_gpu_has_the_gradients_of_a_processor(consistency: float) -> None:
    config = dataclasses.replace(CONFIG, consistency=consistency)
    batches = [pairs_of(ROWS + 3), pairs_of(5, seed=2)]
    model = make_model(PLAIN)
    on_gpu = deepcopy(model).to(GPU)
    expected = Gradients(model, config, CPU, World()).compute(batches, step=0)
    graphed = GraphedGradients(on_gpu, config, GPU)

    for _ in range(2):  # captured, and replayed
        assert graphed.compute(batches, step=0) == pytest.approx(expected, rel=1e-4)
        for ours, theirs in zip(on_gpu.parameters(), model.parameters(), strict=True):
            assert ours.grad is not None
            assert theirs.grad is not None
            torch.testing.assert_close(ours.grad.cpu(), theirs.grad, rtol=1e-3, atol=1e-5)


@needs_gpu
def test_dropout_on_a_gpu_follows_from_seed_and_step_alone() -> None:
    batches = [pairs_of(ROWS + 3)]
    graphed = GraphedGradients(make_model(DROPPING).to(GPU), CONFIG, GPU)
    first = graphed.compute(batches, step=3)
    other = graphed.compute(batches, step=4)
    torch.rand(5, device=GPU)

    assert graphed.compute(batches, step=3) == pytest.approx(first, rel=1e-6)
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
def test_padding_weighs_nothing_in_the_loss_of_a_gpu() -> None:
    torch.manual_seed(1)
    states, weight = torch.randn(3, 5, 8), torch.randn(VOCAB_SIZE, 8)
    targets = torch.randint(EOS_ID, VOCAB_SIZE, (3, 5))
    targets[0, 2:] = PAD_ID
    results = []
    for device in (CPU, GPU):
        inputs = [each.to(device).requires_grad_() for each in (states, weight)]
        loss = fused_translation_loss(*inputs, targets.to(device), 0.1)
        results.append([loss.detach().cpu(), *(g.cpu() for g in torch.autograd.grad(loss, inputs))])

    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
