"""Splits a text of any length into parts, and joins their translations."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from translator.decoding.sentences import split_text

LONGEST_PART = 1000
"""Characters. What one search cannot be stopped in is short, however long the line was."""

_LINE = re.compile(r"\S(?:[^\r\n]*\S)?")
"""A line, without the white space around it."""


@dataclass(frozen=True)
class SplitText:
    """The lines of a text, in parts, and the white space between them."""

    gaps: list[str]
    """Before the first line, between all, and after the last: one more than there are lines."""
    lines: list[list[str]]

    @property
    def parts(self) -> list[str]:
        """All of them, in order."""
        return list(itertools.chain.from_iterable(self.lines))

    def join(self, translated: Sequence[str]) -> str:
        """The text with another text for each of its parts."""
        rest = iter(translated)
        lines = [" ".join(next(rest) for _ in parts) for parts in self.lines]
        return "".join(itertools.chain.from_iterable(zip(self.gaps, [*lines, ""], strict=True)))


def split(text: str) -> SplitText:
    """A line is one part, unless it is longer than LONGEST_PART: then its sentences are."""
    lines = [split_text(line, _is_short) for line in _LINE.findall(text)]
    return SplitText(_LINE.split(text), [[part.strip() for part in parts] for parts in lines])


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_PART
