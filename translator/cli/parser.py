"""The parser of every command: argparse with typed values and helpful errors."""

import argparse
import difflib
import inspect
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NoReturn, get_args, get_origin

from translator import __version__
from translator.cli.streams import flush, write_line
from translator.cli.values import read_value
from translator.errors import ConfigError

_REQUIRED = re.compile(r"the following arguments are required: (.*)")


class Namespace(argparse.Namespace):
    """argparse's namespace; `options["beam_size"]` is `options.beam_size`."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


class Parser(argparse.ArgumentParser):
    """argparse's parser, which raises ConfigError and suggests the most similar option."""

    def __init__(self, prog: str, description: str, usage: str) -> None:
        super().__init__(
            prog=prog, description=description, usage=f"{prog} {usage}", allow_abbrev=False
        )
        self.add_argument(
            "--version",
            action="version",
            version=f"translator {__version__}",
            help="Show the version of this program and exit.",
        )

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """argparse's method, but `type` may be a type hint, as in config.py. Without a `type`,
        empty text is allowed."""
        return super().add_argument(*names, **typed(names[0], settings))

    def print_help(self, file: object = None) -> None:
        """argparse's method, but output that cannot be written is an error."""
        write_line(self.format_help().rstrip())
        flush()

    def read(self, argv: Sequence[str]) -> Namespace:
        """The options typed. Raises ConfigError for unknown options and wrong values."""
        return self.parse_args(argv, Namespace())

    def error(self, message: str) -> NoReturn:
        """Raises ConfigError, in one line."""
        line = _REQUIRED.sub(_say_required, " ".join(message.split()))
        raise ConfigError(f"{line}{self._suggestion(line)} (see {self.prog} --help)")

    def _suggestion(self, message: str) -> str:
        """A suggestion: the option most similar to the refused one."""
        refused = re.search(r"unrecognized arguments: --([\w.]+)", message)
        if refused is None:
            return ""
        known = [action.dest for action in self._actions]
        near = difflib.get_close_matches(refused[1], known, n=1, cutoff=0.75)
        return f": did you mean {near[0]}?" if near else ""


def typed(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """`settings` of an argument, with the hint in `type` replaced by a function that reads the
    value."""
    hint = settings.get("type")
    if hint is None or inspect.isfunction(hint):
        return settings
    kind = get_args(hint)[0] if get_args(hint) and get_origin(hint) is not Literal else hint
    metavars = {int: "N", float: "X", bool: "true|false"}
    if get_origin(hint) is Literal:
        settings = {"metavar": "|".join(get_args(hint)), **settings}
    elif kind in metavars:
        settings = {"metavar": metavars[kind], **settings}
    return {**settings, "type": partial(read_value, name, hint)}


def _say_required(refusal: re.Match[str]) -> str:
    return f"{' and '.join(refusal[1].split(', '))} must be given"
