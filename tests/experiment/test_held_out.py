"""The text that a run is scored on lies in it, as it stands in the corpus."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from tiny_runs import append, short_config, train, write_corpus

from translator.config import Config, CorpusConfig
from translator.errors import CorpusError, MissingCorpusError
from translator.experiment.held_out import keep_held_out, load_held_out, load_links
from translator.experiment.run_directory import RunDirectory
from translator.text.corpus import load_split

ODD = [
    (" two  spaces ", '\ttab, "quotes", back\\slash'),
    ("", "no source"),
    ("a\u2028line\u0085end\x00", "e\u0301 \U0001f600 \ufeffß"),
    ("null", "[1]"),
]


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """Not trained; its corpus has one split more than it keeps."""
    write_corpus(tmp_path / "corpus", extra="challenge")
    corpus = CorpusConfig(source=str(tmp_path / "corpus"))
    run = RunDirectory(tmp_path / "run")
    run.create(Config(corpus=corpus))
    kept = {name: load_split(corpus, name) for name in ("validation", "test")}
    keep_held_out(run, kept, corpus, {})
    return run


def test_training_keeps_the_held_out_text_and_so_does_one_that_goes_on(tmp_path: Path) -> None:
    config = short_config(tmp_path / "corpus")
    append(tmp_path / "corpus" / "challenge", "the king .", "der König .")
    run = RunDirectory(tmp_path / "run")
    expected = {
        name: load_split(config.corpus, name) for name in ("validation", "test", "challenge")
    }

    train(config, run, stop=2)
    written = {file.name: file.read_bytes() for file in run.held_out_folder.iterdir()}
    shutil.rmtree(run.held_out_folder)  # as in a run that an earlier version began
    train(config, run, stop=3, resumes=True)

    assert {file.name: file.read_bytes() for file in run.held_out_folder.iterdir()} == written
    assert written.keys() == {f"{name}.jsonl" for name in expected}
    shutil.rmtree(tmp_path / "corpus")
    assert {name: load_held_out(run, name) for name in expected} == expected
    assert load_held_out(run, "Dev") == expected["validation"]


def test_what_the_run_keeps_counts_also_where_the_corpus_says_something_else(
    run: RunDirectory, tmp_path: Path
) -> None:
    before = load_held_out(run, "test")
    append(tmp_path / "corpus" / "test", "a new line", "eine neue Zeile")

    assert load_held_out(run, "test") == before
    now = load_held_out(run, "test", str(tmp_path / "corpus"))
    assert now == [*before, ("a new line", "eine neue Zeile")]


def test_a_split_that_the_run_does_not_keep_is_that_of_its_corpus(
    run: RunDirectory, tmp_path: Path
) -> None:
    corpus = run.load_config().corpus

    assert load_held_out(run, "train") == load_split(corpus, "train")
    assert load_held_out(run, "challenge") == load_split(corpus, "challenge")

    shutil.rmtree(tmp_path / "corpus")
    with pytest.raises(MissingCorpusError) as refused:
        load_held_out(run, "challenge")
    assert str(refused.value).startswith(
        f"{run.path} keeps test, validation, not challenge, and {tmp_path}/corpus: no such file"
    )


def test_a_run_that_keeps_no_text_reads_its_corpus_and_says_where_that_was(
    run: RunDirectory, tmp_path: Path
) -> None:
    shutil.rmtree(run.held_out_folder)
    append(tmp_path / "corpus" / "test", "a new line", "eine neue Zeile")

    assert load_held_out(run, "test")[-1] == ("a new line", "eine neue Zeile")

    shutil.rmtree(tmp_path / "corpus")
    with pytest.raises(MissingCorpusError, match=f"^{tmp_path}/corpus: no such file or folder in"):
        load_held_out(run, "test")


def test_no_name_of_a_split_leads_out_of_the_folder(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text('{"en": "a", "de": "b"}\n', "utf-8")

    with pytest.raises(CorpusError, match="has no split"):
        load_held_out(run, "../../secret")


@pytest.mark.parametrize("columns", [("en", "de"), ("1", "2"), ("alignment", "translation")])
def test_every_character_comes_back(tmp_path: Path, columns: tuple[str, str]) -> None:
    corpus = CorpusConfig(
        source="gone.tsv", header=False, src_column=columns[0], tgt_column=columns[1]
    )
    run = RunDirectory(tmp_path / "run")
    run.create(Config(corpus=corpus))

    keep_held_out(run, {"test": ODD}, corpus, {})

    assert load_held_out(run, "test") == ODD
    assert load_links(run, "test") == {}


def test_a_split_that_is_no_more_goes(run: RunDirectory) -> None:
    keep_held_out(run, {"test": ODD}, run.load_config().corpus, {})

    assert [file.name for file in run.held_out_folder.iterdir()] == ["test.jsonl"]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_gold_alignments_are_kept_in_the_runs_own_direction(
    tmp_path: Path, is_reversed: bool
) -> None:
    row = {"en": "A dog runs", "de": "Es rennt ein Hund", "alignment": [[0, 2], [1, 3], [2, 1]]}
    (tmp_path / "corpus").mkdir()
    for name in ("train", "validation", "test"):
        rows = [
            {**row, "en": f"{row['en']} {name} {number}", "de": f"{row['de']} {name} {number}"}
            for number in range(3)
        ]
        del rows[1]["alignment"]
        text = "".join(f"{json.dumps(each)}\n" for each in rows)
        (tmp_path / "corpus" / f"{name}.jsonl").write_text(text, "utf-8")
    config = short_config(tmp_path / "other")
    sides = ("de", "en") if is_reversed else ("en", "de")
    corpus = CorpusConfig(source=str(tmp_path / "corpus"), src_column=sides[0], tgt_column=sides[1])
    run = RunDirectory(tmp_path / "run")

    train(dataclasses.replace(config, corpus=corpus), run, stop=1)
    shutil.rmtree(tmp_path / "corpus")

    links = [(1, 2), (2, 0), (3, 1)] if is_reversed else [(0, 2), (1, 3), (2, 1)]
    pairs = [(f"{row['en']} test {number}", f"{row['de']} test {number}") for number in (0, 2)]
    expected = [pair[::-1] if is_reversed else pair for pair in pairs]
    assert load_links(run, "test") == dict.fromkeys(expected, links)


def test_the_file_that_the_splits_were_drawn_from_is_never_scored_whole(tmp_path: Path) -> None:
    pairs = [(f"number {number}", f"Zahl {number}") for number in range(40)]
    lines = [json.dumps({"en": src, "de": tgt}) for src, tgt in pairs]
    (tmp_path / "all.jsonl").write_text("\n".join(lines), "utf-8")
    corpus = CorpusConfig(source=str(tmp_path / "all.jsonl"), held_out=3)
    run = RunDirectory(tmp_path / "run")
    run.create(Config(corpus=corpus))
    drawn = load_split(corpus, "test")
    keep_held_out(run, {"test": drawn}, corpus, {})

    assert len(drawn) == 3
    assert load_held_out(run, "test", str(tmp_path / "all.jsonl")) == drawn
