"""Parallel text, ready for training: every split, the training split cleaned, with counts.

Held-out splits are never changed: the scored text is the text of the source. Everything is kept in
the user's cache: a text of any size is read and cleaned once, and later mapped into memory.
"""

import dataclasses
import hashlib
import itertools
import logging
import random
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from translator.compute.cache import cached
from translator.compute.files import file_sha256
from translator.compute.progress import watched
from translator.compute.shipped import find_shipped
from translator.compute.workers import map_in_workers
from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.cleaning import Measures, clean, is_among, is_first, joined, measure
from translator.text.normalization import normalize
from translator.text.sources import (
    KNOWN_SPLITS,
    SplitText,
    find_file,
    find_splits,
    local_corpus,
    refuse_overlooked,
    split_name,
)
from translator.text.stored import ROWS, StoredPairs, write_text
from translator.text.tables import NotParallelError, Pair

logger = logging.getLogger(__name__)

SPLIT_SEED = 1
"""Not training.seed: runs with different seeds are scored on the same pairs."""
FORMAT = 1
"""Version of the cached text: after a change of this number, the text is prepared again."""

TRAIN = "train.arrow"
"""All training pairs of all sources, including dropped ones."""

Splits = Mapping[str, SplitText]


@dataclass(frozen=True)
class Corpus:
    """Parallel text, ready for training."""

    train: StoredPairs
    """Cleaned."""
    held_out: dict[str, list[Pair]]
    """validation, test, and further splits of the source."""
    cleaning: dict[str, int]
    """Training pairs dropped by each step that was on, in order."""
    sizes: list[int]
    """Training pairs of each part of the source, before cleaning."""
    repeats: np.ndarray | None
    """(pairs of train), how often an epoch has each; once, if None."""
    sha256: str
    """Changes with any character of what training and validation see."""

    @property
    def splits(self) -> dict[str, Sequence[Pair]]:
        """By name, train first."""
        return {"train": self.train, **self.held_out}

    @property
    def numbers(self) -> np.ndarray:
        """(pairs of train), the number of each pair in its part of the source, from 1."""
        ends = np.cumsum(self.sizes)
        parts = np.searchsorted(ends, self.train.rows, side="right")
        found: np.ndarray = self.train.rows - (ends - self.sizes)[parts] + 1
        return found


def load_corpus(config: CorpusConfig, apart_from: Sequence[Pair] = ()) -> Corpus:
    """Every split of the source, the training split cleaned, also of the pairs in `apart_from`.
    Raises CorpusError."""
    for part in config.parts:
        if find_shipped("data", part.source) and Path(part.source).exists():
            logger.warning(
                "%s is the corpus that comes with the program; for the one in this folder, use "
                "./%s",
                part.source,
                part.source,
            )
    parts = [find_splits(dataclasses.replace(config, source=p.source)) for p in config.parts]
    for part, splits in zip(config.parts, parts, strict=True):
        if "train" not in splits:
            raise CorpusError(
                f"{part.source} has no train split: it has {', '.join(splits)}; call one of them "
                "train"
            )
    refuse_overlooked(config.main, _missing(parts[0]))
    inputs = [*_inputs(config, parts), _digest(apart_from)]

    def make(folder: Path) -> dict[str, Any]:
        facts = _prepare(folder, config, parts, apart_from)
        if _inputs(config, parts) != inputs[:-1]:  # the new text would be cached as the old one
            raise CorpusError(f"{config.name} changed while it was read: start again")
        return facts

    entry = cached("text", inputs, make)
    folder, facts = entry.folder, entry.facts
    for note in facts["notes"]:
        logger.warning("%s", note)
    rows = np.load(folder / "rows.npy")
    kept = np.diff(np.searchsorted(rows, [0, *np.cumsum(facts["pairs"])]))
    corpus = Corpus(
        train=StoredPairs(folder / TRAIN, rows),
        held_out={name: list(StoredPairs(folder / file)) for name, file in facts["held_out"]},
        cleaning=facts["dropped"],
        sizes=facts["pairs"],
        repeats=_repeats(config, kept),
        sha256=facts["sha256"],
    )
    sizes = ", ".join(f"{len(pairs)} {name}" for name, pairs in corpus.splits.items())
    dropped = _in_words(corpus.cleaning) or "nothing"
    logger.info("%s: %s pairs; dropped from train: %s", config.name, sizes, dropped)
    return corpus


