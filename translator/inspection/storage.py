"""Inspections as files, NPZ or JSON (see `array_file.py`).

`sentence` holds the Inspection's fields other than layers; arrays are named `cross_attn.0.weights`:
the attention, the layer, the field of AttentionLayer; `axes` says what each axis of an array
counts.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from translator.inspection.array_file import Arrays, Format, load_arrays, save_arrays, short
from translator.inspection.inspection import (
    KINDS,
    Alternative,
    AttentionLayer,
    Inspection,
    axes,
)

FORMAT = Format(
    schema="translator.inspection",
    version=1,
    what="an inspection",
    again="inspect the sentence again",
)

_SENTENCE = (
    *("text", "translation", "how"),
    *("source", "source_ids", "reads", "read_ids", "writes", "write_ids"),
    *("logprobs", "alternatives"),
)


def save_inspection(inspection: Inspection, path: Path) -> None:
    """Write `path`, a .npz or .json file, atomically. Raises InspectionError for other names."""
    save_arrays(path, FORMAT, _header(inspection), _arrays(inspection))


def load_inspection(path: Path) -> Inspection:
    """Read what `save_inspection` wrote. Raises InspectionError if it cannot."""
    return load_arrays(path, FORMAT, lambda header, arrays: _inspection(header["sentence"], arrays))


def _header(inspection: Inspection) -> dict[str, Any]:
    """Everything but the arrays, as plain data."""
    sentence = {name: getattr(inspection, name) for name in _SENTENCE}
    sentence["logprobs"] = short(inspection.logprobs)
    sentence["alternatives"] = [[list(best) for best in step] for step in inspection.alternatives]
    return {
        "sentence": sentence,
        "axes": {
            f"{kind}.{name}": list(axes(kind, name))
            for kind in KINDS
            for name in AttentionLayer.AXES
        },
    }


def _arrays(inspection: Inspection) -> Arrays:
    return {
        f"{kind}.{number}.{name}": getattr(layer, name)
        for kind in KINDS
        for number, layer in enumerate(getattr(inspection, kind))
        for name in AttentionLayer.AXES
    }


def _inspection(sentence: Mapping[str, Any], arrays: Arrays) -> Inspection:
    """Raises ValueError or KeyError if something is missing or has another shape."""
    fields = {name: sentence[name] for name in _SENTENCE}
    fields["logprobs"] = np.array(fields["logprobs"], dtype=np.float32)
    fields["alternatives"] = [
        [Alternative(*best) for best in step] for step in fields["alternatives"]
    ]
    num_source, num_steps = len(fields["source"]), len(fields["writes"])
    for name in ("reads", "read_ids", "write_ids", "logprobs", "alternatives"):
        if len(fields[name]) != num_steps:
            raise ValueError(
                f"{name} has {len(fields[name])} decoding steps, writes has {num_steps}"
            )
    if len(fields["source_ids"]) != num_source:
        raise ValueError(f"there are {len(fields['source_ids'])} source_ids, {num_source} pieces")
    sizes = {"source": num_source, "target": num_steps}
    for kind in KINDS:
        layers = {name.split(".")[1] for name in arrays if name.startswith(f"{kind}.")}
        fields[kind] = [_layer(kind, number, arrays, sizes) for number in range(len(layers))]
        if not fields[kind]:
            raise ValueError(f"there is no layer of {kind}")
    return Inspection(**fields)


def _layer(kind: Any, number: int, arrays: Arrays, sizes: dict[str, int]) -> AttentionLayer:
    fields = {}
    for name in AttentionLayer.AXES:
        array = arrays[f"{kind}.{number}.{name}"]
        sizes_here = dict(zip(axes(kind, name), array.shape, strict=True))
        for axis, size in sizes_here.items():
            if sizes.setdefault(axis, size) != size:
                raise ValueError(
                    f"{kind}.{number}.{name} has {size} along {axis}, not {sizes[axis]}"
                )
        fields[name] = array.astype(bool if name == "mask" else np.float32)
    return AttentionLayer(**fields)
