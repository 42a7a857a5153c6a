"""Options of the command `export`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from translator.cli.options.common import RUN_HELP
from translator.cli.parser import Namespace, Parser
from translator.config import LINE
from translator.errors import ConfigError


def build_parser(prog: str) -> Parser:
    """Of `translator export`, called `prog`."""
    parser = Parser(
        prog,
        "Write the model of a run for another program, into the run directory; then translate "
        "validation sentences with both, and keep it only if they agree: in float32, 99 % of 200 "
        "translations; in int8, BLEU and chrF to within 0.3 on 1,000 translations.",
        "[RUN] --format ctranslate2|transformers|argos [--quantization float32|int8]",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add(
        "--format",
        type=Literal["ctranslate2", "transformers", "argos"],
        required=True,
        help="The program to write for: the engine CTranslate2, the library transformers, or "
        "Argos Translate, which installs the package that is written.",
    )
    add(
        "--quantization",
        type=Literal["float32", "int8"],
        default="float32",
        help="How weights are stored and multiplied; int8, not for transformers, is smaller and "
        "faster, not quite exact.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="Where the validation sentences are, if not in the run.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.format == "transformers" and options.quantization == "int8":
        raise ConfigError(
            "--quantization is int8: transformers reads float32, leave --quantization out"
        )
    return options
