"""A record of learning as one file, NPZ or JSON (see `array_file.py`).

`run`, `num_sentences`, `bleu_signature` and `probes` are what `Learning` and `Probe` say; `whole`
is what a weight of 1 is stored as. The arrays, whose axes `axes` names:

    step, bleu, loss                     (snapshot,)
    entropy, aer                         (snapshot, layer, head); no aer where there is no gold
    probe.0.probabilities                (snapshot, target)
    probe.0.cross_attn                   (snapshot, layer, head, target, source)
    probe.0.decoder_self_attn            (snapshot, layer, head, target, target)
    probe.0.encoder_self_attn            (snapshot, encoder_layer, head, source, source)

`probe.0.` belongs to the first of `probes`; its weights are whole numbers from 0 to `whole`. Layers
and heads count from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from translator.inspection.array_file import Arrays, Format, load_arrays, save_arrays
from translator.inspection.inspection import KINDS
from translator.inspection.learning import WHOLE, Learning, Probe, Snapshot

FORMAT = Format(
    schema="translator.learning",
    version=1,
    what="a record of learning",
    again="write it again with `inspect --learning`",
)
AXES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("step", "bleu", "loss"), ("snapshot",)),
    **dict.fromkeys(("entropy", "aer"), ("snapshot", "layer", "head")),
    "probabilities": ("snapshot", "target"),
    "encoder_self_attn": ("snapshot", "encoder_layer", "head", "source", "source"),
    "decoder_self_attn": ("snapshot", "layer", "head", "target", "target"),
    "cross_attn": ("snapshot", "layer", "head", "target", "source"),
}
"""What the axes of an array count; those of each probe go by the last part of their names."""

_DTYPES: Mapping[str, DTypeLike] = {
    **{"step": np.int64, "bleu": np.float64, "loss": np.float64},
    **dict.fromkeys(("entropy", "aer", "probabilities"), np.float32),
    **dict.fromkeys(KINDS, np.uint8),
}


def save_learning(learning: Learning, path: Path) -> None:
    """Write `path`, a .npz or .json file, atomically. Raises InspectionError for other names."""
    header = {
        "run": learning.name,
        "num_sentences": learning.num_sentences,
        "bleu_signature": learning.bleu_signature,
        "whole": WHOLE,
        "probes": [asdict(probe) for probe in learning.probes],
        "axes": AXES,
    }
    save_arrays(path, FORMAT, header, _arrays(learning))


def load_learning(path: Path) -> Learning:
    """Read what `save_learning` wrote. Raises InspectionError if it cannot."""
    return load_arrays(path, FORMAT, _learning)


def _arrays(learning: Learning) -> Arrays:
    snapshots = learning.snapshots
    names = ["step", "bleu", "loss", "entropy"]
    if snapshots[0].aer is not None:
        names.append("aer")
    arrays = {
        name: np.array([getattr(snapshot, name) for snapshot in snapshots], dtype=_DTYPES[name])
        for name in names
    }
    for number in range(len(learning.probes)):
        prefix = f"probe.{number}"
        arrays[f"{prefix}.probabilities"] = np.stack(
            [snapshot.probabilities[number] for snapshot in snapshots]
        )
        for kind in KINDS:
            arrays[f"{prefix}.{kind}"] = np.stack(
                [snapshot.attention[number][kind] for snapshot in snapshots]
            )
    return arrays


def _learning(header: Mapping[str, Any], arrays: Arrays) -> Learning:
    """Raises ValueError or KeyError if something is missing or has another shape."""
    if header["whole"] != WHOLE:
        raise ValueError(f"whole is {header['whole']}, not {WHOLE}")
    probes = [_probe(fields) for fields in header["probes"]]
    sizes = {"snapshot": len(arrays["step"])}
    measured = _group("", ("step", "bleu", "loss", "entropy"), arrays, sizes)
    aer = _group("", ("aer",), arrays, sizes)["aer"] if "aer" in arrays else None
    seen = [_of_probe(number, probe, arrays, sizes) for number, probe in enumerate(probes)]
    snapshots = [
        Snapshot(
            step=int(measured["step"][at]),
            bleu=float(measured["bleu"][at]),
            loss=float(measured["loss"][at]),
            entropy=measured["entropy"][at],
            aer=None if aer is None else aer[at],
            probabilities=[one["probabilities"][at] for one in seen],
            attention=[{kind: one[kind][at] for kind in KINDS} for one in seen],
        )
        for at in range(sizes["snapshot"])
    ]
    return Learning(
        name=header["run"],
        probes=probes,
        snapshots=snapshots,
        num_sentences=header["num_sentences"],
        bleu_signature=header["bleu_signature"],
    )


def _probe(fields: Mapping[str, Any]) -> Probe:
    links = fields["alignment"]
    alignment = None if links is None else [(int(src), int(tgt)) for src, tgt in links]
    return Probe(**{**fields, "alignment": alignment})


def _of_probe(
    number: int, probe: Probe, arrays: Arrays, sizes: Mapping[str, int]
) -> dict[str, NDArray[Any]]:
    own = {**sizes, "source": len(probe.source), "target": len(probe.writes)}
    return _group(f"probe.{number}.", ("probabilities", *KINDS), arrays, own)


def _group(
    prefix: str, names: Sequence[str], arrays: Arrays, sizes: dict[str, int]
) -> dict[str, NDArray[Any]]:
    """Arrays whose axes have the same sizes wherever they have the same name."""
    for name in names:
        shape = dict(zip(AXES[name], arrays[f"{prefix}{name}"].shape, strict=True))
        for axis, size in shape.items():
            if sizes.setdefault(axis, size) != size:
                raise ValueError(f"{prefix}{name} has {size} along {axis}, not {sizes[axis]}")
    return {name: arrays[f"{prefix}{name}"].astype(_DTYPES[name]) for name in names}
