"""Links between words, read from the attention of a real model."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.documents.html_pages import translate_html
from translator.documents.passages import diagonal
from translator.documents.word_links import reader_of
from translator.inspection.alignment import Reader, align
from translator.inspection.record import MAX_TOKENS, inspect_pair
from translator.inspection.words import WORD
from translator.text.normalization import normalize


def test_links_are_those_of_the_inspection(trained_translator: Translator) -> None:
    src, tgt = ENGLISH[1], GERMAN[1]

    links = reader_of(trained_translator)(src, tgt)

    assert links == align(inspect_pair(trained_translator, src, tgt), Reader())


@given(st.text("ab 'é-.狗<>/s", min_size=1, max_size=12).filter(str.strip))
@settings(max_examples=40, deadline=None)
def test_each_link_is_of_words_that_are_there(random_translator: Translator, text: str) -> None:
    src, tgt = normalize(text), "a b."

    links = reader_of(random_translator)(src, tgt)

    num_src, num_tgt = len(WORD.findall(src)), len(WORD.findall(tgt))
    assert {src_at for src_at, _ in links} == set(range(num_src))
    assert {tgt_at for _, tgt_at in links} == set(range(num_tgt))


@pytest.mark.parametrize(("num_src", "num_tgt"), [(31, 3), (3, MAX_TOKENS)])
def test_a_pair_too_long_to_be_inspected_is_linked_by_place(
    random_translator: Translator,
    num_src: int,
    num_tgt: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    src, tgt = "a " * num_src, "b " * num_tgt

    assert reader_of(random_translator)(src, tgt) == diagonal(src, tgt)
    assert caplog.messages == []


def test_a_text_that_the_tokenizer_spells_otherwise_is_linked_by_place(
    random_translator: Translator,
) -> None:
    assert reader_of(random_translator)("a", "e\u0301 b") == diagonal("a", "e\u0301 b")


def test_a_page_is_translated_by_a_model_that_says_where_the_marks_go(
    trained_translator: Translator, caplog: pytest.LogCaptureFixture
) -> None:
    page = f"<p><b>{ENGLISH[0]}</b> {ENGLISH[1]}</p>"

    with caplog.at_level(logging.WARNING):
        translated = translate_html(
            page, trained_translator.translate, reader_of(trained_translator)
        )

    assert translated == f"<p><b>{GERMAN[0]}</b> {GERMAN[1]}</p>"
    assert caplog.messages == []
