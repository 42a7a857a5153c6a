"""The embedded corpus: its files are what the grammar makes, and its splits keep their promises.

tests/campaigns/corpus.py makes all of it anew and asks what cannot be seen in the files.
"""

import itertools
import json
from collections import Counter
from pathlib import Path

import generate
import pytest
from grammar import pairs

SCENES = Path(__file__).parents[2] / "data" / "scenes"
SPLITS = ("train", "validation", "test", "challenge")
WITHOUT_PARTNER = {"do", "does", "did"}


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[dict]]:
    return {name: read(SCENES / f"{name}.jsonl") for name in SPLITS}


def test_what_the_grammar_makes_first_is_in_the_files(corpus: dict[str, list[dict]]) -> None:
    dealt = {pair["en"]: pair for name in SPLITS[:3] for pair in corpus[name]}
    challenge = {pair["en"]: pair for pair in corpus["challenge"]}

    made = list(itertools.islice(generate.examples(), 2000))

    for example in made:
        line = json.loads(generate.line(example.pair))
        if not example.held_out:
            assert dealt[line["en"]] == line
        elif line["en"] in challenge:  # each combination has its share there
            assert challenge[line["en"]] == line
    assert sum(example.pair.en in challenge for example in made) > 100


def test_the_splits_have_their_sizes(corpus: dict[str, list[dict]]) -> None:
    assert {name: len(pairs) for name, pairs in corpus.items()} == {
        "train": 20_000,
        "validation": 500,
        "test": 500,
        "challenge": 500,
    }


@pytest.mark.parametrize("side", ["en", "de"])
def test_no_sentence_stands_twice(corpus: dict[str, list[dict]], side: str) -> None:
    counts = Counter(pair[side] for pairs in corpus.values() for pair in pairs)

    assert [sentence for sentence, count in counts.items() if count > 1] == []


def test_alignments_are_sorted_unique_and_within_the_sentence(
    corpus: dict[str, list[dict]],
) -> None:
    for pair in every(corpus):
        links = [tuple(link) for link in pair["alignment"]]
        source, target = pairs.tokenize(pair["en"]), pairs.tokenize(pair["de"])
        assert links == sorted(set(links))
        assert all(0 <= i < len(source) and 0 <= j < len(target) for i, j in links)


def test_only_do_and_german_commas_are_unaligned(corpus: dict[str, list[dict]]) -> None:
    for pair in every(corpus):
        source, target = pairs.tokenize(pair["en"]), pairs.tokenize(pair["de"])
        aligned_en = {i for i, _ in pair["alignment"]}
        aligned_de = {j for _, j in pair["alignment"]}
        left = {word.lower() for i, word in enumerate(source) if i not in aligned_en}
        assert left <= WITHOUT_PARTNER, pair
        assert {word for j, word in enumerate(target) if j not in aligned_de} <= {","}, pair


def test_sentences_begin_with_a_capital_and_end_with_a_mark(
    corpus: dict[str, list[dict]],
) -> None:
    for pair in every(corpus):
        for sentence in (pair["en"], pair["de"]):
            assert sentence[0].isupper()
            assert sentence[-1] in ".?"
            assert "  " not in sentence
            assert ",," not in sentence
        assert pair["en"][-1] == pair["de"][-1]


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def every(corpus: dict[str, list[dict]]) -> list[dict]:
    return [pair for pairs in corpus.values() for pair in pairs]
