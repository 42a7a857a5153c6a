"""Many at once, and bad neighbours: each gets its own translations, and in time."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from inspected import ENGLISH, GERMAN
from served import EN_DE, Server, serving, translate

from translator.experiment.run_directory import RunDirectory
from translator.serving import search_workers
from translator.serving import server as server_module
from translator.serving.limits import Limits

SOON = 15
"""Seconds: a translation takes a few hundredths, unless the machine has other work; a client that
is waited for would be waited for longer."""


def test_of_64_clients_at_once_each_gets_its_own_translations(server: Server) -> None:
    asked = [[(client + place) % 3 for place in range(1 + client % 4)] for client in range(64)]
    requests = [whole(translate(q=[ENGLISH[i] for i in each])) for each in asked]
    before = len(server.log)
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(server, b"")) for _ in requests]
        with held():  # so that they are there together
            for client, request in zip(clients, requests, strict=True):
                client.sendall(request)
            until(lambda: server.api.dispatcher.num_waiting == 64)
        answers = [answer_to(client) for client in clients]

    expected = [{"translatedText": [GERMAN[i] for i in each]} for each in asked]
    assert answers == expected
    assert [line["status"] for line in server.logged()[before:]] == [200] * 64


def test_slow_broken_and_large_requests_disturb_nobody(server: Server) -> None:
    huge = translate(q=[ENGLISH[0]] * 250)
    with (
        connected(server, b"POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Le"),
        connected(server, post(b'{"q": "A dog', length=1000)),
        connected(server, b"\x16\x03\x01\x00\xa5 this is no HTTP"),
        connected(server, post(b"x" * 140_000, length=140_000)),
        in_background(lambda: server.post("/translate", huge)) as long,
    ):
        started = time.perf_counter()
        answers = [server.post("/translate", translate(q=ENGLISH[1])) for _ in range(3)]
        seconds = time.perf_counter() - started

    assert [answer.json()["translatedText"] for answer in answers] == [GERMAN[1]] * 3
    assert seconds < SOON
    [answer] = long
    assert answer.json()["translatedText"] == [GERMAN[0]] * 250


def test_what_waits_for_a_client_that_has_gone_is_given_up(server: Server) -> None:
    with held():
        with connected(server, whole(translate(q=ENGLISH[2]))):
            until(lambda: server.api.dispatcher.num_waiting == 1)
        until(lambda: server.api.dispatcher.num_waiting == 0)  # while the search is still held
        until(lambda: server.logged()[-1]["status"] == 499)


def test_a_request_that_takes_too_long_is_refused(run: RunDirectory) -> None:
    with serving({EN_DE: run}, limits=Limits(timeout=0.5)) as server:
        with held():
            long = server.post("/translate", translate(q=ENGLISH[0]))
        slow = half_asked(server, post(b'{"q": "A dog', length=1000))

    assert long.status_code == 504
    assert long.json() == {
        "error": "the request took longer than 0.5 seconds: send less text at once"
    }
    assert slow.startswith(b"HTTP/1.1 408 ")
    assert slow.endswith(
        b'{"error":"the request did not arrive within 0.5 seconds: send it again"}'
    )


def test_who_comes_when_too_many_wait_is_refused(run: RunDirectory) -> None:
    def ask() -> httpx.Response:
        return server.post("/translate", translate(q=ENGLISH[0]))

    with (
        serving({EN_DE: run}, limits=Limits(max_waiting=1)) as server,
        ExitStack() as asking,
        held(),
    ):
        first = asking.enter_context(in_background(ask))
        until(lambda: server.api.dispatcher.num_waiting == 1)
        refused = ask()

    assert first[0].json() == {"translatedText": GERMAN[0]}
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert refused.json() == {"error": "1 requests are waiting already: try again later"}


def test_a_connection_that_asks_nothing_is_closed(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "SECONDS_TO_ASK", 0.3)
    with serving({EN_DE: run}) as server:
        assert half_asked(server, b"") == b""
        assert half_asked(server, b"GET /health HTTP/1.1\r\nHost: loc") == b""
        first = half_asked(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea")
        assert first.count(b"HTTP/1.1 200 OK") == 1
        assert first.count(b"HTTP/1.1") == 1
        rest = "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"
        assert half_asked(server, rest.encode()).count(b"HTTP/1.1") == 1


def test_a_header_without_end_is_refused(server: Server) -> None:
    with connected(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ") as client:
        with suppress(ConnectionError):  # it need not read all of it
            for _ in range(100):
                client.sendall(b"x" * 1024)
                time.sleep(0.001)
        assert client.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_a_long_body_is_no_long_header(server: Server) -> None:
    padded = json.dumps(translate(q=ENGLISH[0])).encode() + b" " * 70_000  # white space after it

    with connected(server, post(padded, length=len(padded))) as client:
        assert answer_to(client) == {"translatedText": GERMAN[0]}


def test_the_beginning_of_a_header_after_a_long_body_is_no_long_header(server: Server) -> None:
    padded = json.dumps(translate(q=ENGLISH[0])).encode() + b" " * 100_000
    both = post(padded, length=len(padded)) + b"GET /health HTTP/1.1\r\nHost: loc"

    with connected(server, both) as client:
        assert answer_to(client) == {"translatedText": GERMAN[0]}
        client.sendall(b"alhost\r\n\r\n")
        assert answer_to(client) == {"status": "ok"}


def test_trailers_without_end_are_refused(server: Server) -> None:
    head = b"POST /translate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with connected(server, head) as client:
        with suppress(ConnectionError):
            for _ in range(100):
                client.sendall(b"X: " + b"x" * 1019 + b"\r\n")
                time.sleep(0.001)
        assert client.recv(4096).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("pause", [0, 0.1])
def test_an_offer_of_http_2_is_declined_and_the_request_answered(
    server: Server, pause: float
) -> None:
    """As Java's client and curl --http2 make it."""
    request = whole(translate(q=ENGLISH[0]))
    offer = (
        b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n"
    )
    head, _, body = request.partition(b"\r\n\r\n")

    with connected(server, head + offer) as client:
        time.sleep(pause)
        client.sendall(body)
        assert answer_to(client) == {"translatedText": GERMAN[0]}
        client.sendall(request)
        assert answer_to(client) == {"translatedText": GERMAN[0]}


