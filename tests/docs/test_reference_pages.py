"""docs/commands.md and docs/settings.md say what the parsers say; their examples are accepted."""

import importlib
import re
import shlex
from pathlib import Path

import pytest
import yaml
from reference import commands, settings

from translator.cli.main import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = yaml.safe_load((DOCS / "_generate/commands.yaml").read_text(encoding="utf-8"))[
    "examples"
]
LINES = [example["command"] for examples in EXAMPLES.values() for example in examples]


def test_the_pages_are_those_of_todays_parsers() -> None:
    again = "python docs/_generate/reference.py writes them anew"

    assert (DOCS / "commands.md").read_text(encoding="utf-8") == commands(), again
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings(), again


def test_every_command_has_examples() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("translator ")])
def test_an_example_is_a_command_that_is_accepted(line: str) -> None:
    _, name, *argv = shlex.split(re.sub(r" [<>] \S+", "", line))

    importlib.import_module(f"translator.cli.options.{name}").read(argv, f"translator {name}")
