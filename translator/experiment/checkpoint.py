"""Checkpoints: the tensors of one step of training and, in the header of the same file, its facts.

Weights are safetensors, facts are JSON; nothing is ever unpickled. A digest of both is stored with
them, so that a damaged or edited file is always noticed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from translator.compute.files import files_by_step, make_folder, write_atomically
from translator.errors import RunError


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run, in a folder inside its directory."""

    folder: Path

    def save(
        self, step: int, tensors: Mapping[str, Tensor], facts: Mapping[str, Any], *, best_step: int
    ) -> None:
        """Write the checkpoint of `step`, then `prune`."""
        make_folder(self.folder)
        write_atomically(self.folder / f"step-{step:08d}.safetensors", pack(tensors, facts))
        self.prune(best_step)

    def prune(self, best_step: int) -> None:
        """Keep the newest and the best; if they are the same, also the two before, to which a run
        can go back."""
        files = self.files()
        *older, newest = files
        kept = {newest, *(older[-2:] if best_step == newest else [best_step])}
        for step in files.keys() - kept:
            files[step].unlink()

    def newest_step(self) -> int:
        """The newest step; 0 if there is none."""
        return max(self.files(), default=0)

    def load_newest(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Its tensors and facts. Raises RunError if there is none or it is damaged."""
        files = self.files()
        if not files:
            raise RunError(f"{self.folder.parent} has no checkpoint to resume from")
        *older, newest = files
        try:
            return unpack(files[newest])
        except RunError as error:
            way_out = "the run cannot be resumed, but --init_from begins a new run with its weights"
            if older:
                way_out = f"training continues from step {older[-1]}"
            raise RunError(f"{error}; without it, {way_out}") from error

    def file_of(self, step: int) -> Path:
        """Raises RunError where no checkpoint of that step is kept."""
        files = self.files()
        if step not in files:
            kept = ", ".join(map(str, files)) or "none"
            raise RunError(
                f"{self.folder.parent} has no checkpoint of step {step}; kept steps: {kept}"
            )
        return files[step]

    def files(self) -> dict[int, Path]:
        """All that are kept, by step, the newest last."""
        return files_by_step(self.folder, ".safetensors")


def averaged(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The averaged weights among the tensors of a checkpoint."""
    prefix = "average."
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def pack(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> bytes:
    """A safetensors file with `facts`, which must be plain data, in its header."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # One entry, because safetensors would write several in another order each time.
    text = json.dumps({**facts, "sha256": _digest(contiguous, facts)})
    return save(contiguous, metadata={"facts": text})


def unpack(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `pack` was given. Raises RunError if the file is damaged or of another program."""
    try:
        with safe_open(file, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            metadata = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise RunError(
            f"{file} cannot be read ({error}): copy the file again, or delete it"
        ) from error
    if "facts" not in metadata:
        raise RunError(f"{file} was not written by this program: it has weights, but no metadata")
    try:
        facts: dict[str, Any] = json.loads(metadata["facts"])
        is_whole = facts.pop("sha256") == _digest(tensors, facts)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise RunError(
            f"{file} is damaged: its checksum does not match; copy the file again, or delete it"
        )
    return tensors, facts


def _digest(tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
