"""Options of the command `export`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from translator.cli.options.common import RUN_HELP
from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError
from translator.rules import LINE


def build_parser(prog: str) -> Parser:
    """Of `translator export`, called `prog`."""
    parser = Parser(
        prog,
        "Write the model of a run for another program, into the run directory. Both models then "
        "translate validation sentences, and the export is kept only if they agree: in float32, "
        "on at least 99% of 200 translations; in int8, to within 0.3 BLEU and chrF on 1,000.",
        "[RUN] --format ctranslate2|transformers|argos [--quantization float32|int8]",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    add(
        "--format",
        type=Literal["ctranslate2", "transformers", "argos"],
        required=True,
        help="The target program: the engine CTranslate2, the library transformers, or Argos "
        "Translate (as a package to install).",
    )
    add(
        "--quantization",
        type=Literal["float32", "int8"],
        default="float32",
        help="How weights are stored and multiplied. int8 is smaller, faster and slightly inexact; "
        "transformers takes float32 only.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="Corpus of the validation sentences, if the run does not keep them.",
    )
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.format == "transformers" and options.quantization == "int8":
        raise ConfigError(
            "--quantization is int8, but transformers reads float32: leave --quantization out"
        )
    return options
