"""Text in terminal columns: display width, padding, cutting, wrapping, colours and signs."""

import os
import unicodedata
from collections.abc import Iterator
from typing import Literal, TextIO

WIDTH = 80

Colour = Literal["decoder", "encoder", "bold"]
_CODES: dict[Colour, str] = {"decoder": "36", "encoder": "33", "bold": "1"}


def shows_colour(stream: TextIO) -> bool:
    """Whether `stream` is a terminal whose user has not disabled colours (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: Colour, colours: bool) -> str:
    """`text` in `colour`, or unchanged if `colours` is False."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if colours and text else text


def visible(text: str) -> str:
    """`text` with U+FFFD for control characters, which could move the cursor or worse."""
    return "".join("\ufffd" if unicodedata.category(char) == "Cc" else char for char in text)


def display_width(text: str) -> int:
    """Width in columns: 2 for an emoji or a Chinese character, 0 for a combining accent."""
    return sum(map(_width, text))


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` columns, padded on the right or cut with an ellipsis."""
    if display_width(text) > width:
        text = f"{_head(text, width - 1)}…"
    return text + " " * (width - display_width(text))


def signed(number: float, digits: int = 2) -> str:
    """`number` with its sign, unless it rounds to 0."""
    rounded = round(float(number), digits)
    return f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"


def wrap(text: str, width: int = WIDTH, indent: str = "") -> str:
    """Lines of at most `width` columns, all but the first indented; long words are split."""
    lines, line = [], ""
    for word in _short_words(text, width - len(indent)):
        longer = f"{line} {word}" if line.strip() else f"{line}{word}"
        if display_width(longer) > width:
            lines.append(line)
            longer = f"{indent}{word}"
        line = longer
    return "\n".join([*lines, line])


def _short_words(text: str, width: int) -> Iterator[str]:
    for word in text.split():
        while display_width(word) > width:
            start = _head(word, width)
            yield start
            word = word[len(start) :]
        yield word


def _head(text: str, width: int) -> str:
    """The longest beginning of `text` that fits."""
    used = 0
    for position, char in enumerate(text):
        used += _width(char)
        if used > width:
            return text[:position]
    return text


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
