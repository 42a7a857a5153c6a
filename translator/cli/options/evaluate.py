"""Options of the command `evaluate`."""

from collections.abc import Sequence

from translator.cli.options.common import (
    RUN_HELP,
    add_ensemble,
    add_sampling,
    add_search,
    add_split,
    check_ensemble,
    check_search,
)
from translator.cli.parser import Namespace, Parser


def build_parser(prog: str) -> Parser:
    """Of `translator evaluate`, called `prog`."""
    parser = Parser(
        prog,
        "Translate a held-out split and score it with sacreBLEU; writes results.json and the "
        "translations into the run directory.",
        "[RUN] [--split SPLIT] [--beam_size N] [--baseline OTHER_RUN]",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add_ensemble(parser)
    add_split(parser)
    add_search(parser)
    add_sampling(parser, "With --mbr:")
    add(
        "--baseline",
        type=str,
        metavar="RUN",
        help="Another run; the differences are tested by paired bootstrap.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    check_ensemble(options)
    check_search(options, samples=bool(options.mbr), draws="--mbr")
    return options
