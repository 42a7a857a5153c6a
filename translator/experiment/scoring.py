"""A held-out split, translated and scored, and the scores kept in the run directory."""

import logging
from collections.abc import Sequence
from dataclasses import asdict

from translator import evaluation
from translator.compute.distributed import World
from translator.decoding.strategies import BeamSearch, Strategy
from translator.decoding.translator import Translator
from translator.errors import BusyError, RunError
from translator.experiment.run_directory import RunDirectory
from translator.text.tables import Pair

logger = logging.getLogger(__name__)


def translate_split(
    translator: Translator, pairs: Sequence[Pair], strategy: BeamSearch | None, world: World
) -> list[str]:
    """Translate the sources of a split, each process its share; all processes return all
    translations."""
    sources = world.share([src for src, _ in pairs])
    return world.gather(translator.translate(sources, strategy))


def score_split(split: str, pairs: Sequence[Pair], hypotheses: Sequence[str]) -> evaluation.Scores:
    """Score translations against the unchanged references."""
    references = [tgt for _, tgt in pairs]
    if not evaluation.bleu_can_rise(references):
        logger.warning(
            "all references of %s are under %d tokens, so exact translations have BLEU 0: use chrF",
            split,
            evaluation.BLEU_ORDER,
        )
    return evaluation.score(hypotheses, references)


def keep_scores(
    run: RunDirectory,
    split: str,
    scores: evaluation.Scores,
    hypotheses: Sequence[str],
    strategy: Strategy,
) -> None:
    """Write scores and translations, already shown, to the run directory.

    Raises RunError if they cannot be written.
    """
    values = {"sentences": len(hypotheses), **asdict(strategy), **asdict(scores)}
    try:
        run.add_result(split, values, hypotheses)
    except OSError as error:
        raise RunError(
            f"the scores of {split} are shown but not kept: {error.filename or run.path} cannot be "
            f"written ({error.strerror}): free some space or make it writable, or copy {run.path} "
            f"elsewhere and try again"
        ) from error
    except BusyError as error:
        raise RunError(f"the scores of {split} are shown but not kept: {error}") from error
