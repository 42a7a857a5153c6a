"""The API: the requests at each address, and their answers.

It has the addresses, field names and errors of LibreTranslate ({"error": "..."} with a status), so
that clients of LibreTranslate can use this server.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from itertools import islice
from pathlib import PurePath
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from translator.decoding.translator import Translation, Translator
from translator.documents.document import translate_html
from translator.documents.word_links import reader_of
from translator.errors import TranslatorError
from translator.experiment.run_directory import RunDirectory
from translator.serving.access import AccessLog, LoopbackOnly, is_key, password
from translator.serving.dispatcher import BusyServerError, Dispatcher
from translator.serving.documents import FILES, filled, translate_file
from translator.serving.files import File, KeptFiles
from translator.serving.languages import Detected, Languages, Pair
from translator.serving.limits import MAX_FILE, Limits, RateLimit
from translator.serving.parameters import GONE, Parameters, read_parameters, refuse
from translator.serving.run_page import RunPage
from translator.serving.spec import specification
from translator.serving.texts import SplitText, split

Result = TypeVar("Result")

FORMATS = ("text", "html")
AUTO = "auto"
"""The source language of requests that ask for detection."""

PAGE_SECONDS = 2
"""Seconds after which a request for a page in the making is answered with a page that reloads
itself."""
_MAKING = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>The page is being made</title>
<p>The page of this model is being made and checked. That takes up to a minute, once; then the page
opens here.</p>
</html>
"""


@dataclass(frozen=True)
class Served:
    """A served run and its translator."""

    run: RunDirectory
    translator: Translator


@dataclass(frozen=True)
class _Asked:
    """A valid request for translations."""

    texts: list[str]
    pair: Pair | None
    """None if source and target are the same language: the text stays unchanged."""
    num_best: int
    detected: Detected | None
    """The detected source language, if detection was requested."""


