"""Options that several commands share, and their checks."""

import os
from pathlib import Path
from typing import Annotated, Literal, get_type_hints

from translator.cli.parser import Namespace, Parser
from translator.decoding.strategies import BeamSearch, Sampling
from translator.errors import ConfigError
from translator.rules import LINE, between

BEAM_SETTINGS = ("beam_size", "length_penalty")
SAMPLING_SETTINGS = ("temperature", "top_k", "top_p", "seed")
MBR_SAMPLES = between(2, 1000, ", since translations are compared")
RUN_HELP = (
    "Run directory, RUN@STEP for a step that the run keeps, or owner/name on the hub; by default "
    "the newest run."
)
COMPARED_IN = ("json", "html")
"""The files that `heads` and `inspect --compare` can write."""
SUFFIXES = {"html": (".html", ".htm")}


def add_run(parser: Parser) -> None:
    parser.add_argument("--run", type=str, help=RUN_HELP)


def add_split(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--split",
        type=str,
        default="test",
        help="validation, test (the default), or another split.",
    )
    add(
        "--source",
        type=Annotated[str, LINE],
        help="A corpus other than the run's own: a folder, a file, or a dataset id.",
    )


def add_ensemble(parser: Parser) -> None:
    parser.add_argument(
        "--ensemble",
        type=str,
        metavar="RUN[,RUN...]",
        help="Further runs, or checkpoints as RUN@STEP, with the same vocabulary: all decode "
        "together, by the mean of their probabilities at each decoding step.",
    )


def add_device(parser: Parser) -> None:
    parser.add_argument(
        "--device",
        type=Literal["cpu", "cuda"],
        help="By default cuda if the machine has a GPU.",
    )


def add_search(parser: Parser) -> None:
    add_device(parser)
    hints = get_type_hints(BeamSearch, include_extras=True)
    parser.add_argument(
        "--beam_size",
        type=hints["beam_size"],
        help="Hypotheses kept at each decoding step; 1 is greedy. By default the run's.",
    )
    parser.add_argument(
        "--length_penalty",
        type=hints["length_penalty"],
        help="Exponent of the length in a hypothesis's score; 0 is off. By default the run's.",
    )


def add_sampling(parser: Parser, only: str) -> None:
    add, hints = parser.add_argument, get_type_hints(Sampling, include_extras=True)
    add(
        "--mbr",
        type=Annotated[int, MBR_SAMPLES],
        metavar="N",
        help="Minimum Bayes risk: sample N translations and return the one with the highest mean "
        "chrF against all of them.",
    )
    defaults = Sampling()
    add(
        "--temperature",
        type=hints["temperature"],
        help=f"{only} values below 1 sharpen the distribution ({defaults.temperature:g}).",
    )
    add("--top_k", type=hints["top_k"], help=f"{only} sample from the k likeliest tokens (all).")
    add(
        "--top_p",
        type=hints["top_p"],
        help=f"{only} sample from the likeliest tokens with this total probability "
        f"({defaults.top_p:g}).",
    )
    add(
        "--seed",
        type=hints["seed"],
        help=f"{only} random seed ({defaults.seed}).",
    )


def check_search(options: Namespace, *, samples: bool, draws: str) -> None:
    """Refuses an option that has no effect with, or without, sampling; `draws` is the option that
    samples."""
    settings = BEAM_SETTINGS if samples else SAMPLING_SETTINGS
    idle = [f"--{name}" for name in settings if options[name] is not None]
    if idle:
        way_out = f"leave {draws} out" if samples else f"add {draws}"
        raise ConfigError(f"{', '.join(idle)} would have no effect: {way_out}")


def check_ensemble(options: Namespace) -> None:
    if options.ensemble and not all(name.strip() for name in options.ensemble.split(",")):
        raise ConfigError(
            f"--ensemble is {options.ensemble!r}: a run is missing next to a comma: name it, or "
            f"leave the comma out"
        )


def check_file(name: str, path: Path) -> None:
    """Refuses a file that cannot be written."""
    suffixes = SUFFIXES.get(name, (f".{name}",))
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"--{name} takes a file that ends in {suffixes[0]}, not {path}")
    if not path.parent.is_dir():
        raise ConfigError(f"--{name} {path}: there is no folder {path.parent}: make it first")
    if path.exists() and not path.is_file():
        raise ConfigError(f"--{name} {path} is not an ordinary file: choose another name")
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(f"--{name} {path}: {path.parent} is not writable: choose another folder")
