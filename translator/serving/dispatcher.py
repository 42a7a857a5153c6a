"""Batches concurrent requests: texts that arrive together are searched together, beside the event
loop.

Each worker takes a batch as soon as it is free: texts of one direction, in turn from each waiting
request, so that a long request delays others by at most one batch.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from translator.decoding.translator import Translation, Translator
from translator.serving.languages import Pair
from translator.serving.search_workers import SearchWorkers, search_workers

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.004
"""A free worker waits until nothing has arrived for this long ..."""
GATHER_ROUNDS = 10
"""... but not longer than this many times that."""
BATCH_CHARACTERS = 4000
"""Size of a batch: about sixty sentences. Larger batches are hardly faster."""
WORTH_SHARING = 32
"""A worker takes up to this many texts even if others are free: a text in a batch of 16 takes half
as much time again as in a batch of 32."""
TURN_CHARACTERS = 1000
"""Share of a request that goes into a batch before the next request's turn: short requests go in
whole."""


class BusyServerError(Exception):
    """Too many requests are waiting."""


@dataclass(eq=False)
class _Request:
    """One request: its texts and the results so far."""

    waiting: deque[tuple[int, str]]
    """Texts that no worker has taken yet, with their positions in the request."""
    found: list[list[Translation]]
    """Of each text; empty until a worker is done with it."""
    num_missing: int
    done: asyncio.Future[None] = field(default_factory=asyncio.Future)


@dataclass(frozen=True)
class _Group:
    """Texts that can be searched together have the same group."""

    pair: Pair
    num_best: int


_Batch = list[tuple[_Request, int, str]]


class Dispatcher:
    """Distributes the texts of all requests to workers. It belongs to one event loop."""

    def __init__(
        self, translators: Mapping[Pair, Translator], *, num_workers: int, max_waiting: int
    ) -> None:
        """If `max_waiting` requests are waiting, further ones are refused."""
        self._translators = translators
        self._num_workers = self._num_idle = num_workers
        self._max_waiting = max_waiting
        self._queues: dict[_Group, deque[_Request]] = {}
        self._has_arrived = asyncio.Event()
        self._num_arrived = 0
        self.num_waiting = 0
        """Requests that are not answered yet."""

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Inside, requests are answered; leaving waits for searches in progress."""
        with search_workers(self._translators, self._num_workers) as searching:
            workers = [asyncio.create_task(self._work(searching)) for _ in range(self._num_workers)]
            try:
                yield
            finally:
                for worker in workers:
                    worker.cancel()

    async def translate(
        self, pair: Pair, texts: Sequence[str], num_best: int = 1
    ) -> list[list[Translation]]:
        """Like `Translator.translate_all`. If cancelled, waiting texts are dropped.

        Raises BusyServerError at once if too many requests are waiting.
        """
        if self.num_waiting >= self._max_waiting:
            raise BusyServerError
        if not texts:
            return []
        request = _Request(deque(enumerate(texts)), [[] for _ in texts], len(texts))
        self._queues.setdefault(_Group(pair, num_best), deque()).append(request)
        self._has_arrived.set()
        self._num_arrived += 1
        self.num_waiting += 1
        try:
            await request.done
        finally:
            self.num_waiting -= 1
            request.waiting.clear()
        return request.found

    async def _work(self, searching: SearchWorkers) -> None:
        """The loop of a worker."""
        while True:
            await self._has_arrived.wait()
            await self._gather()
            if not self._queues:  # other workers were faster
                self._has_arrived.clear()
                continue
            group, batch = self._take()
            self._num_idle -= 1
            try:
                texts = [text for _, _, text in batch]
                _deliver(batch, await searching.search(group.pair, texts, group.num_best))
            except Exception as error:
                for request, _, _ in batch:
                    if not request.done.done():
                        request.done.set_exception(error)
            finally:
                self._num_idle += 1

    async def _gather(self) -> None:
        """Wait for more texts: a batch of sixty takes much less time than two of thirty."""
        for _ in range(GATHER_ROUNDS):
            before = self._num_arrived
            await asyncio.sleep(GATHER_SECONDS)
            if self._num_arrived == before:
                return

    def _take(self) -> tuple[_Group, _Batch]:
        """The next batch: a worker's share of what waits, in turn from each request. It is empty
        where nobody wants that any more."""
        group = next(iter(self._queues))
        queue = deque(request for request in self._queues.pop(group) if request.waiting)
        num_texts = sum(len(request.waiting) for request in queue)
        share = math.ceil(num_texts / self._num_idle)
        batch = _take_in_turn(queue, max(share, WORTH_SHARING))
        if queue:  # the rest comes after the other groups
            self._queues[group] = queue
        return group, batch


def _take_in_turn(queue: deque[_Request], num_texts: int) -> _Batch:
    """So many texts, or as many as fill a batch; requests without any more leave the queue."""
    batch: _Batch = []
    characters = 0
    while queue and len(batch) < num_texts and characters < BATCH_CHARACTERS:
        request = queue.popleft()
        turn_ends = characters + TURN_CHARACTERS
        while request.waiting and len(batch) < num_texts and characters < turn_ends:
            place, text = request.waiting.popleft()
            batch.append((request, place, text))
            characters += len(text)
        if request.waiting:
            queue.append(request)
    return batch


def _deliver(batch: _Batch, found: Sequence[list[Translation]]) -> None:
    for (request, place, _), translations in zip(batch, found, strict=True):
        request.found[place] = translations
        request.num_missing -= 1
        if request.num_missing == 0 and not request.done.done():
            request.done.set_result(None)
