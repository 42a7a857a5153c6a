"""Word documents, .docx: the paragraphs are translated, in tables, boxes, notes and margins too.

A .docx is a ZIP file of XML files. The format of most letters of a paragraph counts as plain text;
runs with another format count as markup around their words. A paragraph whose translation equals
the source, and everything outside paragraphs, stays the same, byte for byte.
"""

import copy
import html
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

from translator.documents.parts import Kind, Part, Passage
from translator.documents.passages import Align, Translate, translate_passages
from translator.documents.xml_tree import Element, parse
from translator.errors import CorpusError
from translator.text.normalization import normalize

MAX_BYTES = 2**28
"""The limit on the unpacked size: a file of a few kilobytes can unpack to a whole disk of zeros."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError)
_TEXT = re.compile(r"word/(?:document|header|footer|footnotes|endnotes)\d*\.xml")
_CONTAINERS = {"hyperlink", "ins", "moveTo", "smartTag"}
"""Elements around runs, which move with the runs."""
_OUTDATED = {"proofErr", "lastRenderedPageBreak", "softHyphen"}
"""Proofing marks, rendered page breaks and soft hyphens, which do not fit the translation."""
_ENDS = {"br", "cr", "ptab", "tab"}
"""Elements that end a sentence."""
_SAME_FORMAT = re.compile(r"<(?:\w+:)?(?:lang|noProof)\b[^<>]*/>")
"""The invisible properties of a format."""
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RUN = "run"
"""The name of the marks around a run."""


def translate_docx(data: bytes, translate: Translate, align: Align) -> bytes:
    """Raises CorpusError for anything but a Word document."""
    members, old, comment = _unpack(data)
    new = {
        name: _translate_part(content, translate, align) if _TEXT.fullmatch(name) else content
        for name, content in old.items()
    }
    if new == old:
        return data
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = comment
        for member in members:
            archive.writestr(copy.copy(member), new[member.filename])
    return packed.getvalue()


def _unpack(data: bytes) -> tuple[list[zipfile.ZipInfo], dict[str, bytes], bytes]:
    """The entries of the archive, the content of each file, and the archive's comment."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check(members)
            return members, {each.filename: archive.read(each) for each in members}, archive.comment
    except (*_DAMAGE, RuntimeError, ValueError, OSError) as error:
        raise CorpusError(f"this is not a complete Word document: {error}") from None


def _check(members: Sequence[zipfile.ZipInfo]) -> None:
    names = Counter(member.filename for member in members)
    if "[Content_Types].xml" not in names or not any(map(_TEXT.fullmatch, names)):
        raise CorpusError("this is a ZIP file, but not a Word document")
    name, number = names.most_common(1)[0]
    if number > 1:
        raise CorpusError(f"it has {number} files called {name}: save it again in a word processor")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise CorpusError(f"unpacked, the file is larger than {MAX_BYTES // 2**20} MiB: split it")


def _translate_part(xml: bytes, translate: Translate, align: Align) -> bytes:
    """Translate the innermost paragraphs first: a text box lies inside another paragraph."""
    levels = _paragraphs(parse(xml))
    for level in reversed(range(len(levels))):
        paragraphs = [_Paragraph(xml, element) for element in _paragraphs(parse(xml))[level]]
        passages = [passage for paragraph in paragraphs for passage in paragraph.passages]
        done = iter(translate_passages(passages, translate, align, _write))
        at, pieces = 0, []
        for paragraph in paragraphs:
            results = [next(done) for _ in paragraph.passages]
            pieces += [xml[at : paragraph.start], paragraph.assemble(results)]
            at = paragraph.end
        xml = b"".join([*pieces, xml[at:]])
    return xml


def _paragraphs(root: Element) -> list[list[Element]]:
    """The paragraphs, grouped by nesting depth."""
    levels: list[list[Element]] = []
    waiting = [(root, 0)]
    while waiting:
        element, level = waiting.pop()
        is_paragraph = _is(element, "p")
        if is_paragraph:
            levels.extend([] for _ in range(level + 1 - len(levels)))
            levels[level].append(element)
        waiting.extend((child, level + is_paragraph) for child in reversed(element.children))
    return levels


def _is(element: Element, *tags: str) -> bool:
    return element.tag in tags and "wordprocessingml" in element.name


