"""Monolingual text becomes pairs: models write the missing side.

Targets are back-translated (Sennrich et al. 2016), so that the model learns to write text that
people wrote. Sources are forward-translated by an ensemble, so that the model learns what several
models know together.
"""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from translator.compute.files import make_folder, remove_temporary
from translator.config import Config, CorpusConfig, DiversificationConfig, Source
from translator.decoding.strategies import Sampling
from translator.errors import RunError
from translator.experiment.run_directory import RunDirectory
from translator.experiment.translations import TEMPERATURE, Translations
from translator.text.alignments import write_pairs
from translator.text.corpus import Corpus
from translator.text.monolingual import load_monolingual
from translator.text.normalization import folded
from translator.text.tables import Pair

logger = logging.getLogger(__name__)

BACK, FORWARD = "back-translated", "forward-translated"
"""Folders, each a corpus of training pairs only."""
MOST_REPEATS = 3
"""Most repetitions of a word in a row: models that lose track repeat words more often."""


@dataclass(frozen=True, kw_only=True)
class OneLanguage:
    """Files with monolingual text, and how they are translated."""

    src: str | None = None
    tgt: str | None = None
    back_translation: Literal["beam", "sampling"] = DiversificationConfig.back_translation
    tag: str | None = None

    def check(self, backward: Sequence[RunDirectory]) -> None:
        """Raises RunError if there is no model to translate the targets back."""
        if self.tgt is not None and not backward:
            raise RunError(
                f"{self.tgt} is text in the target language, and there is no model to translate it "
                "back: name a run with --backward"
            )

    def load(self, corpus: Corpus, config: CorpusConfig) -> dict[str, list[str]]:
        """The lines to translate, by the folder that their pairs go to. Raises CorpusError."""
        places = {FORWARD: (self.src, config.src_column), BACK: (self.tgt, config.tgt_column)}
        return {
            name: load_monolingual(place, column, corpus, config)
            for name, (place, column) in places.items()
            if place is not None
        }


def one_language(config: Config) -> OneLanguage:
    """The monolingual text in the configuration of a run."""
    corpus, settings = config.corpus, config.diversification
    return OneLanguage(
        src=corpus.monolingual_src,
        tgt=corpus.monolingual_tgt,
        back_translation=settings.back_translation,
        tag=settings.tag,
    )


def translate(
    lines: Mapping[str, Sequence[str]],
    forward: Sequence[RunDirectory],
    backward: Sequence[RunDirectory],
    translations: Translations,
    back_translation: Literal["beam", "sampling"],
) -> dict[str, list[Pair]]:
    """Let the models translate the lines that `OneLanguage.load` returned.

    Returns pairs of source and target by writer: FORWARD, and BACK with a number for each backward
    model. Useless pairs are left out, and counted in the log.
    """
    pairs: dict[str, list[Pair]] = {}
    if texts := lines.get(FORWARD):
        written = translations.by(FORWARD, forward, texts)
        pairs[FORWARD] = [(texts[i], written[i]) for i in _good(FORWARD, texts, written)]
    if texts := lines.get(BACK):
        sampling = Sampling(temperature=TEMPERATURE)
        strategy = sampling if back_translation == "sampling" else None
        for number, run in enumerate(backward, start=1):
            name = f"{BACK}-{number}"
            written = translations.by(name, [run], texts, strategy)
            pairs[name] = [(written[i], texts[i]) for i in _good(name, texts, written)]
    return pairs


def write(
    folder: Path,
    pairs: Mapping[str, Sequence[Pair]],
    config: CorpusConfig,
    tag: str | None,
    *,
    for_teachers: bool = False,
) -> None:
    """Write the pairs of `translate` into subfolders of `folder`, as corpora with the columns of
    `config`.

    The `tag` precedes sources that a model wrote. For teachers, forward-translated text teaches the
    other direction: its target becomes the source, and gets the tag. Raises RunError if a folder
    would have no pairs.
    """
    for each in (BACK, FORWARD):
        names = [name for name in pairs if name.startswith(each)]
        chosen = [pair for name in names for pair in pairs[name]]
        if not names:
            continue
        if not chosen:
            raise RunError(
                f"{folder / each} would be empty, since none of the models' translations is "
                "usable: train the models longer"
            )
        if tag is not None and each == BACK:
            chosen = [(f"{tag} {src}", tgt) for src, tgt in chosen]
        elif tag is not None and for_teachers:
            chosen = [(src, f"{tag} {tgt}") for src, tgt in chosen]
        make_folder(folder / each)
        remove_temporary(folder / each)
        write_pairs(folder / each / "train.jsonl", chosen, config, {})


def final_text(config: Config, folder: Path) -> CorpusConfig:
    """The training text of a run once models have written into `folder`."""
    corpus = config.corpus
    files = {BACK: corpus.monolingual_tgt, FORWARD: corpus.monolingual_src}
    parts = [
        Source(source=str(folder / name), weight=config.diversification.weight)
        for name, file in files.items()
        if file is not None
    ]
    return dataclasses.replace(
        corpus,
        source=(Source(source=str(folder)), *parts) if parts else str(folder),
        temperature=1.0,  # the shares are what `weight` says
        revision=None,
        monolingual_src=None,
        monolingual_tgt=None,
    )


def teacher_text(config: Config, teacher: Config, folder: Path) -> CorpusConfig:
    """The training text of a teacher in a further round: its corpus, and the translations into its
    source language that the round before wrote into `folder`."""
    is_forward = teacher.corpus.src_column == config.corpus.src_column
    written = Source(
        source=str(folder / (BACK if is_forward else FORWARD)), weight=config.diversification.weight
    )
    return dataclasses.replace(teacher.corpus, source=(*teacher.corpus.parts, written))


def _good(name: str, texts: Sequence[str], written: Sequence[str]) -> list[int]:
    """Which texts have a usable translation."""
    dropped = {"without a translation": 0, "copied": 0, "repeating a word": 0}
    kept = []
    for number, (text, translation) in enumerate(zip(texts, written, strict=True)):
        if not translation:
            dropped["without a translation"] += 1
        elif folded(translation) == folded(text):
            dropped["copied"] += 1
        elif _repeats_a_word(translation):
            dropped["repeating a word"] += 1
        else:
            kept.append(number)
    counts = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
    logger.info("%s: %d pairs; dropped: %s", name, len(kept), counts)
    return kept


def _repeats_a_word(text: str) -> bool:
    return any(len(list(run)) > MOST_REPEATS for _, run in groupby(text.split()))
