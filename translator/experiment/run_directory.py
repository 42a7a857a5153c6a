"""The run directory: complete in itself, written atomically, safe to load.

Weights are safetensors, everything else is plain text; nothing is ever unpickled.
"""

import dataclasses
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from translator.compute.files import (
    files_by_step,
    has_only_leftovers,
    locked,
    make_folder,
    remove_temporary,
    sha256,
    short_name,
    write_atomically,
)
from translator.compute.hub import fetch_model
from translator.compute.invocation import command
from translator.config import Config
from translator.errors import ConfigError, RunError
from translator.experiment.checkpoint import Checkpoints, averaged, pack, unpack
from translator.experiment.learning_record import LearningRecord
from translator.experiment.run_files import RunFiles, misfit, read_config
from translator.model.transformer import Transformer
from translator.text.sources import HUB_ID
from translator.text.tokenizer import Tokenizer

SHARED_FILES = (
    "config.yaml",
    "tokenizer.model",
    "model.safetensors",
    "metrics.jsonl",
    "results.json",
    "README.md",
)
SHARED_FOLDERS = ("held_out", "hypotheses", "attention")
"""Scored text, its translations, and how attention was learned: a megabyte or two."""
SHARED = (*SHARED_FILES, *(f"{folder}/*" for folder in SHARED_FOLDERS))
"""Patterns of the files that others need to translate with a run, inspect it and score it.
Checkpoints, weights of other steps, teachers and exports are left out."""
FREE = (
    "decoding",
    "corpus.source",
    "corpus.revision",
    "corpus.monolingual",
    "training.tensorboard",
)
"""Settings that may change after training: the search, the place of the same text (with the same
weights: `changes` reports them as corpus.weights), and additional output."""


