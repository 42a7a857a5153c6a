"""The commands `train` and `diversify`: runs, and models that write training text for others."""

import dataclasses
import itertools
import logging
import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from translator import options as command_line
from translator.config import Config, CorpusConfig
from translator.errors import ConfigError
from translator.loading import OF_BEAM, check_precision, choose_device, find_run
from translator.signals import StopSignals
from translator.streams import write_line

if TYPE_CHECKING:
    import torch

    from translator.checkpoint import RunDirectory
    from translator.distributed import World
    from translator.experiment import Experiment

logger = logging.getLogger(__name__)


def train(argv: Sequence[str], prog: str) -> int:
    """Train a model and score it."""
    parser = command_line.train_parser(prog)
    options = parser.parse_args(argv)
    if options.resume and (options.init_from or options.run):
        raise ConfigError("--resume goes on in its own run: leave out --init_from and --run")

    from translator.checkpoint import RunDirectory
    from translator.distributed import join_world, leave_world
    from translator.rehearsal import without_regularization

    config = command_line.read_config(options)
    if options.run:
        RunDirectory(Path(options.run)).check_is_free()
    resumed = RunDirectory(Path(options.resume)) if options.resume else None
    donor = RunDirectory(Path(options.init_from)) if options.init_from else None
    for run in filter(None, (resumed, donor)):
        config = _inherit(parser, argv, run, whole=run is resumed)
    if options.overfit_batch:
        config = without_regularization(config)
    device = choose_device(options.device)
    check_precision(config.training.precision, device)

    world = join_world(device)
    if not world.is_main:
        logging.getLogger("translator").setLevel(logging.ERROR)
    if options.dry_run or options.overfit_batch:
        experiment = _prepare(config, device, world, resumed, donor)
        code = _dry_run(experiment) if options.dry_run else _overfit_batch(experiment)
    else:
        name = world.gather([options.resume or options.run or _free_name(options, config)])[0]
        command = _Command(RunDirectory(Path(name)), device, world, prog)
        code = _train_all(config, command, donor)
    leave_world(world)
    return code