class _Paragraph:
    """The passages of a paragraph, and the XML between them."""

    def __init__(self, xml: bytes, element: Element) -> None:
        self._xml = xml
        self.start, self.end = element.inner_start, element.inner_end
        self._pieces: list[str | list[Part]] = [[]]
        self._base, self._base_open = self._usual_format(element)
        self._format = self._base
        self._read(element.children)

    @property
    def passages(self) -> list[Passage]:
        return [piece for piece in self._pieces if not isinstance(piece, str)]

    def assemble(self, results: Sequence[Passage]) -> bytes:
        """The paragraph with `results` for its passages; unchanged if no passage changed."""
        if all(new is old for new, old in zip(results, self.passages, strict=True)):
            return self._xml[self.start : self.end]
        waiting = iter(results)
        return "".join(
            piece if isinstance(piece, str) else self._spell(next(waiting))
            for piece in self._pieces
        ).encode()

    def _usual_format(self, element: Element) -> tuple[str, str]:
        """The format of most letters, and the XML that opens a run in this format."""
        letters: Counter[str] = Counter()
        opens: dict[str, str] = {}
        for run in element.all():
            if _is(run, "r"):
                form, open_ = self._format_of(run)
                letters[form] += sum(len(each.text) for each in run.children if _is(each, "t"))
                opens.setdefault(form, open_)
        usual = max(letters, key=lambda form: letters[form], default="")
        return usual, opens.get(usual, "")

    def _format_of(self, run: Element) -> tuple[str, str]:
        """The format of a run, and the XML that opens the run."""
        properties = "".join(self._raw(each) for each in run.children if _is(each, "rPr"))
        opening = self._xml[run.start : run.inner_start].decode()
        return _SAME_FORMAT.sub("", properties), opening + properties

    def _raw(self, element: Element) -> str:
        return self._xml[element.start : element.end].decode()

    def _read(self, elements: Sequence[Element]) -> None:
        number = 0
        while number < len(elements):
            element = elements[number]
            field_end = _end_of_field(elements, number)
            if field_end > number:
                self._field(elements[number : field_end + 1])
                number = field_end
            elif _is(element, "r"):
                self._run(element)
            elif _is(element, *_CONTAINERS) and element.children:
                tag = self._xml[element.start : element.inner_start].decode()
                end = self._xml[element.inner_end : element.end].decode()
                self._mark(Part("open", tag, name=element.tag))
                self._read(element.children)
                self._mark(Part("close", end, name=element.tag))
            elif _is(element, "pPr"):
                self._stop(self._raw(element))
            elif not _is(element, *_OUTDATED):
                self._element(self._raw(element), [element])
            number += 1
        self._leave_format()

    def _field(self, runs: Sequence[Element]) -> None:
        """The words of a link are read; any other field, such as a page number, is kept."""
        separate = next((at for at, run in enumerate(runs) if _field_sign(run) == "separate"), None)
        code = "".join(each.text for run in runs for each in run.all() if _is(each, "instrText"))
        if separate is None or code.split()[:1] != ["HYPERLINK"]:
            raw = self._xml[runs[0].start : runs[-1].end].decode()
            self._element(raw, runs[(separate or len(runs)) :])
            return
        opening = self._xml[runs[0].start : runs[separate].end].decode()
        self._mark(Part("open", opening, name="field"))
        self._read(runs[separate + 1 : -1])
        self._mark(Part("close", self._raw(runs[-1]), name="field"))

    def _run(self, run: Element) -> None:
        form, opening = self._format_of(run)
        for child in run.children:
            raw = f"{opening}{self._raw(child)}{_end_tag(opening)}"
            if _is(child, "t"):
                self._text(form, opening, child.text)
            elif _is(child, "noBreakHyphen"):
                self._text(form, opening, "\u2011")
            elif _is(child, *_ENDS):
                self._stop(raw)
            elif not _is(child, "rPr", *_OUTDATED):
                self._mark(Part("empty", raw))

    def _text(self, form: str, opening: str, text: str) -> None:
        if form != self._format:
            self._leave_format()
            if form != self._base:
                self._last().append(Part("open", opening, name=_RUN))
            self._format = form
        self._last().append(Part("text", _write(text), text))

    def _element(self, raw: str, elements: Iterable[Element]) -> None:
        """An element that shows text counts as one word, and is kept."""
        shown = "".join(
            each.text
            for element in elements
            if not _is(element, "del", "moveFrom")
            for each in element.all()
            if each.tag == "t"
        )
        kind: Kind = "kept" if normalize(shown) else "empty"
        self._mark(Part(kind, raw, normalize(shown), name="element"))

    def _mark(self, part: Part) -> None:
        self._leave_format()
        self._last().append(part)

    def _stop(self, raw: str) -> None:
        self._leave_format()
        self._pieces += [raw, []]

    def _leave_format(self) -> None:
        if self._format != self._base:
            self._last().append(Part("close", "", name=_RUN))
            self._format = self._base

    def _last(self) -> list[Part]:
        piece = self._pieces[-1]
        assert not isinstance(piece, str)
        return piece

    def _spell(self, passage: Passage) -> str:
        """The XML of a passage: text in runs of its format, and the elements between the runs."""
        opening, text, spelled = self._base_open, "", ""
        for part in [*passage, Part("empty", "")]:
            if part.kind in ("text", "break", "kept") and part.name != "element":
                text += part.raw
                continue
            spelled += _spell_run(opening, text)
            text = ""
            if part.name == _RUN:
                opening = part.raw if part.kind == "open" else self._base_open
            else:
                spelled += part.raw
        return spelled


def _spell_run(opening: str, text: str) -> str:
    if not text:
        return ""
    end = _end_tag(opening)
    prefix = end.removeprefix("</").removesuffix("r>")
    return f'{opening}<{prefix}t xml:space="preserve">{text}</{prefix}t>{end}'


def _end_tag(opening: str) -> str:
    """The end tag of a run with this opening, whatever its namespace prefix."""
    name = re.match(r"<([\w.:-]+)", opening)
    assert name is not None
    return f"</{name[1]}>"


def _field_sign(run: Element) -> str:
    """The type of a field character (begin, separate or end), or ""."""
    for child in run.children:
        if _is(child, "fldChar"):
            return next(
                (value for key, value in child.attributes.items() if key.endswith("fldCharType")),
                "",
            )
    return ""


def _end_of_field(elements: Sequence[Element], start: int) -> int:
    """The end of the field that begins at `start`; `start` if none begins or ends here."""
    if _field_sign(elements[start]) != "begin":
        return start
    depth = 0
    for number in range(start, len(elements)):
        sign = _field_sign(elements[number])
        depth += (sign == "begin") - (sign == "end")
        if depth == 0:
            return number
    return start


def _write(text: str) -> str:
    return html.escape(_NO_XML.sub("", text), quote=False)
