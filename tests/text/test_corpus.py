"""The corpus: every shape of source, what cleaning drops, and messages that say what to mend."""

import gzip
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import datasets
import pytest

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.corpus import load_corpus, load_split
from translator.text.tables import Pair

TRAIN = [("a dog runs", "ein Hund rennt"), ("two cats", "zwei Katzen"), ("a red car", "ein Auto")]
VAL = [("the house", "das Haus")]
TEST = [("some men", "einige Männer"), ("NA", "null")]
ODD = [("a\u2028b \x0b \x85 c", "„Zitat“ – ½ 😀"), ('5" pipe', '"Rohr" 5"'), ("007", "1e3")]


@pytest.mark.parametrize("val", ["val", "valid", "validation", "dev"])
def test_a_folder_of_json_lines_is_read(tmp_path: Path, val: str) -> None:
    write_splits(tmp_path, ".jsonl", val=val)

    corpus = load_corpus(config(tmp_path))

    assert corpus.splits == {"train": TRAIN, "validation": VAL, "test": TEST}
    assert list(corpus.splits) == ["train", "validation", "test"]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_every_format_keeps_every_text_as_it_is(tmp_path: Path, suffix: str) -> None:
    write_splits(tmp_path, suffix, test=ODD + TEST)

    assert load_split(config(tmp_path), "test") == ODD + TEST


def test_plain_parallel_text_keeps_odd_line_breaks_inside_a_line(tmp_path: Path) -> None:
    for name, pairs in {"train": TRAIN, "val": VAL, "test": ODD}.items():
        for side, texts in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            (tmp_path / f"{name}.{side}").write_bytes("".join(f"{t}\n" for t in texts).encode())

    assert load_corpus(config(tmp_path)).splits == {"train": TRAIN, "validation": VAL, "test": ODD}


def test_plain_text_may_be_gzipped_have_a_mark_at_its_start_and_windows_line_ends(
    tmp_path: Path,
) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.en").unlink()
    (tmp_path / "test.en.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfone\r\ntwo"))
    (tmp_path / "test.de").write_bytes(b"eins\r\nzwei\r\n")

    assert load_split(config(tmp_path), "test") == [("one", "eins"), ("two", "zwei")]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv"])
def test_a_mark_at_the_start_of_a_table_is_no_part_of_it(tmp_path: Path, suffix: str) -> None:
    write_splits(tmp_path, suffix)
    file = tmp_path / f"test{suffix}"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert load_split(config(tmp_path), "test") == TEST


def test_nested_translations_and_other_columns_names_are_read(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    rows = [{"translation": {"en": "a", "fr": "b"}, "id": 1}, {"translation": {"en": "c"}}]
    (tmp_path / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))

    french = replace(config(tmp_path), src_column="fr", tgt_column="en")
    (tmp_path / "train.jsonl").write_text(json.dumps({"fr": "x", "en": "y", "de": "z"}))
    (tmp_path / "val.jsonl").write_text(json.dumps({"fr": "u", "en": "v"}))

    assert load_split(french, "test") == [("b", "a"), ("", "c")]
    assert load_split(french, "train") == [("x", "y")]


def test_splits_may_differ_in_their_other_columns_and_lie_in_shards(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "train.jsonl").unlink()
    for i, pair in enumerate(TRAIN):
        write_table(tmp_path / f"train-0000{i}-of-00003.jsonl", [pair], alignment="0-0", score=i)

    assert load_corpus(config(tmp_path)).splits["train"] == TRAIN


def test_other_splits_are_kept_and_come_last(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / "challenge.jsonl", [("hard", "schwer")])

    corpus = load_corpus(config(tmp_path))

    assert list(corpus.splits) == ["train", "validation", "test", "challenge"]
    assert corpus.splits["challenge"] == [("hard", "schwer")]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    before = load_split(config(tmp_path), "test")
    write_table(tmp_path / "test.jsonl", [("changed", "geändert")])

    assert before == TEST
    assert load_split(config(tmp_path), "test") == [("changed", "geändert")]


def test_reading_leaves_nothing_behind_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_splits(tmp_path, ".csv")
    before = sorted(tmp_path.iterdir())

    load_corpus(config(tmp_path))

    assert sorted(tmp_path.iterdir()) == before
    assert capfd.readouterr() == ("", "")