def diversify(argv: Sequence[str], prog: str) -> int:
    """Write new training pairs with trained models."""
    options = command_line.diversify_parser(prog).parse_args(argv)

    from translator import diversification

    counts = diversification.diversify(
        [find_run(path) for path in options.forward],
        [find_run(path) for path in options.backward],
        Path(options.output),
        source=options.source,
        device=choose_device(options.device),
        search={name: options[name] for name in OF_BEAM if options[name] is not None},
        on_done=_report_texts,
    )
    write_line("\n".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    write_line(f"train on all: python train.py --corpus.source {options.output} ...")
    return 0


@dataclass(frozen=True)
class _Command:
    """What all trainings of one `train` share."""

    run: "RunDirectory"
    """The run that was asked for; teachers have theirs inside."""
    device: "torch.device"
    world: "World"
    prog: str


def _train_all(config: Config, command: _Command, donor: "RunDirectory | None") -> int:
    """Train the teachers, if there are any, then the run itself; say what came out."""
    from translator import experiment as lab

    text = None
    if config.diversification.models:
        code = _train_teachers(config, command) or _write_text(config, command)
        if code:
            return code
        text = _text_of_teachers(config, command)
    experiment, code = _train(config, command.run, command, donor, text)
    if code:
        return code
    translations = lab.finish(experiment, command.run)
    if command.world.is_main:
        _print_outcome(experiment, command.run, translations)
    return 0


def _train_teachers(config: Config, command: _Command) -> int:
    """Train, or go on with, those that have no scores yet. Returns an exit code."""
    from translator import experiment as lab
    from translator.checkpoint import RunDirectory
    from translator.corpus import load_corpus
    from translator.diversification import teachers

    load_corpus(config.corpus)  # refuse it before anything is written
    if command.world.is_main and not command.run.config_file.exists():
        command.run.create(config)
    configs = teachers(config)
    for number, (name, of_teacher) in enumerate(configs.items(), start=1):
        run = RunDirectory(_folder_of_teachers(command) / name)
        if run.load_results():
            continue
        logger.info("%s, model %d of %d that write text:", name, number, len(configs))
        experiment, code = _train(of_teacher, run, command)
        if code:
            return code
        lab.finish(experiment, run)
    return 0


def _write_text(config: Config, command: _Command) -> int:
    """Let the teachers translate the training text. Returns an exit code."""
    from translator.checkpoint import RunDirectory
    from translator.diversification import diversify as write_corpus
    from translator.diversification import teachers

    if command.world.is_main:
        runs = [RunDirectory(_folder_of_teachers(command) / name) for name in teachers(config)]
        models = config.diversification.models
        folder = Path(_text_of_teachers(config, command).source)
        try:
            counts = write_corpus(
                runs[:models], runs[models:], folder, device=command.device, on_done=_report_texts
            )
        except KeyboardInterrupt:
            _say_how_to_resume(command, "stopped while translating")
            return 128 + signal.SIGINT
        logger.info("%s", ", ".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    command.world.sum(0)  # the text is there before the others read it
    return 0


def _folder_of_teachers(command: _Command) -> Path:
    return command.run.path / "teachers"


def _text_of_teachers(config: Config, command: _Command) -> CorpusConfig:
    """The corpus with the original and the new pairs."""
    folder = command.run.path / "diversified"
    return dataclasses.replace(config.corpus, source=str(folder), revision=None)


def _train(
    config: Config,
    run: "RunDirectory",
    command: _Command,
    donor: "RunDirectory | None" = None,
    text: CorpusConfig | None = None,
) -> "tuple[Experiment, int]":
    """Train in `run`, from where it stands or anew. Returns an exit code beside: 0 when done."""
    from translator import experiment as lab
    from translator.rehearsal import expected_seconds

    world = command.world
    has_begun = world.gather([run.tokenizer_file.exists()])[0]
    experiment = _prepare(config, command.device, world, run if has_begun else None, donor, text)
    if has_begun:
        lab.restore(experiment, run)
    elif world.is_main:
        if not run.config_file.exists():
            run.create(config)
        run.save_tokenizer(experiment.tokenizer)
    logger.info(
        "training in %s to step %d: about %.1f min, validations not counted",
        run.path,
        config.training.max_steps,
        expected_seconds(experiment) / 60,
    )
    with StopSignals() as stop:
        ending = lab.run_training(experiment, run, stop.requested)
    world.sum(0)  # what the main process wrote last is there before the others go on
    if ending != "interrupted":
        return experiment, 0
    _say_how_to_resume(command, f"stopped after step {experiment.learner.state.step}")
    return experiment, 128 + (stop.received or signal.SIGTERM)


def _prepare(
    config: Config,
    device: "torch.device",
    world: "World",
    resumed: "RunDirectory | None",
    donor: "RunDirectory | None",
    text: CorpusConfig | None = None,
) -> "Experiment":
    """With the vocabulary of the run that goes on, or of `donor`, and the latter's weights."""
    from translator import experiment as lab

    source = resumed if resumed and resumed.tokenizer_file.exists() else donor
    tokenizer = source.load_tokenizer() if source else None
    experiment = lab.prepare(config, device, world, tokenizer, text)
    if donor:
        lab.start_from(experiment, donor)
    logger.info("%s", lab.describe(experiment))
    return experiment


def _say_how_to_resume(command: _Command, what: str) -> None:
    prog = command.prog
    logger.info(
        "%s; everything is saved. To go on:\n%s --resume %s",
        what,
        f"python {prog}" if prog.endswith(".py") else prog,
        command.run.path,
    )


def _report_texts(name: str, num_done: int, num_texts: int) -> None:
    logger.info("%s: %d of %d texts", name, num_done, num_texts)


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
    from translator.diversification import teachers
    from translator.rehearsal import expected_seconds, try_one_step

    loss = try_one_step(experiment)
    config = experiment.config
    of_teachers = sum(teacher.training.max_steps for teacher in teachers(config).values())
    share = 1 + of_teachers / config.training.max_steps
    with_teachers = " (that of its teachers included)" if of_teachers else ""
    write_line(
        f"config, corpus and one step are fine (loss {loss:.2f}); training{with_teachers} would "
        f"take about {share * expected_seconds(experiment) / 60:.1f} min. Nothing was written."
    )
    return 0


def _overfit_batch(experiment: "Experiment") -> int:
    from translator.rehearsal import OVERFIT_PAIRS, overfit_batch

    for step, loss in overfit_batch(experiment):
        logger.info("step %d: loss %.4f", step, loss)
    write_line(
        f"{OVERFIT_PAIRS} pairs learned by heart: this model can learn. Nothing was written."
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
