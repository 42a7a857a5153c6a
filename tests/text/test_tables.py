"""One file: every text as it stands, or the place where it is broken."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from corpora import TEST, config, read_splits, write_splits, write_table

from translator.errors import CorpusError
from translator.text.corpus import load_corpus, load_split
from translator.text.files import read_file_lines, unpacked_name
from translator.text.tables import BATCH, Pair, read_table

SIDES = ("en", "de")
ODD = [
    ("a\u2028b \x0b \x85 c", "„Zitat“ – ½ 😀"),
    ('5" pipe', '"Rohr" 5"'),
    ("007", "1e3"),
    ("2020-01-02", "2020-01-02T03:04:05Z"),
    ("NaN", "12:30"),
]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_every_format_keeps_every_text_as_it_is(tmp_path: Path, suffix: str) -> None:
    write_splits(tmp_path, suffix, test=ODD + TEST)

    assert load_split(config(tmp_path), "test") == ODD + TEST


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
    "name", ["all.jsonl.gz", "all.csv.zst", "all.TSV", "all.parquet.gz", "all.Json.ZST"]
)
def test_a_table_may_be_compressed_and_its_suffix_in_capitals(tmp_path: Path, name: str) -> None:
    plain = tmp_path / unpacked_name(name).lower()
    write_table(plain, ODD)
    data = plain.read_bytes()
    zst = pyarrow.compress(data, codec="zstd", asbytes=True)
    packed = {".gz": gzip.compress(data), ".zst": zst}.get(Path(name).suffix.lower(), data)
    (tmp_path / name).write_bytes(packed)

    assert pairs_of(tmp_path / name) == ODD


@pytest.mark.parametrize(
    ("name", "content", "pairs"),
    [
        ("all.json", '{\n "en": "a",\n "de": "b"\n}\n', [("a", "b")]),
        ("all.json", ' [{"en": "a", "de": "b"},\n {"en": "c"}]', [("a", "b"), ("c", "")]),
        ("all.json", '{"en": "a", "de": "b"}\r\n{"en": null, "de": "d"}', [("a", "b"), ("", "d")]),
        ("all.jsonl", '{"translation": null}\n{"en": "a", "de": "b"}', [("", ""), ("a", "b")]),
        ("all.csv", 'id,de,en\r\n1,"b ""x""",a\r\n\r\n2,d,c', [("a", 'b "x"'), ("c", "d")]),
        ("all.csv", 'en,de\r\na,"c\rd"\r\n', [("a", "c\rd")]),
        ("all.tsv", 'en\tde\r\na\rb\t"c\r\n\n', [("a\rb", '"c')]),
    ],
)
def test_every_spelling_of_rows_is_read(
    tmp_path: Path, name: str, content: str, pairs: list[Pair]
) -> None:
    (tmp_path / name).write_text(content, newline="")

    assert pairs_of(tmp_path / name) == pairs


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
def test_a_table_of_any_size_is_read_some_rows_at_a_time(tmp_path: Path, suffix: str) -> None:
    pairs = [(f"dog {n}", f"Hund {n}") for n in range(2 * BATCH + 3)]
    write_table(tmp_path / f"all{suffix}", pairs)

    batches = list(read_table(tmp_path / f"all{suffix}", SIDES))

    assert [len(src) for src, _ in batches] == [BATCH, BATCH, 3]
    assert [pair for batch in batches for pair in zip(*batch, strict=True)] == pairs


def test_rows_before_a_broken_one_are_given(tmp_path: Path) -> None:
    write_table(tmp_path / "all.jsonl", [("a", "b")] * BATCH)
    with (tmp_path / "all.jsonl").open("a") as file:
        file.write("\n{")

    batches = read_table(tmp_path / "all.jsonl", SIDES)

    assert len(next(batches)[0]) == BATCH
    with pytest.raises(CorpusError, match=f"line {BATCH + 1} column 2 is not valid JSON"):
        next(batches)


