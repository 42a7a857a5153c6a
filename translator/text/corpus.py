"""Parallel text, ready for training: every split, the training split cleaned, with counts.

Held-out splits are never touched: what is scored is what stands in the source.
"""

import logging
import random
from dataclasses import dataclass

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.sources import SPLIT_NAMES, Pair, read_splits

logger = logging.getLogger(__name__)

SPLIT_SEED = 1
"""Not training.seed: runs with different seeds are scored on the same pairs."""


@dataclass(frozen=True)
class Corpus:
    """Parallel text, ready for training."""

    splits: dict[str, list[Pair]]
    """train (cleaned), validation, test, and others as the source has them."""
    cleaning: dict[str, int]
    """Training pairs dropped by each step that was on, in order."""


def load_corpus(config: CorpusConfig) -> Corpus:
    """Every split of the source, the training split cleaned. Raises CorpusError."""
    found = read_splits(config)
    if "train" not in found:
        raise CorpusError(f"{config.source} has no train split: it has {', '.join(found)}")
    splits = _split_off(found, config)
    train, cleaning = _clean(splits, config)
    dropped = ", ".join(f"{count} {step}" for step, count in cleaning.items())
    if not train:
        raise CorpusError(
            f"{config.source}: nothing is left of {len(splits['train'])} training pairs "
            f"after cleaning (dropped: {dropped}): look at the data, or switch steps off (corpus.*)"
        )
    corpus = Corpus({**splits, "train": train}, cleaning)
    sizes = ", ".join(f"{len(pairs)} {name}" for name, pairs in corpus.splits.items())
    logger.info("%s: %s pairs; dropped from train: %s", config.source, sizes, dropped or "nothing")
    return corpus


def load_split(config: CorpusConfig, split: str) -> list[Pair]:
    """One split of the source as it stands there, for scoring. Raises CorpusError."""
    splits = read_splits(config)
    name = SPLIT_NAMES.get(split, split)
    if "train" in splits:
        splits = _split_off(splits, config)
    if name not in splits:
        raise CorpusError(f"{config.source} has no split {split}: it has {', '.join(splits)}")
    return splits[name]


def _split_off(splits: dict[str, list[Pair]], config: CorpusConfig) -> dict[str, list[Pair]]:
    """Train, validation, test, then the others. A source that lacks validation or test is given
    them: different pairs, each held out with all its repetitions."""
    missing = [name for name in ("validation", "test") if name not in splits]
    if missing:
        splits = {**splits, **_draw(splits["train"], missing, config)}
    order = ("train", "validation", "test")
    return {name: splits[name] for name in (*order, *(n for n in splits if n not in order))}


def _draw(pairs: list[Pair], missing: list[str], config: CorpusConfig) -> dict[str, list[Pair]]:
    """The `missing` splits, drawn from training pairs, and what is left to train on."""
    # A pair that stands there twice must not be trained on once and held out once.
    different = list(dict.fromkeys(p for p in pairs if p[0].strip() and p[1].strip()))
    size = min(config.held_out, max(1, len(different) // 10))
    if len(different) <= size * len(missing):
        raise CorpusError(
            f"{config.source} has {len(different)} different pairs: too few to hold out "
            f"{' and '.join(missing)}"
        )
    drawn = random.Random(SPLIT_SEED).sample(different, size * len(missing))
    taken = set(drawn)
    logger.warning(
        "%s has no %s: %d of its %d different pairs %s held out",
        config.source,
        " and no ".join(missing),
        size,
        len(different),
        "are" if len(missing) == 1 else "each are",
    )
    held_out = {name: drawn[i * size : (i + 1) * size] for i, name in enumerate(missing)}
    return {"train": [p for p in pairs if p not in taken], **held_out}


def _clean(
    splits: dict[str, list[Pair]], config: CorpusConfig
) -> tuple[list[Pair], dict[str, int]]:
    pairs = splits["train"]
    cleaning: dict[str, int] = {}

    def keep(kept: list[Pair], dropped: str) -> None:
        nonlocal pairs
        cleaning[dropped] = len(pairs) - len(kept)
        pairs = kept

    if config.drop_empty:
        keep([p for p in pairs if p[0].strip() and p[1].strip()], "empty side")
    if config.max_words:
        keep([p for p in pairs if _words(p)[1] <= config.max_words], "too long")
    if config.max_length_ratio:
        ratio = config.max_length_ratio
        keep([p for p in pairs if _words(p)[1] <= ratio * _words(p)[0] + 3], "length ratio")
    # The first of equal pairs stays, so that the order does not change.
    if config.drop_duplicates:
        keep(list(dict.fromkeys(pairs)), "duplicate")
    if config.drop_overlap:
        held_out = [p for name, split in splits.items() if name != "train" for p in split]
        sources = {_folded(src) for src, _ in held_out}
        targets = {_folded(tgt) for _, tgt in held_out}
        keep(
            [p for p in pairs if _folded(p[0]) not in sources and _folded(p[1]) not in targets],
            "in a held-out split",
        )
    return pairs, cleaning


def _words(pair: Pair) -> tuple[int, int]:
    """Of the shorter side and of the longer."""
    src, tgt = (len(side.split()) for side in pair)
    return min(src, tgt), max(src, tgt)


def _folded(side: str) -> str:
    """The same for sides that differ only in case and white space."""
    return " ".join(side.split()).casefold()
