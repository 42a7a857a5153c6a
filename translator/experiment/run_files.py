"""The places of all files in a run directory, and the settings it was trained with.

This module works without torch, which takes seconds to import.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from translator.compute.invocation import command
from translator.config import Config
from translator.errors import ConfigError, RunError
from translator.experiment.metrics_log import MetricsLog
from translator.experiment.results import Results

_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader of libyaml, if PyYAML was built with it: ten times as fast."""


@dataclass(frozen=True)
class RunFiles:
    """`runs/<name>`."""

    path: Path

    def __post_init__(self) -> None:
        try:
            str(self.path).encode()
        except UnicodeEncodeError:  # safetensors cannot open files with such a name
            raise RunError(f"{self.path!a} is not UTF-8: choose another name for the run") from None

    @property
    def config_file(self) -> Path:
        """All resolved settings, including defaults."""
        return self.path / "config.yaml"

    @property
    def tokenizer_file(self) -> Path:
        """SentencePiece's model."""
        return self.path / "tokenizer.model"

    @property
    def model_file(self) -> Path:
        """The averaged weights that scored best on validation."""
        return self.path / "model.safetensors"

    @property
    def initial_file(self) -> Path:
        """The weights of another run that this one begins with, until it has a checkpoint."""
        return self.path / "initial.safetensors"

    @property
    def checkpoints_folder(self) -> Path:
        """What resuming needs."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> MetricsLog:
        """The log of training."""
        return MetricsLog(self.path / "metrics.jsonl")

    @property
    def results(self) -> Results:
        """Scores of the finished model by split, and the translations that were scored."""
        return Results(self.path / "results.json", self.path / "hypotheses")

    @property
    def card_file(self) -> Path:
        """The model card, written last: if it exists, training and scoring are done."""
        return self.path / "README.md"

    def export_folder(self, form: str) -> Path:
        """An export of the model for another program."""
        return self.path / form

    @property
    def held_out_folder(self) -> Path:
        """The text that the run is validated and scored on, one file per split."""
        return self.path / "held_out"

    @property
    def tensorboard_folder(self) -> Path:
        """The TensorBoard log, if the run writes one."""
        return self.path / "tensorboard"

    @property
    def weights_folder(self) -> Path:
        """Averaged weights of a few steps (training.keep_weights)."""
        return self.path / "weights"

    @property
    def diversified_folder(self) -> Path:
        """The text that teachers wrote, with the original text."""
        return self.path / "diversified"

    @property
    def teachers_folder(self) -> Path:
        """Whole runs whose models write training text for this run."""
        return self.path / "teachers"

    def seconds(self) -> float:
        """Seconds spent on training, including that of teachers."""
        teachers = map(RunFiles, self.teachers_folder.glob("*"))
        return self.metrics.seconds() + sum(teacher.seconds() for teacher in teachers)

    def load_config(self) -> Config:
        """Raises RunError if this is not a run directory, or one of another version."""
        values = self.stored_config()
        try:
            return read_config({key: value for key, value in values.items() if key != "init_from"})
        except (TypeError, ValueError, ConfigError) as error:
            raise misfit(self.config_file, error) from error

    def init_from(self) -> str | None:
        """The run whose weights this one began with. Raises RunError as `load_config` does."""
        name = self.stored_config().get("init_from")
        if name is not None and not isinstance(name, str):
            raise misfit(self.config_file, ValueError(f"init_from is {name!r}"))
        return name

    def stored_config(self) -> dict[str, Any]:
        """The content of `config.yaml`, section by section, unchecked. Raises RunError."""
        self._check_is_run()
        try:
            values = yaml.load(self.config_file.read_text(encoding="utf-8"), _SAFE_LOADER)
        except (ValueError, yaml.YAMLError) as error:
            raise misfit(self.config_file, error) from error
        if not isinstance(values, dict):
            raise misfit(
                self.config_file, ValueError("it is not a mapping of sections to settings")
            )
        return values

    def _check_is_run(self) -> None:
        if not self.path.is_dir():
            raise RunError(
                f"there is no run directory {self.path}: {_known_runs(self.path.parent)}"
            )
        if not self.config_file.is_file():
            raise RunError(f"{self.path} is not a run directory: it has no {self.config_file.name}")


def misfit(file: Path, error: Exception) -> RunError:
    """The error for a file of settings that cannot be used."""
    reason = " ".join(str(error).split())
    return RunError(f"{file} does not fit this version: {reason}")


def read_config(values: object) -> Config:
    """The configuration from plain data as `dataclasses.asdict` returns it. Raises ValueError or
    ConfigError."""
    sections = get_type_hints(Config)
    if not isinstance(values, dict) or not all(isinstance(one, dict) for one in values.values()):
        raise ValueError("it is not a mapping of sections to settings")
    unknown = [name for name in values if name not in sections]
    for name in values.keys() & sections.keys():
        unknown += [f"{name}.{key}" for key in values[name].keys() - get_type_hints(sections[name])]
    if unknown:
        raise ValueError(
            f"it has {', '.join(sorted(map(str, unknown)))}, which this version does not know: "
            "train again, or use the version that made it"
        )
    return Config(**{name: sections[name](**values[name]) for name in values})


def _known_runs(root: Path) -> str:
    names = sorted(str(file.parent) for file in root.glob("*/config.yaml"))
    return f"the runs are {', '.join(names)}" if names else f"train one with {command('train')}"
