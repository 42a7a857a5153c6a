"""The record of learning of a run: its attention on a few sentences at a few steps.

`probes.json` lists the sentences; each `step-*.npz` is a snapshot. A snapshot has an array (layers,
heads, cells) for each kind of attention, which holds the matrices of all probes one after the
other, row by row; `probabilities` holds those of all reference tokens. There is no `aer` without
gold alignments.
"""

import dataclasses
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.compute.files import files_by_step, make_folder, write_atomically
from translator.errors import RunError
from translator.inspection.inspection import KINDS, Kind
from translator.inspection.learning import Bytes, Learning, Probe, Snapshot
from translator.inspection.words import Array, group_into_words

_Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class LearningRecord:
    """The record of one run, in a folder inside its directory."""

    folder: Path

    @property
    def probes_file(self) -> Path:
        """The file that lists the sentences; written before the first snapshot."""
        return self.folder / "probes.json"

    def begin(self, probes: Sequence[Probe], num_sentences: int, bleu_signature: str) -> None:
        """Write what all snapshots share."""
        make_folder(self.folder)
        facts = {
            "num_sentences": num_sentences,
            "bleu_signature": bleu_signature,
            "probes": [dataclasses.asdict(probe) for probe in probes],
        }
        write_atomically(self.probes_file, json.dumps(facts, ensure_ascii=False).encode())

    def save(self, snapshot: Snapshot) -> None:
        """Write a snapshot; equal snapshots give equal bytes."""
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **_arrays(snapshot))
        write_atomically(self.folder / f"step-{snapshot.step:08d}.npz", file.getvalue())

    def load(self, name: str) -> Learning | None:
        """The whole record; `name` is the name of the run. None if nothing was recorded.

        Raises RunError if it is broken.
        """
        facts = self._facts()
        if facts is None:
            return None
        probes, files = self.probes(), self.files()
        if files and 0 not in files:
            raise RunError(
                f"{self.folder} has no snapshot of step 0, from before training: copy the whole "
                "folder again, or move it away, which leaves the run without a record of learning"
            )
        snapshots: list[Snapshot] = []
        for step, file in files.items():
            snapshots.append(_load(file, step, probes, like=snapshots[0] if snapshots else None))
        return Learning(
            name=name,
            probes=probes,
            snapshots=snapshots,
            num_sentences=facts["num_sentences"],
            bleu_signature=facts["bleu_signature"],
        )

    def probes(self) -> list[Probe]:
        """The sentences; none without a record. Raises RunError if the file is broken."""
        facts = self._facts()
        with _broken_named(self.probes_file):
            return [_probe(values) for values in facts["probes"]] if facts else []

    def forget_after(self, step: int) -> None:
        """Drop the snapshots of later steps."""
        for later, file in self.files().items():
            if later > step:
                file.unlink()

    def files(self) -> dict[int, Path]:
        """The snapshots, by step."""
        return files_by_step(self.folder, ".npz")

    def _facts(self) -> dict[str, Any] | None:
        """What `begin` wrote."""
        if not self.probes_file.exists():
            return None
        with _broken_named(self.probes_file):
            facts: dict[str, Any] = json.loads(self.probes_file.read_bytes())
            if not isinstance(facts["num_sentences"], int):
                raise TypeError("num_sentences is not a whole number")
            if not isinstance(facts["bleu_signature"], str):
                raise TypeError("bleu_signature is not text")
            json.dumps(facts, ensure_ascii=False).encode()  # half a surrogate pair raises
        return facts


def _probe(values: Mapping[str, Any]) -> Probe:
    links = values["alignment"]
    probe = Probe(
        text=str(values["text"]),
        tgt=str(values["tgt"]),
        source=list(map(str, values["source"])),
        reads=list(map(str, values["reads"])),
        writes=list(map(str, values["writes"])),
        alignment=None if links is None else [(int(src), int(tgt)) for src, tgt in links],
    )
    if len(probe.reads) != len(probe.writes):
        raise ValueError("the numbers of pieces that a probe reads and writes differ")
    src_words, tgt_words = (
        range(len(group_into_words(side))) for side in (probe.source, probe.writes)
    )
    if any(src not in src_words or tgt not in tgt_words for src, tgt in probe.alignment or []):
        raise ValueError("a link names a word that does not exist")
    return probe


