"""Markdown: paragraphs, headings, list items and table cells are translated; code, addresses and
HTML stay unchanged.

markdown-it parses the blocks, with their line numbers, and the inline markup, but does not report
the positions of inline markup within a line. Its rules are wrapped here to record the positions.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from translator.compute.invocation import installing
from translator.documents.html_pages import LITERAL, marked_up
from translator.documents.parts import Part, Passage
from translator.documents.passages import LETTER, Align, Translate, translate_passages
from translator.errors import ConfigError
from translator.text.normalization import normalize

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    Rule = Callable[[StateInline, bool], bool]

_LINE_END = re.compile(r"\r\n|\r|\n")
_FRONT_MATTER = re.compile(
    r"\A(---|\+\+\+)[ \t]*\r?\n.*?^\1[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE
)
_SIGN = re.compile(r"\[(?:\^[^\[\]\s]+|![A-Z]+|[ xX])\]:?")
"""Footnotes, GitHub alerts, checkboxes."""
_MARKUP = re.compile(r"[\\`\[\]<~]|(?<!\s)\*|\*(?!\s)|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
"""What must not turn into markup in a translation."""
_BLOCK = re.compile(r"\A(?:(\d{1,9})(?=[.)](?:\s|\Z))|(?=[-+*](?:\s|\Z)|#{1,6}(?:\s|\Z)|>|---))")
"""What must not open a list, a heading or a quotation."""
_BAR = re.compile(r"(?<!\\)\|")
"""What must not open a new cell."""
_REFERENCE = re.compile(r"\]\(|\]\[[^\]]")
"""The address or label after the text of a link; without either, the text is the label."""


@dataclass(frozen=True)
class _Block:
    """The inline text of a block, and the position of each of its characters in the document."""

    text: str
    places: list[int]
    """One more than there are characters."""
    marks: list["Token"]
    """In order; `span` in the `meta` of a mark holds its first character and its end."""
    is_cell: bool

    def raw(self, document: str, start: int, end: int) -> str:
        return document[self.places[start] : self.places[end]]


@dataclass(frozen=True)
class _Found:
    """A passage, and its start and end in the document."""

    passage: Passage
    start: int
    end: int
    is_cell: bool


def translate_markdown(text: str, translate: Translate, align: Align) -> str:
    """Raises ConfigError if markdown-it is not installed, CorpusError for markup nested too
    deeply."""
    parser = build_parser()
    for find in (_alternatives, _paragraphs):  # alternative texts of images, then the rest
        found = [each for block in _blocks(text, parser) for each in find(text, block)]
        done = translate_passages([each.passage for each in found], translate, align, _write)
        at, pieces = 0, []
        for each, result in zip(found, done, strict=True):
            is_same = result is each.passage
            written = text[each.start : each.end] if is_same else _assemble(result, each)
            pieces += [text[at : each.start], written]
            at = each.end
        text = "".join([*pieces, text[at:]])
    return text


def _alternatives(document: str, block: _Block) -> Iterator[_Found]:
    for mark in block.marks:
        if mark.type == "image" and mark.content:
            start = mark.meta["span"][0] + len("![")
            end = start + len(mark.content)
            if _REFERENCE.match(block.text, end):
                passage = [Part("text", block.raw(document, start, end), mark.content)]
                yield _Found(passage, block.places[start], block.places[end], block.is_cell)


def _paragraphs(document: str, block: _Block) -> Iterator[_Found]:
    """The passages of a block; a hard line break ends a passage."""
    breaks = [mark.meta["span"] for mark in block.marks if mark.type == "hardbreak"]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(block.text)]
    for start, end in zip(starts, ends, strict=True):
        passage = list(_parts(document, block, start, end))
        yield _Found(passage, block.places[start], block.places[end], block.is_cell)


def _blocks(document: str, parser: "MarkdownIt") -> Iterator[_Block]:
    """The blocks that contain letters."""
    front = _FRONT_MATTER.match(document)
    begin = at = front.end() if front else 0
    edges = [begin, *(match.end() for match in _LINE_END.finditer(document, begin)), len(document)]
    env: dict[str, object] = {}
    tokens = parser.parse(document[begin:], env)
    for before, token in pairwise(tokens):
        if token.type != "inline" or not LETTER.search(token.content):
            continue
        assert token.map is not None
        is_cell = before.type in ("th_open", "td_open")
        # A bar inside a cell is escaped in the document; markdown-it drops the backslash.
        text = token.content.replace("|", "\\|") if is_cell else token.content
        places = _places(document, text, at, edges[token.map[0] :])
        at = places[-1]
        children: list[Token] = []
        parser.inline.parse(text, parser, env, children)
        yield _Block(text, places, _marks(children), is_cell)


def _marks(tokens: list["Token"]) -> list["Token"]:
    """The markup tokens with a recorded position, in order; a pair of stars is one mark."""
    marks = [token for token in tokens if "span" in token.meta and token.type != "text"]
    for mark in marks:
        start, end = mark.meta["span"]
        if mark.type == "strong_open":
            mark.meta["span"] = start - 1, end
        elif mark.type == "strong_close":
            mark.meta["span"] = start, end + 1
    return sorted(marks, key=lambda mark: mark.meta["span"])


def _places(document: str, text: str, start: int, edges: Sequence[int]) -> list[int]:
    """The positions of the characters of a block after `start`, whose lines lie between `edges`.

    The text of a line may follow white space and list or quotation markers, but never letters.
    """
    places: list[int] = []
    lines, bounds = text.split("\n"), list(pairwise(edges))
    first = next(  # markdown-it skips lines of form feeds and the like
        number
        for number, (begin, end) in enumerate(bounds)
        if document.find(lines[0].strip(), max(begin, start), end) >= 0
    )
    for line, (begin, end) in zip(lines, bounds[first:], strict=False):
        found = document.index(line.strip(), max(begin, start), end)
        indent = len(line) - len(line.lstrip())
        places += [found] * indent
        places += range(found, found + len(line) - indent + 1)
        start = places[-1]
    return places


def _parts(document: str, block: _Block, at: int, last: int) -> Iterator[Part]:
    label = at
    for mark in block.marks:
        start, end = mark.meta["span"]
        if not at <= start < last:  # elsewhere, or inside an element that stays as it is
            continue
        if mark.type == "html_inline":
            end = _end_of_element(block.text, start, end)
        yield from _texts(document, block, at, start)
        if mark.type == "link_close" and not _REFERENCE.match(block.text, start):
            where = f"][{block.text[label:start]}]"
            yield Part("close", block.raw(document, start, end), where, "link")
        else:
            yield _part(mark, block.raw(document, start, end), block.text[start:end])
        at = end
        label = end if mark.type == "link_open" else label
    yield from _texts(document, block, at, last)


def _texts(document: str, block: _Block, start: int, end: int) -> Iterator[Part]:
    for match in _SIGN.finditer(block.text, start, end):
        yield _text(document, block, start, match.start())
        yield Part("empty", match[0])
        start = match.end()
    yield _text(document, block, start, end)


def _text(document: str, block: _Block, start: int, end: int) -> Part:
    return Part("text", block.raw(document, start, end), block.text[start:end])


def _end_of_element(text: str, start: int, end: int) -> int:
    """For kbd, code and the like, the end of the end tag; for others, the end of the start tag."""
    name = re.match(r"<(\w+)", text[start:end])
    if name is None or name[1].lower() not in LITERAL:
        return end
    last = re.compile(rf"</{name[1]}\s*>", re.IGNORECASE).search(text, end)
    return last.end() if last else end


def _part(mark: "Token", written: str, text: str) -> Part:
    kind, _, side = mark.type.rpartition("_")
    if mark.type == "text_special":
        return Part("text", written, mark.content)
    if mark.type == "softbreak":
        return Part("break", written, " ")
    if mark.type == "html_inline":
        return marked_up(text)[0]
    if mark.type in ("code_inline", "link_open") and mark.markup:  # or an address in <>
        return Part("kept", written, normalize(mark.content or text[1:-1]))
    if mark.type == "image":
        return Part("empty", written)
    return Part("open" if side == "open" else "close", written, name=kind)


def _assemble(translation: Passage, found: _Found) -> str:
    """A translation as written into the document."""
    parts: list[Part] = []
    for part in translation:
        is_end = part.kind == "close" and part.name != "link" and parts
        if is_end and (parts[-1].kind, parts[-1].name) == ("open", part.name):
            parts.pop()  # stars around nothing are not emphasis
        else:
            parts.append(part)
    if (
        parts
        and parts[0] is not found.passage[0]
        and parts[0].kind == "empty"
        and parts[0].raw.startswith("<")
    ):
        parts.append(parts.pop(0))  # a comment at the start of a line would become a block
    # A link without an address takes its text as the reference: this is now written after it.
    pieces = (part.text if part.kind == "close" and part.text else part.raw for part in parts)
    written = _BLOCK.sub(r"\1\\", "".join(pieces))
    return _BAR.sub(r"\\|", written) if found.is_cell else written


def _write(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


@cache
def build_parser() -> "MarkdownIt":
    """A parser whose tokens record their positions. Raises ConfigError without markdown-it."""
    try:
        from markdown_it import MarkdownIt, rules_inline
    except ImportError:
        raise ConfigError(
            f"the package markdown-it-py is not installed: {installing('documents')}"
        ) from None
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.disable(["inline", "text_join", "fragments_join"])
    rules: dict[str, Rule] = {
        "newline": rules_inline.newline,
        "escape": rules_inline.escape,
        "backticks": rules_inline.backtick,
        "strikethrough": rules_inline.strikethrough.tokenize,
        "emphasis": rules_inline.emphasis.tokenize,
        "link": rules_inline.link,
        "image": rules_inline.image,
        "autolink": rules_inline.autolink,
        "html_inline": rules_inline.html_inline,
        "entity": rules_inline.entity,
    }
    for name, rule in rules.items():
        parser.inline.ruler.at(name, _telling(rule))
    return parser


def _telling(rule: "Rule") -> "Rule":
    """The same rule, but it also records the span of each new token in the token's `meta`."""

    def tell(state: "StateInline", silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        new = [token for token in state.tokens[before:] if "span" not in token.meta]
        if silent or not new:
            return True
        first = next((token for token in new if token.type == "link_open"), None)
        if first is not None and first.markup == "autolink":
            first.meta["span"] = start, state.pos
        elif first is not None:
            label_end = state.md.helpers.parseLinkLabel(state, start, True)
            first.meta["span"] = start, start + 1
            new[-1].meta["span"] = label_end, state.pos
        elif new[-1].type != "text":
            new[-1].meta["span"] = start, state.pos
        else:  # stars and the like, which become markup later
            at = state.pos
            while at > start:
                token = new.pop()
                token.meta["span"] = at - len(token.content), at
                at -= len(token.content)
        return True

    return tell
