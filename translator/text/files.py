"""Text from files and streams: UTF-8, with or without a byte order mark, plain, gzipped or .zst.

Anything else is refused, with the name of the file and the line of the first wrong byte.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.errors import CorpusError

CHUNK = 2**16
"""Bytes read at once: as many as a pipe holds."""

_PACKED = re.compile(r"\.(gz|zst)$", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_ZST = b"\x28\xb5\x2f\xfd"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def unpacked_name(name: str) -> str:
    """The name of a file without the suffix of its compression: train.en for train.en.gz."""
    return _PACKED.sub("", name)


@contextmanager
def opened(file: Path) -> Iterator[io.BufferedIOBase]:
    """The bytes of a file, unpacked as they are read.

    Raises CorpusError, also while reading, for a file that cannot be read or is cut off.
    """
    try:
        with file.open("rb") as stream, _unpacked(stream, str(file)) as source:
            yield source
    except OSError as error:
        raise CorpusError(f"{file} cannot be read: {error.strerror}") from None


def read_file_lines(file: Path) -> Iterator[list[str]]:
    """`read_lines` of a file, which is closed at the end."""
    with opened(file) as source:
        yield from filter(None, _decoded(source, str(file)))


def read_lines(stream: io.BufferedReader, name: str) -> Iterator[list[str]]:
    """Lists of the complete lines of a stream called `name` that arrived together.

    A list is empty if only a part of a line arrived, so that the caller can pass on earlier lines
    before waiting for the rest. Lines end only at \\n or \\r\\n: other line separators also occur
    inside sentences. Raises CorpusError for anything but text, after the lines before it.
    """
    with _unpacked(stream, name) as source:
        yield from _decoded(source, name)


@contextmanager
def _unpacked(stream: io.BufferedReader, name: str) -> Iterator[io.BufferedIOBase]:
    begins, suffix = stream.peek(len(_ZST)), Path(name).suffix.lower()
    if suffix == ".gz" or begins.startswith(_GZIP):
        try:
            yield gzip.GzipFile(fileobj=stream)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise CorpusError(f"{name} is not a complete gzip file: {error}") from None
    elif suffix == ".zst" or begins.startswith(_ZST):
        import pyarrow  # not at the top: other files do not need it

        try:
            yield pyarrow.CompressedInputStream(stream, "zstd")
        except OSError as error:
            if error.errno is not None:  # of the stream underneath
                raise
            raise CorpusError(f"{name} is not a complete zst file: {error}") from None
    else:
        yield stream


def _decoded(source: io.BufferedIOBase, name: str) -> Iterator[list[str]]:
    number = 1  # of the first line in the block
    for block in _blocks(source, name):
        if block is None:
            yield []
            continue
        data = block.removeprefix(codecs.BOM_UTF8) if number == 1 else block
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            before, end, _ = data[: error.start].rpartition(b"\n")
            if end:
                yield _split(before.decode())
            number += data.count(b"\n", 0, error.start)
            raise _refusal(name, number, data, error.start) from None
        if number == 1 and _is_utf_16(data):
            raise _refusal(name, 1, data, data.index(b"\0"))
        lines = _split(text)
        number += len(lines)
        yield lines


def _blocks(source: io.BufferedIOBase, name: str) -> Iterator[bytes | None]:
    """Lists of complete lines, without the end of the last one; None for a part of a line."""
    begun: list[bytes] = []  # parts of a line whose end has not arrived yet
    is_first = True
    while chunk := source.read1(CHUNK):
        whole, end, rest = chunk.rpartition(b"\n")
        if end:
            is_first = False
            yield b"".join([*begun, whole])
            begun.clear()
        else:
            yield None
        begun.append(rest)
    if last := b"".join(begun):
        if is_first and b"\r" in last[:-1]:
            raise CorpusError(
                f"{name} ends its lines with a carriage return alone: convert it, for example with "
                "tr '\\r' '\\n'"
            )
        yield last


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in lines] if "\r" in text else lines


def _is_utf_16(data: bytes) -> bool:
    """UTF-16 without a byte order mark: in European languages, every second byte is zero."""
    return 3 * data.count(b"\0") > len(data)


def _refusal(name: str, number: int, data: bytes, at: int) -> CorpusError:
    is_utf_16 = data.startswith(_UTF_16) or b"\0" in data
    return CorpusError(
        f"{name} line {number} is not UTF-8 (byte 0x{data[at]:02x}): save the file as UTF-8, for "
        f"example with iconv -f {'utf-16' if is_utf_16 else 'latin1'} -t utf-8"
    )