def test_reading_local_files_asks_nothing_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def record(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise OSError("no network")

    monkeypatch.setattr("socket.getaddrinfo", record)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    write_splits(tmp_path, ".csv")

    load_corpus(config(tmp_path))

    assert asked == []


def test_one_file_is_split_the_same_way_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(50)]
    write_table(tmp_path / "all.csv", [*pairs, *pairs[:25], (" ", "leer")])

    first = load_corpus(config(tmp_path / "all.csv")).splits
    again = load_corpus(config(tmp_path / "all.csv")).splits

    assert first == again
    assert [len(first[name]) for name in ("train", "validation", "test")] == [40, 5, 5]
    assert set(first["train"]) | set(first["validation"]) | set(first["test"]) == set(pairs)
    assert caplog.messages[0] == (
        f"{tmp_path / 'all.csv'} has no validation and no test: "
        "5 of its 50 different pairs each are held out"
    )


def test_held_out_pairs_take_all_their_repetitions_with_them(tmp_path: Path) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(40)]
    write_table(tmp_path / "all.jsonl", pairs * 3)
    uncleaned = replace(
        config(tmp_path / "all.jsonl"), held_out=2, drop_overlap=False, drop_duplicates=False
    )

    splits = load_corpus(uncleaned).splits

    assert [len(splits[name]) for name in ("train", "validation", "test")] == [108, 2, 2]
    held_out = {*splits["validation"], *splits["test"]}
    assert len(held_out) == 4
    assert held_out.isdisjoint(splits["train"])


def test_only_the_missing_split_is_split_off(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "test.jsonl").unlink()

    splits = load_corpus(config(tmp_path)).splits

    assert splits["validation"] == VAL
    assert len(splits["test"]) == 1
    assert sorted([*splits["train"], *splits["test"]]) == sorted(TRAIN)


def test_too_few_pairs_to_split_is_an_error(tmp_path: Path) -> None:
    write_table(tmp_path / "all.jsonl", TRAIN[:2] * 5)

    with pytest.raises(CorpusError, match="has 2 different pairs: too few to hold out validation"):
        load_corpus(config(tmp_path / "all.jsonl"))


DIRTY = [
    ("", "leer"),
    ("blank", " \t"),
    ("word " * 101, "Wort " * 101),
    ("one", "eins zwei drei vier fünf sechs sieben acht"),
    ("one", "eins zwei drei vier fünf sechs sieben"),
    ("a dog", "ein Hund"),
    ("a dog", "ein Hund"),
    ("a dog", "der Hund"),
    ("The  HOUSE", "ein Haus"),
    ("a home", "das haus"),
    ("hard", "schwierig"),
]


def test_cleaning_drops_and_counts_step_by_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_splits(tmp_path, ".jsonl", train=DIRTY)
    write_table(tmp_path / "challenge.jsonl", [("hard", "schwer")])

    with caplog.at_level(logging.INFO):
        corpus = load_corpus(config(tmp_path))

    assert corpus.splits["train"] == [DIRTY[4], DIRTY[5], DIRTY[7]]
    assert list(corpus.cleaning.items()) == [
        ("empty side", 2),
        ("too long", 1),
        ("length ratio", 1),
        ("duplicate", 1),
        ("in a held-out split", 3),
    ]
    assert caplog.messages == [
        f"{tmp_path}: 3 train, 1 validation, 2 test, 1 challenge pairs; dropped from train: "
        "2 empty side, 1 too long, 1 length ratio, 1 duplicate, 3 in a held-out split"
    ]


@pytest.mark.parametrize(
    ("switch", "step"),
    [
        ({"drop_empty": False}, "empty side"),
        ({"max_words": 0}, "too long"),
        ({"max_length_ratio": 0.0}, "length ratio"),
        ({"drop_duplicates": False}, "duplicate"),
        ({"drop_overlap": False}, "in a held-out split"),
    ],
)
def test_each_step_can_be_switched_off(
    tmp_path: Path, switch: dict[str, bool | float], step: str
) -> None:
    write_splits(tmp_path, ".jsonl", train=DIRTY)
    cleaned = load_corpus(config(tmp_path))
    corpus = load_corpus(replace(config(tmp_path), **switch))  # type: ignore[arg-type]

    assert cleaned.cleaning.keys() - corpus.cleaning.keys() == {step}
    assert len(corpus.splits["train"]) > len(cleaned.splits["train"])


