"""Program messages: text with placeholders, tags, line breaks and an accelerator."""

import re
from collections.abc import Iterator, Sequence

from translator.documents.html_pages import marked_up
from translator.documents.parts import Part, Passage, raw
from translator.documents.passages import LETTER, Align, Translate, translate_passages

_ACCELERATOR = re.compile(
    # Before a word, or, in a one-word label, before a lowercase letter. Matches neither AT&T nor
    # the underscore of "file_name here".
    r"(?<![\w&_])(?:&(?!#?\w++;)|_)(?=[^\W\d_])"
    r"|\A(?P<before>[^\W\d_]++)(?:&(?!#?\w++;)|_)(?=[a-zäöüß]\S*\Z)"
)
"""The accelerator of a menu entry: &File (Qt, Windows), _File (GTK)."""
_LINE = re.compile(r"\r\n|\n|\r")


def translate_messages(messages: Sequence[str], translate: Translate, align: Align) -> list[str]:
    """One translation per message, line by line; placeholders and accelerators are kept."""
    plain = [_without_accelerator(message) for message in messages]
    split = [list(_pieces(text)) for text, _ in plain]
    passages = [piece for pieces in split for piece in pieces if not isinstance(piece, str)]
    done = iter(translate_passages(passages, translate, align))
    results = []
    for message, (text, marker), pieces in zip(messages, plain, split, strict=True):
        found = [
            [Part("kept", piece)] if isinstance(piece, str) else next(done) for piece in pieces
        ]
        parts = [part for passage in found for part in passage]
        is_same = raw(parts) == text
        results.append(message if is_same else raw(_with_accelerator(parts, marker)))
    return results


def _without_accelerator(message: str) -> tuple[str, str]:
    """The message without its accelerator, and the accelerator with its letter, or "" without
    exactly one."""
    found = list(_ACCELERATOR.finditer(message))
    if len(found) != 1:
        return message, ""
    at = found[0].end()
    return message[: at - 1] + message[at:], message[at - 1 : at + 1]


def _pieces(message: str) -> Iterator[Passage | str]:
    at = 0
    for match in _LINE.finditer(message):
        yield marked_up(message[at : match.start()])
        yield match[0]
        at = match.end()
    yield marked_up(message[at:])


def _with_accelerator(parts: Sequence[Part], marker: str) -> Sequence[Part]:
    """The accelerator goes before the same letter, preferably at the start of a word; if the
    translation lacks that letter, before its first letter."""
    if not marker:
        return parts
    sign, letter = marker[0], re.escape(marker[1])
    for pattern in (rf"\b{letter}", letter, LETTER.pattern):
        for number, part in enumerate(parts):
            match = re.search(pattern, part.raw, re.IGNORECASE) if part.kind == "text" else None
            if match:
                at = match.start()
                marked = Part("text", part.raw[:at] + sign + part.raw[at:])
                return [*parts[:number], marked, *parts[number + 1 :]]
    return parts