def load_split(config: CorpusConfig, split: str, source: str | None = None) -> list[Pair]:
    """One split of a corpus, unchanged, for scoring. Raises CorpusError.

    `source` is read instead of the corpus of `config`. A single file is read whole, unless it is
    the file that the splits of `config` are sampled from.
    """
    there = dataclasses.replace(config, source=source or config.main)
    if source is not None:
        there = dataclasses.replace(there, revision=None)
    file = local_corpus(there)
    if file is not None and not file.is_dir() and not _is_same_file(file, config):
        return find_file(file, there).pairs()
    splits = find_splits(there)
    name = split_name(split)
    missing = _missing(splits) if "train" in splits else []
    if name in splits and not (name == "train" and missing):
        return splits[name].pairs()
    held_out = load_corpus(there).held_out if missing else {}
    if name in held_out:
        return held_out[name]
    if name == "train" and missing:  # unchanged, without the pairs that were sampled from it
        pairs = splits["train"].pairs()
        drawn = measure(itertools.chain(*(held_out[each] for each in missing))).pair
        is_left = ~is_among(measure(pairs).pair, drawn)
        return list(itertools.compress(pairs, is_left))
    names = _in_order({*splits, *held_out})
    raise CorpusError(f"{there.main} has no split {split}: it has {', '.join(names)}")


def _is_same_file(file: Path, config: CorpusConfig) -> bool:
    try:
        corpus = local_corpus(config)
    except CorpusError:  # it may no longer exist
        return False
    return corpus is not None and file.samefile(corpus)


def _inputs(config: CorpusConfig, parts: Sequence[Splits]) -> list[object]:
    """Everything that the prepared text depends on, as plain data."""
    settings = dataclasses.asdict(config)
    # Where other text is, and how often this one is read.
    for other in ("monolingual_src", "monolingual_tgt", "source", "temperature"):
        settings.pop(other, None)
    texts = [
        [part.source, {name: _version(split) for name, split in splits.items()}]
        for part, splits in zip(config.parts, parts, strict=True)
    ]
    return [FORMAT, unicodedata.unidata_version, settings, texts]


def _version(split: SplitText) -> list[str]:
    """A digest that changes with the content of the files of a split."""
    return [split.version, *itertools.chain.from_iterable(map(_of_file, split.files))]


def _of_file(file: Path) -> tuple[str, str]:
    try:
        return file.name, file_sha256(file)
    except OSError as error:
        raise CorpusError(f"{file} cannot be read: {error.strerror}") from None


def _repeats(config: CorpusConfig, kept: np.ndarray) -> np.ndarray | None:
    """How often an epoch has each training pair, given the number of pairs `kept` of each part."""
    weights = np.array([part.weight for part in config.parts])
    # A part without any pairs left has no share.
    weights, kept = weights[kept > 0], kept[kept > 0]
    sizes = weights * kept
    shares = sizes ** (1 / config.temperature)
    weights *= shares / sizes * (sizes.sum() / shares.sum())
    return None if np.allclose(weights, 1) else np.repeat(weights, kept)


def _prepare(
    folder: Path, config: CorpusConfig, parts: Sequence[Splits], apart_from: Sequence[Pair]
) -> dict[str, Any]:
    """Write all splits into `folder`, and log what cleaning dropped."""
    main = config.main
    notes: list[str] = []
    held_out = _held_out(parts[0], notes)
    _note_blank(held_out, main, notes)
    others = [pairs for splits in parts[1:] for pairs in _held_out(splits, notes).values()]
    sizes = _write_train(folder, config, parts)
    everything = StoredPairs(folder / TRAIN)
    found = _measure(everything, main)
    keep = np.ones(len(everything), np.bool_)
    if missing := _missing(parts[0]):
        is_main = np.arange(len(everything)) < sizes[0]
        drawn = _draw(found, is_main, missing, config, notes)
        # A pair that occurs twice must not be both trained on and held out.
        keep = ~is_among(found.pair, found.pair[np.concatenate(list(drawn.values()))])
        held_out |= {name: everything.take(rows) for name, rows in drawn.items()}
    held_out = {name: held_out[name] for name in _in_order(held_out)}
    num_pairs = int(keep.sum())
    forbidden = measure(itertools.chain(*held_out.values(), *others, apart_from))
    keep, dropped = clean(found, keep, forbidden, config)
    if not keep.any():
        raise CorpusError(
            f"{config.name}: nothing is left of {num_pairs} training pairs after cleaning "
            f"(dropped: {_in_words(dropped)}): look at the data, or turn cleaning steps off "
            "(corpus.*)"
        )
    for part, its in zip(config.parts, np.split(keep, np.cumsum(sizes[:-1])), strict=True):
        if not its.any():
            notes.append(f"{part.source}: nothing is left of {len(its)} pairs after cleaning")
    rows = np.flatnonzero(keep).astype(np.int32)
    np.save(folder / "rows.npy", rows)
    files = [(name, f"held-out-{number}.arrow") for number, name in enumerate(held_out)]
    for name, file in files:
        write_text(folder / file, [held_out[name]])
    train = StoredPairs(folder / TRAIN, rows)
    return {
        "notes": notes,
        "pairs": sizes,
        "held_out": files,
        "dropped": dropped,
        "sha256": _digest(itertools.chain(train, held_out["validation"])),
    }


