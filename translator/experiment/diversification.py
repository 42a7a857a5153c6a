"""Data diversification (Nguyen et al. 2020): models translate their own training text anew.

Forward models write another target to every training source. Backward models, trained with the
columns exchanged, write another source to every training target. The forward models as one may
translate all these sources too, so that a single model learns what several know together (ensemble
distillation, Freitag et al. 2017), and sources that the backward models draw at random, which are
more varied than those of a beam search (Edunov et al. 2018). One final model then learns from all
these pairs; no text comes from outside.
"""

import dataclasses
import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from translator.compute.files import (
    locked,
    make_folder,
    remove_temporary,
    sha256,
    write_atomically,
)
from translator.config import Config, CorpusConfig, DiversificationConfig, Source
from translator.decoding.strategies import Sampling, Strategy, beam_search
from translator.decoding.translator import Translator
from translator.errors import RunError
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.text.corpus import Corpus, load_corpus
from translator.text.tables import Pair

TEXTS_AT_ONCE = 4000
"""Translated before they are written: what a crash can cost."""
TEMPERATURE = 0.7
"""Of the sources that are drawn: below 1, so that fewer of them are wrong."""


def teachers(config: Config) -> dict[str, Config]:
    """By name, the runs whose models diversify the text of `config`, forward ones first.

    They are like its own but for direction, length, dropout and seed, which they owe to its seed.
    """
    settings, there = config.diversification, config.corpus
    back = dataclasses.replace(there, src_column=there.tgt_column, tgt_column=there.src_column)
    max_steps = settings.max_steps or config.training.max_steps
    dropout = settings.dropout or config.model.dropout
    configs = {}
    for corpus, direction in ((there, "forward"), (back, "backward")):
        for number in range(1, settings.models + 1):
            name = f"{direction}-{number}"
            seed = random.Random(f"{config.training.seed} {name}").getrandbits(32)
            training = dataclasses.replace(config.training, seed=seed, max_steps=max_steps)
            configs[name] = dataclasses.replace(
                config,
                corpus=corpus,
                model=dataclasses.replace(config.model, dropout=dropout),
                training=training,
                diversification=DiversificationConfig(),
            )
    return configs


def diversify(
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    folder: Path,
    *,
    source: str | tuple[Source, ...] | None = None,
    distill: bool = False,
    samples: int = 0,
    device: str | torch.device = "cpu",
    search: Mapping[str, Any] | None = None,
    on_done: Callable[[str, int, int], None] | None = None,
) -> dict[str, int]:
    """Write a corpus of original and new training pairs into `folder`, held-out splits as they are.

    The corpus is that of the first forward run, or `source`. To `distill`, all forward runs as one
    translate its sources and what the backward runs wrote, and the sources, `samples` for each
    target, that each backward run draws at TEMPERATURE. `search` replaces settings of each run's
    decoding. What was translated before an interruption is not translated again. `on_done` is
    told a model's name, the texts that it has translated, and their number. Returns how many pairs
    came from where. Raises RunError for runs of another direction, for runs of several
    vocabularies to distill, for samples without distilling or fewer than 0, and where `folder`
    holds translations by other models or of other texts.
    """
    _check_samples(samples, distill)
    config = _corpus_config(forward, backward, source)
    _check_runs(forward, backward, distill)
    corpus = load_corpus(config)
    sources, targets = (list(side) for side in zip(*corpus.splits["train"], strict=True))

    def translate(
        name: str,
        runs: Sequence[RunDirectory],
        texts: Sequence[str],
        strategy: Strategy | None = None,
    ) -> list[str]:
        translator = load_translator(runs[0], device, others=runs[1:])
        configured = dataclasses.replace(translator.decoding, **(search or {}))
        strategy = strategy or beam_search(configured)
        path = folder / "translations" / name
        return _translations(path, runs, translator, texts, strategy, on_done)

    with _reserved(folder):
        pairs = {"original": corpus.splits["train"]}
        for number, run in enumerate(forward, start=1):
            name = f"forward-{number}"
            pairs[name] = _pairs(sources, translate(name, [run], sources))
        # In order and each once: several models write the same sentence.
        all_sources = dict.fromkeys(sources)
        for number, run in enumerate(backward, start=1):
            name = f"backward-{number}"
            pairs[name] = _pairs(translate(name, [run], targets), targets)
            all_sources.update(dict.fromkeys(src for src, _ in pairs[name]))
            for draw in range(1, samples + 1):
                sampling = Sampling(temperature=TEMPERATURE, seed=draw)
                drawn = translate(f"sampled-{number}-{draw}", [run], targets, sampling)
                all_sources.update(dict.fromkeys(src for src in drawn if src))
        if distill:
            texts = list(all_sources)
            pairs["distilled"] = _pairs(texts, translate("distilled", forward, texts))
        return _write_corpus(folder, corpus, config, pairs)


@contextmanager
def _reserved(folder: Path) -> Iterator[None]:
    """Write into the folder while no other process may. Raises BusyError if one already does."""
    make_folder(folder)
    with locked(folder, "diversifying"):
        for each in (folder, folder / "translations"):
            remove_temporary(each)
        yield


