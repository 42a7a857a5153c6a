"""The runs and the search that the options of a command name."""

import dataclasses
from collections.abc import Sequence

from translator.cli.options.common import BEAM_SETTINGS, SAMPLING_SETTINGS
from translator.cli.parser import Namespace
from translator.compute.device import Device, choose_device
from translator.compute.files import short_name
from translator.config import DecodingConfig
from translator.decoding.strategies import BeamSearch, Sampling, beam_search
from translator.errors import RunError
from translator.experiment.loading import Engine, TrainedTranslator, load_translator
from translator.experiment.run_directory import RunDirectory, find_run
from translator.text.sources import split_name


def load(
    run: str | None,
    device: Device | None,
    engine: Engine = "torch",
    ensemble: str | None = None,
) -> tuple[RunDirectory, TrainedTranslator]:
    """A run and its translator; with `ensemble`, the translator of the run together with the runs
    named there.

    Raises RunError or ConfigError if they cannot be used.
    """
    chosen = find_run(run)
    others = [find_run(name) for name in ensemble.split(",")] if ensemble else []
    return chosen, load_translator(chosen, choose_device(device), engine, others)


def load_both(
    names: Sequence[str], device: Device | None
) -> tuple[tuple[RunDirectory, RunDirectory], tuple[TrainedTranslator, TrainedTranslator]]:
    """Two runs to compare, and their translators.

    Raises RunError if one cannot be used, or if they translate in opposite directions.
    """
    (run_a, a), (run_b, b) = (load(name, device) for name in names)
    corpus_a, corpus_b = run_a.load_config().corpus, run_b.load_config().corpus
    if (corpus_a.src_column, corpus_a.tgt_column) == (corpus_b.tgt_column, corpus_b.src_column):
        raise RunError(
            f"{run_a} translates {corpus_a.src_column} to {corpus_a.tgt_column}, {run_b} "
            f"translates {corpus_b.src_column} to {corpus_b.tgt_column}: compare runs of the same "
            "direction"
        )
    return (run_a, run_b), (a, b)


def names_of_both(runs: tuple[RunDirectory, RunDirectory]) -> tuple[str, str]:
    """Short names of two runs, fit for pages that are sent to others, unless they would be
    equal."""
    a, b = map(str, runs)
    return (a, b) if short_name(a) == short_name(b) else (short_name(a), short_name(b))


def languages(run: RunDirectory) -> str:
    """The direction of a run, by the names of its columns: en-de."""
    corpus = run.load_config().corpus
    return f"{corpus.src_column}-{corpus.tgt_column}"


def held_out_name(options: Namespace) -> str:
    """The name of a split: test, or, with --source, news-test."""
    name = split_name(options.split)
    return f"{short_name(options.source)}-{name}" if options.source else name


def search_settings(options: Namespace, decoding: DecodingConfig) -> DecodingConfig:
    """The run's search settings, overridden by given options."""
    given = {name: options[name] for name in BEAM_SETTINGS if options[name] is not None}
    return dataclasses.replace(decoding, **given)


def choose_beam(options: Namespace, decoding: DecodingConfig, *, num_best: int = 1) -> BeamSearch:
    """The run's beam search, unless another is asked for. Raises ConfigError out of range."""
    return beam_search(search_settings(options, decoding), num_best=num_best)


def choose_sampling(options: Namespace, num_samples: int) -> Sampling:
    """The settings of sampling. Raises ConfigError for a value out of range."""
    given = {name: options[name] for name in SAMPLING_SETTINGS if options[name] is not None}
    return Sampling(num_samples=num_samples, **given)
