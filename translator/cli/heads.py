"""The command `heads`: measures the attention heads of one or two runs over a split."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from translator.cli.parser import Namespace
from translator.cli.selection import held_out_name, load, load_both, names_of_both
from translator.cli.streams import write_line
from translator.compute.files import short_name, write_atomically
from translator.errors import InspectionError, MissingCorpusError
from translator.experiment.held_out import load_held_out, load_links
from translator.experiment.loading import TrainedTranslator
from translator.experiment.run_directory import RunDirectory
from translator.inspection.heads.alignment import Gold, make_gold
from translator.inspection.heads.comparison import (
    HeadComparison,
    compare_runs,
    num_sentences_compared,
)
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.storage import save_report
from translator.inspection.heads.survey import num_sentences_read, readable, report, survey
from translator.inspection.page.reports import heads_html, two_runs_html
from translator.inspection.record import MAX_TOKENS
from translator.inspection.views.head_comparison import as_head_comparison
from translator.inspection.views.heads import as_tables
from translator.text.tables import Pair

logger = logging.getLogger(__name__)


def run(options: Namespace, prog: str) -> int:
    """Measure the heads of one or two runs, and show or save the report."""
    found = _compare(options) if len(options.runs) == 2 else _measure(options)
    if options.json is not None:
        save_report(found, Path(options.json))
        write_line(options.json)
    if options.html is not None:
        write_atomically(Path(options.html), _page(found).encode())
        write_line(options.html)
    if options.json is None and options.html is None:
        write_line(_tables(found))
    return 0


def _page(found: HeadReport | HeadComparison) -> str:
    return heads_html(found) if isinstance(found, HeadReport) else two_runs_html(found)


def _tables(found: HeadReport | HeadComparison) -> str:
    return as_tables(found) if isinstance(found, HeadReport) else as_head_comparison(found)


def _measure(options: Namespace) -> HeadReport:
    chosen, translator = load(next(iter(options.runs), None), options.device)
    pairs = _readable(_pairs(chosen, options), [translator], options)
    gold = _gold(chosen, translator, options)
    with _progress(num_sentences_read(translator, pairs, gold)) as advance:
        found = survey(translator, pairs, advance, gold)
    return report(found, run=short_name(str(chosen)), split=held_out_name(options))


def _compare(options: Namespace) -> HeadComparison:
    """Compare over a split of the first run's corpus."""
    (run_a, run_b), (a, b) = load_both(options.runs, options.device)
    pairs = _readable(_pairs(run_a, options), [a, b], options)
    golds = _gold(run_a, a, options), _gold(run_a, b, options)
    total = num_sentences_compared((a, b), pairs, golds)
    names = names_of_both((run_a, run_b))
    with _progress(total) as advance:
        return compare_runs((a, b), names, pairs, held_out_name(options), golds, advance)


def _pairs(run: RunDirectory, options: Namespace) -> list[Pair]:
    return load_held_out(run, options.split, options.source)[: options.sentences]


def _gold(run: RunDirectory, translator: TrainedTranslator, options: Namespace) -> Gold | None:
    """The gold alignments of the run's own validation split, and of the split that is measured."""
    here = load_links(run, options.split, options.source)
    try:
        validation = load_links(run, "validation")
    except MissingCorpusError:  # a run that keeps no text
        validation = load_links(run, "validation", options.source)
    return make_gold(validation, here, translator.tokenizer)


def _readable(
    pairs: list[Pair], translators: Sequence[TrainedTranslator], options: Namespace
) -> list[Pair]:
    """The pairs that all translators can read. Raises InspectionError where none is left."""
    kept = pairs
    for translator in translators:
        kept = readable(translator.tokenizer, kept)
    why = f"a side is blank or has more than {MAX_TOKENS} tokens"
    if not kept:
        raise InspectionError(
            f"there is nothing to measure: in all {len(pairs)} pairs of {options.split}, {why}; "
            f"choose another --split"
        )
    if len(kept) < len(pairs):
        logger.warning("%d of %d pairs are left out: %s", len(pairs) - len(kept), len(pairs), why)
    return kept


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal. Yields the function that is called with the number of sentences
    just read."""
    with tqdm(total=total, unit="sentence", disable=not sys.stderr.isatty()) as bar:

        def advance(num_done: int) -> None:
            bar.update(num_done)

        yield advance
