"""Freed memory stays in the process."""

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
