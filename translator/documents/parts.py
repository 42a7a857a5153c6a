"""The parts of a passage of a document: text, and the pieces in it that stay unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "kept", "break", "open", "close", "empty"]
"""Text to translate; a placeholder or code, which a sentence needs but nobody translates; the end
of a line inside a sentence; and marks: two around some words, or a single one."""


@dataclass(frozen=True)
class Part:
    """A stretch of a document."""

    kind: Kind
    raw: str
    """As it stands in the document."""
    text: str = ""
    """As it is read: of text, of what is kept, and of the end of a line, a space."""
    name: str = ""
    """Which marks open and close each other."""


Passage = Sequence[Part]
"""A paragraph, a heading, a cell: what no sentence goes beyond."""


def raw(passage: Passage) -> str:
    """The passage as written in the document."""
    return "".join(part.raw for part in passage)
