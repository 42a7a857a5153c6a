"""CUDA graphs: on one GPU, the operations of a step's gradient run as one, captured once per shape.

The operations of a small model take less time than launching them one by one, so the GPU mostly
waits. A CUDA graph launches all of them at once.
"""

import torch
from torch import Tensor

from translator.config import TrainingConfig
from translator.model.transformer import Transformer
from translator.text.batching import Batch, even
from translator.training.gradients import Step, batch_loss, count_target_tokens, derive_seed

ROWS, LENGTH = 16, 8
"""Batches are padded to multiples of these, so that there are few shapes to capture."""


class GraphedGradients:
    """The gradients of a model's parameters for one step after the other; see `Gradients`."""

    def __init__(self, model: Transformer, config: TrainingConfig, device: torch.device) -> None:
        self._model, self._config, self._device = model, config, device
        self._parameters = list(model.parameters())
        self._gradients = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._loss = torch.zeros((), device=device)
        self._graphs: dict[tuple[torch.Size, torch.Size], tuple[Batch, torch.cuda.CUDAGraph]] = {}
        # Graphs run one after the other and their results are added up elsewhere: one memory pool
        # is enough.
        self._memory = torch.cuda.graph_pool_handle()

    def compute(self, batches: Step, step: int) -> float:
        """Leave the step's gradient in `.grad` of each parameter, as `Gradients.compute`."""
        evened = [even(pairs, rows=ROWS, length=LENGTH) for pairs in batches]
        for batch in evened:
            if _shape(batch) not in self._graphs:
                self._graphs[_shape(batch)] = self._capture(batch)
        torch._foreach_zero_([*self._gradients, self._loss])
        torch.manual_seed(derive_seed(self._config.seed, step, 0))
        for batch in evened:
            inputs, graph = self._graphs[_shape(batch)]
            for place, ids in zip(_tensors(inputs), _tensors(batch), strict=True):
                place.copy_(ids)
            graph.replay()
        num_tokens = count_target_tokens(batches)
        torch._foreach_div_(self._gradients, num_tokens)
        for parameter, gradient in zip(self._parameters, self._gradients, strict=True):
            parameter.grad = gradient
        return self._loss.item() / num_tokens

    def _capture(self, batch: Batch) -> tuple[Batch, torch.cuda.CUDAGraph]:
        """What reads a batch of this shape, and where it reads it."""
        inputs, graph = batch.to(self._device), torch.cuda.CUDAGraph()
        aside = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(
            aside
        ):  # once without a graph, so that libraries initialize themselves
            self._add(inputs)
        torch.cuda.current_stream(self._device).wait_stream(aside)
        with torch.cuda.graph(graph, pool=self._memory):
            self._add(inputs)
        return inputs, graph

    def _add(self, batch: Batch) -> None:
        """Add a batch's loss, in nats, and its gradient."""
        loss = batch_loss(self._model.train(), self._model, batch, self._config)
        torch._foreach_add_(self._gradients, torch.autograd.grad(loss, self._parameters))
        self._loss += loss.detach()


def _tensors(batch: Batch) -> tuple[Tensor, ...]:
    return batch.src, batch.src_key_padding_mask, batch.tgt_in, batch.tgt_out


def _shape(batch: Batch) -> tuple[torch.Size, torch.Size]:
    return batch.src.shape, batch.tgt_in.shape
