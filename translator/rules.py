"""The values that settings may have, checked when they are made, and in words for messages."""

import dataclasses
import re
import unicodedata
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from translator.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Rule:
    """The values that a setting may have, as a test and in words."""

    holds: Callable[[Any], bool]
    words: str
    """What follows "it must be"."""


def between(low: float, high: float, why: str = "") -> Rule:
    """Both ends included. The upper end is far above what anybody trains: it catches a typing error
    before that takes all memory, or days."""
    return Rule(lambda value: low <= value <= high, f"from {low:,} to {high:,}{why}")


def is_line(value: object) -> bool:
    """Whether a text is not blank and has nothing that would break a line, a file name or UTF-8.
    Values other than text pass: their type is checked before."""
    if not isinstance(value, str):
        return True
    broken = {"Cc", "Cs", "Zl", "Zp"}  # control characters, surrogates, line separators
    return bool(value.strip()) and not broken & set(map(unicodedata.category, value))


LINE = Rule(is_line, "one line of UTF-8 text that is not blank")
# Eight digits, as in the names of checkpoints.
COUNT = between(1, 99_999_999)
COUNT_OR_0 = between(0, 99_999_999)
SEED = between(0, 2**64 - 1)
IN_256THS = Rule(
    lambda value: value == 0 or 0.002 <= value <= 0.998,
    "0 or from 0.002 to 0.998, rounded to a 256th",
)
BELOW_1 = Rule(lambda value: 0 <= value < 1, "at least 0 and below 1")
LEARNING_RATE = Rule(lambda value: 0 < value <= 1000, "above 0 and at most 1,000")
LENGTH_RATIO = Rule(lambda value: value == 0 or 1 <= value <= 1000, "0 or from 1 to 1,000")
LENGTH_PENALTY = between(-10, 10, " (0 is off)")
WEIGHT = between(0.01, 1000)
TAG = Rule(
    lambda value: (
        value is None or (isinstance(value, str) and re.fullmatch("[!-~]+", value) is not None)
    ),
    "one word of ASCII characters",
)
VOCAB_SIZE = between(300, 1_000_000, ": 4 special ids, 256 bytes, and some letters")


def check(settings: object, prefix: str = "") -> None:
    """Raises ConfigError for a field of `settings` with a value that its type does not allow;
    `prefix` is the section. Python does not enforce annotations, and callers may pass anything."""
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        check_value(f"{prefix}{name}", getattr(settings, name), hint)


def check_value(name: str, value: Any, hint: Any) -> None:
    """Raises ConfigError, with `name`, for a value that `hint`, a type or a type with a Rule,
    forbids."""
    kind, *rules = get_args(hint) if get_origin(hint) is Annotated else [hint]
    if not _fits(value, kind):
        raise ConfigError(f"{name} is {shown(value)}: it must be {in_words(kind)}")
    for rule in rules:
        if not rule.holds(value):
            raise ConfigError(f"{name} is {shown(value)}: it must be {rule.words}")


def in_words(hint: Any) -> str:
    """The values that `hint` allows: what follows "it must be"."""
    origin, options = get_origin(hint), get_args(hint)
    if origin is Annotated:
        _, rule = options
        return str(rule.words)
    if origin is Literal:
        return f"one of {', '.join(options)}"
    if origin is UnionType:
        return ", or ".join(map(in_words, options))
    if origin is tuple:
        return "a list of texts and mappings such as {source: A, weight: 2}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return {**words, NoneType: "null"}.get(hint, f"a {hint.__name__}")


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_fits(value, option) for option in get_args(hint))
    if get_origin(hint) is tuple:
        return type(value) is tuple and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is float:  # a whole number is a number, but True is not
        return type(value) in (int, float)
    return type(value) is hint


def shown(value: object) -> str:
    """In one short line."""
    try:
        line = " ".join(repr(value).split())
    except ValueError:  # Python refuses to write a whole number of thousands of digits
        return "a number of thousands of digits"
    return line if len(line) <= 80 else f"{line[:77]}..."


def require(holds: bool, name: str, value: object, rule: str) -> None:
    """Raises ConfigError, with the rule in words, if the rule does not hold."""
    if not holds:
        raise ConfigError(f"{name} is {value}: it {rule}")
