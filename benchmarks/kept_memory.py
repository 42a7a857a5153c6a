"""How keeping freed memory in the process changes the speed of the default model's training steps.

    python benchmarks/kept_memory.py

Compares steps with and without translator.memory.keep_freed_memory, each in its own process,
alternating. Prints the medians over RUNS runs and the median of the ratios.
"""

import tempfile
from pathlib import Path

import measuring
from measuring import COMMAND_LINE, System
from training_task import write_default_task

RUNS = 5


def main() -> None:
    """Print a table of medians."""
    with tempfile.TemporaryDirectory() as folder:
        task = write_default_task(Path(folder))
        without = System(program="train_ours.py", arguments=[task], environment=COMMAND_LINE)
        kept = System(
            program="train_ours.py", arguments=[task, "--keep_memory"], environment=COMMAND_LINE
        )
        measured = measuring.alternate({"without": without, "kept": kept}, RUNS)
    measuring.print_machine()
    measuring.print_table(
        ["freed memory", f"target tokens/s, median of {RUNS}", "kept / it"],
        [
            [
                name,
                f"{measuring.median(runs):,.0f}",
                f"{measuring.median_ratio(measured['kept'], runs):.2f}",
            ]
            for name, runs in measured.items()
        ],
    )


if __name__ == "__main__":
    main()
