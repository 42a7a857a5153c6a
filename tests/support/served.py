"""Servers for the tests, each in a thread of this process, on a free port."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.serving.api import Api, Served
from translator.serving.languages import Pair
from translator.serving.limits import Limits
from translator.serving.server import address_of, listen, make_server

EN_DE = Pair("en", "de")


@dataclass
class Server:
    """A running server."""

    url: str
    api: Api
    log: list[str] = field(default_factory=list)
    """The lines that the server logged."""

    def post(self, path: str, fields: object, **more: Any) -> httpx.Response:
        """Send a POST request with the fields as JSON."""
        return httpx.post(f"{self.url}{path}", json=fields, timeout=30, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=30, **more)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log]


def translate(**fields: object) -> dict[str, object]:
    """The fields of a request to /translate; English to German by default."""
    return {"source": "en", "target": "de", **fields}


@contextmanager
def serving(
    runs: Mapping[Pair, RunDirectory],
    *,
    keys: tuple[str, ...] = (),
    limits: Limits | None = None,
    only_loopback: bool = True,
    num_workers: int = 2,
) -> Iterator[Server]:
    """A server of these runs, stopped when the context is left."""
    limits = limits or Limits()
    served = {pair: Served(run, load_translator(run)) for pair, run in runs.items()}
    api = Api(served, num_workers=num_workers, keys=keys, limits=limits)
    port = listen("127.0.0.1", 0)
    running = Server(address_of(port), api)
    server = make_server(
        api, timeout=limits.timeout, only_loopback=only_loopback, write=running.log.append
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [port]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield running
    server.should_exit = True
    thread.join()
