"""Options of the command `pack`."""

from collections.abc import Sequence
from typing import Annotated

from translator.cli.options.common import RUN_HELP
from translator.cli.parser import Namespace, Parser
from translator.config import LINE


def build_parser(prog: str) -> Parser:
    """Of `translator pack`, called `prog`."""
    parser = Parser(
        prog,
        "Copy what others need of a run to translate, to inspect it and to score it: without "
        "checkpoints, weights of other steps, teachers and exports.",
        "[RUN] --output FOLDER|FILE.zip",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add(
        "--output",
        type=Annotated[str, LINE],
        required=True,
        metavar="FOLDER|FILE.zip",
        help="Where nothing is yet: a folder, which --run takes, or an archive of one.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
