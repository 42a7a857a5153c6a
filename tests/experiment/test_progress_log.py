"""A log, where there is no terminal, says how training goes and when it will end."""

import io
import logging
import sys
from pathlib import Path

import pytest
from tiny_runs import short_config, train

from translator.experiment.progress_log import ProgressLog
from translator.experiment.run_directory import RunDirectory

EVENT = {
    "event": "train",
    "step": 350,
    "epoch": 2,
    "seconds": 200.0,
    "loss": 2.34567,
    "learning_rate": 0.0052,
    "grad_norm": 0.7,
    "target_tokens_per_second": 1234.5,
}


def test_a_line_says_where_training_stands_and_what_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # 50 steps in 80 seconds: 1.6 seconds a step, 950 steps left.
    with caplog.at_level(logging.INFO):
        ProgressLog(max_steps=1300, first_step=300, first_seconds=120.0).tell(EVENT)

    assert caplog.messages == [
        "step 350 of 1300: loss 2.346, learning rate 5.2e-03, 1234 target tokens/s, 25.3 min left"
    ]


def test_a_terminal_has_its_bar_and_gets_no_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)

    with caplog.at_level(logging.INFO):
        ProgressLog(max_steps=1300, first_step=300, first_seconds=120.0).tell(EVENT)

    assert caplog.messages == []


def test_a_line_comes_every_log_every_steps_of_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = RunDirectory(tmp_path / "run")

    with caplog.at_level(logging.INFO, "translator.experiment.progress_log"):
        train(short_config(tmp_path / "corpus"), run, stop=4)  # log_every is 3

    events = [event for event in run.metrics.events() if event["event"] == "train"]
    lines = [line for line in caplog.messages if " min left" in line]
    assert [line.split(": loss")[0] for line in lines] == ["step 3 of 5"]
    assert f"loss {events[0]['loss']:.3f}, " in lines[0]
