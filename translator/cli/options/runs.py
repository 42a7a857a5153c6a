"""Options of the command `runs`."""

from collections.abc import Sequence
from typing import Literal

from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError

Order = Literal["date", "name", "bleu", "steps", "parameters", "size"]


def build_parser(prog: str) -> Parser:
    """Of `translator runs`, called `prog`."""
    parser = Parser(
        prog,
        "List the runs of a folder: corpus, steps, cased BLEU, size, and whether each run is "
        "finished, interrupted, or in training. Runs that cannot be used are listed with the "
        "reason.",
        "[FOLDER] [--sort ORDER] [--json] | --delete RUN [RUN ...] [--yes]",
    )
    add = parser.add_argument
    add("folder", type=str, nargs="?", metavar="FOLDER", help="Where the runs are (runs).")
    add(
        "--sort",
        type=Order,
        default="date",
        help="Sort order (date); the newest, largest or best run comes last.",
    )
    add("--json", action="store_true", help="Print a JSON list, with BLEU signatures.")
    add(
        "--delete",
        type=str,
        nargs="+",
        metavar="RUN",
        help="Delete these run directories, after a confirmation. A run in training is kept.",
    )
    add("--yes", action="store_true", help="With --delete: do not ask.")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.delete and (options.json or options.folder):
        raise ConfigError("--delete does not list runs: leave FOLDER and --json out")
    if options.yes and not options.delete:
        raise ConfigError("--yes would have no effect: add --delete RUN")
    return options
