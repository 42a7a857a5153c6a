"""Parallel text, ready for training: every split, the training split cleaned, with counts.

Held-out splits are never touched: what is scored is what stands in the source.
"""

import dataclasses
import logging
import os
import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.normalization import folded, normalize
from translator.text.sources import (
    local_path,
    read_file,
    read_splits,
    refuse_overlooked,
    split_name,
)
from translator.text.tables import Pair

logger = logging.getLogger(__name__)

SPLIT_SEED = 1
"""Not training.seed: runs with different seeds are scored on the same pairs."""

UNSPACED = re.compile(
    "[\u0e00-\u0fff"  # Thai, Lao, Tibetan
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf"  # Khmer, Tai
    "\u2e80-\u312f\u31a0-\u33ff\uff00-\uff9f"  # Kana, Bopomofo, their marks, wide letters
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\ua000-\ua4cf]"  # Yi
)
"""Characters of scripts that put no space between words."""


@dataclass(frozen=True)
class Corpus:
    """Parallel text, ready for training."""

    splits: dict[str, list[Pair]]
    """train (cleaned), validation, test, and others as the source has them."""
    cleaning: dict[str, int]
    """Training pairs dropped by each step that was on, in order."""
    numbered: list[Pair]
    """The pairs to train on as the source has them, before any was held out or dropped."""


def load_corpus(config: CorpusConfig) -> Corpus:
    """Every split of the source, the training split cleaned. Raises CorpusError."""
    found = read_splits(config)
    if "train" not in found:
        raise CorpusError(f"{config.main} has no train split: it has {', '.join(found)}")
    splits = _split_off(found, config)
    _check_held_out(splits, config)
    train, cleaning = _clean(splits, config)
    dropped = ", ".join(f"{count} {step}" for step, count in cleaning.items())
    if not train:
        raise CorpusError(
            f"{config.main}: nothing is left of {len(splits['train'])} training pairs "
            f"after cleaning (dropped: {dropped}): look at the data, or switch steps off (corpus.*)"
        )
    corpus = Corpus({**splits, "train": train}, cleaning, found["train"])
    sizes = ", ".join(f"{len(pairs)} {name}" for name, pairs in corpus.splits.items())
    logger.info("%s: %s pairs; dropped from train: %s", config.main, sizes, dropped or "nothing")
    return corpus


def load_split(config: CorpusConfig, split: str, source: str | None = None) -> list[Pair]:
    """One split of a corpus as it stands there, for scoring. Raises CorpusError.

    `source` is read in its place: if that is one file, all of it, unless it is the file that the
    splits of `config` are drawn from.
    """
    there = dataclasses.replace(config, source=source, revision=None) if source else config
    file = local_path(there.main)
    if file is not None and not file.is_dir() and not _is_same_file(file, config.main):
        return read_file(file, there)
    splits = read_splits(there)
    name = split_name(split)
    if "train" in splits and (name == "train" or name not in splits):
        splits = _split_off(splits, there)
    if name not in splits:
        raise CorpusError(f"{there.main} has no split {split}: it has {', '.join(splits)}")
    return splits[name]


def _is_same_file(file: Path, source: str) -> bool:
    try:
        return file.samefile(os.path.expanduser(source))
    except OSError:  # the corpus of the run need not be there any more
        return False


def _check_held_out(splits: dict[str, list[Pair]], config: CorpusConfig) -> None:
    """Blank lines are scored as they stand; a split of nothing else has no score."""
    for name, pairs in splits.items():
        blank = sum(_is_blank(pair) for pair in pairs) if name != "train" else 0
        if blank == len(pairs):
            raise CorpusError(
                f"{config.main}: no pair of the {name} split has text on both sides: mend or "
                "remove it"
            )
        if blank:
            logger.warning(
                "%s: %d of %d %s pairs have a blank side and are scored as they stand",
                config.main,
                blank,
                len(pairs),
                name,
            )


def _split_off(splits: dict[str, list[Pair]], config: CorpusConfig) -> dict[str, list[Pair]]:
    """Train, validation, test, then the others. A source that lacks validation or test is given
    them: different pairs, each held out with all its repetitions."""
    missing = [name for name in ("validation", "test") if name not in splits]
    if missing:
        refuse_overlooked(config.main, missing)
        splits = {**splits, **_draw(splits["train"], missing, config)}
    order = ("train", "validation", "test")
    return {name: splits[name] for name in (*order, *(n for n in splits if n not in order))}


def _draw(pairs: list[Pair], missing: list[str], config: CorpusConfig) -> dict[str, list[Pair]]:
    """The `missing` splits, drawn from training pairs, and what is left to train on."""
    # A pair that stands there twice must not be trained on once and held out once.
    different = _each_once([pair for pair in pairs if not _is_blank(pair)])
    size = min(config.held_out, max(1, len(different) // 10))
    if len(different) <= size * len(missing):
        raise CorpusError(
            f"{config.main} has {len(different)} different pairs: too few to hold out "
            f"{' and '.join(missing)}"
        )
    drawn = random.Random(SPLIT_SEED).sample(different, size * len(missing))
    taken = {_composed(pair) for pair in drawn}
    logger.warning(
        "%s has no %s: %d of its %d different pairs %s held out",
        config.main,
        " and no ".join(missing),
        size,
        len(different),
        "are" if len(missing) == 1 else "each are",
    )
    held_out = {name: drawn[i * size : (i + 1) * size] for i, name in enumerate(missing)}
    return {"train": [p for p in pairs if _composed(p) not in taken], **held_out}


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
        keep([p for p in pairs if not _is_blank(p)], "empty side")
    words = {pair: sorted(map(count_words, pair)) for pair in pairs}  # of the shorter side first
    if config.max_words:
        keep([p for p in pairs if words[p][1] <= config.max_words], "too long")
    if config.max_length_ratio:
        ratio = config.max_length_ratio
        keep([p for p in pairs if words[p][1] <= ratio * words[p][0] + 3], "length ratio")
    # The first of equal pairs stays, so that the order does not change.
    if config.drop_duplicates:
        keep(_each_once(pairs), "duplicate")
    if config.drop_overlap:
        held_out = [p for name, split in splits.items() if name != "train" for p in split]
        sources = {folded(src) for src, _ in held_out}
        targets = {folded(tgt) for _, tgt in held_out}
        keep(
            [p for p in pairs if folded(p[0]) not in sources and folded(p[1]) not in targets],
            "in a held-out split",
        )
    return pairs, cleaning


def count_words(text: str) -> int:
    """What stands between white space; two characters of a script without it count as a word."""
    if text.isascii():
        return len(text.split())
    spaced, unspaced = UNSPACED.subn(" ", text)
    return len(spaced.split()) + -(-unspaced // 2)


def _is_blank(pair: Pair) -> bool:
    return not (normalize(pair[0]) and normalize(pair[1]))


def _each_once(pairs: list[Pair]) -> list[Pair]:
    """The first of equal pairs."""
    found: dict[Pair, Pair] = {}
    for pair in pairs:
        found.setdefault(_composed(pair), pair)
    return list(found.values())


def _composed(pair: Pair) -> Pair:
    """The same for pairs of the same letters: ü from a Mac is u and two dots."""
    src, tgt = pair
    return unicodedata.normalize("NFC", src), unicodedata.normalize("NFC", tgt)
