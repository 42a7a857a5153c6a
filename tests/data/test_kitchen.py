"""The domain of 80 pairs is what its README says."""

import re
from collections.abc import Iterable
from pathlib import Path

from translator.config import CorpusConfig
from translator.text.corpus import load_split

KITCHEN = CorpusConfig(source=str(Path(__file__).parents[2] / "data" / "kitchen"))
SPLITS = {name: load_split(KITCHEN, name) for name in ("train", "validation", "test")}


def test_its_splits_have_the_sizes_that_are_told_and_no_sentence_twice() -> None:
    assert {name: len(pairs) for name, pairs in SPLITS.items()} == {
        "train": 80,
        "validation": 40,
        "test": 43,
    }
    for side in (0, 1):
        assert len({pair[side] for pairs in SPLITS.values() for pair in pairs}) == 163


def test_every_word_of_its_held_out_text_stands_in_train() -> None:
    for side in (0, 1):
        words = {name: words_of(pair[side] for pair in pairs) for name, pairs in SPLITS.items()}
        assert words["validation"] | words["test"] <= words["train"]


def words_of(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", text)}
