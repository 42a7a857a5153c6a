"""Threads that work on sentences of their own, instead of sharing each product."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


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


@contextmanager
def divided_threads(number: int) -> Iterator[None]:
    """Let each of `number` workers, which start to compute in here, have a part of torch's threads.

    The products of a small model are too small to share. Threads that share them meet after each,
    wait for each other, and idle through all that torch does on one thread.
    """
    num_threads = torch.get_num_threads()
    torch.set_num_threads(max(1, num_threads // number))
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)
