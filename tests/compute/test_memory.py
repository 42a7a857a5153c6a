"""Freed memory stays in the process, or is given back on request."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys, torch
from translator.compute.memory import keep_freed_memory

def step():
    buffers = [torch.ones(2_000_000) for _ in range(10)]

assert not sys.argv[1:] or keep_freed_memory()
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.campaign
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator")
def test_buffers_that_every_step_needs_are_not_faulted_in_again() -> None:
    def faults(*argument: str) -> int:
        return int(subprocess.check_output([sys.executable, "-c", PROGRAM, *argument]))

    # The kernel puts the heap at random: how far it grows in place, and so how much can be kept,
    # is another in every process. The fewest faults without are compared with one process with.
    given_back = min(faults() for _ in range(4))
    kept = []
    while len(kept) < 6 and not (kept and kept[-1] < 0.75 * given_back):
        kept.append(faults("keep"))
    assert kept[-1] < 0.75 * given_back, (given_back, kept)


GIVING_BACK = """
from pathlib import Path
from translator.compute.memory import give_back_freed_memory, keep_freed_memory

def own_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))

keep_freed_memory()
buffers = [bytes(range(256)) * 4096 for _ in range(100)]
stays = bytes(range(256)) * 4096  # behind what is freed
del buffers
before = own_mb()
give_back_freed_memory()
print(before - own_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator")
def test_kept_memory_can_be_given_back_once() -> None:
    freed_mb = float(subprocess.check_output([sys.executable, "-c", GIVING_BACK]))
    assert 90 < freed_mb < 110
