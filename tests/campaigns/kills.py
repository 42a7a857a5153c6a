"""Kill a training at every call that touches the disk, go on, and compare with one left alone.

    python tests/campaigns/kills.py [--every N] [--only BEGINNING]

Five small runs are trained: from scratch or with the weights of another, each with teachers and
without, and one whose teachers translate text of one language in two rounds. Each is killed, as by
`kill -9`, before every call that makes, writes, renames or removes something in its directory;
where the call is a rename or adds a line, also with only half of it written. Then it is resumed, or
begun again where it had not begun. It has to end with the same files, byte for byte, and with
nothing left over.
"""

import argparse
import dataclasses
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import torch
from tiny_runs import short_config, with_text_of_one_language, without_times

import translator
from translator.config import DiversificationConfig
from translator.experiment import one_language
from translator.experiment.checkpoint import unpack
from translator.experiment.run_directory import RunDirectory

KILLED = 137
Damage = Literal["none", "half"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="Try only every N-th call.")
    parser.add_argument("--first", type=int, default=0, help="Leave out the calls before.")
    parser.add_argument("--only", help="Only the run of this name.")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        tried, failures = campaign(Path(folder), options.first, options.every, options.only)
    for failure in failures:
        print(failure)
    print(f"{tried} kills, {tried - len(failures)} runs ended as one left alone")
    return 1 if failures else 0


def campaign(
    folder: Path, first: int, every: int, only: str | None = None
) -> tuple[int, list[str]]:
    """How many kills were tried, and what differed after which."""
    config = short_config(folder / "corpus")
    # So that all that a training writes is compared.
    training = dataclasses.replace(config.training, keep_weights=3)
    config = dataclasses.replace(config, training=training)
    donor = folder / "donor"
    translator.train(config, run=donor, device="cpu")  # here, so that children have the imports
    more = dataclasses.replace(config, diversification=DiversificationConfig(models=1, max_steps=2))
    rounds = with_text_of_one_language(more, folder)
    one_language.MOST_REPEATS = 99  # models so young repeat one word
    tried, failures = 0, []
    for name, begin in {
        "from scratch": lambda run: translator.train(config, run=run, device="cpu"),
        "from another run": lambda run: translator.train(
            config, run=run, init_from=donor, device="cpu"
        ),
        "with teachers": lambda run: translator.train(more, run=run, device="cpu"),
        "from another run, with teachers": lambda run: translator.train(
            more, run=run, init_from=donor, device="cpu"
        ),
        "with text of one language": lambda run: translator.train(rounds, run=run, device="cpu"),
    }.items():
        if only not in (None, name):
            continue
        whole, killed = folder / f"{name}-whole", folder / f"{name}-killed"
        calls = count_calls(begin, whole)
        for number in range(first, calls, every):
            for damage in ("none", "half"):
                shutil.rmtree(killed, ignore_errors=True)
                if not kill_at(number, damage, begin, killed):
                    continue
                tried += 1
                in_child(partial(go_on, begin, killed))
                failures += [
                    f"{name}, call {number} of {calls}, {damage} of it written: {difference}"
                    for difference in differences(whole, killed)
                ]
        print(f"{name}: {calls} calls", flush=True)
    return tried, failures


def go_on(begin: Callable[[Path], object], run: Path) -> None:
    """As a user would."""
    if (run / "config.yaml").exists():
        translator.train(resume=run, device="cpu")
    else:
        begin(run)


def count_calls(begin: Callable[[Path], object], run: Path) -> int:
    """Train without a kill; how many calls touched the run's directory."""
    note = run.with_suffix(".calls")

    def count() -> None:
        calls = 0

        def add(_: str, __: Path) -> None:
            nonlocal calls
            calls += 1

        watch(run, add)
        begin(run)
        note.write_text(str(calls))

    in_child(count)
    return int(note.read_text())


def kill_at(number: int, damage: Damage, begin: Callable[[Path], object], run: Path) -> bool:
    """Train, and die at a call; whether that was a call which `damage` can happen to."""
    code = in_child(lambda: die_at(number, damage, begin, run), may_die=True)
    return code == KILLED


def die_at(number: int, damage: Damage, begin: Callable[[Path], object], run: Path) -> None:
    calls = 0

    def die(event: str, path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls != number + 1:
            return
        if damage == "half":
            if event == "os.rename":
                os.truncate(path, path.stat().st_size // 2)
            elif path.name == "metrics.jsonl":
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                os.write(descriptor, b'{"event": "train", "st')
            else:
                os._exit(0)
        os._exit(KILLED)

    watch(run, die)
    begin(run)


def watch(run: Path, tell: Callable[[str, Path], None]) -> None:
    """Be told, before it happens, of each call that changes something in `run`."""
    inside = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal inside
        if inside or event not in CALLS or not isinstance(args[0], (str, Path)):
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        path = Path(args[0])
        if path == run or run in path.parents:
            inside = True
            tell(event, path)
            inside = False

    sys.addaudithook(hook)


CALLS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def in_child(act: Callable[[], object], *, may_die: bool = False) -> int:
    """In a copy of this process, so that nothing of it stays; its exit code."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert may_die or code in (0, 1), code
    return code


def differences(whole: Path, killed: Path) -> Iterator[str]:
    """What a run that was killed has otherwise than one that was not; times may differ."""
    files = {path.relative_to(whole) for path in whole.rglob("*") if path.is_file()}
    found = {path.relative_to(killed) for path in killed.rglob("*") if path.is_file()}
    yield from (f"{path} is missing" for path in sorted(files - found))
    yield from (f"{path} is left over" for path in sorted(found - files))
    for path in sorted(files & found):
        if path.name != "README.md" and content(whole / path) != content(killed / path):
            yield f"{path} differs"


def content(file: Path) -> object:
    """What must be the same, in a form that can be compared."""
    if file.parent.name == "checkpoints":
        tensors, facts = unpack(file)
        facts["state"].pop("seconds")
        return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, facts
    if file.name == "metrics.jsonl":
        return [without_times(event) for event in RunDirectory(file.parent).metrics.events()]
    if file.suffix == ".json":
        return json.loads(file.read_bytes())
    return file.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
