"""HTML: text between tags and in some attributes is translated; everything else stays unchanged.

A parsed tree cannot be written back exactly as the page was. This module therefore only splits the
page into tokens, as the HTML standard does, and joins them again, in time linear in its length.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from translator.documents.parts import Part, Passage, raw
from translator.documents.passages import Align, Translate, diagonal, translate_passages
from translator.text.normalization import normalize

INLINE = set(
    "a abbr acronym b bdi bdo big cite del dfn em font i ins label mark nobr q s small span strike "  # noqa: SIM905
    "strong sub sup time tt u".split()
)
"""Tags around words inside a sentence. Any other tag ends a sentence."""
SINGLE = {"img", "input", "wbr"}
"""Tags of empty elements inside a sentence."""
LITERAL = {"code", "data", "kbd", "math", "ruby", "samp", "svg", "var"}
"""Elements inside a sentence that stay unchanged."""
VOID = {"area", "base", "br", "col", "embed", "hr", "link", "meta", "source", "track"} | SINGLE
"""Elements without an end tag."""
UNPARSED = {"iframe", "noembed", "noframes", "script", "style", "textarea", "xmp"}
"""Elements whose content is never parsed as tags."""
OPAQUE = {"audio", "canvas", "object", "pre", "template", "video"} | UNPARSED
"""Elements that are not text."""
ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
"""Attributes whose values are text."""

_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^>]*+>?"
    r"|</(?![a-zA-Z])[^>]++>?"
    # An attribute value may contain >. An unclosed tag is not a tag, and nothing follows it.
    r"|<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])))*+(?:(?P<end>>)|.*\Z)"
    r"|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=>\"'/]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|[^\s>\"']++))?")
_NOT_TRANSLATED = re.compile(r"\stranslate\s*+=\s*+[\"']?no\b", re.IGNORECASE)
_IS_DESCRIPTION = re.compile(r"\sname\s*+=\s*+[\"']?description\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Token:
    kind: Literal["start", "end", "text", "other", "literal"]
    raw: str
    name: str = ""


Split = Callable[[Iterable[_Token]], Iterator[Passage | str]]
"""Splits a page into passages and the text between them, in order."""


def translate_html(page: str, translate: Translate, align: Align = diagonal) -> str:
    """Translate a page or a part of one; the markup stays the same, character by character.

    Inline markup (b, a, span ...) goes around the translations of the words it enclosed. Raises
    CorpusError for markup nested too deeply.
    """
    for split, write in ((_attributes, html.escape), (_texts, partial(html.escape, quote=False))):
        pieces = list(split(_elements(page)))
        passages = [piece for piece in pieces if not isinstance(piece, str)]
        done = iter(translate_passages(passages, translate, align, write))
        page = "".join(piece if isinstance(piece, str) else raw(next(done)) for piece in pieces)
    return page


def _tokens(page: str) -> Iterator[_Token]:
    """The tokens of a page; joined, they give the page back exactly."""
    at = 0
    while match := _TOKEN.match(page, at):
        at = match.end()
        name = (match["name"] or "").lower()
        if match["text"]:
            yield _Token("text", match[0])
        elif match["end"] is None:
            yield _Token("other", match[0])
        else:
            yield _Token("end" if match["slash"] else "start", match[0], name)
            if name in UNPARSED and not match["slash"]:
                end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, at)
                yield _Token("other", page[at : end.start() if end else len(page)])
                at = end.start() if end else len(page)


def _elements(page: str) -> Iterator[_Token]:
    """The tokens of a page, with each element that must not be translated as a single token."""
    tokens = _tokens(page)
    for token in tokens:
        is_literal = token.name in LITERAL or bool(_NOT_TRANSLATED.search(token.raw))
        if token.kind != "start" or token.name in VOID or token.raw.endswith("/>"):
            yield token
        elif is_literal:
            is_inside = token.name in LITERAL or token.name in INLINE
            yield _Token("literal" if is_inside else "other", token.raw + _rest(token.name, tokens))
        else:
            yield token
            if token.name in OPAQUE:
                yield _Token("other", _rest(token.name, tokens))


def _rest(name: str, tokens: Iterator[_Token]) -> str:
    """The rest of an element after its start tag, up to its end tag or the end of the page."""
    depth, rest = 1, []
    for token in tokens:
        rest.append(token.raw)
        if token.name == name:
            is_start = token.kind == "start" and not token.raw.endswith("/>")
            depth += 1 if is_start else -(token.kind == "end")
        if depth == 0:
            break
    return "".join(rest)


def _attributes(tokens: Iterable[_Token]) -> Iterator[Passage | str]:
    for token in tokens:
        if token.kind != "start":
            yield token.raw
            continue
        at = 0
        for match in _ATTRIBUTE.finditer(token.raw, 1 + len(token.name)):
            number = 2 if match[2] is not None else 3
            name = match[1].lower()
            is_content = name == "content" and token.name == "meta"
            if match[number] and (
                name in ATTRIBUTES or (is_content and _IS_DESCRIPTION.search(token.raw))
            ):
                start, end = match.span(number)
                yield token.raw[at:start]
                yield [_text(match[number])]
                at = end
        yield token.raw[at:]


def _texts(tokens: Iterable[_Token]) -> Iterator[Passage | str]:
    passage: list[Part] = []
    text = ""
    for token in tokens:
        if token.kind == "text":
            text += token.raw
            continue
        if text:
            passage.append(_text(text))
            text = ""
        part = _part(token)
        if part:
            passage.append(part)
        else:
            yield passage
            yield token.raw
            passage = []
    yield [*passage, _text(text)]


def _part(token: _Token) -> Part | None:
    """The part for a token that belongs to a sentence; None for a token that ends the sentence."""
    if token.kind == "literal":
        texts = (each.raw for each in _tokens(token.raw) if each.kind == "text")
        shown = normalize(html.unescape("".join(texts)))
        return Part("kept" if shown else "empty", token.raw, shown)
    if token.name in INLINE and not token.raw.endswith("/>"):
        return Part("open" if token.kind == "start" else "close", token.raw, name=token.name)
    is_empty = token.name in INLINE | SINGLE | LITERAL or token.raw.startswith("<!--")
    return Part("empty", token.raw) if is_empty else None


def _text(written: str) -> Part:
    return Part("text", written, html.unescape(written))


def marked_up(text: str) -> Passage:
    """Text that contains tags but is not an HTML page: tags that would end a sentence in HTML are
    kept in place here, like placeholders."""
    return [
        Part("text", token.raw, token.raw)
        if token.kind == "text"
        else _part(token) or Part("kept", token.raw, token.raw)
        for token in _elements(text)
    ]
