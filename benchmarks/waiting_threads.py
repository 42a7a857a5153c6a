"""How much training a busy neighbour costs, by how OpenMP's threads wait.

    python benchmarks/waiting_threads.py

Times training steps of the default model under several policies, on an otherwise idle machine and
beside a process that keeps one core busy; alternating, medians of RUNS.
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
from translator.optimization import make_optimizers
from translator.training import Learner, TrainState, training_step
from copy import deepcopy

config = Config()
model = Transformer(config.model, config.tokenizer.vocab_size)
learner = Learner(model, deepcopy(model), make_optimizers(model, config.training), TrainState())
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
RUNS = 3
POLICIES = {
    "sleep": {"OMP_WAIT_POLICY": "PASSIVE"},
    "spin 1,000 times (ours)": {"GOMP_SPINCOUNT": "1000"},
    "spin 20,000 times": {"GOMP_SPINCOUNT": "20000"},
    "spin": {"OMP_WAIT_POLICY": "ACTIVE"},
}


def tokens_per_second(policy: str, is_busy: bool) -> float:
    """Target tokens a second of training steps in a process of their own."""
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if is_busy else None
    try:
        done = subprocess.run(
            [sys.executable, "-c", STEPS],
            env={**os.environ, **POLICIES[policy]},
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
    rates: dict[tuple[str, bool], list[float]] = {}
    for _ in range(RUNS):
        for is_busy in (False, True):
            for policy in POLICIES:
                rates.setdefault((policy, is_busy), []).append(tokens_per_second(policy, is_busy))
    print(f"target tokens/s, median of {RUNS}: {'idle machine':>14} {'busy neighbour':>14}")
    for policy in POLICIES:
        idle, busy = (statistics.median(rates[policy, is_busy]) for is_busy in (False, True))
        print(f"{policy:<33} {idle:>14,.0f} {busy:>14,.0f}")


if __name__ == "__main__":
    main()
