"""The input of systems/train_ours.py and its neighbours: a model shape and each step's batches."""

import dataclasses
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from translator.config import EOS_ID, Config
from translator.text.batching import IdPair

WARMUP_STEPS = 5
LABEL_SMOOTHING, LEARNING_RATE = 0.1, 1e-3


def write_task(
    file: Path, model: Mapping[str, Any], vocab_size: int, batches: Sequence[Sequence[IdPair]]
) -> Path:
    """Write one step for each of `batches`; the first WARMUP_STEPS are not timed."""
    task = {
        "model": dict(model),
        "vocab_size": vocab_size,
        "label_smoothing": LABEL_SMOOTHING,
        "learning_rate": LEARNING_RATE,
        "warmup_steps": WARMUP_STEPS,
        "batches": batches,
    }
    file.write_text(json.dumps(task))
    return file


def write_default_task(folder: Path, num_steps: int = 10) -> Path:
    """Write steps of the default model on batches of the default size with random ids."""
    config = Config()
    generator = random.Random(1)
    length = 13  # about the length of sentences in the embedded corpus
    ids = range(EOS_ID + 1, config.tokenizer.vocab_size)
    rows = [
        [*generator.choices(ids, k=length - 1), EOS_ID]
        for _ in range(config.training.batch_tokens // length)
    ]
    batch = [(row, [*reversed(row[:-1]), EOS_ID]) for row in rows]
    steps = [batch] * (WARMUP_STEPS + num_steps)
    model = dataclasses.asdict(config.model)
    return write_task(folder / "task.json", model, config.tokenizer.vocab_size, steps)
