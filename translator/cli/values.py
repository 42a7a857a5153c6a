"""What stands on the command line or in a config file, as the value that a setting wants.

A value is never guessed from its spelling: text stays as it is written, `null` and `no` and 0123
included, where text is wanted.
"""

from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from translator.config import check_value
from translator.errors import ConfigError

SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_value(name: str, hint: Any, text: str, *, quoted: bool = False) -> Any:
    """The value that `text` spells, for an option or a field that is typed `hint`.

    Where null is allowed, the word null is it, unless it is `quoted`. Raises ConfigError, which
    names `name`, for what is no such value or out of its range.
    """
    if not text.strip():
        raise ConfigError(f"{name} is empty: give a value, or leave it out")
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if text == "null" and not quoted and NoneType in get_args(kind):
        return None
    value = _convert(text, kind)
    check_value(name, value, hint)
    return value


def _convert(text: str, kind: Any) -> Any:
    """Where it spells no such value, the text itself: that is refused with the value in it."""
    if kind is bool:
        return SWITCHES.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text
