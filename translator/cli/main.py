"""The commands. Only here: the command line, logging, the device, signals, exit codes.

What takes long to import is imported by the command that needs it, so that `--help` and a
misspelt option answer at once.
"""

import dataclasses
import difflib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from translator.cli import options as command_line
from translator.cli.evaluate import evaluate
from translator.cli.inspect import inspect
from translator.cli.selection import (
    check_search,
    find_run,
    load,
    sampling,
    search_settings,
)
from translator.cli.streams import batched, read_lines, typed_lines, write_line
from translator.cli.train import diversify, train
from translator.compute.memory import keep_freed_memory
from translator.config import DecodingConfig
from translator.errors import ConfigError, TranslatorError

if TYPE_CHECKING:
    from translator.decoding.candidates import Strategy
    from translator.decoding.translator import Translation

logger = logging.getLogger(__name__)


def translate(argv: Sequence[str], prog: str) -> int:
    """Translate sentences, files, or what is typed."""
    if "--inspect" in argv:
        return inspect([arg for arg in argv if arg != "--inspect"], f"{prog} --inspect")
    options = command_line.translate_parser(prog).parse_args(argv)
    _check_effect(options)
    lines = batched(options.text or read_lines(options.input))
    if not options.text and not options.input and sys.stdin.isatty():
        lines = typed_lines()

    _, translator = load(options.run, options.device, options.engine, options.ensemble)
    strategy = _strategy(options, translator.decoding)
    num_done = 0
    for texts in lines:
        translations = translator.translate_all(
            texts, strategy, prefix=options.prefix, first_line=num_done + 1
        )
        if options.mbr:
            from translator.decoding.minimum_bayes_risk import most_alike_first

            translations = [most_alike_first(drawn)[: options.num_best] for drawn in translations]
        num_done += len(texts)
        for text, found in zip(texts, translations, strict=True):
            write_line(_as_json(text, found) if options.json else found[0].text)
        sys.stdout.buffer.flush()
    return 0


def export(argv: Sequence[str], prog: str) -> int:
    """Write a run's model for another engine."""
    options = command_line.export_parser(prog).parse_args(argv)

    from translator.decoding.ctranslate2_engine import export_folder, import_ctranslate2
    from translator.experiment.export import export as write_export
    from translator.text.corpus import load_split

    import_ctranslate2()  # refuse before the corpus is read
    run = find_run(options.run)
    corpus = run.load_config().corpus
    if options.source:
        corpus = dataclasses.replace(corpus, source=options.source, revision=None)
    comparison = write_export(run, options.quantization, load_split(corpus, "validation"))
    write_line(
        f"{comparison}\n"
        f"the model is in {export_folder(run)}\n"
        f"translate: python translate.py --run {run.path} --engine {options.format} TEXT"
    )
    return 0


COMMANDS: dict[str, Callable[[Sequence[str], str], int]] = {
    "train": train,
    "translate": translate,
    "evaluate": evaluate,
    "inspect": inspect,
    "export": export,
    "diversify": diversify,
}


def main() -> int:
    """`translator COMMAND ...`. Returns the exit code."""
    name, *argv = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print("usage: translator COMMAND ...\n")
        print("\n".join(f"  {key:<10} {command.__doc__}" for key, command in COMMANDS.items()))
        print("\ntranslator COMMAND --help tells more.")
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(COMMANDS)}"
        print(f"error: there is no command {name}: {hint}", file=sys.stderr)
        return 2
    return run_command(name, argv, prog=f"translator {name}")


def run_command(name: str, argv: Sequence[str], prog: str) -> int:
    """One command, called `prog` by the user. Returns the exit code: 2 for what they can mend."""
    # Read by OpenMP when torch is imported. Threads that wait spin for some microseconds, then
    # sleep: sleeping at once costs speed, spinning for long keeps a neighbour's work, or our own
    # other threads, from the cores (benchmarks/waiting_threads.py).
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    keep_freed_memory()
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("translator").setLevel(logging.INFO)
    try:
        return COMMANDS[name](argv, prog)
    except TranslatorError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # whoever read our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # no permission, no space
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":  # of torch, which may not be imported yet
            raise
        return _refuse(
            "the GPU's memory is full: lower training.batch_tokens and raise training.accumulate "
            "instead, or lower decoding.batch_tokens"
        )
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _check_effect(options: Namespace) -> None:
    """Raises ConfigError for an option that would have no effect."""
    if options.sample and options.mbr:
        raise ConfigError("--mbr draws translations by itself: leave --sample out")
    check_search(
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


def _strategy(options: Namespace, decoding: DecodingConfig) -> "Strategy":
    from translator.decoding.candidates import BeamSearch

    if options.sample or options.mbr:
        return sampling(options, options.mbr or options.num_best)
    decoding = search_settings(options, decoding)
    return BeamSearch(
        beam_size=decoding.beam_size,
        length_penalty=decoding.length_penalty,
        num_best=options.num_best,
    )


def _as_json(text: str, found: "Sequence[Translation]") -> str:
    best, *others = [dataclasses.asdict(translation) for translation in found]
    return json.dumps({"source": text, **best, "alternatives": others}, ensure_ascii=False)
