"""Gold alignments beside the texts of a corpus: which rows have them, and which way they point."""

import json
from pathlib import Path

import pytest

from translator.config import CorpusConfig
from translator.text.alignments import load_alignments

ROW = {"en": "It is late", "de": "Spät ist es", "alignment": [[0, 2], [1, 1], [2, 0], [2, 1]]}
PAIR = ("It is late", "Spät ist es")
LINKS = [(0, 2), (1, 1), (2, 0), (2, 1)]


def config(source: Path, src: str = "en", tgt: str = "de") -> CorpusConfig:
    return CorpusConfig(source=str(source), src_column=src, tgt_column=tgt)


def write(file: Path, *rows: object) -> None:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("name", ["val.jsonl", "dev-00000-of-00001.jsonl", "validation.json"])
def test_links_stand_beside_the_pairs_of_their_split(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, ROW, {"en": "No", "de": "Nein"})
    write(tmp_path / "train.jsonl", {**ROW, "en": "Late it is"})

    assert load_alignments(config(tmp_path), "validation") == {PAIR: LINKS}


def test_a_model_of_the_other_direction_has_the_links_the_other_way_round(tmp_path: Path) -> None:
    write(tmp_path / "validation.jsonl", ROW)

    found = load_alignments(config(tmp_path, "de", "en"), "validation")

    assert found == {PAIR[::-1]: [(0, 2), (1, 1), (1, 2), (2, 0)]}


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_split_that_is_drawn_from_the_training_pairs_has_their_links(
    tmp_path: Path, is_folder: bool
) -> None:
    file = tmp_path / "train.jsonl"
    write(file, ROW)

    assert load_alignments(config(tmp_path if is_folder else file), "validation") == {PAIR: LINKS}


@pytest.mark.parametrize("name", ["Tatoeba.de-en.jsonl", "x.json"])
def test_the_only_table_of_a_folder_has_them_whatever_its_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, ROW)

    assert load_alignments(config(tmp_path), "test") == {PAIR: LINKS}


@pytest.mark.parametrize(
    "alignment", [None, [], "0-2 1-1", [[0, 2, 1]], [[0.5, 1]], [[True, 0]], [3], {"0": 2}]
)
def test_a_column_that_holds_no_pairs_of_numbers_is_no_alignment(
    tmp_path: Path, alignment: object
) -> None:
    write(tmp_path / "validation.jsonl", {**ROW, "alignment": alignment}, [1], {"en": "No"})

    assert load_alignments(config(tmp_path), "validation") == {}


def test_text_of_other_kinds_has_none(tmp_path: Path) -> None:
    for side in ("en", "de"):
        (tmp_path / f"validation.{side}").write_text("It is late\n", encoding="utf-8")

    assert load_alignments(config(tmp_path), "validation") == {}
    assert load_alignments(config(tmp_path / "gone"), "validation") == {}
