"""What is told of long work: on a terminal, in a notebook and in a log."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest

from translator.compute import progress as module
from translator.compute.progress import log_in_notebook, progress, step_bar, watched

LOGGER = logging.getLogger("translator.training")


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


def test_a_terminal_sees_steps_loss_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with step_bar(9, 11) as on_step:
        on_step(2.3456, 1234.5)
        on_step(2.25, 1234.5)

    shown = terminal.getvalue()
    assert "11/11" in shown
    assert "loss 2.250, 1234 target tokens/s" in shown


def test_where_nobody_watches_no_bar_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with step_bar(0, 11) as on_step:
        on_step(2.3456, 1234.5)

    assert capsys.readouterr() == ("", "")


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a kernel ran this, and nobody had set up logging: the tests' own handlers are gone."""
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(logging.root, "handlers", [])


@pytest.mark.usefixtures("notebook")
def test_a_notebook_sees_the_bar_and_the_log_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with log_in_notebook(), step_bar(0, 2) as on_step:
        on_step(2.25, 1234.5)
        LOGGER.info("ein Hund rennt")
        on_step(2.25, 1234.5)
    LOGGER.info("afterwards")

    out, err = capsys.readouterr()
    assert "2/2" in out
    assert out.count("ein Hund rennt") == 1
    assert "afterwards" not in out
    assert err == ""


@pytest.mark.usefixtures("notebook")
@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING], ids=["set-up", "as-in-colab"])
def test_a_log_that_has_a_handler_is_shown_once(
    level: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler(sys.stdout)
    monkeypatch.setattr(logging.root, "handlers", [handler])
    monkeypatch.setattr(logging.root, "level", level)
    logging.getLogger("translator").setLevel(logging.NOTSET)  # and what loggers remember is gone

    with log_in_notebook():
        LOGGER.info("ein Hund rennt")
        LOGGER.warning("ein Hund bellt")

    assert capsys.readouterr().out == "ein Hund rennt\nein Hund bellt\n"


def test_lists_that_are_watched_come_through_as_they_are() -> None:
    lists = [[1, 2], [3], []]

    assert list(watched(lists, "reading", 3, "pairs", len)) == lists
