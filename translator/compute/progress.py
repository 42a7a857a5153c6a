"""How far something long has come: a bar on a terminal, else a line of the log now and then."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm.auto import tqdm

logger = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 30
SECONDS_BEFORE_A_BAR = 1
"""What is done sooner needs none."""


def has_terminal() -> bool:
    """Whether somebody would see a bar."""
    return sys.stderr is not None and sys.stderr.isatty()


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
