"""Cleaning: selects training pairs by a few numbers of each pair.

Texts are compared by digests of 16 bytes: among a billion texts, two different ones share a digest
with a probability of 1 in 10**21.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import xxhash

from translator.config import CorpusConfig
from translator.text.normalization import normalize
from translator.text.tables import Pair

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
class Measures:
    """The numbers of pairs that cleaning uses, in order."""

    words: np.ndarray
    """(pairs, 2), the words of the shorter and of the longer side."""
    is_blank: np.ndarray
    """(pairs), whether a side is blank."""
    pair: np.ndarray
    """(pairs, 2), a digest of both texts; equal if the texts look the same."""
    src: np.ndarray
    """(pairs, 2), a digest of the source, ignoring case."""
    tgt: np.ndarray
    """(pairs, 2), a digest of the target, ignoring case."""


def measure(pairs: Iterable[Pair]) -> Measures:
    """Measure every pair."""
    sides = [(normalize(src), normalize(tgt)) for src, tgt in pairs]
    words = np.array([(count_words(src), count_words(tgt)) for src, tgt in sides], np.int32)
    return Measures(
        words=np.sort(words.reshape(-1, 2), axis=1),
        is_blank=np.array([not (src and tgt) for src, tgt in sides], np.bool_),
        pair=_digests(f"{src}\n{tgt}" for src, tgt in sides),
        src=_digests(src.casefold() for src, _ in sides),
        tgt=_digests(tgt.casefold() for _, tgt in sides),
    )


def _digests(texts: Iterable[str]) -> np.ndarray:
    """(texts, 2)"""
    found = b"".join([xxhash.xxh3_128_digest(text.encode()) for text in texts])
    return np.frombuffer(found, np.uint64).reshape(-1, 2)


def joined(parts: Sequence[Measures]) -> Measures:
    """The measures of all parts, one after the other."""
    names = [field.name for field in fields(Measures)]
    return Measures(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def clean(
    found: Measures, keep: np.ndarray, held_out: Measures, config: CorpusConfig
) -> tuple[np.ndarray, dict[str, int]]:
    """Which pairs of those to `keep` stay, and how many each step drops, in order."""
    shorter, longer = found.words.T
    dropped: dict[str, int] = {}

    def drop(step: str, is_bad: np.ndarray) -> None:
        nonlocal keep
        dropped[step] = int((keep & is_bad).sum())
        keep = keep & ~is_bad

    if config.drop_empty:
        drop("empty side", found.is_blank)
    if config.max_words:
        drop("too long", longer > config.max_words)
    if config.max_length_ratio:
        drop("length ratio", longer > config.max_length_ratio * shorter + 3)
    if config.drop_duplicates:
        # The first of equal pairs stays.
        drop("duplicate", ~is_first(found.pair, keep))
    if config.drop_overlap:
        overlaps = is_among(found.src, held_out.src) | is_among(found.tgt, held_out.tgt)
        drop("in a held-out split", overlaps)
    return keep, dropped


def is_first(digests: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Whether a row of `among` is the first with its digest; False for rows outside `among`."""
    rows = np.flatnonzero(among)
    low, high = digests[rows].T
    order = np.lexsort((low, high))  # a stable sort
    low, high = low[order], high[order]
    is_new = np.ones(len(rows), np.bool_)
    is_new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    found = np.zeros(len(digests), np.bool_)
    found[rows[order[is_new]]] = True
    return found


def is_among(digests: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each digest is one of `others`."""
    found: np.ndarray = np.isin(digests[:, 0], others[:, 0], kind="sort")
    rows = np.flatnonzero(found)
    known = set(map(tuple, others.tolist()))
    found[rows] = [tuple(digest) in known for digest in digests[rows].tolist()]
    return found


def count_words(text: str) -> int:
    """The number of words separated by white space; in scripts without spaces, two characters count
    as a word."""
    if text.isascii() or not UNSPACED.search(text):
        return len(text.split())
    spaced, unspaced = UNSPACED.subn(" ", text)
    return len(spaced.split()) + -(-unspaced // 2)
