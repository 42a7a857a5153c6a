"""Deletes whole runs, and nothing but runs."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from translator.compute.files import is_locked, locked
from translator.errors import BusyError, RunError
from translator.experiment.run_files import RunFiles

SECTIONS = {"corpus", "tokenizer", "model", "training"}
"""Sections that the config.yaml of a run has in every version."""


def deletable(names: Sequence[str]) -> list[RunFiles]:
    """The runs of these names, each once.

    Raises RunError for anything but a run directory, for a link, and for a directory that contains
    the current folder, and BusyError for a run in training.
    """
    if not all(name.strip() for name in names):
        raise RunError("the name of a run is empty: name a run directory")
    runs = [RunFiles(Path(name)) for name in names]
    for run in runs:
        _check(run)
    return list({run.path.resolve(): run for run in runs}.values())


def delete(run: RunFiles) -> None:
    """Delete a run. Raises BusyError if a process is training or scoring it."""
    try:
        with locked(run.path, "training"), locked(run.path, "scoring"):
            # Until the end the rest is recognizable as a run, so that the deletion can be repeated.
            parts = [part for part in run.path.iterdir() if not part.name.startswith(".lock-")]
            for part in sorted(parts, key=lambda part: part == run.config_file):
                _remove(part)
    except BusyError:
        raise _busy(run) from None
    shutil.rmtree(run.path)


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink()


def _check(run: RunFiles) -> None:
    if run.path.is_symlink():
        raise RunError(f"{run.path} is a symbolic link: name the run that it points to")
    if not run.stored_config().keys() >= SECTIONS:
        raise RunError(
            f"{run.path} is not a run directory: its {run.config_file.name} belongs to another "
            "program"
        )
    if is_locked(run.path, "training"):
        raise _busy(run)
    if Path.cwd().is_relative_to(run.path.resolve()):
        raise RunError(f"{run.path} contains the current folder: change to another folder first")


def _busy(run: RunFiles) -> BusyError:
    return BusyError(f"{run.path} is being trained or scored: stop that first, then delete it")
