"""Word documents: another program reads the translation in the same paragraphs and formats."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress

import docx
import lxml.etree
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phrasebook import links, louder, speaker, unchanged

from translator.documents.passages import diagonal
from translator.documents.word_files import translate_docx
from translator.errors import CorpusError

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def saved(document: Document) -> bytes:
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def with_paragraph(inner: str) -> bytes:
    """A document of one paragraph, in the XML of Word."""
    document = docx.Document()
    paragraph = f'<w:p xmlns:w="{W}">{inner}</w:p>'
    document.element.body.insert(0, parse_xml(paragraph))
    return saved(document)


def paragraph_of(data: bytes) -> str:
    """The XML inside the first one, short."""
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    found = re.search(r"<w:p>(.*?)</w:p>", xml, re.DOTALL)
    assert found is not None
    return found[1].replace(' xml:space="preserve"', "").replace("w:", "")


def run(text: str, form: str = "") -> str:
    properties = f"<w:rPr>{form}</w:rPr>" if form else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


BOLD, ITALIC = "<w:b/>", "<w:i/>"


def short(xml: str) -> str:
    return xml.replace(' xml:space="preserve"', "").replace("w:", "")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (run("The dog runs."), run("Der Hund rennt.")),
        (
            run("The ") + run("dog", BOLD) + run(" runs."),
            run("Der ") + run("Hund", BOLD) + run(" rennt."),
        ),
        # Word cuts runs where somebody typed at another time.
        (run("The d") + "<w:proofErr/>" + run("og") + run(" runs."), run("Der Hund rennt.")),
        (run("It rains ") + run("today.", BOLD), run("Heute", BOLD) + run(" regnet es.")),
        (
            run("A dog") + "<w:r><w:tab/><w:t>A dog</w:t><w:br/><w:t>A dog</w:t></w:r>",
            run("Ein Hund")
            + "<w:r><w:tab/></w:r>"
            + run("Ein Hund")
            + "<w:r><w:br/></w:r>"
            + run("Ein Hund"),
        ),
        (
            run("The woman bought ")
            + f"<w:hyperlink>{run('the hat', ITALIC)}</w:hyperlink>"
            + run("."),
            run("Die Frau hat ")
            + f"<w:hyperlink>{run('den Hut', ITALIC)}</w:hyperlink>"
            + run(" gekauft."),
        ),
        (
            run("The dog") + "<w:r><w:footnoteReference/></w:r>" + run(" runs."),
            run("Der Hund") + "<w:r><w:footnoteReference/></w:r>" + run(" rennt."),
        ),
        (run("The\n dog") + run(" runs.", BOLD), run("Der\n Hund ") + run("rennt.", BOLD)),
        ("<w:pPr><w:jc/></w:pPr>" + run("A dog"), "<w:pPr><w:jc/></w:pPr>" + run("Ein Hund")),
        (
            f"<w:del><w:r><w:delText>A cat</w:delText></w:r></w:del><w:ins>{run('A dog')}</w:ins>",
            "<w:del><w:r><w:delText>A cat</w:delText></w:r></w:del>"
            f"<w:ins>{run('Ein Hund')}</w:ins>",
        ),
    ],
)
def test_runs_go_with_their_words(inner: str, expected: str) -> None:
    translated = translate_docx(with_paragraph(inner), speaker(), links)

    assert paragraph_of(translated) == short(expected)


def test_a_field_stays_as_it_is_but_for_the_words_of_a_link() -> None:
    def sign(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def whole(code: str, shown: str) -> str:
        instruction = f"<w:r><w:instrText> {code} </w:instrText></w:r>"
        return sign("begin") + instruction + sign("separate") + run(shown) + sign("end")

    link = run("The ") + whole('HYPERLINK "x"', "dog") + run(" runs.")
    page = run("See page ") + whole("PAGEREF x", "7") + run(" now.")

    translated = translate_docx(with_paragraph(link), speaker(), links)

    expected = run("Der ") + whole('HYPERLINK "x"', "Hund") + run(" rennt.")
    assert paragraph_of(translated) == short(expected)
    phrases = {"See page 7 now.": "Siehe jetzt Seite 7."}
    translated = translate_docx(with_paragraph(page), speaker(phrases), diagonal)
    expected = run("Siehe jetzt Seite ") + whole("PAGEREF x", "7") + run(".")
    assert paragraph_of(translated) == short(expected)


def test_tables_boxes_headers_and_notes_are_translated_and_nothing_else() -> None:
    document = docx.Document()
    document.add_heading("A dog", 1)
    document.add_table(1, 1).cell(0, 0).text = "The dog runs."
    document.sections[0].header.paragraphs[0].text = "It rains today."
    document.core_properties.title = "A dog"
    box = f"<w:r><w:pict><w:txbxContent><w:p>{run('A dog')}</w:p></w:txbxContent></w:pict></w:r>"
    paragraph = f'<w:p xmlns:w="{W}">{run("The dog")}{box}{run(" runs.")}</w:p>'
    document.element.body.insert(0, parse_xml(paragraph))
    data = saved(document)

    translated = translate_docx(data, speaker(), links)

    new = docx.Document(io.BytesIO(translated))
    assert new.paragraphs[0].text == "Der Hund rennt."
    assert [(p.text, p.style and p.style.name) for p in new.paragraphs[1:]] == [
        ("Ein Hund", "Heading 1")
    ]
    assert new.tables[0].cell(0, 0).text == "Der Hund rennt."
    assert new.sections[0].header.paragraphs[0].text == "Heute regnet es."
    old_files, new_files = (zipfile.ZipFile(io.BytesIO(each)) for each in (data, translated))
    changed = [
        name for name in old_files.namelist() if old_files.read(name) != new_files.read(name)
    ]
    assert new_files.namelist() == old_files.namelist()
    assert sorted(changed) == ["word/document.xml", "word/header1.xml"]
    assert b"<w:t>Ein Hund</w:t>" in new_files.read("word/document.xml").replace(
        b' xml:space="preserve"', b""
    )


RUNS = st.lists(
    st.tuples(
        st.sampled_from(["A dog", " runs. ", "It", "", " ", "&amp;", "a. B", "é"]),
        st.sampled_from(["", BOLD, ITALIC, BOLD + ITALIC, "<w:lang/>"]),
        st.sampled_from(["", "<w:proofErr/>", "<w:bookmarkStart/>", "<w:r><w:tab/></w:r>"]),
    ),
    max_size=7,
)


DOUBLED_SPACE = [
    ("A dog", ITALIC, ""),
    ("It", "", ""),
    (" ", "", "<w:bookmarkStart/>"),
    (" runs. ", BOLD, ""),
]


@given(RUNS)
@example(DOUBLED_SPACE)
@settings(max_examples=30, deadline=None)
def test_a_document_translated_into_its_own_language_is_the_same(
    runs: list[tuple[str, str, str]],
) -> None:
    inner = "".join(run(text, form) + between for text, form, between in runs)
    data = with_xml(f'<w:p xmlns:w="{W}">{inner}</w:p>'.encode())

    assert translate_docx(data, unchanged, diagonal) == data
    assert said(translate_docx(data, louder, diagonal)) == said(data).upper()


def said(data: bytes) -> str:
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    return " ".join("".join(lxml.etree.fromstring(xml).itertext()).split())


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def with_xml(xml: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": xml})


def bomb() -> bytes:
    """300 MB of zeros in some hundred kilobytes."""
    data = with_xml(b"<a/>" + b" " * 1000)
    directory = data.rindex(b"PK\x01\x02")
    huge = (300 * 2**20).to_bytes(4, "little")
    return data[: directory + 24] + huge + data[directory + 28 :]


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "this is not a complete Word document: File is not a zip"),
    "text": (lambda: b"A dog", "this is not a complete Word document: File is not"),
    "cut off": (
        lambda: with_paragraph(run("A dog"))[:-500],
        "this is not a complete Word document: ",
    ),
    "another zip": (lambda: zipped({"a": b"A dog"}), "this is a ZIP file, but not a Word document"),
    "a bomb": (bomb, r"unpacked, the file is larger than 256 MiB: split it"),
    "no XML": (lambda: with_xml(b"<a>\n<b>"), "line 2 is not valid XML: no element found"),
    "entities": (
        lambda: with_xml(b"<!DOCTYPE a [<!ENTITY b 'b'>]><a>&b;</a>"),
        r"it declares a document type of its own \(<!DOCTYPE>\): remove that",
    ),
    "depth": (lambda: with_xml(b"<a>" * 100_000), "it has elements more than 200 deep"),
    "an encoding": (
        lambda: with_xml("<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16")),
        "its XML is in utf-16: save it as UTF-8",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_word_document_is_refused_in_one_sentence(kind: str) -> None:
    make, message = HOSTILE[kind]

    with pytest.raises(CorpusError, match=message) as raised:
        translate_docx(make(), louder, diagonal)

    assert "\n" not in str(raised.value)


def test_a_damaged_document_is_translated_or_refused() -> None:
    data, draw = with_paragraph(run("A dog")), random.Random(5)

    for _ in range(60):
        damaged = bytearray(data)
        damaged[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        with suppress(CorpusError):
            translate_docx(bytes(damaged), louder, diagonal)
