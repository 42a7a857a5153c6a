"""What comes with the program besides code: corpora and configs, each with a name.

They lie beside the package in a checkout, and inside it where it was installed from a wheel.
"""

from pathlib import Path
from typing import Literal

Kind = Literal["configs", "data"]
PACKAGE = Path(__file__).parents[1]


def find_shipped(kind: Kind, name: str) -> Path | None:
    """What comes under this name, None for nothing, and for what is a path and no name."""
    return shipped(kind).get(name) if Path(name).name == name else None


def shipped(kind: Kind) -> dict[str, Path]:
    """By name: config files, or folders with a corpus."""
    inside = PACKAGE / "shipped" / kind
    folder = inside if inside.is_dir() else PACKAGE.parent / kind
    files = folder.glob("*.yaml") if kind == "configs" else folder.glob("*/train.jsonl")
    found = files if kind == "configs" else (file.parent for file in files)
    return {path.stem: path for path in sorted(found)}