@pytest.mark.parametrize(
    ("name", "content"),
    [("all.tsv", '7\ta"\tb\n8\tc\td\n'), ("all.csv", '7,"a""",b\n8,c,d')],
)
def test_without_a_header_columns_go_by_their_numbers(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    numbered = replace(config(tmp_path / name), header=False, src_column="3", tgt_column="2")

    assert read_splits(numbered) == {"train": [("b", 'a"'), ("d", "c")]}


@pytest.mark.parametrize("column", ["4", "0", "01", "-1", "en"])
def test_a_column_that_a_table_without_a_header_lacks_is_named(tmp_path: Path, column: str) -> None:
    (tmp_path / "all.tsv").write_text("7\ta\tb\n")
    wrong = replace(config(tmp_path / "all.tsv"), header=False, src_column="2", tgt_column=column)

    with pytest.raises(
        CorpusError,
        match=rf"all\.tsv has no column {column}: it has 1, 2, 3; name them with corpus\.src_column"
        r" and corpus\.tgt_column, by number since corpus\.header is false$",
    ):
        read_splits(wrong)


def test_a_missing_header_is_thought_of(tmp_path: Path) -> None:
    (tmp_path / "all.tsv").write_text("A dog.\tEin Hund.\n")

    with pytest.raises(
        CorpusError,
        match=r"no column en: it has A dog\., Ein Hund\.; .*, or set corpus\.header to false if",
    ):
        read_splits(config(tmp_path / "all.tsv"))


@pytest.mark.parametrize(
    "kind", [pyarrow.string(), pyarrow.large_string(), pyarrow.dictionary(pyarrow.int8(), "str")]
)
def test_every_kind_of_text_in_parquet_is_read(tmp_path: Path, kind: pyarrow.DataType) -> None:
    columns = {"en": ["a", None, "a"], "de": ["b", "ß", "c"], "id": [b"\xff", None, b""]}
    table = pyarrow.table(columns)
    write_parquet(tmp_path / "all.parquet", table.set_column(1, "de", table["de"].cast(kind)))

    assert pairs_of(tmp_path / "all.parquet") == [("a", "b"), ("", "ß"), ("a", "c")]


NOT_UTF8 = pyarrow.array([b"ok", b"\xe4"]).view(pyarrow.string())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"en": ["a", "b"], "de": NOT_UTF8}, r"row 2 cannot be read: .*0xe4"),
        ({"en": ["a"], "de": [b"b"]}, "row 1: de is not text but b'b'"),
        ({"en": [["a"]], "de": ["b"]}, r"row 1: en is not text but \['a'\]"),
        ({"translation": [[1, 2]]}, r"row 1: translation has no texts .* but is \[1, 2\]"),
        ({"translation": [7]}, "row 1: translation has no texts by language but is 7"),
        ({"translation": [{"en": "a"}]}, r"has no column de: it has translation\.en;"),
        ({"en": pyarrow.array([], "str"), "de": ["b"][:0]}, "has no rows"),
        ({f"c{n}": [n] for n in range(12)}, r"no column en: it has c0, .*, c9, \.\.\.; name"),
        ({}, "has no column en: it has none;"),
    ],
)
def test_what_is_no_text_in_parquet_is_named_with_the_row(
    tmp_path: Path, columns: dict[str, list[object]], message: str
) -> None:
    write_parquet(tmp_path / "all.parquet", pyarrow.table(columns))

    with pytest.raises(CorpusError, match=message):
        pairs_of(tmp_path / "all.parquet")


