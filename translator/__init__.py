"""Train an English-German transformer, translate with it, and inspect its cross-attention.

import translator
german = translator.load("runs/scenes").translate(["A dog runs."])
weights = translator.inspect("A dog runs.", run="runs/scenes").weights
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.decoding.translator import Engine, Translator
    from translator.inspection.inspection import Inspection


def load(run: str | Path, device: str = "cpu", engine: "Engine" = "torch") -> "Translator":
    """The translator that `python train.py` left in the run directory `run`.

    With the engine ctranslate2, what `translator export` made of it searches, on the CPU. Raises
    translator.errors.RunError if there is none. Torch is imported here, not before.
    """
    from translator.decoding.translator import load_translator
    from translator.experiment.run_directory import RunDirectory

    return load_translator(RunDirectory(Path(run)), device, engine)


def inspect(
    text: str,
    run: str | Path | None = None,
    *,
    tgt: str | None = None,
    beam_size: int | None = None,
    device: str = "cpu",
) -> "Inspection":
    """What attention did when `run`, by default the newest, translated `text`.

    With `tgt`, what it does as the model reads that translation. `beam_size` 1 is greedy; by
    default the run's. Raises a translator.errors.TranslatorError for what cannot be inspected.
    """
    from dataclasses import replace

    from translator.errors import InspectionError
    from translator.experiment.run_directory import newest_run
    from translator.inspection.record import inspect_pair, inspect_translation

    if tgt is not None and beam_size is not None:
        raise InspectionError("a given translation is not searched for: leave out tgt or beam_size")
    found = load(run if run is not None else newest_run().path, device)
    if tgt is not None:
        return inspect_pair(found, text, tgt)
    if beam_size is not None:
        found.decoding = replace(found.decoding, beam_size=beam_size)
    return inspect_translation(found, text)
