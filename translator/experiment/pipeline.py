"""A whole training: teachers and their text, if the run has any, the run itself, and its scores.

Nothing is printed here: events are logged. The caller passes in the wish to stop and, to replace
the default progress bar of terminals and notebooks, what shows the steps.
"""

import dataclasses
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from translator.compute.device import Device
from translator.compute.distributed import World, join_world, leave_world, lost_processes_named
from translator.compute.files import make_folder
from translator.compute.progress import log_in_notebook, step_bar
from translator.compute.randomness import borrowed_generators
from translator.config import Config
from translator.errors import CorpusError, RunError, StoppedError, TranslatorError
from translator.evaluation import Scores
from translator.experiment import checks, fine_tuning, rehearsal, resuming, training_run
from translator.experiment.beginning import Beginning, choose_device_for, prepare, resolve
from translator.experiment.diversification import diversify, teachers
from translator.experiment.experiment import Experiment
from translator.experiment.one_language import final_text, one_language, teacher_text
from translator.experiment.run_directory import RunDirectory, free_path
from translator.text.tables import Pair
from translator.training.loop import OnStep

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], AbstractContextManager[OnStep]]
"""Called with the steps taken so far and max_steps. A context manager that is entered, on every
process, while steps are taken; it yields the function that is called after each step."""


@dataclass(frozen=True)
class Outcome:
    """The result of a finished training, besides its run directory."""

    run: Path
    scores: dict[str, Scores]
    """Scores by name of the held-out splits but validation, and of the donor's test text; empty on
    all processes but the main one."""
    translations: dict[str, list[Pair]] = field(repr=False)
    """Pairs of source and translation of the same splits."""


def never() -> bool:
    """The default of `should_stop`."""
    return False


@lost_processes_named()
@log_in_notebook()
def train(
    config: Config | None = None,
    *,
    run: str | Path | None = None,
    resume: str | Path | None = None,
    init_from: str | Path | None = None,
    device: Device | None = None,
    should_stop: Callable[[], bool] = never,
    progress: Progress = step_bar,
) -> Outcome:
    """Train a model and score it, as `python train.py` does. Several processes under torchrun
    train one model together.

    Everything is written into the run directory `run`, by default runs/ and the name of the corpus.
    `resume` continues an interrupted run instead, bit for bit as if it had not been interrupted.
    `init_from`, a run or RUN@STEP, gives a new run its vocabulary and initial weights
    (fine-tuning). Without a `config`, the settings of the given run are used; with `init_from`, the
    defaults are few steps and low learning rates. The default device is the GPU, if there is one.

    A progress bar shows the steps on a terminal and in a notebook; `progress` replaces it. A
    notebook also shows the log, with sample translations at each validation, unless logging is set
    up already.

    `should_stop` is called after each step. If it returns true, everything is saved, and
    StoppedError is raised. A KeyboardInterrupt while teachers translate also raises StoppedError.
    Raises another TranslatorError if training is impossible.
    """
    beginning = resolve(config, run, resume, init_from)
    config = beginning.config
    chosen = choose_device_for(config, device)
    world = join_world(chosen)
    # Each process may find another free name; that of the first process counts.
    name = str(resume or run or free_path(config.corpus.main))
    request = _Request(
        RunDirectory(Path(world.gather([name])[0])), chosen, world, should_stop, progress
    )
    stopped = None
    try:
        with borrowed_generators(chosen), request.locks:
            outcome = _train_and_score(beginning, request)
    except StoppedError as error:
        # Its frames hold objects that must be gone before the processes part.
        stopped = error.with_traceback(None)
    leave_world(world)
    if stopped is not None:
        raise stopped
    return outcome


@dataclass(frozen=True)
class _Request:
    """What the training of a run and those of its teachers share."""

    run: RunDirectory
    """The requested run; the runs of teachers are inside its directory."""
    device: torch.device
    world: World
    should_stop: Callable[[], bool]
    progress: Progress
    locks: ExitStack = field(default_factory=ExitStack)
    reserved: set[Path] = field(default_factory=set)
    """The locks on the runs of this process."""

    def reserve(self, run: RunDirectory) -> None:
        """Keep other processes from training in `run`. Raises BusyError if one already does."""
        if run.path not in self.reserved:
            make_folder(run.path)
            self.locks.enter_context(run.reserved())
            self.reserved.add(run.path)

    def on_main(self, act: Callable[[], None]) -> None:
        """Run a function on the main process only; if it fails, all processes raise its error."""
        refusal: TranslatorError | None = None
        if self.world.is_main:
            try:
                act()
            except TranslatorError as error:
                refusal = error
        told = self.world.gather([refusal])[0]
        if told is not None:
            raise refusal or told

    def stopped(self, when: str) -> StoppedError:
        return StoppedError(f"stopped {when}; everything is saved", self.run.path)


def _train_and_score(beginning: Beginning, request: _Request) -> Outcome:
    """Train the teachers, then the requested run."""
    run, config = request.run, beginning.config
    if beginning.resumed:
        request.on_main(lambda: request.reserve(run))
    if config.diversification.models:
        _let_teachers_write(beginning, request)
        text = final_text(config, run.diversified_folder)
        beginning = dataclasses.replace(beginning, resumed=run, text=text)
    experiment = _train(beginning, run, request)
    scores, hypotheses = training_run.finish(experiment, run)
    fine_tuning.log_changes(run)
    splits = {**experiment.corpus.held_out, **experiment.donor_text}
    translations = {
        split: [(src, text) for (src, _), text in zip(splits[split], texts, strict=True)]
        for split, texts in hypotheses.items()
    }
    return Outcome(run.path, scores, translations)


