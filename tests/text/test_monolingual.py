"""Text of one language: which lines are left to translate, and what is said of the others."""

import logging
from pathlib import Path

import pytest

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.corpus import Corpus, load_corpus
from translator.text.monolingual import load_monolingual

SPLITS = {
    "train": [("A dog runs.", "Ein Hund rennt."), ("It rains.", "Es regnet.")],
    "validation": [("A man.", "Ein Mann.")],
    "test": [("Taxi!", "Ein Taxi!"), ("Two cats.", "Zwei Katzen.")],
}


def test_lines_are_kept_once_and_never_those_of_the_corpus_on_either_side(
    corpus: Corpus, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        "Drei Vögel.",
        *("", "  \t"),
        "Wort " * 6,
        *("drei  Vögel.", "Drei Vögel.", "Drei Vo\u0308gel."),
        *("EIN MANN.", "ein taxi!", "Taxi!", "zwei  Katzen."),
        *("es regnet.", "It rains."),
        "  Ein Haus. ",
    ]
    file = tmp_path / "text.de"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    with caplog.at_level(logging.INFO):
        kept = load_monolingual(str(file), "de", corpus, CorpusConfig(max_words=5))

    assert kept == ["Drei Vögel.", "  Ein Haus. "]
    counts = "2 blank, 1 too long, 3 repeated, 4 in a held-out split, 2 in the training text"
    assert caplog.messages == [f"{file}: 2 lines to translate; dropped: {counts}"]


def test_a_file_of_which_nothing_is_left_is_refused_with_the_counts(
    corpus: Corpus, tmp_path: Path
) -> None:
    file = tmp_path / "text.de"
    file.write_text("Ein Mann.\nes regnet.\n\n", encoding="utf-8")

    message = (
        r"text.de: nothing is left of 3 lines after cleaning \(dropped: 1 blank, 0 too long, "
        r"0 repeated, 1 in a held-out split, 1 in the training text\): look at the text, or leave "
        r"it out$"
    )
    with pytest.raises(CorpusError, match=message):
        load_monolingual(str(file), "de", corpus, CorpusConfig())


def test_a_column_of_a_table_is_text_of_one_language(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "text.jsonl"
    file.write_text('{"id": "7", "de": "Drei Vögel."}\n', encoding="utf-8")

    assert load_monolingual(str(file), "de", corpus, CorpusConfig()) == ["Drei Vögel."]


def test_a_file_that_is_not_there_is_refused_by_name(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match=r"^gone.de: no such file in "):
        load_monolingual("gone.de", "de", corpus, CorpusConfig())


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split, pairs in SPLITS.items():
        for side, texts in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            text = "".join(f"{each}\n" for each in texts)
            (folder / f"{split}.{side}").write_text(text, encoding="utf-8")
    return load_corpus(CorpusConfig(source=str(folder)))
