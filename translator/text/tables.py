"""One file of rows -> its texts, unchanged, or an error with the place.

Files of any size are read batch by batch; only JSON that is a single value is read whole.
"""

import csv
import io
import json
import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from translator.errors import CorpusError
from translator.text.files import opened, read_file_lines, unpacked_name
from translator.text.tmx import read_units

Pair = tuple[str, str]
"""(source, target)"""
Columns = list[list[str]]
"""Texts of some rows: a list for each column that was asked for."""
Row = tuple[int, object]
"""The number of a row, from 1, and its columns by name."""

KINDS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".tmx")
"""Suffixes of tables."""
BATCH = 4096
"""Rows read at a time."""
NESTED = "translation"
"""The column in which many datasets of the hub hold one text for each language."""
BEGINS_ONE_VALUE = re.compile(r"\s*(\[|\{\s*\n)")
"""A file of JSON with one array, or one object over several lines."""


class NotParallelError(CorpusError):
    """A table without the columns of the text, perhaps not meant as parallel text."""


def kind_of(file: Path) -> str:
    """The suffix that decides how a file is read, compressed or not: .csv for train.CSV.gz."""
    return Path(unpacked_name(file.name)).suffix.lower()


def read_table(file: Path, columns: Sequence[str], has_header: bool = True) -> Iterator[Columns]:
    """The texts of these columns of a file of one of KINDS, batch by batch; "" if a row lacks one.
    Without a header, the columns of CSV and TSV are called 1, 2 and so on.

    Raises CorpusError, with the place, for a file that cannot be read to its end, and
    NotParallelError for a table without such columns.
    """
    match kind_of(file):
        case ".csv":
            return _read_records(file, _csv_records(file), columns, has_header)
        case ".tsv":
            return _read_records(file, _tsv_records(file), columns, has_header)
        case ".parquet":
            return _read_parquet(file, columns)
        case ".tmx":
            return _texts(read_units(file, columns), str(file), "unit", columns)
        case _:
            unit, rows = json_rows(file)
            return _texts(rows, str(file), unit, columns)


def arrow_texts(
    names: Sequence[str],
    read: Callable[[list[str]], Iterable[Any]],
    where: str,
    columns: Sequence[str],
) -> Iterator[Columns]:
    """The texts of an Arrow table with columns of these names; `read` returns the requested columns
    in batches.

    Raises what `read_table` does.
    """
    if NESTED in names and not all(column in names for column in columns):
        _check_once(names, [NESTED], where)
        return _texts(_nested_rows(read([NESTED]), where), where, "row", columns, names)
    _check_found(names, where, columns)
    _check_once(names, columns, where)
    return _flat_texts(read(list(columns)), where, columns)


def _nested_rows(batches: Iterable[Any], where: str) -> Iterator[Row]:
    number = 0
    for batch in batches:
        for value in _values(batch.column(NESTED), where, number):
            number += 1
            yield number, {NESTED: value}


def _flat_texts(batches: Iterable[Any], where: str, columns: Sequence[str]) -> Iterator[Columns]:
    number = 0
    for batch in batches:
        numbers = range(number + 1, number + 1 + batch.num_rows)
        yield [
            _checked(_values(batch.column(name), where, number), name, f"{where} row", numbers)
            for name in columns
        ]
        number += batch.num_rows
    if not number:
        raise CorpusError(f"{where} has no rows")


def _values(column: Any, where: str, number: int) -> list[Any]:
    """The texts of an Arrow column whose first row follows the row of this number."""
    try:
        return column.to_pylist()
    except (ValueError, OverflowError):  # bytes that are not UTF-8; no such date
        for at, value in enumerate(column, start=number + 1):
            try:
                value.as_py()
            except (ValueError, OverflowError) as error:
                raise CorpusError(f"{where} row {at} cannot be read: {error}") from None
        raise


def json_rows(file: Path) -> tuple[str, Iterable[Row]]:
    """An array of objects, one object, or one object per line: the unit that is counted, and each
    object with its number. Raises CorpusError if they cannot be read."""
    begins = "\n".join([*next(read_file_lines(file), []), ""])
    if not BEGINS_ONE_VALUE.match(begins):
        return "line", _json_lines(file)
    text = "\n".join(chain.from_iterable(read_file_lines(file)))
    value = _loads(text, file, 1)
    return "row", enumerate(value if isinstance(value, list) else [value], start=1)


def _json_lines(file: Path) -> Iterator[Row]:
    for number, line in enumerate(chain.from_iterable(read_file_lines(file)), start=1):
        if line and not line.isspace():
            yield number, _loads(line, file, number)


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"one object has {twice} twice")
    return found


JSON = json.JSONDecoder(object_pairs_hook=_object)


