"""Options of the command `cache`."""

from collections.abc import Sequence

from translator.cli.parser import Namespace, Parser


def build_parser(prog: str) -> Parser:
    """Of `translator cache`, called `prog`."""
    parser = Parser(
        prog,
        "Show the cache of prepared text, with which the next training on the same text starts at "
        "once: the size of each entry, when it was last used, and the folder. Above 20 GiB in "
        "total, the oldest entries are removed. All of the cache can be rebuilt.",
        "[--clear]",
    )
    parser.add_argument("--clear", action="store_true", help="Remove all entries.")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
