"""Reports as pages: one HTML file each, which looks like the living page but has no model in it.

The same report gives the same bytes. Text goes in as JSON and is shown as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

import numpy as np

from translator.inspection.heads.report import HeadReport
from translator.inspection.page.document import document


def heads_html(report: HeadReport) -> str:
    """The page of what the heads of a run are worth."""
    return _html("heads", report)


def _html(kind: str, report: HeadReport) -> str:
    return document({"kind": kind, "report": _plain(report)}, "report", styles=["report"])


def _plain(value: object) -> object:
    """As JSON can hold it: numbers to 6 significant digits, None for what is no number."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, Mapping):
        return {name: _plain(of) for name, of in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
