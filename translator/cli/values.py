"""Values from the command line or a config file, converted to the types of settings.

Types are never guessed from the spelling: a text setting takes any text unchanged, including
`null`, `no` and 0123. `[` begins a list only if the setting allows one.
"""

import re
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import yaml

from translator.config import Source, read_sources
from translator.errors import ConfigError
from translator.rules import check_value

SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_POWER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?[eE]\+?\d{1,2}", re.ASCII)
"""How a large number may be spelled: 1e3, 2.5e6."""


def read_value(name: str, hint: Any, text: str, *, quoted: bool = False) -> Any:
    """The value that `text` spells, for an option or a field that is typed `hint`.

    If null is allowed, the word null means null, and if a list is allowed, `[` begins a list,
    unless `text` is `quoted`. Raises ConfigError, with `name`, for a value of the wrong type or out
    of range.
    """
    if not text.strip():
        raise ConfigError(f"{name} is empty: give a value, or leave it out")
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if not quoted and text == "null" and NoneType in get_args(kind):
        return None
    if not quoted and text.lstrip().startswith("[") and _takes_list(kind):
        return read_node(name, hint, _parse_list(name, text))
    value = _convert(text, kind)
    check_value(name, value, hint)
    return value


def read_node(name: str, hint: Any, node: yaml.Node) -> Any:
    """The value of a YAML node, for a field that is typed `hint`. Raises ConfigError."""
    if isinstance(node, yaml.ScalarNode):
        return read_value(name, hint, node.value, quoted=node.style is not None)
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if not _takes_list(kind):
        raise ConfigError(f"{name} is a list or a section: give one value")
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError(f"{name} is a section: give text, or a list")
    entries = [
        _read_entry(f"{name}, entry {number}", each) for number, each in enumerate(node.value, 1)
    ]
    return read_sources(name, entries)


def _takes_list(kind: Any) -> bool:
    return get_origin(kind) is UnionType and any(get_origin(one) is tuple for one in get_args(kind))


def _parse_list(name: str, text: str) -> yaml.Node:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        node = None
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError(
            f"{name} begins like a list but is not a list: write one as [A, {{source: B, weight: "
            f"2}}], or ./ before a name that begins with a bracket"
        )
    return node


def _read_entry(name: str, node: yaml.Node) -> object:
    """A text, or a mapping with values of their types; `read_sources` checks the rest."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        raise ConfigError(f"{name} is a list: give text, or a mapping of source and weight")
    hints = get_type_hints(Source, include_extras=True)
    values: dict[str, object] = {}
    for key, value in node.value:
        spelled = str(key.value) if isinstance(key, yaml.ScalarNode) else "a list"
        if spelled in values:
            raise ConfigError(f"{name} has {spelled} twice: give it once")
        hint = hints.get(spelled)
        values[spelled] = read_node(f"{name}: {spelled}", hint, value) if hint else value
    return values


def _convert(text: str, kind: Any) -> Any:
    """The converted value, or, if the conversion fails, the text itself, which is then refused and
    quoted."""
    if kind is bool:
        return SWITCHES.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return _whole_number(text) if kind is int else text
    return text


def _whole_number(text: str) -> int | str:
    """1000 for 1e3, exactly; the text itself if it does not spell a whole number."""
    if _POWER.fullmatch(text.strip()) is None:
        return text
    number = Decimal(text.strip())
    return int(number) if number == number.to_integral_value() else text