def _arrays(snapshot: Snapshot) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "step": np.int64(snapshot.step),
        "bleu": np.float64(snapshot.bleu),
        "loss": np.float64(snapshot.loss),
        "entropy": snapshot.entropy,
        "probabilities": np.concatenate(snapshot.probabilities),
    }
    if snapshot.aer is not None:
        arrays["aer"] = snapshot.aer
    for kind in KINDS:
        matrices = [probe[kind] for probe in snapshot.attention]
        flat = [matrix.reshape(*matrix.shape[:2], -1) for matrix in matrices]
        arrays[kind] = np.concatenate(flat, axis=-1)
    return arrays


def _load(file: Path, step: int, probes: Sequence[Probe], like: Snapshot | None) -> Snapshot:
    """`like` is an earlier snapshot, whose model must have had the same layers and heads."""
    with _broken_named(file):
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as opened:
            arrays = dict(opened)
        by_kind = {kind: _matrices(arrays[kind], kind, probes) for kind in KINDS}
        snapshot = Snapshot(
            step=int(arrays["step"]),
            bleu=float(_finite(arrays["bleu"])),
            loss=float(_finite(arrays["loss"])),
            entropy=_numbers(arrays["entropy"]),
            aer=_numbers(arrays["aer"]) if "aer" in arrays else None,
            probabilities=_split(
                _numbers(arrays["probabilities"]), [len(one.writes) for one in probes]
            ),
            attention=[
                {kind: matrices[place] for kind, matrices in by_kind.items()}
                for place in range(len(probes))
            ],
        )
        if snapshot.step != step:
            raise ValueError(f"it belongs to step {snapshot.step}")
        if _shapes(snapshot) != _shapes(like or snapshot):
            raise ValueError("it belongs to another model than the earlier snapshots")
        return snapshot


def _numbers(array: NDArray[Any]) -> Array:
    return _finite(array).astype(np.float32, casting="same_kind")


def _finite(array: NDArray[Any]) -> NDArray[Any]:
    """Raises TypeError or ValueError for anything else."""
    if not np.isfinite(array).all():
        raise ValueError("it has numbers that are not finite")
    return array


def _shapes(snapshot: Snapshot) -> list[tuple[int, ...]]:
    """(layers, heads) of the decoder, of the encoder, and of the alignment errors, if any.

    Raises ValueError if arrays of the decoder differ.
    """
    shapes = {kind: array.shape[:2] for kind, array in snapshot.attention[0].items()}
    errors = [] if snapshot.aer is None else [snapshot.aer.shape]
    of_decoder = [shapes["cross_attn"], shapes["decoder_self_attn"], snapshot.entropy.shape]
    if len({*of_decoder, *errors}) > 1:
        raise ValueError("its arrays have different layers and heads")
    return [shapes["cross_attn"], shapes["encoder_self_attn"], *errors]


def _matrices(flat: Bytes, kind: Kind, probes: Sequence[Probe]) -> list[Bytes]:
    """(N, H, cells) -> of each probe (N, H, queries, memory)."""
    if flat.dtype != np.uint8 or flat.ndim != 3:
        raise TypeError(f"{kind} has {flat.ndim} axes of {flat.dtype}")
    sizes = [{"source": len(probe.source), "target": len(probe.writes)} for probe in probes]
    shapes = [tuple(size[side] for side in KINDS[kind]) for size in sizes]
    parts = _split(flat, [queries * memory for queries, memory in shapes])
    return [
        part.reshape(*flat.shape[:2], *shape) for part, shape in zip(parts, shapes, strict=True)
    ]


def _split(flat: NDArray[Any], sizes: Sequence[int]) -> list[NDArray[Any]]:
    """Along the last axis. Raises ValueError if that has another length."""
    if flat.shape[-1] != sum(sizes):
        raise ValueError(f"it has {flat.shape[-1]} numbers for the probes, not {sum(sizes)}")
    return np.split(flat, np.cumsum(sizes)[:-1], axis=-1)


@contextmanager
def _broken_named(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}") from None
    except (
        *(ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError),
        *(EOFError, zlib.error, zipfile.BadZipFile),
    ):
        raise RunError(
            f"{file} is broken or was not written by this program: move {file.parent} away, which "
            "leaves the run without a record of learning"
        ) from None
