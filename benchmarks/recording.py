"""What recording how attention is learned costs a training: time, and bytes on the disk.

    python benchmarks/recording.py [--max_steps N] [--threads N]

Runs a complete training of the default model on data/scenes, as `python train.py` does, and times
each snapshot and each step in CPU seconds, which a busy neighbour does not inflate.
"""

import argparse
import dataclasses
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import measuring
import torch

from translator.compute.memory import keep_freed_memory
from translator.config import Config
from translator.experiment import pipeline
from translator.experiment.recorder import Recorder
from translator.experiment.run_directory import RunDirectory
from translator.model.transformer import Transformer
from translator.training.loop import OnStep


def main() -> None:
    """Print a table."""
    options = _options()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    config = Config()
    training = dataclasses.replace(config.training, max_steps=options.max_steps)
    snapshots: list[float] = []
    ends: list[float] = []
    whole: list[float] = []

    @contextmanager
    def progress(done: int, max_steps: int) -> Iterator[OnStep]:
        started = time.process_time()
        yield lambda loss, rate: ends.append(time.process_time())
        whole.append(time.process_time() - started)

    class Timed(Recorder):
        """A recorder that also times its snapshots."""

        def look(self, average: Transformer, step: int) -> None:
            started = time.process_time()
            super().look(average, step)
            snapshots.append(time.process_time() - started)

    pipeline.training_run.Recorder = Timed
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "run")
        pipeline.train(
            dataclasses.replace(config, training=training),
            run=run.path,
            device="cpu",
            progress=progress,
        )
        num_bytes = sum(file.stat().st_size for file in run.learning_record.folder.iterdir())
    # A validation or a snapshot may lie between two steps; the median leaves these outliers out.
    step = statistics.median(end - start for start, end in itertools.pairwise(ends))
    measuring.print_machine()
    measuring.print_table(
        ["recording", f"{options.max_steps} steps, {options.threads} threads"],
        [
            ["snapshots", f"{len(snapshots)}"],
            ["a snapshot, median", f"{1000 * statistics.median(snapshots):.0f} ms"],
            ["the longest", f"{1000 * max(snapshots):.0f} ms"],
            ["a step, median", f"{1000 * step:.0f} ms"],
            ["all snapshots", f"{sum(snapshots):.1f} s"],
            ["the training, validations included", f"{sum(whole):.0f} s"],
            ["share of the training", f"{100 * sum(snapshots) / sum(whole):.2f} %"],
            ["RUN/attention", f"{num_bytes:,} bytes"],
        ],
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--max_steps", type=int, default=Config().training.max_steps)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


if __name__ == "__main__":
    main()
