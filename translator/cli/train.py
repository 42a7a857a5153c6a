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

from translator.cli import options as command_line
from translator.cli.parser import Parser
from translator.cli.selection import OF_BEAM, check_precision, choose_device, find_run
from translator.cli.streams import write_line
from translator.compute.signals import StopSignals
from translator.config import Config, CorpusConfig
from translator.errors import ConfigError, RunError

if TYPE_CHECKING:
    import torch

    from translator.compute.distributed import World
    from translator.experiment.experiment import Experiment
    from translator.experiment.run_directory import RunDirectory

logger = logging.getLogger(__name__)


def train(argv: Sequence[str], prog: str) -> int:
    """Train a model and score it."""
    parser = command_line.train_parser(prog)
    options = parser.parse_args(argv)
    if options.resume and (options.init_from or options.run):
        raise ConfigError("--resume goes on in its own run: leave out --init_from and --run")

    from translator.compute.distributed import join_world, leave_world
    from translator.experiment.rehearsal import without_regularization
    from translator.experiment.run_directory import RunDirectory

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
        try:
            _train_all(config, command, donor)
            code = 0
        except _StoppedError as stopped:
            code = stopped.exit_code
    leave_world(world)
    return code


def diversify(argv: Sequence[str], prog: str) -> int:
    """Write new training pairs with trained models."""
    options = command_line.diversify_parser(prog).parse_args(argv)

    from translator.experiment import diversification

    counts = diversification.diversify(
        [find_run(path) for path in options.forward],
        [find_run(path) for path in options.backward],
        Path(options.output),
        source=options.source,
        distill=options.distill,
        samples=options.samples,
        device=choose_device(options.device),
        search={name: options[name] for name in OF_BEAM if options[name] is not None},
        on_done=_report_texts,
    )
    write_line("\n".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    write_line(f"train on all: python train.py --corpus.source {options.output} ...")
    return 0


class _StoppedError(Exception):
    """Somebody wanted it to end, and everything is saved."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


@dataclass(frozen=True)
class _Command:
    """What all trainings of one `train` share."""

    run: "RunDirectory"
    """The run that was asked for; teachers have theirs inside."""
    device: "torch.device"
    world: "World"
    prog: str


def _train_all(config: Config, command: _Command, donor: "RunDirectory | None") -> None:
    """Train the run that was asked for, and say what came out."""
    from translator.experiment import experiment as lab

    run = command.run
    experiment = _train_on_all_text(config, run, command, donor)
    translations = lab.finish(experiment, run)
    if command.world.is_main:
        _print_outcome(experiment, run, translations)


def _train_on_all_text(
    config: Config, run: "RunDirectory", command: _Command, donor: "RunDirectory | None" = None
) -> "Experiment":
    """Train on the corpus and, where there are teachers, on what they make of it."""
    text = None
    if config.diversification.models:
        _train_teachers(config, run, command)
        text = _text_of_teachers(config, run)
        _write_text(config, run, command, Path(text.source))
    return _train(config, run, command, donor, text)


def _begin(config: Config, run: "RunDirectory", command: _Command) -> None:
    """Make `run` before those inside it, so that it can be resumed whatever happens to them."""
    from translator.text.corpus import load_corpus

    load_corpus(config.corpus)  # refuse it before anything is written
    if command.world.is_main and not run.config_file.exists():
        run.create(config)


def _train_teachers(config: Config, run: "RunDirectory", command: _Command) -> None:
    """Train, or go on with, those that have no scores yet."""
    from translator.experiment import experiment as lab
    from translator.experiment.diversification import teachers
    from translator.experiment.run_directory import RunDirectory

    _begin(config, run, command)
    configs = teachers(config)
    for number, (name, of_teacher) in enumerate(configs.items(), start=1):
        teacher = RunDirectory(run.teachers_folder / name)
        if teacher.load_results():
            continue
        logger.info("%s, model %d of %d that write text:", name, number, len(configs))
        lab.finish(_train(of_teacher, teacher, command), teacher)


def _write_text(config: Config, run: "RunDirectory", command: _Command, folder: Path) -> None:
    """Let the teachers translate the training text into `folder`."""
    from translator.experiment.diversification import diversify as write_corpus
    from translator.experiment.diversification import teachers
    from translator.experiment.run_directory import RunDirectory

    if command.world.is_main:
        runs = [RunDirectory(run.teachers_folder / name) for name in teachers(config)]
        settings = config.diversification
        try:
            counts = write_corpus(
                runs[: settings.models],
                runs[settings.models :],
                folder,
                distill=settings.distill,
                samples=settings.samples,
                device=command.device,
                on_done=_report_texts,
            )
        except KeyboardInterrupt:
            _say_how_to_resume(command, "stopped while translating")
            raise _StoppedError(128 + signal.SIGINT) from None
        logger.info("%s", ", ".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    command.world.sum(0)  # the text is there before the others read it


def _text_of_teachers(config: Config, run: "RunDirectory") -> CorpusConfig:
    """The corpus with the original and the new pairs."""
    folder = run.path / "diversified"
    return dataclasses.replace(config.corpus, source=str(folder), revision=None)


def _train(
    config: Config,
    run: "RunDirectory",
    command: _Command,
    donor: "RunDirectory | None" = None,
    text: CorpusConfig | None = None,
) -> "Experiment":
    """Train in `run`, from where it stands or anew. Raises _StoppedError when told to stop."""
    from translator.experiment import experiment as lab
    from translator.experiment.rehearsal import expected_seconds

    world = command.world
    has_begun = world.gather([run.tokenizer_file.exists()])[0]
    if not (has_begun or donor) and run.model_file.exists():
        raise RunError(
            f"{run.path} was killed while it took the weights of another run: remove it, and begin "
            "again with --init_from"
        )
    experiment = _prepare(config, command.device, world, run if has_begun else None, donor, text)
    if has_begun:
        lab.restore(experiment, run)
    elif world.is_main:
        if not run.config_file.exists():
            run.create(config)
        if donor:  # without a checkpoint yet, resuming begins with these weights again
            lab.save_best(experiment, run)
            # Before the first step, so that no resumption forgets it.
            run.log({"event": "init_from", "step": -1, "run": str(donor.path)})
        run.save_tokenizer(experiment.tokenizer)
    logger.info(
        "training in %s to step %d: about %.1f min, validations not counted",
        run.path,
        experiment.config.training.max_steps,
        expected_seconds(experiment) / 60,
    )
    with StopSignals() as stop:
        ending = lab.run_training(experiment, run, stop.requested)
    world.sum(0)  # what the main process wrote last is there before the others go on
    if ending == "interrupted":
        _say_how_to_resume(command, f"stopped after step {experiment.learner.state.step}")
        raise _StoppedError(128 + (stop.received or signal.SIGTERM))
    return experiment


def _prepare(
    config: Config,
    device: "torch.device",
    world: "World",
    resumed: "RunDirectory | None",
    donor: "RunDirectory | None",
    text: CorpusConfig | None = None,
) -> "Experiment":
    """With the vocabulary of the run that goes on, or of `donor`, and the latter's weights."""
    from translator.experiment import experiment as lab

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


def _inherit(parser: Parser, argv: Sequence[str], donor: "RunDirectory", whole: bool) -> Config:
    """What was asked, on top of the run `donor`: of all of it to resume, else of its shape.

    Raises ConfigError, with a list, if what was asked contradicts the run.
    """
    from translator.experiment.run_directory import differences

    stored = donor.load_config()
    for section in command_line.SECTIONS if whole else ("model", "tokenizer"):
        values = dataclasses.asdict(getattr(stored, section))
        parser.set_defaults({f"{section}.{name}": value for name, value in values.items()})
    asked = command_line.read_config(parser.parse_args(argv))
    regularization = ("model.dropout", "tokenizer.sampling")
    free = () if whole else ("corpus", "training", "decoding", "diversification", *regularization)
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
    from translator.experiment.diversification import teachers
    from translator.experiment.rehearsal import expected_seconds, try_one_step

    loss = try_one_step(experiment)
    config = experiment.config
    of_teachers = sum(teacher.training.max_steps for teacher in teachers(config).values())
    share = 1 + of_teachers / config.training.max_steps
    counted = " (that of its teachers included)" if of_teachers else ""
    write_line(
        f"config, corpus and one step are fine (loss {loss:.2f}); training{counted} would "
        f"take about {share * expected_seconds(experiment) / 60:.1f} min. Nothing was written."
    )
    return 0


def _overfit_batch(experiment: "Experiment") -> int:
    from translator.experiment.rehearsal import OVERFIT_PAIRS, overfit_batch

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
