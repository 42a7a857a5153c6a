"""The runs of a folder at a glance: state, progress, quality and size of each.

This module does not import torch: of the weights, only the header is read.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from translator.compute.files import files_by_step, folder_size, is_locked
from translator.errors import RunError
from translator.experiment.run_files import RunFiles

State = Literal["finished", "training", "interrupted", "broken", "no run"]
LONGEST_HEADER = 100_000_000
"""Bytes; the limit of safetensors itself."""

Events = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Bleu:
    """A cased BLEU and its split: test, or validation if test is not yet scored."""

    split: str
    value: float
    signature: str


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """One folder. Unknown values are None."""

    path: Path
    state: State
    num_bytes: int
    changed: float
    """Time of the last write by training, in seconds since 1970."""
    problem: str | None = None
    """The reason why it cannot be used."""
    corpus: str | None = None
    direction: tuple[str, str] | None = None
    step: int | None = None
    """Steps taken."""
    max_steps: int | None = None
    bleu: Bleu | None = None
    num_parameters: int | None = None


def list_runs(folder: Path) -> list[RunSummary]:
    """Every folder in `folder`, or `folder` itself if it is a run.

    Raises RunError if there is no such folder.
    """
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}: name one that holds runs")
    if RunFiles(folder).config_file.is_file():
        return [summarize(folder)]
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return [summarize(path) for path in inside if path.is_dir()]


def summarize(path: Path) -> RunSummary:
    """The summary of any folder."""
    try:
        run = RunFiles(path)
        if run.config_file.is_file():
            return _summarize(run)
        return _unusable(path, "no run", f"{path} has no {run.config_file.name}")
    except (RunError, OSError) as error:
        return _unusable(path, "broken", str(error))


def _unusable(path: Path, state: State, problem: str) -> RunSummary:
    size, changed = folder_size(path), path.stat().st_mtime
    return RunSummary(path=path, state=state, problem=problem, num_bytes=size, changed=changed)


def _summarize(run: RunFiles) -> RunSummary:
    """Raises RunError or OSError for a folder that cannot be read."""
    config, events, results = run.load_config(), run.metrics.events(), run.results.load()
    weights = _Weights.read(run.model_file) if run.model_file.exists() else None
    files = (run.config_file, run.metrics.file, run.model_file)
    saved = files_by_step(run.checkpoints_folder, ".safetensors")
    # A packed run has weights but no checkpoints.
    steps = [event["step"] for event in events] + list(saved) or [weights.step if weights else 0]
    return RunSummary(
        path=run.path,
        state=_state(run),
        num_bytes=folder_size(run.path),
        changed=max(file.stat().st_mtime for file in files if file.exists()),
        corpus=config.corpus.name,
        direction=(config.corpus.src_column, config.corpus.tgt_column),
        step=max(steps),
        max_steps=config.training.max_steps,
        bleu=_bleu(results, events, weights),
        num_parameters=weights.num_parameters if weights else None,
    )


def _state(run: RunFiles) -> State:
    if is_locked(run.path, "training"):
        return "training"
    return "finished" if run.card_file.exists() else "interrupted"


@dataclass(frozen=True, kw_only=True)
class _Weights:
    """The header of model.safetensors."""

    num_parameters: int
    step: int
    """The step of the weights."""

    @classmethod
    def read(cls, file: Path) -> "_Weights":
        """Raises RunError for a file that is cut off or from another program."""
        try:
            with file.open("rb") as opened:
                length = int.from_bytes(opened.read(8), "little")
                header = json.loads(opened.read(min(length, LONGEST_HEADER)))
            facts = json.loads(header.pop("__metadata__")["facts"])
            end = max(tensor["data_offsets"][1] for tensor in header.values())
            if file.stat().st_size != 8 + length + end:
                raise ValueError("it is cut off")
            return cls(
                num_parameters=sum(math.prod(tensor["shape"]) for tensor in header.values()),
                step=int(facts["step"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            raise RunError(
                f"{file} is damaged or was not written by this program: copy it again"
            ) from None


def _bleu(results: Mapping[str, Any], events: Events, weights: _Weights | None) -> Bleu | None:
    """Number of parameters of the model."""
    if "test" in results:
        score = results["test"]["bleu"]
        return Bleu(split="test", value=score["value"], signature=score["signature"])
    validations = [event for event in events if "bleu_signature" in event]
    best = [event for event in validations if weights and event["step"] == weights.step]
    for event in (best or validations)[-1:]:
        return Bleu(split="validation", value=event["bleu"], signature=event["bleu_signature"])
    return None
