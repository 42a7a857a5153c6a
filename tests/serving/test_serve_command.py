"""The command `serve`: what it refuses, and how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from inspected import ENGLISH, GERMAN
from served import translate

from translator.cli import serve as command
from translator.cli.options import serve as options
from translator.compute.invocation import installing
from translator.errors import ConfigError
from translator.experiment.run_directory import RunDirectory

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--host", "0.0.0.0"],
            "--host 0.0.0.0 can be reached from other machines: require a key with --api_key, or "
            "let everybody translate with --allow_anyone",
        ),
        (["--host", "my-machine"], "--host my-machine can be reached from other machines"),
        (["--api_key", "x", "--allow_anyone"], "--allow_anyone and an API key exclude each other"),
        (["--port", "65536"], "--port is 65536: it must be from 0 to 65,535"),
        (["--max_characters", "0"], "--max_characters is 0: it must be from 1 to 10,000,000"),
        (["--engine", "ctranslate2", "--device", "cuda"], "--engine ctranslate2 runs on the CPU"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(argv: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        options.read(argv, "translator serve")


@pytest.mark.parametrize(
    "argv",
    [
        ["--host", "127.1.2.3"],
        ["--host", "::1"],
        ["--host", "localhost"],
        ["--host", "0.0.0.0", "--api_key", "x"],
        ["--host", "0.0.0.0", "--allow_anyone"],
    ],
)
def test_this_machine_alone_needs_no_key(argv: list[str]) -> None:
    assert options.read(argv, "translator serve").host == argv[1]


def test_keys_come_from_the_command_line_and_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRANSLATOR_API_KEY", "c")

    assert options.read(["--api_key", "a", "--api_key", "b"], "serve").api_key == ["a", "b", "c"]


def test_two_runs_of_one_direction_are_refused(run: RunDirectory) -> None:
    name = str(run.path)
    given = options.read([name, name, "--port", "0"], "translator serve")

    with pytest.raises(ConfigError, match="both translate en to de: serve the other one on"):
        command.run(given, "translator serve")


def test_a_port_that_another_program_has_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        given = options.read(["--port", str(number)], "translator serve")
        message = (
            rf"port {number} of 127.0.0.1 is not available \(another program uses it\): choose"
        )
        with pytest.raises(ConfigError, match=message):
            command.run(given, "translator serve")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("translator.serving.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    given = options.read([], "translator serve")

    with pytest.raises(
        ConfigError, match=f"uvicorn is not installed: {re.escape(installing('serve'))}"
    ):
        command.run(given, "translator serve")


@pytest.mark.campaign  # it loads torch anew; see also test_many_clients.py
def test_a_signal_ends_the_server_after_what_is_under_way(run: RunDirectory) -> None:
    with serve_process(run) as (process, url), asked_for_long(process, url, 80) as answers:
        assert not answers
        process.terminate()
        out, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert answers[0].json() == {"translatedText": GERMAN * 80}
    assert json.loads(out)["characters"] == 80 * sum(map(len, ENGLISH))
    assert err == ""


@pytest.mark.campaign
def test_a_second_ctrl_c_ends_the_server_at_once_and_says_so_to_who_waits(
    run: RunDirectory,
) -> None:
    with serve_process(run) as (process, url), asked_for_long(process, url, 400) as answers:
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert answers[0].status_code == 503
    assert answers[0].json() == {"error": "the server ends"}
    assert json.loads(out)["status"] == 503
    assert "Traceback" not in err


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies processes")
def test_a_killed_search_process_loses_no_request(run: RunDirectory) -> None:
    with serve_process(run) as (process, url):
        with asked_for_long(process, url, 80) as answers:
            [search_process] = children(process)
            os.kill(search_process, signal.SIGKILL)
        again = httpx.post(f"{url}/translate", json=translate(q=ENGLISH), timeout=60)
        process.terminate()
        _, err = process.communicate(timeout=30)

    assert answers[0].json() == {"translatedText": GERMAN * 80}
    assert again.json() == {"translatedText": GERMAN}
    assert err.strip() == (
        "a search process was killed, probably by the system for lack of memory: threads search "
        "from now on, which is slower. Restart the server to have processes again"
    )


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies processes")
def test_search_processes_end_with_a_killed_server(run: RunDirectory) -> None:
    with serve_process(run) as (process, url):
        httpx.get(f"{url}/health", timeout=30)
        assert len(children(process)) == 1
        process.kill()
        # The search process has the same pipes, so they are closed only when it has ended too.
        process.communicate(timeout=30)


def children(process: "subprocess.Popen[str]") -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in path.read_text().split()]


@contextmanager
def serve_process(run: RunDirectory) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server in a process of its own, and its address."""
    options = ["--port", "0", "--max_characters", "100000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "translator", "serve", str(run.path), *options],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        notice = process.stderr.readline().strip()
        [url] = re.findall(r"^en to de, at (http://127\.0\.0\.1:\d+); Ctrl-C ends it$", notice)
        yield process, url
    finally:
        process.kill()
        process.wait()


@contextmanager
def asked_for_long(
    process: "subprocess.Popen[str]", url: str, times: int
) -> Iterator[list[httpx.Response]]:
    """The answers to one request that is being searched now; all there on leaving."""
    answers: list[httpx.Response] = []
    fields = translate(q=ENGLISH * times)
    asking = threading.Thread(
        target=lambda: answers.append(httpx.post(f"{url}/translate", json=fields, timeout=60))
    )
    asking.start()
    assert process.stdout is not None
    queue = 0
    while queue == 0:
        assert httpx.get(f"{url}/health", timeout=30).json() == {"status": "ok"}
        queue = json.loads(process.stdout.readline())["queue"]
    yield answers
    asking.join()
