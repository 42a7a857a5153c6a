"""The parts of a passage of a document: text, and the pieces in it that stay unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "kept", "break", "open", "close", "empty"]
"""Text to translate; a placeholder or code, which is part of a sentence but not translated; a line
break inside a sentence; and marks: a pair around some words, or a single mark."""


@dataclass(frozen=True)
class Part:
    """A stretch of a document."""

    kind: Kind
    raw: str
    """The part as written in the document."""
    text: str = ""
    """The text as read, for text and kept pieces; a space for a line break."""
    name: str = ""
    """The name by which an opening and a closing mark match."""


Passage = Sequence[Part]
"""A paragraph, a heading or a cell: no sentence extends beyond a passage."""


def raw(passage: Passage) -> str:
    """The passage as written in the document."""
    return "".join(part.raw for part in passage)
