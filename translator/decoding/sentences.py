"""Splits a long text at the ends of sentences, clauses or words."""

import re
from collections.abc import Callable

ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Rev Gen Col Capt Lt Sgt St Jr Sr Inc Ltd Co vs etc cf al approx "
    "Hr Fr Nr Str bzw ca usw evtl ggf inkl"
)
"""A full stop after one of these does not end a sentence; nor does one after a single letter or
digit (J. Doe, U.S., z. B., 3. Mai) or a number of two digits."""

_NO_END = "".join(rf"(?<!\b{before}\.)" for before in [*ABBREVIATIONS.split(), r"[^\W_]", r"\d\d"])
STOPS = "!?…\u0589\u061f\u06d4\u0964\u0965\u104b\u1362\u17d4"
"""Besides the full stop, those of Armenian, Arabic, Urdu, Hindi, Burmese, Amharic and Khmer."""
CLOSING = "\"'”’“‘»«›‹)]"
_CLOSING = f"[{re.escape(CLOSING)}]"
_WIDE_STOPS, _WIDE_CLOSING = "。｡！？", r"[」』】〉》）］\"'”’)\]]"
SENTENCE_END = re.compile(
    rf"[.{STOPS}{_WIDE_STOPS}](?:"
    # From the first punctuation character of a run only: from each, the time would be quadratic in
    # the length of the run.
    rf"(?<![.{STOPS}].)(?:{_NO_END}|(?=[.{STOPS}]))[.{STOPS}]*+"
    rf"(?:\s++|{_CLOSING}++\s++(?![a-zäöüß]))"  # not: "Go!" he said
    rf"|(?<=[{_WIDE_STOPS}])[{_WIDE_STOPS}]*+{_WIDE_CLOSING}*+\s*+)"  # no space follows in Chinese
)
CLAUSE_END = re.compile(rf"[;:,،؛]{_CLOSING}*+\s++|[，、；：]\s*+")
WORD_END = re.compile(r"\s++")


def split_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text if it fits; otherwise its sentences, or smaller parts of sentences that do not fit.

    The parts joined are the text, character by character. A single character always fits.
    """
    if fits(text):
        return [text]
    return [part for sentence in split_sentences(text) for part in _halve(sentence, fits)]


def split_sentences(text: str) -> list[str]:
    """The sentences, each with the white space that follows; joined, they are the text."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    sentences = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [sentence for sentence in sentences if sentence]


def _halve(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Split in two until it fits: at the end of the clause, or else of the word, nearest to the
    middle, or else in the middle."""
    if len(text) <= 1 or fits(text):
        return [text]
    middle = len(text) // 2
    cut = middle
    for boundary in (CLAUSE_END, WORD_END):
        ends = [match.end() for match in boundary.finditer(text) if match.end() < len(text)]
        if ends:
            cut = min(ends, key=lambda end: abs(end - middle))
            break
    return [*_halve(text[:cut], fits), *_halve(text[cut:], fits)]
