"""Training curves, read from the logs of runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from translator.compute.files import short_name
from translator.errors import RunError
from translator.experiment.run_files import RunFiles
from translator.inspection.views.curves import Course

Event = Mapping[str, Any]
By = Literal["steps", "minutes"]

PANELS = {
    "training loss, nats per target token": ("train", "loss"),
    "validation loss, nats per target token": ("validation", "loss"),
    "validation BLEU, cased, greedy": ("validation", "bleu"),
    "learning rate": ("train", "learning_rate"),
}
"""By title: the events of metrics.jsonl, and the numbers of these events."""


def courses_of(runs: Sequence[RunFiles], by: By) -> list[Course]:
    """The curves of several runs, over steps or over minutes of training.

    Raises RunError for anything but a run, and for a run without logged steps.
    """
    names = [short_name(run.path) for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    return [_course(name, run, by) for name, run in zip(names, runs, strict=True)]


def _course(name: str, run: RunFiles, by: By) -> Course:
    run.load_config()  # refuse anything but a run
    events = [event for event in run.metrics.events() if event["event"] != "corpus"]
    if not events:
        raise RunError(f"{run.path} has no steps to plot: {run.metrics.file} has no steps yet")
    place = _place(run, by)
    points = {
        title: [
            (place(event), event[number])
            for event in events
            if event["event"] == kind and number in event
        ]
        for title, (kind, number) in PANELS.items()
    }
    return Course(name=name, points=points)


def _place(run: RunFiles, by: By) -> Callable[[Event], float]:
    """The position of an event on the horizontal axis."""
    if by == "steps":
        return lambda event: event["step"]
    # Teachers were trained before.
    before = run.seconds() - run.metrics.seconds()
    return lambda event: (before + event.get("seconds", 0.0)) / 60
