"""Text from files and streams: UTF-8, with or without a byte order mark, plain or gzipped.

Anything else is refused with its name and the line of the first byte that is wrong.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from translator.errors import CorpusError

CHUNK = 2**16
"""Bytes that are read at once: as many as a pipe holds."""

_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_bytes(file: Path) -> bytes:
    """The whole of a file, unzipped. Raises CorpusError for half of a gzip file, or OSError."""
    data = file.read_bytes()
    if file.suffix == ".gz" or data.startswith(_GZIP):
        with _whole_gzip(str(file)):
            data = gzip.decompress(data)
    return data


def read_text(file: Path) -> str:
    """The whole of a file. Raises CorpusError if it is no text, OSError if it cannot be read."""
    data = read_bytes(file).removeprefix(codecs.BOM_UTF8)
    at = data.index(b"\0") if _is_utf_16(data) else -1
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        at = error.start
    if at >= 0:
        raise _refusal(str(file), data.count(b"\n", 0, at) + 1, data, at)
    return text


def read_lines(stream: io.BufferedReader, name: str) -> Iterator[list[str]]:
    """Lists of the lines of a stream called `name` that came together, once each is whole.

    They end at \\n or \\r\\n alone: the other ends of lines stand inside sentences, too. Raises
    CorpusError for what is no text, after the lines before it.
    """
    is_zipped = name.endswith(".gz") or stream.peek(len(_GZIP)).startswith(_GZIP)
    source = gzip.GzipFile(fileobj=stream) if is_zipped else stream
    number = 0
    for raw_lines in _raw_lines(source, name):
        lines = []
        for raw in raw_lines:
            number += 1
            whole = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
            try:
                lines.append(whole.removesuffix(b"\r").decode())
            except UnicodeDecodeError as error:
                yield lines
                raise _refusal(name, number, error.object, error.start) from None
            if number == 1 and _is_utf_16(raw):
                raise _refusal(name, number, raw, raw.index(b"\0"))
        yield lines


def _raw_lines(source: io.BufferedIOBase, name: str) -> Iterator[list[bytes]]:
    begun: list[bytes] = []  # parts of a line whose end has not come yet
    is_first = True
    with _whole_gzip(name):
        while chunk := source.read1(CHUNK):
            first, *others = chunk.split(b"\n")
            begun.append(first)
            if others:
                is_first = False
                yield [b"".join(begun), *others[:-1]]
                begun = others[-1:]
    if last := b"".join(begun):
        if is_first and b"\r" in last[:-1]:
            raise CorpusError(
                f"{name} ends its lines with a carriage return alone: convert it, for example with "
                "tr '\\r' '\\n'"
            )
        yield [last]


def _is_utf_16(data: bytes) -> bool:
    """Without its mark, UTF-16 spells every second byte of our languages as zero."""
    return 3 * data.count(b"\0") > len(data)


@contextmanager
def _whole_gzip(name: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CorpusError(f"{name} is no whole gzip file: {error}") from None


def _refusal(name: str, number: int, data: bytes, at: int) -> CorpusError:
    is_utf_16 = data.startswith(_UTF_16) or b"\0" in data
    return CorpusError(
        f"{name} line {number} is not UTF-8 (byte 0x{data[at]:02x}): save it as "
        f"UTF-8, for example with iconv -f {'utf-16' if is_utf_16 else 'latin1'} -t utf-8"
    )
