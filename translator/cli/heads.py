"""The command `heads`: what the heads of a run do and are worth over a split."""

import logging
import sys
from pathlib import Path

from tqdm import tqdm

from translator.cli.parser import Namespace
from translator.cli.selection import held_out_name, load
from translator.cli.streams import write_line
from translator.compute.files import short_name
from translator.errors import InspectionError
from translator.experiment.loading import TrainedTranslator
from translator.inspection.heads.storage import save_report
from translator.inspection.heads.survey import (
    Survey,
    num_sentences_read,
    readable,
    report,
    survey,
)
from translator.inspection.record import MAX_TOKENS
from translator.inspection.views.heads import as_tables
from translator.text.corpus import load_split
from translator.text.tables import Pair

logger = logging.getLogger(__name__)


def run(options: Namespace, prog: str) -> int:
    """Measure heads, and show or save what was found."""
    chosen, translator = load(options.run, options.device)
    corpus = chosen.load_config().corpus
    pairs = load_split(corpus, options.split, options.source)[: options.sentences]
    found = _survey(translator, _readable(translator, pairs, options))
    result = report(found, run=short_name(str(chosen)), split=held_out_name(options))
    if options.json is None:
        write_line(as_tables(result))
    else:
        save_report(result, Path(options.json))
        write_line(options.json)
    return 0


def _readable(translator: TrainedTranslator, pairs: list[Pair], options: Namespace) -> list[Pair]:
    """Raises InspectionError where nothing is left."""
    kept = readable(translator.tokenizer, pairs)
    why = f"a side is blank or has more than {MAX_TOKENS} tokens"
    if not kept:
        raise InspectionError(
            f"there is nothing to measure: of all {len(pairs)} pairs of {options.split}, {why}; "
            f"choose another --split"
        )
    if len(kept) < len(pairs):
        logger.warning(
            "left out: %d of %d pairs, where %s", len(pairs) - len(kept), len(pairs), why
        )
    return kept


def _survey(translator: TrainedTranslator, pairs: list[Pair]) -> Survey:
    """With a progress bar where somebody watches."""
    total = num_sentences_read(translator, pairs)
    with tqdm(total=total, unit="sentence", disable=not sys.stderr.isatty()) as bar:

        def advance(num_done: int) -> None:
            bar.update(num_done)

        return survey(translator, pairs, advance)
