"""The links between the words of a sentence and its translation, read from cross-attention."""

from collections.abc import Iterator, Sequence

from translator.decoding.translator import Translator
from translator.documents.passages import Align, diagonal
from translator.errors import InspectionError
from translator.inspection.alignment import Link, Reader
from translator.inspection.alignment import align as align_words
from translator.inspection.record import inspect_pair
from translator.inspection.words import WORD, ordinary_words


def reader_of(translator: Translator) -> Align:
    """Word links from the model's attention to a sentence and its translation.

    In a pair longer than any in training, each word is linked with the word at about the same
    position.
    """

    def align(src: str, tgt: str) -> Sequence[Link]:
        if len(translator.tokenizer.encode(src)) > translator.max_src_length:
            return diagonal(src, tgt)
        try:
            inspection = inspect_pair(translator, src, tgt)
        except InspectionError:
            return diagonal(src, tgt)
        src_words = list(_words(inspection.source))
        tgt_words = list(_words(inspection.writes))
        if (_count(src_words), _count(tgt_words)) != (_count_in(src), _count_in(tgt)):
            return diagonal(src, tgt)  # the tokenizer spells this text differently
        return [
            (src_at, tgt_at)
            for src_group, tgt_group in align_words(inspection, Reader())
            for src_at in src_words[src_group]
            for tgt_at in tgt_words[tgt_group]
        ]

    return align


def _count(words: Sequence[range]) -> int:
    return words[-1].stop if words else 0


def _count_in(text: str) -> int:
    return len(WORD.findall(text))


def _words(pieces: Sequence[str]) -> Iterator[range]:
    """The words in each group; a piece that spans two words joins them into one group."""
    at = 0
    for group in ordinary_words(pieces):
        num_words = len(WORD.findall(group.text))
        yield range(at, at + num_words)
        at += num_words
