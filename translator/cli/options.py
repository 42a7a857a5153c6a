"""What the command line accepts: one parser a command, over the dataclasses of config.py."""

import argparse
import ast
import dataclasses
import functools
import inspect
import itertools
import json
from collections import defaultdict
from typing import Annotated, Any, Literal, get_args, get_type_hints

import yaml

import translator.config
from translator.cli.config_file import Settings, read_config_file
from translator.cli.parser import Namespace, Parser, typed
from translator.config import (
    LINE,
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
    between,
    in_words,
)
from translator.decoding.strategies import BeamSearch, Sampling

SECTIONS: dict[str, type] = {
    "corpus": CorpusConfig,
    "tokenizer": TokenizerConfig,
    "model": ModelConfig,
    "training": TrainingConfig,
    "decoding": DecodingConfig,
    "diversification": DiversificationConfig,
}
BEAM_SETTINGS = ("beam_size", "length_penalty")
SAMPLING_SETTINGS = ("temperature", "top_k", "top_p", "seed")
MBR_SAMPLES = between(2, 1000, ": it needs some translations to compare")
RUN_HELP = "Run directory, or RUN@STEP for a step that it keeps; by default the newest run."


def train_parser(prog: str) -> Parser:
    """Options of `train`."""
    parser = Parser(
        prog,
        "Train a model, score it on the test set, and keep everything in one run directory. "
        "Without options: on the embedded corpus, in minutes.",
        "[--config FILE] [--run RUN] [--resume RUN | --init_from RUN] [--device cpu|cuda] "
        "[--dry_run] [--overfit_batch] [--SECTION.FIELD VALUE ...]",
    )
    add = parser.add_argument
    add(
        "--config",
        type=read_config_file,
        action="append",
        default=[],
        metavar="FILE",
        help="YAML file with what differs from the defaults; of several, the last one counts. "
        "What is given as an option counts more.",
    )
    add("--print_config", action="store_true", help="Show all settings as YAML, and end.")
    add(
        "--run",
        type=str,
        help="Run directory to create; by default runs/ and the name of the config or corpus.",
    )
    add(
        "--resume",
        type=str,
        metavar="RUN",
        help="Go on with an interrupted run, exactly as if it had not been.",
    )
    add(
        "--init_from",
        type=str,
        metavar="RUN",
        help="Begin a new run with the weights, the vocabulary and the settings of another, or of "
        "RUN@STEP, but train it gently: for few steps at low learning rates, unless others are "
        "given. Scores on the text of that run, before and after, show what is forgotten.",
    )
    _add_device(parser)
    add("--dry_run", action="store_true", help="Check config, corpus and one step; write nothing.")
    add(
        "--overfit_batch",
        action="store_true",
        help="Prove that the model can learn one batch to near zero loss; write nothing.",
    )
    docs = _field_docs()
    for name, section in SECTIONS.items():
        _add_section(parser, name, section, docs[section.__name__])
    return parser


def translate_parser(prog: str) -> Parser:
    """Options of `translate`."""
    parser = Parser(
        prog,
        "Translate texts given as arguments, or the lines of a file or of standard input, or "
        "what is typed at a prompt. N lines in, N lines out, translations alone on standard "
        "output.",
        "[--run RUN] [--beam_size N] [--json] [TEXT ...]",
    )
    add = parser.add_argument
    add("text", nargs="*", help="Texts to translate, one an argument.")
    _add_run(parser)
    _add_ensemble(parser)
    add("--input", type=str, metavar="FILE", help="File with one text a line.")
    add("--json", action="store_true", help="A JSON object a line: score, tokens, alternatives.")
    _add_search(parser)
    add(
        "--num_best",
        type=get_type_hints(BeamSearch, include_extras=True)["num_best"],
        default=BeamSearch.num_best,
        help="Translations of each text, best first; more than 1 needs --json.",
    )
    add("--inspect", action="store_true", help="What translator inspect does; see its --help.")
    add("--prefix", default="", help="What every translation has to begin with.")
    add(
        "--engine",
        type=Literal["torch", "ctranslate2"],
        default="torch",
        help="What searches; ctranslate2 needs an export of the run (translator export).",
    )
    add("--sample", action="store_true", help="Draw translations at random.")
    _add_sampling(parser, "With --sample or --mbr:")
    return parser


