"""All kinds of documents: what is refused, and in which encodings they are read and written."""

import codecs
import re
import sys
import time

import pytest
from phrasebook import louder, speaker, unchanged

from translator.compute.invocation import installing
from translator.documents.document import SUFFIXES, translate_document
from translator.documents.markdown import build_parser
from translator.errors import ConfigError, CorpusError

XLIFF = "<xliff><trans-unit><source>A dog</source>\n<target/></trans-unit></xliff>\n"
EXAMPLES = {
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\nA dog\n",
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nA dog\n",
    ".md": "# A dog\n",
    ".markdown": "A dog\n=====\n",
    ".html": "<p>A dog</p>\n",
    ".htm": "<p title='A dog'>A dog</p>\n",
    ".xhtml": "<p>A dog<br/>A dog</p>\n",
    ".po": 'msgid "A dog"\nmsgstr ""\n',
    ".pot": 'msgid "A dog"\nmsgstr ""\n',
    ".xliff": XLIFF,
    ".xlf": XLIFF,
}
TEXTS = pytest.mark.parametrize("suffix", EXAMPLES)


def expected(suffix: str) -> str:
    """Of a translator that says Ein Hund."""
    if suffix in (".po", ".pot"):
        return 'msgid "A dog"\nmsgstr "Ein Hund"\n'
    if suffix in (".xliff", ".xlf"):
        return XLIFF.replace("<target/>", "<target>Ein Hund</target>")
    return EXAMPLES[suffix].replace("A dog", "Ein Hund")


def test_there_is_an_example_of_each_kind() -> None:
    assert {*EXAMPLES, ".docx"} == set(SUFFIXES)


@TEXTS
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_document_keeps_its_encoding_its_mark_and_its_line_ends(
    suffix: str, mark: bytes, encoding: str, line_end: str
) -> None:
    data = mark + EXAMPLES[suffix].replace("\n", line_end).encode(encoding)

    translated = translate_document(data, suffix.upper(), speaker())

    assert translated == mark + expected(suffix).replace("\n", line_end).encode(encoding)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "windows-1252"),
        ('<meta charset="latin1">', "windows-1252"),
        ("<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=windows-1252'>", "cp1252"),
        ("<?xml version='1.0' encoding='ISO-8859-15'?>", "iso-8859-15"),
    ],
)
def test_the_encoding_that_a_page_declares_is_used(head: str, encoding: str) -> None:
    phrases = {"é": "„ü“ 狗"}

    translated = translate_document(f"{head}é".encode(encoding), ".html", speaker(phrases))

    if encoding == "iso-8859-15":  # it has no such quotes
        assert translated == f"{head}&#8222;ü&#8220; &#29399;".encode(encoding)
    else:
        assert translated == f"{head}„ü“ &#29399;".encode(encoding)


def test_the_encoding_that_a_catalogue_declares_is_used() -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n\n'
    entry = 'msgid "A dog"\nmsgstr "{}"\n'
    data = (head + entry.format("")).encode()

    translated = translate_document(data, ".po", speaker({"A dog": "Hündin"}))

    assert translated == (head + entry.format("Hündin")).encode("latin1")
    message = (
        "the translation has a '狗', which ISO-8859-1 cannot encode: save the document as UTF-8"
    )
    with pytest.raises(CorpusError, match=message):
        translate_document(data, ".po", speaker({"A dog": "狗"}))


REFUSED = [
    (
        b"A d\xf6g\n",
        r"line 1 is not UTF-8 \(byte 0xf6\): save the file as UTF-8, for example with iconv",
    ),
    (b"A dog\nA\0dog\n", "line 2 has a byte 0x00: this is not text"),
    (b"", "the file has no text"),
    (codecs.BOM_UTF8 + b" \n\r\n", "the file has no text"),
    (codecs.BOM_UTF16_LE + b"A\0d", r"line 1 is not UTF-16-LE \(byte 0x64\)"),
]


@TEXTS
@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_what_is_no_text_is_refused_in_one_sentence(suffix: str, data: bytes, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as raised:
        translate_document(data, suffix, louder)

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["punycode", "rot13", "iso-8859-99", "utf-7"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(
        CorpusError, match=f"the encoding {name} is unknown: save the file as UTF-8"
    ):
        translate_document(f"<meta charset={name}>A dog".encode(), ".html", louder)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"\.pdf is not a document type: it must be one of \.html, \.htm"
    ):
        translate_document(b"A dog", ".pdf", louder)


@pytest.mark.parametrize(
    ("suffix", "module", "package"),
    [(".md", "markdown_it", "markdown-it-py"), (".po", "polib", "polib")],
)
def test_a_package_that_is_not_installed_is_named(
    suffix: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    build_parser.cache_clear()

    message = f"the package {package} is not installed: {re.escape(installing('documents'))}"
    with pytest.raises(ConfigError, match=message):
        translate_document(EXAMPLES[suffix].encode(), suffix, louder)


@pytest.mark.campaign
@TEXTS
@pytest.mark.parametrize(
    "part",
    ["<b>", "[", "![", "*a", "> ", "- ", "`", "{", "a.", "a\n", '"', "\n\n", "| a", "%(", "♪ "],
)
def test_tens_of_thousands_of_anything_take_seconds(suffix: str, part: str) -> None:
    data = (EXAMPLES[suffix] + "\n" + part * 20_000).encode()
    start = time.perf_counter()

    try:
        translate_document(data, suffix, unchanged)
    except CorpusError as error:
        assert "\n" not in str(error)  # noqa: PT017  # most of these are documents

    assert time.perf_counter() - start < 30