def _let_teachers_write(beginning: Beginning, request: _Request) -> None:
    """Train the teachers and let them translate, round by round, from their current state."""
    config, run = beginning.config, request.run
    # Refused before anything is written.
    checks.check_text(config)
    if beginning.donor:
        beginning.donor.load_model(beginning.donor.load_config(), beginning.donor.load_tokenizer())
    if not beginning.resumed:
        # Created before the runs inside it, so that it can be resumed whatever happens to them.
        request.on_main(lambda: _begin(run, beginning, request))
    before: Path | None = None
    *others, last = teachers(config)
    for number, configs in enumerate(others, start=1):
        folder = run.diversified_folder / f"round-{number}"
        _train_teachers(config, configs, before, request)
        request.on_main(partial(_write_text, config, configs, request, folder, for_teachers=True))
        before = folder
    _train_teachers(config, last, before, request)
    request.on_main(partial(_write_text, config, last, request, run.diversified_folder))


def _train_teachers(
    config: Config, configs: Mapping[str, Config], before: Path | None, request: _Request
) -> None:
    """Train or resume the teachers of a round that have not been scored; `before` is the folder of
    the previous round."""
    for number, (name, teacher_config) in enumerate(configs.items(), start=1):
        teacher = RunDirectory(request.run.teachers_folder / name)
        request.on_main(partial(request.reserve, teacher))
        # The main process decides: it may write before the others look.
        if request.world.gather([teacher.card_file.exists()])[0]:
            continue
        logger.info("%s, teacher %d of %d:", name, number, len(configs))
        has_begun = request.world.gather([teacher.config_file.exists()])[0]
        text = teacher_text(config, teacher_config, before) if before else None
        found = Beginning(teacher_config, teacher if has_begun else None, text=text)
        training_run.finish(_train(found, teacher, request), teacher)


def _write_text(
    config: Config,
    configs: Mapping[str, Config],
    request: _Request,
    folder: Path,
    *,
    for_teachers: bool = False,
) -> None:
    """Let the teachers of a round translate into `folder`."""
    runs = [RunDirectory(request.run.teachers_folder / name) for name in configs]
    settings = config.diversification
    try:
        counts = diversify(
            runs[: settings.models],
            runs[settings.models :],
            folder,
            source=config.corpus.source,
            distill=settings.distill,
            samples=settings.samples,
            one_language=one_language(config),
            for_teachers=for_teachers,
            device=request.device,
        )
    except KeyboardInterrupt as interruption:
        raise request.stopped("while translating") from interruption
    logger.info("%s", ", ".join(f"{name}: {count:,} pairs" for name, count in counts.items()))


def _train(beginning: Beginning, run: RunDirectory, request: _Request) -> Experiment:
    """Train in `run`, from its current state or from scratch. Raises StoppedError when told to
    stop."""
    world = request.world
    experiment = prepare(beginning, request.device, world)
    check_is_same(experiment)
    state, training = experiment.learner.state, experiment.config.training

    def take_place() -> None:
        if state.step:
            resuming.rewind(experiment, run)
        else:
            _begin(run, beginning, request)
            run.save_tokenizer(experiment.tokenizer)

    request.on_main(take_place)
    check_is_shared(run, world)
    if state.step == 0:
        translator = experiment.translator(experiment.learner.average)
        texts = {"test": experiment.corpus.held_out["test"], **experiment.donor_text}
        fine_tuning.score_before(run, texts, translator, world)
    logger.info(
        "training in %s to step %d: about %.1f min, without validations",
        run.path,
        training.max_steps,
        rehearsal.expected_seconds(experiment) / 60,
    )
    with request.progress(state.step, training.max_steps) as on_step:
        ending = training_run.run_training(experiment, run, request.should_stop, on_step)
    world.sum(0)  # the last files of the main process exist before the others continue
    if ending == "interrupted":
        raise request.stopped(f"after step {state.step}")
    return experiment


def check_is_shared(run: RunDirectory, world: World) -> None:
    """Raises RunError, on all processes, if one does not see the files of the main process."""
    seen = world.gather([(socket.gethostname(), run.config_file.exists())])
    blind = sorted({machine for machine, is_there in seen if not is_there})
    if blind:
        raise RunError(
            f"{run.path} does not exist on {', '.join(blind)}: all machines of a training read the "
            "same run directory, so use --run with a folder on a shared file system"
        )


def check_is_same(experiment: Experiment) -> None:
    """Raises CorpusError, on all processes, if one has another text than the main process, or
    another vocabulary."""
    here = (experiment.corpus.sha256, experiment.tokenizer.model)
    seen = experiment.world.gather([(socket.gethostname(), here)])
    others = sorted({machine for machine, text in seen if text != seen[0][1]})
    if others:
        raise CorpusError(
            f"{experiment.config.corpus.name} is not the same text on {', '.join(others)} as on "
            f"{seen[0][0]}: copy the corpus there again"
        )


def _begin(run: RunDirectory, beginning: Beginning, request: _Request) -> None:
    """Write the files of a run before its first step, or those that are missing."""
    config, donor = beginning.config, beginning.donor
    request.reserve(run)
    if beginning.resumed:
        run.forget_after(-1)
        run.move_corpus(config)
    else:
        run.create(config, init_from=str(donor) if donor else None)
    if donor and not run.initial_file.exists():
        run.save_initial(config, donor)
