"""Options of the command `diversify`."""

from collections.abc import Sequence
from typing import Annotated, Any, get_type_hints

from translator.cli.options.common import add_search
from translator.cli.parser import Namespace, Parser
from translator.config import DiversificationConfig
from translator.errors import ConfigError
from translator.rules import LINE


def build_parser(prog: str) -> Parser:
    """Of `translator diversify`, called `prog`."""
    parser = Parser(
        prog,
        "Write new training pairs with trained models. Forward models translate every training "
        "source again; backward models, trained with the columns exchanged, translate every "
        "target. The new corpus holds these pairs, the original pairs and the held-out splits. "
        "Monolingual text can be translated as well. "
        "Run again after an interruption, the command continues where it stopped.",
        "--forward RUN [RUN ...] --backward RUN [RUN ...] --output FOLDER [--beam_size N] "
        "[--monolingual_src FILE] [--monolingual_tgt FILE]",
    )
    add = parser.add_argument
    runs: dict[str, Any] = {"type": str, "nargs": "+", "metavar": "RUN"}
    add("--forward", **runs, required=True, help="Runs from source to target.")
    add("--backward", **runs, default=[], help="Runs from target to source.")
    add(
        "--output",
        type=str,
        required=True,
        metavar="FOLDER",
        help="Folder to write the new corpus into.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="Place of the corpus, if it has moved since the runs were trained.",
    )
    add(
        "--distill",
        action="store_true",
        help="All forward runs, as an ensemble, also translate every source, including the sources "
        "that the backward runs wrote.",
    )
    add(
        "--samples",
        type=get_type_hints(DiversificationConfig, include_extras=True)["samples"],
        default=0,
        help="With --distill: further sources that each backward run samples for every target.",
    )
    add(
        "--monolingual_src",
        type=Annotated[str, LINE],
        metavar="FILE",
        help="More text in the source language only, one text per line: the forward runs, as an "
        "ensemble, translate it into FOLDER/forward-translated.",
    )
    add(
        "--monolingual_tgt",
        type=Annotated[str, LINE],
        metavar="FILE",
        help="More text in the target language only, one text per line: the backward runs "
        "translate it into FOLDER/back-translated.",
    )
    hints = get_type_hints(DiversificationConfig, include_extras=True)
    add(
        "--back_translation",
        type=hints["back_translation"],
        help="With --monolingual_tgt: translate by beam search or by sampling (beam).",
    )
    add(
        "--tag",
        type=hints["tag"],
        metavar="WORD",
        help="With --monolingual_tgt: a word such as <BT> to put before back-translated sources.",
    )
    add_search(parser)
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    for name in ("back_translation", "tag"):
        if options[name] is not None and options.monolingual_tgt is None:
            raise ConfigError(f"--{name} would have no effect: it goes with --monolingual_tgt")
    return options
