"""Translation memories in TMX, the XML format in which translators and OPUS exchange pairs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from translator.errors import CorpusError
from translator.text.files import opened

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
CODES = ("bpt", "ept", "it", "ph", "ut")
"""Elements inside a text that hold markup of the original document."""


def read_units(file: Path, languages: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The translation units, from 1, each with its texts by language; texts of en-US are filed
    under en if `languages` has en and not en-US. Raises CorpusError for a file that cannot be read
    to its end.

    Python's parser opens no other files, and stops if entities expand too far.
    """
    number, body = 0, ElementTree.Element("body")
    with opened(file) as source:
        try:
            for event, element in ElementTree.iterparse(source, ("start", "end")):
                if element.tag == "body":
                    body = element
                elif element.tag == "tu" and event == "end":
                    number += 1
                    yield number, _texts(element, languages)
                    body.clear()  # otherwise all units would stay in memory
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise CorpusError(f"{file} cannot be read as XML: {error}") from None
        except RecursionError:
            raise CorpusError(f"{file} unit {number} is nested too deeply") from None


def _texts(unit: ElementTree.Element, languages: Sequence[str]) -> dict[str, str]:
    """The first text of each language."""
    texts: dict[str, str] = {}
    for variant in unit:
        language, segment = variant.get(LANGUAGE) or variant.get("lang"), variant.find("seg")
        if language and segment is not None:
            texts.setdefault(_asked(language, languages), _text(segment))
    return texts


def _asked(language: str, languages: Sequence[str]) -> str:
    """The entry of `languages` that equals this language, or else this language without its region;
    otherwise this language itself."""
    if language in languages:
        return language
    whole = _spelled(language)
    for wanted in (whole, whole.partition("-")[0]):
        for asked in languages:
            if _spelled(asked) == wanted:
                return asked
    return language


def _spelled(language: str) -> str:
    return language.replace("_", "-").lower()


def _text(element: ElementTree.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag not in CODES:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
