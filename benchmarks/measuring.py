"""What the benchmarks share: processes, environments for peers, medians, one table.

Standard library only, because the programs in systems/ also import this module inside a peer's
environment. Each program measures one system in its own process and ends by calling `report`.
"""

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
PEERS = Path.home() / ".cache" / "translator-benchmarks"
COMMAND_LINE = {"GOMP_SPINCOUNT": "5000"}
"""What prepare_process sets before torch is imported; keep_freed_memory is its other half."""
SPEED = "speed"
"""The measurement that tables compare, in units per second."""
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of getrusage's ru_maxrss."""

Measured = Mapping[str, Any]
"""What a process reported: `speed`, `threads`, `version`, `peak_mb`, and any further values."""


@dataclass(frozen=True, kw_only=True)
class System:
    """One system to measure: a program of systems/, a Python to run it, and its arguments."""

    program: str
    arguments: Sequence[str | Path] = ()
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)


def report(speed: float, *, version: str, threads: int, **more: object) -> None:
    """End a program of systems/: print its measurements as the last line of the output."""
    values = {SPEED: speed, "version": version, "threads": threads, "peak_mb": _peak_mb(), **more}
    print(json.dumps(values))


def refuse(message: str) -> NoReturn:
    """Exit with a sentence that says what is wrong."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def measure(system: System) -> Measured:
    """Run a system once. On failure, exits with one sentence and the system's last output."""
    done = subprocess.run(
        [system.python, HERE / "systems" / system.program, *system.arguments],
        env={**os.environ, **system.environment, "PYTHONPATH": _python_path()},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        refuse(f"systems/{system.program} ended with code {done.returncode}: {last}")
    measured: Measured = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


def alternate(systems: Mapping[str, System], rounds: int) -> dict[str, list[Measured]]:
    """Measure every system once per round, so that other load on the machine affects all alike."""
    measured: dict[str, list[Measured]] = {name: [] for name in systems}
    for number in range(1, rounds + 1):
        for name, system in systems.items():
            print(f"round {number} of {rounds}: {name} ...", file=sys.stderr, flush=True)
            measured[name].append(measure(system))
    return measured


def median(measured: Sequence[Measured], name: str = SPEED) -> float:
    """The median of one value over the rounds."""
    return float(statistics.median(values[name] for values in measured))


def median_ratio(ours: Sequence[Measured], theirs: Sequence[Measured]) -> float:
    """How many times as fast ours is: the median of the ratios within each round."""
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(our[SPEED] / their[SPEED] for our, their in pairs))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table with columns as wide as needed, the first flush left."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    for first, *others in lines:
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        print("| " + " | ".join([f"{first:<{widths[0]}}", *cells]) + " |")


def print_machine() -> None:
    """Print the machine that the measurements were taken on."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")


def peer_python(peers: Path, name: str) -> Path:
    """The Python of a peer's environment, which is made from systems/NAME.txt once, then reused.

    The environment gets our version of torch. Exits with one sentence if it cannot be made.
    """
    requirements = HERE / "systems" / f"{name}.txt"
    torch = f"torch=={metadata.version('torch').split('+')[0]}"
    wanted = hashlib.sha256(f"{torch}\n{requirements.read_text()}".encode()).hexdigest()
    folder = peers / name
    python, stamp = folder / "bin" / "python", folder / "requirements.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"installing {name} into {folder}, once ...", file=sys.stderr, flush=True)
    try:
        venv.create(folder, clear=True, with_pip=True)
        # Install torch alone first: together with other packages, pip may choose another build.
        for what in ([torch], [torch, "--requirement", str(requirements)]):
            pip = [str(python), "-m", "pip", "install", "--quiet", *what]
            subprocess.run(pip, check=True, stderr=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        last = [line for line in said.splitlines() if line.startswith("ERROR")] or [said.strip()]
        refuse(f"{name} cannot be installed into {folder}: {last[-1]}")
    stamp.write_text(wanted)
    return python


def parser(description: str, systems: Sequence[str]) -> argparse.ArgumentParser:
    """A parser with the options that all comparisons with peers share."""
    options = argparse.ArgumentParser(
        description=description.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("--source", required=True, help="folder of the corpus, as for training")
    options.add_argument("--systems", nargs="+", choices=systems, default=systems)
    options.add_argument("--rounds", type=int, default=5, help="runs of each system")
    options.add_argument("--peers", type=Path, default=PEERS, help="where peers are installed")
    return options


def _peak_mb() -> float:
    """The peak memory of this process or of one of its children, in MB (10**6 bytes)."""
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * RSS_UNIT
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count the parent's memory before the exec as well
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return max(int(line.split()[1]) * 1024, of_children) / 1e6
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT, of_children) / 1e6


def _python_path() -> str:
    """PYTHONPATH with this module's folder and the repository before the previous entries."""
    before = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(HERE), str(HERE.parent), *([before] if before else [])])