def test_a_column_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    twice = pyarrow.Table.from_arrays([["a"], ["b"], ["c"]], ["en", "de", "de"])
    write_parquet(tmp_path / "all.parquet", twice)
    (tmp_path / "all.csv").write_text("en,de,en\na,b,c")

    with pytest.raises(CorpusError, match="has 2 columns de: rename one"):
        pairs_of(tmp_path / "all.parquet")
    with pytest.raises(CorpusError, match="has 2 columns en: rename one"):
        pairs_of(tmp_path / "all.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all.jsonl", '{"en":"a","de":"b"}\n{"en":"a","de":"ä"}', "line 2 is not UTF-8 .byte 0xe4"),
        ("all.csv", "en,de\na,b\nc,ä\n", "line 3 is not UTF-8 .byte 0xe4.*iconv -f latin1"),
        ("all.tsv", "en\tde\nä\tb\n", "line 2 is not UTF-8"),
        (
            "all.jsonl",
            '{"en":"a","de":"b"}\n\n{"en":"a" "de"}',
            "line 3 column 11 is not valid JSON",
        ),
        ("all.jsonl", '{"en":"a","de":"b"}\n["a", "b"]\n', "line 2 is not a JSON object"),
        ("all.json", '[{"en":"a","de":"b"},\n]', "line [12] column [0-9]+ is not valid JSON: "),
        ("all.jsonl", '{"en":"a","de":"b"}\n{"en":"a","de":7}', "line 2: de is not text but 7"),
        ("all.csv", "en,de\na,b\nc\n", "line 3 has 1 fields: the header has 2"),
        ("all.tsv", "en\tde\na\tb\nc\td\te\n", "line 3 has 3 fields: the header has 2"),
        ("all.tsv", "en\tde\ra\tb\r", "ends its lines with a carriage return alone"),
        ("all.csv", f"en,de\na,{'b' * 200_000}\n", "line 2 cannot be read: field larger"),
        ("all.csv", "en,fr\na,b\n", r"has no column de: it has en, fr"),
        ("all.csv", "en,de\n", "has no rows"),
        ("all.csv", "", "is empty"),
        ("all.csv", 'en,de\na,"b\nc,d\ne,f"\n', "line 2 has a quotation mark that is not closed"),
        ("all.csv", 'en,de\na,"b\nc,"d\ne,f\n', "line 2 has a quotation mark that is not closed"),
        ("all.csv", 'en,de\na,b\nc,"d', "line 3 cannot be read: unexpected end of data"),
        ("all.csv", 'en,de\n"a" b,c\n', "line 2 cannot be read: ',' expected after"),
        ("all.csv", "en,de\na\rb,c\n", "line 2 cannot be read: new-line .* unquoted field$"),
        ("all.csv", "en\na\n", "has no column de: it has en;"),
        ("all.csv", "\n\n", "is empty"),
        ("all.jsonl", '{"en":"a","de":"b"}\r{"en":"c","de":"d"}', "ends its lines with a carriage"),
        ("all.jsonl", '{"en":"a","de":"b","de":"c"}', "line 1 .* one object has de twice"),
        (
            "all.jsonl",
            f'{{"en":"a","de":"b","id":{"9" * 5000}}}',
            r"line 1 .*\(4300 digits\)",
        ),
        (
            "all.jsonl",
            f'\n{{"en":{"[" * 100_000}',
            "line 2 cannot be read: it is nested too deeply",
        ),
        ("all.jsonl", '{"en":NaN,"de":"b"}', "line 1: en is not text but nan"),
        ("all.jsonl", '{"en":"a","de":["b"]}', r"line 1: de is not text but \['b'\]"),
        ("all.jsonl", '{"en":"a","de":"\\ud83d"}', r"line 1: de is not text but '\\ud83d'"),
        ("all.jsonl", '{"translation":"a"}', "line 1: translation has no texts .* but is 'a'"),
        ("all.json", '{\n"en":"a",\n"de"}', "line 3 column 5 is not valid JSON: Expecting ':'"),
        ("all.json", "[7]", "row 1 is not a JSON object: 7"),
        ("all.json", "[]", "has no rows"),
        ("all.json", "[{}]", "has no column en: it has none"),
        ("all.jsonl", "\n", "has no rows"),
        ("all.tmx", "", "cannot be read as XML: no element found"),
        ("all.parquet", "PAR1", "cannot be read: Parquet"),
        ("all.parquet", "", "cannot be read: Parquet"),
        ("all.txt", "a", r"is of an unknown type: the types are \.jsonl, \.json, \.csv"),
    ],
)
def test_a_broken_file_is_named_with_the_place(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_bytes(content.encode("latin-1"))

    with pytest.raises(CorpusError, match=f"^{re.escape(str(tmp_path / name))}.*{message}"):
        load_corpus(config(tmp_path / name))


@pytest.mark.parametrize("suffix", [".en", ".csv"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_no_text_and_what_helps_is_said(
    tmp_path: Path, suffix: str, encoding: str
) -> None:
    file = tmp_path / f"train{suffix}"
    file.write_bytes("en,de\na,b\n".encode(encoding))

    with pytest.raises(CorpusError, match=r"line 1 is not UTF-8 .*iconv -f utf-16 -t utf-8"):
        list(read_file_lines(file)) if suffix == ".en" else pairs_of(file)


def test_plain_text_with_carriage_returns_alone_is_an_error_and_one_inside_a_line_is_space(
    tmp_path: Path,
) -> None:
    (tmp_path / "old.en").write_bytes(b"one\rtwo\r")
    (tmp_path / "new.en").write_bytes(b"one\rtwo\r\nthree\r\n")

    with pytest.raises(CorpusError, match=r"old\.en ends its lines with a carriage return alone"):
        list(read_file_lines(tmp_path / "old.en"))
    assert list(read_file_lines(tmp_path / "new.en")) == [["one\rtwo", "three"]]


def pairs_of(file: Path) -> list[Pair]:
    return [pair for src, tgt in read_table(file, SIDES) for pair in zip(src, tgt, strict=True)]


def write_parquet(file: Path, table: pyarrow.Table) -> None:
    pyarrow.parquet.write_table(table, file)