def _check_runs(
    forward: Sequence[RunDirectory], backward: Sequence[RunDirectory], distill: bool
) -> None:
    """Raises RunError for a run that cannot translate, before hours of translation by others."""
    for run in (*forward, *backward):
        load_translator(run)
    if distill:
        load_translator(forward[0], others=forward[1:])


def _check_samples(samples: int, distill: bool) -> None:
    if samples < 0:
        raise RunError(f"samples is {samples}: use at least 1, or 0 to draw none")
    if samples and not distill:
        raise RunError(f"samples is {samples}, but only distilling translates them: add --distill")


def _pairs(sources: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """Those without a blank side, as models that have learned little write."""
    return [pair for pair in zip(sources, targets, strict=True) if all(pair)]


def _corpus_config(
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    source: str | tuple[Source, ...] | None,
) -> CorpusConfig:
    """The corpus of the first forward run. Raises RunError where a run's direction is another."""
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
                    f"{run} translates {theirs.src_column} to {theirs.tgt_column}, but "
                    f"{option} needs {wanted[0]} to {wanted[1]}: train one with "
                    f"--corpus.src_column {wanted[0]} --corpus.tgt_column {wanted[1]}"
                )
    if source is None or source == first.source:
        return first
    return dataclasses.replace(first, source=source, revision=None)


def _translations(
    path: Path,
    runs: Sequence[RunDirectory],
    translator: Translator,
    texts: Sequence[str],
    strategy: Strategy,
    on_done: Callable[[str, int, int], None] | None,
) -> list[str]:
    """A line for each text, in the file `path`.txt; what it already holds is not done again.

    Beside it, `path`.json says whose translations of what they are, and how much is whole.
    """
    make_folder(path.parent)
    facts = path.with_suffix(".json")
    origin = {
        "model": " ".join(run.weights_sha256() for run in runs),
        "texts": sha256("\n".join(texts).encode()),
        **dataclasses.asdict(strategy),
    }
    num_bytes, digest = _check_origin(facts, origin)
    with path.with_suffix(".txt").open("a+b") as file:
        file.seek(0)
        written = file.read()[:num_bytes]  # what follows was not finished
        if sha256(written) != digest:
            raise RunError(
                f"{file.name} is damaged: remove it and {facts.name}, and its texts are "
                f"translated again"
            )
        file.truncate(num_bytes)
        found = written.decode().split("\n")[:-1]
        whole = hashlib.sha256(written)
        while len(found) < len(texts):
            new = translator.translate(texts[len(found) : len(found) + TEXTS_AT_ONCE], strategy)
            lines = "".join(f"{text}\n" for text in new).encode()
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            whole.update(lines)
            num_bytes += len(lines)
            _write_origin(facts, origin, num_bytes, whole.hexdigest())
            found += new
            if on_done is not None:
                on_done(path.name, len(found), len(texts))
    return found


def _check_origin(file: Path, origin: Mapping[str, Any]) -> tuple[int, str]:
    """How many bytes of translations are whole, and their digest.

    Raises RunError if they are of other models, texts or searches than `origin` says.
    """
    if not file.exists():
        _write_origin(file, origin, 0, sha256(b""))
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        found = None
    stored = found if isinstance(found, dict) else {}
    num_bytes, digest = stored.pop("bytes", None), stored.pop("sha256", "")
    changed = [key for key, value in origin.items() if stored.get(key) != value]
    if type(num_bytes) is not int:
        changed.append("version of this program")
    if changed:
        raise RunError(
            f"{file.with_suffix('.txt')} was written with another {' and '.join(changed)}: "
            f"choose another --output, or remove {file.parent}"
        )
    assert isinstance(num_bytes, int)
    return num_bytes, str(digest)


def _write_origin(file: Path, origin: Mapping[str, Any], num_bytes: int, digest: str) -> None:
    facts = {**origin, "bytes": num_bytes, "sha256": digest}
    write_atomically(file, json.dumps(facts, indent=2).encode())


def _write_corpus(
    folder: Path, corpus: Corpus, config: CorpusConfig, pairs: Mapping[str, Sequence[Pair]]
) -> dict[str, int]:
    """Every split as JSON lines; of the training pairs that are the same, the first is kept.

    The training split comes last: without it, what a killed process left is no corpus.
    """
    seen: dict[Pair, str] = {}
    for name, written in pairs.items():
        for pair in written:
            seen.setdefault(pair, name)
    held_out = {split: rows for split, rows in corpus.splits.items() if split != "train"}
    for split, rows in {**held_out, "train": list(seen)}.items():
        lines = [
            json.dumps({config.src_column: src, config.tgt_column: tgt}, ensure_ascii=False) + "\n"
            for src, tgt in rows
        ]
        write_atomically(folder / f"{split}.jsonl", "".join(lines).encode())
    origins = list(seen.values())
    return {name: origins.count(name) for name in pairs}
