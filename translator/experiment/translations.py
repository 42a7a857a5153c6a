"""Translations by trained models, one line per text, kept in files as they are written.

Texts translated before an interruption are not translated again.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from translator.compute.files import make_folder, sha256, write_atomically
from translator.compute.progress import progress
from translator.decoding.strategies import Strategy
from translator.decoding.translator import Translator
from translator.errors import RunError
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory

TEXTS_AT_ONCE = 4000
"""Texts translated before they are written: the most that a crash can cost."""
TEMPERATURE = 0.7
"""Temperature of sampling: below 1, so that fewer samples are wrong."""


@dataclass(frozen=True, kw_only=True)
class Translations:
    """A folder with a file for each model or ensemble that translates."""

    folder: Path
    device: str | torch.device = "cpu"
    search: Mapping[str, Any] = field(default_factory=dict)
    """Replaces settings of each run's decoding."""

    def by(
        self,
        name: str,
        runs: Sequence[RunDirectory],
        texts: Sequence[str],
        strategy: Strategy | None = None,
    ) -> list[str]:
        """The translations of `texts` by the ensemble of `runs`, in the file `name`.txt; without a
        `strategy`, by beam search. Raises RunError if the file holds translations by other models
        or of other texts."""
        loaded = load_translator(runs[0], self.device, others=runs[1:])
        decoding = dataclasses.replace(loaded.decoding, **self.search)
        translator = dataclasses.replace(loaded, decoding=decoding)
        path = self.folder / name
        return _translations(path, runs, translator, texts, strategy or translator.beam_search())


def _translations(
    path: Path,
    runs: Sequence[RunDirectory],
    translator: Translator,
    texts: Sequence[str],
    strategy: Strategy,
) -> list[str]:
    """One line per text in the file `path`.txt; existing lines are not translated again.

    Next to it, `path`.json records the models, the texts, and how much of the file is complete.
    """
    make_folder(path.parent)
    facts = path.with_suffix(".json")
    origin = {
        "model": " ".join(run.weights_sha256() for run in runs),
        "texts": sha256("\n".join(texts).encode()),
        "split_over": translator.decoding.split_over,
        **dataclasses.asdict(strategy),
    }
    num_bytes, digest = _check_origin(facts, origin)
    with (
        path.with_suffix(".txt").open("a+b") as file,
        progress(path.name, len(texts), "texts") as tell,
    ):
        file.seek(0)
        written = file.read()[:num_bytes]  # the rest is incomplete
        if sha256(written) != digest:
            raise RunError(
                f"{file.name} is damaged: remove it and {facts.name} to translate its texts again"
            )
        file.truncate(num_bytes)
        found = written.decode().split("\n")[:-1]
        whole = hashlib.sha256(written)
        tell(len(found))
        while len(found) < len(texts):
            some = texts[len(found) : len(found) + TEXTS_AT_ONCE]
            ranked = translator.translate_all(
                some, strategy, first_line=len(found) + 1, on_done=tell
            )
            new = [best.text for best, *_ in ranked]
            lines = "".join(f"{text}\n" for text in new).encode()
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            whole.update(lines)
            num_bytes += len(lines)
            _write_origin(facts, origin, num_bytes, whole.hexdigest())
            found += new
    return found


def _check_origin(file: Path, origin: Mapping[str, Any]) -> tuple[int, str]:
    """The number of complete bytes of translations, and their digest.

    Raises RunError if they are of other models, texts or searches than `origin` says.
    """
    if not file.exists():
        _write_origin(file, origin, 0, sha256(b""))
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        found = None
    stored = found if isinstance(found, dict) else {}
    num_bytes, digest = stored.pop("bytes", None), stored.pop("sha256", "")
    changed = [key for key, value in origin.items() if stored.get(key) != value]
    if type(num_bytes) is not int:
        changed.append("version of this program")
    if changed:
        raise RunError(
            f"{file.with_suffix('.txt')} was written with another {' and '.join(changed)}: "
            f"choose another --output, or remove {file.parent}"
        )
    assert isinstance(num_bytes, int)
    return num_bytes, str(digest)


def _write_origin(file: Path, origin: Mapping[str, Any], num_bytes: int, digest: str) -> None:
    facts = {**origin, "bytes": num_bytes, "sha256": digest}
    write_atomically(file, json.dumps(facts, indent=2).encode())
