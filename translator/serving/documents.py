"""Texts with markup: the markup is parsed in a thread that never waits for a search.

Functions of translator.documents ask for translations while they run. So such a function is called
repeatedly. The first calls return each text unchanged and collect the texts to translate; when
these have been searched, together with those of other requests, another call gets the translations.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from translator.documents.document import (
    SUFFIXES,
    Align,
    Translate,
    translate_document,
)
from translator.documents.encodings import decode, encoding_of
from translator.documents.passages import diagonal
from translator.serving.texts import split

Result = TypeVar("Result")
Search = Callable[[Sequence[str]], Awaitable[list[list[str]]]]
"""The translations of each text, best first."""

PLAIN = ".txt"
FILES = (PLAIN, *SUFFIXES)
"""What the name of a file may end with."""


async def filled(
    work: Callable[[Translate, Align], Result], search: Search, align: Align, num_best: int = 1
) -> list[Result]:
    """What `work` makes of the best translations; of the next best, and so on."""
    known: dict[str, list[str]] = {}
    return [await _filled(work, search, align, known, rank) for rank in range(num_best)]


async def _filled(
    work: Callable[[Translate, Align], Result],
    search: Search,
    align: Align,
    known: dict[str, list[str]],
    rank: int,
) -> Result:
    """With the translations of this rank, or the last there is; what was searched is `known`."""
    wanted: dict[str, None] = {}

    def look_up(texts: Sequence[str]) -> list[str]:
        wanted.update(dict.fromkeys(text for text in texts if text not in known))
        return [known[text][: rank + 1][-1] if text in known else text for text in texts]

    while True:
        await asyncio.to_thread(work, look_up, diagonal)
        if not wanted:  # all is there: now words are aligned, too, which costs time
            return await asyncio.to_thread(work, look_up, align)
        known.update(zip(wanted, await search(list(wanted)), strict=True))
        wanted.clear()


def translate_file(data: bytes, suffix: str, translate: Translate, align: Align) -> bytes:
    """A document of one of FILES. Raises a TranslatorError for one that cannot be read."""
    if suffix == PLAIN:
        mark, encoding = encoding_of(data, PLAIN)
        text = split(decode(data.removeprefix(mark), encoding))
        return mark + text.join(translate(text.parts)).encode(encoding)
    return translate_document(data, suffix, translate, align)
