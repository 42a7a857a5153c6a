"""The API in OpenAPI 3, written by hand and checked by the tests."""

from collections.abc import Sequence

from translator import __version__

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_DETECTED: Schema = {
    "type": "object",
    "properties": {
        "language": _TEXT,
        "confidence": {"type": "number", "minimum": 0, "maximum": 100},
    },
    "required": ["language", "confidence"],
}
_KEY: Schema = {"type": "string", "description": "If the server requires one."}
_ERROR: Schema = {"type": "object", "properties": {"error": _TEXT}, "required": ["error"]}
_REFUSALS = {
    "400": "A field is missing or cannot be used.",
    "403": "The API key is missing or not a key of this server, or a page of another site asked.",
    "408": "The request did not arrive in time.",
    "413": "The request is too large.",
    "415": "The request is neither JSON nor a form.",
    "429": "The client has exceeded its requests per minute.",
    "503": "Too many requests are waiting.",
    "504": "The answer took too long.",
}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _answers(schema: Schema, description: str, refusals: Sequence[str]) -> Schema:
    refused = {
        status: {"description": _REFUSALS[status], "content": _json(_ERROR)} for status in refusals
    }
    return {"200": {"description": description, "content": _json(schema)}, **refused}


def _asks(fields: Schema, required: Sequence[str], *kinds: str) -> Schema:
    schema = {"type": "object", "properties": fields, "required": required}
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}


def _one_or_many(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "array", "items": schema}]}


def specification(sources: Sequence[str], targets: Sequence[str], max_alternatives: int) -> Schema:
    """Of a server with these languages, which gives up to so many alternatives."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "translator",
            "version": __version__,
            "description": "LibreTranslate's API, with a model of one's own.",
        },
        "paths": {
            "/translate": {"post": _translate(sources, targets, max_alternatives)},
            "/translate_file": {"post": _translate_file(sources, targets)},
            "/download_file/{name}": {"get": _download_file()},
            "/detect": {"post": _detect()},
            "/languages": {"get": _languages()},
            "/health": {
                "get": {
                    "summary": "Whether the server answers",
                    "responses": _answers(
                        {"type": "object", "properties": {"status": {"enum": ["ok"]}}},
                        "It does.",
                        ["403"],
                    ),
                }
            },
        },
    }


def _translate(sources: Sequence[str], targets: Sequence[str], max_alternatives: int) -> Schema:
    fields: Schema = {
        "q": _one_or_many(_TEXT),
        "source": {"type": "string", "enum": [*sources, "auto"]},
        "target": {"type": "string", "enum": list(targets)},
        "format": {"type": "string", "enum": ["text", "html"], "default": "text"},
        "alternatives": {"type": "integer", "minimum": 0, "maximum": max_alternatives},
        "api_key": _KEY,
    }
    answer: Schema = {
        "type": "object",
        "properties": {
            "translatedText": _one_or_many(_TEXT),
            "detectedLanguage": _one_or_many(_DETECTED),
            "alternatives": _one_or_many(_TEXTS),
        },
        "required": ["translatedText"],
    }
    return {
        "summary": "Translate a text, or a list of texts",
        "requestBody": _asks(fields, ["q", "source", "target"], "application/json"),
        "responses": _answers(answer, "The translations.", list(_REFUSALS)),
    }


def _translate_file(sources: Sequence[str], targets: Sequence[str]) -> Schema:
    fields: Schema = {
        "file": {"type": "string", "format": "binary"},
        "source": {"type": "string", "enum": list(sources)},
        "target": {"type": "string", "enum": list(targets)},
        "api_key": _KEY,
    }
    answer: Schema = {
        "type": "object",
        "properties": {"translatedFileUrl": {"type": "string", "format": "uri"}},
        "required": ["translatedFileUrl"],
    }
    return {
        "summary": "Translate a document; the translation can be downloaded for ten minutes",
        "requestBody": _asks(fields, ["file", "source", "target"], "multipart/form-data"),
        "responses": _answers(answer, "Where the translated document is.", list(_REFUSALS)),
    }


def _download_file() -> Schema:
    refused = {"description": "There is no such file.", "content": _json(_ERROR)}
    found = {
        "description": "The document.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
    return {
        "summary": "A translated document",
        "parameters": [{"name": "name", "in": "path", "required": True, "schema": _TEXT}],
        "responses": {"200": found, "403": refused, "404": refused},
    }


def _detect() -> Schema:
    answer: Schema = {"type": "array", "items": _DETECTED}
    kinds = "application/json", "application/x-www-form-urlencoded"
    return {
        "summary": "The likely languages of a text, the likeliest first",
        "requestBody": _asks({"q": _TEXT, "api_key": _KEY}, ["q"], *kinds),
        "responses": _answers(answer, "The languages.", ["400", "403", "408", "413", "415", "429"]),
    }


def _languages() -> Schema:
    listed: Schema = {
        "type": "object",
        "properties": {"code": _TEXT, "name": _TEXT, "targets": _TEXTS},
        "required": ["code", "name", "targets"],
    }
    return {
        "summary": "The languages, and what each is translated into",
        "responses": _answers({"type": "array", "items": listed}, "The languages.", ["403"]),
    }
