"""Flip bits in every file of a run: it is refused with the file's name, or works as before.

    python tests/campaigns/flips.py [--flips N] [--seed N]

A small run is trained, stopped half-way, and copied. In each file of it that translating or
resuming reads, one bit at a time is flipped, and the run is loaded to translate, and resumed to its
end. Each has to be refused with a message that names the file, or to end exactly as with the file
untouched. A third thing must not happen. What is meant to be edited (how to search, where the
corpus is) and what only people read (logs, scores) is left out.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import torch
from tiny_runs import short_config

import translator
from translator.errors import StoppedError, TranslatorError
from translator.experiment.run_directory import RunDirectory

TEXTS = ["the dog runs today", "the king waits", "the bird falls slowly"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--flips", type=int, default=200, help="Bits of each file.")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        refused, exact, failures = campaign(Path(folder), options.flips, options.seed)
    for failure in failures:
        print(failure)
    print(
        f"{refused} damaged files refused by name, {exact} without effect, {len(failures)} others"
    )
    return 1 if failures else 0


def campaign(folder: Path, flips: int, seed: int) -> tuple[int, int, list[str]]:
    """How many flips were refused, how many had no effect, and what happened otherwise."""
    half = half_trained(folder)
    whole = folder / "whole"
    shutil.copytree(half, whole)
    expected = {use: use(whole) for use in (translations, resumed)}
    rng = random.Random(seed)
    refused, exact, failures = 0, 0, []
    for name, use in (
        ("model.safetensors", translations),
        ("tokenizer.model", translations),
        ("config.yaml", translations),
        ("tokenizer.model", resumed),
        ("config.yaml", resumed),
        *((f"checkpoints/{file.name}", resumed) for file in (half / "checkpoints").iterdir()),
    ):
        damaged = folder / "damaged"
        for _ in range(flips):
            shutil.rmtree(damaged, ignore_errors=True)
            shutil.copytree(half, damaged)
            place = flip(damaged / name, rng)
            if place is None:
                continue
            try:
                found = use(damaged)
            except TranslatorError as error:
                is_named = Path(name).name in str(error)
                refused += is_named
                failures += [] if is_named else [f"{name}, {place}: {error}"]
            except Exception as error:
                failures.append(f"{name}, {place}: {type(error).__name__}: {error}")
            else:
                exact += found == expected[use]
                failures += [] if found == expected[use] else [f"{name}, {place}: another result"]
    return refused, exact, failures


def half_trained(folder: Path) -> Path:
    """A run that has been validated, and stopped."""
    run, steps = folder / "half", []

    def should_stop() -> bool:
        steps.append(1)
        return len(steps) == 3

    try:
        translator.train(
            short_config(folder / "corpus"), run=run, device="cpu", should_stop=should_stop
        )
    except StoppedError:
        return run
    raise AssertionError("it was not stopped")


def flip(file: Path, rng: random.Random) -> str | None:
    """One bit of the file; of settings, none in a line that may be edited. Says where."""
    data = bytearray(file.read_bytes())
    at, bit = rng.randrange(len(data)), rng.randrange(8)
    if file.name == "config.yaml" and is_free(data, at):
        return None
    data[at] ^= 1 << bit
    file.write_bytes(data)
    return f"byte {at} bit {bit}"


def is_free(config: bytes, at: int) -> bool:
    """Whether a byte of config.yaml is in the search's settings or the corpus's place."""
    start = config.rindex(b"\n", 0, at + 1) + 1 if b"\n" in config[: at + 1] else 0
    line = config[start : config.index(b"\n", start)] if b"\n" in config[start:] else b""
    decoding, after = config.index(b"decoding:"), config.index(b"diversification:")
    return decoding <= at < after or line.strip().startswith((b"source:", b"revision:"))


def translations(run: Path) -> object:
    """Of a few texts."""
    return translator.load(run).translate(TEXTS)


def resumed(run: Path) -> object:
    """The finished model and its translations."""
    translator.train(resume=run, device="cpu")
    directory = RunDirectory(run)
    return directory.model_file.read_bytes(), translations(run)


if __name__ == "__main__":
    sys.exit(main())
