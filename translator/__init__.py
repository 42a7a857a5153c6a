"""Train an English-German transformer, translate with it, and inspect its cross-attention.

import translator
german = translator.load("runs/scenes").translate(["A dog runs."])
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.translation import Translator


def load(run: str | Path, device: str = "cpu") -> "Translator":
    """The translator that `python train.py` left in the run directory `run`.

    Raises translator.errors.RunError if there is none. Torch is imported here, not before.
    """
    from translator.checkpoint import RunDirectory
    from translator.translation import load_translator

    return load_translator(RunDirectory(Path(run)), device)