@dataclasses.dataclass(frozen=True)
class RunDirectory(RunFiles):
    """`runs/<name>`, which can be copied anywhere to translate and to be scored."""

    step: int | None = None
    """Load the averaged weights of this step instead of the best on validation."""
    hub_id: str | None = None
    """owner/name of a run from the hub, whose `path` is in the hub's cache."""

    def __str__(self) -> str:
        """RUN, or RUN@STEP, as `find_run` reads it."""
        name = self.hub_id or str(self.path)
        return name if self.step is None else f"{name}@{self.step}"

    @property
    def checkpoints(self) -> Checkpoints:
        """The checkpoints needed for resuming: the newest and the best."""
        return Checkpoints(self.checkpoints_folder)

    @property
    def learning_record(self) -> LearningRecord:
        """The attention on a few sentences, from before training to its end."""
        return LearningRecord(self.path / "attention")

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Reserve this run for training by this process. Raises BusyError if another process trains
        in it."""
        with locked(self.path, "training"):
            self._check_links()
            with self._scoring():
                for folder in (self.path, *self._folders()):
                    remove_temporary(folder)
            yield

    def is_free(self) -> bool:
        """Whether the place is empty, or holds only the leftovers of a killed process."""
        return not self.path.exists() or (self.path.is_dir() and has_only_leftovers(self.path))

    def check_is_free(self) -> None:
        """Raises RunError if the place is not free."""
        if not self.is_free():
            raise RunError(
                f"{self.path} exists already: choose another --run, or continue it with "
                f"{command('train', '--resume', self.path)}"
            )

    def create(self, config: Config, init_from: str | None = None) -> None:
        """Begin a new run; `init_from` names the run whose weights it begins with.

        Raises RunError if the place is not free.
        """
        self.check_is_free()
        make_folder(self.path)
        beginning = {"init_from": init_from} if init_from else {}
        self._write_config({**beginning, **dataclasses.asdict(config)})

    def move_corpus(self, config: Config) -> None:
        """Record the new place of the corpus."""
        self._write_config({**self.stored_config(), "corpus": dataclasses.asdict(config)["corpus"]})

    def _write_config(self, values: Mapping[str, Any]) -> None:
        text = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)
        write_atomically(self.config_file, text.encode())

    def save_tokenizer(self, tokenizer: Tokenizer) -> None:
        """Write the vocabulary of the model."""
        write_atomically(self.tokenizer_file, tokenizer.model)

    def load_tokenizer(self) -> Tokenizer:
        """Raises RunError if it is missing or broken."""
        self._check_is_run()
        if not self.tokenizer_file.exists():
            if not self.model_file.exists():
                raise self._untrained()
            raise RunError(
                f"{self.path} has no {self.tokenizer_file.name}, which its model needs: copy the "
                "whole run directory again"
            )
        return Tokenizer.load(self.tokenizer_file)

    def promote(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Make the averaged weights of a checkpoint the model of the run."""
        self.save_model(averaged(tensors), _model_facts(facts["state"]["step"], facts))

    def save_model(self, weights: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Write the weights that translate, with their `origin` and `max_src_length` as facts."""
        write_atomically(self.model_file, pack(weights, facts))

    def keep_weights(
        self, step: int, weights: Mapping[str, Tensor], facts: Mapping[str, Any]
    ) -> None:
        """Keep the averaged weights of a step, in the same form as the model of the run."""
        make_folder(self.weights_folder)
        file = self.weights_folder / f"step-{step:08d}.safetensors"
        write_atomically(file, pack(weights, _model_facts(step, facts)))

    def kept_steps(self) -> list[int]:
        """The steps of training.keep_weights whose averaged weights were kept."""
        return list(self._kept_weights())

    def _kept_weights(self) -> dict[int, Path]:
        return files_by_step(self.weights_folder, ".safetensors")

    def save_initial(self, config: Config, donor: "RunDirectory") -> None:
        """Keep the vocabulary and weights of another run as the initial ones of this run."""
        tokenizer = donor.load_tokenizer()
        model, theirs = donor.load_model(donor.load_config(), tokenizer)
        self.save_tokenizer(tokenizer)
        facts = {**origin(config, tokenizer), "max_src_length": theirs["max_src_length"]}
        write_atomically(self.initial_file, pack(dict(model.named_parameters()), facts))

    def load_initial(self, config: Config, tokenizer: Tokenizer) -> tuple[dict[str, Tensor], int]:
        """The weights that `save_initial` kept, and the longest source, in ids, that they were
        trained on. Raises RunError if they are damaged."""
        weights, facts = unpack(self.initial_file)
        self.check_origin(self.initial_file, facts, config, tokenizer)
        return weights, _max_src_length(self.initial_file, facts)

    def load_model(
        self, config: Config, tokenizer: Tokenizer
    ) -> tuple[Transformer, dict[str, Any]]:
        """The model, in evaluation mode on the CPU, and its facts.

        Raises RunError if it is missing, damaged, or does not fit its tokenizer or configuration.
        """
        if self.step is None and self.config_file.exists() and not self.model_file.exists():
            raise self._untrained()
        file = self.weights_file()
        tensors, facts = unpack(file)
        if file.parent == self.checkpoints.folder:
            tensors = averaged(tensors)
        self.check_origin(file, facts, config, tokenizer)
        _max_src_length(file, facts)
        if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
            raise RunError(f"{file} has weights that are not finite: train again")
        model = Transformer(config.model, tokenizer.vocab_size)
        try:
            model.load_state_dict(tensors)
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise RunError(f"{file} does not fit {self.config_file}: {reason}") from error
        return model.eval(), facts

    def check_origin(
        self, file: Path, facts: Mapping[str, Any], config: Config, tokenizer: Tokenizer
    ) -> None:
        """Raises RunError if the facts of `file` say that its weights were trained with other
        settings or another vocabulary."""
        if facts.get("tokenizer_sha256") != sha256(tokenizer.model):
            raise RunError(
                f"{self.tokenizer_file} is not the tokenizer that {file} was trained with: copy "
                "the whole run directory again"
            )
        try:
            trained = read_config(facts.get("config"))
        except (TypeError, ValueError, ConfigError) as error:
            raise misfit(file, error) from error
        changed = [
            f"{name} {old}, not {new}"
            for name, old, new in changes(trained, config)
            if not name.startswith(FREE)
        ]
        if changed:
            raise RunError(
                f"{self.config_file} has other settings than {file} was trained with, which had "
                f"{', '.join(changed)}: restore these settings, or copy the whole run directory "
                "again"
            )

    def weights_file(self) -> Path:
        """The file of the weights; for a step, its checkpoint or its kept weights. Raises RunError
        for a step that has neither."""
        if self.step is None:
            return self.model_file
        files = {**self._kept_weights(), **self.checkpoints.files()}
        if self.step not in files:
            kept = ", ".join(map(str, sorted(files))) or "none"
            raise RunError(f"{self.path} has no weights of step {self.step}; kept steps: {kept}")
        return files[self.step]

    def weights_sha256(self) -> str:
        """Digest of the file with the weights."""
        return sha256(self.weights_file().read_bytes())

    def forget_after(self, step: int) -> None:
        """Drop everything after `step`, which will be repeated."""
        self.metrics.forget_after(step)
        self.learning_record.forget_after(step)
        for later, file in self._kept_weights().items():
            if later > step:
                file.unlink()

    def add_result(self, split: str, scores: Mapping[str, Any], hypotheses: Sequence[str]) -> None:
        """Put the scores of one split into results.json, and its translations next to it.

        Raises OSError if they cannot be written.
        """
        self._check_links()
        with self._scoring():
            self.results.add(split, scores, hypotheses)

    def _scoring(self) -> AbstractContextManager[None]:
        """A lock: processes add to results.json one after the other."""
        return locked(self.path, "scoring", seconds=60)

    def _check_links(self) -> None:
        """Old files are deleted in these folders; through a link, these could be someone else's
        files."""
        others = (
            *(self.teachers_folder, self.diversified_folder),
            *(self.tensorboard_folder, self.metrics.file),
        )
        for path in (*self._folders(), *others):
            if path.is_symlink():
                raise RunError(
                    f"{path} is a symbolic link, and nothing is written or deleted through links: "
                    "replace it by its target"
                )

    def _folders(self) -> tuple[Path, ...]:
        """The folders whose files training and scoring replace."""
        return (
            self.checkpoints.folder,
            self.learning_record.folder,
            self.weights_folder,
            self.held_out_folder,
            self.results.hypotheses_folder,
        )

    def _untrained(self) -> RunError:
        resume = command("train", "--resume", self.path)
        return RunError(
            f"{self.path} has no trained model yet: continue its training with {resume}"
        )


def find_run(name: str | Path | None = None) -> RunDirectory:
    """The run RUN, or RUN@STEP with the weights of a step that it keeps; by default the newest.

    If neither the folder nor its parent exists, a RUN such as owner/name is looked up on the hub.
    Raises RunError if there is no such run, and for an empty name.
    """
    run = local_run(name)
    hub_id = run.path.as_posix()
    if run.path.exists() or run.path.parent.exists() or not HUB_ID.fullmatch(hub_id):
        return run
    try:
        path = fetch_model(hub_id, run.config_file.name, SHARED)
    except LookupError as error:
        raise RunError(f"there is no folder {hub_id} in {Path.cwd()}, and {error}") from None
    return dataclasses.replace(run, path=path, hub_id=hub_id)


def local_run(name: str | Path | None = None) -> RunDirectory:
    """Like `find_run`, but without the hub."""
    if name is None:
        return newest_run()
    if not str(name).strip():
        raise RunError("the name of the run is empty: name a run directory, or leave it out")
    at_step = re.fullmatch(r"(.*)@0*([0-9]+)", str(name), re.DOTALL)
    if at_step is None:
        return RunDirectory(Path(name))
    path, step = at_step.groups()
    if len(step) > 18:  # Python refuses numbers of thousands of digits
        raise RunError(f"{path or 'the newest run'} has no weights of step {step[:9]}...")
    if os.path.isdir(name):
        return RunDirectory(Path(name))
    return dataclasses.replace(local_run(path or None), step=int(step))


def newest_run(root: Path = Path("runs")) -> RunDirectory:
    """The run under `root` whose model was written last. Raises RunError if there is none."""
    models = sorted(root.glob("*/model.safetensors"), key=lambda file: file.stat().st_mtime)
    if not models:
        raise RunError(
            f"there is no trained run in {root}/: train one with {command('train')}, or name one "
            "with --run"
        )
    return RunDirectory(models[-1].parent)


def free_path(origin: str | Path, root: Path = Path("runs")) -> Path:
    """`root`/NAME, named after the file or folder, or the first free one of NAME-2, NAME-3, ..."""
    name = Path(short_name(origin)).stem.strip(". ") or "run"  # a hidden file gives no hidden run
    later = (root / f"{name}-{number}" for number in itertools.count(2))
    candidates = itertools.chain([root / name], later)
    return next(path for path in candidates if RunDirectory(path).is_free())


def changes(stored: Config, asked: Config) -> Iterator[tuple[str, Any, Any]]:
    """The settings in which two configurations differ: name, stored value, asked value."""
    old, new = dataclasses.asdict(stored), dataclasses.asdict(asked)
    for section in new:
        for name, value in new[section].items():
            if value != old[section][name]:
                yield f"{section}.{name}", old[section][name], value
    weights, theirs = ([part.weight for part in one.corpus.parts] for one in (stored, asked))
    if weights != theirs:
        yield "corpus.weights", weights, theirs


def origin(config: Config, tokenizer: Tokenizer) -> dict[str, Any]:
    """Facts that tie weights to their settings and their vocabulary."""
    return {"config": dataclasses.asdict(config), "tokenizer_sha256": sha256(tokenizer.model)}


def _model_facts(step: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a checkpoint that are stored with the weights of the model."""
    return {"step": step} | {
        name: facts[name] for name in ("config", "tokenizer_sha256", "max_src_length")
    }


def _max_src_length(file: Path, facts: Mapping[str, Any]) -> int:
    length = facts.get("max_src_length")
    if type(length) is not int:
        raise RunError(f"{file} does not record the length of its longest source: train again")
    return length
