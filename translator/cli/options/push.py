"""Options of the command `push`."""

from collections.abc import Sequence
from typing import Annotated

from translator.cli.parser import Namespace, Parser
from translator.config import LINE
from translator.errors import ConfigError
from translator.text.sources import HUB_ID


def build_parser(prog: str) -> Parser:
    """Of `translator push`, called `prog`."""
    parser = Parser(
        prog,
        "Put a run on the hub: what translator pack packs, with its model card. From there every "
        "--run takes it as owner/name. The token is that of `hf auth login`, or HF_TOKEN.",
        "RUN owner/name [--public] [--license ID]",
    )
    add = parser.add_argument
    add("run", type=str, help="Run directory.")
    add("name", type=str, metavar="owner/name", help="What it is called on the hub.")
    add("--public", action="store_true", help="A new model is for all to see, not for you alone.")
    add(
        "--license",
        type=Annotated[str, LINE],
        metavar="ID",
        help="Of the weights, as the hub names licences: apache-2.0, cc-by-4.0, ...",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if not HUB_ID.fullmatch(options.name):
        raise ConfigError(f"{options.name} is no name on the hub: give it as owner/name")
    return options
