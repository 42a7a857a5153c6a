"""Completion in real shells: commands, options, values, files and runs."""

import argparse
import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from translator.cli import completion
from translator.cli.main import COMMANDS, run_command
from translator.cli.options.completion import Shell

LINES = [
    ("translator evalu", "translator evaluate "),
    ("translator train --training.label_s", "translator train --training.label_smoothing "),
    ("translator train --training.metric chr", "translator train --training.metric chrf "),
    ("translator evaluate me", "translator evaluate meadow"),
    ("translator export runs/hi", "translator export runs/hill"),
    ("translator translate --run runs/hi", "translator translate --run runs/hill"),
    ("translator translate --input some", "translator translate --input some_text.txt "),
]
"""What is typed before the Tab key, and what then stands there: in the folder `place`."""
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
LOAD = {
    "bash": 'eval "$(cat ../script)"; PS1="rea""dy> "',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(cat ../script)"; PS1="rea""dy> "',
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run in runs/, a folder and a file."""
    folder = tmp_path_factory.mktemp("shells") / "place"
    (folder / "runs/hill").mkdir(parents=True)
    (folder / "runs/hill/config.yaml").touch()
    (folder / "runs/hidden place").mkdir()
    (folder / "meadow").mkdir()
    (folder / "some_text.txt").touch()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_tab_key_completes(shell: Shell, place: Path) -> None:
    write_script(shell, place)
    terminal = Terminal(shell, place)

    for typed, expected in LINES:
        terminal.complete(typed, expected)
    terminal.close()


@pytest.mark.slow
def test_fish_completes(place: Path) -> None:
    installed("fish")
    write_script("fish", place)

    for typed, expected in LINES:
        program = f"source ../script; complete -C '{typed}'"
        done = subprocess.run(["fish", "-c", program], cwd=place, capture_output=True, text=True)
        found = [line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()]
        assert done.stderr == ""
        assert found == [expected.split()[-1]], typed


def test_every_command_is_completed_and_knows_its_values() -> None:
    whole = completion.whole_parser()

    [commands] = [one for one in whole._actions if isinstance(one, argparse._SubParsersAction)]
    assert set(commands.choices) == set(COMMANDS)
    actions = {
        f"{name} {action.dest}": action
        for name, parser in commands.choices.items()
        for action in parser._actions
    }
    assert actions["translate engine"].choices == ["torch", "ctranslate2"]
    assert actions["train corpus.header"].choices == ["true", "false"]
    runs = {name for name, action in actions.items() if completes(action) is completion.RUNS}
    assert {"train resume", "evaluate run", "heads runs", "inspect compare"} <= runs
    shtab = completion.import_shtab()
    files = {name for name, action in actions.items() if completes(action) is shtab.FILE}
    assert {"train config", "train corpus.source", "inspect html", "diversify output"} <= files
    assert not {"train training.max_steps", "translate text", "inspect tgt"} & (runs | files)


def test_where_shtab_is_missing_its_installation_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)

    assert run_command("completion", ["bash"], prog="translator completion") == 2

    message = capsys.readouterr().err
    assert message.startswith("error: the package shtab is not installed: pip install -e ")
    assert "[completion]" in message


class Terminal:
    """An interactive shell with `script` loaded, and what it shows."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        installed(shell)
        self._terminal, theirs = pty.openpty()
        self._process = subprocess.Popen(
            START[shell],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)
        self._type(f"{LOAD[shell]}\n")
        self._read_until("ready> ")

    def complete(self, typed: str, expected: str) -> None:
        """The Tab key makes `expected` of what is typed; the line is then given up."""
        self._type(f"{typed}\t")
        self._read_until(expected)
        self._type("\x15:\n")
        self._read_until("ready> ")

    def close(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)
        os.close(self._terminal)

    def _type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def _read_until(self, end: str) -> None:
        shown = ""
        while end not in shown:
            if not select.select([self._terminal], [], [], 20)[0]:
                self.close()
                pytest.fail(f"no {end!r} after {shown!r}")
            shown += os.read(self._terminal, 4096).decode()


def completes(action: argparse.Action) -> object:
    return getattr(action, "complete", None)


def write_script(shell: Shell, place: Path) -> None:
    script = completion.import_shtab().complete(completion.whole_parser(), shell)
    (place.parent / "script").write_text(script, encoding="utf-8")


def installed(shell: str) -> None:
    """Skips where there is no such shell; in CI that is a failure."""
    if shutil.which(shell) is None:
        advice = f"no {shell} on this machine: apt-get install {shell}"
        if os.environ.get("CI") == "true":
            pytest.fail(advice)
        pytest.skip(advice)
