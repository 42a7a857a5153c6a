"""Decodes the bytes of a document, and encodes text back to the same bytes."""

import codecs
import re

from translator.errors import CorpusError

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_DECLARED = {
    "html": re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.I),
    "po": re.compile(rb"\bContent-Type:[^\"\n]*charset=([\w-]+)", re.I | re.M),
}
_KNOWN = re.compile(r"utf-?8|(us-)?ascii|iso-8859-\d+|latin-?1|windows-125\d|macintosh", re.I)
_LATIN = re.compile(r"(us-)?ascii|iso-8859-1|latin-?1", re.I)
"""Encodings that browsers read as windows-1252, which also has typographic quotes and dashes."""


def encoding_of(data: bytes, kind: str) -> tuple[bytes, str]:
    """The byte order mark, and the encoding that the document declares (default: UTF-8).

    Documents whose `kind` is html or po may declare an encoding. Raises CorpusError for an unknown
    encoding.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return mark, encoding
    declared = _DECLARED[kind].search(data[:4096]) if kind in _DECLARED else None
    name = declared[1].decode() if declared else "utf-8"
    if name == "CHARSET":  # in a new .pot
        name = "utf-8"
    if kind == "html" and _LATIN.fullmatch(name):
        name = "windows-1252"
    try:
        codecs.lookup(name if _KNOWN.fullmatch(name) else "")
    except LookupError:
        raise CorpusError(f"the encoding {name} is unknown: save the file as UTF-8") from None
    return b"", name


def decode(data: bytes, encoding: str) -> str:
    """Raises CorpusError for bytes that are not text."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"line {line} is not {encoding.upper()} (byte 0x{data[error.start]:02x}): save the "
            "file as UTF-8, for example with iconv -f latin1 -t utf-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise CorpusError(f"line {line} has a byte 0x00: this is not text")
    if not text.strip():
        raise CorpusError("the file has no text")
    return text


def encode(text: str, encoding: str, kind: str) -> bytes:
    """In HTML, a character missing from `encoding` becomes a number. Raises CorpusError."""
    try:
        return text.encode(encoding, "xmlcharrefreplace" if kind == "html" else "strict")
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise CorpusError(
            f"the translation has a {char!r}, which {encoding} cannot encode: save the document as "
            "UTF-8"
        ) from None
