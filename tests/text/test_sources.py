"""Folders, files and the hub: every shape of source, and what is no source."""

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import datasets
import pyarrow
import pytest
from corpora import TEST, TRAIN, VAL, config, read_splits, write_plain, write_splits, write_table

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.corpus import load_corpus, load_split
from translator.text.sources import find_splits, read_texts
from translator.text.tables import BATCH, Pair

ODD = [("a\u2028b \x0b \x85 c", "„Zitat“ – ½ 😀"), ('5" pipe', '"Rohr" 5"'), ("007", "1e3")]


@pytest.mark.parametrize("val", ["val", "valid", "validation", "dev"])
def test_a_folder_of_json_lines_is_read(tmp_path: Path, val: str) -> None:
    write_splits(tmp_path, ".jsonl", val=val)

    corpus = load_corpus(config(tmp_path))

    assert corpus.splits == {"train": TRAIN, "validation": VAL, "test": TEST}
    assert list(corpus.splits) == ["train", "validation", "test"]


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


def test_splits_may_differ_in_their_other_columns_and_lie_in_shards(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "train.jsonl").unlink()
    for i, pair in enumerate(TRAIN):
        write_table(tmp_path / f"train-0000{i}-of-00003.jsonl", [pair], alignment="0-0", score=i)

    assert load_corpus(config(tmp_path)).splits["train"] == TRAIN


def test_a_corpus_of_opus_is_found_by_its_folder_by_its_prefix_and_by_either_file(
    tmp_path: Path,
) -> None:
    write_sides(tmp_path / "Tatoeba.de-en", TRAIN)
    (tmp_path / "Tatoeba.de-en.xml").write_text("<?xml")
    (tmp_path / "README").write_text("Tatoeba")

    for name in (".", "Tatoeba.de-en", "Tatoeba.de-en.en", "Tatoeba.de-en.de"):
        assert read_splits(config(tmp_path / name)) == {"train": TRAIN}


@pytest.mark.parametrize("endings", [(".en.txt", ".de.txt"), (".en.gz", ".de.txt.zst")])
def test_plain_text_may_end_in_txt_and_be_compressed(
    tmp_path: Path, endings: tuple[str, str]
) -> None:
    pack = {".gz": gzip.compress, ".zst": zst}
    for ending, texts in zip(endings, zip(*TRAIN, strict=True), strict=True):
        file = tmp_path / f"x.y{ending}"
        file.write_bytes(pack.get(file.suffix, bytes)("\n".join(texts).encode()))

    for name in (".", "x.y", f"x.y{endings[0]}", f"x.y{endings[1]}"):
        assert read_splits(config(tmp_path / name)) == {"train": TRAIN}


@pytest.mark.parametrize("name", ["x", "x.en", "x.de"])
def test_two_files_are_scored_whole_unless_their_splits_were_trained_on(
    tmp_path: Path, name: str
) -> None:
    pairs = [(f"dog {n}", f"Hund {n}") for n in range(30)]
    write_sides(tmp_path / "x", pairs)
    write_sides(tmp_path / "y", TRAIN)

    assert load_split(config(tmp_path / "y"), "test", str(tmp_path / name)) == pairs
    drawn = load_split(config(tmp_path / "x"), "test", str(tmp_path / name))
    assert len(drawn) == 3
    assert drawn == load_split(config(tmp_path / "x.de"), "test")


def test_a_folder_comes_before_files_whose_names_begin_like_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_splits(tmp_path / "a", ".jsonl")
    write_sides(tmp_path / "a", VAL)

    assert read_splits(config(tmp_path / "a"))["train"] == TRAIN


def test_the_only_table_of_a_folder_is_train_whatever_its_name(tmp_path: Path) -> None:
    write_table(tmp_path / "de-en-0-of-2.tsv", TRAIN[:2])
    write_table(tmp_path / "de-en-1-of-2.tsv", TRAIN[2:])

    assert read_splits(config(tmp_path)) == {"train": TRAIN}


def test_of_several_texts_of_other_names_none_is_train_and_all_are_named(tmp_path: Path) -> None:
    write_sides(tmp_path / "Tatoeba.de-en", TRAIN)
    write_sides(tmp_path / "Books.de-en", VAL)

    assert read_splits(config(tmp_path)) == {"Books.de-en": VAL, "Tatoeba.de-en": TRAIN}
    with pytest.raises(
        CorpusError,
        match=r"no train split: it has Books\.de-en, Tatoeba\.de-en; call one of them train$",
    ):
        load_corpus(config(tmp_path))


def test_a_text_of_another_name_beside_a_test_set_is_a_split_of_its_own(tmp_path: Path) -> None:
    write_table(tmp_path / "challenge.jsonl", TRAIN)
    write_table(tmp_path / "test.jsonl", TEST)

    assert read_splits(config(tmp_path)) == {"challenge": TRAIN, "test": TEST}


