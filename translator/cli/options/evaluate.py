"""Options of the command `evaluate`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from translator.cli.options.common import (
    RUN_HELP,
    add_ensemble,
    add_sampling,
    add_search,
    add_split,
    check_ensemble,
    check_file,
    check_search,
)
from translator.cli.parser import Namespace, Parser


def build_parser(prog: str) -> Parser:
    """Of `translator evaluate`, called `prog`."""
    parser = Parser(
        prog,
        "Translate a held-out split and score it with sacreBLEU. The scores (results.json) and the "
        "translations are written into the run directory.",
        "[RUN] [--split SPLIT] [--beam_size N] [--baseline OTHER_RUN] "
        "[--by length|rare|unseen ...] [--html FILE]",
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
        help="Another run to compare with; differences are tested by paired bootstrap.",
    )
    add(
        "--by",
        type=Literal["length", "rare", "unseen"],
        nargs="+",
        default=[],
        help="Break the scores down, to see where the run fails: length groups sentences by source "
        "length, rare groups reference words by their frequency in the training text, unseen "
        "groups sentences by how many of their source words the training text lacks.",
    )
    add(
        "--html",
        type=str,
        metavar="FILE",
        help="Write an HTML page of the 50 sentences with the lowest chrF, with their references.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    check_ensemble(options)
    check_search(options, samples=bool(options.mbr), draws="--mbr")
    if options.html is not None:
        check_file("html", Path(options.html))
    return options
