"""Texts of many requests become batches, in turn, and nobody gets another's translation."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from translator.config import DecodingConfig
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translation
from translator.serving import dispatcher as dispatcher_module
from translator.serving.dispatcher import BATCH_CHARACTERS, BusyServerError, Dispatcher
from translator.serving.languages import Pair

EN_DE, DE_EN = Pair("en", "de"), Pair("de", "en")


class Upper:
    """Translates into capitals, but only when it may; notes what it is given."""

    decoding = DecodingConfig(beam_size=3)
    search = "an engine of its own, which threads use"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_go = threading.Semaphore(1000)

    def translate_all(self, texts: Sequence[str], strategy: BeamSearch) -> list[list[Translation]]:
        self.batches.append(list(texts))
        self.may_go.acquire()
        if "bad" in texts:
            raise ValueError("a bug")
        return [
            [
                Translation(text=f"{text.upper()}{rank or ''}", score=0.0, tokens=[], logprobs=[])
                for rank in range(strategy.num_best)
            ]
            for text in texts
        ]


def test_texts_that_arrive_together_are_searched_together_by_all_workers() -> None:
    upper = Upper()

    async def ask(dispatcher: Dispatcher) -> list[list[str]]:
        return await asyncio.gather(*(texts_of(dispatcher, [f"a{i}", f"b{i}"]) for i in range(40)))

    found = run(upper, ask, num_workers=2)

    assert found == [[f"A{i}", f"B{i}"] for i in range(40)]
    assert [len(batch) for batch in upper.batches] == [40, 40]


def test_few_texts_are_not_divided_among_idle_workers() -> None:
    upper = Upper()

    async def ask(dispatcher: Dispatcher) -> list[list[str]]:
        return await asyncio.gather(*(texts_of(dispatcher, [f"a{i}"]) for i in range(10)))

    run(upper, ask, num_workers=2)

    assert [len(batch) for batch in upper.batches] == [10]


def test_clients_that_ask_again_one_after_the_other_share_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upper = Upper()
    monkeypatch.setattr(dispatcher_module, "GATHER_SECONDS", 0.1)

    async def ask(dispatcher: Dispatcher) -> None:
        async def client(number: int) -> None:
            for again in range(2):
                await texts_of(dispatcher, [f"{number}, {again}"])
                await asyncio.sleep(0.02 * number)

        await asyncio.gather(*(client(number) for number in range(8)))

    run(upper, ask)

    assert [len(batch) for batch in upper.batches] == [8, 8]


def test_a_long_request_delays_a_short_one_by_no_more_than_a_batch() -> None:
    upper = Upper()
    long = ["x" * (BATCH_CHARACTERS // 4)] * 20
    finished: list[str] = []

    async def ask(dispatcher: Dispatcher) -> None:
        async def note(name: str, texts: Sequence[str]) -> None:
            await texts_of(dispatcher, texts)
            finished.append(name)

        upper.may_go = threading.Semaphore(0)
        requests = [asyncio.create_task(note("long", long))]
        await until(lambda: upper.batches)
        requests += [asyncio.create_task(note("short", ["short"]))]
        await asyncio.sleep(0)
        upper.may_go.release(100)
        await asyncio.gather(*requests)

    run(upper, ask)

    assert finished == ["short", "long"]
    assert "short" in upper.batches[1]
    assert [len(batch) for batch in upper.batches[:2]] == [4, 5]
    assert sum(map(len, upper.batches)) == 21


def test_a_batch_has_one_direction_and_as_many_alternatives_as_its_requests_want() -> None:
    english, german = Upper(), Upper()

    async def ask(dispatcher: Dispatcher) -> list[list[str]]:
        return await asyncio.gather(
            texts_of(dispatcher, ["a"]),
            texts_of(dispatcher, ["b"], DE_EN),
            texts_of(dispatcher, ["c"], num_best=3),
            texts_of(dispatcher, ["d"]),
        )

    found = run(english, ask, german=german)

    assert found == [["A"], ["B"], ["C", "C1", "C2"], ["D"]]
    assert english.batches == [["a", "d"], ["c"]]
    assert german.batches == [["b"]]


def test_texts_that_nobody_waits_for_any_more_are_not_searched() -> None:
    upper = Upper()
    upper.may_go = threading.Semaphore(0)

    async def ask(dispatcher: Dispatcher) -> list[str]:
        first = asyncio.create_task(texts_of(dispatcher, ["first"]))
        await until(lambda: upper.batches)
        given_up = asyncio.create_task(texts_of(dispatcher, ["given", "up"]))
        last = asyncio.create_task(texts_of(dispatcher, ["last"]))
        await asyncio.sleep(0)
        given_up.cancel()
        upper.may_go.release(100)
        assert dispatcher.num_waiting == 3
        found = [*await first, *await last]
        assert dispatcher.num_waiting == 0
        return found

    assert run(upper, ask) == ["FIRST", "LAST"]
    assert upper.batches == [["first"], ["last"]]


def test_who_comes_when_too_many_wait_is_refused_at_once() -> None:
    upper = Upper()
    upper.may_go = threading.Semaphore(0)

    async def ask(dispatcher: Dispatcher) -> None:
        waiting = [asyncio.create_task(texts_of(dispatcher, ["x"])) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyServerError):
            await dispatcher.translate(EN_DE, ["one too many"])
        upper.may_go.release(100)
        assert await asyncio.gather(*waiting) == [["X"]] * 3
        assert await texts_of(dispatcher, ["y"]) == ["Y"]

    run(upper, ask, max_waiting=3)


def test_a_bug_in_a_search_is_told_to_who_asked_and_the_worker_goes_on() -> None:
    async def ask(dispatcher: Dispatcher) -> None:
        with pytest.raises(ValueError, match="a bug"):
            await dispatcher.translate(EN_DE, ["bad"])
        assert await texts_of(dispatcher, ["good"]) == ["GOOD"]

    run(Upper(), ask)


def test_the_event_loop_goes_on_while_a_search_runs() -> None:
    upper = Upper()
    upper.may_go = threading.Semaphore(0)

    async def ask(dispatcher: Dispatcher) -> list[str]:
        waiting = asyncio.create_task(texts_of(dispatcher, ["x"]))
        await until(lambda: upper.batches)
        upper.may_go.release()  # whoever blocked the loop would not come here
        return await waiting

    assert run(upper, ask) == ["X"]


def run(
    upper: Upper,
    ask: Callable[[Dispatcher], Awaitable[Any]],
    *,
    german: Upper | None = None,
    num_workers: int = 1,
    max_waiting: int = 100,
) -> Any:
    translators: Any = {EN_DE: upper, DE_EN: german}

    async def main() -> Any:
        dispatcher = Dispatcher(translators, num_workers=num_workers, max_waiting=max_waiting)
        async with dispatcher.working():
            return await asyncio.wait_for(ask(dispatcher), timeout=20)

    return asyncio.run(main())


async def texts_of(
    dispatcher: Dispatcher, texts: Sequence[str], pair: Pair = EN_DE, num_best: int = 1
) -> list[str]:
    """All translations of all texts, in a row."""
    found = await dispatcher.translate(pair, texts, num_best)
    return [translation.text for translations in found for translation in translations]


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)