def _held_out(splits: Splits, notes: list[str]) -> dict[str, list[Pair]]:
    """All but the training split. Raises CorpusError."""
    found = {}
    for name, split in splits.items():
        if name == "train":
            continue
        try:
            found[name] = split.pairs()
        except NotParallelError as error:
            if name in KNOWN_SPLITS:
                raise
            notes.append(f"left out: {error}")
    return found


def _note_blank(held_out: Mapping[str, list[Pair]], source: str, notes: list[str]) -> None:
    """Log blank held-out lines, which are scored unchanged. Raises CorpusError for a split of
    nothing else."""
    for name, pairs in held_out.items():
        blank = sum(not (normalize(src) and normalize(tgt)) for src, tgt in pairs)
        if blank == len(pairs):
            raise CorpusError(
                f"{source}: no pair of the {name} split has text on both sides: correct or remove "
                "that split"
            )
        if blank:
            notes.append(
                f"{source}: {blank} of {len(pairs)} {name} pairs have a blank side and are scored "
                "unchanged"
            )


def _write_train(folder: Path, config: CorpusConfig, parts: Sequence[Splits]) -> list[int]:
    """Write the training text of all parts, unchanged; returns how many pairs each part has."""
    sizes: list[int] = []

    def batches() -> Iterator[list[Pair]]:
        for part, splits in zip(config.parts, parts, strict=True):
            sizes.append(0)
            read = splits["train"].batches()
            for batch in watched(read, f"reading {part.source}", None, "pairs", len):
                sizes[-1] += len(batch)
                yield batch

    write_text(folder / TRAIN, batches())
    return sizes


def _measure(pairs: StoredPairs, name: str) -> Measures:
    found = map_in_workers(
        lambda number: measure(pairs.batch(number)),
        range(pairs.num_batches),
        torch.get_num_threads(),
    )
    parts = watched(found, f"cleaning {name}", len(pairs), "pairs", lambda part: len(part.words))
    return joined(list(parts))


def _in_order(names: Iterable[str]) -> list[str]:
    """train, validation, test, then the others."""
    return sorted(names, key=lambda name: [*KNOWN_SPLITS, name].index(name))


def _missing(splits: Splits) -> list[str]:
    """The splits that have to be sampled from the training pairs."""
    return [name for name in ("validation", "test") if name not in splits]


def _draw(
    found: Measures,
    is_main: np.ndarray,
    missing: Sequence[str],
    config: CorpusConfig,
    notes: list[str],
) -> dict[str, np.ndarray]:
    """The rows of the training text that become the `missing` splits: a random sample of distinct
    pairs."""
    different = np.flatnonzero(is_first(found.pair, is_main & ~found.is_blank))
    size = min(config.held_out, max(1, len(different) // 10))
    if len(different) <= size * len(missing):
        raise CorpusError(
            f"{config.main} has {len(different)} different pairs: too few to hold out "
            f"{' and '.join(missing)}"
        )
    places = random.Random(SPLIT_SEED).sample(range(len(different)), size * len(missing))
    drawn = different[places]
    notes.append(
        f"{config.main} has no {' and no '.join(missing)}: {size} of its {len(different)} "
        f"different pairs {'are' if len(missing) == 1 else 'each are'} held out"
    )
    return {name: drawn[i * size : (i + 1) * size] for i, name in enumerate(missing)}


def _in_words(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {step}" for step, count in dropped.items())


def _digest(pairs: Iterable[Pair]) -> str:
    found = hashlib.sha256()
    rest = iter(pairs)
    while some := list(itertools.islice(rest, ROWS)):
        texts = (f"{len(src)} {src}{len(tgt)} {tgt}" for src, tgt in some)
        found.update("".join(texts).encode())
    return found.hexdigest()
