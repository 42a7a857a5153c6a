"""Alignment read from attention, and its agreement with gold, worked by hand."""

from pathlib import Path

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN, HEADS, made_up

from translator.config import CorpusConfig
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.alignment import (
    Agreement,
    GoldPair,
    Reader,
    agreements,
    align,
    best_reader,
    compare,
    count_as_given,
    pharaoh,
    total,
)
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair
from translator.inspection.words import group_into_words
from translator.text.alignments import load_alignments
from translator.text.normalization import SPACE

SCENES = Path(__file__).parents[2] / "data/scenes"
SOURCE = ["▁a", "▁bi", "ke", "▁now", "</s>"]
WRITES = ["▁jetzt", "▁ein", "▁Fahr", "rad", "</s>"]
ROWS = np.array(
    [
        [0.05, 0.10, 0.05, 0.30, 0.50],  # </s> has the most, but is no word
        [0.60, 0.10, 0.10, 0.10, 0.10],
        [0.35, 0.20, 0.20, 0.15, 0.10],  # bike has more than a only if its pieces are summed
        [0.10, 0.10, 0.10, 0.60, 0.10],
        [0.00, 0.00, 0.00, 1.00, 0.00],  # writes </s>: no word
    ]
)


TARGET_CHOOSES = Reader(by="weights", rows="writes", chosen_by="target")


def one_head(rows: np.ndarray = ROWS, norms: np.ndarray | None = None) -> Inspection:
    return made_up(SOURCE, WRITES, rows[None, None], None if norms is None else norms[None, None])


def test_rows_by_what_they_write_are_aligned_word_by_word() -> None:
    # Fahrrad: a (.35 + .10) / 2, bike (.40 + .20) / 2, now (.15 + .60) / 2
    links = align(one_head(), TARGET_CHOOSES)

    assert links == [(0, 1), (2, 0), (2, 2)]


def test_rows_by_what_they_read_are_those_of_the_next_step() -> None:
    # jetzt is read by row 1, ein by row 2, Fahrrad by rows 3 and 4.
    links = align(one_head(), Reader(by="weights", rows="reads", chosen_by="target"))

    assert links == [(0, 0), (1, 1), (2, 2)]


def test_pieces_are_aligned_as_they_are() -> None:
    links = align(one_head(), TARGET_CHOOSES, "pieces")

    assert links == [(0, 1), (0, 2), (3, 0), (3, 3)]


def test_words_that_are_spelled_like_special_tokens_are_counted(
    trained_translator: Translator,
) -> None:
    inspection = inspect_pair(trained_translator, "A <pad> dog </s> .", "Ein <s> Hund <unk> .")

    links = align(inspection, Reader(chosen_by="both"), "spaced")

    assert {src for src, _ in links} == {tgt for _, tgt in links} == {0, 1, 2, 3, 4}


def test_words_are_counted_as_white_space_separates_them_in_the_given_text() -> None:
    src, tgt = "a \u200b b", "c▁d e"  # the tokenizer reads a b, and c d e

    assert count_as_given([(0, 0), (0, 1), (1, 1), (1, 2)], src, tgt) == [(0, 0), (2, 0), (2, 1)]


def test_source_words_may_choose_instead_or_too() -> None:
    # a: ein .60; bike: Fahrrad .30; now: Fahrrad .375, not jetzt .30
    by_source = align(one_head(), Reader(by="weights", rows="writes", chosen_by="source"))
    by_both = align(one_head(), Reader(by="weights", rows="writes", chosen_by="both"))

    assert by_source == [(0, 1), (1, 2), (2, 2)]
    assert by_both == [(0, 1), (1, 2), (2, 0), (2, 2)]


def test_norms_align_by_what_was_contributed() -> None:
    inspection = one_head(norms=ROWS[::-1].copy())

    assert align(inspection, Reader(by="norms", chosen_by="target")) != align(
        inspection, TARGET_CHOOSES
    )
    reversed_rows = align(one_head(ROWS[::-1].copy()), TARGET_CHOOSES)
    assert align(inspection, Reader(by="norms", chosen_by="target")) == reversed_rows


