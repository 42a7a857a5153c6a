"""Options of the command `push`."""

from collections.abc import Sequence
from typing import Annotated

from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError
from translator.rules import LINE
from translator.text.sources import HUB_ID


def build_parser(prog: str) -> Parser:
    """Of `translator push`, called `prog`."""
    parser = Parser(
        prog,
        "Upload a run to the hub: the files that translator pack copies, with a model card. Every "
        "--run then accepts owner/name. The token is taken from `hf auth login`, or from HF_TOKEN.",
        "RUN owner/name [--public] [--license ID]",
    )
    add = parser.add_argument
    add("run", type=str, help="Run directory.")
    add("name", type=str, metavar="owner/name", help="Name on the hub.")
    add("--public", action="store_true", help="Make a new model public; by default it is private.")
    add(
        "--license",
        type=Annotated[str, LINE],
        metavar="ID",
        help="License of the weights, as the hub names it: apache-2.0, cc-by-4.0, ...",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if not HUB_ID.fullmatch(options.name):
        raise ConfigError(f"{options.name} is not a name on the hub: give it as owner/name")
    return options
