"""How this program is called and installed, for messages that say what to type next.

Such a line can be pasted into a shell: it is quoted, and names an existing program.
"""

import os
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "seq2see"
PROGRAMS = ("translator", "seq2see")
"""Names of the installed program."""
SCRIPTS = ("train.py", "translate.py")
"""Commands with a script of their own in a clone."""
CLONE = Path(__file__).parents[2]
"""The folder that contains this package; for an installed wheel, that of all packages."""


def command(name: str, *arguments: object) -> str:
    """The line that runs a command with these arguments, in the way that the program was called.

    If it was called from Python or a notebook, the line uses the module.
    """
    return " ".join([_program(name), *(shlex.quote(str(argument)) for argument in arguments)])


def installing(extra: str) -> str:
    """The line that installs an extra of pyproject.toml."""
    if (CLONE / "pyproject.toml").is_file():
        place = "." if CLONE.samefile(os.curdir) else str(CLONE)
        return f"pip install -e {shlex.quote(f'{place}[{extra}]')}"
    marked = (need.split(";") for need in metadata.requires(DISTRIBUTION) or [])
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
    """`python` or `python3`: Debian has no `python` outside of virtual environments."""
    return "python" if shutil.which("python") else Path(sys.executable).stem
