"""The gradient of a step: threads and processes share the rows of each batch.

Everything random in a step follows from (seed, step, rank, thread). No generator state has to be
saved for resuming.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from translator.compute.distributed import World
from translator.compute.workers import divided_threads
from translator.config import TrainingConfig
from translator.model.transformer import Transformer
from translator.text.batching import Batch, IdPair, collate, even
from translator.training.loss import fused_translation_loss

Step = list[list[IdPair]]
"""The batches whose gradients make one step; the same on every process."""
MOST_READERS = 4
"""Threads that each read rows of their own; further threads share the matrix products of a reader.
Between operations a reader holds Python's lock, with two readers for about 3% of the time."""


class StepGradients(Protocol):
    """The interface that the loop uses: `Gradients`, or on one GPU `GraphedGradients`."""

    def compute(self, batches: Step, step: int) -> float:
        """Leave the step's gradient in `.grad` of each parameter; returns what it lowers."""


class Gradients:
    """The gradients of a model's parameters for one step after the other.

    On a CPU, each thread reads its own rows through a twin of the model, which shares the
    parameters but has its own dropout. On a GPU, or in one of several processes, the model itself
    reads.
    """

    def __init__(
        self, model: Transformer, config: TrainingConfig, device: torch.device, world: World
    ) -> None:
        self._model, self._config, self._device, self._world = model, config, device, world
        self._network = DistributedDataParallel(model) if world.size > 1 else model
        self._parameters = list(model.parameters())
        alone = device.type == "cpu" and self._network is model
        num_readers = min(torch.get_num_threads(), MOST_READERS) if alone else 1
        self._generators = (
            [torch.Generator() for _ in range(num_readers)] if num_readers > 1 else []
        )
        self._twins = [_twin(model, generator) for generator in self._generators]
        self._pool = ThreadPoolExecutor(num_readers)

    def compute(self, batches: Step, step: int) -> float:
        """Leave the step's gradient in `.grad` of each parameter.

        The loss is summed over all rows of all batches and processes and divided by the number of
        their target tokens. Returns this mean loss, in nats per target token.
        """
        num_tokens = count_target_tokens(batches)
        torch.manual_seed(derive_seed(self._config.seed, step, self._world.rank))
        for number, generator in enumerate(self._generators):
            generator.manual_seed(derive_seed(self._config.seed, step, self._world.rank, number))
        loss_sum = 0.0
        for number, pairs in enumerate(batches, start=1):
            if self._twins:
                loss_sum += self._read_in_threads(pairs, num_tokens)
            else:
                loss_sum += self._read_with_model(pairs, num_tokens, number == len(batches))
        return self._world.sum(loss_sum)[0] / num_tokens

    def _read_in_threads(self, pairs: list[IdPair], num_tokens: int) -> float:
        """Add the gradient of a batch; returns its loss in nats."""
        twins = self._twins[: len(pairs)]

        def read(number: int) -> tuple[float, Sequence[Tensor]]:
            twin, batch = twins[number].train(), self._batch(pairs[number :: len(twins)])
            loss = batch_loss(twin, twin, batch, self._config)
            return loss.item(), torch.autograd.grad(loss / num_tokens, self._parameters)

        # While readers work on their rows, each product has one thread.
        with divided_threads(len(self._twins)):
            # In the order of the readers, so that sums do not depend on who was faster.
            losses, gradients = zip(*self._pool.map(read, range(len(twins))), strict=True)
        total = list(gradients[0])
        for others in gradients[1:]:
            torch._foreach_add_(total, list(others))
        for parameter, gradient in zip(self._parameters, total, strict=True):
            parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
        return float(sum(losses))

    def _read_with_model(self, pairs: list[IdPair], num_tokens: int, is_last: bool) -> float:
        """Add the gradient of this process's rows of a batch; returns their loss in nats."""
        rows, weight = _share_of_rows(pairs, self._world)
        batch = self._batch(rows)
        network = self._network.train()
        # Processes average their gradients once, in the last backward pass of the step.
        with nullcontext() if is_last else _without_averaging(network):
            loss = batch_loss(network, self._model, batch.to(self._device), self._config) * weight
            # Torch averages over processes; this is a sum.
            torch.autograd.backward(loss * (self._world.size / num_tokens))
        return loss.item()

    def _batch(self, pairs: list[IdPair]) -> Batch:
        """Pads batches to few shapes if products are in bfloat16 on a CPU.

        oneDNN prepares a kernel for each shape and caches some; with all the shapes of an epoch, a
        step takes up to a third longer.
        """
        if self._config.precision == "bfloat16" and self._device.type == "cpu":
            return even(pairs, rows=8, length=4)
        return collate(pairs)


def batch_loss(
    network: nn.Module, model: Transformer, batch: Batch, config: TrainingConfig
) -> Tensor:
    """The smoothed cross-entropy of a batch, in nats, summed over its target tokens.

    `network` is `model`, as it is or wrapped. With `config.consistency` it reads the batch twice,
    side by side, under different dropout; see `fused_translation_loss`.
    """
    readings = 2 if config.consistency else 1
    inputs = (batch.src, batch.src_key_padding_mask, batch.tgt_in)
    dtype = getattr(torch, config.precision)
    with torch.autocast(batch.src.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
        states = network(*(ids.repeat(readings, 1) for ids in inputs)).to(dtype)
    return fused_translation_loss(
        states,
        model.embedding.weight,
        batch.tgt_out,
        config.label_smoothing,
        config.consistency,
    )


def count_target_tokens(batches: Step) -> int:
    """Target tokens of a step, including </s>, excluding <pad>."""
    return sum(len(tgt) for pairs in batches for _, tgt in pairs)


def _twin(model: Transformer, generator: torch.Generator) -> Transformer:
    """A module of its own with the same parameters, not copied, and dropout from `generator`."""
    twin = deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
    twin.draw_from(generator)
    return twin


def _share_of_rows(pairs: list[IdPair], world: World) -> tuple[list[IdPair], float]:
    """This process's rows of a batch and their weight: 0 if it has none and borrows one.

    Every process takes part in every backward pass: the others would wait forever.
    """
    rows = world.share(pairs)
    return (rows, 1.0) if rows else (pairs[:1], 0.0)


def _without_averaging(network: nn.Module) -> AbstractContextManager[None]:
    return network.no_sync() if isinstance(network, DistributedDataParallel) else nullcontext()


def derive_seed(*parts: int) -> int:
    """One seed from several numbers; similar numbers give very different seeds."""
    return random.Random(" ".join(map(str, parts))).getrandbits(63)
