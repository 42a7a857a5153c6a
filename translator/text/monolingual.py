"""Monolingual text: the lines of a file that are worth translating and may be trained on."""

import logging
from itertools import chain

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.cleaning import count_words
from translator.text.corpus import Corpus
from translator.text.normalization import folded
from translator.text.sources import read_texts

logger = logging.getLogger(__name__)


def load_monolingual(place: str, column: str, corpus: Corpus, config: CorpusConfig) -> list[str]:
    """The lines of a file, or of a column of a table, unchanged, without blank and overlong lines,
    repetitions, and lines that occur on either side of `corpus`, in a held-out split or in the
    training text.

    The number of dropped lines is logged. Lines that differ only in case and white space count as
    the same. Raises CorpusError for a file that cannot be read, or of which nothing is left.
    """
    dropped = {"blank": 0, "too long": 0, "repeated": 0}
    kept: dict[str, str] = {}
    num_lines = 0
    for line in chain.from_iterable(read_texts(place, column, config)):
        num_lines += 1
        key = folded(line)
        if not key:
            dropped["blank"] += 1
        elif config.max_words and count_words(line) > config.max_words:
            dropped["too long"] += 1
        elif key in kept:
            dropped["repeated"] += 1
        else:
            kept[key] = line
    held_out = chain.from_iterable(corpus.held_out.values())
    corpora = {"in a held-out split": held_out, "in the training text": corpus.train}
    for reason, pairs in corpora.items():
        before = len(kept)
        for side in chain.from_iterable(pairs):
            kept.pop(folded(side), None)
        dropped[reason] = before - len(kept)
    counts = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
    if not kept:
        raise CorpusError(
            f"{place}: nothing is left of {num_lines} lines after cleaning (dropped: {counts}): "
            "look at the text, or leave it out"
        )
    logger.info("%s: %d lines to translate; dropped: %s", place, len(kept), counts)
    return list(kept.values())
