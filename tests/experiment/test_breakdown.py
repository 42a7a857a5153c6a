"""Where a model fails: groups of sentences and of words, counted by hand."""

from collections import Counter

import pytest

from translator import evaluation
from translator.experiment.breakdown import (
    by_length,
    by_rarity,
    by_unseen,
    count_words,
    sentence_table,
    word_table,
    worst,
)

PAIRS = [
    ("A dog runs.", "Ein Hund rennt."),
    ("The cat sleeps on the old red sofa.", "Die Katze schläft auf dem alten roten Sofa."),
    ("Two men talk.", "Zwei Männer reden."),
    ("A zebra and a tapir run.", "Ein Zebra und ein Tapir rennen."),
]
HYPOTHESES = [
    "Ein Hund rennt.",
    "Die Katze schläft auf dem Sofa.",
    "Zwei Männer Männer gehen.",
    "Ein Hund und ein Hund rennen.",
]


def test_sentences_are_grouped_by_the_words_of_their_sources() -> None:
    short, long = by_length(PAIRS, HYPOTHESES)

    assert (short.name, short.number, short.words) == ("1-5", 2, 6)
    assert short.ratio == pytest.approx(7 / 6)
    ours, theirs = HYPOTHESES[0:4:2], [tgt for _, tgt in PAIRS[0:4:2]]
    assert short.bleu == evaluation.bleu(ours, theirs)
    assert short.chrf == evaluation.chrf(ours, theirs)
    assert (long.name, long.number, long.words) == ("6-10", 2, 14)
    assert long.ratio == pytest.approx(12 / 14)


def test_sentences_are_grouped_by_the_words_that_training_never_showed() -> None:
    seen = dict.fromkeys(("a", "dog", "runs", "run", "and", "the", "cat", "on", "two", "men"), 1)

    found = by_unseen(PAIRS, HYPOTHESES, seen)

    # "talk"; "zebra" and "tapir"; "sleeps", "old", "red" and "sofa"
    assert [(group.name, group.number) for group in found] == [
        ("0", 1),
        ("1", 1),
        ("2", 1),
        ("3 and more", 1),
    ]
    assert found[2].words == 6


def test_words_are_grouped_by_how_often_training_has_them() -> None:
    training = Counter({"ein": 5, "hund": 1, "männer": 3, "zwei": 1, "und": 2000, "rennt": 100})

    rows = by_rarity(
        [PAIRS[0][1], PAIRS[2][1], PAIRS[3][1]],
        [HYPOTHESES[0], HYPOTHESES[2], HYPOTHESES[3]],
        training,
    )

    assert [(row.name, row.number, row.written, row.right) for row in rows] == [
        ("0", 4, 2, 1),  # reden, Zebra, Tapir, rennen | gehen, rennen
        ("1", 2, 4, 2),  # Hund, Zwei | Hund, Zwei, Hund twice
        ("2-4", 1, 2, 1),  # Männer | Männer twice
        ("5-9", 3, 3, 3),
        ("100-999", 1, 1, 1),
        ("1,000 and more", 1, 1, 1),
    ]
    assert rows[1].recall == 100
    assert rows[1].precision == 50
    assert rows[1].f1 == pytest.approx(200 / 3)


def test_a_group_of_words_that_nobody_wrote_has_no_precision() -> None:
    [row] = by_rarity(["Zebra"], [""], {})

    assert (row.recall, row.precision, row.f1) == (0, 0, 0)


def test_the_worst_sentences_come_first_and_exact_ones_not_at_all() -> None:
    found = worst(PAIRS, HYPOTHESES, 2)

    chrf = evaluation.sentence_chrf(HYPOTHESES, [tgt for _, tgt in PAIRS])
    assert chrf[0] == pytest.approx(100)
    assert [row for row, _ in worst(PAIRS, HYPOTHESES, 9)] == sorted(
        (1, 2, 3), key=chrf.__getitem__
    )
    assert found == worst(PAIRS, HYPOTHESES, 9)[:2]
    assert found[0][1] == min(chrf)


def test_tables_have_a_row_for_each_group_and_numbers_on_the_right() -> None:
    sentences = sentence_table("source words", by_length(PAIRS, HYPOTHESES)).split("\n")
    words = word_table(by_rarity(["Zebra"] * 3, ["Hund Hund"] * 3, {"hund": 1234})).split("\n")

    assert sentences[0] == "source words  sentences  words   BLEU  chrF2  length"
    assert [line[:30] for line in sentences[1:]] == [
        "1-5                   2      6",
        "6-10                  2     14",
    ]
    assert words == [
        "times in training  words  written  right  recall  precision   F1",
        "0                      3        0      0     0.0        0.0  0.0",
        "1,000 and more         0        6      0     0.0        0.0  0.0",
    ]


def test_training_words_are_counted_on_each_side_in_any_case() -> None:
    class Stored:
        num_batches = 2

        def __len__(self) -> int:
            return 3

        def batch(self, number: int) -> list[tuple[str, str]]:
            return [[("A dog!", "Ein Hund."), ("a cat", "eine Katze")], [("Dog", "HUND")]][number]

    found = count_words(Stored(), "corpus")  # type: ignore[arg-type]

    assert found.src == {"a": 2, "dog": 2, "cat": 1}
    assert found.tgt == {"ein": 1, "hund": 2, "eine": 1, "katze": 1}
