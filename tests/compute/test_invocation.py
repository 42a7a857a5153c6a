"""What to type next: as this program was called, with arguments that a shell takes as they are."""

import os
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from translator.compute import invocation
from translator.compute.invocation import command, installing

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _a_python_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(tmp_path / "bin/python")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.parametrize(
    ("called", "train", "inspect"),
    [
        ("train.py", "python train.py", "python -m translator inspect"),
        ("/src/translate.py", "python /src/train.py", "python -m translator inspect"),
        ("../it's/train.py", "python '../it'\"'\"'s/train.py'", "python -m translator inspect"),
        (
            "/lib/translator/__main__.py",
            "python -m translator train",
            "python -m translator inspect",
        ),
        (
            "/lib/pytest/__main__.py",
            "python -m translator train",
            "python -m translator inspect",
        ),
        ("my_script.py", "python -m translator train", "python -m translator inspect"),
        ("", "python -m translator train", "python -m translator inspect"),
    ],
)
def test_a_command_is_called_as_this_one_was(
    called: str, train: str, inspect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called])

    assert command("train") == train
    assert command("inspect") == inspect


@pytest.mark.parametrize("program", ["translator", "seq2see"])
def test_an_installed_program_has_its_name_where_the_shell_finds_it_and_else_its_path(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(tmp_path / "bin" / program)
    make_program(tmp_path / "an environment" / program)

    monkeypatch.setattr("sys.argv", [str(tmp_path / "bin" / program)])
    assert command("train") == f"{program} train"
    monkeypatch.setattr("sys.argv", [str(tmp_path / "an environment" / program)])
    assert command("train") == f"'{tmp_path}/an environment/{program}' train"


def test_where_no_python_is_on_the_path_the_one_that_runs_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["train.py"])
    monkeypatch.setattr("sys.executable", "/usr/bin/python3")
    monkeypatch.setenv("PATH", "")

    assert command("train") == "python3 train.py"


@pytest.mark.parametrize("path", ["runs/a b", "it's", "$HOME", "a;b", "runs/ä", "*", "~x"])
def test_a_path_is_quoted_where_a_shell_would_change_it(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["train.py"])

    assert shlex.split(command("train", "--resume", path))[-1] == path
    assert command("train", "--resume", "runs/a") == "python train.py --resume runs/a"


def test_an_extra_is_installed_from_the_clone_or_by_the_packages_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert installing("ctranslate2") == "pip install -e '.[ctranslate2]'"
    monkeypatch.chdir(tmp_path)
    assert installing("ctranslate2") == f"pip install -e '{REPOSITORY}[ctranslate2]'"

    needs = ["numpy>=2", 'nbclient>=1; extra == "notes"', 'a>=2; os_name == "x" and extra == "all"']
    monkeypatch.setattr(metadata, "requires", {"seq2see": needs}.get)
    monkeypatch.setattr(invocation, "CLONE", tmp_path / "site-packages")
    assert installing("notes") == "pip install 'nbclient>=1'"
    assert installing("all") == "pip install 'a>=2'"


@pytest.mark.slow
def test_what_a_script_says_to_type_next_runs_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    clone = tmp_path / "my clone"
    clone.symlink_to(REPOSITORY)
    translate = [sys.executable, "../my clone/translate.py", "A dog."]
    (tmp_path / "work").mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    options = {
        "cwd": tmp_path / "work",
        "env": {**os.environ, "PATH": path},
        "capture_output": True,
        "text": True,
    }

    refused = subprocess.run(translate, **options)
    _, hint = refused.stderr.split("train one with ")
    shown = subprocess.run(f"{hint.split(', or')[0]} --print_config", shell=True, **options)

    assert refused.returncode == 2
    assert "max_steps: 1300" in shown.stdout


def make_program(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o755)
