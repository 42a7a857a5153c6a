"""The embedded corpus: its files are what the grammar makes, and its splits keep their promises."""

import json
from collections import Counter
from pathlib import Path

import generate
import pytest
from grammar import lexicon, nouns, pairs, verbs
from grammar.held_out import HELD_OUT

SCENES = Path(__file__).parents[2] / "data" / "scenes"
SPLITS = ("train", "validation", "test", "challenge")
WITHOUT_PARTNER = {"do", "does", "did"}


@pytest.fixture(scope="module")
def generated() -> dict[str, list[generate.Example]]:
    return generate.splits()


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[dict]]:
    return {name: read(SCENES / f"{name}.jsonl") for name in SPLITS}


@pytest.mark.slow
def test_generating_again_gives_the_files_that_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generated: dict[str, list[generate.Example]]
) -> None:
    monkeypatch.setattr(generate, "splits", lambda: generated)

    generate.write(tmp_path)

    for name in SPLITS:
        ours = (SCENES / f"{name}.jsonl").read_bytes()
        assert (tmp_path / f"{name}.jsonl").read_bytes() == ours, f"{name}.jsonl is out of date"


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


@pytest.mark.slow
def test_training_shows_no_held_out_combination(
    generated: dict[str, list[generate.Example]],
) -> None:
    for name in ("train", "validation", "test"):
        shown = [feature for example in generated[name] for feature in example.pair.features]
        assert HELD_OUT.isdisjoint(shown)


@pytest.mark.slow
def test_every_challenge_sentence_has_a_held_out_combination(
    generated: dict[str, list[generate.Example]],
) -> None:
    found = [example.pair.features & HELD_OUT for example in generated["challenge"]]

    assert all(found)
    assert frozenset().union(*found) == HELD_OUT


@pytest.mark.slow
def test_training_knows_each_part_of_a_held_out_combination(
    generated: dict[str, list[generate.Example]],
) -> None:
    features = Counter(feature for e in generated["train"] for feature in e.pair.features)
    constructions: Counter[str] = Counter()
    for (_, construction), count in features.items():
        constructions[construction] += count

    for lexeme, construction in HELD_OUT:
        assert features[lexeme, "use"] >= 25, lexeme
        assert constructions[construction] >= 200, construction


@pytest.mark.slow
def test_every_lexeme_occurs_in_training_often_enough_to_be_learnt(
    generated: dict[str, list[generate.Example]],
) -> None:
    shown = Counter(
        lexeme for e in generated["train"] for lexeme, name in e.pair.features if name == "use"
    )
    content = [*nouns.ALL_NOUNS, *verbs.ALL_VERBS, *lexicon.ALL_ADJECTIVES]

    assert [item.lexeme for item in content if shown[item.lexeme] < 25] == []
    assert len({item.lexeme for item in content}) >= 300


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
