"""Corpora and configs that come with the program, each with a name.

They are next to the package in a checkout, and inside it in an installed wheel.
"""

from pathlib import Path
from typing import Literal

Kind = Literal["configs", "data"]
PACKAGE = Path(__file__).parents[1]


def find_shipped(kind: Kind, name: str) -> Path | None:
    """The corpus or config of this name; None if there is none, or for a path."""
    return shipped(kind).get(name) if Path(name).name == name else None


def shipped(kind: Kind) -> dict[str, Path]:
    """By name: config files, or folders with a corpus."""
    inside = PACKAGE / "shipped" / kind
    folder = inside if inside.is_dir() else PACKAGE.parent / kind
    files = folder.glob("*.yaml") if kind == "configs" else folder.glob("*/train.jsonl")
    found = files if kind == "configs" else (file.parent for file in files)
    return {path.stem: path for path in sorted(found)}
