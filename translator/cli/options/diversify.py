"""Options of the command `diversify`."""

from collections.abc import Sequence
from typing import Annotated, Any, get_type_hints

from translator.cli.options.common import add_search
from translator.cli.parser import Namespace, Parser
from translator.config import LINE, DiversificationConfig
from translator.errors import ConfigError


def build_parser(prog: str) -> Parser:
    """Of `translator diversify`, called `prog`."""
    parser = Parser(
        prog,
        "Let trained models write new training pairs. Forward models translate every training "
        "source again; backward models, trained with the columns exchanged, translate every "
        "target. The new corpus holds these pairs, the original ones and the held-out splits. "
        "Text of one language is translated, too. "
        "A command that was interrupted goes on where it stopped.",
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
        help="Where the corpus is, if not where the runs' was.",
    )
    add(
        "--distill",
        action="store_true",
        help="All forward runs, as an ensemble, also translate every source, those that the "
        "backward runs wrote included.",
    )
    add(
        "--samples",
        type=get_type_hints(DiversificationConfig, include_extras=True)["samples"],
        default=0,
        help="With --distill: further sources that each backward run draws for every target.",
    )
    add(
        "--monolingual_src",
        type=Annotated[str, LINE],
        metavar="FILE",
        help="More text of the source language alone, one text a line: the forward runs, as an "
        "ensemble, translate it. Its pairs are written into FOLDER/forward-translated.",
    )
    add(
        "--monolingual_tgt",
        type=Annotated[str, LINE],
        metavar="FILE",
        help="The same of the target language: the backward runs translate it, into "
        "FOLDER/back-translated.",
    )
    hints = get_type_hints(DiversificationConfig, include_extras=True)
    add(
        "--back_translation",
        type=hints["back_translation"],
        help="With --monolingual_tgt: the best translation that a beam search finds, or one drawn "
        "at random (beam).",
    )
    add(
        "--tag",
        type=hints["tag"],
        metavar="WORD",
        help="With --monolingual_tgt: a word such as <BT> to put before what backward runs write.",
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
