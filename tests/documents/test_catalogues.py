"""Catalogues: translations are written where they belong, as gettext reads them."""

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phrasebook import links, louder, speaker, unchanged

from translator.documents.catalogues import translate_po
from translator.documents.messages import translate_messages
from translator.documents.passages import diagonal
from translator.errors import CorpusError

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=n;\\n"\n\n'
)


def test_what_has_no_translation_or_a_fuzzy_one_gets_one() -> None:
    entries = (
        '#. A dog\n#: a.c:1\nmsgctxt "A dog"\nmsgid "A dog"\nmsgstr ""\n\n'
        '# A dog\nmsgid "The dog runs."\nmsgstr "Es rennt."\n\n'
        '#, fuzzy, c-format\n#| msgid "A cat"\nmsgid ""\n"It rains "\n"today."\nmsgstr "Nein"\n\n'
        '#~ msgid "A dog"\n#~ msgstr ""\n'
    )

    translated = translate_po(HEADER + entries, speaker(), links)

    assert translated == HEADER + entries.replace(
        'msgid "A dog"\nmsgstr ""\n\n', 'msgid "A dog"\nmsgstr "Ein Hund"\n\n'
    ).replace('msgstr "Nein"', 'msgstr "Heute regnet es."')


def test_each_plural_gets_a_translation() -> None:
    entry = 'msgid "%d dog"\nmsgid_plural "%d dogs"\nmsgstr[0] ""\nmsgstr[1] "x"\nmsgstr[2] ""\n'
    phrases = {"%d dog": "%d Hund", "%d dogs": "%d Hunde"}

    translated = translate_po(HEADER + entry, speaker(phrases), diagonal)

    assert polib.pofile(translated)[0].msgstr_plural == {0: "%d Hund", 1: "x", 2: "%d Hunde"}


def test_several_lines_are_translated_one_by_one_and_written_as_gettext_does() -> None:
    entry = 'msgid ""\r\n"A dog\\n"\r\n"  It rains today.\\n"\r\nmsgstr ""\r\n'

    translated = translate_po(entry, speaker(), links)

    assert translated == entry[:-2].removesuffix('""') + (
        '""\r\n"Ein Hund\\n"\r\n"  Heute regnet es.\\n"\r\n'
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("&A dog", "&Ein Hund"),  # no a in it: before the first letter
        ("A _dog", "Ein Hun_d"),
        ("It rains _today.", "Heu_te regnet es."),
        ("It &rains today.", "Heute &regnet es."),
        ("A dog\nA dog\n", "Ein Hund\nEin Hund\n"),
        ("A <b>dog</b>", "Ein <b>Hund</b>"),
        ('A <a href="A dog %s">dog</a>', 'Ein <a href="A dog %s">Hund</a>'),
        ("_A <b>dog</b>", "_Ein <b>Hund</b>"),
    ],
)
def test_tags_and_accelerators_stay_in_a_message(message: str, expected: str) -> None:
    assert translate_messages([message], speaker(), links) == [expected]


def test_a_tag_that_is_no_mark_in_a_sentence_is_kept_as_a_placeholder_is() -> None:
    phrases = {"A dog<br/>A dog": "Ein Hund Hund", "A dog": "Ein Hund"}

    found = translate_messages(["A dog<br/>A dog"], speaker(phrases), diagonal)

    assert found == ["Ein Hund<br/>Ein Hund"]


@pytest.mark.parametrize(
    "message",
    ["AT&T dog", "R&D", "file_name", "a_b c_d", "__init__", "&amp; dog", "_a _b", "Q & A"],
)
def test_what_is_no_accelerator_is_left_to_the_model(message: str) -> None:
    [found] = translate_messages([message], lambda texts: [f"{text}!" for text in texts], diagonal)

    assert found.replace("!", "") == message


@given(st.lists(st.text('aB &_"\\\n\t%s{}<b>;\r\x07é', min_size=1), unique=True, max_size=4))
@settings(deadline=None)
def test_gettext_reads_what_the_translator_said(messages: list[str]) -> None:
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for message in messages:
        catalogue.append(polib.POEntry(msgid=message))

    translated = translate_po(str(catalogue), unchanged, diagonal)

    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(translated)] == [
        (message, message) for message in messages
    ]
    assert translate_po(translated, louder, diagonal) == translated


@pytest.mark.parametrize(
    ("catalogue", "line"),
    [("A dog\n", 1), (HEADER + 'msgid "A" dog"\n', 6), ('msgid "A dog"\nmsgstr\n', 2)],
)
def test_what_is_no_catalogue_is_refused(catalogue: str, line: int) -> None:
    with pytest.raises(CorpusError, match=rf"line {line} is not in gettext format: this is no"):
        translate_po(catalogue, louder, diagonal)
