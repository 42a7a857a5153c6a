"""The parser behind every command: jsonargparse's, whose refusals help."""

import difflib
import re
from typing import NoReturn

from jsonargparse import ArgumentParser

from translator.errors import ConfigError

_OPTIONAL = re.compile(
    r'Parser key "(\w+)": Does not validate against any of the Union subtypes Subtypes: '
    r"\[(.*), NoneType\] Errors: .* Given value: (.*)"
)
_REQUIRED = re.compile(r"the following arguments are required: (.*)")
_WORDS = {"int": "a whole number", "float": "a number"}


class Parser(ArgumentParser):
    """jsonargparse's, with errors as ConfigError that name the nearest right option."""

    def __init__(self, prog: str, description: str, usage: str) -> None:
        super().__init__(
            prog=prog, description=description, usage=f"{prog} {usage}", allow_abbrev=False
        )

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raises ConfigError, in one line."""
        line = " ".join(message.split()).replace("typing.", "")
        line = re.sub(r"<class '(\w+)'>", r"\1", line)
        line = _OPTIONAL.sub(_say_optional, line)
        line = _REQUIRED.sub(_say_required, line)
        raise ConfigError(f"{line}{self._suggestion(line)} (see {self.prog} --help)")

    def _suggestion(self, message: str) -> str:
        """Of all options the one that looks most like the refused one."""
        refused = re.search(
            r"unrecognized arguments: --([\w.]+)"
            r"|[Gg]roup '(\w+)' does not accept option '([\w.]+)'"
            r"|Option '([\w.]+)' is not accepted",
            message,
        )
        if refused is None:
            return ""
        wrong = ".".join(filter(None, refused.groups()))
        known = [action.dest for action in self._actions]
        near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.75)
        return f": did you mean {near[0]}?" if near else ""


def _say_required(refusal: re.Match[str]) -> str:
    names = [f"--{name}" for name in refusal[1].split(", ")]
    return f"{' and '.join(names)} must be given"


def _say_optional(refusal: re.Match[str]) -> str:
    """What jsonargparse says of an option that may be left out, as a person would."""
    name, kind, value = refusal.groups()
    choices = ", ".join(re.findall(r"'(\w+)'", kind))
    wanted = f"one of {choices}" if choices else _WORDS.get(kind, kind)
    return f"--{name} is {value}: it must be {wanted}"
