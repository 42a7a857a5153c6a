"""A port, uvicorn behind it, and how both end."""

import asyncio
import errno
import logging
import math
import signal
import socket
from collections.abc import Callable, Mapping, Sequence

import torch
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from translator.compute.workers import num_workers
from translator.errors import ConfigError
from translator.serving.access import StandardOutput
from translator.serving.api import Api, Served, make_app
from translator.serving.languages import Pair
from translator.serving.limits import Limits

logger = logging.getLogger(__name__)

SECONDS_TO_ASK = 20
"""A connection that has not sent a whole header by then is closed."""


def listen(host: str, port: int) -> socket.socket:
    """A port to listen on. Raises ConfigError if it is not available."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = error.strerror
        if error.errno == errno.EADDRINUSE:
            reason = "another program uses it"
        raise ConfigError(
            f"port {port} of {host} is not available ({reason}): choose another with --port, or "
            "any free one with --port 0"
        ) from None


def address_of(port: socket.socket) -> str:
    """What a program on this machine asks for."""
    host, number, *_ = port.getsockname()
    return f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"


def make_server(
    api: Api, *, timeout: float, only_loopback: bool, write: Callable[[str], None]
) -> uvicorn.Server:
    """What serves the API; it is told to end by `should_exit`, and finishes what is under way."""
    return uvicorn.Server(
        uvicorn.Config(
            make_app(api, only_loopback=only_loopback, write=write),
            http=_ImpatientProtocol,
            ws="none",
            log_config=None,  # its warnings go where ours do
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=math.ceil(2 * timeout),
        )
    )


def serve(
    served: Mapping[Pair, Served],
    port: socket.socket,
    *,
    keys: Sequence[str],
    limits: Limits,
    only_loopback: bool,
) -> None:
    """Answer requests until Ctrl-C or SIGTERM; requests in progress are finished."""
    # Notices about texts do not belong in the server's log.
    logging.getLogger("translator").setLevel(logging.ERROR)
    weights = next(next(iter(served.values())).translator.model.parameters())
    num_threads = num_workers(weights.device)
    torch.set_num_threads(1)  # of each worker
    api = Api(served, num_workers=num_threads, keys=keys, limits=limits)
    server = make_server(
        api, timeout=limits.timeout, only_loopback=only_loopback, write=StandardOutput().write
    )

    # A second Ctrl-C breaks everything off: tracebacks would say nothing more.
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.force_exit)

    def end(*_: object) -> None:
        server.should_exit = True

    # While uvicorn serves it has handlers of its own; in the end it sends the signal to these.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server.run(sockets=[port])
    if server.force_exit:  # by a second Ctrl-C
        raise KeyboardInterrupt


class _ImpatientProtocol(H11Protocol):
    """uvicorn's, but a connection that does not ask anything, or anything more, is closed."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_header()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()

    def _expect_header(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(SECONDS_TO_ASK, self._close_unless_asked)

    def _close_unless_asked(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