@pytest.mark.parametrize("name", ["x", "x.en", "."])
def test_the_partner_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.en").write_text("a")

    with pytest.raises(
        CorpusError, match=rf"x\.en has no counterpart: {tmp_path}/x\.de is missing"
    ):
        read_splits(config(tmp_path / name))


def test_splits_are_found_without_being_read(tmp_path: Path) -> None:
    write_sides(tmp_path / "train", TRAIN)
    (tmp_path / "train.en").write_bytes(b"\xff")
    (tmp_path / "val.parquet").write_bytes(b"PAR1")
    write_table(tmp_path / "test.csv", TEST)

    splits = find_splits(config(tmp_path))

    assert splits["test"].pairs() == TEST
    assert splits["test"].files == (tmp_path / "test.csv",)
    assert splits["train"].files == (tmp_path / "train.en", tmp_path / "train.de")
    for name, message in {"train": "train.en line 1 is no", "validation": "val.parquet"}.items():
        with pytest.raises(CorpusError, match=message):
            next(splits[name].batches())


def test_plain_text_of_any_size_is_read_some_pairs_at_a_time(tmp_path: Path) -> None:
    pairs = [(f"dog {n}", f"{n} " * (n % 7)) for n in range(2 * BATCH + 3)]
    write_sides(tmp_path / "x", pairs)

    batches = list(find_splits(config(tmp_path / "x"))["train"].batches())

    assert [len(batch) for batch in batches] == [BATCH, BATCH, 3]
    assert [pair for batch in batches for pair in batch] == pairs


@pytest.mark.parametrize(("more_src", "more_tgt"), [(0, BATCH + 2), (5, 0), (BATCH, 0)])
def test_files_that_part_after_thousands_of_lines_are_named_with_both_counts(
    tmp_path: Path, more_src: int, more_tgt: int
) -> None:
    (tmp_path / "x.en").write_text("a\n" * (BATCH + more_src))
    (tmp_path / "x.de").write_text("b\n" * (BATCH + more_tgt))

    batches = find_splits(config(tmp_path / "x"))["train"].batches()

    assert next(batches) == [("a", "b")] * BATCH
    with pytest.raises(
        CorpusError, match=rf"{BATCH + more_src} lines but .*x\.de has {BATCH + more_tgt}:"
    ):
        next(batches)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mono.txt", b"eins\r\nzwei\n"),
        ("mono.de.gz", gzip.compress(b"eins\nzwei", mtime=0)),
        ("mono", b"eins\nzwei"),
        ("mono.jsonl", b'{"de": "eins"}\n{"de": "zwei", "en": 2}'),
        ("mono.tsv", b"id\tde\n1\teins\n2\tzwei\n"),
        ("mono.json", b'[{"translation": {"de": "eins"}}, {"translation": {"de": "zwei"}}]'),
        (
            "mono.tmx",
            b'<tmx><body><tu><tuv xml:lang="de-AT"><seg>eins</seg></tuv></tu>'
            b'<tu><tuv xml:lang="de"><seg>zwei</seg></tuv></tu></body></tmx>',
        ),
    ],
)
def test_texts_of_one_language_are_lines_or_a_column(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)

    lists = read_texts(str(tmp_path / name), "de", CorpusConfig())

    assert [text for texts in lists for text in texts] == ["eins", "zwei"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "gone: no such file in /"),
        ("folder", "folder is not an ordinary file"),
        ("mono.csv", "mono.csv has no column de: it has en, fr;"),
        ("empty.txt", "empty.txt is empty"),
        ("half.zst", "half.zst is not a complete zst file: Truncated"),
    ],
)
def test_texts_of_one_language_that_cannot_be_read_are_one_sentence(
    tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "mono.csv").write_text("en,fr\na,b\n")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "half.zst").write_bytes(zst(b"eins\nzwei")[:-3])

    with pytest.raises(CorpusError, match=rf"^{tmp_path}/{message}"):
        list(read_texts(str(tmp_path / name), "de", CorpusConfig()))


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

    with pytest.raises(CorpusError, match=r"test\.en has no counterpart: .*test\.de is missing"):
        load_corpus(config(tmp_path))


