"""Parallel text as it stands: from a folder, a file, or a dataset id on the hub."""

import csv
import io
import json
import logging
import re
import tempfile
from pathlib import Path
from typing import Any

from translator.compute.hub import offline_unless_reachable, quiet_datasets
from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.files import read_text

logger = logging.getLogger(__name__)

Pair = tuple[str, str]
"""(source, target)"""

READERS: dict[str, str] = {
    ".jsonl": "json",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
CSV_OPTIONS: dict[str, dict[str, Any]] = {
    ".csv": {"delimiter": ","},
    # Quotation marks are text here: lines of TSV often have a single one.
    ".tsv": {"delimiter": "\t", "quoting": csv.QUOTE_NONE},
}
SHARD = re.compile(r"-\d+-of-\d+$")
"""train-00000-of-00002.parquet is a part of train."""
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
SPLIT_NAMES = {"val": "validation", "valid": "validation", "dev": "validation"}


def read_splits(config: CorpusConfig) -> dict[str, list[Pair]]:
    """The splits that the source has, as they stand there. Raises CorpusError."""
    path = Path(config.source).expanduser()
    try:
        if path.is_dir():
            found = _read_folder(path, config)
        elif path.is_file():
            found = {"train": _read_table([path], "train", config)}
        else:
            found = _read_hub(config)
    except OSError as error:
        raise CorpusError(f"{error.filename or path} cannot be read: {error.strerror}") from None
    splits: dict[str, list[Pair]] = {}
    for name, pairs in found.items():
        canonical = SPLIT_NAMES.get(name, name)
        if canonical in splits:
            raise CorpusError(f"{path} has {canonical} twice: {', '.join(found)}; remove one")
        splits[canonical] = pairs
    for name, pairs in splits.items():
        if not pairs:
            raise CorpusError(f"{path}: the {name} split is empty")
    return splits


def _read_folder(folder: Path, config: CorpusConfig) -> dict[str, list[Pair]]:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    sides = (config.src_column, config.tgt_column)
    plain: dict[str, dict[str, Path]] = {}  # split -> side -> file
    tables: dict[str, list[Path]] = {}  # split -> files
    for file in files:
        stem, _, side = file.name.removesuffix(".gz").rpartition(".")
        if side in sides and stem:
            other = plain.setdefault(stem, {}).setdefault(side, file)
            if other != file:
                raise CorpusError(f"{folder} has both {other.name} and {file.name}: remove one")
        elif file.suffix in READERS:
            tables.setdefault(SHARD.sub("", file.stem), []).append(file)
    if plain:
        return {split: _read_plain(folder, split, plain[split], sides) for split in plain}
    if tables:
        return {split: _read_table(tables[split], split, config) for split in tables}
    names = ", ".join(file.name for file in files[:10]) or "no files"
    raise CorpusError(
        f"{folder} has no parallel text, only {names}: it needs train.jsonl (or .json, .csv, .tsv, "
        f".parquet), or train.{sides[0]} and train.{sides[1]}; val and test likewise"
    )


def _read_plain(
    folder: Path, split: str, files: dict[str, Path], sides: tuple[str, str]
) -> list[Pair]:
    for side, other in (sides, sides[::-1]):
        if side not in files:
            raise CorpusError(f"{files[other]} has no partner: {folder / split}.{side} is missing")
    src, tgt = (_lines(files[side]) for side in sides)
    if len(src) != len(tgt):
        raise CorpusError(
            f"{files[sides[0]]} has {len(src)} lines but {files[sides[1]]} has {len(tgt)}: "
            "they must correspond line by line"
        )
    return list(zip(src, tgt, strict=True))


def _lines(file: Path) -> list[str]:
    # Not splitlines(), which also breaks at U+2028 and others that stand inside a sentence.
    lines = read_text(file).split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _read_table(files: list[Path], split: str, config: CorpusConfig) -> list[Pair]:
    """The pairs of one split, read by the same library as those of the hub."""
    kinds = {file.suffix for file in files}
    if len(kinds) > 1:
        raise CorpusError(f"{split} is there as {', '.join(sorted(kinds))}: keep one of them")
    kind = kinds.pop()
    if kind not in READERS:
        raise CorpusError(f"{files[0]} is of no known kind: {', '.join(READERS)} are read")
    for file in files:
        _check_table(file, config)
    options: dict[str, Any] = {}
    if kind in CSV_OPTIONS:
        sides = [config.src_column, config.tgt_column]
        # Text stays text: no "NA" that becomes nothing, no "007" that becomes 7.
        text_only = {"converters": dict.fromkeys(sides, str), "keep_default_na": False}
        options = {"usecols": sides, **text_only, **CSV_OPTIONS[kind]}
    datasets = quiet_datasets()
    # Its cache would outlive the files: read anew each time, in a folder that goes away.
    with tempfile.TemporaryDirectory() as cache:
        try:
            dataset = datasets.load_dataset(
                READERS[kind],
                data_files=[str(file) for file in files],
                split="train",
                cache_dir=cache,
                keep_in_memory=True,
                **options,
            )
        except Exception as error:  # of any library underneath; all mean an unreadable file
            names = ", ".join(map(str, files))
            raise CorpusError(f"{names} cannot be read: {_cause(error)}") from None
        return _pairs(dataset, split, config)


def _check_table(file: Path, config: CorpusConfig) -> None:
    """Find what is wrong with a file, and where: the library underneath does not say."""
    if file.suffix == ".parquet":
        return
    text = read_text(file)
    if not text.strip():
        raise CorpusError(f"{file} is empty")
    if file.suffix in CSV_OPTIONS:
        _check_csv(file, text, config)
    else:
        _check_json(file, text)


def _check_json(file: Path, text: str) -> None:
    if text.lstrip().startswith("["):
        return  # one array: what is wrong with it has no line of its own
    for i, line in enumerate(text.split("\n"), start=1):
        try:
            row = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError as error:
            raise CorpusError(
                f"{file} line {i} column {error.colno} is no JSON: {error.msg}"
            ) from None
        if not isinstance(row, dict):
            raise CorpusError(f"{file} line {i} is no JSON object: {line[:50]}")


def _check_csv(file: Path, text: str, config: CorpusConfig) -> None:
    """The library underneath shifts or fills up rows that do not fit the header."""
    rows = csv.reader(io.StringIO(text, newline=""), **CSV_OPTIONS[file.suffix])
    header: list[str] = []
    try:
        header = next(rows)
        _check_columns(header, str(file), config)
        for row in rows:
            if row and len(row) != len(header):
                raise CorpusError(
                    f"{file} line {rows.line_num} has {len(row)} fields: "
                    f"the header has {len(header)}"
                )
    except csv.Error as error:
        raise CorpusError(f"{file} line {rows.line_num} cannot be read: {error}") from None
    if rows.line_num == 1:
        raise CorpusError(f"{file} has a header but no rows")


def _read_hub(config: CorpusConfig) -> dict[str, list[Pair]]:
    source = config.source
    missing = f"{source}: no such file or folder in {Path.cwd()}"
    if not HUB_ID.fullmatch(source):
        raise CorpusError(f"{missing}, and no dataset id (owner/name) either")
    datasets = quiet_datasets()
    try:
        with offline_unless_reachable(datasets):
            found = datasets.load_dataset(source, revision=config.revision)
    except ConnectionError:
        raise CorpusError(
            f"{missing}, and the dataset hub cannot be reached: check corpus.source and the "
            "network, or use a local copy, --corpus.source PATH"
        ) from None
    except Exception as error:  # of any library underneath
        raise CorpusError(f"{missing}, and the dataset hub says: {_cause(error)}") from None
    return {str(split): _pairs(found[split], str(split), config) for split in found}


def _cause(error: BaseException) -> str:
    return (str(error.__cause__ or error) or repr(error)).splitlines()[0]


def _pairs(dataset: Any, split: str, config: CorpusConfig) -> list[Pair]:
    """Two columns of a table, at its top or inside a column `translation`."""
    where = f"{config.source}, split {split}"
    columns = list(dataset.column_names)
    sides = (config.src_column, config.tgt_column)
    if "translation" in columns and not set(sides) <= set(columns):
        rows = dataset.select_columns(["translation"])[:]["translation"]
        inner = sorted({key for row in rows if row for key in row})
        _check_columns(inner, where, config, "translation.")
        values = ([(row or {}).get(side) for row in rows] for side in sides)
    else:
        _check_columns(columns, where, config)
        table = dataset.select_columns(list(sides))[:]
        values = (table[side] for side in sides)
    src, tgt = (
        [_text(value, side, row, where) for row, value in enumerate(column, start=1)]
        for side, column in zip(sides, values, strict=True)
    )
    return list(zip(src, tgt, strict=True))


def _check_columns(columns: list[str], where: str, config: CorpusConfig, prefix: str = "") -> None:
    for side in (config.src_column, config.tgt_column):
        if side not in columns:
            listed = ", ".join(prefix + column for column in columns)
            raise CorpusError(
                f"{where} has no column {side}: it has {listed}; "
                "name them with corpus.src_column and corpus.tgt_column"
            )


def _text(value: object, column: str, row: int, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CorpusError(f"{where}, row {row}: {column} is no text but {value!r}")
    return value