def test_a_client_that_goes_before_its_body_is_whole_is_no_error(server: Server) -> None:
    with connected(server, post(b"{", length=9)):
        pass
    until(lambda: server.logged()[-1]["status"] == 499)


def test_a_server_that_is_told_to_end_finishes_what_is_under_way(run: RunDirectory) -> None:
    fields = translate(q=ENGLISH * 60)
    with ExitStack() as asking, serving({EN_DE: run}) as server:
        answers = asking.enter_context(in_background(lambda: server.post("/translate", fields)))
        until(lambda: server.api.dispatcher.num_waiting == 1)

    assert answers[0].json() == {"translatedText": GERMAN * 60}
    with pytest.raises(httpx.ConnectError):
        server.get("/health")


def whole(fields: object) -> bytes:
    body = json.dumps(fields).encode()
    return post(body, length=len(body))


def answer_to(client: socket.socket) -> object:
    with HTTPResponse(client) as response:
        response.begin()
        return json.loads(response.read())


def post(body: bytes, length: int) -> bytes:
    """A request to translate, with the length that it claims to have."""
    head = "POST /translate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {length}\r\n\r\n".encode() + body


@contextmanager
def connected(server: Server, sent: bytes) -> Iterator[socket.socket]:
    """A connection by which that was sent."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=SOON) as connection:
        connection.sendall(sent)
        yield connection


def half_asked(server: Server, sent: bytes) -> bytes:
    """All that comes until the server closes the connection."""
    with connected(server, sent) as connection:
        return b"".join(iter(lambda: connection.recv(4096), b""))


@contextmanager
def held() -> Iterator[None]:
    """Inside, no search ends."""
    may_go, search = threading.Event(), search_workers._search

    def wait_and_search(*given: Any) -> Any:
        may_go.wait()
        return search(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_workers, "_search", wait_and_search)
        yield
        may_go.set()


@contextmanager
def in_background(ask: Callable[[], httpx.Response]) -> Iterator[list[httpx.Response]]:
    """The answer, once it has left."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    yield answers
    thread.join()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
