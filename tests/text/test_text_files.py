"""Text from files and streams, and what is no text."""

import gzip
import io
from pathlib import Path

import pyarrow
import pytest

from translator.errors import CorpusError
from translator.text.files import CHUNK, read_file_lines, read_lines

MARK = b"\xef\xbb\xbf"
GERMAN = "Größe\nzwei".encode()


def zst(data: bytes) -> bytes:
    return pyarrow.compress(data, codec="zstd", asbytes=True)


@pytest.mark.parametrize(
    "data",
    [GERMAN, MARK + GERMAN, gzip.compress(MARK + GERMAN, mtime=0), zst(MARK + GERMAN)],
    ids=["plain", "mark", "gzip", "zst"],
)
def test_a_file_may_have_a_byte_order_mark_and_be_compressed(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.en").write_bytes(data)

    assert list(read_file_lines(tmp_path / "a.en")) == [["Größe"], ["zwei"]]
    assert lines_of(data) == ["Größe", "zwei"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"one", ["one"]),
        (b"one\n\ntwo\n", ["one", "", "two"]),
        (b"one\r\ntwo\r", ["one", "two"]),
        ("a\u2028b\x85c\x0bd\x1ce\ff\n".encode(), ["a\u2028b\x85c\x0bd\x1ce\ff"]),
        (MARK, [""]),
        (b"one\n" + MARK + b"two", ["one", "\ufefftwo"]),  # only at the start it is no text
    ],
)
def test_lines_end_where_they_end_and_nowhere_else(data: bytes, expected: list[str]) -> None:
    assert lines_of(data) == expected


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_line_may_be_longer_than_what_is_read_at_once(size: int) -> None:
    assert lines_of(b"x" * size + b"\n\xc3\xa4\n") == ["x" * size, "ä"]
    assert lines_of(b"x" * (size - 1) + "ä".encode()) == ["x" * (size - 1) + "ä"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            b"x\n" * CHUNK + b"\xf6",
            rf"line {CHUNK + 1} is not UTF-8 \(byte 0xf6\): .* latin1",
            id="far down",
        ),
        ("eins\nGröße\nzwei".encode("latin-1"), r"line 2 is not UTF-8 \(byte 0xf6\): .* latin1"),
        (MARK + "Größe".encode("latin-1"), r"line 1 is not UTF-8 \(byte 0xf6\): .* latin1"),
        ("Größe".encode("utf-16"), r"line 1 is not UTF-8 \(byte 0xff\): .* -f utf-16 -t utf-8"),
        ("A\nGröße".encode("utf-16-le"), r"line . is not UTF-8 .* -f utf-16"),
        (gzip.compress(b"eins\nzwei", mtime=0)[:-9], "is not a complete gzip file: "),
        (gzip.compress("Größe".encode("latin-1"), mtime=0), "line 1 is not UTF-8"),
        (zst(b"eins\nzwei")[:-3], "is not a complete zst file: Truncated"),
        (zst(b"eins\n") + b"zwei", "is not a complete zst file: "),
        (zst("Größe".encode("latin-1")), "line 1 is not UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(
    data: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.en").write_bytes(data)

    with pytest.raises(CorpusError, match=rf"a\.en {message}"):
        list(read_file_lines(tmp_path / "a.en"))
    with pytest.raises(CorpusError, match=f"^standard input {message}"):
        lines_of(data)


def test_the_lines_before_a_broken_one_are_given() -> None:
    lists = read_lines(io.BufferedReader(io.BytesIO(b"one\ntwo\n\xff\nfour\n")), "it")

    assert next(lists) == ["one", "two"]
    with pytest.raises(CorpusError, match="it line 3 is not UTF-8"):
        next(lists)


def lines_of(data: bytes) -> list[str]:
    stream = io.BufferedReader(io.BytesIO(data))
    return [line for lines in read_lines(stream, "standard input") for line in lines]
