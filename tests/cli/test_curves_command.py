"""`translator curves`: what the logs of runs say is what is drawn."""

from pathlib import Path

import pytest

from translator.cli.main import run_command
from translator.config import Config
from translator.errors import RunError
from translator.experiment.courses import courses_of
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_files import RunFiles


@pytest.fixture
def run(tmp_path: Path) -> RunFiles:
    """With a teacher, which took a minute."""
    run = RunDirectory(tmp_path / "runs" / "pupil")
    run.create(Config())
    run.metrics.append({"event": "corpus", "step": 0, "pairs": {}})
    for step, seconds in ((5, 30.0), (10, 90.0)):
        at = {"step": step, "seconds": seconds}
        run.metrics.append({"event": "train", **at, "loss": 5.0 - step / 5, "learning_rate": 0.1})
    run.metrics.append({"event": "validation", **at, "loss": 2.5, "bleu": 17.25})
    teacher = RunDirectory(run.teachers_folder / "forward-1")
    teacher.create(Config())
    teacher.metrics.append({"event": "train", "step": 5, "seconds": 60.0})
    return RunFiles(run.path)


@pytest.mark.parametrize(("by", "first", "last"), [("steps", 5, 10), ("minutes", 1.5, 2.5)])
def test_a_course_has_each_number_of_the_log_at_its_step_or_minute(
    run: RunFiles, by: str, first: float, last: float
) -> None:
    [course] = courses_of([run], by)

    assert course.name == "pupil"
    assert course.points == {
        "training loss, nats per target token": [(first, 4.0), (last, 3.0)],
        "validation loss, nats per target token": [(last, 2.5)],
        "validation BLEU, cased, greedy": [(last, 17.25)],
        "learning rate": [(first, 0.1), (last, 0.1)],
    }


def test_runs_of_the_same_name_are_told_apart(run: RunFiles, tmp_path: Path) -> None:
    other = RunDirectory(tmp_path / "elsewhere" / "pupil")
    other.create(Config())
    other.metrics.append(
        {"event": "train", "step": 1, "seconds": 1.0, "loss": 1, "learning_rate": 1}
    )

    names = [course.name for course in courses_of([run, RunFiles(other.path)], "steps")]

    assert names == [str(run.path), str(other.path)]


def test_a_run_that_has_only_begun_cannot_be_drawn(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(Config())
    run.metrics.append({"event": "corpus", "step": 0, "pairs": {}})

    with pytest.raises(RunError) as refused:
        courses_of([run], "steps")

    assert (
        str(refused.value)
        == f"{run.path} has no steps to plot: {run.metrics.file} has no steps yet"
    )


def test_the_command_writes_each_file_that_is_named(
    run: RunFiles, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = [str(tmp_path / f"a.{suffix}") for suffix in ("png", "svg")]
    arguments = [str(run.path), "--png", files[0], "--svg", files[1], "--by", "minutes"]

    assert run_command("curves", arguments, "translator curves") == 0

    assert capsysbinary.readouterr().out.decode().splitlines() == files
    assert Path(files[0]).read_bytes().startswith(b"\x89PNG")
    assert Path(files[1]).read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{run}"], "no file to draw into is given: add --png FILE, --svg FILE or --pdf FILE"),
        (["{run}", "--png", "a.svg"], "--png takes a file that ends in .png, not a.svg"),
        (["{run}/gone", "--png", "a.png"], "there is no run directory {run}/gone: "),
        (["--png", "a.png"], "RUN must be given"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    run: RunFiles, capsysbinary: pytest.CaptureFixture[bytes], arguments: list[str], message: str
) -> None:
    filled = [argument.format(run=run.path) for argument in arguments]

    assert run_command("curves", filled, "translator curves") == 2

    error = capsysbinary.readouterr().err.decode()
    assert error.startswith(f"error: {message.format(run=run.path)}")
