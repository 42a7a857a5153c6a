"""The access log: one that cannot be written stops nobody."""

import errno
import io
import sys

import pytest

from translator.serving.access import StandardOutput


class FullDisk(io.StringIO):
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_is_said_once_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())
    log = StandardOutput()

    for _ in range(3):
        log.write("line")

    assert caplog.messages == [
        "standard output cannot be written (No space left on device): requests are answered, but "
        "not logged any more"
    ]


def test_lines_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    StandardOutput().write("line")

    assert capsys.readouterr().out == "line\n"
