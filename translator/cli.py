"""The commands. Only here: the command line, logging, the device, signals, exit codes.

What takes long to import is imported by the command that needs it, so that `--help` and a
misspelt option answer at once.
"""

import dataclasses
import difflib
import itertools
import json
import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from translator import options as command_line
from translator.config import Config, DecodingConfig
from translator.errors import ConfigError, TranslatorError
from translator.evaluating import evaluate
from translator.inspecting import inspect
from translator.loading import (
    OF_BEAM,
    check_precision,
    check_search,
    choose_device,
    find_run,
    load,
    sampling,
    search_settings,
)
from translator.memory import keep_freed_memory
from translator.signals import StopSignals
from translator.streams import batched, read_lines, typed_lines, write_line

if TYPE_CHECKING:
    from translator.candidates import Strategy
    from translator.checkpoint import RunDirectory
    from translator.experiment import Experiment
    from translator.translation import Translation

logger = logging.getLogger(__name__)


def train(argv: Sequence[str], prog: str) -> int:
    """Train a model and score it."""
    parser = command_line.train_parser(prog)
    options = parser.parse_args(argv)
    if options.resume and (options.init_from or options.run):
        raise ConfigError("--resume goes on in its own run: leave out --init_from and --run")

    from translator import experiment as lab
    from translator.checkpoint import RunDirectory
    from translator.distributed import join_world, leave_world

    config = command_line.read_config(options)
    if options.run:
        RunDirectory(Path(options.run)).check_is_free()
    donor = None
    if options.resume or options.init_from:
        donor = RunDirectory(Path(options.resume or options.init_from))
        config = _inherit(parser, argv, donor, whole=bool(options.resume))
    if options.overfit_batch:
        config = lab.without_regularization(config)
    device = choose_device(options.device)
    check_precision(config.training.precision, device)

    world = join_world(device)
    if not world.is_main:
        logging.getLogger("translator").setLevel(logging.ERROR)
    experiment = lab.prepare(config, device, world, donor.load_tokenizer() if donor else None)
    if donor and not options.resume:
        lab.start_from(experiment, donor)
    logger.info("%s", lab.describe(experiment))
    if options.dry_run:
        code = _dry_run(experiment)
    elif options.overfit_batch:
        code = _overfit_batch(experiment)
    else:
        code = _train(experiment, donor if options.resume else None, options, prog)
    leave_world(world)
    return code


def _train(
    experiment: "Experiment", resumed: "RunDirectory | None", options: Namespace, prog: str
) -> int:
    """Train in the run `resumed`, or in a new one, and score what came out."""
    from translator import experiment as lab
    from translator.checkpoint import RunDirectory

    world, config = experiment.world, experiment.config
    if resumed:
        run = resumed
        lab.restore(experiment, run)
    else:
        run = RunDirectory(Path(world.gather([options.run or _free_name(options, config)])[0]))
        if world.is_main:
            run.create(config, experiment.tokenizer)
    logger.info(
        "training in %s to step %d: about %.1f min, validations not counted",
        run.path,
        config.training.max_steps,
        lab.expected_seconds(experiment) / 60,
    )
    with StopSignals() as stop:
        ending = lab.run_training(experiment, run, stop.requested)
    world.sum(0)  # what the main process wrote last is there before the others go on
    if ending == "interrupted":
        logger.info(
            "stopped after step %d; everything is saved. To go on:\n%s --resume %s",
            experiment.learner.state.step,
            f"python {prog}" if prog.endswith(".py") else prog,
            run.path,
        )
        return 128 + (stop.received or signal.SIGTERM)
    translations = lab.finish(experiment, run)
    if world.is_main:
        _print_outcome(experiment, run, translations)
    return 0


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
            from translator.mbr import most_alike_first

            translations = [most_alike_first(drawn)[: options.num_best] for drawn in translations]
        num_done += len(texts)
        for text, found in zip(texts, translations, strict=True):
            write_line(_as_json(text, found) if options.json else found[0].text)
        sys.stdout.buffer.flush()
    return 0


