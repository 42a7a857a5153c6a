"""XLIFF 1.2 and 2: segments without a translation are translated; nothing else changes.

XLIFF tags inside a sentence count as markup, and so do HTML tags that are spelled as text.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from translator.documents.html_pages import marked_up
from translator.documents.parts import Part, Passage, raw
from translator.documents.passages import Align, Translate, translate_passages
from translator.documents.xml_tree import Element, parse
from translator.errors import CorpusError

_OPEN = {"bpt", "bx", "sc"}
_CLOSE = {"ept", "ex", "ec"}
"""Opening and closing marks that are separate elements; a number names the partner."""
_AROUND = {"g", "mrk", "pc"}
_PARTNERS = ("rid", "startRef", "id")
_NOT_YET = {"new", "needs-translation"}
"""States of a target that is not yet a translation."""


@dataclass(frozen=True)
class _Slot:
    """A passage to translate, and where the translation goes."""

    passage: Passage
    start: int
    end: int
    opening: str
    closing: str


def translate_xliff(text: str, translate: Translate, align: Align) -> str:
    """Raises CorpusError for anything but XLIFF in UTF-8."""
    data = text.encode()
    root = parse(data)
    if root.tag != "xliff":
        raise CorpusError(f"this is not XLIFF: its first element is {root.tag}")
    slots = list(_slots(data, root, is_translated=True))
    done = translate_passages([slot.passage for slot in slots], translate, align, _write)
    at, pieces = 0, []
    for slot, result in zip(slots, done, strict=True):
        target = f"{slot.opening}{raw(result)}{slot.closing}"
        pieces += [data[at : slot.start], target.encode()]
        at = slot.end
    return b"".join([*pieces, data[at:]]).decode()


def _slots(data: bytes, element: Element, is_translated: bool) -> Iterator[_Slot]:
    """The slots of an element, in document order."""
    is_translated = element.attributes.get("translate", "yes" if is_translated else "no") == "yes"
    if is_translated and element.tag in ("trans-unit", "segment"):
        yield from _slot(data, element)
        return
    for child in element.children:
        yield from _slots(data, child, is_translated)


def _slot(data: bytes, unit: Element) -> Iterator[_Slot]:
    children = {child.tag: child for child in unit.children}
    source, target = children.get("source"), children.get("target")
    if (
        source is None or b"<!" in data[source.start : source.end]
    ):  # CDATA or a comment in the source is left alone
        return
    passage = list(_parts(data, source))
    if target is None:
        opening = data[source.start : source.inner_start].decode()
        name = re.match(r"<((?:[\w.-]+:)?)source", opening)
        assert name is not None
        after_space = source.start
        while data[after_space - 1 : after_space].isspace():
            after_space -= 1
        space = data[after_space : source.start].decode()
        tag = f"{name[1]}target"
        yield _Slot(passage, source.end, source.end, f"{space}<{tag}>", f"</{tag}>")
    elif target.attributes.get("state") in _NOT_YET or not (target.children or target.text.strip()):
        opening = data[target.start : target.inner_start].decode()
        if target.inner_start == target.end:  # <target/>
            opening = f"{opening[:-2].rstrip()}>"
        name = re.match(r"<([\w.:-]+)", opening)
        assert name is not None
        yield _Slot(passage, target.start, target.end, opening, f"</{name[1]}>")


def _parts(data: bytes, element: Element) -> Iterator[Part]:
    at = element.inner_start
    for child in element.children:
        yield from _texts(data[at : child.start])
        whole = data[child.start : child.end].decode()
        if child.tag in _AROUND:
            name = f"{child.tag} {child.start}"
            yield Part("open", data[child.start : child.inner_start].decode(), name=name)
            yield from _parts(data, child)
            yield Part("close", data[child.inner_end : child.end].decode(), name=name)
        elif child.tag in _OPEN | _CLOSE:
            number = next(filter(None, map(child.attributes.get, _PARTNERS)), "")
            yield Part("open" if child.tag in _OPEN else "close", whole, name=number)
        else:
            yield Part("empty", whole)
        at = child.end
    yield from _texts(data[at : element.inner_end])


def _texts(written: bytes) -> Iterator[Part]:
    for part in marked_up(html.unescape(written.decode())):
        yield replace(part, raw=_write(part.raw))


def _write(text: str) -> str:
    return html.escape(text, quote=False)
