"""Files of text and ids that are mapped into memory: what is read is what was written."""

import sys
from pathlib import Path

import numpy as np
import pytest

from translator.text import stored
from translator.text.batching import IdPair, lengths_of
from translator.text.stored import StoredIds, StoredPairs, write_ids, write_text
from translator.text.tables import Pair

PAIRS: list[Pair] = [
    (f"sentence {number}\u2028 \n'ü'", "Satz " * (number % 5)) for number in range(23)
]
IDS: list[IdPair] = [([4 + n % 7] * (1 + n % 3), [65535] * (1 + n % 4)) for n in range(23)]


@pytest.fixture(autouse=True)
def seven_rows_to_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ROWS", 7)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    write_text(tmp_path / "text.arrow", [PAIRS[:3], [], PAIRS[3:20], PAIRS[20:]])
    return tmp_path / "text.arrow"


def write(path: Path, ids: list[IdPair], vocab_size: int) -> None:
    chunks = []
    for start in range(0, len(ids), 7):
        sides = zip(*ids[start : start + 7], strict=True)
        src, tgt = ((np.concatenate(side), np.array(list(map(len, side)))) for side in sides)
        chunks.append((src, tgt))
    write_ids(path, chunks, vocab_size)


def test_text_is_read_as_it_was_written_however_it_came(text: Path) -> None:
    pairs = StoredPairs(text)

    assert list(pairs) == PAIRS
    assert [len(batch) for batch in pairs.batches()] == [7, 7, 7, 2]
    assert pairs == PAIRS
    assert pairs != PAIRS[:-1]
    assert pairs != [*PAIRS[:-1], ("other", "anders")]
    assert [pairs[0], pairs[-1], pairs[13]] == [PAIRS[0], PAIRS[-1], PAIRS[13]]
    assert pairs[5:16:3] == PAIRS[5:16:3]
    with pytest.raises(IndexError):
        pairs[23]


def test_some_rows_are_a_sequence_of_their_own(text: Path) -> None:
    rows = np.array([0, 2, 6, 7, 8, 20, 21, 22], np.int32)
    kept = [PAIRS[row] for row in rows]

    pairs = StoredPairs(text, rows)

    assert len(pairs) == 8
    assert list(pairs) == kept
    assert [len(batch) for batch in pairs.batches()] == [7, 1]
    assert pairs.take(np.array([5, 0, 5])) == [kept[5], kept[0], kept[5]]
    assert list(pairs.select(np.array([1, 4]))) == [kept[1], kept[4]]
    assert list(pairs) == kept


@pytest.mark.parametrize(("vocab_size", "num_bytes"), [(65536, 2), (65537, 4)])
def test_ids_take_two_bytes_where_they_fit_and_come_back_as_lists(
    tmp_path: Path, vocab_size: int, num_bytes: int
) -> None:
    write(tmp_path / "ids.arrow", IDS, vocab_size)

    ids = StoredIds(tmp_path / "ids.arrow")

    assert list(ids) == IDS
    assert ids._arrays[0][0][1].itemsize == num_bytes
    assert ids.lengths.tolist() == lengths_of(IDS).tolist()
    some = ids.select(np.array([3, 9, 22]))
    assert list(some) == [IDS[3], IDS[9], IDS[22]]
    assert some.lengths.tolist() == lengths_of(list(some)).tolist()
    assert type(some[0][0][0]) is int


def test_a_file_without_rows_is_an_empty_sequence(tmp_path: Path) -> None:
    write_text(tmp_path / "empty.arrow", [])

    assert list(StoredPairs(tmp_path / "empty.arrow")) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_after_a_pass_over_a_text_its_pages_no_longer_count_as_memory(tmp_path: Path) -> None:
    write_text(tmp_path / "text.arrow", [[("s" * 2_000_000, "t" * 1_000_000)] * 28])
    pairs = StoredPairs(tmp_path / "text.arrow")

    def mapped() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssFile"))

    before = mapped()
    assert [pairs[row][1][:3] for row in range(28)] == ["ttt"] * 28
    assert mapped() - before > 50_000_000
    assert [len(batch) for batch in pairs.batches()] == [7, 7, 7, 7]
    assert mapped() - before < 10_000_000
    assert pairs[27][0][:3] == "sss"
