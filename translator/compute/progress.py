"""How far something long has come: a bar on a terminal or in a notebook, else a line of the log
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
"""What is done sooner needs none."""


def has_terminal() -> bool:
    """Whether somebody would see a bar."""
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Whether the kernel of a notebook runs this, as tqdm.auto tells it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config


def _screen() -> TextIO:
    """Where bars are drawn. In a notebook the log goes there, too, and what is written to standard
    error looks like a failure."""
    return sys.stdout if in_notebook() else sys.stderr


@contextmanager
def step_bar(done: int, max_steps: int) -> Iterator[Callable[[float, float], None]]:
    """Steps done, time left, loss and speed; nothing where nobody watches.

    What it gives is told the loss and the target tokens a second after each step.
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
    """In a notebook where nobody has set up logging, the log of this package is shown."""
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
    """Entered while something is done; what it gives is told how many units were just done.

    `total` is their number, where it is known.
    """
    is_loud = logger.isEnabledFor(logging.INFO)  # of several processes, the main one alone
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
    """The same parts, with the progress of those who take them; `size` tells the units of each."""
    with progress(label, total, unit) as tell:
        for part in parts:
            yield part
            tell(size(part))
