"""How this program is called and installed, for messages that say what to type next.

Such a line works where it is read: it is quoted for a shell, and names a program that is there.
"""

import os
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path

PROGRAMS = ("translator", "seq2see")
"""What an installation is called by."""
SCRIPTS = ("train.py", "translate.py")
"""Commands that a script of their own runs, in a clone."""
CLONE = Path(__file__).parents[2]
"""Where this package lies; of an installed wheel, among all other packages."""


def command(name: str, *arguments: object) -> str:
    """The line that runs a command with these arguments, as the program was called this time.

    From Python or a notebook it was called in no such way: then the line takes the module.
    """
    return " ".join([_program(name), *(shlex.quote(str(argument)) for argument in arguments)])


def installing(extra: str) -> str:
    """The line that installs what belongs to an extra of pyproject.toml."""
    if (CLONE / "pyproject.toml").is_file():
        place = "." if CLONE.samefile(os.curdir) else str(CLONE)
        return f"pip install -e {shlex.quote(f'{place}[{extra}]')}"
    marked = (need.split(";") for need in metadata.requires("translator") or [])
    needs = [name.strip() for name, *marks in marked if extra in shlex.split(" ".join(marks))]
    return f"pip install {shlex.join(needs)}"


def _program(name: str) -> str:
    called = Path(sys.argv[0])
    if called.stem in PROGRAMS:  # installed; .exe on Windows
        is_on_path = shutil.which(called.stem) == shutil.which(str(called))
        return f"{called.stem if is_on_path else shlex.quote(str(called))} {name}"
    if called.name in SCRIPTS and f"{name}.py" in SCRIPTS:
        return f"{_python()} {shlex.quote(str(called.with_name(f'{name}.py')))}"
    return f"{_python()} -m translator {name}"


def _python() -> str:
    """Debian has no `python` outside of virtual environments."""
    return "python" if shutil.which("python") else Path(sys.executable).stem
