"""Options of the command `cache`."""

from collections.abc import Sequence

from translator.cli.parser import Namespace, Parser


def build_parser(prog: str) -> Parser:
    """Of `translator cache`, called `prog`."""
    parser = Parser(
        prog,
        "Show what is kept of prepared text, so that the next training on it starts at once: "
        "sizes, when each entry was last used, and the folder. The oldest entries go when all "
        "together are larger than 20 GiB. Everything there can be made again.",
        "[--clear]",
    )
    parser.add_argument("--clear", action="store_true", help="Remove all of it.")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
