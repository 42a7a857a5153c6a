"""Text of one language: the lines of a file that are worth translating and may be trained on."""

import logging
import os
from pathlib import Path

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.corpus import Corpus, count_words
from translator.text.normalization import folded
from translator.text.tables import read_file_lines

logger = logging.getLogger(__name__)


def load_monolingual(file: str, corpus: Corpus, config: CorpusConfig) -> list[str]:
    """The lines of `file` as they stand there, without blank and overlong ones, repetitions, and
    what stands in `corpus`, on either side: in a held-out split, or in its training text.

    How many are dropped is logged. Two lines are the same if they differ only in case and white
    space. Raises CorpusError for a file that cannot be read, or of which nothing is left.
    """
    dropped = {"blank": 0, "too long": 0, "repeated": 0}
    kept: dict[str, str] = {}
    lines = read_file_lines(Path(os.path.expanduser(file)))
    for line in lines:
        key = folded(line)
        if not key:
            dropped["blank"] += 1
        elif config.max_words and count_words(line) > config.max_words:
            dropped["too long"] += 1
        elif key in kept:
            dropped["repeated"] += 1
        else:
            kept[key] = line
    held_out = [name for name in corpus.splits if name != "train"]
    for reason, names in (("in a held-out split", held_out), ("in the training text", ["train"])):
        before = len(kept)
        for name in names:
            for pair in corpus.splits[name]:
                for side in pair:
                    kept.pop(folded(side), None)
        dropped[reason] = before - len(kept)
    counts = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
    if not kept:
        raise CorpusError(
            f"{file}: nothing is left of {len(lines)} lines after cleaning (dropped: {counts}): "
            "look at the text, or leave it out"
        )
    logger.info("%s: %d lines to translate; dropped: %s", file, len(kept), counts)
    return list(kept.values())
