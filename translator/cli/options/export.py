"""Options of the command `export`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from translator.cli.options.common import RUN_HELP
from translator.cli.parser import Namespace, Parser
from translator.config import LINE


def build_parser(prog: str) -> Parser:
    """Of `translator export`, called `prog`."""
    parser = Parser(
        prog,
        "Write the model of a run for another engine, into the run directory; then translate "
        "validation sentences with both, and keep it only if they agree: in float32, 99 % of 200 "
        "translations; in int8, BLEU and chrF to within 0.3 on 1,000 translations.",
        "[RUN] --format ctranslate2 [--quantization float32|int8]",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add("--format", type=Literal["ctranslate2"], required=True, help="The engine to write for.")
    add(
        "--quantization",
        type=Literal["float32", "int8"],
        default="float32",
        help="How weights are stored and multiplied; int8 is smaller and faster, not quite exact.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="Where the validation sentences are, if not in the run.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
