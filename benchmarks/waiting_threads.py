"""How much training a busy neighbour costs, by how OpenMP's threads wait.

    python benchmarks/waiting_threads.py

Times training steps of the default model with OMP_WAIT_POLICY active and passive, on an otherwise
idle machine and beside a process that keeps one core busy; alternating, medians of five.
"""

import os
import statistics
import subprocess
import sys

STEPS = """
import statistics, time, torch
from translator.config import Config
from translator.distributed import World
from translator.model import Transformer
from translator.optimization import make_optimizer
from translator.training import Learner, TrainState, training_step
from copy import deepcopy

config = Config()
model = Transformer(config.model, config.tokenizer.vocab_size)
learner = Learner(model, deepcopy(model), make_optimizer(model, config.training), TrainState())
generator = torch.Generator().manual_seed(1)
ids = torch.randint(4, config.tokenizer.vocab_size, (78, 13), generator=generator).tolist()
batches = [[(row, row[::-1]) for row in ids]]
seconds = []
for _ in range(15):
    started = time.perf_counter()
    training_step(model, learner, batches, config.training, 1e-3, torch.device("cpu"), World())
    seconds.append(time.perf_counter() - started)
print(len(ids) * len(ids[0]) / statistics.median(seconds[5:]))
"""
RUNS = 5


def tokens_per_second(policy: str, is_busy: bool) -> float:
    """Target tokens a second of training steps in a process of their own."""
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if is_busy else None
    try:
        done = subprocess.run(
            [sys.executable, "-c", STEPS],
            env={**os.environ, "OMP_WAIT_POLICY": policy},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        if neighbour is not None:
            neighbour.kill()
    return float(done.stdout)


def main() -> None:
    """Print a table of medians."""
    cases = [(policy, is_busy) for is_busy in (False, True) for policy in ("ACTIVE", "PASSIVE")]
    rates: dict[tuple[str, bool], list[float]] = {case: [] for case in cases}
    for _ in range(RUNS):
        for policy, is_busy in cases:
            rates[policy, is_busy].append(tokens_per_second(policy, is_busy))
    print(f"{'neighbour':<10} {'active':>10} {'passive':>10}   target tokens/s, median of {RUNS}")
    for is_busy in (False, True):
        active, passive = (
            statistics.median(rates[policy, is_busy]) for policy in ("ACTIVE", "PASSIVE")
        )
        print(f"{'busy' if is_busy else 'none':<10} {active:>10.0f} {passive:>10.0f}")


if __name__ == "__main__":
    main()
