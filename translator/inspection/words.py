"""Pieces to words: grouping pieces, and converting matrices of pieces to matrices of words."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.text.normalization import SPACE
from translator.text.tokenizer import SPECIALS

Array = NDArray[np.float32]

WORD = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")
"""A word with its hyphens and apostrophes, or a single punctuation character, which is a word of
its own, as in every gold alignment; the gold alignment of data/scenes uses this expression."""
SPACED = re.compile(r"\S+")
"""Units between white space: the words of a tokenized corpus."""

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


@dataclass(frozen=True)
class Word:
    """A word: consecutive pieces."""

    text: str
    pieces: tuple[int, ...]
    """Their positions in the sentence."""
    is_special: bool = False
    """Whether this is a special token, not text that is spelled like one."""


def group_into_words(pieces: Sequence[str], pattern: re.Pattern[str] = WORD) -> list[Word]:
    """Group the pieces of a sentence; each belongs to exactly one word, a match of `pattern`.

    A special token is a word of its own. A character spelled in bytes is one character, and invalid
    bytes are shown as U+FFFD. A piece that spans two words joins them.
    """
    words: list[Word] = []
    start = 0
    for end, piece in enumerate([*pieces, SPECIALS[0]]):
        if piece in SPECIALS.values():
            words += _group(pieces[start:end], start, pattern)
            if end < len(pieces):
                words.append(Word(piece, (end,), is_special=True))
            start = end + 1
    return words


def ordinary_words(pieces: Sequence[str], pattern: re.Pattern[str] = WORD) -> list[Word]:
    """The words of a sentence without its special tokens."""
    return [word for word in group_into_words(pieces, pattern) if not word.is_special]


def merge(matrix: Array, rows: Sequence[Word], columns: Sequence[Word]) -> Array:
    """(..., T, S) of pieces -> (..., words, words): a word's columns summed, its rows averaged."""
    to_columns = _membership(columns, matrix.shape[-1])
    to_rows = _membership(rows, matrix.shape[-2])
    to_rows /= to_rows.sum(axis=1, keepdims=True)
    return (to_rows @ matrix @ to_columns.T).astype(np.float32, copy=False)


def _membership(words: Sequence[Word], num_pieces: int) -> Array:
    """(words, pieces), 1 where the piece belongs to the word."""
    membership = np.zeros((len(words), num_pieces), dtype=np.float32)
    for row, word in enumerate(words):
        membership[row, list(word.pieces)] = 1
    return membership


def _group(pieces: Sequence[str], first: int, pattern: re.Pattern[str]) -> list[Word]:
    """The words of a run of ordinary pieces, the first of which stands at position `first`."""
    spelled = [_bytes(piece) for piece in pieces]
    # Each byte that is part of no character becomes one surrogate, so that bytes can be counted.
    text = b"".join(spelled).decode("utf-8", "surrogateescape")
    ends_of_chars = np.cumsum([len(_encode(char)) for char in text], dtype=int).tolist()
    starts_of_chars = [0, *ends_of_chars]
    found = list(pattern.finditer(text))
    starts = [starts_of_chars[match.start()] for match in found]
    ends = [starts_of_chars[match.end()] for match in found]

    groups: list[tuple[list[int], int, int]] = []  # pieces, first and last of the words they spell
    end = 0
    for position, piece in enumerate(spelled, start=first):
        start, end = end, end + len(piece)
        # A piece of white space alone belongs to the word that it opens, at the end to the last.
        left = min(bisect_right(ends, start), len(found) - 1)
        right = max(left, bisect_left(starts, end) - 1)
        if groups and left <= groups[-1][2]:
            groups[-1] = ([*groups[-1][0], position], groups[-1][1], right)
        else:
            groups.append(([position], left, right))
    return [
        Word(_readable(text[found[left].start() : found[right].end()]) if found else "", tuple(own))
        for own, left, right in groups
    ]


def _bytes(piece: str) -> bytes:
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace(SPACE, " ").encode()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _readable(text: str) -> str:
    return _encode(text).decode("utf-8", "replace")
