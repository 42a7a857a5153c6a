"""`translator runs`: a table that is read at a glance, JSON, and runs that go when asked twice."""

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest

from translator.cli.main import run_command
from translator.config import Config, CorpusConfig
from translator.experiment.run_directory import RunDirectory

SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs, the better one older, and a folder that is none."""
    monkeypatch.chdir(tmp_path)
    for age, (name, bleu) in enumerate({"new": 11.25, "old": 40.5}.items(), start=1):
        run = RunDirectory(tmp_path / "runs" / name)
        run.create(Config(corpus=CorpusConfig(source=f"data/{name}")))
        score = {"name": "BLEU", "value": bleu, "signature": SIGNATURE}
        scores = {key: score for key in ("bleu", "bleu_lowercased", "chrf", "ter")}
        run.add_result("test", scores, [])
        event = {"event": "validation", "step": 1100 * age, "bleu": 9.0, "seconds": 1.0}
        run.metrics.append({**event, "bleu_signature": SIGNATURE})
        if name == "old":
            run.card_file.write_text("#", "utf-8")
        for file in (run.config_file, run.metrics.file):
            os.utime(file, (1_700_000_000 - 1000 * age,) * 2)
    (tmp_path / "runs" / "no\x1b[31mtes").mkdir()
    return tmp_path / "runs"


def lines_of(capture: pytest.CaptureFixture[bytes]) -> list[str]:
    return capture.readouterr().out.decode().splitlines()


def test_the_table_has_the_newest_run_last_and_says_what_is_no_run(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_command("runs", [], "translator runs") == 0

    head, old, new, notes, _, problem, sums = lines_of(capsysbinary)
    assert head.split() == ["run", "state", "corpus", "steps", "BLEU", "weights", "size", "trained"]
    assert old.split()[:6] == ["runs/old", "finished", "data/old", "en→de", "2,200", "40.50"]
    assert new.split()[:5] == ["runs/new", "interrupted", "data/new", "en→de", "1,100/1,300"]
    assert re.search(r" 11\.25 +0\.0 MB  2023-11-1\d \d\d:\d\d$", new)
    assert notes.startswith("runs/no\ufffd[31mtes  no run ")
    assert problem == "no run: runs/no\ufffd[31mtes has no config.yaml"
    assert sums.startswith("3 in all, 0.0 MB. BLEU is cased and ")


@pytest.mark.parametrize(
    ("order", "names"),
    [("bleu", ["no\x1b[31mtes", "new", "old"]), ("name", ["new", "no\x1b[31mtes", "old"])],
)
def test_json_has_everything_in_the_order_asked_for(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], order: str, names: list[str]
) -> None:
    assert run_command("runs", [str(folder), "--sort", order, "--json"], "translator runs") == 0

    found = json.loads(capsysbinary.readouterr().out)
    assert [Path(one["path"]).name for one in found] == names
    old = found[names.index("old")]
    assert old["bleu"] == {"split": "test", "value": 40.5, "signature": SIGNATURE}
    assert old["direction"] == ["en", "de"]
    assert re.fullmatch(r"2023-11-1\dT\d\d:\d\d:\d\d[+-]\d{4}", old["changed"])


def test_where_nothing_was_trained_yet_the_way_to_begin_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run_command("runs", [], "translator runs") == 0
    assert run_command("runs", ["--json"], "translator runs") == 0
    assert run_command("runs", ["elsewhere"], "translator runs") == 2

    out, err = capsysbinary.readouterr()
    hint, empty = out.decode().splitlines()
    assert hint.startswith("there are no runs in runs: train one with ")
    assert empty == "[]"
    assert err.decode() == "error: there is no folder elsewhere: name one that holds runs\n"


def test_runs_are_deleted_without_a_question_where_yes_is_said(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    arguments = ["--delete", "runs/old", "runs/new", "--yes"]

    assert run_command("runs", arguments, "translator runs") == 0

    assert lines_of(capsysbinary) == ["deleted runs/old, 0.0 MB", "deleted runs/new, 0.0 MB"]
    assert [path.name for path in folder.iterdir()] == ["no\x1b[31mtes"]


@pytest.mark.parametrize(("answer", "is_kept"), [("y\n", False), ("n\n", True), ("", True)])
def test_a_terminal_is_asked_first(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    is_kept: bool,
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)

    exit_code = run_command("runs", ["--delete", "runs/old"], "translator runs")

    assert exit_code == int(is_kept)
    assert (folder / "old").exists() == is_kept
    assert capsys.readouterr().err == "runs/old, 0.0 MB\ndelete this run? [y/N] "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--delete", "runs/old"],
            "--delete asks for a confirmation, and there is no terminal to ask on",
        ),
        (["--delete", "runs/gone", "--yes"], "there is no run directory runs/gone: the runs are "),
        (
            ["--delete", "runs/old", "--json"],
            "--delete does not list runs: leave FOLDER and --json out",
        ),
        (["--yes"], "--yes would have no effect: add --delete RUN"),
        (["--sort", "age"], "--sort is 'age': it must be one of date, name, bleu, steps, "),
    ],
)
def test_what_cannot_be_done_is_refused_and_all_stays(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert run_command("runs", arguments, "translator runs") == 2

    assert capsysbinary.readouterr().err.decode().startswith(f"error: {message}")
    assert (folder / "old" / "results.json").exists()
