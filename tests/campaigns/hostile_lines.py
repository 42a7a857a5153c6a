"""Hostile lines through every way to translate and to inspect, with a trained run; see --help."""

import argparse
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests/support")]

from hostile import (  # noqa: E402
    STRATEGIES,
    Faults,
    faults_of_inspecting,
    faults_of_translating,
    hostile_lines,
)

from translator.compute.device import choose_device  # noqa: E402
from translator.errors import TranslatorError  # noqa: E402
from translator.experiment.loading import load_translator  # noqa: E402
from translator.experiment.run_directory import find_run  # noqa: E402


def main() -> int:
    """Print what held and what failed, way by way. Returns 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", help="run directory; by default the newest run")
    parser.add_argument("--lines", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--longest", type=int, default=200, help="characters of a line (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the lines drawn at random (1)")
    asked = parser.parse_args()
    logging.getLogger("translator").setLevel(logging.ERROR)  # warnings of long lines are expected
    lines = hostile_lines(asked.lines, asked.seed, asked.longest)
    num_failed = 0
    for way, faults in _ways(asked.run, lines):
        num_failed += len(faults)
        print(f"{way}: {len(lines)} tried, {len(lines) - len(faults)} held, {len(faults)} failed")
        for line, fault in faults.items():
            print(f"  {line} {fault}")
    return 1 if num_failed else 0


def _ways(name: str | None, lines: list[str]) -> Iterator[tuple[str, Faults]]:
    run = find_run(name)
    translator = load_translator(run, choose_device("cpu"))
    for way, strategy in STRATEGIES.items():
        yield way, faults_of_translating(translator, lines, strategy)
    try:
        other = load_translator(run, choose_device("cpu"), "ctranslate2")
    except TranslatorError as error:
        print(f"ctranslate2: not tried ({error})")
    else:
        yield "ctranslate2", faults_of_translating(other, lines, STRATEGIES["beam search"])
    yield "inspect", faults_of_inspecting(translator, lines)
    yield "translate.py --json", _faults_of_the_command(run.path, lines)


def _faults_of_the_command(run: Path, lines: list[str]) -> Faults:
    """As many lines out as in, and no traceback."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hostile.en"
        text = "".join(line.replace("\n", " ") + "\n" for line in lines)
        file.write_bytes(text.encode(errors="replace"))
        command = ["translate.py", "--json", "--run", str(run.resolve()), "--input", str(file)]
        done = subprocess.run([sys.executable, *command], cwd=REPOSITORY, capture_output=True)
    num_written = done.stdout.count(b"\n")
    if done.returncode or num_written != len(lines) or b"Traceback" in done.stderr:
        said = done.stderr.decode(errors="replace").splitlines()[-1:]
        return {"all": f"{num_written} lines written, exit code {done.returncode}: {said}"}
    return {}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TranslatorError as refusal:  # as without a trained run
        sys.exit(f"error: {refusal}")