def evaluate_parser(prog: str) -> Parser:
    """Options of `evaluate`."""
    parser = Parser(
        prog,
        "Translate a held-out split and score it with sacreBLEU; writes results.json and the "
        "translations into the run directory.",
        "[RUN] [--split SPLIT] [--beam_size N] [--baseline OTHER_RUN]",
    )
    add = parser.add_argument
    add("run", type=str, nargs="?", help=RUN_HELP)
    _add_ensemble(parser)
    _add_split(parser)
    _add_search(parser)
    _add_sampling(parser, "With --mbr:")
    add(
        "--baseline",
        type=str,
        metavar="RUN",
        help="Another run; the differences are tested by paired bootstrap.",
    )
    return parser


def inspect_parser(prog: str) -> Parser:
    """Options of `inspect`."""
    parser = Parser(
        prog,
        "Translate a text and show what attention did. In the terminal, by default: one decoding "
        "step of one head of cross-attention, worked in full, and a heatmap of the sentence. Each "
        "option that takes a FILE writes that file instead, several at once if asked, and prints "
        "its name. Layers, heads, decoding steps and source pieces count from 1, links of words "
        "from 0.",
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
    _add_run(parser)
    add("--tgt", type=str, help="A translation to look at instead of the model's own.")
    add("--layer", type=int, help="Layer, from 1; see --head.")
    add(
        "--head",
        type=int,
        help="Head, from 1. By default the one without which the written piece's probability "
        "moves the most; in a picture each; in --matrix and --pharaoh the mean of all.",
    )
    add(
        "--step",
        type=int,
        help="Decoding step, from 1; by default where one head matters most, or with --contrast "
        "where WORD comes nearest to being written.",
    )
    add(
        "--matrix", action="store_true", help="All decoding steps by all source pieces, in percent."
    )
    add(
        "--what_if",
        type=str,
        metavar="CHANGES",
        help="Change cross-attention and see: 2.1=zero is head 1 of layer 2, 2=uniform or "
        "2=permute the whole layer, drop=4,5 hides source pieces, 2.1@3=0,0.9,0.1 gives the "
        "weights of decoding step 3.",
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
        help="Compare two runs, or RUN@STEP, over TEXT: their translations, how probable each "
        "finds the other's, and which heads attend alike while both read A's translation or --tgt. "
        "The matrices are those of the matched pair that differs most, or of the head of A that "
        "--layer and --head choose.",
    )
    add(
        "--learning",
        type=str,
        metavar="RUN",
        help="How the run learned its attention: BLEU, and each head's entropy and alignment error "
        "at some steps. A picture shows one sentence at several steps, as the head that aligns "
        "best reads it, or the heads that --layer and --head choose. --npz and --json hold the "
        "whole record.",
    )
    _add_files(parser)
    _add_links(parser)
    _add_search(parser)
    return parser


def _add_files(parser: Parser) -> None:
    """What `inspect` writes into files, and what a picture shows."""
    add = parser.add_argument
    add(
        "--html",
        type=str,
        metavar="FILE",
        help="A page with the whole model in it: it translates any sentence and shows why, without "
        "a network. It opens at TEXT, or else at a sentence of the run's own. It is kept only if "
        "it translates validation sentences as the run does. With --compare, a page of both runs "
        "and the sentence, without a model.",
    )
    add(
        "--weights",
        type=Literal["float16", "int8", "float32"],
        help="With --html: how the page stores the model's weights; int8 is smaller, float32 is "
        "exact (float16).",
    )
    add(
        "--weights_over_training",
        action="store_true",
        help="With --html: the page also holds the weights that --training.keep_weights kept, in "
        "int8, and shows how the model translated any sentence at these steps.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="With --html: where the validation sentences are, if not where the run's corpus was.",
    )
    picture = "of attention, for print: all layers by all heads, or what --layer and --head choose."
    add("--png", type=str, metavar="FILE", help=f"A picture {picture}")
    add("--svg", type=str, metavar="FILE", help="The same picture, for the web.")
    add("--pdf", type=str, metavar="FILE", help="The same picture, for LaTeX.")
    add(
        "--npz",
        type=str,
        metavar="FILE",
        help="Every array of every attention, from queries to output, for NumPy.",
    )
    add("--json", type=str, metavar="FILE", help="The same as --npz, as JSON.")
    add("--mean", action="store_true", help="One picture: the mean of the heads that were chosen.")
    add(
        "--attention",
        type=Literal["cross", "encoder", "decoder"],
        help="Which attention a picture shows: the decoder's to the encoder, or the "
        "self-attention of one of them (cross).",
    )
    add(
        "--by",
        type=Literal["weights", "norms"],
        help="What a picture shows (weights) and --pharaoh goes by (norms): weights, or norms, the "
        "lengths of what source pieces contributed.",
    )


def _add_links(parser: Parser) -> None:
    """Word alignment."""
    add = parser.add_argument
    add(
        "--pharaoh",
        action="store_true",
        help="Links of words, source-target, from 0: 0-0 1-2. A line for TEXT, or one for each "
        "line of --input or standard input; standard error says how they were read.",
    )
    add("--input", type=str, metavar="FILE", help="With --pharaoh: a file, one text a line.")
    add(
        "--tgt_input",
        type=str,
        metavar="FILE",
        help="With --pharaoh: the translations to align, one a line; else the model's own.",
    )
    add(
        "--rows",
        type=Literal["writes", "reads"],
        help="With --pharaoh: a target word's rows are those that write it, or read it (writes).",
    )
    add(
        "--chosen_by",
        type=Literal["target", "source", "both"],
        help="With --pharaoh: whose words choose a partner each (both).",
    )
    add(
        "--units",
        type=Literal["words", "spaced", "pieces"],
        help="With --pharaoh: what is counted: words and single marks, what white space "
        "separates, or the model's pieces (words).",
    )


def heads_parser(prog: str) -> Parser:
    """Options of `heads`."""
    parser = Parser(
        prog,
        "Measure what the heads of cross-attention do over a split, as the decoder reads the "
        "references, and what is lost without them: patterns, nats, BLEU of greedy translations, "
        "alignment, contributions, and whether attention names the tokens that matter. Prints "
        "tables; each option that takes a FILE writes that file instead, and prints its name. "
        "Takes a minute or two for 500 short sentences. With two runs, it shows how far apart they "
        "are, head by head; heads are matched by what they look at.",
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
    _add_split(parser)
    add(
        "--sentences",
        type=Annotated[int, between(1, 1_000_000)],
        help="Take the first N pairs of the split (all).",
    )
    add("--json", type=str, metavar="FILE", help="All numbers with their intervals, as JSON.")
    add(
        "--html",
        type=str,
        metavar="FILE",
        help="A page that explains and draws the numbers; it needs no network.",
    )
    _add_device(parser)
    return parser


def export_parser(prog: str) -> Parser:
    """Options of `export`."""
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
        help="Where the validation sentences are, if not where the run's corpus was.",
    )
    return parser


def diversify_parser(prog: str) -> Parser:
    """Options of `diversify`."""
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
    add("--output", type=str, required=True, help="Folder to write the new corpus into.")
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
    _add_search(parser)
    return parser


def cache_parser(prog: str) -> Parser:
    """Options of `cache`."""
    parser = Parser(
        prog,
        "Show what is kept of prepared text, so that the next training on it starts at once: "
        "sizes, when each entry was last used, and the folder. The oldest entries go when all "
        "together are larger than 20 GiB. Everything there can be made again.",
        "[--clear]",
    )
    parser.add_argument("--clear", action="store_true", help="Remove all of it.")
    return parser


def given_settings(options: Namespace) -> Settings:
    """What was typed or stands in config files, without defaults; the command line wins."""
    given: Settings = defaultdict(dict)
    for file in options.config:
        for section, values in file.settings.items():
            given[section].update(values)
    for name, value in vars(options).items():
        section, dot, field = name.partition(".")
        if dot:
            given[section][field] = value
    return given


def override(config: Config, given: Settings) -> Config:
    """`config` with the settings in `given`. Raises ConfigError for what contradicts the rest."""
    sections = {
        name: dataclasses.replace(getattr(config, name), **values) for name, values in given.items()
    }
    return dataclasses.replace(config, **sections)


def as_yaml(config: Config) -> str:
    """All settings, as a config file has them."""
    return yaml.safe_dump(dataclasses.asdict(config), sort_keys=False, allow_unicode=True)


def _add_section(parser: Parser, name: str, section: type, docs: dict[str, str]) -> None:
    """An option for each field: --name.field. Only what is given will be in the namespace."""
    group = parser.add_argument_group(" ".join((section.__doc__ or name).split()).rstrip("."))
    hints = get_type_hints(section, include_extras=True)
    for field in dataclasses.fields(section):
        option, hint = f"--{name}.{field.name}", hints[field.name]
        default = json.dumps(field.default).strip('"')  # true, false and null as they are typed
        is_text = LINE in get_args(hint)
        allowed = "" if is_text else f"{in_words(hint)}; "
        about = f"{docs[field.name]} ({allowed}default: {default})"
        group.add_argument(
            option,
            default=argparse.SUPPRESS,
            help=about.replace("%", "%%"),
            **typed(option, {"type": hint, **({"metavar": "TEXT"} if is_text else {})}),
        )


@functools.cache
def _field_docs() -> dict[str, dict[str, str]]:
    """Of each class in config.py, the docstring under each field: its help text."""
    docs: dict[str, dict[str, str]] = defaultdict(dict)
    for node in ast.parse(inspect.getsource(translator.config)).body:
        if isinstance(node, ast.ClassDef):
            for field, doc in itertools.pairwise(node.body):
                match field, doc:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        docs[node.name][name] = " ".join(text.split())
    return docs


def _add_run(parser: Parser) -> None:
    parser.add_argument("--run", type=str, help=RUN_HELP)


def _add_split(parser: Parser) -> None:
    add = parser.add_argument
    add("--split", type=str, default="test", help="validation, test, or another of the corpus.")
    add(
        "--source",
        type=Annotated[str, LINE],
        help="Another corpus than the run's own: a folder, a file, or a dataset id.",
    )


def _add_ensemble(parser: Parser) -> None:
    parser.add_argument(
        "--ensemble",
        type=str,
        metavar="RUN[,RUN...]",
        help="Runs of the same vocabulary, or checkpoints as RUN@STEP, that decode with it: at "
        "each decoding step the mean of all probabilities decides.",
    )


def _add_device(parser: Parser) -> None:
    parser.add_argument(
        "--device",
        type=Literal["cpu", "cuda"],
        help="By default cuda where there is one.",
    )


def _add_search(parser: Parser) -> None:
    _add_device(parser)
    hints = get_type_hints(BeamSearch, include_extras=True)
    parser.add_argument(
        "--beam_size",
        type=hints["beam_size"],
        help="Hypotheses kept at each decoding step, 1 is greedy; by default the run's.",
    )
    parser.add_argument(
        "--length_penalty",
        type=hints["length_penalty"],
        help="Exponent of the length in a hypothesis's score, 0 is off; by default the run's.",
    )


def _add_sampling(parser: Parser, only: str) -> None:
    add, hints = parser.add_argument, get_type_hints(Sampling, include_extras=True)
    add(
        "--mbr",
        type=Annotated[int, MBR_SAMPLES],
        metavar="N",
        help="Draw N translations at random and give the one most like all of them, by chrF "
        "(minimum Bayes risk).",
    )
    defaults = Sampling()
    add(
        "--temperature",
        type=hints["temperature"],
        help=f"{only} below 1 is more certain ({defaults.temperature:g}).",
    )
    add("--top_k", type=hints["top_k"], help=f"{only} draw from the k likeliest tokens (all).")
    add(
        "--top_p",
        type=hints["top_p"],
        help=f"{only} draw from the likeliest tokens with this total probability "
        f"({defaults.top_p:g}).",
    )
    add(
        "--seed",
        type=hints["seed"],
        help=f"{only} another seed draws other translations ({defaults.seed}).",
    )
