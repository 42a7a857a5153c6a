"""What to type next: as this program was called, with arguments that a shell takes as they are."""

import shlex

import pytest

from translator.compute.invocation import command


@pytest.mark.parametrize(
    ("called", "train", "inspect"),
    [
        ("train.py", "python train.py", "python -m translator inspect"),
        ("/src/translate.py", "python train.py", "python -m translator inspect"),
        (
            "/lib/translator/__main__.py",
            "python -m translator train",
            "python -m translator inspect",
        ),
        ("/lib/pytest/__main__.py", "python train.py", "python -m translator inspect"),
        ("/usr/bin/translator", "translator train", "translator inspect"),
        ("/usr/bin/seq2see", "seq2see train", "seq2see inspect"),
        ("", "python train.py", "python -m translator inspect"),
    ],
)
def test_a_command_is_called_as_this_one_was(
    called: str, train: str, inspect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called])

    assert command("train") == train
    assert command("inspect") == inspect


@pytest.mark.parametrize("path", ["runs/a b", "it's", "$HOME", "a;b", "runs/ä", "*", "~x"])
def test_a_path_is_quoted_where_a_shell_would_change_it(path: str) -> None:
    assert shlex.split(command("train", "--resume", path))[-1] == path
    assert command("train", "--resume", "runs/a") == "python train.py --resume runs/a"
