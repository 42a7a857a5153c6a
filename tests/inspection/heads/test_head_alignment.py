"""Heads beside gold: what is chosen on validation is scored on the split, by hand."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN
from surveyed import small_translator

from translator.config import CorpusConfig
from translator.inspection.alignment import Agreement, Chooser, Reader
from translator.inspection.heads.alignment import Gold, align_heads, make_gold
from translator.inspection.heads.survey import num_sentences_read, survey
from translator.inspection.inspection import Quantity, Rows
from translator.text.alignments import load_alignments

LAYERS, HEADS = 2, 3
MEAN = Reader()


def agreements(errors: dict[Reader, int]) -> dict[Reader, Agreement]:
    """Of every way to read. Gold has 10 links, and all but `errors`, else 9, are found."""
    places = [(None, None), *product(range(LAYERS), range(HEADS))]
    readers = [
        Reader(layer=layer, head=head, rows=rows, by=by, chosen_by=chosen_by)
        for layer, head in places
        for rows, by, chosen_by in product(get_args(Rows), get_args(Quantity), get_args(Chooser))
    ]
    assert errors.keys() <= set(readers)
    right = {reader: 10 - errors.get(reader, 9) for reader in readers}
    return {reader: Agreement(10, 10, found, found) for reader, found in right.items()}


def head(layer: int, number: int, **way: str) -> Reader:
    return replace(MEAN, layer=layer, head=number, **way)


def test_what_errs_least_on_validation_is_scored_on_the_split() -> None:
    by_source = {"by": "weights", "chosen_by": "source"}
    validation = agreements({MEAN: 1, head(1, 2, **by_source): 2, head(0, 1): 4})
    here = agreements({MEAN: 3, head(1, 2, **by_source): 5, head(0, 1): 0, head(1, 0): 2})

    found = align_heads(validation, here, num_sentences=7)

    assert found.num_sentences == 7
    assert found.chosen == MEAN
    assert (found.chosen_on_validation, found.chosen_here) == pytest.approx((0.1, 0.3))
    assert (found.best_head, found.best_head_here) == ((1, 2), pytest.approx(0.5))
    # The chosen rule goes by norms, in the rows that write, and words of both sides choose.
    np.testing.assert_allclose(found.by_norms, [[0.9, 0, 0.9], [0.2, 0.9, 0.9]], atol=1e-6)
    np.testing.assert_allclose(found.by_weights, np.full((LAYERS, HEADS), 0.9), atol=1e-6)


def test_of_every_way_to_read_there_are_the_best_head_and_the_mean() -> None:
    validation = agreements({head(0, 1): 4, head(1, 1, rows="reads", chosen_by="target"): 8})
    here = agreements({head(0, 1): 6, MEAN: 2, head(1, 1, rows="reads", chosen_by="target"): 3})

    ways = {
        (way.rows, way.by, way.chosen_by): (
            way.best_head,
            [way.best_head_on_validation, way.best_head_here],
            [way.mean_on_validation, way.mean_here],
        )
        for way in align_heads(validation, here, num_sentences=1).ways
    }

    assert len(ways) == 2 * 2 * 3
    assert ways["writes", "norms", "both"] == (
        (0, 1),
        pytest.approx([0.4, 0.6]),
        pytest.approx([0.9, 0.2]),
    )
    assert ways["reads", "norms", "target"] == (
        (1, 1),
        pytest.approx([0.8, 0.3]),
        pytest.approx([0.9, 0.9]),
    )


def gold_of(corpus: Path, split: str) -> Gold | None:
    config = CorpusConfig(source=str(corpus))
    validation, here = (load_alignments(config, name) for name in ("validation", split))
    return make_gold(validation, here, small_translator().tokenizer)


def test_gold_is_that_of_the_split_and_of_validation(corpus: Path) -> None:
    gold = gold_of(corpus, "test")

    assert gold is not None
    assert [pair.src for pair in gold.validation] == ["A dog runs.", "Two men sit."]
    assert list(gold.here) == [("The girl laughs.", "Das Mädchen lacht.")]
    assert gold.here["The girl laughs.", "Das Mädchen lacht."].sure == {(0, 0), (1, 1), (2, 2)}


def test_a_split_without_links_has_no_gold(corpus: Path) -> None:
    assert gold_of(corpus, "train") is None


def test_gold_that_counts_other_words_is_left_out_with_a_word(
    corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (corpus / "odd.jsonl").write_text('{"en": "A dog", "de": "Hund", "alignment": [[1, 1]]}\n')

    gold = gold_of(corpus, "odd")

    assert gold is None
    assert caplog.messages == [
        "heads are not compared with the gold alignment: the gold alignment of 'A dog' has 1-1, "
        "but there are 2 source and 1 target words: a word is a sequence of letters, or a single "
        "punctuation character"
    ]


def test_a_survey_with_gold_aligns_the_pairs_that_have_it(corpus: Path) -> None:
    translator, readings = small_translator(1, 1), list[int]()
    pairs = [("The girl laughs.", "Das Mädchen lacht."), ("A bench.", "Eine Bank.")]
    gold = gold_of(corpus, "test")

    aligned = survey(translator, pairs, readings.append, gold).alignment
    unaligned = survey(translator, pairs[1:], lambda num: None, gold).alignment

    assert aligned is not None
    assert aligned.num_sentences == 1
    assert sum(readings) == num_sentences_read(translator, pairs, gold)
    assert unaligned is None
    assert num_sentences_read(translator, pairs[1:], gold) == num_sentences_read(
        translator, pairs[1:]
    )


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Training pairs have no links, nor has the last one for testing."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    links = '"alignment": [[0, 0], [1, 1], [2, 2]]'
    for split, lines in {
        "train": [
            f'{{"en": "{src}", "de": "{tgt}"}}' for src, tgt in zip(ENGLISH, GERMAN, strict=True)
        ],
        "validation": [
            f'{{"en": "A dog runs.", "de": "Ein Hund rennt.", {links}}}',
            f'{{"en": "Two men sit.", "de": "Zwei Männer sitzen.", {links}}}',
        ],
        "test": [
            f'{{"en": "The girl laughs.", "de": "Das Mädchen lacht.", {links}}}',
            '{"en": "A dog laughs.", "de": "Ein Hund lacht."}',
        ],
    }.items():
        (folder / f"{split}.jsonl").write_text("\n".join([*lines, ""]), "utf-8")
    return folder
