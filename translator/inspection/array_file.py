"""Arrays and plain data in one file: NPZ for NumPy, JSON for everything else that reads.

Both hold the same data. In NPZ, everything but the arrays is one JSON text in UTF-8, the array
`json`; in JSON, `arrays` holds nested lists, each number as short as its precision allows. Pickle
is never used.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from translator.compute.files import write_atomically
from translator.errors import InspectionError

Arrays = Mapping[str, NDArray[Any]]
_Content = TypeVar("_Content")


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format: its header, and its names in messages."""

    schema: str
    version: int
    what: str
    """What a file holds: "an inspection"."""
    again: str
    """How to make another: "inspect the sentence again"."""


def save_arrays(path: Path, form: Format, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write `path`, a .npz or .json file, atomically. Raises InspectionError for other names."""
    _check_suffix(path)
    to_bytes = _to_npz if path.suffix == ".npz" else _to_json
    whole = {"schema": form.schema, "version": form.version, **header}
    write_atomically(path, to_bytes(whole, arrays))


def load_arrays(
    path: Path, form: Format, build: Callable[[Mapping[str, Any], Arrays], _Content]
) -> _Content:
    """The object that `build` makes from a header and arrays; `build` may raise errors of wrong
    values.

    Raises InspectionError for any other or an incomplete file.
    """
    _check_suffix(path)
    from_bytes = _from_npz if path.suffix == ".npz" else _from_json
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InspectionError(f"{path} cannot be read: {error.strerror}") from None
    try:
        header, arrays = from_bytes(data)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise InspectionError(
            f"{path} is not {form.what}, or is damaged ({_reason(error)}): save it again"
        ) from None
    if not isinstance(header, dict) or header.get("schema") != form.schema:
        raise InspectionError(f"{path} is not {form.what}: give a file that this program saved")
    if header.get("version") != form.version:
        raise InspectionError(
            f"{path} has version {header.get('version')} of the format, but this program reads "
            f"{form.version}: {form.again}"
        )
    try:
        return build(header, arrays)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InspectionError(f"{path} is incomplete ({_reason(error)}): {form.again}") from None


def short(array: NDArray[Any]) -> Any:
    """Nested lists of numbers, each with the fewest digits that read back as an equal number."""
    if array.dtype.kind in "bui":
        return array.tolist()
    numbers = np.array([float(str(number)) for number in array.ravel()])
    return numbers.reshape(array.shape).tolist()


def _check_suffix(path: Path) -> None:
    if path.suffix not in (".npz", ".json"):
        raise InspectionError(f"{path} must end in .npz or .json: rename it")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:100]


def _to_npz(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    text = json.dumps(header, ensure_ascii=False).encode()
    file = io.BytesIO()
    everything: Any = {"json": np.frombuffer(text, dtype=np.uint8), **arrays}
    np.savez(file, **everything)
    return file.getvalue()


def _to_json(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    lists = {name: short(array) for name, array in arrays.items()}
    return json.dumps({**header, "arrays": lists}, ensure_ascii=False).encode()


def _from_npz(data: bytes) -> tuple[Any, Arrays]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    return json.loads(arrays.pop("json").tobytes()), arrays


def _from_json(data: bytes) -> tuple[Any, Arrays]:
    content = json.loads(data)
    stored = content.pop("arrays", {}) if isinstance(content, dict) else {}
    return content, {name: np.array(values) for name, values in stored.items()}
