"""Options parsed, and refused where they contradict each other or would have no effect.

All this comes before torch is imported, so that a mistake is answered at once.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from translator.cli import options as command_line
from translator.cli.options import BEAM_SETTINGS, SAMPLING_SETTINGS
from translator.cli.parser import Namespace
from translator.cli.streams import flush, write_line
from translator.config import Config
from translator.errors import ConfigError

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
COMPARED_IN = ("json", "html")
"""The files that `--compare` can write, and `heads`."""
COMPARED = ("text", "compare", "tgt", "device", "layer", "head", *BEAM_SETTINGS, *COMPARED_IN)
"""What has an effect with `--compare`."""
SUFFIXES = {"html": (".html", ".htm")}


def train_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `train`; `given` holds the settings that were typed or stand in a config file."""
    options = command_line.train_parser(prog).read(argv)
    if options.resume and (options.init_from or options.run):
        raise ConfigError("--resume goes on in its own run: leave out --init_from and --run")
    if not (options.resume or options.init_from):
        options.init_from = next((f.init_from for f in options.config[::-1] if f.init_from), None)
    options.given = command_line.given_settings(options)
    if not (options.resume or options.init_from):
        config = command_line.override(Config(), options.given)  # refuses what contradicts itself
        if options.print_config:
            write_line(command_line.as_yaml(config))
            flush()
            raise SystemExit(0)
    return options


def translate_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `translate`."""
    options = command_line.translate_parser(prog).read(argv)
    if options.sample and options.mbr:
        raise ConfigError("--mbr draws translations by itself: leave --sample out")
    _check_ensemble(options)
    _check_search(
        options,
        samples=bool(options.sample or options.mbr),
        draws="--mbr" if options.mbr else "--sample",
    )
    if options.num_best > 1 and not options.json:
        raise ConfigError(f"--num_best is {options.num_best}: more than 1 a line needs --json")
    if options.engine == "ctranslate2":
        if options.device == "cuda":
            raise ConfigError("--engine ctranslate2 runs on the CPU: leave --device out")
        if options.ensemble:
            raise ConfigError("--engine ctranslate2 takes one run: leave --ensemble out")
        if options.sample or options.mbr:
            raise ConfigError(
                "--engine ctranslate2 cannot draw the samples that --seed names: "
                f"leave {'--mbr' if options.mbr else '--sample'} out, or use --engine torch"
            )
    if options.text and options.input:
        raise ConfigError("--input and texts as arguments exclude each other: give one of them")
    return options


def evaluate_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `evaluate`."""
    options = command_line.evaluate_parser(prog).read(argv)
    _check_ensemble(options)
    _check_search(options, samples=bool(options.mbr), draws="--mbr")
    return options


def inspect_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `inspect`."""
    options = command_line.inspect_parser(prog).read(argv)
    if options.learning is not None:
        _check_learning(options)
    elif options.compare:
        _check_comparison(options)
    else:
        _check_effect(options, _outputs(options))
    for name in FILES:
        if options[name] is not None:
            _check_file(name, Path(options[name]))
    if options.learning is None and not options.compare:
        _check_text(options, _outputs(options))
    return options


def heads_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `heads`."""
    options = command_line.heads_parser(prog).read(argv)
    if len(options.runs) > 2:
        raise ConfigError(f"there are {len(options.runs)} runs: give one, or two to compare")
    for name in COMPARED_IN:
        if options[name] is not None:
            _check_file(name, Path(options[name]))
    return options


def export_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `export`."""
    return command_line.export_parser(prog).read(argv)


def diversify_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `diversify`."""
    options = command_line.diversify_parser(prog).read(argv)
    for name in ("back_translation", "tag"):
        if options[name] is not None and options.monolingual_tgt is None:
            raise ConfigError(f"--{name} would have no effect: it goes with --monolingual_tgt")
    return options


def cache_options(argv: Sequence[str], prog: str) -> Namespace:
    """Of `cache`."""
    return command_line.cache_parser(prog).read(argv)


def _check_search(options: Namespace, *, samples: bool, draws: str) -> None:
    """For an option that has no effect with, or without, `samples`, which `draws` would draw."""
    settings = BEAM_SETTINGS if samples else SAMPLING_SETTINGS
    idle = [f"--{name}" for name in settings if options[name] is not None]
    if idle:
        way_out = f"leave {draws} out" if samples else f"add {draws}"
        raise ConfigError(f"{', '.join(idle)} would have no effect: {way_out}")


def _check_ensemble(options: Namespace) -> None:
    if options.ensemble and not all(name.strip() for name in options.ensemble.split(",")):
        raise ConfigError(
            f"--ensemble is {options.ensemble!r}: a run is missing beside a comma: name it, or "
            f"leave the comma out"
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
            raise ConfigError(f"--{name} is not searched for: leave out {' and '.join(given)}")


def _check_comparison(options: Namespace) -> None:
    """For what has nothing to do with two runs."""
    given = [name for name, value in vars(options).items() if value not in (None, False)]
    for name in given:
        if name not in COMPARED:
            raise ConfigError(f"--{name} would have no effect with --compare: leave one out")
    for name in ("layer", "head"):
        if name in given and set(given) & set(COMPARED_IN):
            raise ConfigError(
                f"--{name} would have no effect: a file has all matched heads, so leave it out"
            )
    _check_text(options, ["compare"])


def _check_learning(options: Namespace) -> None:
    """For what has nothing to do with how a run learned."""
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
    """One text, and not a blank one; none where the texts are lines. A page needs none."""
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


def _check_file(name: str, path: Path) -> None:
    """For a place that cannot be written to."""
    suffixes = SUFFIXES.get(name, (f".{name}",))
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"--{name} takes a file that ends in {suffixes[0]}, not {path}")
    if not path.parent.is_dir():
        raise ConfigError(f"--{name} {path}: there is no folder {path.parent}: make it first")
    if path.exists() and not path.is_file():
        raise ConfigError(f"--{name} {path} is no ordinary file: choose another name")
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(f"--{name} {path}: nothing can be written into {path.parent}")