def test_a_plain_file_that_is_there_twice_is_named(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.de.gz").write_bytes(gzip.compress(b"x"))

    with pytest.raises(CorpusError, match=r"has both test\.de and test\.de\.gz: remove one"):
        load_corpus(config(tmp_path))


def test_a_plain_file_in_another_encoding_names_line_and_byte(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.de").write_bytes(b"\xef\xbb\xbf" + "das H\u00e4us".encode("latin-1"))

    with pytest.raises(
        CorpusError, match=r"val\.de line 1 is not UTF-8 \(byte 0xe4\): save the file as"
    ):
        load_corpus(config(tmp_path))


@pytest.mark.parametrize("content", [gzip.compress(b"das Haus\n", mtime=0)[:-9], b"das Haus\n"])
def test_a_broken_gzip_file_is_named(tmp_path: Path, content: bytes) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.de").unlink()
    (tmp_path / "val.de.gz").write_bytes(content)

    with pytest.raises(CorpusError, match=r"val\.de\.gz is not a complete gzip file"):
        load_corpus(config(tmp_path))


def test_an_empty_held_out_split_is_an_error(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "val.en").write_text("")
    (tmp_path / "val.de").write_text("")

    with pytest.raises(CorpusError, match="the validation split is empty"):
        load_corpus(config(tmp_path))


def test_a_split_by_two_names_is_an_error(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", val="dev")
    write_table(tmp_path / "val.jsonl", VAL)

    with pytest.raises(CorpusError, match="validation twice: dev, test, train, val; remove one"):
        load_corpus(config(tmp_path))


def test_a_split_in_two_formats_is_an_error(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / "test.csv", TEST)

    with pytest.raises(CorpusError, match=r"test exists as \.csv, \.jsonl: keep one"):
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
        r"reached \(kitchen and scenes come with the program\)$",
    ):
        load_corpus(CorpusConfig(source=source))

    assert time.monotonic() - began < 10
    assert not datasets.config.HF_HUB_OFFLINE, "other uses of the library keep their network"


def test_a_path_that_is_no_hub_id_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"no such file or folder in .*not a dataset id \(owner/nam"
    ):
        load_corpus(config(tmp_path / "nowhere"))


def test_importing_the_module_does_not_import_datasets() -> None:
    program = "import sys, translator.text.corpus; sys.exit('datasets' in sys.modules)"

    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("name", ["a?b", "a*b", "a[1]", "a{b}", "a::b", "hf:", "gzip:"])
def test_the_name_of_a_folder_is_no_pattern(tmp_path: Path, name: str) -> None:
    for folder in (name, "axb", "a1", "ab"):
        (tmp_path / folder).mkdir()
        for suffix in (".jsonl", ".parquet"):
            write_table(tmp_path / folder / f"part{suffix}", [(folder, folder)])

    for suffix in (".jsonl", ".parquet"):
        file = tmp_path / name / f"part{suffix}"
        assert read_splits(config(file)) == {"train": [(name, name)]}


def test_a_hub_dataset_is_read_split_by_split(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = [{"id": i, "translation": {"de": de, "en": en}} for i, (en, de) in enumerate(TRAIN)]
    top = [{"de": de, "en": en, "id": 7} for en, de in VAL]
    found = datasets.DatasetDict(
        {
            # The fingerprint is of no use here, and not every pair of versions can compute it.
            name: datasets.Dataset(pyarrow.Table.from_pylist(rows), fingerprint=name)
            for name, rows in {"train": nested, "dev": top}.items()
        }
    )
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: found)

    assert read_splits(CorpusConfig(source="o/n")) == {"train": TRAIN, "validation": VAL}
    splits = find_splits(CorpusConfig(source="o/n"))
    assert {name: split.version for name, split in splits.items()} == {
        "train": "train",
        "validation": "dev",
    }
    with pytest.raises(CorpusError, match=r"^o/n, split train, has no column fr: it has id"):
        read_splits(CorpusConfig(source="o/n", tgt_column="fr"))


def test_plain_text_and_tables_may_stand_in_one_folder(tmp_path: Path) -> None:
    write_plain(tmp_path)
    (tmp_path / "test.en").unlink()
    (tmp_path / "test.de").unlink()
    write_table(tmp_path / "test.csv", TEST)

    assert read_splits(config(tmp_path)) == {"test": TEST, "train": TRAIN, "validation": VAL}


def test_hidden_files_and_tables_of_other_things_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "._train.en").write_bytes(b"\0\5\26\7")
    (tmp_path / ".train.jsonl.swp").write_bytes(b"\0")
    (tmp_path / "dataset_info.json").write_text(json.dumps({"splits": {"en": 1}}, indent=1))
    (tmp_path / "vocab.json").write_text('["a", "b"]')
    (tmp_path / "alignment.tsv").write_text("row\tlinks\n1\t0-0\n")

    corpus = load_corpus(config(tmp_path))

    assert corpus.splits == {"test": TEST, "train": TRAIN, "validation": VAL}
    left_out = [message for message in caplog.messages if message.startswith("left out: ")]
    assert [re.sub(r".*/(\S+) .*", r"\1", message) for message in left_out] == [
        "alignment.tsv",
        "dataset_info.json",
        "vocab.json",
    ]
    assert left_out[1].startswith(f"left out: {tmp_path}/dataset_info.json has no column en")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda folder: (folder / "test.en").mkdir(),
            "test.en is not an ordinary file: move it away",
        ),
        (lambda folder: (folder / "test.csv").mkdir(), "test.csv is not an ordinary file"),
        (lambda folder: os.mkfifo(folder / "test.jsonl"), "test.jsonl is not an ordinary file"),
        (lambda folder: (folder / "x.de").symlink_to("x.de"), "x.de is not an ordinary file"),
        (lambda folder: (folder / "x.csv").symlink_to("gone"), "x.csv is not an ordinary file"),
        (
            lambda folder: (folder / "caf\udce9.de").touch(),
            r"caf\\udce9.de' has a name that is",
        ),
        (
            lambda folder: (folder / f"{'x' * 201}.de").touch(),
            "x.de has too long a name: the limit",
        ),
        (lambda folder: (folder / "val.csv").touch(), "has val as val.de and val.en and val.csv"),
        (lambda folder: (folder / "x-0-of-2.csv").touch(), "has x as x-0-of-2.csv: keep one whole"),
        (
            lambda folder: [(folder / f"x{part}.csv").touch() for part in ("", "-0-of-2")],
            "has x as x-0-of-2.csv, x.csv: keep one whole file, or all of its parts",
        ),
        (
            lambda folder: [(folder / f"x.csv{gz}").touch() for gz in ("", ".gz")],
            "has x as x.csv, x.csv.gz: keep one whole file",
        ),
    ],
)
def test_what_is_named_like_text_and_is_none_is_never_passed_over(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    write_splits(tmp_path, ".parquet")
    for side, text in zip(("en", "de"), VAL[0], strict=True):
        (tmp_path / f"val.{side}").write_text(text)
    (tmp_path / "val.parquet").unlink()
    spoil(tmp_path)

    with pytest.raises(CorpusError, match=message):
        read_splits(config(tmp_path))


@pytest.mark.parametrize("name", ["test.txt", "Test.jsonl.bz2", "test.fr", "test/x.jsonl"])
def test_no_split_is_drawn_where_one_lies_in_a_form_that_is_not_read(
    tmp_path: Path, name: str
) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "test.jsonl").unlink()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()

    with pytest.raises(CorpusError, match=f"has {name.split('/')[0]}, but nothing to read as test"):
        load_corpus(config(tmp_path))


