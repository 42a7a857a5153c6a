"""Options of the command `heads`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from translator.cli.options.common import COMPARED_IN, RUN_HELP, add_device, add_split, check_file
from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError
from translator.rules import between


def build_parser(prog: str) -> Parser:
    """Of `translator heads`, called `prog`."""
    parser = Parser(
        prog,
        "Measure what each head of cross-attention does over a split, while the decoder reads the "
        "references, and what is lost without the head: attention patterns, loss in nats, BLEU of "
        "greedy translations, alignment, contributions, and whether attention names the tokens "
        "that matter. Prints tables; each option that takes a FILE writes that file instead and "
        "prints its name. Takes a minute or two for 500 short sentences. With two runs, compares "
        "them head by head; heads are matched by their attention.",
        "[RUN [RUN_B]] [--split SPLIT] [--sentences N] [--json|html FILE ...]",
    )
    add = parser.add_argument
    add(
        "runs",
        type=str,
        nargs="*",
        metavar="RUN",
        help=f"{RUN_HELP} Two runs are compared over a split of the first run's corpus.",
    )
    add_split(parser)
    add(
        "--sentences",
        type=Annotated[int, between(1, 1_000_000)],
        help="Use the first N pairs of the split (all).",
    )
    add("--json", type=str, metavar="FILE", help="All numbers with their intervals, as JSON.")
    add(
        "--html",
        type=str,
        metavar="FILE",
        help="A page that explains and plots the numbers; it needs no network.",
    )
    add_device(parser)
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if len(options.runs) > 2:
        raise ConfigError(f"there are {len(options.runs)} runs: give one, or two to compare")
    for name in COMPARED_IN:
        if options[name] is not None:
            check_file(name, Path(options[name]))
    return options
