"""The parameters of a request: fields in JSON, in a form, or in the address."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from translator.serving.files import File

GONE = 499
"""The status of a request whose client is gone, as in nginx; it is only logged."""
MAX_FIELDS = 100
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse(status: HTTPStatus, message: str, **headers: str) -> HTTPException:
    """The exception that answers a request with this sentence."""
    return HTTPException(status, message, headers)


@dataclass(frozen=True)
class Parameters:
    """The fields of a request. The readers below refuse invalid values with status 400."""

    fields: Mapping[str, object]

    def text(self, name: str, default: str | None = None) -> str:
        """A field that is one text."""
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise refuse(HTTPStatus.BAD_REQUEST, self._complaint(name, "text"))
        return _checked(name, value)

    def texts(self, name: str) -> tuple[list[str], bool]:
        """A field that is one text or a list of them, and whether it is a list."""
        value = self.fields.get(name)
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return [_checked(name, text) for text in value], True
        if isinstance(value, str):
            return [_checked(name, value)], False
        raise refuse(HTTPStatus.BAD_REQUEST, self._complaint(name, "text, or a list of texts"))

    def number(self, name: str, default: int, most: int) -> int:
        """A field that is a whole number from 0 to `most`; in a form, its digits."""
        value = self.fields.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if type(value) is int and 0 <= value <= most:
            return value
        wanted = f"a whole number from 0 to {most}"
        raise refuse(HTTPStatus.BAD_REQUEST, self._complaint(name, wanted))

    def choice(self, name: str, options: Sequence[str]) -> str:
        """A field that is one of these; the first where it is missing."""
        value = self.fields.get(name, options[0])
        if isinstance(value, str) and value in options:
            return value
        raise refuse(HTTPStatus.BAD_REQUEST, self._complaint(name, " or ".join(options)))

    def file(self, name: str) -> File:
        """A field that is a file."""
        value = self.fields.get(name)
        if isinstance(value, File):
            return value
        raise refuse(
            HTTPStatus.BAD_REQUEST, self._complaint(name, "a file, in multipart/form-data")
        )

    def _complaint(self, name: str, wanted: str) -> str:
        if name not in self.fields:
            return f"{name} is missing: it must be {wanted}"
        return f"{name} is not valid: it must be {wanted}"


def _checked(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(
            HTTPStatus.BAD_REQUEST, f"{name} has half of a surrogate pair: it must be Unicode text"
        ) from None
    return text


async def read_parameters(request: Request, *, max_bytes: int, seconds: float) -> Parameters:
    """The fields of the request; one in its body wins over one in its address.

    Raises HTTPException for a body of another kind, a broken one, or one that is too large or
    takes too long to arrive.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(seconds):
            body = await _read(request, max_bytes)
    except ClientDisconnect:
        raise HTTPException(GONE, "nobody waits for the answer") from None
    except TimeoutError:
        raise refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the request did not arrive within {seconds:g} seconds: send it again",
            Connection="close",
        ) from None
    fields: Mapping[str, object] = {}
    if kind == "application/json":
        fields = _from_json(body)
    elif kind in _FORMS:
        fields = await _from_form(request, body)
    elif body:
        raise refuse(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"the request is {kind or 'of no named type'}: send application/json or a form",
        )
    return Parameters({**request.query_params, **fields})


async def _read(request: Request, max_bytes: int) -> bytes:
    """The body, of which no more is ever kept than is allowed."""
    too_large = refuse(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request has more than {max_bytes} bytes: send less at once",
        Connection="close",
    )
    body = bytearray()
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:12]) > max_bytes:
        raise too_large
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _from_json(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise refuse(HTTPStatus.BAD_REQUEST, "the request is not valid JSON") from None
    if not isinstance(fields, dict):
        raise refuse(
            HTTPStatus.BAD_REQUEST, "the request is JSON, but not an object: send an object"
        )
    return fields


async def _from_form(request: Request, body: bytes) -> Mapping[str, object]:
    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    limits = {"max_files": 1, "max_fields": MAX_FIELDS, "max_part_size": len(body)}
    try:
        async with Request(request.scope, replay).form(**limits) as form:
            return {name: await _whole(value) for name, value in form.items()}
    except (MultiPartException, HTTPException, ValueError):
        raise refuse(HTTPStatus.BAD_REQUEST, "the request is not a complete form") from None


async def _whole(value: UploadFile | str) -> File | str:
    if isinstance(value, str):
        return value
    return File(value.filename or "", await value.read())
