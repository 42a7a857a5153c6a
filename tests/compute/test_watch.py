"""A process that ends is noticed by the others, and nothing else is taken for that."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from torch.distributed import HashStore

import translator
from translator.compute import watch
from translator.compute.watch import Watch, watch_processes
from translator.errors import WorkerError

ROOT = Path(translator.__file__).parents[1]
ALONE = """
import os, sys, time
from torch.distributed import TCPStore
from translator.compute import watch

watch.GRACE = 0.3
rank = int(sys.argv[1])
store = TCPStore("127.0.0.1", int(os.environ["MASTER_PORT"]), is_master=rank == 2)
watch.watch_processes(store, rank, 3)
print("watched", flush=True)
time.sleep(60)  # as if it were translating: nothing is sent to the others
"""


@pytest.fixture(autouse=True)
def this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("MASTER_PORT", "29500")


@pytest.mark.slow
def test_processes_that_work_alone_end_with_one_sentence_when_another_is_killed() -> None:
    port = free_port()
    processes = [start(rank, port) for rank in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "watched\n"

    processes[1].kill()

    said = [process.communicate(timeout=20)[1] for process in processes]
    codes = [process.returncode for process in processes]
    assert codes.pop(1) == -signal.SIGKILL
    assert said.pop(1) == ""
    assert codes == [2, 2]
    assert said == [f"error: {watch.LOST}\n"] * 2


def test_processes_that_part_in_order_are_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(watch, "GRACE", 0.05)
    before = threading.active_count()
    with watching() as (main, other):
        pass  # the first leaves before the other does

    main.end()
    other.end()  # twice does no harm
    for thread in threading.enumerate()[before:]:
        thread.join(5)
    assert ended == []


def test_a_connection_of_somebody_else_is_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "HELLO", 0.1)
    store = HashStore()
    found: list[Watch] = []
    main = threading.Thread(target=lambda: found.append(watch_processes(store, 0, 2)))
    main.start()
    _, port, _ = store.get("watch").decode().split()
    for said in (b"GET / HTTP/1.0\r\n\r\n".ljust(40), b""):
        with socket.create_connection(("127.0.0.1", int(port))) as stranger:
            stranger.sendall(said)
            stranger.settimeout(5)
            with contextlib.suppress(ConnectionError):
                assert stranger.recv(1) == b""  # hung up on
    assert main.is_alive()

    other = watch_processes(store, 1, 2)

    main.join(5)
    found[0].end()
    other.end()


def test_a_process_that_does_not_come_is_waited_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "START", timedelta(seconds=0.1))

    with pytest.raises(WorkerError, match=r"came together .* the output of the others for why"):
        watch_processes(HashStore(), 0, 2)


def test_a_main_process_that_does_not_come_is_waited_for_a_while() -> None:
    store = HashStore()
    store.set_timeout(timedelta(seconds=0.1))

    with pytest.raises(WorkerError, match=r"came together .* or check the network between them$"):
        watch_processes(store, 1, 2)


@contextlib.contextmanager
def watching() -> Iterator[tuple[Watch, Watch]]:
    """Two ends of a watch, both in this process."""
    store = HashStore()
    found: list[Watch] = []
    thread = threading.Thread(target=lambda: found.append(watch_processes(store, 0, 2)))
    thread.start()
    other = watch_processes(store, 1, 2)
    thread.join(5)
    yield found[0], other
    found[0].end()
    other.end()


def start(rank: int, port: int) -> subprocess.Popen[str]:
    """One of three processes."""
    return subprocess.Popen(
        [sys.executable, "-c", ALONE, str(rank)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "MASTER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
