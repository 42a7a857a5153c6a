"""Fine-tuning: a run that begins with the weights of another, its donor, and learns from new text.

A model that learns new text forgets the old, and only the old text shows how much. So the test sets
of the donor's corpus, and of its own donor's, are scored as well as the run's, with the weights
from before and after training.
"""

import dataclasses
import logging
from collections.abc import Mapping, Sequence

from translator.compute.distributed import World
from translator.compute.files import short_name
from translator.config import TrainingConfig
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.experiment.held_out import DONORS, keeps_text, load_donors_text, load_held_out
from translator.experiment.results import BEFORE
from translator.experiment.run_directory import RunDirectory, find_run
from translator.experiment.scoring import keep_scores, score_split, translate_split
from translator.text.tables import Pair

logger = logging.getLogger(__name__)

MUCH = 2.0
"""BLEU that fine-tuning may lose on the donor's test set before a warning says how to lose less."""


def gentle(training: TrainingConfig) -> TrainingConfig:
    """The donor's training settings, but short and at low learning rates: the defaults of a run
    with a donor, chosen by measurement (docs/fine_tuning.md)."""
    return dataclasses.replace(
        training,
        max_steps=100,
        learning_rate=min(training.learning_rate, 1e-3),
        muon_learning_rate=min(training.muon_learning_rate, 2.5e-3),
        warmup_steps=10,
        eval_every=25,
        log_every=10,
    )


def donor_text(
    run: RunDirectory | None, donor: RunDirectory | None, world: World
) -> dict[str, list[Pair]]:
    """The test text of the donor's corpus under its name in results.json, such as scenes-test, and
    that of earlier donors; from `run`, or from the `donor` if the run has not begun.

    Empty without a donor, or, with a warning, if its text cannot be read.
    """
    # The main process decides: files may differ between machines.
    text, *_ = world.gather([_read_test(run, donor) if world.is_main else {}])
    return text


def _read_test(run: RunDirectory | None, donor: RunDirectory | None) -> dict[str, list[Pair]]:
    name = donor or (run and run.init_from())
    if name is None:
        return {}
    try:
        # A run that has begun goes on as it began: with the text that could be read then.
        if run is not None and keeps_text(run):
            return load_donors_text(run)
        found = find_run(str(name))
        corpus = found.load_config().corpus
        own = {f"{short_name(corpus.main)}{DONORS}": load_held_out(found, "test")}
        return {**load_donors_text(found), **own} if found.init_from() else own
    except TranslatorError as error:
        logger.warning(
            "the test set of %s cannot be read (%s), so what is forgotten will not be scored",
            name,
            error,
        )
        return {}


def score_before(
    run: RunDirectory, texts: Mapping[str, Sequence[Pair]], translator: Translator, world: World
) -> None:
    """Score the initial weights of a run with a donor on its own test text and on the donor's. The
    scores are kept as test-before, and so on."""
    is_heir, *_ = world.gather([world.is_main and run.init_from() is not None])
    if not is_heir:
        return
    for split, pairs in texts.items():
        hypotheses = translate_split(translator, pairs, None, world)
        if world.is_main:
            scores = score_split(split, pairs, hypotheses)
            bleu, chrf = scores.bleu.value, scores.chrf.value
            logger.info("%s before training: BLEU %.2f, chrF %.2f", split, bleu, chrf)
            keep_scores(run, f"{split}{BEFORE}", scores, hypotheses, translator.beam_search())


def log_changes(run: RunDirectory) -> None:
    """Log what the run gained and forgot, with advice if it forgot much."""
    for split, (before, after) in run.results.changes().items():
        logger.info(
            "%s: BLEU %.2f before training, %.2f after; chrF %.2f, %.2f after",
            split,
            *(scores[name]["value"] for name in ("bleu", "chrf") for scores in (before, after)),
        )
        lost = before["bleu"]["value"] - after["bleu"]["value"]
        if lost > MUCH:
            logger.warning(
                "%.1f BLEU of %s is forgotten: to forget less, add the old corpus to "
                "corpus.source, or take fewer steps",
                lost,
                split,
            )
