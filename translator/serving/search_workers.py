"""The workers that search for the dispatcher: processes if possible, otherwise threads.

Threads take turns at Python, also with the event loop; processes do not.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

from translator.compute.workers import may_fork
from translator.decoding.strategies import beam_search
from translator.decoding.translator import Translation, Translator
from translator.serving.languages import Pair

logger = logging.getLogger(__name__)

Translators = Mapping[Pair, Translator]

_worker = threading.local()
"""Holds the translators of a worker."""


class SearchWorkers:
    """Searches of several batches at once."""

    def __init__(self, threads: Executor, processes: Executor | None) -> None:
        self._threads = threads
        self._processes = processes

    async def search(
        self, pair: Pair, texts: Sequence[str], num_best: int
    ) -> list[list[Translation]]:
        """The translations of each text. If a process was killed, threads take over."""
        loop = asyncio.get_running_loop()
        if self._processes is not None:
            try:
                return await loop.run_in_executor(self._processes, _search, pair, texts, num_best)
            except BrokenExecutor:
                self._give_up_processes()
        return await loop.run_in_executor(self._threads, _search, pair, texts, num_best)

    def _give_up_processes(self) -> None:
        if self._processes is not None:
            logger.error(
                "a search process was killed, probably by the system for lack of memory: threads "
                "search from now on, which is slower. Restart the server to have processes again"
            )
        self._processes = None


@contextmanager
def search_workers(translators: Translators, number: int) -> Iterator[SearchWorkers]:
    """`number` workers. Leaving waits for searches in progress: a process that ends while one of
    its threads is inside torch is aborted."""
    with ThreadPoolExecutor(number, "search", _begin, (translators,)) as threads:
        if not (may_fork(number) and all(map(_may_be_copied, translators.values()))):
            yield SearchWorkers(threads, None)
            return
        copies = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(number, copies, _begin_process, (translators,)) as processes:
            processes.submit(int).result()  # starts all of them, before there are other threads
            yield SearchWorkers(threads, processes)


def _may_be_copied(translator: Translator) -> bool:
    """Whether a fork of this process can use it: not on a GPU, nor with the threads of another
    engine."""
    return translator.search is None and next(translator.model.parameters()).device.type == "cpu"


def _begin(translators: Translators) -> None:
    _worker.translators = translators


def _begin_process(translators: Translators) -> None:
    """Ctrl-C and SIGTERM are for the server, which lets its workers finish."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _begin(translators)


def _end_with_parent() -> None:
    """A worker whose server was killed would wait for batches for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _search(pair: Pair, texts: Sequence[str], num_best: int) -> list[list[Translation]]:
    translator = cast("Translators", _worker.translators)[pair]
    return translator.translate_all(texts, beam_search(translator.decoding, num_best=num_best))