class Api:
    """The requests to one server."""

    def __init__(
        self,
        served: Mapping[Pair, Served],
        *,
        num_workers: int,
        keys: Sequence[str],
        limits: Limits,
    ) -> None:
        """If there are `keys`, every request that costs time must have one."""
        self._beams = {pair: each.translator.decoding.beam_size for pair, each in served.items()}
        self._languages = Languages(served)
        self._align = {pair: reader_of(each.translator) for pair, each in served.items()}
        self._pages = {pair: RunPage(each.run) for pair, each in served.items()}
        self._keys = keys
        self._limits = limits
        self._files = KeptFiles()
        self._rate = RateLimit(limits.requests_per_minute)
        self._specification = specification(
            self._languages.codes,
            list(dict.fromkeys(pair.target for pair in served)),
            min(self._beams.values()) - 1,
        )
        self.dispatcher = Dispatcher(
            {pair: each.translator for pair, each in served.items()},
            num_workers=num_workers,
            max_waiting=limits.max_waiting,
        )

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/translate", self.translate, methods=["POST"]),
            Route("/translate_file", self.translate_file, methods=["POST"]),
            Route("/download_file/{name}", self.download_file),
            Route("/detect", self.detect, methods=["POST"]),
            Route("/languages", self.languages),
            Route("/health", self.health),
            Route("/spec", self.spec),
        ]

    async def translate(self, request: Request) -> Response:
        """POST /translate: one text, or a list of them."""
        given = await self._admit(request)
        texts, is_list = given.texts("q")
        self._count(request, texts)
        is_html = given.choice("format", FORMATS) == "html"
        asked = self._asked(given, texts)
        found = await self._in_time(request, self._translate(asked, is_html))
        answer: dict[str, object] = {
            "translatedText": _one_or_all([best for best, *_ in found], is_list)
        }
        if asked.detected:
            answer["detectedLanguage"] = _one_or_all([asdict(asked.detected)] * len(texts), is_list)
        if asked.num_best > 1:
            answer["alternatives"] = _one_or_all([others for _, *others in found], is_list)
        return JSONResponse(answer)

    async def translate_file(self, request: Request) -> Response:
        """POST /translate_file: a document; the answer has the address of the translated
        document."""
        given = await self._admit(request, MAX_FILE)
        file, target = given.file("file"), given.text("target")
        suffix = PurePath(file.name).suffix.lower()
        if suffix not in FILES:
            raise refuse(
                HTTPStatus.BAD_REQUEST,
                f"the file ends in {suffix[:20] or 'nothing'}: this server translates "
                f"{', '.join(FILES)}",
            )
        pair = self._pair(given.text("source"), target)

        async def search(texts: Sequence[str]) -> list[list[str]]:
            request.state.characters = sum(map(len, texts))
            return await self._search(pair, texts, 1)

        work = filled(partial(translate_file, file.data, suffix), search, self._align[pair])
        try:
            [data] = await self._in_time(request, work)
        except TranslatorError as error:
            raise refuse(HTTPStatus.BAD_REQUEST, str(error)) from error
        name = f"{PurePath(file.name).stem}.{target}{suffix}"
        place = self._files.add(File(name, data), suffix)
        return JSONResponse({"translatedFileUrl": f"{request.base_url}download_file/{place}"})

    async def download_file(self, request: Request) -> Response:
        """GET /download_file/NAME: a translated document, for a few minutes."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise refuse(HTTPStatus.NOT_FOUND, "there is no such file, or it has expired")
        return Response(
            file.data,
            media_type="application/octet-stream",  # nothing that a browser would run
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"},
        )

    async def detect(self, request: Request) -> Response:
        """POST /detect: the likely languages of a text, the likeliest first."""
        given = await self._admit(request)
        text = given.text("q")
        self._count(request, [text])
        return JSONResponse([asdict(each) for each in self._detect(text)])

    async def languages(self, request: Request) -> Response:
        """GET /languages: the languages and their targets."""
        return JSONResponse(self._languages.listed())

    async def health(self, request: Request) -> Response:
        """GET /health: whether the server answers."""
        return JSONResponse({"status": "ok"})

    async def spec(self, request: Request) -> Response:
        """GET /spec: the API in OpenAPI."""
        return JSONResponse(self._specification)

    async def page(self, request: Request) -> Response:
        """GET /: the living page of the run; with several runs, `?source=en&target=de` chooses
        one."""
        if self._keys and not is_key(
            password(request.headers.get("authorization", "")), self._keys
        ):
            raise refuse(
                HTTPStatus.UNAUTHORIZED,
                "the page contains the model: give the API key as the password, with any user name",
                **{"WWW-Authenticate": 'Basic realm="translator"'},
            )
        given = Parameters(request.query_params)
        first = next(iter(self._pages))
        pair = self._pair(given.text("source", first.source), given.text("target", first.target))
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                return HTMLResponse(await self._pages[pair].html())
        except TimeoutError:
            return HTMLResponse(_MAKING, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "2"})
        except TranslatorError as error:
            raise refuse(HTTPStatus.NOT_FOUND, f"there is no page: {error}") from error

    async def _admit(self, request: Request, max_bytes: int | None = None) -> Parameters:
        """The parameters of an admitted request. Raises HTTPException for any other."""
        limits = self._limits
        given = await read_parameters(
            request, max_bytes=max_bytes or limits.max_bytes, seconds=limits.timeout
        )
        key = given.text("api_key", "")
        if self._keys and not is_key(key, self._keys):
            message = "api_key is not a key of this server" if key else "api_key is missing"
            raise refuse(HTTPStatus.FORBIDDEN, f"{message}: ask the operator for one")
        asker = key if self._keys else request.client.host if request.client else ""
        wait = self._rate.seconds_to_wait(asker, time.monotonic())
        if wait:
            raise refuse(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"this server takes {limits.requests_per_minute} requests a minute: try again in "
                f"{wait} seconds",
                **{"Retry-After": str(wait)},
            )
        return given

    def _count(self, request: Request, texts: Sequence[str]) -> None:
        """Count the characters for the log. Raises HTTPException if there are too many."""
        characters = request.state.characters = sum(map(len, texts))
        if characters > self._limits.max_characters:
            raise refuse(
                HTTPStatus.BAD_REQUEST,
                f"q has {characters} characters: this server takes at most "
                f"{self._limits.max_characters} at once",
            )

    def _asked(self, given: Parameters, texts: list[str]) -> _Asked:
        source, target, detected = given.text("source"), given.text("target"), None
        if source == AUTO:
            detected = next(iter(self._detect("\n".join(texts))))
            source = detected.language
        if source == target and source in self._languages.codes:
            given.number("alternatives", 0, max(self._beams.values()) - 1)  # or it is refused
            return _Asked(texts, None, 1, detected)
        pair = self._pair(source, target)
        num_best = 1 + given.number("alternatives", 0, self._beams[pair] - 1)
        return _Asked(texts, pair, num_best, detected)

    def _pair(self, source: str, target: str) -> Pair:
        """The direction. Raises HTTPException if it is not served."""
        for code in (source, target):
            if code not in self._languages.codes:
                served = ", ".join(self._languages.codes)
                raise refuse(
                    HTTPStatus.BAD_REQUEST,
                    f"{code[:20]} is not a language of this server: it has {served}",
                )
        pair = Pair(source, target)
        if pair not in self._pages:
            targets = self._languages.targets(source)
            into = f"{source} into {', '.join(targets)}" if targets else f"nothing from {source}"
            raise refuse(
                HTTPStatus.BAD_REQUEST,
                f"this server does not translate {pair}: it translates {into}",
            )
        return pair

    def _detect(self, text: str) -> list[Detected]:
        found = self._languages.detect(text)
        if not found:
            raise refuse(
                HTTPStatus.BAD_REQUEST,
                "the languages of this server cannot be detected from text: name the source",
            )
        return found

    async def _translate(self, asked: _Asked, is_html: bool) -> list[list[str]]:
        """The translations of each text, best first."""
        pair = asked.pair
        if pair is None:
            return [[text] for text in asked.texts]
        if not is_html:
            return await self._search(pair, asked.texts, asked.num_best)
        ranked = await filled(
            lambda translate, align: [translate_html(q, translate, align) for q in asked.texts],
            lambda texts: self._search(pair, texts, asked.num_best),
            self._align[pair],
            asked.num_best,
        )
        return [list(dict.fromkeys(found)) for found in zip(*ranked, strict=True)]

    async def _search(self, pair: Pair, texts: Sequence[str], num_best: int) -> list[list[str]]:
        """The translations of each text without markup, best first."""
        split_texts = [split(text) for text in texts]
        parts = [part for text in split_texts for part in text.parts]
        found = iter(await self.dispatcher.translate(pair, parts, num_best))
        return [_join(text, list(islice(found, len(text.parts)))) for text in split_texts]

    async def _in_time(self, request: Request, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of `work`, which is cancelled when the client is gone.

        Raises HTTPException if the client is gone, and if there is too much to do.
        """
        task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait(
                {task, gone}, timeout=self._limits.timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
            if gone.done():
                raise HTTPException(GONE, "nobody waits for the answer")
            raise refuse(
                HTTPStatus.GATEWAY_TIMEOUT,
                f"the request took longer than {self._limits.timeout:g} seconds: send less text at "
                "once",
            )
        except BusyServerError:
            raise refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._limits.max_waiting} requests are waiting already: try again later",
                **{"Retry-After": "1"},
            ) from None
        finally:
            task.cancel()
            gone.cancel()


