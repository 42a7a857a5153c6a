"""The living page of a run, kept only if it translates as the run does."""

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import replace

from translator.compute.files import short_name
from translator.decoding.translator import Translator
from translator.errors import MissingCorpusError, RunError
from translator.experiment.agreement import NUM_COMPARED, Agreement, compare
from translator.experiment.held_out import load_held_out
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.inspection.explanation import measure_faithfulness
from translator.inspection.inspection import Inspection
from translator.inspection.learning import Learning
from translator.inspection.page.engine import Precision, rounded
from translator.inspection.page.opening import choose_opening
from translator.inspection.page.page import as_html, check_size
from translator.inspection.record import inspect_translation
from translator.text.tables import Pair

logger = logging.getLogger(__name__)

_LANGUAGE = re.compile(r"[a-z]{2,3}")

NUM_CHECKS = 20
"""Validation sentences with which the page checks itself, and on which it reports how well
attention explains the output."""
NUM_EXAMPLES = 8
"""Sentences that the page offers to its reader."""


def page_of_run(
    run: RunDirectory,
    translator: Translator,
    precision: Precision,
    *,
    text: str | None = None,
    tgt: str | None = None,
    source: str | None = None,
    over_training: bool = False,
) -> str:
    """The page of a run, opened with `text`, by default the most instructive of the probe
    sentences.

    `translator` is that of the run, with the search of the page. Validation sentences are read from
    `source`, by default from the run or, if it keeps none, from its corpus; if the corpus is gone,
    the probe sentences replace them. With `over_training`, the page also has the weights that
    training kept. Raises InspectionError for models or a text that are too large, and RunError if
    the page would translate too differently, if there is no sentence at all, or if no weights were
    kept.
    """
    translator = translator.whole()
    kept = _kept_steps(run) if over_training else []
    check_size(translator, len(kept))
    probes = [probe.text for probe in run.learning_record.probes()]
    pairs = _held_out(run, translator, probes, source)
    sentences = [src for src, _ in pairs if _is_whole(translator, src)]
    examples = list(dict.fromkeys([*probes, *sentences]))[:NUM_EXAMPLES]
    if text is None and not examples:
        raise RunError(
            f"the validation text of {run} has no sentence of 1 to {translator.max_src_length} "
            "tokens: give a sentence for the page to open with"
        )
    theirs = rounded(translator, precision)
    agreement = compare(translator, theirs.translate, precision, pairs)
    if not agreement.is_close:
        raise RunError(_refusal(run, agreement))
    logger.info("the page in %s: %s", precision, agreement)
    looked_at = (inspect_translation(theirs, sentence) for sentence in sentences[:NUM_CHECKS])
    name, donor = short_name(run.hub_id or run.path), run.init_from()
    return as_html(
        translator,
        name=name if run.step is None else f"{name}@{run.step}",
        precision=precision,
        text=_most_telling(examples, theirs) if text is None else text,
        tgt=tgt,
        checks=sentences[:NUM_CHECKS],
        examples=examples,
        languages=_languages(run),
        faithfulness=measure_faithfulness(looked_at, theirs),
        learning=_learning(run),
        begins_with=donor and short_name(donor),
        then=[(step, load_translator(replace(run, step=step))) for step in kept],
    )


def _learning(run: RunDirectory) -> Learning | None:
    """None if nothing was recorded."""
    learning = run.learning_record.load(short_name(run.hub_id or run.path))
    return learning if learning and learning.snapshots else None


def _kept_steps(run: RunDirectory) -> list[int]:
    steps = run.kept_steps()
    if not steps:
        raise RunError(
            f"{run.path} kept no weights over its training: train with --training.keep_weights 8, "
            f"or leave --weights_over_training out"
        )
    return steps


def _most_telling(examples: Sequence[str], translator: Translator) -> str:
    """The first one with a row where an exchange of two notable weights changes the word; else with
    any row where an exchange does; else the first. Where the model only guesses, the page had
    better not open: of such sentences nothing counts."""
    telling = []
    for text in examples:
        inspection = inspect_translation(translator, text)
        opening = choose_opening(inspection, translator)
        telling.append(_is_sure(inspection) * (opening.is_replaced + opening.is_divided))
    return examples[telling.index(max(telling))]


def _is_sure(inspection: Inspection) -> bool:
    """Whether the model gives each token that it wrote a probability above one half."""
    return bool(inspection.logprobs.min() > math.log(0.5))


def _languages(run: RunDirectory) -> tuple[str, str] | None:
    """The columns of the corpus, if their names are language codes of HTML: en, de."""
    corpus = run.load_config().corpus
    columns = corpus.src_column, corpus.tgt_column
    return columns if all(map(_LANGUAGE.fullmatch, columns)) else None


def _held_out(
    run: RunDirectory, translator: Translator, probes: Sequence[str], source: str | None
) -> list[Pair]:
    """Validation pairs; if their corpus is gone, probe sentences with the run's translations."""
    try:
        return load_held_out(run, "validation", source)
    except MissingCorpusError as error:
        if source is not None or not probes:
            raise
        logger.warning(
            "%s: the page is compared with the run on only its %d probe sentences instead of %d "
            "validation sentences; name the place of the corpus with --source",
            error,
            len(probes),
            NUM_COMPARED["float16"],
        )
        return list(zip(probes, translator.translate(probes), strict=True))


def _is_whole(translator: Translator, text: str) -> bool:
    """Whether the text is not blank and is translated whole, as on the page."""
    return 1 < len(translator.tokenizer.encode(text)) <= translator.max_src_length  # </s> is one


def _refusal(run: RunDirectory, agreement: Agreement) -> str:
    way_out = {
        "int8": "leave --weights out",
        "float16": "take --weights float32",
        "float32": "use --json, --npz or the pictures instead",
    }
    return (
        f"{run} has no page in {agreement.precision}: {agreement}; {agreement.bound}: "
        f"{way_out[agreement.precision]}"
    )
