"""Parallel text as it stands: from a folder, a file, or a dataset id on the hub."""

import logging
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from translator.compute.hub import offline_unless_reachable, quiet_datasets
from translator.config import CorpusConfig
from translator.errors import CorpusError, MissingCorpusError
from translator.text.tables import (
    READERS,
    NotParallelError,
    Pair,
    Sides,
    arrow_pairs,
    kind_of,
    read_file_lines,
    read_table,
)

logger = logging.getLogger(__name__)

SHARD = re.compile(r"-\d+-of-(\d+)$")
"""train-00000-of-00002.parquet is a part of train."""
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
SPLIT_NAMES = {"val": "validation", "valid": "validation", "dev": "validation"}
KNOWN_SPLITS = ("train", "validation", "test")
MAX_SPLIT_NAME = 200
"""Bytes. A longer name would leave no room for those of the files that a run writes about it."""

Plain = dict[str, dict[str, Path]]
"""By split, then by side: files of plain text."""
Tables = dict[str, list[Path]]
"""By split: files of rows."""


def read_splits(config: CorpusConfig) -> dict[str, list[Pair]]:
    """The splits that the source has, as they stand there. Raises CorpusError."""
    path = local_path(config.main)
    sides = (config.src_column, config.tgt_column)
    if path is None:
        found = _read_hub(config, sides)
    elif path.is_dir():
        found = _read_folder(path, sides)
    else:
        found = {"train": read_file(path, config)}
    splits: dict[str, list[Pair]] = {}
    for name, pairs in found.items():
        canonical = split_name(name)
        if canonical in splits:
            raise CorpusError(
                f"{config.main} has {canonical} twice: {', '.join(found)}; remove one"
            )
        splits[canonical] = pairs
    for name, pairs in splits.items():
        if not pairs:
            raise CorpusError(f"{config.main}: the {name} split is empty")
    return splits


def local_path(source: str) -> Path | None:
    """The file or folder of this name, None where there is none.

    Raises CorpusError for one that cannot be read.
    """
    path = os.path.expanduser(source)
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # no permission, which is_dir() may take for no folder
        raise CorpusError(f"{source} cannot be read: {error.strerror}") from None
    return Path(path)


def read_file(file: Path, config: CorpusConfig) -> list[Pair]:
    """All pairs of one table. Raises CorpusError."""
    if kind_of(file) not in READERS:
        raise CorpusError(f"{file} is of no known kind: {', '.join(READERS)} are read, also .gz")
    _check_file(file)
    return read_table(file, (config.src_column, config.tgt_column))


def split_name(name: str) -> str:
    """The one name of a split that is called by many: validation for Dev."""
    lower = SPLIT_NAMES.get(name.lower(), name.lower())
    return lower if lower in KNOWN_SPLITS else name


def refuse_overlooked(source: str, splits: Collection[str]) -> None:
    """Raises CorpusError where a folder seems to have one of these splits, in no form that is read.

    Else another would be drawn in its place.
    """
    folder = local_path(source)
    if folder is None or not folder.is_dir():
        return
    names = [file.name for file in sorted(folder.iterdir())]
    overlooked = [name for name in names if split_name(name.split(".")[0]) in splits]
    if overlooked:
        raise CorpusError(
            f"{folder} has {', '.join(overlooked[:10])}, but nothing to read as "
            f"{' or '.join(splits)}: rename it, or convert it to one of {', '.join(READERS)}"
        )


def _read_folder(folder: Path, sides: Sides) -> dict[str, list[Pair]]:
    plain, tables = _sort_files(folder, sides)
    found = {split: _read_plain(folder, split, plain[split], sides) for split in plain}
    for split, files in tables.items():
        if split in plain:
            names = [file.name for file in (*plain[split].values(), files[0])]
            raise CorpusError(f"{folder} has {split} as {' and '.join(names)}: keep one of them")
        try:
            found[split] = _read_tables(split, files, sides)
        except NotParallelError as error:
            if split_name(split) in KNOWN_SPLITS:
                raise
            logger.warning("left out: %s", error)
    if not found:
        names = [file.name for file in sorted(folder.iterdir())]
        raise CorpusError(
            f"{folder} has no parallel text, only {', '.join(names[:10]) or 'no files'}: it needs "
            f"train.jsonl (or {', '.join(READERS)}), or train.{sides[0]} and train.{sides[1]}; "
            "val and test likewise"
        )
    return dict(sorted(found.items()))


