"""A config file: YAML, sections with settings, read as UTF-8 whatever the locale.

Each value is read like the value of the option on the command line, not by YAML's rules.
"""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from translator.cli.values import read_node
from translator.compute.shipped import find_shipped, shipped
from translator.config import Config
from translator.errors import ConfigError

LARGEST = 100_000
"""Bytes; a file with every setting has about 1,500."""

Settings = dict[str, dict[str, Any]]
"""The given settings, by section and field."""


@dataclass(frozen=True)
class ConfigFile:
    """The content of a file, checked field by field."""

    path: Path
    settings: Settings
    init_from: str | None = None
    """Present in the config.yaml of a run that began with the weights of another."""


def read_config_file(name: str) -> ConfigFile:
    """Raises ConfigError, with file and line, for a file that cannot be read and for unknown
    settings."""
    if not name.strip():
        raise ConfigError("--config is empty: give a file, or leave it out")
    file = name if os.path.exists(name) else str(find_shipped("configs", name) or name)
    root = _parse(_read_text(file), name)
    if root is None:
        raise ConfigError(f"{name} has no settings: add some, or leave out --config")
    hints = get_type_hints(Config)
    settings: Settings = {}
    init_from: str | None = None
    for section, key, node in _entries(root, name, "", [*hints, "init_from"]):
        if section == "init_from":
            init_from = read_node(f"{_place(key, name)}: init_from", str, node)
            continue
        fields = get_type_hints(hints[section], include_extras=True)
        settings[section] = {
            field: read_node(f"{_place(key, name)}: {section}.{field}", fields[field], node)
            for field, key, node in _entries(node, name, section, list(fields), key)
        }
    return ConfigFile(Path(name), settings, init_from)


def _read_text(name: str) -> str:
    try:
        with open(name, "rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        known = ", ".join(shipped("configs"))
        raise ConfigError(
            f"--config {name}: there is no such file; the configs that come with the program are "
            f"{known}"
        ) from None
    except OSError as error:
        raise ConfigError(f"--config {name} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise ConfigError(
            f"--config {name} has more than {LARGEST:,} bytes: it is not a config file"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{name}, line {line}: this is not UTF-8: save the file as UTF-8"
        ) from None


def _parse(text: str, name: str) -> yaml.Node | None:
    """The nodes of the document, each with its spelling and its line."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        where = f"{name}, line {error.problem_mark.line + 1}" if error.problem_mark else name
        raise ConfigError(f"{where}: this is not valid YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{name}, line {line}: this is not valid YAML: {error.reason}") from None
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply: write sections with settings") from None


def _entries(
    node: yaml.Node, name: str, section: str, known: list[str], at: yaml.Node | None = None
) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """The keys of a mapping, with their nodes and the nodes of their values. Raises ConfigError for
    unknown and duplicate keys."""
    if not isinstance(node, yaml.MappingNode) or not node.value:
        wanted = "settings, as in max_steps: 100" if section else f"sections: {', '.join(known)}"
        subject = section or "the file"
        raise ConfigError(f"{_place(at or node, name)}: {subject} must have {wanted}")
    entries: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        spelled = str(key.value) if isinstance(key, yaml.ScalarNode) else "a list"
        full = f"{section}.{spelled}" if section else spelled
        if spelled not in known:
            raise ConfigError(f"{_place(key, name)}: there is no setting {full}{_near(full)}")
        if spelled in entries:
            first = entries[spelled][1].start_mark.line + 1
            raise ConfigError(f"{_place(key, name)}: {full} is already set in line {first}")
        entries[spelled] = (spelled, key, value)
    return list(entries.values())


def _place(node: yaml.Node, name: str) -> str:
    return f"{name}, line {node.start_mark.line + 1}"


def _near(wrong: str) -> str:
    """A suggestion: the known setting most similar to `wrong`."""
    known = [
        f"{section}.{field}"
        for section, kind in get_type_hints(Config).items()
        for field in get_type_hints(kind)
    ]
    near = difflib.get_close_matches(wrong, [*get_type_hints(Config), *known], n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else ""