def _loads(text: str, file: Path, number: int) -> Any:
    """JSON that begins on the line of this number."""
    try:
        return JSON.decode(text)
    except json.JSONDecodeError as error:
        place = f"{file} line {number + error.lineno - 1} column {error.colno}"
        raise CorpusError(f"{place} is not valid JSON: {error.msg}") from None
    except RecursionError:
        raise CorpusError(f"{file} line {number} cannot be read: it is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits, or a duplicate name
        reason = str(error).split(";")[0]
        raise CorpusError(f"{file} line {number} cannot be read: {reason}") from None


def _csv_records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    # strict: a misplaced quotation mark is refused, not ignored.
    reader = csv.reader(chain.from_iterable(read_file_lines(file)), strict=True)
    while True:
        first = reader.line_num + 1
        problem = ""
        try:
            fields = next(reader, None)
        except csv.Error as error:
            fields, problem = [], f"cannot be read: {str(error).split(' - ')[0]}"
        if fields is None:
            return
        if reader.line_num > first:
            problem = (
                'has a quotation mark that is not closed on this line: close it, or write "" for '
                "one inside a quoted field"
            )
        if problem:
            raise CorpusError(f"{file} line {first} {problem}")
        if fields:
            yield first, fields


def _tsv_records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Like CSV, but quotation marks are text: TSV lines often have a single one."""
    for number, line in enumerate(chain.from_iterable(read_file_lines(file)), start=1):
        if line:
            yield number, line.split("\t")


def _read_records(
    file: Path,
    records: Iterator[tuple[int, list[str]]],
    columns: Sequence[str],
    has_header: bool,
) -> Iterator[Columns]:
    first = next(records, None)
    if first is None:
        raise CorpusError(f"{file} is empty")
    width = len(first[1])
    names = first[1] if has_header else [str(at) for at in range(1, width + 1)]
    _check_once(names, columns, str(file))
    with_header = ", or set corpus.header to false if the first line is not a header"
    without = ", by number since corpus.header is false"
    _check_found(names, str(file), columns, with_header if has_header else without)
    chosen = [names.index(column) for column in columns]
    has_rows = False
    rows = records if has_header else chain([first], records)
    while True:
        # Rows are not kept: thousands of rows do not fit into the CPU's cache.
        texts: Columns = [[] for _ in chosen]
        for number, fields in islice(rows, BATCH):
            if len(fields) != width:
                raise CorpusError(
                    f"{file} line {number} has {len(fields)} fields: the "
                    f"{'header' if has_header else 'first line'} has {width}"
                )
            for at, column in zip(chosen, texts, strict=True):
                column.append(fields[at])
        if not texts[0]:
            break
        has_rows = True
        yield texts
    if not has_rows:
        raise CorpusError(f"{file} has no rows")


def _read_parquet(file: Path, columns: Sequence[str]) -> Iterator[Columns]:
    # Not at the top: other kinds do not need it.
    import pyarrow
    import pyarrow.parquet

    # An open file, since an asterisk in a name would mean several files.
    with opened(file) as source:
        try:
            is_plain = isinstance(source, io.BufferedReader)
            table = pyarrow.parquet.ParquetFile(
                source if is_plain else pyarrow.BufferReader(source.read())
            )

            def read(chosen: list[str]) -> Iterator[Any]:
                return table.iter_batches(batch_size=BATCH, columns=chosen)

            yield from arrow_texts(table.schema_arrow.names, read, str(file), columns)
        except (pyarrow.ArrowException, ValueError, OSError) as error:
            raise CorpusError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None


def _texts(
    rows: Iterable[Row],
    where: str,
    unit: str,
    columns: Sequence[str],
    names: Iterable[str] = (),
) -> Iterator[Columns]:
    """Columns at the top level of each row or inside NESTED; "" if a row lacks one.

    `names` are the column names known before the rows; `unit` is what rows are called.
    """
    found, has_rows = dict.fromkeys(names), False
    numbered, place = iter(rows), f"{where} {unit}"
    while True:
        numbers: list[int] = []
        values: list[list[object]] = [[] for _ in columns]
        for number, row in islice(numbered, BATCH):
            members = _members(row, columns, found, place, number)
            numbers.append(number)
            for name, column in zip(columns, values, strict=True):
                column.append(members.get(name))
        if not numbers:
            break
        has_rows = True
        yield [
            _checked(column, name, place, numbers)
            for name, column in zip(columns, values, strict=True)
        ]
    if not has_rows:
        raise CorpusError(f"{where} has no rows")
    _check_found([name for name in found if name != NESTED or name in columns], where, columns)


def _members(
    row: object, columns: Sequence[str], found: dict[str, None], place: str, number: int
) -> Mapping[str, object]:
    """The texts of a row by name; new names are added to the names found before."""
    if not isinstance(row, dict):
        raise NotParallelError(f"{place} {number} is not a JSON object: {reprlib.repr(row)}")
    found.update(dict.fromkeys(row))
    if NESTED not in row or all(column in row for column in columns):
        return row
    nested = {} if row[NESTED] is None else row[NESTED]
    if not isinstance(nested, dict):
        raise NotParallelError(
            f"{place} {number}: {NESTED} has no texts by language but is {reprlib.repr(nested)}"
        )
    found.update((f"{NESTED}.{name}", None) for name in nested)
    return nested


def _checked(values: list[Any], name: str, place: str, numbers: Sequence[int]) -> list[str]:
    """The texts of a column in the rows of these numbers, "" for missing ones."""
    try:
        "".join(values).encode()
    except (TypeError, UnicodeEncodeError):
        rows = zip(values, numbers, strict=True)
        return [_text(value, name, place, number) for value, number in rows]
    return values


def _text(value: object, name: str, place: str, number: int) -> str:
    """Text or nothing, but no lone surrogate, which JSON can spell but no encoding can write."""
    if value is None:
        return ""
    try:
        if isinstance(value, str):
            value.encode()
            return value
    except UnicodeEncodeError:
        pass
    raise CorpusError(f"{place} {number}: {name} is not text but {reprlib.repr(value)}")


def _check_found(names: Sequence[str], where: str, columns: Sequence[str], how: str = "") -> None:
    for column in columns:
        if column not in names and f"{NESTED}.{column}" not in names:
            listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") or "none"
            raise NotParallelError(
                f"{where} has no column {column}: it has {listed}; "
                f"name them with corpus.src_column and corpus.tgt_column{how}"
            )


def _check_once(names: Sequence[str], wanted: Iterable[str], where: str) -> None:
    for name in wanted:
        if names.count(name) > 1:
            raise CorpusError(f"{where} has {names.count(name)} columns {name}: rename one")
