"""Progress of long operations: a bar on a terminal or in a notebook, otherwise a line of the log
now and then."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

from tqdm.auto import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

logger = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 30
SECONDS_BEFORE_A_BAR = 1
"""Shorter operations show no progress."""


def has_terminal() -> bool:
    """Whether a bar would be visible."""
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Whether the kernel of a notebook runs this, as tqdm.auto tells it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config


def _screen() -> TextIO:
    """The stream of bars. In a notebook the log goes there, too, since standard error looks like a
    failure."""
    return sys.stdout if in_notebook() else sys.stderr


@contextmanager
def step_bar(done: int, max_steps: int) -> Iterator[Callable[[float, float], None]]:
    """A bar with steps done, time left, loss and speed; nothing if nobody sees it.

    Yields the function that is called after each step with the loss and the target tokens per
    second.
    """
    is_main = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun started
    with (
        logging_redirect_tqdm(),
        tqdm(
            total=max_steps,
            initial=done,
            unit="step",
            file=_screen(),
            disable=not (is_main and has_terminal()),
            dynamic_ncols=True,
        ) as bar,
    ):

        def advance(loss: float, rate: float) -> None:
            bar.set_postfix_str(f"loss {loss:.3f}, {rate:.0f} target tokens/s", False)
            bar.update()

        yield advance


@contextmanager
def log_in_notebook() -> Iterator[None]:
    """In a notebook without logging set up, show the log of this package."""
    ours = logging.getLogger("translator")
    if not in_notebook() or (ours.hasHandlers() and ours.isEnabledFor(logging.INFO)):
        yield
        return
    handler, before = _AboveBars(), (ours.level, ours.propagate)
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False  # Colab's own handler would show every line again
    try:
        yield
    finally:
        ours.removeHandler(handler)
        level, ours.propagate = before
        ours.setLevel(level)


class _AboveBars(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stdout)


@contextmanager
def progress(label: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """Entered during an operation; yields the function that is called with the number of units just
    done.

    `total` is their number, if known.
    """
    is_loud = logger.isEnabledFor(logging.INFO)  # of several processes, only the main one
    if is_loud and has_terminal():
        with tqdm(
            desc=label,
            total=total,
            unit=f" {unit}",
            unit_scale=True,
            leave=False,
            file=_screen(),
            delay=SECONDS_BEFORE_A_BAR,
        ) as bar:

            def advance(count: int) -> None:
                bar.update(count)

            yield advance
        return
    done, due = 0, time.monotonic() + SECONDS_BETWEEN_LINES

    def tell(count: int) -> None:
        nonlocal done, due
        done += count
        if time.monotonic() >= due:
            due = time.monotonic() + SECONDS_BETWEEN_LINES
            of_all = f" of {total:,}" if total is not None else ""
            logger.info("%s: %s%s %s", label, f"{done:,}", of_all, unit)

    yield tell


def watched(
    parts: Iterable[T], label: str, total: int | None, unit: str, size: Callable[[T], int]
) -> Iterator[T]:
    """The same parts, with progress as they are consumed; `size` returns the units of each."""
    with progress(label, total, unit) as tell:
        for part in parts:
            yield part
            tell(size(part))
