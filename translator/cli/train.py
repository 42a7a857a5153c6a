"""The command `train`: a training, or a check before it."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.cli.options.train import as_yaml, override
from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.invocation import command
from translator.compute.progress import step_bar
from translator.compute.signals import StopSignals
from translator.config import Config
from translator.errors import StoppedError
from translator.experiment import checks, pipeline
from translator.experiment.beginning import inherited_config
from translator.experiment.pipeline import Outcome
from translator.experiment.rehearsal import OVERFIT_PAIRS
from translator.experiment.run_directory import free_path
from translator.training.loop import OnStep

logger = logging.getLogger(__name__)


def run(options: Namespace, prog: str) -> int:
    """Train a model and score it."""
    config = _config(options)
    if options.print_config:
        write_line(as_yaml(config))
        return 0
    asked = {
        "run": _run(options),
        "resume": options.resume,
        "init_from": options.init_from,
        "device": options.device,
    }
    if options.dry_run:
        _print_dry_run(checks.dry_run(config, **asked))
        return 0
    if options.overfit_batch:
        checks.overfit_batch(config, **asked, on_step=_log_step)
        write_line(
            f"{OVERFIT_PAIRS} pairs learned by heart: this model can learn. Nothing was written."
        )
        return 0
    # Entered only while steps are taken: before and after, Ctrl-C ends at once.
    signals = StopSignals()

    @contextmanager
    def progress(done: int, max_steps: int) -> Iterator[OnStep]:
        """Until all steps are taken, the first Ctrl-C saves."""
        with signals, step_bar(done, max_steps) as on_step:
            yield on_step

    try:
        outcome = pipeline.train(
            config,
            **asked,
            should_stop=signals.requested,
            progress=progress,
        )
    except StoppedError as stopped:
        resume = command("train", "--resume", stopped.run)
        logger.info("%s. To continue:\n%s", stopped.message, resume)
        if isinstance(stopped.__cause__, KeyboardInterrupt):
            return 128 + signal.SIGINT
        return 128 + (signals.received or signal.SIGTERM)
    if outcome.scores:
        _print_outcome(outcome)
    return 0


def _config(options: Namespace) -> Config:
    """The given settings on top of those of the run to resume or of the donor."""
    if not (options.resume or options.init_from):
        return override(Config(), options.given)
    inherited = inherited_config(options.resume, options.init_from)
    return override(inherited, options.given)


def _run(options: Namespace) -> Path | None:
    """The run directory; by default named after the config file, if there is one."""
    if options.run:
        return Path(options.run)
    if options.config and not options.resume:
        return free_path(options.config[-1].path)
    return None


def _log_step(step: int, loss: float) -> None:
    logger.info("step %d: loss %.4f", step, loss)


def _print_dry_run(found: checks.DryRun) -> None:
    counted = " (with its teachers, without their translations)" if found.has_teachers else ""
    write_line(
        f"config, corpus and one step are fine (loss {found.loss:.2f}); training{counted} would "
        f"take about {found.seconds / 60:.1f} min. Nothing was written."
    )


def _print_outcome(outcome: Outcome) -> None:
    for split, scores in outcome.scores.items():
        write_line(f"{split}: {scores.bleu}\n{split}: {scores.chrf}")
    pairs = outcome.translations["test"]
    for src, translation in pairs[:: max(1, len(pairs) // 3)][:3]:
        write_line(f"    {src}\n    -> {translation}")
    run, example = outcome.run, next(src for src, _ in pairs if src.strip())
    write_line(
        f"everything is in {outcome.run}\n"
        f"translate: {command('translate', '--run', run, example)}\n"
        f"inspect:   {command('inspect', '--run', run, example)}\n"
        f"explore:   {command('inspect', '--run', run, '--html', 'page.html')}\n"
        f"resume:    {command('train', '--resume', run)}"
    )
