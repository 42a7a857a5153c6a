"""Every command that the README and Start show, typed as it stands, on a run that was trained.

Run by `make campaigns`; needs a trained run. What `.ci/run` itself types (install, train, test) is
left out, and what would need a network is given a corpus from here and a few steps.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from translator.experiment.run_directory import newest_run

REPOSITORY = Path(__file__).parents[2]
TEXTS = {name: (REPOSITORY / name).read_text() for name in ("README.md", "docs/index.md")}
TYPED_BY_CI = re.compile(r"pip |git |cd |python train\.py$|pytest ")
FROM_HERE = (
    "--corpus.source corpus --model.d_model 32 --training.max_steps 2 --tokenizer.vocab_size 400"
)
SERVED = "http://127.0.0.1:5000"


def shown_commands() -> list[str]:
    """Indented lines, and cells of the README's table of commands, each once."""
    found = []
    for text in TEXTS.values():
        found += re.findall(r"^    (?:\$ )?((?:python|pip|git|cd) .*)$", text, re.MULTILINE)
        found += re.findall(r"^\| `(python .*?)` \|", text, re.MULTILINE)
    return [each for each in dict.fromkeys(found) if not TYPED_BY_CI.match(each)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the repository looks after the README's first command, with files to translate."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("train.py", "translate.py", "translator", "configs", "data"):
        (folder / name).symlink_to(REPOSITORY / name)
    newest = newest_run(REPOSITORY / "runs").path
    shutil.copytree(newest, folder / "runs" / newest.name)
    (folder / "in.txt").write_text("A dog is running.\n\nIt is raining.\n")
    (folder / "corpus").mkdir()
    for name in ("train", "validation", "test"):
        lines = (REPOSITORY / f"data/scenes/{name}.jsonl").read_text().splitlines(keepends=True)
        (folder / f"corpus/{name}.jsonl").write_text("".join(lines[:200]))
    return folder


def test_six_commands_and_more_are_found() -> None:
    words = {command.split()[1] for command in shown_commands()}

    assert len(shown_commands()) >= 8
    assert words == {"train.py", "translate.py", "-m"}


@pytest.mark.parametrize("command", [each for each in shown_commands() if "serve" not in each])
def test_a_command_ends_well(command: str, clone: Path) -> None:
    run_name = next((clone / "runs").iterdir()).name
    typed = command.replace("runs/NAME", f"runs/{run_name}")
    if "--config multi30k" in typed:
        typed += f" {FROM_HERE} --run elsewhere"

    result = type_in(typed, clone)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout or (clone / "out.txt").read_text().count("\n") == 3


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_shown_below_a_command_is_what_it_prints(name: str, clone: Path) -> None:
    """All but the numbers, which one machine rounds otherwise than the next."""
    shown = re.findall(r"^    \$ (.*)\n((?:    (?!\$).*\n)+)", TEXTS[name], re.MULTILINE)
    assert shown

    for command, output in shown:
        lines = [words_of(line) for line in output.splitlines() if line.strip() != "..."]
        printed = [words_of(line) for line in type_in(command, clone).stdout.splitlines()]
        assert [line for line in printed if line in lines] == lines


def test_the_example_in_python_runs(clone: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", TEXTS["README.md"], re.MULTILINE | re.DOTALL)
    (clone / "example.py").write_text(block)

    assert type_in("python example.py", clone).returncode == 0


@pytest.fixture
def server(clone: Path) -> Iterator[subprocess.Popen[str]]:
    (command,) = (each for each in shown_commands() if "serve" in each)
    process = subprocess.Popen(
        f"exec {command}", shell=True, cwd=clone, env=environment(), text=True
    )
    yield process
    process.kill()
    process.wait()


def test_the_server_answers_where_it_says_and_leaves_when_asked(
    server: subprocess.Popen[str],
) -> None:
    assert b"<html" in wait_for(SERVED, seconds=60)

    server.send_signal(signal.SIGTERM)

    assert server.wait(timeout=30) == 0


def wait_for(address: str, seconds: int) -> bytes:
    for _ in range(seconds * 4):
        try:
            with urlopen(address) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(address)


def type_in(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def words_of(line: str) -> list[str]:
    return re.findall(r"[^\W\d]+|[<>▁/]", line)
