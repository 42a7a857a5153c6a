"""Parallel text, unchanged, from a folder, files, or a dataset id on the hub.

Splits are found by file names; their text is read on demand, a few thousand pairs at a time.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

from translator.compute.hub import offline_unless_reachable, quiet_datasets
from translator.compute.shipped import find_shipped, shipped
from translator.config import CorpusConfig
from translator.errors import CorpusError, MissingCorpusError
from translator.text.files import read_file_lines, unpacked_name
from translator.text.tables import (
    BATCH,
    KINDS,
    Columns,
    Pair,
    arrow_texts,
    kind_of,
    read_table,
)

SHARD = re.compile(r"-\d+-of-(\d+)$")
"""train-00000-of-00002.parquet is a part of train."""
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
SPLIT_NAMES = {"val": "validation", "valid": "validation", "dev": "validation"}
KNOWN_SPLITS = ("train", "validation", "test")
MAX_SPLIT_NAME = 200
"""Bytes. A longer name would leave no room for the names of the files that a run writes about the
split."""

Sides = tuple[str, str]
"""The names of the columns of source and target."""
Plain = dict[str, dict[str, Path]]
"""Plain-text files, by the part of the name before the side, then by side."""
Tables = dict[str, list[Path]]
"""Files of rows, by split."""


@dataclass(frozen=True)
class SplitText:
    """One split of a source, unread."""

    name: str
    """train, validation, test, or as the source has it."""
    batches: Callable[[], Iterator[list[Pair]]]
    """Reads its pairs in order, a few thousand at a time. Raises CorpusError if they cannot be read
    or there are none, and NotParallelError, possibly at the end, for a table without the
    columns."""
    files: tuple[Path, ...]
    """The files that it is read from; none for a dataset on the hub."""
    version: str = ""
    """Fingerprint of the content of a dataset on the hub."""

    def pairs(self) -> list[Pair]:
        """All of them, in memory."""
        return [pair for batch in self.batches() for pair in batch]


def find_splits(config: CorpusConfig) -> dict[str, SplitText]:
    """The splits that the source has, by name. Raises CorpusError."""
    path = local_corpus(config)
    if path is None:
        found = _find_on_hub(config)
    elif path.is_dir():
        found = _find_in_folder(path, config)
    else:
        found = {"train": find_file(path, config)}
    splits: dict[str, SplitText] = {}
    for split in found.values():
        if split.name in splits:
            raise CorpusError(
                f"{config.main} has {split.name} twice: {', '.join(found)}; remove one"
            )
        splits[split.name] = split
    return splits


def find_file(file: Path, config: CorpusConfig) -> SplitText:
    """All pairs of one table, or of a plain-text file and its counterpart. Raises CorpusError."""
    sides = _sides(config)
    if kind_of(file) in KINDS:
        _check_file(file)
        return _table_split("train", [file], config)
    if name := _plain_name(file, sides):
        prefix = file.parent / name[0]
        return _plain_split("train", prefix, _partners(prefix, sides), config)
    raise CorpusError(
        f"{file} is of an unknown type: the types are {', '.join(KINDS)}, also as .gz and .zst, "
        f"and plain text whose name ends in .{sides[0]} or .{sides[1]}"
    )


def read_texts(place: str, column: str, config: CorpusConfig) -> Iterator[list[str]]:
    """The texts of one language, a few thousand at a time: the lines of a file, or a column of a
    table. Raises CorpusError."""
    file = local_path(place)
    if file is None:
        raise CorpusError(f"{place}: no such file in {Path.cwd()}")
    _check_file(file)
    if kind_of(file) not in KINDS:
        return _some_lines(file)
    return (texts for (texts,) in read_table(file, [column], config.header))


def _some_lines(file: Path) -> Iterator[list[str]]:
    is_empty = True
    for lines in read_file_lines(file):
        is_empty = False
        yield lines
    if is_empty:
        raise CorpusError(f"{file} is empty")


def local_corpus(config: CorpusConfig) -> Path | None:
    """The file or folder of the source, or None. A corpus that comes with the program is given by
    its name. Two plain-text files are given by the name of either, or by their common prefix; one
    of them is returned.

    Raises CorpusError for one that cannot be read.
    """
    if own := find_shipped("data", config.main):
        return own
    path = local_path(config.main)
    if path is not None and (path.is_dir() or kind_of(path) in KINDS):
        return path
    sides = _sides(config)
    prefix = Path(os.path.expanduser(config.main))
    if path is not None and (name := _plain_name(path, sides)):
        prefix = path.parent / name[0]
    files = _partners(prefix, sides)
    return files.get(sides[0]) or files.get(sides[1]) or path


def local_path(source: str) -> Path | None:
    """The file or folder of this name, or None.

    Raises CorpusError for one that cannot be read.
    """
    path = os.path.expanduser(source)
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # no permission, which is_dir() may report as no folder
        raise CorpusError(f"{source} cannot be read: {error.strerror}") from None
    return Path(path)


def split_name(name: str) -> str:
    """The canonical name of a split: validation for Dev."""
    lower = SPLIT_NAMES.get(name.lower(), name.lower())
    return lower if lower in KNOWN_SPLITS else name


def refuse_overlooked(source: str, splits: Collection[str]) -> None:
    """Raises CorpusError if a folder seems to have one of these splits in a form that cannot be
    read.

    Otherwise another split would be sampled instead.
    """
    folder = local_path(source)
    if folder is None or not folder.is_dir():
        return
    names = [file.name for file in sorted(folder.iterdir())]
    overlooked = [name for name in names if split_name(name.split(".")[0]) in splits]
    if overlooked:
        raise CorpusError(
            f"{folder} has {', '.join(overlooked[:10])}, but nothing to read as "
            f"{' or '.join(splits)}: rename it, or convert it to one of {', '.join(KINDS)}"
        )


def _find_in_folder(folder: Path, config: CorpusConfig) -> dict[str, SplitText]:
    """The splits by their names in the folder."""
    sides = _sides(config)
    plain, tables = _sort_files(folder, sides)
    for stem in sorted(plain.keys() & tables.keys()):
        names = [file.name for file in (*plain[stem].values(), tables[stem][0])]
        raise CorpusError(f"{folder} has {stem} as {' and '.join(names)}: keep one of them")
    only = _only_text(plain, tables)
    found = {}
    for stem in sorted([*plain, *tables]):
        name = "train" if stem == only else split_name(stem)
        if stem in plain:
            found[stem] = _plain_split(name, folder / stem, plain[stem], config)
        else:
            _check_parts(stem, tables[stem])
            found[stem] = _table_split(name, tables[stem], config)
    if not found:
        listed = ", ".join(file.name for file in sorted(folder.iterdir())[:10])
        what = f"has no parallel text, only {listed}" if listed else "is empty"
        raise CorpusError(
            f"{folder} {what}: it needs "
            f"train.jsonl (or {', '.join(KINDS)}), or train.{sides[0]} and train.{sides[1]}; "
            "val and test likewise"
        )
    return found


def _only_text(plain: Plain, tables: Tables) -> str | None:
    """A single text is training text whatever its name, such as Tatoeba.de-en of OPUS."""
    texts = [*plain] or [*tables]
    if len(texts) > 1 or any(split_name(name) in KNOWN_SPLITS for name in (*plain, *tables)):
        return None
    return texts[0] if texts else None


def _sort_files(folder: Path, sides: Sides) -> tuple[Plain, Tables]:
    """The files of a folder that may hold text, judged by their names."""
    plain: Plain = {}
    tables: Tables = {}
    for file in _listed(folder):
        if name := _plain_name(file, sides):
            stem = name[0]
            _add_plain(plain, file, name)
        elif kind_of(file) in KINDS:
            stem = SHARD.sub("", _stem(file))
            tables.setdefault(stem, []).append(file)
        else:
            continue
        _check_file(file)
        if len(os.fsencode(stem)) > MAX_SPLIT_NAME:
            raise CorpusError(f"{file} has too long a name: the limit is {MAX_SPLIT_NAME} bytes")
    return plain, tables


def _listed(folder: Path) -> list[Path]:
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read: {error.strerror}") from None
    return [file for file in files if not file.name.startswith(".")]  # macOS keeps ._train.en


def _plain_name(file: Path, sides: Sides) -> tuple[str, str] | None:
    """The part of a plain-text file's name before the side, and the side: train.en, train.en.txt,
    also .gz and .zst. None for other files."""
    stem, _, side = unpacked_name(file.name).removesuffix(".txt").rpartition(".")
    return (stem, side) if stem and side in sides else None


def _add_plain(plain: Plain, file: Path, name: tuple[str, str]) -> None:
    stem, side = name
    other = plain.setdefault(stem, {}).setdefault(side, file)
    if other != file:
        raise CorpusError(f"{file.parent} has both {other.name} and {file.name}: remove one")


def _partners(prefix: Path, sides: Sides) -> dict[str, Path]:
    """The plain-text files whose names are the prefix and a side, by side."""
    plain: Plain = {}
    for file in _listed(prefix.parent) if prefix.parent.is_dir() else []:
        name = _plain_name(file, sides)
        if name and name[0] == prefix.name:
            _add_plain(plain, file, name)
    return plain.get(prefix.name, {})


def _stem(file: Path) -> str:
    return unpacked_name(file.name).rpartition(".")[0]


def _sides(config: CorpusConfig) -> Sides:
    return config.src_column, config.tgt_column


def _check_file(file: Path) -> None:
    """Otherwise a folder would be passed over silently, and a named pipe would never end."""
    if not file.is_file():
        raise CorpusError(
            f"{file} is not an ordinary file: move it away, or replace it by an ordinary file"
        )
    try:
        file.name.encode()
    except UnicodeEncodeError:
        raise CorpusError(f"{str(file)!a} has a name that is not UTF-8: rename it") from None


def _plain_split(
    name: str, prefix: Path, files: dict[str, Path], config: CorpusConfig
) -> SplitText:
    sides = _sides(config)
    for side, other in (sides, sides[::-1]):
        if side not in files:
            raise CorpusError(f"{files[other]} has no counterpart: {prefix}.{side} is missing")
    both = files[sides[0]], files[sides[1]]
    for file in both:
        _check_file(file)
    return SplitText(name, partial(_read_plain, *both, f"{config.main}: the {name} split"), both)


def _read_plain(src: Path, tgt: Path, split: str) -> Iterator[list[Pair]]:
    src_lines, tgt_lines = (chain.from_iterable(read_file_lines(file)) for file in (src, tgt))
    pairs = zip_longest(src_lines, tgt_lines)
    is_empty = True
    while batch := list(islice(pairs, BATCH)):
        if None in batch[-1]:  # one of the files has ended before the other
            counts = [sum(map(len, read_file_lines(file))) for file in (src, tgt)]
            raise CorpusError(
                f"{src} has {counts[0]} lines but {tgt} has {counts[1]}: "
                "they must correspond line by line"
            )
        is_empty = False
        yield batch
    if is_empty:
        raise CorpusError(f"{split} is empty")


def _table_split(name: str, files: Sequence[Path], config: CorpusConfig) -> SplitText:
    """One split, in one file or in all its parts."""

    def batches() -> Iterator[list[Pair]]:
        for file in files:
            yield from _pairs(read_table(file, _sides(config), config.header))

    return SplitText(name, batches, tuple(files))


def _pairs(batches: Iterator[Columns]) -> Iterator[list[Pair]]:
    for src, tgt in batches:
        yield list(zip(src, tgt, strict=True))


def _check_parts(split: str, files: list[Path]) -> None:
    kinds = sorted({kind_of(file) for file in files})
    if len(kinds) > 1:
        raise CorpusError(f"{split} exists as {', '.join(kinds)}: keep one of them")
    stems = {_stem(file) for file in files}
    # The number of parts that each part's name states; a whole file is the only part.
    totals = {int(part[1]) if (part := SHARD.search(stem)) else 1 for stem in stems}
    if not totals == {len(files)} == {len(stems)}:
        names = ", ".join(file.name for file in files[:10])
        raise CorpusError(
            f"{files[0].parent} has {split} as {names}: keep one whole file, or all of its parts"
        )


def _find_on_hub(config: CorpusConfig) -> dict[str, SplitText]:
    source = config.main
    if not HUB_ID.fullmatch(source):
        raise _missing(source, "and it is not a dataset id (owner/name)")
    datasets = quiet_datasets()
    try:
        with offline_unless_reachable(datasets):
            found = datasets.load_dataset(source, revision=config.revision)
    except ConnectionError:
        raise _missing(source, "and the dataset hub cannot be reached") from None
    except Exception as error:  # of any library underneath
        raise _missing(source, f"and the dataset hub says: {_cause(error)}") from None
    return {str(split): _hub_split(str(split), found[split], config) for split in found}


def _missing(source: str, hub: str) -> MissingCorpusError:
    """The error for a `source` that was not found, with the places searched."""
    own = " and ".join(shipped("data"))
    return MissingCorpusError(
        f"{source}: no such file or folder in {Path.cwd()}, {hub} ({own} come with the program)"
    )


def _hub_split(split: str, dataset: Any, config: CorpusConfig) -> SplitText:
    where = f"{config.main}, split {split},"

    def read(columns: list[str]) -> Iterator[Any]:
        return dataset.select_columns(columns).with_format("arrow").iter(BATCH)

    def batches() -> Iterator[list[Pair]]:
        return _pairs(arrow_texts(dataset.column_names, read, where, _sides(config)))

    # The library has no public name for the fingerprint of the content.
    return SplitText(split_name(split), batches, (), dataset._fingerprint)


def _cause(error: BaseException) -> str:
    return (str(error.__cause__ or error) or repr(error)).splitlines()[0]
