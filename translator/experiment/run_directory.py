"""The run directory: complete in itself, written atomically, safe to load.

Weights are safetensors, everything else is plain text; nothing is ever unpickled.
"""

import dataclasses
import hashlib
import itertools
import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from translator.compute.files import write_atomically
from translator.compute.invocation import command
from translator.config import Config, ModelConfig
from translator.errors import ConfigError, RunError
from translator.experiment.checkpoint import Checkpoints, pack, unpack
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True)
class RunDirectory:
    """`runs/<name>`: copy it anywhere and it translates."""

    path: Path
    step: int | None = None
    """Load the averaged weights of this step's checkpoint instead of the best on validation."""

    def __str__(self) -> str:
        """RUN, or RUN@STEP, as `find_run` reads it."""
        return str(self.path) if self.step is None else f"{self.path}@{self.step}"

    @property
    def config_file(self) -> Path:
        """The settings as resolved: every field, defaults included."""
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
    def metrics_file(self) -> Path:
        """One line of JSON an event."""
        return self.path / "metrics.jsonl"

    @property
    def results_file(self) -> Path:
        """Scores of the finished model by split."""
        return self.path / "results.json"

    @property
    def checkpoints(self) -> Checkpoints:
        """What resuming needs: the newest and the best."""
        return Checkpoints(self.path / "checkpoints")

    @property
    def export_folder(self) -> Path:
        """The model as CTranslate2 loads it, once it was exported."""
        return self.path / "ctranslate2"

    @property
    def teachers_folder(self) -> Path:
        """Whole runs, whose models write training text for this one."""
        return self.path / "teachers"

    def check_is_free(self) -> None:
        """Raises RunError where something is already."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise RunError(
                f"{self.path} exists already: choose another --run, or continue it with "
                f"--resume {shlex.quote(str(self.path))}"
            )

    def create(self, config: Config) -> None:
        """Begin a new run. Raises RunError where something is already."""
        self.check_is_free()
        self.path.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True)
        write_atomically(self.config_file, text.encode())

    def load_config(self) -> Config:
        """Raises RunError if this is no run directory, or one of another version."""
        self._check_is_run()
        try:
            return _config(yaml.safe_load(self.config_file.read_text(encoding="utf-8")))
        except (TypeError, ValueError, yaml.YAMLError, ConfigError) as error:
            reason = " ".join(str(error).split())
            raise RunError(f"{self.config_file} does not fit this version: {reason}") from error

    def save_tokenizer(self, tokenizer: Tokenizer) -> None:
        """Write the vocabulary that the model is made for."""
        write_atomically(self.tokenizer_file, tokenizer.model)

    def load_tokenizer(self) -> Tokenizer:
        """Raises RunError if it is missing or broken."""
        self._check_is_run()
        if not (self.tokenizer_file.exists() or self.model_file.exists()):
            raise self._untrained()
        return Tokenizer.load(self.tokenizer_file)

    def save_model(
        self, model: Transformer, tokenizer: Tokenizer, facts: Mapping[str, Any]
    ) -> None:
        """Write the weights that translate; `facts` (plain data) are told again on loading."""
        tensors = {name: parameter.data for name, parameter in model.named_parameters()}
        facts = {**facts, "tokenizer_sha256": _sha256(tokenizer.model)}
        write_atomically(self.model_file, pack(tensors, facts))

    def load_model(
        self, config: ModelConfig, tokenizer: Tokenizer
    ) -> tuple[Transformer, dict[str, Any]]:
        """The model, in evaluation mode on the CPU, and its facts.

        Raises RunError if it is missing, broken, or does not fit its tokenizer or configuration.
        """
        if self.config_file.exists() and not self.model_file.exists():
            raise self._untrained()
        tensors, facts = unpack(self.model_file)
        if self.step is not None:
            tensors = self.checkpoints.load_average(self.step)
        if facts.get("tokenizer_sha256") != _sha256(tokenizer.model):
            raise RunError(
                f"{self.tokenizer_file} is not the tokenizer that {self.model_file} was trained "
                f"with: copy the run directory again, whole"
            )
        model = Transformer(config, tokenizer.vocab_size)
        try:
            model.load_state_dict(tensors)
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{self.model_file} does not fit {self.config_file}: {reason}"
            ) from error
        return model.eval(), facts

    def weights_file(self) -> Path:
        """Where the weights are that translate. Raises RunError for a step that is not kept."""
        return self.model_file if self.step is None else self.checkpoints.file_of(self.step)

    def weights_sha256(self) -> str:
        """Digest of the file with the weights."""
        return _sha256(self.weights_file().read_bytes())

    def log(self, event: Mapping[str, Any]) -> None:
        """Append a line to metrics.jsonl."""
        with self.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")

    def events(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl; one that was cut off by a crash is passed over."""
        if not self.metrics_file.exists():
            return []
        text = self.metrics_file.read_text(encoding="utf-8", errors="replace")
        return [json.loads(line) for line in text.split("\n") if _is_json(line)]

    def seconds(self) -> float:
        """Spent on training, that of its teachers included."""
        own = [float(event["seconds"]) for event in self.events() if "seconds" in event]
        teachers = map(RunDirectory, self.teachers_folder.glob("*"))
        return max(own, default=0.0) + sum(teacher.seconds() for teacher in teachers)

    def forget_after(self, step: int) -> None:
        """Drop events after `step`: they will happen again; and files that a crash left half."""
        for file in self.path.rglob(".*.tmp"):
            file.unlink()
        kept = [event for event in self.events() if int(str(event["step"])) <= step]
        lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in kept]
        write_atomically(self.metrics_file, "".join(lines).encode())

    def save_attention(self, step: int, inspections: Sequence[Mapping[str, Any]]) -> None:
        """Write what attention did in a few probe sentences at `step`."""
        folder = self.path / "attention"
        folder.mkdir(exist_ok=True)
        data = json.dumps(inspections, ensure_ascii=False).encode()
        write_atomically(folder / f"step-{step:08d}.json", data)

    def load_results(self) -> dict[str, Any]:
        """Scores by split; empty before the first evaluation."""
        if not self.results_file.exists():
            return {}
        return json.loads(self.results_file.read_text(encoding="utf-8"))

    def add_result(self, split: str, scores: Mapping[str, Any], hypotheses: Sequence[str]) -> None:
        """Put the scores of one split into results.json, its translations beside it."""
        folder = self.path / "hypotheses"
        folder.mkdir(exist_ok=True)
        lines = "".join(f"{hypothesis}\n" for hypothesis in hypotheses)
        write_atomically(folder / f"{split}.txt", lines.encode())
        text = json.dumps({**self.load_results(), split: scores}, indent=2, ensure_ascii=False)
        write_atomically(self.results_file, f"{text}\n".encode())

    def _untrained(self) -> RunError:
        path = shlex.quote(str(self.path))
        return RunError(f"{self.path} has no trained model yet: train on with --resume {path}")

    def _check_is_run(self) -> None:
        if not self.path.is_dir():
            raise RunError(
                f"there is no run directory {self.path}: {_known_runs(self.path.parent)}"
            )
        if not self.config_file.is_file():
            raise RunError(f"{self.path} is no run directory: it has no {self.config_file.name}")


