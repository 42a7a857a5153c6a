"""A local model hub, with the part of the interface that huggingface_hub needs to push and fetch a
folder. Content is kept in memory; every push is a separate commit."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_right"


@dataclass
class Model:
    """A model repository."""

    visibility: str
    files: dict[str, bytes] = field(default_factory=dict)
    commits: int = 0

    @property
    def sha(self) -> str:
        return hashlib.sha1(str(self.commits).encode()).hexdigest()


@dataclass
class Hub:
    """The content of the hub, and the requests it received."""

    url: str = ""
    models: dict[str, Model] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)


@contextmanager
def local_hub() -> Iterator[Hub]:
    """A hub that answers until the context is left."""
    hub = Hub()

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        self._answer(self._read)

    def do_HEAD(self) -> None:
        self._answer(self._read)

    def do_POST(self) -> None:
        self._answer(self._write)

    def _answer(self, act: Any) -> None:
        self.hub.requests.append(f"{self.command} {self.path}")
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in ("", TOKEN):
            return self._send(401, {"error": "Invalid username or password."})
        return act(path, token)

    def _read(self, path: str, token: str) -> None:
        if path == "/":
            return self._send(200, {})
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/[^/]+|/tree/[^/]+)?", path):
            model = self._model(match[1], token)
            if model is None:
                return None
            if match[2] and match[2].startswith("/tree"):
                return self._send(200, [_listed(*item) for item in model.files.items()])
            siblings = [{"rfilename": name} for name in model.files]
            return self._send(
                200,
                {
                    "id": match[1],
                    "sha": model.sha,
                    "siblings": siblings,
                    "tags": [],
                    "downloads": 0,
                },
            )
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            model = self._model(match[1], token)
            if model is None:
                return None
            if match[2] not in model.files:
                return self._send(404, {"error": "no file"}, {"X-Error-Code": "EntryNotFound"})
            data = model.files[match[2]]
            named = {"ETag": f'"{_oid(data)}"', "X-Repo-Commit": model.sha}
            return self._send_bytes(200, data, named)
        return self._send(404, {"error": f"no {path}"})

    def _write(self, path: str, token: str) -> None:
        if token != TOKEN:
            return self._send(401, {"error": "Invalid username or password."})
        if path == "/api/validate-yaml":
            return self._send(200, {"errors": [], "warnings": []})
        if path == "/api/repos/create":
            asked = json.loads(self.body)
            name = f"{asked['organization']}/{asked['name']}"
            private = asked.get("visibility") == "private" or asked.get("private")
            if name in self.hub.models:
                return self._send(409, {"url": f"{self.hub.url}/{name}", "error": "it exists"})
            self.hub.models[name] = Model("private" if private else "public")
            return self._send(200, {"url": f"{self.hub.url}/{name}", "id": name})
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/preupload/main", path):
            asked = json.loads(self.body)["files"]
            modes = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in asked
            ]
            return self._send(200, {"files": modes})
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            model = self.hub.models[match[1]]
            for line in self.body.splitlines():
                _apply(json.loads(line), model)
            model.commits += 1
            address = f"{self.hub.url}/{match[1]}/commit/{model.sha}"
            return self._send(200, {"commitUrl": address, "commitOid": model.sha})
        return self._send(404, {"error": f"no {path}"})

    def _model(self, name: str, token: str) -> Model | None:
        """The model of this name if the client may see it; else an error response is sent."""
        model = self.hub.models.get(name)
        if model is None or (model.visibility == "private" and token != TOKEN):
            code = {"X-Error-Code": "RepoNotFound"}
            self._send(404 if token else 401, {"error": "Repository not found"}, code)
            return None
        return model

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(answer).encode()
        self._send_bytes(status, data, {"Content-Type": "application/json", **(headers or {})})

    def _send_bytes(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _listed(name: str, data: bytes) -> dict[str, Any]:
    return {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}


def _apply(entry: dict[str, Any], model: Model) -> None:
    value = entry["value"]
    if entry["key"] == "file":
        model.files[value["path"]] = base64.b64decode(value["content"])
    elif entry["key"] == "deletedFile":
        del model.files[value["path"]]
