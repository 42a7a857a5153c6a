"""Target tokens per second of our training: train_ours.py TASK [--keep_memory] [--bfloat16]"""

import argparse
import json
import time
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path

import torch
from measuring import report
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from translator.compute.distributed import World
from translator.compute.memory import keep_freed_memory
from translator.config import ModelConfig, TrainingConfig
from translator.model.transformer import Transformer
from translator.training.gradients import Gradients, count_target_tokens
from translator.training.loop import Learner, TrainState, training_step
from translator.training.optimizers import make_optimizers

Size = torch.Size


def attention_flops(q: Size, k: Size, v: Size, *_: object, **__: object) -> int:
    """The operations for scores and contexts."""
    return int(sdpa_flop_count(q, k, v))  # type: ignore[no-untyped-call]


def attention_backward_flops(_: Size, q: Size, k: Size, v: Size, *__: object, **___: object) -> int:
    """The operations for the gradients of weights, values, queries and keys."""
    return 2 * attention_flops(q, k, v)


def counter() -> FlopCounterMode:
    """Torch's FLOP counter, extended by the fused attention of CPUs, which torch does not count."""
    aten = torch.ops.aten
    return FlopCounterMode(
        display=False,
        custom_mapping={
            aten._scaled_dot_product_flash_attention_for_cpu: attention_flops,
            aten._scaled_dot_product_flash_attention_for_cpu_backward: attention_backward_flops,
        },
    )


options = argparse.ArgumentParser()
options.add_argument("task", type=Path)
options.add_argument("--keep_memory", action="store_true")
options.add_argument("--bfloat16", action="store_true")
given = options.parse_args()
if given.keep_memory:
    keep_freed_memory()

task = json.loads(given.task.read_text())
# AdamW, as in the peers. (Only our embeddings are kept at constant length.)
config = TrainingConfig(
    label_smoothing=task["label_smoothing"],
    optimizer="adamw",
    precision="bfloat16" if given.bfloat16 else "float32",
)
torch.manual_seed(config.seed)
model = Transformer(ModelConfig(**task["model"]), task["vocab_size"])
learner = Learner(model, deepcopy(model), make_optimizers(model, config), TrainState())
threads = torch.get_num_threads()
torch.set_num_threads(1)
counted = Gradients(model, config, torch.device("cpu"), World())  # in one thread, which counts
torch.set_num_threads(threads)
gradients = Gradients(model, config, torch.device("cpu"), World())
first_step, started = counter(), time.perf_counter()
for step, batch in enumerate(task["batches"]):
    if step == task["warmup_steps"]:
        started = time.perf_counter()
    rate = task["learning_rate"]
    with first_step if step == 0 else nullcontext():
        training_step(learner, counted if step == 0 else gradients, [batch], config, rate)
    learner.state.step += 1
seconds = time.perf_counter() - started
report(
    count_target_tokens(task["batches"][task["warmup_steps"] :]) / seconds,
    version=f"torch {torch.__version__}",
    threads=torch.get_num_threads(),
    num_parameters=sum(parameter.numel() for parameter in model.parameters()),
    first_step_flops=first_step.get_total_flops(),
)
