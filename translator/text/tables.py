"""One file of lines or of rows -> its texts, as they stand there, or the place where they end."""

import csv
import io
import json
import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard

from translator.errors import CorpusError
from translator.text.files import read_bytes, read_lines, read_text

Pair = tuple[str, str]
"""(source, target)"""
Sides = tuple[str, str]
"""The names of the columns of source and target."""
Row = tuple[int, Mapping[str, object]]
"""Where it stands, from 1, and its columns."""

NESTED = "translation"
"""The column in which many datasets of the hub hold one text for each language."""
BEGINS_ONE_VALUE = re.compile(r"\s*(\[|\{\s*\n)")
"""A file of JSON with one array, or one object over several lines."""


class NotParallelError(CorpusError):
    """A table without the columns of the text: perhaps it never was meant to have them."""


def kind_of(file: Path) -> str:
    """The suffix that decides how a file is read, compressed or not: .csv for train.CSV.gz."""
    return Path(file.name.removesuffix(".gz")).suffix.lower()


def read_file_lines(file: Path) -> list[str]:
    """The lines of plain text. Raises CorpusError for what is no such text."""
    with _named(file), file.open("rb") as stream:
        return list(chain.from_iterable(read_lines(stream, str(file))))


def read_table(file: Path, sides: Sides) -> list[Pair]:
    """The pairs of a file of a kind in READERS, row by row.

    Raises CorpusError, with the place, for what cannot be read whole, and NotParallelError for a
    table that has no such columns.
    """
    return READERS[kind_of(file)](file, sides)


def arrow_pairs(
    names: Sequence[str], read: Callable[[list[str]], Any], where: str, sides: Sides
) -> list[Pair]:
    """The pairs of a table of Arrow's that has columns of these names; `read` gives those asked.

    Raises what `read_table` does.
    """
    chosen = [name for name in sides if name in names]
    if len(chosen) < len(sides) and NESTED in names:
        chosen.append(NESTED)
    _check_once(names, chosen, where)
    table = read(chosen)

    def rows() -> Iterator[Row]:
        columns = [table.column(name) for name in chosen]
        for number, values in enumerate(zip(*columns, strict=True), start=1):
            try:
                yield number, {n: value.as_py() for n, value in zip(chosen, values, strict=True)}
            except (ValueError, OverflowError) as error:  # bytes that are not UTF-8; no such date
                raise CorpusError(f"{where} row {number} cannot be read: {error}") from None

    return _pairs(rows(), where, "row", sides, names)


def _read_json(file: Path, sides: Sides) -> list[Pair]:
    unit, rows = json_rows(file)
    return _pairs(rows, str(file), unit, sides)


def json_rows(file: Path) -> tuple[str, Iterable[tuple[int, object]]]:
    """An array of objects, one object, or an object a line: what is counted, and each with its
    number. Raises CorpusError where they cannot be read."""
    text = _table_text(file)
    if BEGINS_ONE_VALUE.match(text):
        value = _loads(text, file, 1)
        return "row", enumerate(value if isinstance(value, list) else [value], start=1)
    lines = enumerate(text.split("\n"), start=1)
    return "line", ((number, _loads(line, file, number)) for number, line in lines if line.strip())


def _loads(text: str, file: Path, number: int) -> Any:
    """JSON that begins on the line of this number."""
    try:
        return JSON.decode(text)
    except json.JSONDecodeError as error:
        place = f"{file} line {number + error.lineno - 1} column {error.colno}"
        raise CorpusError(f"{place} is no JSON: {error.msg}") from None
    except RecursionError:
        raise CorpusError(f"{file} line {number} cannot be read: it is nested too deep") from None
    except ValueError as error:  # a number of thousands of digits, or a name that is there twice
        reason = str(error).split(";")[0]
        raise CorpusError(f"{file} line {number} cannot be read: {reason}") from None


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"one object has {twice} twice")
    return found


def _read_csv(file: Path, sides: Sides, **form: Any) -> list[Pair]:
    text = _table_text(file)
    # strict: a quotation mark that is out of place is refused, not swallowed.
    records = _records(file, csv.reader(io.StringIO(text, newline=""), strict=True, **form))
    _, header = next(records)
    _check_once(header, sides, str(file))

    def rows() -> Iterator[Row]:
        for number, fields in records:
            if len(fields) != len(header):
                raise CorpusError(
                    f"{file} line {number} has {len(fields)} fields: the header has {len(header)}"
                )
            yield number, dict(zip(header, fields, strict=True))

    return _pairs(rows(), str(file), "line", sides, header)