def test_all_parts_of_a_split_are_read_in_order(tmp_path: Path) -> None:
    for part, pair in enumerate(TRAIN):
        write_table(tmp_path / f"train-{part}-of-3.csv", [pair])
        (tmp_path / f"train-{part}-of-3.csv.gz").write_bytes(
            gzip.compress((tmp_path / f"train-{part}-of-3.csv").read_bytes())
        )
        (tmp_path / f"train-{part}-of-3.csv").unlink()

    assert read_splits(config(tmp_path)) == {"train": TRAIN}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("~nobody/x", r"^~nobody/x: no such file or folder in .*not a dataset id \(owner/name\)"),
        ("../x.jsonl", r"^\.\./x.jsonl: no such file or folder in .*, and it is not a dataset id"),
        ("hf://datasets/o/n", "no such file or folder in .*, and it is not a dataset id"),
        ("x" * 300, "xxx cannot be read: File name too long"),
        ("loop", "loop cannot be read: Too many levels of symbolic links"),
        ("pipe.csv", "pipe.csv is not an ordinary file"),
    ],
)
def test_a_source_that_cannot_be_opened_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(CorpusError, match=message):
        read_splits(CorpusConfig(source=source))


@pytest.mark.parametrize("function", ["os.stat", "pathlib.Path.iterdir", "pathlib.Path.open"])
def test_a_permission_that_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    write_table(tmp_path / "train.csv", TRAIN)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(function, refuse)

    with pytest.raises(CorpusError, match=rf"^{tmp_path}\S* cannot be read: Permission denied$"):
        read_splits(config(tmp_path))


def write_sides(prefix: Path, pairs: Iterable[Pair]) -> None:
    for side, texts in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
        file = prefix.with_name(f"{prefix.name}.{side}")
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")


def zst(data: bytes) -> bytes:
    return pyarrow.compress(data, codec="zstd", asbytes=True)


@pytest.mark.parametrize("name", ["kitchen", "scenes"])
def test_a_corpus_that_comes_with_the_program_is_found_by_name_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()  # a folder of this name is a path: ./kitchen
    monkeypatch.chdir(tmp_path)

    splits = read_splits(CorpusConfig(source=name))

    assert {"train", "validation", "test"} <= splits.keys()
    with pytest.raises(CorpusError, match=f"^{tmp_path / name} is empty"):
        read_splits(CorpusConfig(source=str(tmp_path / name)))
