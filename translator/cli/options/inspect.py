"""Options of the command `inspect`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from translator.cli.options.common import (
    BEAM_SETTINGS,
    COMPARED_IN,
    add_run,
    add_search,
    check_file,
)
from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError
from translator.rules import LINE

PICTURES = ("png", "svg", "pdf")
FILES = (*PICTURES, "html", "npz", "json")
"""Pictures first: only they can still be refused, for a layer or head that is not there."""
VIEWS = ("matrix", "what_if", "contrast", "pharaoh")
STORY = "the story of one row"
EFFECTS = {
    "layer": (STORY, "matrix", "pharaoh", *PICTURES),
    "head": (STORY, "matrix", "pharaoh", *PICTURES),
    "step": (STORY, "contrast"),
    "mean": PICTURES,
    "attention": PICTURES,
    "by": (*PICTURES, "pharaoh"),
    "rows": ("pharaoh",),
    "chosen_by": ("pharaoh",),
    "units": ("pharaoh",),
    "input": ("pharaoh",),
    "tgt_input": ("pharaoh",),
    "weights": ("html",),
    "weights_over_training": ("html",),
    "source": ("html",),
}
"""What each option of `inspect` has an effect on."""
COMPARED = ("text", "compare", "tgt", "device", "layer", "head", *BEAM_SETTINGS, *COMPARED_IN)
"""What has an effect with `--compare`."""


def build_parser(prog: str) -> Parser:
    """Of `translator inspect`, called `prog`."""
    parser = Parser(
        prog,
        "Translate a text and show what attention did. By default, the terminal shows one decoding "
        "step of one head of cross-attention, worked in full, and a heatmap of the sentence. "
        "Options that take a FILE write files instead, several at once if asked, and print their "
        "names. Layers, heads, decoding steps and source pieces count from 1, word links from 0.",
        "[--run RUN] [--tgt TRANSLATION] [--step N] [--layer N] [--head N] "
        "[--png|svg|pdf|npz|json|html FILE ...] TEXT\n"
        f"       {prog} --html FILE [--weights float16|int8|float32] [--weights_over_training] "
        f"[TEXT]\n"
        f"       {prog} --compare RUN_A RUN_B [--tgt TRANSLATION] [--layer N] [--head N] "
        "[--json|html FILE ...] TEXT\n"
        f"       {prog} --learning RUN [--png|svg|pdf|npz|json FILE ...]\n"
        f"       {prog} --pharaoh [--input FILE [--tgt_input FILE]] [TEXT]",
    )
    add = parser.add_argument
    add("text", nargs="*", help="Text to translate: one, in quotes.")
    add_run(parser)
    add("--tgt", type=str, help="A translation to look at instead of the model's own.")
    add("--layer", type=int, help="Layer, from 1; see --head.")
    add(
        "--head",
        type=int,
        help="Head, from 1. By default the head whose removal changes the probability of the "
        "written piece most; pictures show all heads, --matrix and --pharaoh their mean.",
    )
    add(
        "--step",
        type=int,
        help="Decoding step, from 1; by default the step where one head matters most, or with "
        "--contrast the step where WORD comes closest to being written.",
    )
    add(
        "--matrix",
        action="store_true",
        help="Attention weights of all decoding steps by all source pieces, in percent.",
    )
    add(
        "--what_if",
        type=str,
        metavar="CHANGES",
        help="Change cross-attention and show the effect: 2.1=zero mutes head 1 of layer 2, "
        "2=uniform or 2=permute changes the whole layer, drop=4,5 hides source pieces, "
        "2.1@3=0,0.9,0.1 sets the weights of decoding step 3.",
    )
    add(
        "--contrast",
        type=str,
        metavar="WORD",
        help="Why was WORD not written? What each source piece, head and other part of the decoder "
        "adds to the lead of the written piece over WORD's first piece, in logits.",
    )
    add(
        "--compare",
        type=str,
        nargs=2,
        metavar=("RUN_A", "RUN_B"),
        help="Compare two runs, or RUN@STEP, over TEXT: both translations, the probability that "
        "each run gives the other's, and which heads attend alike while both runs read A's "
        "translation or --tgt. The matrices shown are those of the matched pair of heads that "
        "differs most, or of the head of A that --layer and --head choose.",
    )
    add(
        "--learning",
        type=str,
        metavar="RUN",
        help="Show how the run learned its attention: BLEU, and the entropy and alignment error of "
        "each head over training. A picture shows one sentence at several steps, by the head that "
        "aligns best or by the heads that --layer and --head choose. --npz and --json hold the "
        "whole record.",
    )
    _add_files(parser)
    _add_links(parser)
    add_search(parser)
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    if options.learning is not None:
        _check_learning(options)
    elif options.compare:
        _check_comparison(options)
    else:
        _check_effect(options, _outputs(options))
    for name in FILES:
        if options[name] is not None:
            check_file(name, Path(options[name]))
    if options.learning is None and not options.compare:
        _check_text(options, _outputs(options))
    return options


def _add_files(parser: Parser) -> None:
    """What `inspect` writes into files, and what a picture shows."""
    add = parser.add_argument
    add(
        "--html",
        type=str,
        metavar="FILE",
        help="A page that contains the whole model, translates any sentence and shows why, without "
        "a network. The page opens with TEXT, or with a sentence of the run's corpus, and is kept "
        "only if its model translates validation sentences as the run does. With --compare, a page "
        "of both runs and the sentence, without a model.",
    )
    add(
        "--weights",
        type=Literal["float16", "int8", "float32"],
        help="With --html: format of the weights in the page; int8 is smaller, float32 is exact "
        "(float16).",
    )
    add(
        "--weights_over_training",
        action="store_true",
        help="With --html: the page also contains the weights that --training.keep_weights kept, "
        "in int8, and shows how the model translated any sentence at these steps.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="With --html: corpus of the validation sentences, if the run does not keep them.",
    )
    add(
        "--png",
        type=str,
        metavar="FILE",
        help="A picture of the attention weights for print: all layers by all heads, or the ones "
        "that --layer and --head choose.",
    )
    add("--svg", type=str, metavar="FILE", help="The same picture, for the web.")
    add("--pdf", type=str, metavar="FILE", help="The same picture, for LaTeX.")
    add(
        "--npz",
        type=str,
        metavar="FILE",
        help="Every array of every attention, from queries to output, for NumPy.",
    )
    add("--json", type=str, metavar="FILE", help="The arrays of --npz, as JSON.")
    add("--mean", action="store_true", help="One picture: the mean of the chosen heads.")
    add(
        "--attention",
        type=Literal["cross", "encoder", "decoder"],
        help="What a picture shows: cross-attention, or the self-attention of the encoder or "
        "decoder (cross).",
    )
    add(
        "--by",
        type=Literal["weights", "norms"],
        help="Attention weights, or the norms of the source pieces' contributions; pictures use "
        "weights by default, --pharaoh norms.",
    )


def _add_links(parser: Parser) -> None:
    """Word alignment."""
    add = parser.add_argument
    add(
        "--pharaoh",
        action="store_true",
        help="Word links, source-target, from 0: 0-0 1-2. One line for TEXT, or one for each line "
        "of --input or standard input; standard error says how the links were read from attention.",
    )
    add("--input", type=str, metavar="FILE", help="With --pharaoh: a file, one text per line.")
    add(
        "--tgt_input",
        type=str,
        metavar="FILE",
        help="With --pharaoh: the translations to align, one per line; by default the model's own.",
    )
    add(
        "--rows",
        type=Literal["writes", "reads"],
        help="With --pharaoh: link a target word by the rows that write it, or by the rows that "
        "read it (writes).",
    )
    add(
        "--chosen_by",
        type=Literal["target", "source", "both"],
        help="With --pharaoh: the side whose words each choose a partner (both).",
    )
    add(
        "--units",
        type=Literal["words", "spaced", "pieces"],
        help="With --pharaoh: units of the links: words and single punctuation characters, "
        "units separated by white space, or the model's pieces (words).",
    )


def _outputs(options: Namespace) -> list[str]:
    """Files, or one view."""
    views = [name for name in VIEWS if options[name] not in (None, False)]
    files = [name for name in FILES if options[name] is not None]
    if len(views) > 1 or (views and files):
        one, other, *_ = (f"--{name}" for name in [*views, *files])
        raise ConfigError(f"{one} and {other} exclude each other: give one of them")
    return views or files or [STORY]


def _check_effect(options: Namespace, outputs: Sequence[str]) -> None:
    for name, on in EFFECTS.items():
        if options[name] not in (None, False) and not set(on) & set(outputs):
            ways = " or ".join(where if where == STORY else f"--{where}" for where in on)
            raise ConfigError(f"--{name} would have no effect: it goes with {ways}")
    given = [f"--{name}" for name in BEAM_SETTINGS if options[name] is not None]
    for name in ("tgt", "tgt_input"):
        if given and options[name] is not None:
            raise ConfigError(
                f"{' and '.join(given)} would have no effect: --{name} gives the translation; "
                "leave one out"
            )


def _check_comparison(options: Namespace) -> None:
    """Refuses options that have no effect on a comparison of two runs."""
    given = [name for name, value in vars(options).items() if value not in (None, False)]
    for name in given:
        if name not in COMPARED:
            raise ConfigError(f"--{name} would have no effect with --compare: leave one out")
    for name in ("layer", "head"):
        if name in given and set(given) & set(COMPARED_IN):
            raise ConfigError(
                f"--{name} would have no effect: a file has all matched heads; leave --{name} out"
            )
    _check_text(options, ["compare"])


def _check_learning(options: Namespace) -> None:
    """Refuses options that have no effect on a record of learning."""
    fitting = ["learning", *PICTURES, "npz", "json"]
    if any(options[name] is not None for name in PICTURES):
        fitting += ["layer", "head"]
    given = [name for name, value in vars(options).items() if value not in (None, False, [])]
    idle = ["a text" if name == "text" else f"--{name}" for name in given if name not in fitting]
    if idle:
        raise ConfigError(
            f"{idle[0]} would have no effect: --learning takes a run, and goes with --png, --svg, "
            f"--pdf (these with --layer and --head), --npz and --json"
        )


def _check_text(options: Namespace, outputs: Sequence[str]) -> None:
    """Requires one text that is not blank; no text if texts are lines. A page needs no text."""
    if len(options.text) > 1:
        raise ConfigError(f"there are {len(options.text)} texts: give one sentence, in quotes")
    if not options.text:
        if set(outputs) not in ({"pharaoh"}, {"html"}):
            raise ConfigError('there is no text: give a sentence, like "A dog runs."')
        if options.tgt is not None:
            several = ", or --tgt_input" if options.pharaoh else ""
            raise ConfigError(f"--tgt is the translation of one text: give the text{several}")
        return
    if not options.text[0].strip():
        raise ConfigError("the text is blank: give a sentence")
    for name in ("input", "tgt_input"):
        if options[name] is not None:
            raise ConfigError(f"--{name} and a text exclude each other: give one of them")
