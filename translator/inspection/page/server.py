"""The page of an inspection, served to this machine alone.

`GET /?text=...` is the page of that text, with a text field for the next one; `POST /what_if`, JSON
in and out, tells what the model writes with heads muted and weights changed. Whoever asks from
another machine, or from a page of another site, is refused. There is one model: requests wait for
one another.
"""

import errno
import functools
import html
import json
import logging
import re
import socketserver
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np

from translator.decoding.translator import Translator
from translator.errors import ConfigError, InspectionError, TranslatorError
from translator.inspection.page.document import document
from translator.inspection.page.page import as_served_html
from translator.inspection.record import inspect_translation
from translator.inspection.what_if import what_if

logger = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 8000
MAX_BODY = 1 << 20
"""Bytes of a request: some rows of weights, no more."""
SECONDS_TO_ASK = 30
"""A request that takes longer to arrive is dropped."""

_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_HOST = re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d+)?", re.ASCII | re.IGNORECASE)

Kind = Literal["text/html", "application/json", "text/plain"]


class Workbench:
    """A translator, and what is asked of it, one request after the other."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._lock = threading.Lock()
        self._inspect = functools.lru_cache(maxsize=2)(
            functools.partial(inspect_translation, translator)
        )

    def page(self, text: str) -> str:
        """The page of `text`. Raises InspectionError for a text that cannot be inspected."""
        with self._lock:
            inspection = self._inspect(text)
            served = {"text": text, "notice": self._notice(len(inspection.source))}
            return as_served_html(inspection, self._translator, served)

    def _notice(self, num_tokens: int) -> str:
        most = self._translator.max_src_length
        if num_tokens <= most:
            return ""
        return (
            f"This text has {num_tokens} tokens, the model was trained on at most {most}: its "
            f"later part is translated badly. Give it sentence by sentence."
        )

    def what_if(self, asked: object) -> dict[str, object]:
        """`asked` is {"text": "...", "ablate": [[layer, head, "zero"]], "drop": [position],
        "override": [[layer, head, step, [weights]]]}, all from 0, all but the text optional.

        Raises InspectionError for what is no such request, or cannot be done.
        """
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            raise InspectionError('the request has no "text"')
        changes = _changes(asked)
        with self._lock:
            inspection = self._inspect(asked["text"])
            result = what_if(inspection, self._translator, **changes, redecode=True)
        return {
            "before": result.greedy_translation,
            "after": result.translation,
            "writes": inspection.writes,
            "changes": [float(x) if np.isfinite(x) else None for x in result.changes],
            "newTop": result.new_top,
            "topChanged": result.top_changed,
        }

    def close(self) -> None:
        """Wait for what is being computed, and compute nothing more.

        A process that ends while one of its threads is inside torch is aborted.
        """
        self._lock.acquire()


class Server(ThreadingHTTPServer):
    """Listens on ADDRESS alone. Raises ConfigError for a port that cannot be had."""

    daemon_threads = True

    def __init__(self, workbench: Workbench, port: int = DEFAULT_PORT) -> None:
        self.workbench = workbench
        if not 0 <= port <= 65535:
            raise ConfigError(f"--port is {port}: ports are 1 to 65535, and 0 is any that is free")
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            reason = error.strerror
            if error.errno == errno.EADDRINUSE:
                reason = "another program has it"
            raise ConfigError(
                f"port {port} of {ADDRESS} cannot be had ({reason}): choose another with --port, "
                f"or any that is free with --port 0"
            ) from None

    def server_bind(self) -> None:
        """Without HTTPServer's question to the network what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def url(self, text: str | None = None) -> str:
        """Where the page of `text` is, or the text field alone."""
        asked = "" if text is None else f"?{urlencode({'text': text}, errors='replace')}"
        return f"http://{ADDRESS}:{self.server_port}/{asked}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone: nobody to tell."""
        logger.debug("a connection ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = SECONDS_TO_ASK

    def do_GET(self) -> None:
        """The page of a text, or the text field alone."""
        url = urlsplit(self.path)
        if not self._is_asked_here():
            return
        if url.path != "/":
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there is only /")
            return
        self._guarded(lambda: self._page(url.query), "text/html")

    def do_POST(self) -> None:
        """What the model says with changes."""
        if not self._is_asked_here():
            return
        if self.path != "/what_if":
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there is only /what_if")
        elif self.headers.get_content_type() != "application/json":
            self._answer(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "text/plain", "only application/json is read"
            )
        else:
            self._guarded(self._what_if, "application/json")

    def version_string(self) -> str:
        """What stands in the header Server."""
        return "translator"

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the terminal is for what went wrong."""

    def _page(self, query: str) -> str:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=9, errors="replace")
        return self.server.workbench.page(fields["text"][0]) if "text" in fields else _start_page()

    def _what_if(self) -> str:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise InspectionError("the request does not say how long it is")
        if int(length[:9]) > MAX_BODY:
            raise InspectionError(f"the request is longer than {MAX_BODY} bytes")
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise InspectionError("the request is no JSON") from None
        return json.dumps(self.server.workbench.what_if(asked), allow_nan=False)

    def _is_asked_here(self) -> bool:
        """Whether the browser asks for a page of ours, and not another site through it.

        A name that another site has pointed at this machine is not ours (DNS rebinding).
        """
        hosts = self.headers.get_all("Host", [])
        origin = self.headers.get("Origin")
        ours = (
            len(hosts) == 1
            and _HOST.fullmatch(hosts[0]) is not None
            and origin in (None, f"http://{hosts[0]}")
            # A link may lead here from anywhere; an image or a frame of another site may not.
            and (
                self.headers.get("Sec-Fetch-Site") in (None, "none", "same-origin")
                or self.headers.get("Sec-Fetch-Dest") == "document"
            )
        )
        if not ours:
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", "this is served to this machine only")
        return ours

    def _guarded(self, work: Callable[[], str], kind: Kind) -> None:
        """Answer with what `work` returns, or say in the same kind why there is nothing."""
        try:
            status, content = HTTPStatus.OK, work()
        except (TranslatorError, ValueError) as error:
            status, content = HTTPStatus.BAD_REQUEST, _refusal(str(error), kind)
        except OSError:
            raise  # of the connection: nobody listens
        except Exception:
            logger.exception("a request failed")
            message = "something is wrong in the program; its terminal shows what"
            status, content = HTTPStatus.INTERNAL_SERVER_ERROR, _refusal(message, kind)
        self._answer(status, kind, content)

    def _answer(self, status: HTTPStatus, kind: Kind, content: str) -> None:
        body = content.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _changes(asked: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `what_if`. Raises InspectionError for what are none."""
    given = [asked.get(name, []) for name in ("ablate", "override", "drop")]
    try:
        if not all(isinstance(one, list) for one in given):
            raise TypeError
        ablate, override, drop = given
        return {
            "ablate": {_whole(place, 2): str(how) for *place, how in ablate},
            "override": {
                _whole(place, 3): [float(weight) for weight in row] for *place, row in override
            },
            "drop": _whole(drop, len(drop)),
        }
    except (TypeError, ValueError, OverflowError):
        raise InspectionError(
            "the request names no heads, rows or positions: a head is layer and head, a row is "
            "layer, head and decoding step, all from 0"
        ) from None


def _whole(numbers: list[object], size: int) -> tuple[int, ...]:
    """Raises TypeError for other than `size` whole numbers."""
    whole = tuple(number for number in numbers if type(number) is int)
    if len(whole) != size or len(numbers) != size:
        raise TypeError
    return whole


def _start_page(message: str = "") -> str:
    form = {"form-action": "'self'"}
    return document("text_field.html", may=form, MESSAGE=html.escape(message))


def _refusal(message: str, kind: Kind) -> str:
    return _start_page(message) if kind == "text/html" else json.dumps({"error": message})
