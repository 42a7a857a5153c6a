"""The living page of a run, made on the first request, in a separate process.

Making it takes a few seconds of a whole core. A thread would slow down translations, since threads
take turns at Python.
"""

import asyncio
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor

import torch

from translator.errors import RunError
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_page import page_of_run


class RunPage:
    """The page of one run, kept in memory once it is there."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._making: asyncio.Task[str] | None = None

    async def html(self) -> str:
        """The page; all who ask while it is made wait for the same one.

        Raises a TranslatorError for a run that has none.
        """
        if self._making is None:
            self._making = asyncio.create_task(self._make())
        return await asyncio.shield(self._making)

    async def _make(self) -> str:
        context = multiprocessing.get_context("spawn")  # a copy would have locks of our threads
        pool = ProcessPoolExecutor(1, context, initializer=_step_back)
        others = set(multiprocessing.active_children())
        page = asyncio.get_running_loop().run_in_executor(pool, _write, self._run)
        makers = set(multiprocessing.active_children()) - others
        try:
            return await page
        except asyncio.CancelledError:  # the server ends, and nobody waits for the page
            for maker in makers:
                maker.terminate()
            raise
        finally:
            pool.shutdown(wait=False)


def _step_back() -> None:
    """Translations go first; Ctrl-C is the server's."""
    if hasattr(os, "nice"):
        os.nice(10)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _write(run: RunDirectory) -> str:
    translator = load_translator(run)
    try:
        return page_of_run(run, translator, "float16")
    except RunError:  # a model of few steps, unsure of all, may need its exact weights
        return page_of_run(run, translator, "float32")
