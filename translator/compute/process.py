"""What is set once for the whole process, before torch is imported."""

import os
import warnings

from translator.compute.memory import keep_freed_memory


def prepare_process() -> None:
    """Let threads spin briefly while they wait for each other, and keep freed memory.

    Numbers stay the same; only speed changes. Environment variables that are already set win.
    """
    # Read by OpenMP when torch is imported. Threads that wait spin for some microseconds, then
    # sleep: sleeping at once costs speed, spinning for long keeps a neighbour's work, or our own
    # other threads, from the cores (benchmarks/waiting_threads.py).
    # A notebook without ipywidgets has a bar of characters, and needs no advice.
    warnings.filterwarnings("ignore", "IProgress not found")
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    keep_freed_memory()
