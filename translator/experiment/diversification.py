"""Data diversification (Nguyen et al. 2020): models translate their own training text again.

Forward models write another target to every training source. Backward models, trained with the
columns exchanged, write another source to every training target. The ensemble of the forward models
may also translate all these sources, so that a single model learns what several know together
(ensemble distillation, Freitag et al. 2017), and further sources that the backward models sample,
which are more varied than those of beam search (Edunov et al. 2018). One final model then learns
from all these pairs; no external text is used.
"""

import dataclasses
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from translator.compute.files import locked, make_folder, remove_temporary
from translator.config import Config, CorpusConfig, DiversificationConfig, Source
from translator.decoding.strategies import Sampling
from translator.errors import RunError
from translator.experiment import one_language as monolingual
from translator.experiment.loading import load_translator
from translator.experiment.one_language import OneLanguage
from translator.experiment.run_directory import RunDirectory
from translator.experiment.translations import TEMPERATURE, Translations
from translator.text.alignments import write_pairs
from translator.text.corpus import Corpus, load_corpus
from translator.text.tables import Pair


def teachers(config: Config) -> list[dict[str, Config]]:
    """For each round, by name, the runs whose models write text for `config`, forward ones first.

    Their settings are those of `config` except for direction, shape, length and seed; the seed is
    derived from that of `config`.
    """
    settings = config.diversification
    there = dataclasses.replace(config.corpus, monolingual_src=None, monolingual_tgt=None)
    back = dataclasses.replace(there, src_column=there.tgt_column, tgt_column=there.src_column)
    max_steps = settings.max_steps or config.training.max_steps
    model = settings.teacher_model(config.model)
    rounds = []
    for prefix in ["", *(f"round-{number}-" for number in range(2, settings.rounds + 1))]:
        configs = {}
        for corpus, direction in ((there, "forward"), (back, "backward")):
            for number in range(1, settings.models + 1):
                name = f"{prefix}{direction}-{number}"
                seed = random.Random(f"{config.training.seed} {name}").getrandbits(32)
                training = dataclasses.replace(config.training, seed=seed, max_steps=max_steps)
                configs[name] = dataclasses.replace(
                    config,
                    corpus=corpus,
                    model=model,
                    training=training,
                    diversification=DiversificationConfig(),
                )
        rounds.append(configs)
    return rounds


