"""Inspections as files: NPZ for arrays, JSON for everything else that reads. Never pickle.

Both hold the same. `sentence` is the Inspection's fields that are no layers; arrays are named
`cross_attn.0.weights`: the attention, the layer, the field of AttentionLayer; `axes` says what
each axis of an array counts. In NPZ all but the arrays is one JSON text in UTF-8, the array
`json`; in JSON, `arrays` holds nested lists, each number as short as float32 allows.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.compute.files import write_atomically
from translator.errors import InspectionError
from translator.inspection.inspection import (
    KINDS,
    Alternative,
    AttentionLayer,
    Inspection,
    axes,
)

SCHEMA = "translator.inspection"
VERSION = 1

_SENTENCE = (
    *("text", "translation", "how"),
    *("source", "source_ids", "reads", "read_ids", "writes", "write_ids"),
    *("logprobs", "alternatives"),
)
_Arrays = dict[str, NDArray[Any]]


def save_inspection(inspection: Inspection, path: Path) -> None:
    """Write `path`, a .npz or .json, whole or not at all. Raises InspectionError for another."""
    _check_suffix(path)
    to_bytes = _to_npz if path.suffix == ".npz" else _to_json
    write_atomically(path, to_bytes(inspection))


def load_inspection(path: Path) -> Inspection:
    """Read what `save_inspection` wrote. Raises InspectionError if it cannot."""
    _check_suffix(path)
    from_bytes = _from_npz if path.suffix == ".npz" else _from_json
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InspectionError(f"{path} cannot be read: {error.strerror}") from None
    try:
        header, arrays = from_bytes(data)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:100]
        raise InspectionError(
            f"{path} is no inspection, or broken ({reason}): save it again"
        ) from None
    if not isinstance(header, dict) or header.get("schema") != SCHEMA:
        raise InspectionError(f"{path} is no inspection: give a file that this program saved")
    if header.get("version") != VERSION:
        raise InspectionError(
            f"{path} has version {header.get('version')} of the format, this program reads "
            f"{VERSION}: inspect the sentence again"
        )
    try:
        return _inspection(header["sentence"], arrays)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        reason = " ".join(str(error).split())[:100]
        raise InspectionError(
            f"{path} is incomplete ({reason}): inspect the sentence again"
        ) from None


def _header(inspection: Inspection) -> dict[str, Any]:
    """Everything but the arrays, as plain data."""
    sentence = {name: getattr(inspection, name) for name in _SENTENCE}
    sentence["logprobs"] = _short(inspection.logprobs)
    sentence["alternatives"] = [[list(best) for best in step] for step in inspection.alternatives]
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "sentence": sentence,
        "axes": {
            f"{kind}.{name}": list(axes(kind, name))
            for kind in KINDS
            for name in AttentionLayer.AXES
        },
    }


def _check_suffix(path: Path) -> None:
    if path.suffix not in (".npz", ".json"):
        raise InspectionError(f"{path} must end in .npz or .json: rename it")


def _arrays(inspection: Inspection) -> _Arrays:
    return {
        f"{kind}.{number}.{name}": getattr(layer, name)
        for kind in KINDS
        for number, layer in enumerate(getattr(inspection, kind))
        for name in AttentionLayer.AXES
    }


def _to_npz(inspection: Inspection) -> bytes:
    text = json.dumps(_header(inspection), ensure_ascii=False).encode()
    file = io.BytesIO()
    arrays: Any = {"json": np.frombuffer(text, dtype=np.uint8), **_arrays(inspection)}
    np.savez(file, **arrays)
    return file.getvalue()


def _to_json(inspection: Inspection) -> bytes:
    arrays = {name: _short(array) for name, array in _arrays(inspection).items()}
    return json.dumps({**_header(inspection), "arrays": arrays}, ensure_ascii=False).encode()


def _from_npz(data: bytes) -> tuple[Any, _Arrays]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    return json.loads(arrays.pop("json").tobytes()), arrays


def _from_json(data: bytes) -> tuple[Any, _Arrays]:
    content = json.loads(data)
    stored = content.pop("arrays", {}) if isinstance(content, dict) else {}
    arrays = {name: np.array(values) for name, values in stored.items()}
    return content, arrays


def _inspection(sentence: Mapping[str, Any], arrays: _Arrays) -> Inspection:
    """Raises ValueError or KeyError where something is missing or has another shape."""
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


def _layer(kind: Any, number: int, arrays: _Arrays, sizes: dict[str, int]) -> AttentionLayer:
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


def _short(array: NDArray[Any]) -> Any:
    """Nested lists of numbers, each with no more digits than float32 needs to come back equal."""
    if array.dtype == np.bool_:
        return array.tolist()
    numbers = np.array([float(str(number)) for number in array.ravel()])
    return numbers.reshape(array.shape).tolist()
