"""The command `completion`: scripts for a shell to complete commands, options, files and runs.

shtab writes the scripts from the parsers; completions of an option's value follow from its metavar.
"""

import argparse
import importlib
import pkgutil
import re
from types import ModuleType

from translator.cli import options as options_of_commands
from translator.cli.parser import Namespace, Parser
from translator.cli.streams import write_line
from translator.compute.invocation import installing
from translator.errors import ConfigError

RUNS = {
    "bash": "_translator_run_dirs",
    "zsh": "_translator_run_dirs",
    "fish": "(_translator_run_dirs)",
    "preamble": {
        "bash": """\
_translator_run_dirs() {
  local file found=
  for file in runs/*/config.yaml; do
    file=${file%/config.yaml}
    [[ -d $file && $file == "$1"* ]] && printf '%s\\n' "$file" && found=1
  done
  [[ $found ]] || compgen -d -- "$1"
}""",
        "zsh": """\
_translator_run_dirs() {
  local -a runs=(runs/*/config.yaml(N:h))
  compadd -f -a runs || _files -/
}""",
        "fish": """\
function _translator_run_dirs
  set -l found
  for file in runs/*/config.yaml
    set -a found (string replace -r '/config.yaml$' '' -- $file)
  end
  string match -- (commandline -ct)'*' $found; or __fish_complete_directories
end""",
    },
}
"""The runs in the folder runs/ or, if none matches, folders, since runs can be anywhere."""
PLACES = re.compile("FILE|FOLDER|.*(source|monolingual_(src|tgt))$")
"""Metavars and names of options that take a file or a folder."""


def run(options: Namespace, prog: str) -> int:
    """Write a script for a shell."""
    write_line(import_shtab().complete(whole_parser(), options.shell))
    return 0


def import_shtab() -> ModuleType:
    """Raises ConfigError if it is not installed."""
    try:
        import shtab
    except ImportError:
        raise ConfigError(
            f"the package shtab is not installed: {installing('completion')}"
        ) from None
    return shtab


def whole_parser() -> argparse.ArgumentParser:
    """One parser for all commands, with the completion of each argument."""
    whole = argparse.ArgumentParser(prog="translator", description="Train, translate, inspect.")
    whole.add_argument("--version", action="version", help="Show the version and exit.")
    commands = whole.add_subparsers(parser_class=_parser_of)  # type: ignore[call-overload]
    for module in pkgutil.iter_modules(options_of_commands.__path__):
        if module.name != "common":
            parser = commands.add_parser(module.name, help=module.name)
            parser.description = _first_sentence(parser.description)
            for action in parser._actions:
                action.help = _first_sentence(action.help)
                _tell_completion(action)
    return whole


def _parser_of(*, prog: str, **_: object) -> Parser:
    """The parser of the command that `prog` ends with."""
    module = importlib.import_module(f"{options_of_commands.__name__}.{prog.split()[-1]}")
    parser: Parser = module.build_parser(prog)
    return parser


def _first_sentence(text: str | None) -> str:
    """The part of a text that a menu has room for."""
    return (text or "").split(". ")[0].rstrip(".")


def _tell_completion(action: argparse.Action) -> None:
    """Give an argument its choices or its completion; text and numbers have none."""
    written = action.metavar or action.dest.upper()
    metavar = written if isinstance(written, str) else written[0]
    if "|" in metavar:
        action.choices = metavar.split("|")
    elif metavar.startswith("RUN"):
        action.complete = RUNS  # type: ignore[attr-defined]
    elif PLACES.fullmatch(metavar) or PLACES.fullmatch(action.dest):
        action.complete = import_shtab().FILE  # type: ignore[attr-defined]
