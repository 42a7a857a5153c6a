"""Two translators over one sentence, as a terminal shows it: their numbers, within 80 columns."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from inspected import made_up

from translator.errors import ConfigError
from translator.inspection.comparison import Comparison
from translator.inspection.heads.report import head_name
from translator.inspection.matching import match_heads, overlaps
from translator.inspection.views.columns import display_width
from translator.inspection.views.comparison import as_comparison, choose_pair

SOURCE = ["▁The", "▁dog", "▁runs", ".", "</s>"]
WRITES = ["▁Der", "▁Hund", "▁rennt", "</s>"]


def test_translations_log_probabilities_and_likenesses_are_shown() -> None:
    comparison = made_up_comparison(("Der Hund rennt.", "Der Hund läuft schnell."))

    shown = as_comparison(comparison, choose_pair(comparison))

    assert "A, runs/one, given by the user:\n   Der Hund rennt.\n" in shown
    assert 'They part after word 2, "Hund": A writes "rennt.", B writes "läuft schnell."' in shown
    assert re.search(r"given by A +-1\.00 +-20\.50\n +given by B +-3\.25 +-4\.00\n", shown)
    found = re.findall(r"^  (\d\.\d)   (\d\.\d) +([\d.]+)  █+$", shown, re.MULTILINE)
    assert found == [
        (head_name(pair.first), head_name(pair.second), f"{pair.likeness:.3f}")
        for pair in comparison.matching.pairs
    ]
    [lonely] = comparison.matching.only_first
    named = f"{head_name(lonely.first)} ({head_name(lonely.second)}, {lonely.likeness:.3f})"
    assert f"Heads of A without a partner (and the most alike head of B): {named}" in " ".join(
        shown.split()
    )


@pytest.mark.parametrize(
    ("translations", "expected"),
    [
        (("Der Hund.", "Der Hund."), "Both write the same."),
        (("Ein Hund.", "Der Hund."), 'They part at the first word: A writes "Ein Hund.", B writes'),
        (("Der", "Der Hund."), 'They part after word 1, "Der": A ends, B writes "Hund.".'),
        (("", "Der Hund."), 'They part at the first word: A ends, B writes "Der Hund.".'),
    ],
)
def test_where_the_translations_part_is_said(translations: tuple[str, str], expected: str) -> None:
    comparison = made_up_comparison(translations)

    assert expected in " ".join(as_comparison(comparison, choose_pair(comparison)).split())


def test_the_matrices_are_those_of_the_pair_and_their_difference_in_percent() -> None:
    comparison = made_up_comparison(("a", "b"))
    pair = choose_pair(comparison, layer=2, head=1)

    shown = as_comparison(comparison, pair)

    a, b = comparison.weights[0][pair.first], comparison.weights[1][pair.second]
    rows = re.findall(r"^(?:▁Der|▁Hund|▁rennt|</s>) +(.*)$", shown, re.MULTILINE)
    found = [[int(cell.replace("·", "0")) for cell in row.split()] for row in rows]
    expected = np.concatenate([a, b, b - a])
    np.testing.assert_array_equal(found, (100 * expected).round())
    signs = {cell[0] for row in rows[-len(WRITES) :] for cell in row.split()}
    assert signs - {"·"} == {"+", "-"}


def test_a_long_sentence_takes_several_blocks_of_columns_within_80_columns() -> None:
    source = [f"▁Wort{number}" for number in range(40)] + ["日本語日本語日本語", "</s>"]
    comparison = made_up_comparison(("a " * 90, "b" * 200), source)

    shown = as_comparison(comparison, choose_pair(comparison))

    assert max(map(display_width, shown.splitlines())) <= 80
    for number in range(40):
        assert len(re.findall(rf" ▁Wort{number}\b", shown)) == 3


def test_the_head_asked_for_is_shown_or_else_the_least_alike() -> None:
    comparison = made_up_comparison(("a", "b"))
    matching = comparison.matching

    assert choose_pair(comparison) == min(matching.pairs, key=lambda pair: pair.likeness)
    asked = matching.pairs[1]
    assert choose_pair(comparison, asked.first[0] + 1, asked.first[1] + 1) == asked
    [lonely] = matching.only_first
    assert choose_pair(comparison, lonely.first[0] + 1, lonely.first[1] + 1) == lonely


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"layer": 4}, "--layer is 4: runs/one has layers 1 to 3"),
        ({"head": 0}, "--head is 0: runs/one has heads 1 to 1"),
    ],
)
def test_a_head_that_a_does_not_have_is_refused(asked: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose_pair(made_up_comparison(("a", "b")), **asked)


def made_up_comparison(translations: tuple[str, str], source: Sequence[str] = SOURCE) -> Comparison:
    """A has three layers of one head, B one layer of two."""
    random = np.random.default_rng(1)
    shapes = (3, 1), (1, 2)
    weights = [
        random.dirichlet(np.ones(len(source)), size=(*shape, len(WRITES))).astype(np.float32)
        for shape in shapes
    ]
    a, b = (made_up(source, WRITES, each) for each in weights)
    own = (
        replace(a, text="The dog runs.", translation=translations[0]),
        replace(b, text="The dog runs.", translation=translations[1]),
    )
    return Comparison(
        names=("runs/one", "runs/other"),
        text="The dog runs.",
        own=own,
        target="Der Hund rennt",
        target_by="user",
        read=(a, b),
        logprobs=np.array([[-1, -20.5], [-3.25, -4]], dtype=np.float32),
        units="pieces",
        rows=WRITES,
        columns=source,
        weights=(weights[0], weights[1]),
        matching=match_heads(overlaps(*weights).mean(axis=-1)),
    )
