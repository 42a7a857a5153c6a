"""What a run's log says of its training, as lines to draw."""

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
"""By title: which events of metrics.jsonl, and which of their numbers."""


def courses_of(runs: Sequence[RunFiles], by: By) -> list[Course]:
    """Those of some runs, over steps or over minutes of training.

    Raises RunError for what is no run, and for a run of which nothing was logged yet.
    """
    names = [short_name(run.path) for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    return [_course(name, run, by) for name, run in zip(names, runs, strict=True)]


def _course(name: str, run: RunFiles, by: By) -> Course:
    run.load_config()  # refuse what is no run
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
    """Where an event stands on the horizontal axis."""
    if by == "steps":
        return lambda event: event["step"]
    # Teachers were trained before.
    before = run.seconds() - run.metrics.seconds()
    return lambda event: (before + event.get("seconds", 0.0)) / 60
