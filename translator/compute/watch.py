"""Notices that another process of a training is gone, whatever this process is doing.

Communication libraries notice it only while they communicate, some of them after half an hour. So
each process keeps an idle connection to the main process: the system closes it when a process ends,
for whatever reason, and reports a machine that no longer answers.
"""

import contextlib
import os
import secrets
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta

from torch.distributed.distributed_c10d import Store

from translator.errors import WorkerError

LOST = (
    "another process of this training ended or cannot be reached (its own output says why): start "
    "all processes again with --resume RUN, which continues from the last checkpoint"
)
START = timedelta(minutes=5)
"""How long a process waits for the others to start."""
HELLO = 10.0
"""Seconds that a new connection has to say the secret."""
GRACE = 5.0
"""Seconds in which a process may end on its own, with its own message, when another is gone."""
KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 4}
"""After 20 seconds of silence, a machine is probed every 10 seconds, four times."""


class Watch:
    """Ends this process, with a message and exit code 2, a few seconds after a process at the other
    end of a connection has ended."""

    def __init__(self, connections: Sequence[socket.socket]) -> None:
        self._connections = connections
        self._is_over = threading.Event()
        for connection in connections:
            threading.Thread(target=self._wait, args=(connection,), daemon=True).start()

    def end(self) -> None:
        """From now on processes may end."""
        self._is_over.set()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # the other end was faster
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _wait(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.recv(1)
        if not self._is_over.wait(GRACE):
            print(f"error: {LOST}", file=sys.stderr, flush=True)
            os._exit(2)  # the main thread may be waiting forever


def watch_processes(store: Store, rank: int, size: int) -> Watch:
    """Connect all others with the process of rank 0, which they find through `store`.

    Raises WorkerError if one of them does not come.
    """
    try:
        connections = _accept(store, size - 1) if rank == 0 else [_connect(store)]
    except (OSError, RuntimeError) as error:  # the latter is what a store raises
        raise WorkerError(
            f"not all processes of this training came together within {START.seconds // 60} "
            f"minutes ({error}): see the output of the others for why one ended, or check the "
            "network between them"
        ) from None
    for connection in connections:
        connection.settimeout(None)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            if hasattr(socket, name):  # else the system has values of its own
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Watch(connections)


def _accept(store: Store, count: int) -> list[socket.socket]:
    """The connections of `count` processes that know the secret."""
    secret = secrets.token_hex(16)
    connections: list[socket.socket] = []
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=both) as server:
        server.settimeout(START.total_seconds())
        store.set("watch", f"{_own_address()} {server.getsockname()[1]} {secret}")
        while len(connections) < count:
            connection, _ = server.accept()
            if _says(connection, secret):
                connections.append(connection)
            else:  # somebody tries all ports of this machine
                connection.close()
    return connections


def _says(connection: socket.socket, secret: str) -> bool:
    connection.settimeout(HELLO)
    with contextlib.suppress(OSError):
        return connection.recv(len(secret), socket.MSG_WAITALL) == secret.encode()
    return False


def _connect(store: Store) -> socket.socket:
    host, port, secret = store.get("watch").decode().split()
    connection = socket.create_connection((host, int(port)), START.total_seconds())
    connection.sendall(secret.encode())
    return connection


def _own_address() -> str:
    """Where the others reach this process: at the store's address, which all of them know, if that
    is here; else at the one from which this process reaches the store."""
    host, port = os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"]
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        try:
            probe.bind((address[0], 0))
        except OSError:  # it is another machine's
            probe.connect(address)  # which sends nothing
            return str(probe.getsockname()[0])
    return host
