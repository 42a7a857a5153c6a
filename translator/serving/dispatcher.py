"""Continuous batching: texts of concurrent requests are searched together, in threads beside the
event loop.

Each worker takes texts of one direction, in turn from each waiting request, so that a long request
delays others by a few decoding steps at most. New texts join the batch that the worker is already
searching, and each request is answered as soon as its texts are done.
"""

import asyncio
import math
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from translator.decoding.strategies import beam_search
from translator.decoding.stream import TranslationStream
from translator.decoding.translator import Translation, Translator
from translator.serving.languages import Pair

BATCH_CHARACTERS = 2000
"""Size of a worker's batch: about thirty sentences. Larger batches are no faster."""
TURN_CHARACTERS = 1000
"""Share of a request that joins a batch before the next request's turn: short requests join whole."""
WORTH_JOINING = 4
"""Waiting texts join a batch once they number a quarter of it: joining moves all its rows."""


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


_Place = tuple[_Request, int]
"""A text: its request, and its index in the request."""


class Dispatcher:
    """Distributes the texts of all requests to workers. It belongs to one event loop."""

    def __init__(
        self, translators: Mapping[Pair, Translator], *, num_workers: int, max_waiting: int
    ) -> None:
        """Each worker is a thread; beyond `max_waiting` requests, further ones are refused."""
        self._translators = translators
        self._num_workers = num_workers
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        """Guards what the event loop and the workers share, the next three."""
        self._queues: dict[_Group, deque[_Request]] = {}
        self._busy: set[int] = set()
        """Workers that have texts under way."""
        self._is_over = False
        self.num_waiting = 0
        """Requests that are not answered yet."""

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Inside, requests are answered. Leaving waits for the decoding steps in progress: a process
        that ends while one of its threads is inside torch is aborted."""
        loop = asyncio.get_running_loop()
        workers = [
            threading.Thread(target=self._work, args=[loop], name=f"search-{number}")
            for number in range(self._num_workers)
        ]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            for worker in workers:
                worker.join()

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
        with self._changed:
            self._queues.setdefault(_Group(pair, num_best), deque()).append(request)
            self._changed.notify_all()
        self.num_waiting += 1
        try:
            await request.done
        finally:
            self.num_waiting -= 1
            with self._changed:
                request.waiting.clear()
        return request.found

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop of a worker."""
        while taken := self._wait_for_texts():
            group, texts = taken
            under_way: dict[_Place, str] = {}
            try:
                self._search(group, texts, under_way, loop)
            except Exception as error:
                loop.call_soon_threadsafe(_fail, list(under_way), error)

    def _search(
        self,
        group: _Group,
        texts: dict[_Place, str],
        under_way: dict[_Place, str],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Translate these texts, and those of the group that join them."""
        stream = self._stream(group)
        while not self._is_over:
            under_way.update(texts)
            found: dict[_Place, list[Translation]] = stream.add(texts) if texts else {}
            if len(stream):
                found |= stream.step()
            if found:
                for place in found:
                    del under_way[place]
                loop.call_soon_threadsafe(_deliver, found)
            texts = self._joining(group, under_way)
            if not texts and not under_way:
                return

    def _stream(self, group: _Group) -> TranslationStream:
        translator = self._translators[group.pair]
        return TranslationStream(
            translator, beam_search(translator.decoding, num_best=group.num_best)
        )

    def _wait_for_texts(self) -> tuple[_Group, dict[_Place, str]] | None:
        """The first texts of a batch; None once the dispatcher ends."""
        with self._changed:
            self._busy.discard(threading.get_ident())
            while not self._is_over:
                if not self._queues:
                    self._changed.wait()
                    continue
                group = next(iter(self._queues))
                texts = self._take(group, {})
                if texts:  # else every request of the group was cancelled
                    return group, texts
            return None

    def _joining(self, group: _Group, under_way: Mapping[_Place, str]) -> dict[_Place, str]:
        """Texts that join those under way; none while another group waits for its turn."""
        with self._changed:
            return {} if self._queues.keys() - {group} else self._take(group, under_way)

    def _take(self, group: _Group, under_way: Mapping[_Place, str]) -> dict[_Place, str]:
        """A worker's share of the group's waiting texts, if enough of them wait."""
        queue = deque(request for request in self._queues.pop(group, ()) if request.waiting)
        me = threading.get_ident()
        num_takers = self._num_workers - len(self._busy - {me})
        share = math.ceil(sum(len(request.waiting) for request in queue) / num_takers)
        texts = {}
        if WORTH_JOINING * share >= len(under_way):
            room = BATCH_CHARACTERS - sum(map(len, under_way.values()))
            texts = _take_in_turn(queue, share, room)
            if texts:
                self._busy.add(me)
        if queue:  # the rest comes after the other groups
            self._queues[group] = queue
        return texts


def _take_in_turn(queue: deque[_Request], num_texts: int, room: int) -> dict[_Place, str]:
    """At most `num_texts` texts, and at most `room` characters before the last of them; requests
    without further texts leave the queue."""
    texts: dict[_Place, str] = {}
    characters = 0
    while queue and len(texts) < num_texts and characters < room:
        request = queue.popleft()
        turn_ends = characters + TURN_CHARACTERS
        while request.waiting and len(texts) < num_texts and characters < min(room, turn_ends):
            place, text = request.waiting.popleft()
            texts[request, place] = text
            characters += len(text)
        if request.waiting:
            queue.append(request)
    return texts


def _deliver(found: Mapping[_Place, list[Translation]]) -> None:
    for (request, place), translations in found.items():
        request.found[place] = translations
        request.num_missing -= 1
        if request.num_missing == 0 and not request.done.done():
            request.done.set_result(None)


def _fail(places: Sequence[_Place], error: Exception) -> None:
    for request, _ in places:
        if not request.done.done():
            request.done.set_exception(error)
