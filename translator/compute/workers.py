"""Threads and processes with sentences of their own, instead of all sharing each product."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from translator.errors import WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")
WORTH_A_PROCESS = 4
"""Batches of each worker, from which on copies of this process are worth making."""


def num_cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def num_workers(device: torch.device) -> int:
    """On a CPU each thread has batches of its own; a GPU does one after the other."""
    return torch.get_num_threads() if device.type == "cpu" else 1


@contextmanager
def workers(number: int) -> Iterator[ThreadPoolExecutor]:
    """`number` workers with an equal part of torch's threads each."""
    pool = ThreadPoolExecutor(number)
    with divided_threads(number):
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def map_in_workers(
    function: Callable[[Item], Result], items: Sequence[Item], number: int
) -> Generator[Result, None, None]:
    """The results in the order of the items, by `number` workers; close it to stop them.

    Threads take turns at Python between all operations, which costs two of them an eighth of their
    time. Processes do not, but they have to be made first, and what `function` changes stays there.
    Raises WorkerError if one of them is killed.
    """
    if number > 1 and len(items) >= WORTH_A_PROCESS * number and may_fork(number):
        with _death_explained(
            "use one core (OMP_NUM_THREADS=1), or lower decoding.batch_tokens in the run's config"
        ):
            yield from _by_copies(function, items, number)
    else:
        with workers(number) as pool:
            yield from pool.map(function, items)


def map_ahead(
    function: Callable[[Item], Result], items: Sequence[Item], number: int
) -> Generator[Result, None, None]:
    """The results in the order of the items, by `number` processes that are some results ahead of
    who takes them; close it to stop them. Where the system makes no copies of processes, each is
    computed when it is taken. Raises WorkerError if a process is killed.
    """
    if not may_fork(number):
        yield from map(function, items)
        return
    with _death_explained("close other programs, and resume from the last checkpoint"):
        yield from _by_copies(function, items, number)


def _by_copies(
    function: Callable[[Item], Result], items: Sequence[Item], number: int
) -> Iterator[Result]:
    handler = signal.getsignal(signal.SIGCHLD)
    results = iter(
        DataLoader(
            _Mapped(function, items),
            batch_size=None,
            collate_fn=_as_it_is,
            num_workers=number,
            multiprocessing_context="fork",
            generator=torch.Generator(),  # or it would draw from torch's
            worker_init_fn=_leave_signals,
        )
    )
    # Torch's handler raises an error when a process dies, in the midst of whatever is done here,
    # saving perhaps. Without it, whoever waits for a result of that process has the same error.
    signal.signal(signal.SIGCHLD, handler or signal.SIG_DFL)
    yield from results


def _leave_signals(_: int) -> None:
    """Signals may reach all processes of a terminal or a job. Where the one that was started
    answers them, its copies go on until it ends them."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _heed_the_next)


def _heed_the_next(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)


@contextmanager
def _death_explained(advice: str) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        # Torch has no type of its own for it. What `function` raises has another beginning.
        if not str(error).startswith("DataLoader worker (pid"):
            raise
        raise WorkerError(
            f"a worker process was killed, probably by the system for lack of memory: {advice}"
        ) from error


class _Mapped(Dataset[Result], Generic[Item, Result]):
    """The results of a function as torch's loader asks for them, each with one thread."""

    def __init__(self, function: Callable[[Item], Result], items: Sequence[Item]) -> None:
        self.function = function
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Result:
        return self.function(self.items[index])


def _as_it_is(result: Result) -> Result:
    return result


def may_fork(number: int) -> bool:
    """Whether `number` copies of this process can compute: on Linux, each on a core of its own.

    A lock that another thread holds in that moment stays locked in a copy for ever. Hence only the
    main thread makes copies, not one of those that serve or that a caller computes with.
    """
    return (
        sys.platform == "linux"
        and number <= num_cores()
        and threading.current_thread() is threading.main_thread()
        and not multiprocessing.current_process().daemon
    )


@contextmanager
def divided_threads(number: int) -> Iterator[None]:
    """Let each of `number` workers, which start to compute in here, have a part of torch's threads.

    The products of a small model are too small to share. Threads that share them meet after each,
    wait for each other, and idle through all that torch does on one thread.
    """
    with kept_threads():
        torch.set_num_threads(max(1, torch.get_num_threads() // number))
        yield


@contextmanager
def kept_threads() -> Iterator[None]:
    """On leaving, torch has as many threads as before, whatever was set inside."""
    num_threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)
