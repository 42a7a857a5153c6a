"""Options of the command `curves`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from translator.cli.options.common import check_file
from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError

FORMATS = ("png", "svg", "pdf")


def build_parser(prog: str) -> Parser:
    """Of `translator curves`, called `prog`."""
    parser = Parser(
        prog,
        "Plot the training of one or more runs, finished or in progress, in one picture: training "
        "and validation loss, validation BLEU and learning rate.",
        "RUN [RUN ...] --png|svg|pdf FILE [--by steps|minutes]",
    )
    add = parser.add_argument
    add("runs", type=str, nargs="+", metavar="RUN", help="Run directories.")
    for name in FORMATS:
        add(f"--{name}", type=str, metavar="FILE", help=f"Write the picture as {name.upper()}.")
    add(
        "--by",
        type=Literal["steps", "minutes"],
        default="steps",
        help="The horizontal axis: optimizer steps (the default), or minutes of training, "
        "including the minutes of a run's teachers.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    chosen = [name for name in FORMATS if options[name] is not None]
    if not chosen:
        raise ConfigError("no file to draw into is given: add --png FILE, --svg FILE or --pdf FILE")
    for name in chosen:
        check_file(name, Path(options[name]))
    return options
