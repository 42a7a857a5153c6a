"""Small corpora in every form."""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow
import pyarrow.parquet

from translator.config import CorpusConfig
from translator.text.sources import find_splits
from translator.text.tables import Pair

TRAIN = [("a dog runs", "ein Hund rennt"), ("two cats", "zwei Katzen"), ("a red car", "ein Auto")]
VAL = [("the house", "das Haus")]
TEST = [("some men", "einige Männer"), ("NA", "null")]


def config(source: Path) -> CorpusConfig:
    return CorpusConfig(source=str(source))


def read_splits(config: CorpusConfig) -> dict[str, list[Pair]]:
    return {name: split.pairs() for name, split in find_splits(config).items()}


def write_splits(
    folder: Path,
    suffix: str,
    *,
    train: list[Pair] = TRAIN,
    val: str = "val",
    test: list[Pair] = TEST,
) -> None:
    for name, pairs in {"train": train, val: VAL, "test": test}.items():
        write_table(folder / f"{name}{suffix}", pairs)


def write_plain(folder: Path) -> None:
    for name, pairs in {"train": TRAIN, "val": VAL, "test": TEST}.items():
        for side, texts in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            (folder / f"{name}.{side}").write_text("".join(f"{text}\n" for text in texts))


def write_table(file: Path, pairs: Iterable[Pair], **others: object) -> None:
    rows = [{"en": src, "de": tgt, **others} for src, tgt in pairs]
    if file.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    elif file.suffix == ".csv":
        quoted = [[f'"{side.replace(chr(34), chr(34) * 2)}"' for side in p] for p in pairs]
        file.write_text("\n".join(["en,de", *map(",".join, quoted)]), encoding="utf-8")
    elif file.suffix == ".tsv":
        file.write_text("\n".join(["en\tde", *map("\t".join, pairs)]), encoding="utf-8")
    else:
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        file.write_text("\n".join(lines), encoding="utf-8")
