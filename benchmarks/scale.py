"""What corpora of any size cost: the start of a training, its memory, the waits of its steps.

    python benchmarks/scale.py --pairs 100000 1000000 5000000 [--source FOLDER] [--against CHECKOUT]

Makes the synthetic corpora once. For each of them, for the embedded corpus and for FOLDER, trains a
tiny model: up to the first step with nothing prepared, again, resumed, with a second training
beside it, and for a few hundred steps with and without subword sampling. CPU seconds include worker
processes. The columns on memory (Linux only):

- `peak`: the most memory that the process held (VmHWM), pages of mapped files included
- `of its own`: anonymous memory (Pss_Anon) of the process and its workers after the first step
- `adds`: how much a second process adds to the sum of proportional shares (Pss)
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measuring import COMMAND_LINE, HERE, PEERS, print_machine, print_table, refuse
from synthetic_corpus import write_corpus

STEPS = 200
SAMPLING = 0.1


@dataclass(frozen=True)
class Program:
    """A checkout, and a folder for its runs and its prepared data."""

    tree: Path
    folder: Path
    threads: int

    @contextmanager
    def training(self, run: str, *options: str) -> Iterator["Training"]:
        """A training process that has taken its steps."""
        log = self.folder / "log.txt"
        command = [sys.executable, str(HERE / "systems" / "start_training.py")]
        with log.open("w") as errors:
            process = subprocess.Popen(
                [
                    *command,
                    *("--started", str(time.time()), "--run", str(self.folder / run)),
                    *options,
                ],
                cwd=self.tree,
                env={
                    **os.environ,
                    **COMMAND_LINE,
                    "PYTHONPATH": str(self.tree),
                    "OMP_NUM_THREADS": str(self.threads),
                    "TRANSLATOR_CACHE": str(self.folder / "cache"),
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        said = [json.loads(line) for line in (process.stdout.readline() for _ in range(2)) if line]
        if len(said) == 2:
            yield Training(process.pid, {**said[0], **said[1]})
            process.stdin.close()
        if process.wait() != 0 or len(said) < 2:
            last = (log.read_text().strip().splitlines() or ["it said nothing"])[-1]
            refuse(f"in {self.tree}, a training ended with code {process.returncode}: {last}")

    def measure(self, run: str, *options: str) -> dict[str, float]:
        """What a training reports about itself."""
        with self.training(run, *options) as training:
            return training.said

    def forget(self) -> None:
        """Remove the prepared data and the runs."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()


@dataclass(frozen=True)
class Training:
    """A process that trains."""

    pid: int
    said: dict[str, float]

    def mb(self, name: str) -> float:
        """A line of the memory of this process and its workers, in MB (10**6 bytes)."""
        return sum(_rollup_mb(pid, name) for pid in [self.pid, *_children(self.pid)])


def main() -> None:
    """Print the tables."""
    given = options()
    print_machine()
    print(f"{given.threads} threads")
    corpora = {"embedded": [], **{Path(s).name: ["--source", s] for s in given.source}}
    for num_pairs in given.pairs:
        print(f"{num_pairs:,} pairs ...", file=sys.stderr, flush=True)
        place = write_corpus(given.folder, num_pairs)
        corpora[f"{num_pairs:,} pairs"] = ["--source", str(place)]
    trees = {"here": HERE.parent, **({"there": given.against} if given.against else {})}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        programs = {
            name: Program(tree.resolve(), Path(folder, name), given.threads)
            for name, tree in trees.items()
        }
        rows = []
        for corpus, source in corpora.items():
            for name, program in programs.items():
                print(f"{corpus}, {name} ...", file=sys.stderr, flush=True)
                program.folder.mkdir(exist_ok=True)
                rows.append([f"{corpus}, {name}", *row(program, source)])
                print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
                program.forget()
    print_table(HEADER, rows)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--pairs", type=int, nargs="*", default=[100_000, 1_000_000, 5_000_000])
    parser.add_argument("--source", nargs="*", default=[], help="folders of other corpora")
    parser.add_argument("--against", type=Path, help="checkout of another revision")
    parser.add_argument("--folder", type=Path, default=PEERS / "corpora", help="of the corpora")
    parser.add_argument("--threads", type=int, default=1, help="of each training")
    return parser.parse_args()


HEADER = [
    "corpus",
    "first start, CPU s",
    "s",
    "peak MB",
    "of its own",
    "again, CPU s",
    "s",
    "peak MB",
    "resumed, s",
    "a second adds, MB",
    "plan, s",
    "longest wait, s",
    f"sampling {SAMPLING}",
]


def row(program: Program, source: list[str]) -> list[str]:
    """All measurements of one corpus."""
    with program.training("first", *source, "--hold") as training:
        first, own = training.said, training.mb("Pss_Anon")
    with program.training("again", *source, "--hold") as training:
        again, alone = training.said, training.mb("Pss")
        with program.training("beside", *source, "--hold") as other:
            both = training.mb("Pss") + other.mb("Pss")
    resumed = program.measure("again", "--resume")
    plain = program.measure("plain", *source, f"--steps={STEPS}")
    sampled = program.measure("sampled", *source, f"--steps={STEPS}", f"--sampling={SAMPLING}")
    return [
        f"{first['cpu_seconds']:.1f}",
        f"{first['seconds']:.1f}",
        f"{first['peak_mb']:,.0f}",
        f"{own:,.0f}",
        f"{again['cpu_seconds']:.1f}",
        f"{again['seconds']:.1f}",
        f"{again['peak_mb']:,.0f}",
        f"{resumed['seconds']:.1f}",
        f"{both - alone:,.0f}",
        f"{plain['plan_seconds']:.2f}",
        f"{plain['longest_wait']:.2f}",
        f"{sampled['longest_wait']:.2f}",
    ]


def _rollup_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024 / 1e6


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


if __name__ == "__main__":
    main()
