"""Passages: sentences are translated whole, placeholders are never lost."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phrasebook import louder, speaker, unchanged

from translator.documents.parts import Part, raw
from translator.documents.passages import KEPT, diagonal, translate_passages


def text(written: str) -> Part:
    return Part("text", written, written)


def translated(written: str, phrases: dict[str, str]) -> str:
    [passage] = translate_passages([[text(written)]], speaker(phrases))
    return raw(passage)


def test_each_sentence_of_a_paragraph_is_translated_once_in_one_call() -> None:
    asked: list[list[str]] = []

    def translate(texts: Sequence[str]) -> list[str]:
        asked.append(list(texts))
        return louder(texts)

    passages = [[text("  It rains.  A dog runs.\n")], [text("12 %")], [text("It rains.")]]

    found = translate_passages(passages, translate)

    assert asked == [["It rains.", "A dog runs."]]
    assert list(map(raw, found)) == ["  IT RAINS. A DOG RUNS.\n", "12 %", "IT RAINS."]


@pytest.mark.parametrize(
    "placeholder",
    [
        *("%s", "%d", "%1$s", "%-5.2f", "%lu", "%(name)s", "%(num)d", "%%", "%@", "%1", "%L2"),
        *("{name}", "{0}", "{}", "{0:d}", "{user.name}", "${var}", "{{ name }}", "&nbsp;"),
        *("https://example.org/a?b=c", "a.b@example.org"),
    ],
)
def test_a_placeholder_that_the_model_copies_stays_where_it_puts_it(placeholder: str) -> None:
    src, tgt = f"Open {placeholder} now.", f"Jetzt {placeholder} öffnen."

    assert KEPT.fullmatch(placeholder)
    assert translated(src, {src: tgt}) == tgt


@pytest.mark.parametrize("copied", ["Jetzt öffnen.", "%s jetzt %s öffnen.", "Jetzt %d öffnen."])
def test_around_a_placeholder_that_the_model_does_not_copy_the_rest_is_translated(
    copied: str,
) -> None:
    phrases = {"Open %s now.": copied, "Open": "Öffnen.", "now.": "jetzt."}

    assert translated("Open %s now.", phrases) == "Öffnen %s jetzt."


def test_what_is_between_placeholders_keeps_its_punctuation() -> None:
    src = "{user}, you have %d mails (%s)."
    phrases = {src: "Du", "you have": "du hast", "mails (": "Mails ("}

    assert translated(src, phrases) == "{user}, du hast %d Mails (%s)."


@pytest.mark.parametrize(
    "ordinary", ["50 % of all", "100% sure", "a {b c} d", "5 & 6;", "a@b", "{"]
)
def test_ordinary_text_has_no_placeholders(ordinary: str) -> None:
    assert not KEPT.search(ordinary)


def test_a_stop_inside_code_ends_no_sentence() -> None:
    passage = [text("Run "), Part("kept", "`a. B`", "a. B"), text(" now.")]

    [found] = translate_passages([passage], speaker({"Run a. B now.": "Starte a. B jetzt."}))

    assert raw(found) == "Starte `a. B` jetzt."


def test_a_word_of_code_that_the_sentence_has_too_is_not_taken_for_it() -> None:
    passage = [text("To make it, run "), Part("kept", "`make`", "make"), text(".")]
    phrases = {
        "To make it, run make.": "Um es zu machen, starte make.",
        "To make it, run": "Um es zu machen, starte",
    }

    [found] = translate_passages([passage], speaker(phrases))

    assert raw(found) == "Um es zu machen, starte `make`."


def test_a_line_is_broken_where_it_was_in_its_sentence() -> None:
    src = "No.\nThat is not my\ndog. Yes it is."
    phrases = {
        "No.": "Nein, nein.",
        "That is not my dog.": "Das ist doch nicht mein Hund.",
        "Yes it is.": "Ja.",
    }

    assert translated(src, phrases) == "Nein, nein.\nDas ist doch nicht mein\nHund. Ja."


def test_no_line_begins_with_what_would_be_a_list() -> None:
    assert translated("a b\nc d", {"a b c d": "aa 1. - bb cc"}) == "aa 1. -\nbb cc"


def test_a_line_end_for_which_there_is_no_space_is_left_out() -> None:
    assert translated("a b\nc d", {"a b c d": "abcd"}) == "abcd"


@given(st.text("ab .,\n%s{}&;é\u00ad\u200b\u0308 \t", max_size=30))
@settings(deadline=None)
def test_text_translated_into_its_own_language_is_the_same(written: str) -> None:
    [found] = translate_passages([[text(written)]], unchanged)

    assert raw(found) == written


def test_without_a_model_each_word_is_linked_with_the_one_about_where_it_stands() -> None:
    assert diagonal("a b", "A B C D") == [(0, 0), (0, 1), (1, 2), (1, 3)]
    assert diagonal("a b c", "A") == [(0, 0), (1, 0), (2, 0)]
    assert diagonal("", "A") == []
