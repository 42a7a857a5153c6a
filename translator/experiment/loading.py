"""Runs become translators: one run, a checkpoint of it, several as an ensemble, or an export."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import torch

from translator.compute.device import Device, choose_device
from translator.compute.invocation import command
from translator.decoding.ctranslate2_engine import CTranslate2Search, check_files
from translator.decoding.search import decode
from translator.decoding.strategies import Strategy
from translator.decoding.translator import Search, Translator
from translator.errors import ConfigError, InspectionError, RunError
from translator.experiment.run_directory import RunDirectory, find_run
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair, inspect_translation
from translator.model.ensemble import Ensemble
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer

Engine = Literal["torch", "ctranslate2"]
"""The search engine: search.py with the model itself, or CTranslate2 with an export of it."""
EXPORT_FACTS = "export.json"
"""File in an export that records the weights it was made from and its number of positions."""


class TrainedTranslator(Translator):
    """The translator of a run, which can also inspect its attention."""

    def inspect(
        self, text: str, tgt: str | None = None, strategy: Strategy | None = None
    ) -> Inspection:
        """The attention of the model while it translates `text`, or while it reads `tgt`.

        Inspects the best translation that `strategy` finds, by default the configured beam search.
        Of an ensemble, only the model of the first run is inspected. Raises InspectionError for a
        text that is blank or too long, and for a `strategy` together with `tgt`.
        """
        if tgt is None:
            return inspect_translation(self, text, strategy)
        if strategy is not None:
            raise InspectionError("tgt is a translation already: leave strategy out")
        return inspect_pair(self, text, tgt)


def load(
    run: str | Path | None = None,
    *,
    device: Device | None = "cpu",
    engine: Engine = "torch",
    ensemble: Sequence[str | Path] = (),
) -> TrainedTranslator:
    """The translator of `run`: a run directory, RUN@STEP, owner/name on the hub, or the newest run.

    The runs in `ensemble` decode together with `run`: each token is chosen by the mean of all
    probabilities. The engine ctranslate2 searches on the CPU, with an export of the run
    (`translator export`). The device None is the GPU, if there is one. Raises a TranslatorError for
    a run that cannot be loaded.
    """
    if isinstance(ensemble, str):
        raise TypeError("ensemble must be a list of runs, not one string: put it into a list")
    others = [find_run(name) for name in ensemble]
    return load_translator(find_run(run), choose_device(device), engine, others)


def inspect(
    text: str,
    run: str | Path | None = None,
    *,
    tgt: str | None = None,
    strategy: Strategy | None = None,
    device: Device | None = "cpu",
) -> Inspection:
    """Short for `load(run).inspect(text, tgt, strategy)`; for several texts, load the run once."""
    return load(run, device=device).inspect(text, tgt, strategy)


def load_translator(
    run: RunDirectory,
    device: str | torch.device = "cpu",
    engine: Engine = "torch",
    others: Sequence[RunDirectory] = (),
) -> TrainedTranslator:
    """A translator with the finished model of a run and an `engine`; with `others`, an ensemble.

    Raises RunError if there is no model, or if `others` have another vocabulary, and ConfigError
    for an ensemble in CTranslate2.
    """
    if engine not in get_args(Engine):
        raise ConfigError(f"the engine is {engine}: it must be {' or '.join(get_args(Engine))}")
    config, tokenizer = run.load_config(), run.load_tokenizer()
    model, facts = run.load_model(config, tokenizer)
    search: Search | None = None
    max_src_length = facts["max_src_length"]
    if engine == "ctranslate2":
        if others:
            raise ConfigError("the engine ctranslate2 takes one run: leave the ensemble out")
        search = load_export(run, tokenizer)
    elif others:
        loaded = [_load_beside(run, tokenizer, other) for other in others]
        models = [model, *(other for other, _ in loaded)]
        search = partial(decode, Ensemble(models).to(device))
        # Texts are split into parts no longer than the model with the shortest limit takes.
        max_src_length = min(max_src_length, *(longest for _, longest in loaded))
    return TrainedTranslator(
        model.to(device), tokenizer, config.decoding, max_src_length=max_src_length, search=search
    )


def load_export(run: RunDirectory, tokenizer: Tokenizer) -> CTranslate2Search:
    """The export of a run. Raises RunError if it is missing, broken, or of other weights."""
    export = command("export", run, "--format", "ctranslate2")
    folder = run.export_folder("ctranslate2")
    try:
        facts = json.loads((folder / EXPORT_FACTS).read_bytes())
        if facts["weights_sha256"] != run.weights_sha256():
            raise RunError(
                f"{folder} was made from other weights than those in {run.weights_file()}: make it "
                f"again with {export}"
            )
        check_files(folder, dict(facts["files_sha256"]))
        return CTranslate2Search(folder, tokenizer, num_positions=int(facts["num_positions"]))
    except FileNotFoundError:
        raise RunError(f"{run} has no model for CTranslate2: make it with {export}") from None
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise RunError(
            f"{folder} cannot be read ({reason}): make it again with {export}"
        ) from error


def _load_beside(
    run: RunDirectory, tokenizer: Tokenizer, other: RunDirectory
) -> tuple[Transformer, int]:
    """The model of another run over the same vocabulary, and its max_src_length."""
    theirs = other.load_tokenizer()
    if theirs.model != tokenizer.model:
        raise RunError(
            f"{other.path} has another vocabulary than {run.path}: an ensemble needs runs with one "
            "vocabulary, trained with the same corpus and tokenizer settings"
        )
    model, facts = other.load_model(other.load_config(), theirs)
    return model, facts["max_src_length"]
