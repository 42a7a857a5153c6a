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
        "List the runs of a folder: what they were trained on, how far, their cased BLEU, how "
        "large they are, and whether they are finished, interrupted, or in training now. What "
        "cannot be used is listed with the reason.",
        "[FOLDER] [--sort ORDER] [--json] | --delete RUN [RUN ...] [--yes]",
    )
    add = parser.add_argument
    add("folder", type=str, nargs="?", metavar="FOLDER", help="Where the runs are (runs).")
    add(
        "--sort",
        type=Order,
        default="date",
        help="The last line has the newest (by default), the largest or the best.",
    )
    add("--json", action="store_true", help="Print a list of objects, with signatures of BLEU.")
    add(
        "--delete",
        type=str,
        nargs="+",
        metavar="RUN",
        help="Delete these run directories, after you were asked. One in training stays.",
    )
    add("--yes", action="store_true", help="With --delete: do not ask.")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.delete and (options.json or options.folder):
        raise ConfigError("--delete lists nothing: leave FOLDER and --json out")
    if options.yes and not options.delete:
        raise ConfigError("--yes would have no effect: add --delete RUN")
    return options
