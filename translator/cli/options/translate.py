"""Options of the command `translate`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_type_hints

from translator.cli.options.common import (
    add_ensemble,
    add_run,
    add_sampling,
    add_search,
    check_ensemble,
    check_search,
)
from translator.cli.parser import Namespace, Parser
from translator.decoding.strategies import BeamSearch
from translator.documents.suffixes import SUFFIXES
from translator.errors import ConfigError


def build_parser(prog: str) -> Parser:
    """Of `translator translate`, called `prog`."""
    parser = Parser(
        prog,
        "Translate texts given as arguments, the lines of a file or of standard input, or lines "
        "typed at a prompt. N lines in, N lines out; standard output has translations only. "
        "Documents keep their markup: --input page.html --output seite.html.",
        "[--run RUN] [--beam_size N] [--json] [TEXT ...]",
    )
    add = parser.add_argument
    add("text", nargs="*", help="Texts to translate, one per argument.")
    add_run(parser)
    add_ensemble(parser)
    add(
        "--input",
        type=str,
        metavar="FILE",
        help=f"File with one text per line, or a document: {', '.join(SUFFIXES)}.",
    )
    add("--output", type=str, metavar="FILE", help="File for the translation of a document.")
    add("--json", action="store_true", help="A JSON object per line: score, tokens, alternatives.")
    add_search(parser)
    add(
        "--num_best",
        type=get_type_hints(BeamSearch, include_extras=True)["num_best"],
        default=BeamSearch.num_best,
        help="Translations per text, best first; more than 1 needs --json.",
    )
    add(
        "--inspect",
        action="store_true",
        help="Run translator inspect instead; see translator inspect --help.",
    )
    add("--prefix", default="", help="Beginning that every translation is forced to have.")
    add(
        "--engine",
        type=Literal["torch", "ctranslate2"],
        default="torch",
        help="Engine that runs the model; ctranslate2 needs an export of the run (translator "
        "export).",
    )
    add("--sample", action="store_true", help="Sample translations at random.")
    add_sampling(parser, "With --sample or --mbr:")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.sample and options.mbr:
        raise ConfigError("--mbr samples translations already: leave --sample out")
    check_ensemble(options)
    check_search(
        options,
        samples=bool(options.sample or options.mbr),
        draws="--mbr" if options.mbr else "--sample",
    )
    if options.num_best > 1 and not options.json:
        raise ConfigError(f"--num_best is {options.num_best}: more than 1 needs --json")
    if options.engine == "ctranslate2":
        if options.device == "cuda":
            raise ConfigError("--engine ctranslate2 runs on the CPU: leave --device out")
        if options.ensemble:
            raise ConfigError("--engine ctranslate2 takes one run: leave --ensemble out")
        if options.sample or options.mbr:
            raise ConfigError(
                "--engine ctranslate2 cannot sample by a seed: "
                f"leave {'--mbr' if options.mbr else '--sample'} out, or use --engine torch"
            )
    if options.text and options.input:
        raise ConfigError("--input and texts as arguments exclude each other: give one of them")
    _check_document(options)
    return options


def document_suffix(options: Namespace) -> str | None:
    """Of the document that --input names, if it names one."""
    suffix = Path(options.input).suffix.lower() if options.input else ""
    return suffix if suffix in SUFFIXES else None


def _check_document(options: Namespace) -> None:
    suffix = document_suffix(options)
    if suffix is None:
        if options.output:
            raise ConfigError(
                f"--output needs a document, --input FILE{'|'.join(SUFFIXES)}: to write the "
                "translations of lines to a file, use > FILE"
            )
        return
    if not options.output:
        raise ConfigError(
            f"--input {options.input} is a document: name its translation with --output FILE"
            f"{suffix}, or use < {shlex.quote(options.input)} to translate its lines, markup "
            "included"
        )
    if Path(options.output).suffix.lower() != suffix:
        raise ConfigError(
            f"--output {options.output} must end in {suffix}, as --input {options.input} does"
        )
    for name in ("json", "prefix"):
        if options[name]:
            raise ConfigError(f"--{name} is for lines, not for documents: leave it out")
