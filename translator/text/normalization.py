"""Text as the tokenizer reads it, in training and translation: texts that look the same become the
same.

White space becomes single spaces, characters are composed (macOS writes ü as u and two dots), and
invisible characters are removed. Nothing else changes: SentencePiece's NFKC would turn ½ into 1/2
and … into three dots, also in targets, while references keep them.
"""

import re
import unicodedata
from collections.abc import Iterator

SPACE = "▁"
"""SentencePiece's own sign for a space: every word begins with it."""
MAX_MARKS = 30
"""Combining marks on one character, the limit of Unicode's stream-safe text format (UAX #15, D3):
no language comes near it, and ordering marks takes time quadratic in their number."""

_CONTROL = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
"""All but white space."""
_INVISIBLE = (
    r"\u00ad\u061c\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f"
)
"""Soft hyphens, spaces without width, byte order marks, directions: what Unicode calls ignorable by
default, and its signs of annotations."""
_SELECTORS = (
    r"\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
"""Joiners, variation selectors and tags: invisible too, but they change what stands before them."""
_SELECTED = (
    r"\u0590-\u109f\u1780-\u18af\u20d0-\u20ff\u2190-\u2bff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff"
    r"\ufe70-\ufefe\U00010a00-\U000dffff"
)
"""What they change: letters of scripts that join or have variants (Hebrew to Myanmar, Khmer,
Mongolian, Chinese, Japanese, Korean, all beyond U+10A00), symbols, emoji. Behind anything else, as
a Latin letter, they change nothing and are left out."""
_SEQUENCE = r"(?<=\x1b)(?:\[[0-?]*+[!-/]*+[@-~]|O[A-Z])"
"""After an escape character: what an arrow key sends, or what colours a terminal (ECMA-48)."""

_WORD = r"[!-~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e]++"
"""Latin letters and usual punctuation, with nothing to leave out or compose."""
_NORMAL = re.compile(rf"(?:{_WORD}(?: {_WORD})*+)?")
"""Matches nearly every line, quickly."""
LEFT_OUT = re.compile(rf"[{_CONTROL}{_INVISIBLE}](?:{_SEQUENCE})?")
IDLE = re.compile(rf"[{_SELECTORS}](?<![{_SELECTED}{_SELECTORS}].)[{_SELECTORS}]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PERHAPS_MARKS = re.compile(rf"[^\w\s]{{{MAX_MARKS + 1},}}")  # combining marks are not letters


def normalize(text: str) -> str:
    """`text` as one line, without invisible characters; blank if nothing is left.

    Half a surrogate pair, which no encoding writes, becomes U+FFFD. Takes time linear in the length
    of `text`.
    """
    if _NORMAL.fullmatch(text):
        return text
    text = LEFT_OUT.sub("", _SURROGATE.sub("\ufffd", text))
    text = IDLE.sub("", text.replace(SPACE, " "))
    text = _PERHAPS_MARKS.sub(lambda run: "".join(_bounded(run[0])), text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def folded(text: str) -> str:
    """The same for texts that differ only in case, white space, or how a letter is composed."""
    return normalize(text).casefold()


def _bounded(run: str) -> Iterator[str]:
    """`run` without the marks that follow MAX_MARKS others."""
    num_marks = 0
    for char in run:
        num_marks = num_marks + 1 if unicodedata.combining(char) else 0
        if num_marks <= MAX_MARKS:
            yield char