def test_a_head_is_picked_and_none_is_the_mean() -> None:
    left, right = np.zeros((2, 5, 5))
    left[:, 0], right[:, 3] = 0.6, 1.0
    inspection = made_up(SOURCE, WRITES, [[left, right], [left, left]])

    def aligned_with(layer: int | None, head: int | None) -> set[int]:
        reader = Reader(layer=layer, head=head, by="weights", chosen_by="target")
        return {src for src, _ in align(inspection, reader)}

    assert aligned_with(0, 0) == {0}
    assert aligned_with(0, 1) == {2}
    assert aligned_with(0, None) == {2}  # 0.3 and 0.5
    assert aligned_with(1, None) == {0}
    assert aligned_with(None, 1) == {2}  # 0.3 and 0.5
    assert aligned_with(None, None) == {0}  # 0.45 and 0.25


@pytest.mark.parametrize(("layer", "head"), [(2, 0), (-1, 0), (0, 3)])
def test_a_head_that_is_not_there_is_refused(layer: int, head: int) -> None:
    inspection = made_up(SOURCE, WRITES, np.zeros((2, 3, 5, 5)))

    with pytest.raises(InspectionError, match=r"there is no (layer|head) -?\d: they are 0 to \d"):
        align(inspection, Reader(layer=layer, head=head))


def test_nothing_is_aligned_where_nothing_was_written() -> None:
    inspection = made_up(SOURCE, ["</s>"], ROWS[None, None, :1])

    assert align(inspection, Reader(chosen_by="both")) == []


def test_pharaoh_is_source_dash_target_from_zero() -> None:
    assert pharaoh([(0, 1), (2, 0)]) == "0-1 2-0"
    assert pharaoh([]) == ""


def test_agreement_worked_by_hand() -> None:
    gold = GoldPair(
        src="", tgt="", sure=frozenset({(0, 0), (1, 2)}), possible=frozenset({(1, 1), (3, 3)})
    )

    agreement = compare([(0, 0), (1, 1), (2, 1)], gold)

    assert agreement == Agreement(links=3, sure=2, found_sure=1, found_possible=2)
    assert agreement.aer == pytest.approx(1 - (1 + 2) / (3 + 2))
    assert agreement.precision == pytest.approx(2 / 3)
    assert agreement.recall == pytest.approx(1 / 2)


def test_what_is_right_has_no_error_and_what_is_wrong_nothing_else() -> None:
    gold = GoldPair(src="", tgt="", sure=frozenset({(0, 0), (1, 1)}))

    assert compare([(0, 0), (1, 1)], gold).aer == 0
    assert compare([(0, 1), (1, 0)], gold).aer == 1
    assert compare([], gold).aer == 1
    assert Agreement().aer == Agreement().precision == Agreement().recall == 0


def test_counts_add_up_over_sentences_not_rates() -> None:
    both = Agreement(1, 1, 1, 1) + Agreement(3, 9, 0, 1)

    assert both == Agreement(4, 10, 1, 2)
    assert both.aer == pytest.approx(1 - 3 / 14)


def test_every_way_to_read_is_scored_and_counts_add_up(trained_translator: Translator) -> None:
    gold = [
        GoldPair(src=ENGLISH[0], tgt=GERMAN[0], sure=frozenset({(0, 0), (1, 1), (2, 2)})),
        GoldPair(src=ENGLISH[1], tgt=GERMAN[1], sure=frozenset({(0, 0), (6, 6)})),
    ]
    inspections = [inspect_pair(trained_translator, pair.src, pair.tgt) for pair in gold]

    found = total(map(agreements, inspections, gold))

    assert len(found) == (2 * HEADS + 1) * 2 * 2 * 3
    for reader, agreement in found.items():
        expected = Agreement()
        for inspection, pair in zip(inspections, gold, strict=True):
            expected += compare(align(inspection, reader), pair)
        assert agreement == expected
    best = best_reader(found)
    assert found[best].aer == min(agreement.aer for agreement in found.values())


def test_gold_that_counts_other_words_is_refused(trained_translator: Translator) -> None:
    pair = GoldPair(src="A dog.", tgt="Ein Hund.", sure=frozenset({(0, 0), (3, 2)}))
    inspection = inspect_pair(trained_translator, pair.src, pair.tgt)

    with pytest.raises(InspectionError, match=r"'A dog.' has 3-2, but there are 3 source and 3"):
        agreements(inspection, pair)


def test_the_gold_of_the_embedded_corpus_counts_the_words_that_we_count() -> None:
    gold = load_alignments(CorpusConfig(source=str(SCENES)), "validation")
    assert len(gold) > 400
    for pair, links in gold.items():
        for side, text in enumerate(pair):
            words = group_into_words(
                [SPACE + text.replace(" ", SPACE)[:1], *text[1:].replace(" ", SPACE)]
            )
            assert max(link[side] for link in links) == len(words) - 1, text