def find_run(name: str | Path | None = None) -> RunDirectory:
    """The run RUN, or RUN@STEP with the weights of a checkpoint; by default the newest.

    Raises RunError if there is none at all, and for an empty name.
    """
    if name is None:
        return newest_run()
    if not str(name).strip():
        raise RunError("the name of the run is empty: name a run directory, or leave it out")
    at_step = re.fullmatch(r"(.*)@0*([0-9]+)", str(name), re.DOTALL)
    if at_step is None:
        return RunDirectory(Path(name))
    path, step = at_step.groups()
    if len(step) > 18:  # Python reads no number of thousands of digits
        raise RunError(f"{path or 'the newest run'} has no checkpoint of step {step[:9]}...")
    if os.path.isdir(name):
        return RunDirectory(Path(name))
    return dataclasses.replace(find_run(path or None), step=int(step))


def newest_run(root: Path = Path("runs")) -> RunDirectory:
    """The run under `root` whose model was written last. Raises RunError if there is none."""
    models = sorted(root.glob("*/model.safetensors"), key=lambda file: file.stat().st_mtime)
    if not models:
        raise RunError(
            f"no trained run under {root}/: train one with {command('train')}, or name one with "
            f"--run"
        )
    return RunDirectory(models[-1].parent)


def free_path(origin: str | Path, root: Path = Path("runs")) -> Path:
    """`root`/NAME after the file or folder, or with -2, -3, ... the first where nothing is yet."""
    # "." and ".." have a name as well; a hidden file's run is not hidden; a file system takes 255
    # bytes, and -2 follows.
    stem = Path(os.path.abspath(origin)).stem.strip(". ")
    name = os.fsencode(stem)[:200].decode(errors="ignore") or "run"
    later = (root / f"{name}-{number}" for number in itertools.count(2))
    return next(path for path in itertools.chain([root / name], later) if not path.exists())


def differences(asked: Config, stored: Config) -> list[str]:
    """The fields in which two configurations differ, one line each."""
    old, new = _plain(stored), _plain(asked)
    return [
        f"{section}.{name}: {old[section][name]} in the run, {value} asked"
        for section in new
        for name, value in new[section].items()
        if value != old[section][name]
    ]


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True


def _config(values: object) -> Config:
    """The configuration that `_plain` was made of. Raises ValueError or ConfigError."""
    sections = get_type_hints(Config)
    if not isinstance(values, dict) or not all(isinstance(one, dict) for one in values.values()):
        raise ValueError("it is no list of sections with settings")
    unknown = [name for name in values if name not in sections]
    for name in values.keys() & sections.keys():
        unknown += [f"{name}.{key}" for key in values[name].keys() - get_type_hints(sections[name])]
    if unknown:
        raise ValueError(
            f"it has {', '.join(sorted(map(str, unknown)))}, which this version does not know: "
            f"train anew, or use the version that made it"
        )
    return Config(**{name: sections[name](**values[name]) for name in values})


def _plain(config: Config) -> dict[str, Any]:
    return dataclasses.asdict(config)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _known_runs(root: Path) -> str:
    names = sorted(str(file.parent) for file in root.glob("*/config.yaml"))
    return f"the runs are {', '.join(names)}" if names else f"train one with {command('train')}"
