"""How much training a busy neighbour costs, by how OpenMP's threads wait.

    python benchmarks/waiting_threads.py

Times training steps of the default model under several wait policies, on an otherwise idle machine
and beside a process that keeps one core busy. The policies alternate.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import measuring
from measuring import COMMAND_LINE, Measured, System
from training_task import write_default_task

POLICIES = {
    "sleep": {"OMP_WAIT_POLICY": "PASSIVE"},
    "spin 1,000 times": {"GOMP_SPINCOUNT": "1000"},
    "spin 5,000 times (ours)": COMMAND_LINE,
    "spin 20,000 times": {"GOMP_SPINCOUNT": "20000"},
    "spin": {"OMP_WAIT_POLICY": "ACTIVE"},
}


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """While entered, another process keeps one core busy."""
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        neighbour.kill()
        neighbour.wait()


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each policy")
    rounds = parser.parse_args().rounds
    idle: dict[str, list[Measured]] = {policy: [] for policy in POLICIES}
    busy: dict[str, list[Measured]] = {policy: [] for policy in POLICIES}
    with tempfile.TemporaryDirectory() as folder:
        task = write_default_task(Path(folder))
        systems = {
            policy: System(program="train_ours.py", arguments=[task], environment=environment)
            for policy, environment in POLICIES.items()
        }
        for _ in range(rounds):
            for policy, runs in measuring.alternate(systems, 1).items():
                idle[policy] += runs
            with busy_neighbour():
                for policy, runs in measuring.alternate(systems, 1).items():
                    busy[policy] += runs
    measuring.print_machine()
    measuring.print_table(
        [f"target tokens/s, median of {rounds}", "idle machine", "busy neighbour"],
        [
            [policy, *(f"{measuring.median(runs[policy]):,.0f}" for runs in (idle, busy))]
            for policy in POLICIES
        ],
    )


if __name__ == "__main__":
    main()
