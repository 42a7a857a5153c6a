"""XLIFF: translations are written where another program looks for them."""

import time

import lxml.etree
import pytest
from phrasebook import links, louder, speaker, unchanged

from translator.documents.passages import diagonal
from translator.documents.xliff import translate_xliff
from translator.errors import CorpusError


def in_units(*units: str) -> str:
    body = "\r\n".join(f"  <trans-unit id='1'>\r\n    {unit}\r\n  </trans-unit>" for unit in units)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- A dog -->\r\n'
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
        f"<file original='A dog'><body>\r\n{body}\r\n</body></file></xliff>\r\n"
    )


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (
            "<source>A dog</source>",
            "<source>A dog</source>\r\n    <target>Ein Hund</target>",
        ),
        (
            "<source>A dog</source><target state='new'>A dog</target><note>A dog</note>",
            "<source>A dog</source><target state='new'>Ein Hund</target><note>A dog</note>",
        ),
        (
            "<source>A dog</source><target xml:lang='de'  />",
            "<source>A dog</source><target xml:lang='de'>Ein Hund</target>",
        ),
        ("<source>A dog</source><target>Köter</target>", None),
        ("<source><![CDATA[A dog]]></source>", None),
        (
            "<source>The <g id='1'>dog</g><x id='2'/> runs.</source><target></target>",
            "<source>The <g id='1'>dog</g><x id='2'/> runs.</source>"
            "<target>Der <g id='1'>Hund</g><x id='2'/> rennt.</target>",
        ),
        (
            "<source>It rains <bpt id='1'>b</bpt>today<ept id='1'>b</ept>.</source><target/>",
            "<source>It rains <bpt id='1'>b</bpt>today<ept id='1'>b</ept>.</source>"
            "<target><bpt id='1'>b</bpt>Heute<ept id='1'>b</ept> regnet es.</target>",
        ),
        (
            "<source>A &lt;b&gt;dog&lt;/b&gt;</source><target/>",
            "<source>A &lt;b&gt;dog&lt;/b&gt;</source><target>Ein &lt;b&gt;Hund&lt;/b&gt;</target>",
        ),
    ],
)
def test_what_has_no_translation_gets_one(unit: str, expected: str | None) -> None:
    found = translate_xliff(in_units(unit, unit), speaker(), links)

    assert found == in_units(expected or unit, expected or unit)


def test_many_segments_take_no_longer_than_their_number() -> None:
    def seconds(number: int) -> float:
        document = in_units(*["<source>A dog</source>"] * number)
        started = time.process_time()
        translate_xliff(document, unchanged, diagonal)
        return time.process_time() - started

    # 16 times as many take some 16 times as long; their square would be 256 times.
    assert seconds(16_000) < 60 * min(seconds(1000) for _ in range(3))


def test_xliff_2_and_what_must_not_be_translated() -> None:
    document = (
        '<x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:2.0"><x:file><x:unit>'
        "<x:segment><x:source>The <x:pc>dog</x:pc> runs.</x:source></x:segment></x:unit>"
        '<x:unit translate="no"><x:segment><x:source>A dog</x:source></x:segment></x:unit>'
        "</x:file></x:xliff>"
    )

    translated = translate_xliff(document, speaker(), links)

    target = "<x:target>Der <x:pc>Hund</x:pc> rennt.</x:target>"
    assert translated == document.replace("runs.</x:source>", f"runs.</x:source>{target}")


def test_a_translation_into_the_same_language_is_the_source() -> None:
    source = "A &amp; <g>b\r\n <x/></g> &#228; %s"

    translated = translate_xliff(in_units(f"<source>{source}</source>"), unchanged, diagonal)

    assert f"<target>{source}</target>".replace("&#228;", "ä") in translated
    assert lxml.etree.fromstring(translated.encode()) is not None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("<a>A dog</a>", "this is not XLIFF: its first element is a"),
        ("<xliff>\n<source>", "line 2 is not valid XML: no element found"),
        ("A dog", "line 1 is not valid XML: syntax error"),
    ],
)
def test_what_is_no_xliff_is_refused(document: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        translate_xliff(document, louder, diagonal)
