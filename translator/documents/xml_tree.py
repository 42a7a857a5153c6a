"""XML as a tree whose elements know their positions, so that all other bytes can stay unchanged.

expat reports the position of everything it reads; lxml and ElementTree do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from translator.errors import CorpusError

MAX_DEPTH = 200
MAX_ELEMENTS = 2_000_000
"""For comparison: a novel in Word has about a hundred thousand elements."""


@dataclass(slots=True)
class Element:
    """One element, with its positions as byte offsets in the document."""

    name: str
    """Its namespace, a space, and its name; without a namespace, the name."""
    attributes: dict[str, str]
    start: int
    inner_start: int = -1
    """The same as `inner_end` and `end` for <this/>."""
    inner_end: int = -1
    end: int = -1
    text: str = ""
    """The element's own text, without that of its children."""
    children: list["Element"] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition(" ")[2]

    def all(self) -> Iterator["Element"]:
        """This element and all elements inside, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def parse(data: bytes) -> Element:
    """The root element. Raises CorpusError for anything but XML in UTF-8, and for XML that has a
    DTD, is nested too deeply or is too large."""
    return _Builder(data).root


class _Builder:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._outside = Element("", {}, 0)
        self._opened = [self._outside]
        self._num_elements = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.DefaultHandler = self._other
        parser.StartDoctypeDeclHandler = self._refuse_dtd
        parser.XmlDeclHandler = self._check_encoding
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise CorpusError(
                f"line {error.lineno} is not valid XML: {expat.ErrorString(error.code)}"
            ) from None
        self.root = self._outside.children[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._begin_content()
        self._num_elements += 1
        if len(self._opened) > MAX_DEPTH or self._num_elements > MAX_ELEMENTS:
            raise CorpusError(
                f"it has elements more than {MAX_DEPTH} deep, or more than {MAX_ELEMENTS} of them: "
                "simplify or split the document"
            )
        element = Element(name, attributes, self._parser.CurrentByteIndex)
        self._opened[-1].children.append(element)
        self._opened.append(element)

    def _end(self, name: str) -> None:
        at = self._parser.CurrentByteIndex
        element = self._opened.pop()
        is_single = element.inner_start < 0 and self._data[at - 2 : at] == b"/>"
        if element.inner_start < 0:
            element.inner_start = at
        element.inner_end = at
        element.end = at if is_single else self._data.index(b">", at) + 1

    def _text(self, text: str) -> None:
        self._begin_content()
        self._opened[-1].text += text

    def _other(self, _: str) -> None:
        self._begin_content()

    def _begin_content(self) -> None:
        """Record the end of the start tag: the position of the first thing read after it."""
        if self._opened[-1].inner_start < 0:
            self._opened[-1].inner_start = self._parser.CurrentByteIndex

    def _refuse_dtd(self, *_: object) -> None:
        raise CorpusError("it declares a document type of its own (<!DOCTYPE>): remove that")

    def _check_encoding(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise CorpusError(f"its XML is in {encoding}: save it as UTF-8")
