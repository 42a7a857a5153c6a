"""Options of the command `train`: every setting, over the dataclasses of config.py."""

import argparse
import ast
import dataclasses
import functools
import inspect
import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import get_args, get_type_hints

import yaml

import translator.config
from translator.cli.config_file import Settings, read_config_file
from translator.cli.options.common import add_device
from translator.cli.parser import Namespace, Parser, typed
from translator.cli.streams import flush, write_line
from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import ConfigError
from translator.rules import LINE, in_words

SECTIONS: dict[str, type] = {
    "corpus": CorpusConfig,
    "tokenizer": TokenizerConfig,
    "model": ModelConfig,
    "training": TrainingConfig,
    "decoding": DecodingConfig,
    "diversification": DiversificationConfig,
}


def build_parser(prog: str) -> Parser:
    """Of `translator train`, called `prog`."""
    parser = Parser(
        prog,
        "Train a model, score it on the test set, and keep everything in one run directory. "
        "Without options, trains on the embedded corpus, in a few minutes.",
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
        help="YAML file with the settings that differ from the defaults, or the name of a config "
        "that comes with the program. Later files override earlier ones, and options on the "
        "command line override files.",
    )
    add("--print_config", action="store_true", help="Print all settings as YAML, and exit.")
    add(
        "--run",
        type=str,
        help="Run directory to create; by default runs/NAME, after the config or the corpus.",
    )
    add(
        "--resume",
        type=str,
        metavar="RUN",
        help="Continue an interrupted run exactly as if it had not been interrupted.",
    )
    add(
        "--init_from",
        type=str,
        metavar="RUN",
        help="Fine-tune: begin a new run with the weights, vocabulary and settings of another run, "
        "or of RUN@STEP. The defaults are few steps and low learning rates. Scores on the other "
        "run's test set, before and after, show what is forgotten.",
    )
    add_device(parser)
    add("--dry_run", action="store_true", help="Check config, corpus and one step; write nothing.")
    add(
        "--overfit_batch",
        action="store_true",
        help="Check that the model can learn one batch to near-zero loss; write nothing.",
    )
    docs = field_docs()
    for name, section in SECTIONS.items():
        _add_section(parser, name, section, docs[section.__name__])
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """Of `train`; `given` holds the settings from the command line and from config files."""
    options = build_parser(prog).read(argv)
    if options.resume and (options.init_from or options.run):
        raise ConfigError("--resume continues in its own run: leave out --init_from and --run")
    if not (options.resume or options.init_from):
        options.init_from = next((f.init_from for f in options.config[::-1] if f.init_from), None)
    options.given = given_settings(options)
    if not (options.resume or options.init_from):
        config = override(Config(), options.given)  # refuses what contradicts itself
        if options.print_config:
            write_line(as_yaml(config))
            flush()
            raise SystemExit(0)
    return options


def given_settings(options: Namespace) -> Settings:
    """The settings of config files and of the command line, which wins, without defaults."""
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
    """All settings, in the format of a config file."""
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
def field_docs() -> dict[str, dict[str, str]]:
    """Of each class in config.py, the docstring under each field: its help text."""
    docs: dict[str, dict[str, str]] = defaultdict(dict)
    for node in ast.parse(inspect.getsource(translator.config)).body:
        if isinstance(node, ast.ClassDef):
            for field, doc in itertools.pairwise(node.body):
                match field, doc:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        docs[node.name][name] = " ".join(text.split())
    return docs
