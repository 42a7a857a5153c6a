"""What `train` shows while it trains."""

import io
import sys

import pytest

from translator.cli.train import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_steps_loss_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with progress_bar(9, 11) as on_step:
        on_step(2.3456, 1234.5)
        on_step(2.25, 1234.5)

    shown = terminal.getvalue()
    assert "11/11" in shown
    assert "loss 2.250, 1234 target tokens/s" in shown


def test_where_nobody_watches_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(0, 11) as on_step:
        on_step(2.3456, 1234.5)

    assert capsys.readouterr() == ("", "")
