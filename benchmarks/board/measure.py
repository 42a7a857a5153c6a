"""Measure an entry of the board: train each seed on two cores, with the clock outside.

    python benchmarks/board/measure.py NAME --source FOLDER --seeds 1 2 3 \
        -- python train.py --config configs/multi30k.yaml

adds `--corpus.source`, `--training.seed` and `--run` to the command, and writes the files of each
seed into benchmarks/board/entries/NAME. entry.json there is yours to write.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from entry import ENTRIES, EntryError, Seed, Validation, save

from translator import evaluation
from translator.config import CorpusConfig
from translator.text.corpus import load_split

CORES = 2
SIDE = 1024
"""Of the square matrices of float32 that are multiplied."""
PRODUCTS = f"""
import time, torch
torch.set_num_threads({CORES})
a, b = torch.rand(2, {SIDE}, {SIDE})
speeds = []
for _ in range(20):
    started = time.perf_counter()
    for _ in range(5):
        a @ b
    speeds.append(5 * 2 * {SIDE}**3 / (time.perf_counter() - started) / 1e9)
print(sorted(speeds)[10])
"""
"""The median of twenty rounds, in thousand million operations a second."""
LOOK_EVERY = 0.1
"""Seconds."""


def main() -> None:
    options = _options()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    folder = ENTRIES / options.name
    folder.mkdir(parents=True, exist_ok=True)
    pairs = load_split(CorpusConfig(source=options.source), "validation")
    with tempfile.TemporaryDirectory() as place:
        for number in options.seeds:
            seed = _measure(options.command, number, options.source, Path(place), folder, pairs)
            save(folder, seed)
            try:
                print(
                    f"seed {number}: {seed.minutes:.1f} minutes on a standard machine", flush=True
                )
            except EntryError as error:  # it stands in the files, and other seeds go on
                print(error, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure an entry of the board.")
    parser.add_argument("name", help="folder of the entry")
    parser.add_argument("--source", required=True, help="Multi30k, as for training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("command", nargs="+", help="after --: what trains")
    return parser.parse_args()


def _measure(
    command: Sequence[str],
    number: int,
    source: str,
    place: Path,
    folder: Path,
    pairs: Sequence[tuple[str, str]],
) -> Seed:
    """One seed, from the start of the command to its end."""
    run, asked = place / f"seed-{number}", [*command, f"--training.seed={number}"]
    # Text that an earlier seed prepared would save this one time.
    environment = {**os.environ, "TRANSLATOR_CACHE": str(place / f"cache-{number}")}
    before = _products()
    validations = _train([*asked, f"--corpus.source={source}", f"--run={run}"], run, environment)
    after = _products()
    hypotheses = _translate(run, [src for src, _ in pairs])
    lines = "".join(f"{hypothesis}\n" for hypothesis in hypotheses)
    (folder / f"seed-{number}.de").write_text(lines, encoding="utf-8")
    for ending, file in (("jsonl", "metrics.jsonl"), ("yaml", "config.yaml")):
        shutil.copy(run / file, folder / f"seed-{number}.{ending}")
    bleu = evaluation.bleu(hypotheses, [tgt for _, tgt in pairs]).value
    return Seed(number, asked, (before, after), validations, bleu)


def _products() -> float:
    done = subprocess.run([sys.executable, "-c", PRODUCTS], check=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def _train(command: Sequence[str], run: Path, environment: dict[str, str]) -> list[Validation]:
    """Train to the end, and note when each validation appears in the log."""
    seen: list[Validation] = []
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:
        while process.poll() is None:
            time.sleep(LOOK_EVERY)
            seconds = time.perf_counter() - started
            for event in _validations(run)[len(seen) :]:
                seen.append(Validation(event["step"], round(seconds, 1), event["bleu"]))
    if process.returncode != 0:
        sys.exit(f"error: {command[0]} ended with code {process.returncode}")
    return seen


def _validations(run: Path) -> list[dict[str, float]]:
    log = run / "metrics.jsonl"
    if not log.exists():
        return []
    *lines, _ = log.read_text(encoding="utf-8").split("\n")  # the last may be half written
    events = map(json.loads, lines)
    return [event for event in events if event["event"] == "validation"]


def _translate(run: Path, sources: Sequence[str]) -> list[str]:
    """Greedily, with the run's best weights."""
    command = [sys.executable, "-m", "translator", "translate", f"--run={run}", "--beam_size=1"]
    text = "".join(f"{source}\n" for source in sources)
    done = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split("\n")[:-1]


if __name__ == "__main__":
    main()
