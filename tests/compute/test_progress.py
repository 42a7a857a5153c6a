"""What is told of long work, on a terminal and in a log."""

import io
import logging
import sys

import pytest

from translator.compute import progress as module
from translator.compute.progress import progress, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_where_nobody_watches_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    with caplog.at_level(logging.INFO), progress("cleaning corpus", 5000, "pairs") as tell:
        for seconds, count in ((10, 1000), (31, 500), (40, 1000), (62, 1500)):
            now[0] = seconds
            tell(count)

    assert caplog.messages == [
        "cleaning corpus: 1,500 of 5,000 pairs",
        "cleaning corpus: 4,000 of 5,000 pairs",
    ]


def test_a_terminal_gets_a_bar_and_the_log_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "SECONDS_BEFORE_A_BAR", 0)

    with caplog.at_level(logging.INFO), progress("reading corpus", None, "pairs") as tell:
        tell(1200)

    assert "reading corpus" in terminal.getvalue()
    assert caplog.messages == []


def test_lists_that_are_watched_come_through_as_they_are() -> None:
    lists = [[1, 2], [3], []]

    assert list(watched(lists, "reading", 3, "pairs", len)) == lists
