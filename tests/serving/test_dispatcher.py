"""Texts of many requests are searched together, in turn, and nobody gets another's translation."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
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
    """A translator into capitals; notes what is searched together, step by step."""

    decoding = DecodingConfig(beam_size=3)

    def __init__(self, may_go: int = 1000) -> None:
        self.added: list[list[str]] = []
        self.steps: list[list[str]] = []
        self.may_go = threading.Semaphore(may_go)


class UpperStream:
    """Does one text a step, the oldest, but only when its translator may go."""

    def __init__(self, upper: Upper, strategy: BeamSearch) -> None:
        self.upper = upper
        self.num_best = strategy.num_best
        self.under_way: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self.under_way)

    def add(self, texts: Mapping[Hashable, str]) -> dict[Hashable, list[Translation]]:
        self.upper.added.append(list(texts.values()))
        blank = {name: self.translations(text) for name, text in texts.items() if not text}
        self.under_way |= {name: text for name, text in texts.items() if text}
        return blank

    def step(self) -> dict[Hashable, list[Translation]]:
        self.upper.steps.append(list(self.under_way.values()))
        self.upper.may_go.acquire()
        if "bad" in self.under_way.values():
            raise ValueError("a bug")
        name = next(iter(self.under_way))
        return {name: self.translations(self.under_way.pop(name))}

    def translations(self, text: str) -> list[Translation]:
        return [
            Translation(text=f"{text.upper()}{rank or ''}", score=0.0, tokens=[], logprobs=[])
            for rank in range(self.num_best)
        ]


@pytest.fixture(autouse=True)
def in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "TranslationStream", UpperStream)


def test_texts_join_those_that_are_searched_and_are_answered_as_soon_as_they_are_done() -> None:
    upper = Upper(may_go=0)
    finished: list[str] = []

    async def ask(dispatcher: Dispatcher) -> None:
        requests = [await started(dispatcher, upper, ["first"], finished)]
        requests += [noted(dispatcher, [f"a{i}", f"b{i}"], finished) for i in range(5)]
        await asyncio.sleep(0)
        upper.may_go.release(1000)
        await asyncio.gather(*requests)

    run(upper, ask)

    together = [f"{letter}{i}" for i in range(5) for letter in "ab"]
    assert upper.added == [["first"], together]
    assert finished == ["FIRST", "A0 B0", "A1 B1", "A2 B2", "A3 B3", "A4 B4"]


def test_few_texts_wait_until_they_are_worth_moving_a_large_batch() -> None:
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> None:
        requests = [await started(dispatcher, upper, [f"x{i}" for i in range(12)])]
        requests += [noted(dispatcher, ["y", "z"])]
        await asyncio.sleep(0)
        upper.may_go.release(1000)
        await asyncio.gather(*requests)

    run(upper, ask)

    assert upper.added[1] == ["y", "z"]
    sizes = [len(step) for step in upper.steps]
    assert sizes == [12, 11, 10, 9, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]  # 8 of the first, and 2


def test_a_burst_is_shared_by_all_workers() -> None:
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> list[str]:
        asking = asyncio.create_task(texts_of(dispatcher, [f"x{i}" for i in range(10)]))
        await until(lambda: len(upper.steps) == 2)
        upper.may_go.release(1000)
        return await asking

    found = run(upper, ask, num_workers=2)

    assert found == [f"X{i}" for i in range(10)]
    assert [len(added) for added in upper.added] == [5, 5]


def test_a_long_request_delays_a_short_one_by_a_few_steps() -> None:
    upper = Upper(may_go=0)
    long = ["x" * (BATCH_CHARACTERS // 4)] * 20
    finished: list[str] = []

    async def ask(dispatcher: Dispatcher) -> None:
        requests = [await started(dispatcher, upper, long, finished)]
        requests += [noted(dispatcher, ["short"], finished)]
        await asyncio.sleep(0)
        upper.may_go.release(1000)
        await asyncio.gather(*requests)

    run(upper, ask)

    assert finished[0] == "SHORT"
    assert next(i for i, step in enumerate(upper.steps) if "short" in step) <= 3
    assert sum(map(len, upper.added)) == 21
    assert max(len("".join(step)) for step in upper.steps) <= BATCH_CHARACTERS + len("short")


def test_what_is_searched_together_has_one_direction_and_as_many_alternatives() -> None:
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
    assert all("c" not in step or step == ["c"] for step in english.steps)
    assert german.steps == [["b"]]


def test_nothing_joins_a_direction_while_another_one_waits() -> None:
    english, german = Upper(may_go=0), Upper()
    finished: list[str] = []

    async def ask(dispatcher: Dispatcher) -> None:
        requests = [await started(dispatcher, english, ["a"], finished)]
        requests += [noted(dispatcher, ["b"], finished, DE_EN), noted(dispatcher, ["c"], finished)]
        await asyncio.sleep(0)
        english.may_go.release(1000)
        await asyncio.gather(*requests)

    run(english, ask, german=german)

    assert finished == ["A", "B", "C"]
    assert english.steps == [["a"], ["c"]]


def test_a_blank_text_needs_no_step() -> None:
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> list[str]:
        return await texts_of(dispatcher, ["", ""])

    assert run(upper, ask) == ["", ""]
    assert upper.steps == []


def test_texts_that_nobody_waits_for_any_more_are_not_searched() -> None:
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> None:
        requests = [await started(dispatcher, upper, ["first"])]
        given_up = noted(dispatcher, ["given", "up"])
        requests += [noted(dispatcher, ["last"])]
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        assert dispatcher.num_waiting == 2
        upper.may_go.release(1000)
        await asyncio.gather(*requests)
        assert dispatcher.num_waiting == 0

    run(upper, ask)

    assert upper.added == [["first"], ["last"]]


def test_who_comes_when_too_many_wait_is_refused_at_once() -> None:
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> None:
        waiting = [asyncio.create_task(texts_of(dispatcher, ["x"])) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyServerError):
            await dispatcher.translate(EN_DE, ["one too many"])
        upper.may_go.release(1000)
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
    upper = Upper(may_go=0)

    async def ask(dispatcher: Dispatcher) -> None:
        waiting = await started(dispatcher, upper, ["x"])
        upper.may_go.release()  # whoever blocked the loop would not come here
        await waiting

    run(upper, ask)


async def started(
    dispatcher: Dispatcher, upper: Upper, texts: Sequence[str], finished: list[str] | None = None
) -> "asyncio.Task[None]":
    """A request whose first texts are being searched."""
    task = noted(dispatcher, texts, finished)
    await until(lambda: upper.steps)
    return task


def noted(
    dispatcher: Dispatcher,
    texts: Sequence[str],
    finished: list[str] | None = None,
    pair: Pair = EN_DE,
) -> "asyncio.Task[None]":
    """A request; when it is answered, its translations join those that are `finished`."""

    async def ask() -> None:
        found = await texts_of(dispatcher, texts, pair)
        if finished is not None:
            finished.append(" ".join(found))

    return asyncio.create_task(ask())


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
