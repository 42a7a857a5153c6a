"""Reports of heads, and comparisons of two runs, as JSON.

A file has the fields of `HeadReport` or `HeadComparison` as they are, arrays as nested lists.
Numbers have 6 significant digits. The mean of nothing, which is not a number, is null.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from translator.compute.files import write_atomically
from translator.errors import InspectionError
from translator.inspection.alignment import Reader
from translator.inspection.heads.comparison import HeadComparison
from translator.inspection.heads.report import (
    Alignment,
    Contributions,
    Explained,
    Head,
    HeadReport,
    Pruned,
    Way,
)

SCHEMA = "translator.heads"
COMPARISON_SCHEMA = "translator.heads.comparison"
VERSION = 1

_ARRAYS = ("zeroed", "uniform", "bleu_without", "layer_zeroed", "layer_bleu_without")


def save_report(report: HeadReport | HeadComparison, path: Path) -> None:
    """Write `path`, whole or not at all."""
    schema = SCHEMA if isinstance(report, HeadReport) else COMPARISON_SCHEMA
    content = {"schema": schema, "version": VERSION, **as_json(report)}
    write_atomically(path, f"{json.dumps(content, ensure_ascii=False)}\n".encode())


def load_report(path: Path) -> HeadReport:
    """Read the report of one run that `save_report` wrote. Raises InspectionError if it cannot."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InspectionError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InspectionError(
            f"{path} is not a report of heads: give a file that translator heads --json wrote"
        )
    if content.get("version") != VERSION:
        raise InspectionError(
            f"{path} has version {content.get('version')} of the format, but this program reads "
            f"{VERSION}: write it again with translator heads --json"
        )
    try:
        return _report(content)
    except (ValueError, KeyError, TypeError) as error:
        raise InspectionError(
            f"{path} is incomplete ({error!r}): write it again with translator heads --json"
        ) from None


def as_json(report: HeadReport | HeadComparison) -> dict[str, Any]:
    """What JSON can hold."""
    plain: dict[str, Any] = _plain(report)
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value


def _report(content: Mapping[str, Any]) -> HeadReport:
    """Raises ValueError, KeyError or TypeError where something is missing or of another kind."""
    given = {name: value for name, value in content.items() if name not in ("schema", "version")}
    alignment, explained = content["alignment"], content["explained"]
    return HeadReport(
        **_with_arrays(given, _ARRAYS)
        | {
            "pattern": _with_arrays(content["pattern"], content["pattern"]),
            "pruning": [_pruned(**point) for point in content["pruning"]],
            "alignment": None if alignment is None else _alignment(alignment),
            "contributions": _contributions(content["contributions"]),
            "explained": explained and {view: _explained(of) for view, of in explained.items()},
        }
    )


def _pruned(removed: Sequence[int] | None, bleu: float, lost: float) -> Pruned:
    return Pruned(None if removed is None else _head(removed), bleu, lost)


def _alignment(content: Mapping[str, Any]) -> Alignment:
    return Alignment(
        **_with_arrays(content, ["by_weights", "by_norms"])
        | {
            "chosen": Reader(**content["chosen"]),
            "best_head": _head(content["best_head"]),
            "ways": [
                Way(**way | {"best_head": _head(way["best_head"])}) for way in content["ways"]
            ],
        }
    )


def _contributions(content: Mapping[str, Any]) -> Contributions:
    parts = content["part_logit"]
    return Contributions(
        **_with_arrays(content, ["source_share", "head_logit"])
        | {"part_logit": _with_arrays(parts, parts)}
    )


def _explained(content: Mapping[str, Any]) -> Explained:
    given = [name for name, numbers in content.items() if numbers is not None]
    return Explained(**_with_arrays(content, given))


def _head(place: Sequence[int]) -> Head:
    layer, head = place
    return layer, head


def _with_arrays(content: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """`content`, but the lists of these names are arrays."""
    return {**content, **{name: np.array(content[name], dtype=np.float32) for name in names}}
