"""Measures the cost of starting a training, and how long the steps wait for text:

    start_training.py --started SECONDS --source FOLDER --run RUN [--resume] [--hold] ...

Runs with any revision whose `translator.train` accepts the arguments passed here. Prints the
measurements as one line of JSON at the first step and another after the last step.
"""

import argparse
import contextlib
import importlib
import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import translator
from translator.compute.memory import keep_freed_memory
from translator.config import (
    Config,
    CorpusConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import StoppedError
from translator.training.gradients import Gradients

SMALL = ModelConfig(
    d_model=16, num_heads=2, d_ff=32, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)
"""A model with such short steps that they wait for text if any steps do."""
TICKS = os.sysconf("SC_CLK_TCK")


class Stopwatch:
    """Times `translator.train` from outside."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.num_steps = 0
        self.waits: list[float] = []
        """Seconds of waiting before each step."""
        self.plans: list[float] = []
        """CPU seconds to plan an epoch."""
        self._ready: float | None = None

    @contextlib.contextmanager
    def progress(self, done: int, max_steps: int) -> Iterator[Callable[[float, float], None]]:
        """The `progress` argument of `translator.train`."""
        yield self._on_step
        self._ready = None

    def _on_step(self, loss: float, rate: float) -> None:
        self.num_steps += 1
        if self.num_steps == 1:
            say(**self.start())
        self._ready = time.perf_counter()

    def start(self) -> dict[str, float]:
        """The time up to the first step, and the peak memory so far."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = children.ru_utime + children.ru_stime
        return {
            "seconds": time.time() - self._started,
            "cpu_seconds": time.process_time() + ended + cpu_seconds_of_children(),
            "peak_mb": status_mb("VmHWM"),
        }

    def watch(self) -> None:
        """Time the planning of epochs, in whichever module, and the wait before each step."""
        importlib.import_module("translator.experiment.pipeline")  # imports all the other modules
        for name in ("translator.training.loop", "translator.text.epochs"):
            module = sys.modules.get(name)
            if module is not None and hasattr(module, "plan_epoch"):
                module.plan_epoch = self._timed(module.plan_epoch)  # type: ignore[attr-defined]
        compute = Gradients.compute

        def timed_compute(gradients: Gradients, *arguments: Any, **named: Any) -> float:
            if self._ready is not None:
                self.waits.append(time.perf_counter() - self._ready)
                self._ready = None
            return compute(gradients, *arguments, **named)

        Gradients.compute = timed_compute  # type: ignore[assignment, method-assign]

    def _timed(self, plan: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.thread_time()
            planned = plan(*arguments, **named)
            self.plans.append(time.thread_time() - started)
            return planned

        return timed


def say(**values: object) -> None:
    """Print a line of JSON."""
    print(json.dumps(values), flush=True)


def status_mb(name: str) -> float:
    """A line of /proc/self/status, in MB (10**6 bytes)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e6


def cpu_seconds_of_children() -> float:
    """CPU seconds of the child processes that are still running."""
    total = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            # The fields after the process name, which may contain spaces.
            fields = Path("/proc", child, "stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--started", type=float, default=time.time())
    parser.add_argument("--source")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on in RUN")
    parser.add_argument("--hold", action="store_true", help="stay until standard input is closed")
    parser.add_argument("--sampling", type=float, default=0.0)
    parser.add_argument("--steps", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Train for the requested number of steps."""
    given = options()
    keep_freed_memory()  # as the command does
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    stopwatch = Stopwatch(given.started)
    stopwatch.watch()

    def should_stop() -> bool:
        if stopwatch.num_steps < given.steps:
            return False
        say(
            longest_wait=max(stopwatch.waits, default=0.0),
            plan_seconds=max(stopwatch.plans, default=0.0),
        )
        if given.hold:
            sys.stdin.read()
        return True

    config = Config(
        corpus=CorpusConfig(source=given.source) if given.source else CorpusConfig(),
        tokenizer=TokenizerConfig(vocab_size=8000, sampling=given.sampling),
        model=SMALL,
        training=TrainingConfig(eval_every=10**6, max_steps=10**6),
    )
    place = {"resume": given.run} if given.resume else {"run": given.run}
    with contextlib.suppress(StoppedError):
        translator.train(
            None if given.resume else config,
            **place,
            device="cpu",
            should_stop=should_stop,
            progress=stopwatch.progress,
        )


if __name__ == "__main__":
    main()
