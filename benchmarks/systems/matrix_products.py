"""Target tokens per second of matrix products alone: matrix_products.py TASK [--bfloat16]

Computes the forward product and both backward products of every linear layer, of attention and of
the output, for the padded tokens of each batch. Operands and results are allocated in advance.
Projections of the same input are merged into one product, which is faster.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import torch
from measuring import report
from torch import Tensor

from translator.training.loss import LOGITS_AT_ONCE

DTYPE = torch.bfloat16 if "--bfloat16" in sys.argv else torch.float32
Shape = tuple[int, ...]
"""(m, k, n) of one product, or (batch, m, k, n) of many small ones."""


def linear(rows: int, inputs: int, outputs: int) -> list[Shape]:
    """y = x W^T, then the gradients with respect to x and W."""
    return [(rows, inputs, outputs), (rows, outputs, inputs), (outputs, rows, inputs)]


def attention(count: int, queries: int, keys: int, width: int) -> list[Shape]:
    """Scores and contexts, then the gradients of weights, values, queries and keys."""
    scores, contexts = (count, queries, width, keys), (count, queries, keys, width)
    return [scores, contexts, scores, contexts, *[(count, keys, queries, width)] * 2]


def step_products(batch: list[tuple[list[int], list[int]]], task: dict) -> Counter[Shape]:  # type: ignore[type-arg]
    """How often each product occurs in a step."""
    model = task["model"]
    d_model, d_ff, heads = model["d_model"], model["d_ff"], model["num_heads"]
    src, tgt = (max(map(len, side)) for side in zip(*batch, strict=True))
    src_rows, tgt_rows, count = len(batch) * src, len(batch) * tgt, len(batch) * heads
    width = d_model // heads

    def block(rows: int, length: int) -> list[Shape]:
        """Self-attention and feed-forward."""
        shapes = linear(rows, d_model, 3 * d_model) + linear(rows, d_model, d_model)
        shapes += attention(count, length, length, width)
        return shapes + linear(rows, d_model, d_ff) + linear(rows, d_ff, d_model)

    cross = linear(tgt_rows, d_model, d_model) * 2 + linear(src_rows, d_model, 2 * d_model)
    cross += attention(count, tgt, src, width)
    return Counter(
        block(src_rows, src) * model["num_encoder_layers"]
        + (block(tgt_rows, tgt) + cross) * model["num_decoder_layers"]
        + output(tgt_rows, d_model, task["vocab_size"])
    )


def output(rows: int, d_model: int, vocab_size: int) -> list[Shape]:
    """The projection to the vocabulary, a block of rows at a time, as in the loss: faster than one
    product for all rows, whose result goes to main memory."""
    at_once = LOGITS_AT_ONCE["cpu"] // vocab_size
    parts = [at_once] * (rows // at_once) + ([rows % at_once] if rows % at_once else [])
    return [shape for part in parts for shape in linear(part, d_model, vocab_size)]


def operands(shape: Shape) -> tuple[Tensor, Tensor, Tensor]:
    """Two factors and a buffer for their product."""
    *batch, m, k, n = shape
    shapes = (*batch, m, k), (*batch, k, n), (*batch, m, n)
    left, right, product = (torch.randn(shape).to(DTYPE) for shape in shapes)
    return left, right, product


def flops(shapes: Counter[Shape]) -> int:
    """The number of multiplications and additions."""
    return sum(2 * torch.Size(shape).numel() * count for shape, count in shapes.items())


task = json.loads(Path(sys.argv[1]).read_text())
seconds, num_tokens, num_flops = 0.0, 0, 0
with torch.inference_mode():
    for step, batch in enumerate(task["batches"]):
        shapes = step_products(batch, task)
        ready = [(operands(shape), count) for shape, count in shapes.items()]
        started = time.perf_counter()
        for (left, right, product), count in ready:
            for _ in range(count):
                torch.matmul(left, right, out=product)
        if step >= task["warmup_steps"]:
            seconds += time.perf_counter() - started
            num_tokens += sum(len(tgt) for _, tgt in batch)
            num_flops += flops(shapes)
report(
    num_tokens / seconds,
    version=f"torch {torch.__version__}",
    threads=torch.get_num_threads(),
    flops_per_token=num_flops / num_tokens,
    first_step_flops=flops(step_products(task["batches"][0], task)),
)
