"""Checkpoints: the tensors of a moment of training and, in the same file's header, its facts.

Weights are safetensors, facts are JSON; nothing is ever unpickled.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from translator.compute.files import write_atomically
from translator.errors import RunError


@dataclass(frozen=True)
class Checkpoints:
    """Those of one run, in a folder inside its directory."""

    folder: Path

    def save(
        self,
        step: int,
        tensors: Mapping[str, Tensor],
        facts: Mapping[str, Any],
        *,
        higher_is_better: bool,
    ) -> None:
        """Write the checkpoint of `step`; keep the newest and the best before it.

        `facts["value"]` is the validation's value of the chosen metric, or None.
        """
        self.folder.mkdir(exist_ok=True)
        write_atomically(self.folder / f"step-{step:08d}.safetensors", pack(tensors, facts))
        *older, _ = self.files()
        values = {file: value for file in older if (value := _value(file)) is not None}
        ranked = sorted(values, key=values.__getitem__, reverse=higher_is_better)
        for file in set(older) - set(ranked[:1]):
            file.unlink()

    def load_newest(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Its tensors and facts. Raises RunError if there is none or it is broken."""
        files = self.files()
        if not files:
            raise RunError(f"{self.folder.parent} has no checkpoint to resume from")
        return unpack(files[-1])

    def newest_step(self) -> int:
        """0 where there is none."""
        files = self.files()
        return _step(files[-1]) if files else 0

    def load_average(self, step: int) -> dict[str, Tensor]:
        """The averaged weights at `step`. Raises RunError where no checkpoint of it is kept."""
        tensors, _ = unpack(self.file_of(step))
        prefix = "average."
        return {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }

    def file_of(self, step: int) -> Path:
        """Raises RunError where no checkpoint of that step is kept."""
        steps = {_step(file): file for file in self.files()}
        if step not in steps:
            kept = ", ".join(map(str, steps)) or "none"
            raise RunError(
                f"{self.folder.parent} has no checkpoint of step {step}: it keeps {kept}"
            )
        return steps[step]

    def files(self) -> list[Path]:
        """All that are kept, the newest last."""
        return sorted(self.folder.glob("step-*.safetensors"))


def pack(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> bytes:
    """A safetensors file with `facts`, which must be plain data, in its header."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(contiguous, metadata={"facts": json.dumps(facts)})


def unpack(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `pack` was given. Raises RunError if the file is broken or of another program."""
    try:
        with safe_open(file, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise RunError(f"{file} cannot be read ({error}): copy it again, or delete it") from error
    return tensors, _read_facts(file)


def _read_facts(file: Path) -> dict[str, Any]:
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata() or {}
    if "facts" not in metadata:
        raise RunError(f"{file} was not written by this program: it has weights, but no facts")
    return json.loads(metadata["facts"])


def _step(file: Path) -> int:
    return int(file.stem.removeprefix("step-"))


def _value(file: Path) -> float | None:
    """The validation's metric at a checkpoint; of a broken one, None, so that it is let go."""
    try:
        return _read_facts(file)["value"]
    except (OSError, SafetensorError, RunError):
        return None
