"""Train an English-German transformer, translate with it, and inspect its cross-attention.

import translator
german = translator.load("runs/scenes").translate(["A dog runs."])
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.translation import Engine, Translator


def load(run: str | Path, device: str = "cpu", engine: "Engine" = "torch") -> "Translator":
    """The translator that `python train.py` left in the run directory `run`.

    With the engine ctranslate2, what `translator export` made of it searches, on the CPU. Raises
    translator.errors.RunError if there is none. Torch is imported here, not before.
    """
    from translator.checkpoint import RunDirectory
    from translator.translation import load_translator

    return load_translator(RunDirectory(Path(run)), device, engine)
