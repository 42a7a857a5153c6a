"""What keeping freed memory in the process gives training steps of the default model.

    python benchmarks/kept_memory.py

Alternating with and without translator.memory.keep_freed_memory, each in a process of its own;
medians of RUNS and of the ratios.
"""

import os
import statistics
import subprocess
import sys

from waiting_threads import STEPS

RUNS = 5
KEEP = "from translator.memory import keep_freed_memory; keep_freed_memory()\n"


def tokens_per_second(program: str) -> float:
    """Target tokens a second of training steps in a process of their own."""
    environment = {**os.environ, "GOMP_SPINCOUNT": "1000"}
    return float(subprocess.check_output([sys.executable, "-c", program], env=environment))


def main() -> None:
    """Print both rates and their ratio."""
    pairs = [(tokens_per_second(STEPS), tokens_per_second(KEEP + STEPS)) for _ in range(RUNS)]
    without, kept = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"target tokens/s: {without:,.0f} without, {kept:,.0f} kept; median ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
