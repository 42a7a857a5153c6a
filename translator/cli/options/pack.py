"""Options of the command `pack`."""

from collections.abc import Sequence
from typing import Annotated

from translator.cli.options.common import RUN_HELP
from translator.cli.parser import Namespace, Parser
from translator.rules import LINE


def build_parser(prog: str) -> Parser:
    """Of `translator pack`, called `prog`."""
    parser = Parser(
        prog,
        "Copy the files of a run that others need to translate with it, inspect it and score it. "
        "Checkpoints, weights of other steps, teachers and exports are left out.",
        "[RUN] --output FOLDER|FILE.zip",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add(
        "--output",
        type=Annotated[str, LINE],
        required=True,
        metavar="FOLDER|FILE.zip",
        help="A new folder, for use as --run, or a ZIP archive of one.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
