"""Stopping on request, at a good moment.

This module is imported first and imports little, so that Ctrl-C finds a handler early.
"""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128
"""Exit codes above this name a signal."""


def end(exit_code: int) -> NoReturn:
    """Like sys.exit, but at once after an interruption: a thread may still be inside torch, and
    Python would abort the process when the thread comes back."""
    if exit_code > INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, AttributeError):  # closed, or there is none
                stream.flush()
        os._exit(exit_code)
    sys.exit(exit_code)


class QuietInterrupts:
    """Inside, Ctrl-C ends the process at once, without the traceback of whatever module is being
    imported. Use it only where nothing has to be cleaned up."""

    def __enter__(self) -> None:
        self._is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        try:
            if self._is_ours:
                signal.signal(signal.SIGINT, self._end)
        except ValueError:  # only the main thread may handle signals
            self._is_ours = False

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _end(self, number: int, _: FrameType | None) -> None:
        os._exit(128 + number)


class StopSignals:
    """While entered, the first Ctrl-C or SIGTERM is noted; a second one kills as usual."""

    def __init__(self) -> None:
        self.received: int | None = None

    def __enter__(self) -> "StopSignals":
        self._before = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def requested(self) -> bool:
        """Whether a signal has come."""
        return self.received is not None

    def _note(self, number: int, _: FrameType | None) -> None:
        self.received = number
        signal.signal(number, self._before[signal.Signals(number)])
        import logging

        logger = logging.getLogger(__name__)
        logger.info("stopping after this step and saving; press again to stop at once")