def diversify(
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    folder: Path,
    *,
    source: str | tuple[Source, ...] | None = None,
    distill: bool = False,
    samples: int = 0,
    one_language: OneLanguage | None = None,
    for_teachers: bool = False,
    device: str | torch.device = "cpu",
    search: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Write a corpus of original and new training pairs into `folder`, with unchanged held-out
    splits.

    The corpus is that of the first forward run, or `source`. With `distill`, the ensemble of all
    forward runs translates the sources of the corpus, the sources that the backward runs wrote, and
    `samples` sources per target that each backward run samples at TEMPERATURE. Pairs made from
    `one_language` go into separate folders; for teachers of a further round, only these are
    written. `search` replaces settings of each run's decoding. Texts translated before an
    interruption are not translated again. Returns the number of pairs by origin.

    Raises RunError for runs of another direction, for an ensemble of runs with different
    vocabularies, for samples without distillation or fewer than 0, and if `folder` holds foreign
    files, or translations by other models or of other texts. Raises CorpusError for text that
    cannot be read.
    """
    texts = one_language or OneLanguage()
    _check_is_ours(folder)
    _check_samples(samples, distill)
    texts.check(backward)
    config = _corpus_config(forward, backward, source)
    _check_runs(forward, backward, as_one=distill or texts.src is not None)
    corpus = load_corpus(config)
    lines = texts.load(corpus, config)
    translations = Translations(folder=folder / "translations", device=device, search=search or {})
    with _reserved(folder):
        pairs = monolingual.translate(
            lines, forward, backward, translations, texts.back_translation
        )
        monolingual.write(folder, pairs, config, texts.tag, for_teachers=for_teachers)
        counts = {name: len(written) for name, written in pairs.items()}
        if for_teachers:
            return counts
        anew = _translate_anew(corpus, forward, backward, translations, distill, samples)
        return {**_write_corpus(folder, corpus, config, anew), **counts}


def _translate_anew(
    corpus: Corpus,
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    translations: Translations,
    distill: bool,
    samples: int,
) -> dict[str, Sequence[Pair]]:
    """The training pairs, and the models' translations of their sources and targets, by writer."""
    sources, targets = (list(side) for side in zip(*corpus.splits["train"], strict=True))
    pairs: dict[str, Sequence[Pair]] = {"original": corpus.splits["train"]}
    for number, run in enumerate(forward, start=1):
        name = f"forward-{number}"
        pairs[name] = _pairs(sources, translations.by(name, [run], sources))
    # In order and each once: several models write the same sentence.
    all_sources = dict.fromkeys(sources)
    for number, run in enumerate(backward, start=1):
        name = f"backward-{number}"
        pairs[name] = _pairs(translations.by(name, [run], targets), targets)
        all_sources.update(dict.fromkeys(src for src, _ in pairs[name]))
        for draw in range(1, samples + 1):
            sampling = Sampling(temperature=TEMPERATURE, seed=draw)
            drawn = translations.by(f"sampled-{number}-{draw}", [run], targets, sampling)
            all_sources.update(dict.fromkeys(src for src in drawn if src))
    if distill:
        texts = list(all_sources)
        pairs["distilled"] = _pairs(texts, translations.by("distilled", forward, texts))
    return pairs


@contextmanager
def _reserved(folder: Path) -> Iterator[None]:
    """Write into the folder while no other process can. Raises BusyError if one already does."""
    make_folder(folder)
    with locked(folder, "diversifying"):
        for each in (folder, folder / "translations"):
            remove_temporary(each)
        yield


def _check_runs(
    forward: Sequence[RunDirectory], backward: Sequence[RunDirectory], *, as_one: bool
) -> None:
    """Raises RunError for a run that cannot translate, before hours of translation by others."""
    for run in (*forward, *backward):
        load_translator(run)
    if as_one:
        load_translator(forward[0], others=forward[1:])


def _check_is_ours(folder: Path) -> None:
    """Raises RunError for a folder with foreign files: possibly a corpus whose training text would
    be overwritten."""
    if not folder.is_dir() or (folder / "translations").is_dir():
        return
    others = sorted(file.name for file in folder.iterdir() if file.is_file())
    names = [name for name in others if not name.startswith(".")]
    if names:
        raise RunError(
            f"{folder} holds {', '.join(names[:10])} but no translations to continue from: choose "
            "another --output"
        )


def _check_samples(samples: int, distill: bool) -> None:
    if samples < 0:
        raise RunError(f"samples is {samples}: use 0 or more")
    if samples and not distill:
        raise RunError(
            f"samples is {samples}, but only distillation translates samples: add --distill"
        )


def _pairs(sources: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """The pairs without a blank side; models that have learned little write blank text."""
    return [pair for pair in zip(sources, targets, strict=True) if all(pair)]


def _corpus_config(
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    source: str | tuple[Source, ...] | None,
) -> CorpusConfig:
    """The corpus of the first forward run. Raises RunError if a run has another direction."""
    first = forward[0].load_config().corpus
    direction = first.src_column, first.tgt_column
    for runs, option, wanted in (
        (forward, "--forward", direction),
        (backward, "--backward", direction[::-1]),
    ):
        for run in runs:
            theirs = run.load_config().corpus
            if (theirs.src_column, theirs.tgt_column) != wanted:
                raise RunError(
                    f"{run} translates {theirs.src_column} to {theirs.tgt_column}, but {option} "
                    f"needs {wanted[0]} to {wanted[1]}: train a run with --corpus.src_column "
                    f"{wanted[0]} --corpus.tgt_column {wanted[1]}"
                )
    if source is None or source == first.source:
        return first
    return dataclasses.replace(first, source=source, revision=None)


def _write_corpus(
    folder: Path, corpus: Corpus, config: CorpusConfig, pairs: Mapping[str, Sequence[Pair]]
) -> dict[str, int]:
    """Write every split as JSON lines; of equal training pairs, the first is kept.

    The training split comes last: without it, the files of a killed process do not count as a
    corpus.
    """
    seen: dict[Pair, str] = {}
    for name, written in pairs.items():
        for pair in written:
            seen.setdefault(pair, name)
    held_out = {split: rows for split, rows in corpus.splits.items() if split != "train"}
    for split, rows in {**held_out, "train": list(seen)}.items():
        write_pairs(folder / f"{split}.jsonl", rows, config, {})
    origins = list(seen.values())
    return {name: origins.count(name) for name in pairs}
