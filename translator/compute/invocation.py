"""How this program is called, for messages that say what to type next."""

import shlex
import sys
from pathlib import Path

SCRIPTS = {"train": "python train.py", "translate": "python translate.py"}
"""Commands that a script of their own runs, in a checkout."""


def command(name: str, *arguments: object) -> str:
    """The line that runs a command with these arguments, as it was typed this time, in a shell."""
    called = Path(sys.argv[0])
    if called.stem in ("translator", "seq2see"):  # installed; .exe on Windows
        program = f"{called.stem} {name}"
    elif called.name == "__main__.py" and called.parent.name == "translator":
        program = f"python -m translator {name}"
    else:
        program = SCRIPTS.get(name, f"python -m translator {name}")
    return " ".join([program, *(shlex.quote(str(argument)) for argument in arguments)])