def _sort_files(folder: Path, sides: Sides) -> tuple[Plain, Tables]:
    """The files of a folder that may hold text, by what their names say."""
    plain: Plain = {}
    tables: Tables = {}
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read: {error.strerror}") from None
    for file in files:
        if file.name.startswith("."):  # macOS keeps ._train.en beside train.en
            continue
        stem, _, suffix = file.name.removesuffix(".gz").rpartition(".")
        if suffix in sides and stem:
            other = plain.setdefault(stem, {}).setdefault(suffix, file)
            if other != file:
                raise CorpusError(f"{folder} has both {other.name} and {file.name}: remove one")
        elif kind_of(file) in READERS:
            stem = SHARD.sub("", stem)
            tables.setdefault(stem, []).append(file)
        else:
            continue
        _check_file(file)
        if len(os.fsencode(stem)) > MAX_SPLIT_NAME:
            raise CorpusError(f"{file} has too long a name: {MAX_SPLIT_NAME} bytes are the most")
    return plain, tables


def _check_file(file: Path) -> None:
    """Else a folder would count as no text at all, and a named pipe would never end."""
    if not file.is_file():
        raise CorpusError(f"{file} is no ordinary file: move it away, or put one in its place")
    try:
        file.name.encode()
    except UnicodeEncodeError:
        raise CorpusError(f"{str(file)!a} has a name that is not UTF-8: rename it") from None


def _read_plain(folder: Path, split: str, files: dict[str, Path], sides: Sides) -> list[Pair]:
    for side, other in (sides, sides[::-1]):
        if side not in files:
            raise CorpusError(f"{files[other]} has no partner: {folder / split}.{side} is missing")
    src, tgt = (read_file_lines(files[side]) for side in sides)
    if len(src) != len(tgt):
        raise CorpusError(
            f"{files[sides[0]]} has {len(src)} lines but {files[sides[1]]} has {len(tgt)}: "
            "they must correspond line by line"
        )
    return list(zip(src, tgt, strict=True))


def _read_tables(split: str, files: list[Path], sides: Sides) -> list[Pair]:
    """The pairs of one split, in one file or in all its parts."""
    kinds = sorted({kind_of(file) for file in files})
    if len(kinds) > 1:
        raise CorpusError(f"{split} is there as {', '.join(kinds)}: keep one of them")
    stems = {file.name.removesuffix(".gz").rpartition(".")[0] for file in files}
    # How many parts there are, as each part says; a whole file is the only one.
    totals = {int(part[1]) if (part := SHARD.search(stem)) else 1 for stem in stems}
    if not totals == {len(files)} == {len(stems)}:
        names = ", ".join(file.name for file in files[:10])
        raise CorpusError(
            f"{files[0].parent} has {split} as {names}: keep one whole file, or all of its parts"
        )
    return [pair for file in files for pair in read_table(file, sides)]


def _read_hub(config: CorpusConfig, sides: Sides) -> dict[str, list[Pair]]:
    source = config.main
    missing = f"{source}: no such file or folder in {Path.cwd()}"
    if not HUB_ID.fullmatch(source):
        raise MissingCorpusError(f"{missing}, and no dataset id (owner/name) either")
    datasets = quiet_datasets()
    try:
        with offline_unless_reachable(datasets):
            found = datasets.load_dataset(source, revision=config.revision)
    except ConnectionError:
        raise MissingCorpusError(f"{missing}, and the dataset hub cannot be reached") from None
    except Exception as error:  # of any library underneath
        raise MissingCorpusError(f"{missing}, and the dataset hub says: {_cause(error)}") from None
    return {str(split): _hub_pairs(source, str(split), found[split], sides) for split in found}


def _hub_pairs(source: str, split: str, dataset: Any, sides: Sides) -> list[Pair]:
    def read(columns: list[str]) -> Any:
        return dataset.select_columns(columns).with_format("arrow")[:]

    return arrow_pairs(dataset.column_names, read, f"{source}, split {split},", sides)


def _cause(error: BaseException) -> str:
    return (str(error.__cause__ or error) or repr(error)).splitlines()[0]