def _records(file: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    while True:
        first = reader.line_num + 1
        problem = ""
        try:
            fields = next(reader, None)
        except csv.Error as error:
            fields, problem = [], f"cannot be read: {error}"
        if fields is None:
            return
        if reader.line_num > first or any("\n" in field or "\r" in field for field in fields):
            problem = (
                'has a quotation mark that is not closed on this line: close it, or write "" for '
                "one inside a quoted field"
            )
        if problem:
            raise CorpusError(f"{file} line {first} {problem}")
        if fields:
            yield first, fields


def _read_parquet(file: Path, sides: Sides) -> list[Pair]:
    # Not at the top: the other kinds do without.
    import pyarrow
    import pyarrow.parquet

    # Bytes, not a name, in which an asterisk would mean several files.
    with _named(file):
        data = pyarrow.BufferReader(read_bytes(file))
    try:
        table = pyarrow.parquet.ParquetFile(data)
        return arrow_pairs(table.schema_arrow.names, table.read, str(file), sides)
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        raise CorpusError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None


JSON = json.JSONDecoder(object_pairs_hook=_object)
READERS: dict[str, Callable[[Path, Sides], list[Pair]]] = {
    ".jsonl": _read_json,
    ".json": _read_json,
    ".csv": lambda file, sides: _read_csv(file, sides, delimiter=","),
    # Quotation marks are text here: lines of TSV often have a single one.
    ".tsv": lambda file, sides: _read_csv(file, sides, delimiter="\t", quoting=csv.QUOTE_NONE),
    ".parquet": _read_parquet,
}
"""By suffix."""


def _pairs(
    rows: Iterable[tuple[int, object]],
    where: str,
    unit: str,
    sides: Sides,
    columns: Iterable[str] = (),
) -> list[Pair]:
    """Two columns, at the top of each row or inside NESTED; "" where a row lacks one.

    `columns` are those that are known before the rows, which are numbered in this `unit`.
    """
    found = dict.fromkeys(columns)
    pairs: list[Pair] = []
    for number, row in rows:
        if not isinstance(row, Mapping):
            raise NotParallelError(
                f"{where} {unit} {number} is no JSON object: {reprlib.repr(row)}"
            )
        found.update(dict.fromkeys(row))
        if NESTED in row and not (sides[0] in row and sides[1] in row):
            row = {} if row[NESTED] is None else row[NESTED]
            if not isinstance(row, Mapping):
                raise NotParallelError(
                    f"{where} {unit} {number}: {NESTED} has no texts by language, it is "
                    f"{reprlib.repr(row)}"
                )
            found.update((f"{NESTED}.{name}", None) for name in row)
        src, tgt = row.get(sides[0]), row.get(sides[1])
        if not (_is_text(src) and _is_text(tgt)):
            side, value = (sides[0], src) if not _is_text(src) else (sides[1], tgt)
            raise CorpusError(
                f"{where} {unit} {number}: {side} is no text but {reprlib.repr(value)}"
            )
        pairs.append((src or "", tgt or ""))
    if found:
        _check_found([name for name in found if name != NESTED], where, sides)
    if not pairs:
        raise CorpusError(f"{where} has no rows")
    return pairs


def _check_found(names: list[str], where: str, sides: Sides) -> None:
    for side in sides:
        if side not in names and f"{NESTED}.{side}" not in names:
            listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") or "none"
            raise NotParallelError(
                f"{where} has no column {side}: it has {listed}; "
                "name them with corpus.src_column and corpus.tgt_column"
            )


def _is_text(value: object) -> TypeGuard[str | None]:
    """Or nothing; but not half a character, which JSON can spell and no encoding can write."""
    if not isinstance(value, str):
        return value is None
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_once(names: Sequence[str], wanted: Iterable[str], where: str) -> None:
    for name in wanted:
        if names.count(name) > 1:
            raise CorpusError(f"{where} has {names.count(name)} columns {name}: rename one")


def _table_text(file: Path) -> str:
    text = _decode(file)
    if not text.strip():
        raise CorpusError(f"{file} is empty")
    return text


def _decode(file: Path) -> str:
    with _named(file):
        return read_text(file)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(f"{file} cannot be read: {error.strerror}") from None
