"""Text and ids of any number of pairs, in files that are mapped into memory instead of read.

The files are in Arrow's format, in chunks of ROWS rows: row i is in chunk i // ROWS. Processes on
one machine share the mapped memory.
"""

import copy
import itertools
import mmap
import sys
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, overload

import numpy as np
import pyarrow as pa

from translator.text.batching import IdPair
from translator.text.tables import Pair

ROWS = 2**16
Row = TypeVar("Row")
Column = tuple[np.ndarray, np.ndarray]
"""All ids of some texts, one text after the other, and the number of ids of each."""


def write_text(path: Path, batches: Iterable[Sequence[Pair]]) -> None:
    """Write pairs of text."""
    kind = pa.large_string()
    rows = itertools.chain.from_iterable(batches)
    chunks = iter(lambda: list(itertools.islice(rows, ROWS)), [])
    _write(path, kind, ([pa.array(side, kind) for side in zip(*c, strict=True)] for c in chunks))


def write_ids(path: Path, chunks: Iterable[tuple[Column, Column]], vocab_size: int) -> None:
    """Write pairs of ids below `vocab_size`, in two bytes each if they fit.

    Each chunk holds the sources and the targets of ROWS pairs; the last chunk may hold fewer.
    """
    kind = pa.uint16() if vocab_size <= 2**16 else pa.uint32()
    columns = ([_lists(column, kind) for column in chunk] for chunk in chunks)
    _write(path, pa.large_list(kind), columns)


def _lists(column: Column, kind: Any) -> Any:
    ids, lengths = column
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, pa.array(ids.astype(kind.to_pandas_dtype())))


def _write(path: Path, kind: Any, chunks: Iterable[list[Any]]) -> None:
    schema = pa.schema([("src", kind), ("tgt", kind)])
    with path.open("wb") as file, pa.ipc.new_file(file, schema) as writer:
        for columns in chunks:
            writer.write_batch(pa.record_batch(columns, schema=schema))


class Stored(Sequence[Row]):
    """Rows of a file: all of them, or some in file order."""

    def __init__(self, path: Path, rows: np.ndarray | None = None) -> None:
        """`rows` are the numbers of the selected rows, ascending; None selects all."""
        with path.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        stored = pa.ipc.open_file(pa.py_buffer(self._memory))
        self._chunks = [stored.get_batch(number) for number in range(stored.num_record_batches)]
        num_rows = sum(map(len, self._chunks))
        self.rows = np.arange(num_rows, dtype=np.int32) if rows is None else rows
        """The number of each row in the file, from 0."""

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        return self.take(np.array([range(len(self))[index]]))[0]

    def __iter__(self) -> Iterator[Row]:
        return itertools.chain.from_iterable(self.batches())

    def __eq__(self, other: object) -> bool:
        """Whether the rows equal those of another sequence, stored or not."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def select(self, places: np.ndarray) -> Self:
        """The rows at these ascending indices."""
        chosen = copy.copy(self)
        chosen.rows = self.rows[places]
        return chosen

    def take(self, places: np.ndarray) -> list[Row]:
        """The rows at these indices, in any order."""
        numbers = self.rows[places].tolist()
        return [self._row(*divmod(number, ROWS)) for number in numbers]

    def batches(self) -> Iterator[list[Row]]:
        """All rows in order, ROWS at a time; the last batch may be smaller."""
        return (self.batch(number) for number in range(self.num_batches))

    @property
    def num_batches(self) -> int:
        """How many lists `batches` gives."""
        return -(-len(self) // ROWS)

    def batch(self, number: int) -> list[Row]:
        """One of `batches`, from 0."""
        numbers = self.rows[number * ROWS : (number + 1) * ROWS]
        ends = np.searchsorted(numbers, np.arange(1, len(self._chunks) + 1) * ROWS)
        parts = enumerate(itertools.pairwise([0, *ends.tolist()]))
        unpacked = (
            self._unpack(chunk, numbers[start:end] - chunk * ROWS)
            for chunk, (start, end) in parts
            if start < end
        )
        batch = list(itertools.chain.from_iterable(unpacked))
        self.give_back()
        return batch

    def give_back(self) -> None:
        """Unmap the pages read so far; rows that are read again are mapped again.

        After a pass over a text, all of it would otherwise count as memory of this process.
        """
        if sys.platform != "win32":
            self._memory.madvise(mmap.MADV_DONTNEED)

    @abstractmethod
    def _row(self, chunk: int, at: int) -> Row:
        """One row of a chunk."""

    @abstractmethod
    def _unpack(self, chunk: int, at: np.ndarray) -> list[Row]:
        """Some rows of a chunk."""


class StoredPairs(Stored[Pair]):
    """Pairs of text."""

    def _row(self, chunk: int, at: int) -> Pair:
        src, tgt = self._chunks[chunk].columns
        return src[at].as_py(), tgt[at].as_py()

    def _unpack(self, chunk: int, at: np.ndarray) -> list[Pair]:
        rows = self._chunks[chunk]
        src, tgt = (rows if len(at) == len(rows) else rows.take(pa.array(at))).columns
        return list(zip(src.to_pylist(), tgt.to_pylist(), strict=True))


class StoredIds(Stored[IdPair]):
    """Pairs of ids."""

    def __init__(self, path: Path, rows: np.ndarray | None = None) -> None:
        super().__init__(path, rows)
        # The same memory as NumPy arrays, which are cheaper to index.
        self._arrays = [
            tuple((side.offsets.to_numpy(), side.values.to_numpy()) for side in chunk.columns)
            for chunk in self._chunks
        ]

    @property
    def lengths(self) -> np.ndarray:
        """(pairs, 2), the numbers of source and target ids."""
        sides = [
            np.concatenate([np.diff(chunk[side][0]) for chunk in self._arrays]) for side in (0, 1)
        ]
        return np.stack(sides, axis=1).astype(np.int32)[self.rows]

    def _row(self, chunk: int, at: int) -> IdPair:
        src, tgt = (ids[ends[at] : ends[at + 1]].tolist() for ends, ids in self._arrays[chunk])
        return src, tgt

    def _unpack(self, chunk: int, at: np.ndarray) -> list[IdPair]:
        return [self._row(chunk, each) for each in at.tolist()]