def make_app(api: Api, *, only_loopback: bool, write: Callable[[str], None]) -> Starlette:
    """The application, which writes its log with `write`. With `only_loopback`, it answers only
    programs and browsers on this machine; otherwise also pages of any site."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with api.dispatcher.working():
            yield

    routes = api.routes()
    log = Middleware(
        AccessLog,
        paths=["/" + route.path.split("/")[1] for route in routes],
        num_waiting=lambda: api.dispatcher.num_waiting,
        write=write,
    )
    guard = (
        Middleware(LoopbackOnly)
        if only_loopback
        else Middleware(
            CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["Content-Type"]
        )
    )
    return Starlette(
        routes=routes,
        middleware=[log, guard],
        exception_handlers={HTTPException: _say, Exception: _say_nothing},
        lifespan=lifespan,
    )


def _say(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _say_nothing(_: Request, error: Exception) -> Response:
    """The details are in the server's log only."""
    message = "internal error: the operator finds the details in the log"
    return JSONResponse({"error": message}, HTTPStatus.INTERNAL_SERVER_ERROR)


async def _gone(request: Request) -> None:
    """Ends when the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _join(text: SplitText, found: Sequence[Sequence[Translation]]) -> list[str]:
    """The k-th translations of all parts make the k-th of the text, without duplicates."""
    ranked = zip(*found, strict=False) if found else [()]
    return list(dict.fromkeys(text.join([part.text for part in parts]) for parts in ranked))


def _one_or_all(answers: list[Any], is_list: bool) -> Any:
    return answers if is_list else answers[0]
