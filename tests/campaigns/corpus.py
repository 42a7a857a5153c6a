"""Make the embedded corpus anew: the same files, with every promise about held-out combinations.

pytest tests/campaigns/corpus.py
"""

from collections import Counter
from pathlib import Path

import generate
import pytest
from grammar import lexicon, nouns, verbs
from grammar.held_out import HELD_OUT

SCENES = Path(__file__).parents[2] / "data" / "scenes"
SPLITS = ("train", "validation", "test", "challenge")


@pytest.fixture(scope="module")
def generated() -> dict[str, list[generate.Example]]:
    return generate.splits()


def test_generating_again_gives_the_files_that_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generated: dict[str, list[generate.Example]]
) -> None:
    monkeypatch.setattr(generate, "splits", lambda: generated)

    generate.write(tmp_path)

    for name in SPLITS:
        ours = (SCENES / f"{name}.jsonl").read_bytes()
        assert (tmp_path / f"{name}.jsonl").read_bytes() == ours, f"{name}.jsonl is out of date"


def test_training_shows_no_held_out_combination(
    generated: dict[str, list[generate.Example]],
) -> None:
    for name in ("train", "validation", "test"):
        shown = [feature for example in generated[name] for feature in example.pair.features]
        assert HELD_OUT.isdisjoint(shown)


def test_every_challenge_sentence_has_a_held_out_combination(
    generated: dict[str, list[generate.Example]],
) -> None:
    found = [example.pair.features & HELD_OUT for example in generated["challenge"]]

    assert all(found)
    assert frozenset().union(*found) == HELD_OUT


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


def test_every_lexeme_occurs_in_training_often_enough_to_be_learnt(
    generated: dict[str, list[generate.Example]],
) -> None:
    shown = Counter(
        lexeme for e in generated["train"] for lexeme, name in e.pair.features if name == "use"
    )
    content = [*nouns.ALL_NOUNS, *verbs.ALL_VERBS, *lexicon.ALL_ADJECTIVES]

    assert [item.lexeme for item in content if shown[item.lexeme] < 25] == []
    assert len({item.lexeme for item in content}) >= 300
