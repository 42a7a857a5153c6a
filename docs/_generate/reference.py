"""Writes docs/commands.md and docs/settings.md from the parsers and from config.py.

    python docs/_generate/reference.py

Prose and examples are in commands.yaml and settings.template.md beside this file.
"""

import argparse
import dataclasses
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml

from translator.cli.main import COMMANDS
from translator.cli.options.train import SECTIONS, field_docs
from translator.rules import LINE, in_words

HERE = Path(__file__).parent
DOCS = HERE.parent


def main() -> None:
    (DOCS / "commands.md").write_text(commands(), encoding="utf-8")
    (DOCS / "settings.md").write_text(settings(), encoding="utf-8")


def commands() -> str:
    """Every command: what it does, examples, options."""
    text = yaml.safe_load((HERE / "commands.yaml").read_text(encoding="utf-8"))
    parts = [text["intro"].rstrip()]
    for name in COMMANDS:
        parser = importlib.import_module(f"translator.cli.options.{name}").build_parser(
            f"translator {name}"
        )
        parts += [f"## {name}", _escaped(" ".join(parser.description.split()))]
        parts += [_example(example) for example in text["examples"][name]]
        if rows := [_option(action) for action in parser._actions if _is_shown(action)]:
            parts.append("\n".join(["| option | what it does |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _is_shown(action: argparse.Action) -> bool:
    """Settings of a training have a page of their own."""
    return action.dest != "help" and "." not in action.dest


def _example(example: dict[str, str]) -> str:
    lines = "\n".join(f"    {line}" for line in example["command"].strip().split("\n"))
    return f"{lines}\n\n{example['what'].strip()}" if "what" in example else lines


def _option(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings) or action.metavar or action.dest
    values = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar or ())
    if action.option_strings and action.nargs != 0:
        names = f"{names} {values or action.dest.upper()}"
    return f"| `{_cell(str(names))}` | {_escaped(_cell(action.help or ''))} |"


def settings() -> str:
    """Every setting of a training, by section."""
    template = (HERE / "settings.template.md").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: _section(found[1]), template)


def _section(name: str) -> str:
    rows = ["| setting | default | values | what it does |", "|---|---|---|---|", *_fields(name)]
    return "\n".join(rows)


def _fields(name: str) -> Iterator[str]:
    section: type = SECTIONS[name]
    hints, docs = get_type_hints(section, include_extras=True), field_docs()[section.__name__]
    for field in dataclasses.fields(section):
        hint: Any = hints[field.name]
        default = json.dumps(field.default).strip('"')
        allowed = "text" if LINE in get_args(hint) else in_words(hint)
        what = _escaped(_cell(docs[field.name]))
        yield f"| `{name}.{field.name}` | `{default}` | {_cell(allowed)} | {what} |"


def _cell(text: str) -> str:
    """In one line; a bar would end the cell."""
    return " ".join(text.split()).replace("%%", "%").replace("|", "\\|")


def _escaped(text: str) -> str:
    """What Markdown would take for a tag of HTML."""
    return re.sub(r"<(\w+)>", r"`<\1>`", text)


if __name__ == "__main__":
    main()