def export(argv: Sequence[str], prog: str) -> int:
    """Write a run's model for another engine."""
    options = command_line.export_parser(prog).parse_args(argv)

    from translator.corpus import load_split
    from translator.ctranslate2_engine import export_folder, import_ctranslate2
    from translator.export import export as write_export

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


def diversify(argv: Sequence[str], prog: str) -> int:
    """Write new training pairs with trained models."""
    options = command_line.diversify_parser(prog).parse_args(argv)

    from translator import diversification

    def report(name: str, num_done: int, num_texts: int) -> None:
        logger.info("%s: %d of %d texts", name, num_done, num_texts)

    counts = diversification.diversify(
        [find_run(path) for path in options.forward],
        [find_run(path) for path in options.backward],
        Path(options.output),
        source=options.source,
        device=choose_device(options.device),
        search={name: options[name] for name in OF_BEAM if options[name] is not None},
        on_done=report,
    )
    write_line("\n".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    write_line(f"train on all: python train.py --corpus.source {options.output} ...")
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


def _inherit(
    parser: command_line.Parser, argv: Sequence[str], donor: "RunDirectory", whole: bool
) -> Config:
    """What was asked, on top of the run `donor`: of all of it to resume, else of its shape.

    Raises ConfigError, with a list, if what was asked contradicts the run.
    """
    from translator.checkpoint import differences

    stored = donor.load_config()
    for section in command_line.SECTIONS if whole else ("model", "tokenizer"):
        values = dataclasses.asdict(getattr(stored, section))
        parser.set_defaults({f"{section}.{name}": value for name, value in values.items()})
    asked = command_line.read_config(parser.parse_args(argv))
    regularization = (
        "model.dropout",
        "model.attention_dropout",
        "model.layer_dropout",
        "tokenizer.sampling",
    )
    free = () if whole else ("corpus", "training", "decoding", *regularization)
    changed = [line for line in differences(asked, stored) if not line.startswith(free)]
    if changed:
        lines = "\n  ".join(changed)
        ways_out = f"leave that out, or use --init_from {donor.path}" if whole else "leave that out"
        raise ConfigError(f"{donor.path} has other settings, {ways_out}:\n  {lines}")
    return asked


def _free_name(options: Namespace, config: Config) -> str:
    """runs/NAME after the config file or the corpus, or runs/NAME-2, ..."""
    named = str(options.config[-1]) if options.config else config.corpus.source
    first = Path("runs") / Path(named).stem
    later = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    return str(next(path for path in itertools.chain([first], later) if not path.exists()))


def _dry_run(experiment: "Experiment") -> int:
    from translator import experiment as lab

    loss = lab.try_one_step(experiment)
    write_line(
        f"config, corpus and one step are fine (loss {loss:.2f}); training would take about "
        f"{lab.expected_seconds(experiment) / 60:.1f} min. Nothing was written."
    )
    return 0


def _overfit_batch(experiment: "Experiment") -> int:
    from translator import experiment as lab

    for step, loss in lab.overfit_batch(experiment):
        logger.info("step %d: loss %.4f", step, loss)
    write_line(
        f"{lab.OVERFIT_PAIRS} pairs learned by heart: this model can learn. Nothing was written."
    )
    return 0


def _print_outcome(
    experiment: "Experiment", run: "RunDirectory", translations: dict[str, list[str]]
) -> None:
    from translator.evaluation import Score

    for split, result in run.load_results().items():
        if split in translations:
            for metric in ("bleu", "chrf"):
                write_line(f"{split}: {Score(**result[metric])}")
    pairs = list(zip(experiment.corpus.splits["test"], translations["test"], strict=True))
    for (src, _), hypothesis in pairs[:: max(1, len(pairs) // 3)][:3]:
        write_line(f"    {src}\n    -> {hypothesis}")
    example = shlex.quote(pairs[0][0][0])
    write_line(
        f"everything is in {run.path}\n"
        f"translate: python translate.py --run {run.path} {example}\n"
        f"inspect:   python -m translator inspect --run {run.path} {example}\n"
        f"resume:    python train.py --resume {run.path}"
    )


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
    from translator.candidates import BeamSearch

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
