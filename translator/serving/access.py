"""Access control and the access log."""

import asyncio
import json
import logging
import re
import secrets
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?", re.ASCII | re.IGNORECASE)


def is_key(given: str, keys: Collection[str]) -> bool:
    """Whether it is one of the keys, in time that reveals nothing about the keys."""
    matches = [secrets.compare_digest(given.encode(), key.encode()) for key in keys]
    return any(matches)


def password(authorization: str) -> str:
    """The password that a browser sends by Basic authentication; empty for anything else."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        return b64decode(encoded).decode().partition(":")[2] if scheme.lower() == "basic" else ""
    except ValueError:
        return ""


class LoopbackOnly:
    """Refuses requests that a page of another site makes to this machine through a browser.

    A foreign name that resolves to this machine is refused as well (DNS rebinding).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_asked_here(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        message = (
            "this server answers only its own machine: use the name localhost, or start the "
            "server with --api_key"
        )
        await JSONResponse({"error": message}, HTTPStatus.FORBIDDEN)(scope, receive, send)


def _is_asked_here(headers: Headers) -> bool:
    hosts = headers.getlist("host")
    return (
        len(hosts) == 1
        and _LOOPBACK.fullmatch(hosts[0]) is not None
        and headers.get("origin") in (None, f"http://{hosts[0]}")
        # A link may lead here from anywhere; an image or a frame of another site may not.
        and (
            headers.get("sec-fetch-site") in (None, "none", "same-origin")
            or headers.get("sec-fetch-dest") == "document"
        )
    )


class AccessLog:
    """Logs a line of JSON for each answered request, without the text and without the query of the
    address, which may hold the text."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        paths: Sequence[str],
        num_waiting: Callable[[], int],
        write: Callable[[str], None],
    ) -> None:
        """Only the first part of a path is logged, and only if it is one of `paths`: a path may
        hold anything, including text. `num_waiting` returns the number of waiting requests."""
        self._app = app
        self._paths = paths
        self._num_waiting = num_waiting
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, queue = time.perf_counter(), self._num_waiting()

        def write(status: int) -> None:
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": scope["method"],
                "path": self._known(scope["path"]),
                "status": status,
                "ms": round(1000 * (time.perf_counter() - started), 1),
                "characters": scope["state"].get("characters", 0),
                "queue": queue,
            }
            self._write(json.dumps(line))

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                write(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note_and_send)
        except asyncio.CancelledError:  # by a second Ctrl-C: the server ends at once
            answer = JSONResponse({"error": "the server ends"}, HTTPStatus.SERVICE_UNAVAILABLE)
            await answer(scope, receive, note_and_send)
        except Exception:
            write(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise

    def _known(self, path: str) -> str | None:
        beginning = "/" + path[1:].partition("/")[0]
        return beginning if beginning in self._paths else None


class StandardOutput:
    """Writes lines of the access log until that fails, as with `| head` or on a full disk."""

    def __init__(self) -> None:
        self._is_writable = True

    def write(self, line: str) -> None:
        """A lost log is no reason not to answer."""
        if not self._is_writable:
            return
        try:
            print(line, file=sys.stdout, flush=True)
        except OSError as error:
            self._is_writable = False
            logger.error(
                "standard output cannot be written (%s): requests are answered, but not logged any "
                "more",
                error.strerror,
            )
