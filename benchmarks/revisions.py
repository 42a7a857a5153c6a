"""Is this working tree slower, or larger in memory, than an earlier revision?

    python benchmarks/revisions.py REVISION --run RUN

Times real commands of both trees in turn, each in its own process: training from scratch,
translating the test sentences of the embedded corpus, one sentence from a cold start, and `--help`.
Prints medians over the rounds; a ratio is the median of the ratios within each round. RUN is a
trained run that both revisions can load.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measuring import HERE, RSS_UNIT, print_machine, print_table, refuse

REPOSITORY = HERE.parent
STEPS = 200
COPIES = 4
"""Copies of the test split: enough sentences for processes of their own."""


@dataclass(frozen=True)
class Measured:
    """One command, run once."""

    seconds: float
    peak_mb: float


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("revision", help="what to compare with, as git names it")
    parser.add_argument("--run", type=Path, required=True, help="a run that both can load")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command and tree")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        earlier = unpack(given.revision, folder / "earlier")
        sentences = write_sentences(folder / "sentences.en")
        run = given.run.resolve()
        found: dict[tuple[str, str], list[Measured]] = {}
        for number in range(1, given.rounds + 1):
            print(f"round {number} of {given.rounds} ...", file=sys.stderr, flush=True)
            for tree_name, tree in (("earlier", earlier), ("here", REPOSITORY)):
                for what, command in commands(run, sentences, folder / "trained").items():
                    found.setdefault((what, tree_name), []).append(measure(command, tree))
    print_machine()
    print_table(
        ["command", f"{given.revision}, s", "here, s", "here / it", f"{given.revision}, MB", "MB"],
        [row(what, found) for what in commands(run, sentences, folder)],
    )


def commands(run: Path, sentences: Path, trained: Path) -> dict[str, list[str]]:
    """The commands to time, by name."""
    python, settings = sys.executable, {"max_steps": STEPS, "eval_every": STEPS}
    training = [f"--training.{name}={value}" for name, value in settings.items()]
    translate = [python, "translate.py", "--run", str(run)]
    return {
        f"train.py, {STEPS} steps": [python, "train.py", "--run", str(trained), *training],
        f"translate.py, test x {COPIES}": [*translate, "--input", str(sentences)],
        "translate.py, a sentence": [*translate, "A dog is running."],
        "train.py --help": [python, "train.py", "--help"],
        "translate.py --help": [python, "translate.py", "--help"],
    }


def measure(command: list[str], tree: Path) -> Measured:
    """Run a command in a tree; the files of a training are removed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        refuse(f"in {tree}, {' '.join(command)} ended with code {process.returncode}")
    if "train.py" in command and "--run" in command:
        shutil.rmtree(command[command.index("--run") + 1])
    return Measured(seconds, usage.ru_maxrss * RSS_UNIT / 1e6)


def unpack(revision: str, folder: Path) -> Path:
    """Unpack the files of a revision."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(REPOSITORY), "archive", revision], capture_output=True
    )
    if archive.returncode != 0:
        refuse(f"git knows no revision {revision}: {archive.stderr.decode().strip()}")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


def write_sentences(file: Path) -> Path:
    """Write the source sentences of the test split, COPIES times."""
    lines = (REPOSITORY / "data/scenes/test.jsonl").read_text(encoding="utf-8").splitlines()
    sources = [json.loads(line)["en"] for line in lines]
    file.write_text("\n".join(sources * COPIES) + "\n", encoding="utf-8")
    return file


def row(what: str, found: dict[tuple[str, str], list[Measured]]) -> list[str]:
    """A row of the table: the medians for one command."""
    earlier, here = found[what, "earlier"], found[what, "here"]
    ratios = [ours.seconds / theirs.seconds for ours, theirs in zip(here, earlier, strict=True)]
    seconds = [statistics.median(one.seconds for one in runs) for runs in (earlier, here)]
    peaks = [statistics.median(one.peak_mb for one in runs) for runs in (earlier, here)]
    return [
        what,
        *(f"{value:.2f}" for value in seconds),
        f"{statistics.median(ratios):.3f}",
        *(f"{value:,.0f}" for value in peaks),
    ]


if __name__ == "__main__":
    main()
