"""The architecture page lists the layers that import-linter holds."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def test_the_page_lists_the_layers_that_import_linter_holds_highest_first() -> None:
    page = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")

    assert layers_under("## Layers", page) == enforced_layers()


def layers_under(heading: str, page: str) -> list[str]:
    """The lines of the fenced block that follows `heading`, without their descriptions."""
    _, section = page.split(f"\n{heading}\n")
    _, block, *_ = section.split("\n## ")[0].split("```")
    return [re.split(r" {2,}", line)[0] for line in block.strip().splitlines()]


def enforced_layers() -> list[str]:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each["name"] == "imports point down"]
    return layers
