"""How many minutes of training runs took to a validation BLEU: a table and a plot.

    python benchmarks/bleu_by_minutes.py runs/a runs/b --bleu 30 34 --plot docs/bleu_by_minutes.svg

The minutes that a run recorded include the slowdown by other work on the machine. `--steps N`
therefore times N steps of each run anew, on the run's own batches, alternating between the runs,
and computes the minutes from these times; validations then do not count.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Literal

import torch

from translator.compute.distributed import World
from translator.compute.memory import keep_freed_memory
from translator.experiment.experiment import Experiment, prepare
from translator.experiment.run_directory import RunDirectory
from translator.inspection.views.curves import Course, save
from translator.training.gradients import Gradients
from translator.training.loop import _steps, training_step

CPU = torch.device("cpu")
Curve = list[tuple[int, float, float]]
"""Step, minutes, BLEU of each validation (greedy, averaged weights)."""


def main() -> None:
    """Print the table; draw the plot."""
    options = _options()
    curves = {run.name: curve_of(run) for run in options.runs}
    if options.steps:
        keep_freed_memory()
        seconds = _seconds_per_step(options.runs, options.steps)
        for name, curve in curves.items():
            curves[name] = [(step, step * seconds[name] / 60, bleu) for step, _, bleu in curve]
            print(f"{name}: {1000 * seconds[name]:.0f} ms a step, median of {options.steps}")
    for name, curve in curves.items():
        cells = [f"{wanted:g}: {_minutes_to(wanted, curve)}" for wanted in options.bleu]
        print(f"{name:<24} minutes to BLEU {', '.join(cells)}; at the end {curve[-1][2]:.2f}")
    if options.plot:
        plot(curves, options.plot, options.by)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Minutes of training to a validation BLEU.")
    parser.add_argument("runs", nargs="+", type=Path, help="run directories")
    parser.add_argument("--bleu", nargs="+", type=float, default=[30, 34, 36])
    parser.add_argument("--steps", type=int, default=0, help="time this many steps of each anew")
    parser.add_argument("--plot", type=Path, help="picture to write")
    parser.add_argument("--by", choices=["minutes", "steps"], default="minutes", help="its x axis")
    return parser.parse_args()


def curve_of(run: Path) -> Curve:
    """Step, minutes and BLEU of each validation; all minutes include those spent on teachers."""
    directory = RunDirectory(run)
    events = [event for event in directory.metrics.events() if event["event"] == "validation"]
    seconds = directory.seconds() - events[-1]["seconds"]
    return [(event["step"], (seconds + event["seconds"]) / 60, event["bleu"]) for event in events]


def _minutes_to(wanted: float, curve: Curve) -> str:
    """Interpolated between the validations before and after; "-" if the BLEU was not reached."""
    minutes_before, bleu_before = 0.0, 0.0
    for _, minutes, bleu in curve:
        if bleu >= wanted:
            share = (wanted - bleu_before) / (bleu - bleu_before)
            return f"{minutes_before + share * (minutes - minutes_before):.1f}"
        minutes_before, bleu_before = minutes, bleu
    return "-"


def _seconds_per_step(runs: list[Path], num_steps: int) -> dict[str, float]:
    """The median over steps that alternate between the runs; each run's first step warms up."""
    experiments = {run.name: _experiment(run) for run in runs}
    batches = {
        name: _steps(e.learner.state, e.config.training, e.epochs.batches)
        for name, e in experiments.items()
    }
    gradients = {
        name: Gradients(e.learner.model, e.config.training, CPU, World())
        for name, e in experiments.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in experiments}
    for _ in range(num_steps + 1):
        for name, e in experiments.items():
            pairs, config = next(batches[name]), e.config.training
            started = time.perf_counter()
            training_step(e.learner, gradients[name], pairs, config, 1e-4)
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


def _experiment(run: Path) -> Experiment:
    directory = RunDirectory(run)
    return prepare(directory.load_config(), CPU, World(), directory.load_tokenizer())


def plot(curves: dict[str, Curve], file: Path, by: Literal["minutes", "steps"] = "minutes") -> None:
    courses = [
        Course(
            name=name,
            points={
                "validation BLEU, cased, greedy": [
                    (minutes if by == "minutes" else step, bleu) for step, minutes, bleu in curve
                ]
            },
        )
        for name, curve in curves.items()
    ]
    save(courses, file, "minutes of training on 2 cores" if by == "minutes" else "step")


if __name__ == "__main__":
    main()
