"""The held-out text of a run, kept in its directory: the text that it was validated and scored on.

`held_out/` has a JSON Lines file for each split, with the gold word alignments of the corpus, if
any. Training text is not kept: it can have any size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from translator.compute.files import make_folder
from translator.config import CorpusConfig
from translator.errors import MissingCorpusError
from translator.experiment.run_directory import RunDirectory
from translator.text.alignments import Links, load_alignments, write_pairs
from translator.text.corpus import load_split
from translator.text.sources import find_file, split_name
from translator.text.tables import Pair

SUFFIX = ".jsonl"
DONORS = "-test"
"""Suffix of the name of the test text of another run's corpus."""


def keep_held_out(
    run: RunDirectory,
    splits: Mapping[str, Sequence[Pair]],
    config: CorpusConfig,
    links: Mapping[Pair, Links],
) -> None:
    """Write these splits of the corpus, unchanged, replacing earlier ones.

    Raises OSError if they cannot be written.
    """
    make_folder(run.held_out_folder)
    for split, pairs in splits.items():
        write_pairs(run.held_out_folder / f"{split}{SUFFIX}", pairs, config, links)
    for split, file in _files(run).items():
        if split not in splits:
            file.unlink()


def load_held_out(run: RunDirectory, split: str, source: str | None = None) -> list[Pair]:
    """A split of `source`, or of the run's held-out text, or, if the run keeps no split of that
    name, of its corpus. Raises CorpusError."""
    corpus, kept = run.load_config().corpus, _files(run)
    file = kept.get(split_name(split))
    if source is None and file is not None:
        return find_file(file, corpus).pairs()
    try:
        return load_split(corpus, split, source)
    except MissingCorpusError as error:
        if source is not None or not kept:
            raise
        names = ", ".join(sorted(kept))
        raise MissingCorpusError(f"{run.path} keeps {names}, not {split}, and {error}") from None


def keeps_text(run: RunDirectory) -> bool:
    """Whether `keep_held_out` was called for `run`."""
    return bool(_files(run))


def load_donors_text(run: RunDirectory) -> dict[str, list[Pair]]:
    """The test text of donors that `run` keeps, under names such as scenes-test. Raises
    CorpusError."""
    corpus = run.load_config().corpus
    return {
        split: find_file(file, corpus).pairs()
        for split, file in _files(run).items()
        if split.endswith(DONORS)
    }


def load_links(run: RunDirectory, split: str, source: str | None = None) -> dict[Pair, Links]:
    """The gold word alignments of the pairs that `load_held_out` returns, if any.

    Raises CorpusError.
    """
    corpus, name = run.load_config().corpus, split_name(split)
    place = source or _files(run).get(name)
    there = corpus if place is None else replace(corpus, source=str(place))
    links = load_alignments(there, name)
    return {pair: links[pair] for pair in load_held_out(run, split, source) if pair in links}


def _files(run: RunDirectory) -> dict[str, Path]:
    """Files by split; for a run from the hub, links into the cache."""
    found = run.held_out_folder.glob(f"*{SUFFIX}")
    return {file.name.removesuffix(SUFFIX): file for file in found}
