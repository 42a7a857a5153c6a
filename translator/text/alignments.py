"""Gold word alignments that come with the texts of a corpus.

Only JSON rows have them: a column `alignment` of pairs [i, j] links word i of the first text in the
row with word j of the second text, from 0, as in data/scenes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from translator.compute.files import write_atomically
from translator.config import CorpusConfig
from translator.text.sources import find_splits, local_corpus
from translator.text.tables import Pair, json_rows, kind_of

Links = list[tuple[int, int]]
"""Source word and target word, from 0."""


def load_alignments(config: CorpusConfig, *splits: str) -> dict[Pair, Links]:
    """The links of the pairs of `splits` that have any; for a split that was sampled from the
    training pairs, looked up among all training pairs.

    A file does not say how its words are counted. Raises CorpusError for one that cannot be read.
    """
    files = _files(config, splits)
    return {pair: links for file in files for pair, links in _aligned(file, config)}


def write_pairs(
    file: Path, pairs: Sequence[Pair], config: CorpusConfig, links: Mapping[Pair, Links]
) -> None:
    """A table of JSON lines with the columns of `config`, and an alignment where a pair has one.

    Raises OSError if it cannot be written.
    """
    rows = (
        {config.src_column: src, config.tgt_column: tgt}
        | ({"alignment": links[src, tgt]} if (src, tgt) in links else {})
        for src, tgt in pairs
    )
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    write_atomically(file, lines.encode())


def _files(config: CorpusConfig, names: Sequence[str]) -> list[Path]:
    """JSON files with the pairs of the splits, each once."""
    if local_corpus(config) is None:
        return []
    splits = find_splits(config)
    found = [splits.get(name) or splits.get("train") for name in names]
    files = dict.fromkeys(file for split in found if split for file in split.files)
    return [file for file in files if kind_of(file) in (".json", ".jsonl")]


def _aligned(file: Path, config: CorpusConfig) -> Iterator[tuple[Pair, Links]]:
    for _, row in json_rows(file)[1]:
        links = _links(row.get("alignment")) if isinstance(row, dict) else None
        if not isinstance(row, dict) or links is None:
            continue
        src, tgt, columns = row.get(config.src_column), row.get(config.tgt_column), list(row)
        if not isinstance(src, str) or not isinstance(tgt, str):
            continue
        # A model from German to English reads the same rows in the other direction.
        if columns.index(config.src_column) > columns.index(config.tgt_column):
            links = sorted((src_at, tgt_at) for tgt_at, src_at in links)
        yield (src, tgt), links


def _links(value: object) -> Links | None:
    """Pairs of whole numbers; None for anything else, which may mean something else."""
    if not isinstance(value, list) or not value:
        return None
    for link in value:
        if not (isinstance(link, list) and len(link) == 2 and all(type(at) is int for at in link)):
            return None
    return [(first, second) for first, second in value]
