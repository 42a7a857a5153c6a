"""Workers: who computes, with how many threads, and what comes back."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import torch
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter

from translator.compute.signals import StopSignals
from translator.compute.workers import WORTH_A_PROCESS, map_ahead, map_in_workers
from translator.errors import WorkerError

forks = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2,
    reason="processes are copied on Linux alone, one for a core",
)
MANY = range(2 * WORTH_A_PROCESS + 1)
FEW = range(2 * WORTH_A_PROCESS - 1)


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before)


@pytest.fixture
def looks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch looks every five seconds whether those for whom it waits are alive."""
    wait = _MultiProcessingDataLoaderIter._try_get_data
    monkeypatch.setattr(wait, "__defaults__", (0.2,))


def whereabouts(item: int) -> tuple[int, int, int]:
    return item, os.getpid(), torch.get_num_threads()


@forks
def test_many_items_are_worked_on_by_processes_with_one_thread_each() -> None:
    items, processes, threads = zip(*map_in_workers(whereabouts, MANY, 2), strict=True)

    assert items == tuple(MANY)
    assert len(set(processes)) == 2
    assert os.getpid() not in processes
    assert set(threads) == {1}


@pytest.mark.parametrize(("items", "number"), [(FEW, 2), (MANY, 1), (range(4000), 999)])
def test_few_items_a_lone_worker_or_more_than_there_are_cores_make_no_processes(
    items: range, number: int
) -> None:
    found, processes, threads = zip(*map_in_workers(whereabouts, items, number), strict=True)

    assert found == tuple(items)
    assert set(processes) == {os.getpid()}
    assert set(threads) == {max(1, 3 // number)}


def test_a_thread_of_its_own_never_copies_the_process() -> None:
    found: list[tuple[int, int, int]] = []
    thread = threading.Thread(target=lambda: found.extend(map_in_workers(whereabouts, MANY, 2)))
    thread.start()
    thread.join()

    assert {process for _, process, _ in found} == {os.getpid()}
    assert [item for item, _, _ in found] == list(MANY)


def test_an_error_of_a_worker_reaches_the_caller() -> None:
    def refuse(item: int) -> int:
        raise ZeroDivisionError(f"item {item}")

    for items in (MANY, FEW):
        with pytest.raises(ZeroDivisionError, match="item 0"):
            list(map_in_workers(refuse, items, 2))


@forks
def test_a_worker_that_is_killed_is_an_error_in_a_sentence(looks_soon: None) -> None:
    def die(item: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(WorkerError, match=r"was killed.*: use one core .*or lower decoding"):
        list(map_in_workers(die, MANY, 2))


@forks
def test_a_worker_that_is_killed_disturbs_nothing_but_the_wait_for_its_results(
    looks_soon: None,
) -> None:
    with closing(map_ahead(whereabouts, range(50), 1)) as found:
        _, process, _ = next(found)
        os.kill(process, signal.SIGKILL)
        time.sleep(0.3)  # where an error would come from a handler of signals

        with pytest.raises(WorkerError, match=r"was killed.*: close other programs"):
            list(found)


@forks
def test_signals_to_all_processes_are_left_to_the_one_that_answers_them() -> None:
    with StopSignals() as signals, closing(map_ahead(whereabouts, range(50), 1)) as found:
        _, process, _ = next(found)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process, number)
        time.sleep(0.3)

        assert [item for item, _, _ in found] == list(range(1, 50))
    assert not signals.requested()


@forks
def test_who_stops_early_leaves_no_process_behind() -> None:
    with closing(map_in_workers(whereabouts, MANY, 2)) as results:
        _, process, _ = next(results)
        os.kill(process, 0)  # it lives

    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


def test_the_random_numbers_of_the_caller_are_left_alone() -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state()

    list(map_in_workers(whereabouts, MANY, 2))

    assert torch.equal(torch.get_rng_state(), before)