def test_held_out_splits_are_not_cleaned(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", test=DIRTY)

    assert load_corpus(config(tmp_path)).splits["test"] == DIRTY


def test_nothing_left_says_what_each_step_dropped(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", train=[("", "x"), *VAL])

    with pytest.raises(
        CorpusError,
        match=r"nothing is left of 2 training pairs .*1 empty side, .*1 in a held-out split",
    ):
        load_corpus(config(tmp_path))


@pytest.mark.parametrize("split", ["val", "dev", "valid", "validation"])
def test_validation_may_be_asked_for_by_any_of_its_names(tmp_path: Path, split: str) -> None:
    write_splits(tmp_path, ".jsonl", val="dev")

    assert load_split(config(tmp_path), split) == VAL


def test_an_unknown_split_names_those_that_exist(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")

    with pytest.raises(CorpusError, match="no split tset: it has train, validation, test"):
        load_split(config(tmp_path), "tset")


def test_a_missing_column_names_those_that_exist(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    wrong = replace(config(tmp_path), tgt_column="fr")

    with pytest.raises(CorpusError, match="has no column fr: it has en, de; name them with corpus"):
        load_corpus(wrong)


def test_a_missing_nested_column_names_those_that_exist(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text(json.dumps({"id": 1, "translation": {"en": "a", "fr": "b"}}))

    with pytest.raises(CorpusError, match=r"no column de: it has id, translation\.en, transl"):
        load_corpus(config(file))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all.jsonl", '{"en":"a","de":"b"}\n{"en":"a","de":"ä"}', "line 2 is not UTF-8 .byte 0xe4"),
        ("all.csv", "en,de\na,b\nc,ä\n", "line 3 is not UTF-8 .byte 0xe4.*iconv -f latin1"),
        ("all.tsv", "en\tde\nä\tb\n", "line 2 is not UTF-8"),
        ("all.jsonl", '{"en":"a","de":"b"}\n\n{"en":"a" "de"}', "line 3 column 11 is no JSON"),
        ("all.jsonl", '{"en":"a","de":"b"}\n["a", "b"]\n', "line 2 is no JSON object"),
        ("all.json", '[{"en":"a","de":"b"},\n]', "line [12] column [0-9]+ is no JSON: "),
        ("all.jsonl", '{"en":"a","de":"b"}\n{"en":"a","de":7}', "line 2: de is no text but 7"),
        ("all.csv", "en,de\na,b\nc\n", "line 3 has 1 fields: the header has 2"),
        ("all.tsv", "en\tde\na\tb\nc\td\te\n", "line 3 has 3 fields: the header has 2"),
        ("all.tsv", "en\tde\na\rb\tc\n", "line 2 has 1 fields"),
        ("all.csv", f"en,de\na,{'b' * 200_000}\n", "line 2 cannot be read: field larger"),
        ("all.csv", "en,fr\na,b\n", r"has no column de: it has en, fr"),
        ("all.csv", "en,de\n", "has columns but no rows"),
        ("all.csv", "", "is empty"),
        ("all.parquet", "PAR1", "cannot be read: Parquet"),
        ("all.txt", "a", r"is of no known kind: \.jsonl, \.json, \.csv"),
    ],
)
def test_a_broken_file_is_named_with_the_place(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_bytes(content.encode("latin-1"))

    with pytest.raises(CorpusError, match=f"^{re.escape(str(tmp_path / name))}.*{message}"):
        load_corpus(config(tmp_path / name))


def test_unequal_plain_files_are_named_with_their_line_counts(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "train.de").write_text("eins\nzwei\n")

    with pytest.raises(
        CorpusError, match=r"train\.en has 3 lines but .*train\.de has 2: they must .* line by line"
    ):
        load_corpus(config(tmp_path))


def test_a_plain_file_without_partner_is_named(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.de").unlink()

    with pytest.raises(CorpusError, match=r"test\.en has no partner: .*test\.de is missing"):
        load_corpus(config(tmp_path))


def test_a_plain_file_that_is_there_twice_is_named(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.de.gz").write_bytes(gzip.compress(b"x"))

    with pytest.raises(CorpusError, match=r"has both test\.de and test\.de\.gz: remove one"):
        load_corpus(config(tmp_path))


def test_a_plain_file_in_another_encoding_names_line_and_byte(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.de").write_bytes(b"\xef\xbb\xbf" + "das H\u00e4us".encode("latin-1"))

    with pytest.raises(CorpusError, match=r"val\.de line 1 is not UTF-8 \(byte 0xe4\): save it as"):
        load_corpus(config(tmp_path))


@pytest.mark.parametrize("content", [gzip.compress(b"das Haus\n", mtime=0)[:-9], b"das Haus\n"])
def test_a_broken_gzip_file_is_named(tmp_path: Path, content: bytes) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.de").unlink()
    (tmp_path / "val.de.gz").write_bytes(content)

    with pytest.raises(CorpusError, match=r"val\.de\.gz is no whole gzip file"):
        load_corpus(config(tmp_path))


def test_an_empty_held_out_split_is_an_error(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.en").write_text("")
    (tmp_path / "val.de").write_text("")

    with pytest.raises(CorpusError, match="the validation split is empty"):
        load_corpus(config(tmp_path))


def test_a_source_without_train_names_its_splits(tmp_path: Path) -> None:
    write_table(tmp_path / "val.jsonl", VAL)
    write_table(tmp_path / "test.jsonl", TEST)

    with pytest.raises(CorpusError, match="no train split: it has test, validation"):
        load_corpus(config(tmp_path))


def test_a_split_by_two_names_is_an_error(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", val="dev")
    write_table(tmp_path / "val.jsonl", VAL)

    with pytest.raises(CorpusError, match="validation twice: dev, test, train, val; remove one"):
        load_corpus(config(tmp_path))


def test_a_split_in_two_formats_is_an_error(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / "test.csv", TEST)

    with pytest.raises(CorpusError, match=r"test is there as \.csv, \.jsonl: keep one"):
        load_corpus(config(tmp_path))


def test_a_folder_of_other_things_says_what_it_has_and_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")

    with pytest.raises(CorpusError, match=r"only notes\.txt: it needs train\.jsonl .*train\.en"):
        load_corpus(config(tmp_path))


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.de").chmod(0)
    if os.access(tmp_path / "test.de", os.R_OK):
        pytest.skip("this user may read everything")

    with pytest.raises(CorpusError, match=r"test\.de cannot be read: Permission denied"):
        load_corpus(config(tmp_path))


@pytest.mark.parametrize("source", ["data/nowhere", "no-such-owner/no-such-dataset"])
def test_without_network_a_hub_id_is_one_clear_sentence_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens
    began = time.monotonic()

    with pytest.raises(
        CorpusError,
        match=rf"^{source}: no such file or folder in {tmp_path}, and the dataset hub cannot be "
        r"reached: .*--corpus\.source PATH$",
    ):
        load_corpus(CorpusConfig(source=source))

    assert time.monotonic() - began < 10
    assert not datasets.config.HF_HUB_OFFLINE, "other uses of the library keep their network"


def test_a_path_that_is_no_hub_id_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no such file or folder in .*no dataset id \(owner/nam"):
        load_corpus(config(tmp_path / "nowhere"))


def test_importing_the_module_does_not_import_datasets() -> None:
    program = "import sys, translator.text.corpus; sys.exit('datasets' in sys.modules)"

    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


def config(source: Path) -> CorpusConfig:
    return CorpusConfig(source=str(source))


def write_splits(
    folder: Path,
    suffix: str,
    *,
    train: list[Pair] = TRAIN,
    val: str = "val",
    test: list[Pair] = TEST,
) -> None:
    for name, pairs in {"train": train, val: VAL, "test": test}.items():
        write_table(folder / f"{name}{suffix}", pairs)


def write_plain(folder: Path) -> None:
    for name, pairs in {"train": TRAIN, "val": VAL, "test": TEST}.items():
        for side, texts in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            (folder / f"{name}.{side}").write_text("".join(f"{text}\n" for text in texts))


def write_table(file: Path, pairs: Iterable[Pair], **others: object) -> None:
    rows = [{"en": src, "de": tgt, **others} for src, tgt in pairs]
    if file.suffix == ".parquet":
        datasets.Dataset.from_list(rows).to_parquet(file)
    elif file.suffix == ".csv":
        quoted = [[f'"{side.replace(chr(34), chr(34) * 2)}"' for side in p] for p in pairs]
        file.write_text("\n".join(["en,de", *map(",".join, quoted)]), encoding="utf-8")
    elif file.suffix == ".tsv":
        file.write_text("\n".join(["en\tde", *map("\t".join, pairs)]), encoding="utf-8")
    else:
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        file.write_text("\n".join(lines), encoding="utf-8")


def test_a_test_set_alone_can_be_scored_but_not_trained_on(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"en": "a dog", "de": "ein Hund"}\n', encoding="utf-8")
    config = CorpusConfig(source=str(tmp_path))

    assert load_split(config, "test") == [("a dog", "ein Hund")]
    with pytest.raises(CorpusError, match=r"has no split val: it has test"):
        load_split(config, "val")
    with pytest.raises(CorpusError, match=r"has no train split: it has test"):
        load_corpus(config)
