"""Marks in a translation: each once, one inside the other, whatever the links say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.documents.parts import Part
from translator.documents.placing import Placed, Sentence, place
from translator.inspection.alignment import Link


def sentence(src: str, tgt: str, links: list[Link]) -> Sentence:
    """Words are single letters."""
    words = [[(at, at + 1) for at, char in enumerate(text) if char != " "] for text in (src, tgt)]
    return Sentence(src, tgt, words[0], words[1], links)


def marks(text: str) -> tuple[str, list[Placed]]:
    """<a> </a> and <a/> in a text of letters -> the text without, and the marks."""
    plain, found, at = "", [], 0
    while at < len(text):
        if text[at] == "<":
            end = text.index(">", at) + 1
            raw = text[at:end]
            kind = "close" if raw[1] == "/" else "empty" if raw[-2] == "/" else "open"
            found.append((len(plain), Part(kind, raw, name=raw.strip("</>"))))
            at = end
        else:
            plain += text[at]
            at += 1
    return plain, found


def written(src: str, tgt: str, links: list[Link]) -> str:
    plain, found = marks(src)
    result, at = "", 0
    for offset, part in place(found, sentence(plain, tgt, links)):
        assert offset >= at
        result += tgt[at:offset] + part.raw
        at = offset
    return result + tgt[at:]


STRAIGHT = [(0, 0), (1, 1), (2, 2), (3, 3)]


@pytest.mark.parametrize(
    ("src", "links", "expected"),
    [
        ("a <x>b</x> c d", STRAIGHT, "A <x>B</x> C D"),
        ("a <x>b c</x> d", [(0, 2), (1, 1), (2, 0), (3, 3)], "<x>A B</x> C D"),
        # A separated verb: the run with the most links, and at a tie the first word.
        ("a <x>b</x> c d", [(0, 0), (1, 1), (1, 3), (2, 2)], "A <x>B</x> C D"),
        # One stray link among many does not stretch the mark.
        ("<x>a b</x> c d", [(0, 0), (1, 1), (0, 3), (2, 2), (3, 3)], "<x>A B</x> C D"),
        # A word between, linked with nothing, goes along.
        ("<x>a b</x> c d", [(0, 0), (1, 2), (2, 3)], "<x>A B C</x> D"),
        ("<x>a <y>b</y></x> c d", STRAIGHT, "<x>A <y>B</y></x> C D"),
        # Two that want the same word: the first one gets it, the other one the nearest free.
        ("<x>a</x> <y>b</y> c d", [(0, 0), (1, 0), (2, 2)], "<x>A</x> <y>B</y> C D"),
        ("<x>a</x> <y>b</y> c d", [(0, 1), (1, 0)], "<y>A</y> <x>B</x> C D"),
        # No link at all: about where it stood.
        ("a b c <x>d</x>", [], "A B C <x>D</x>"),
        # Single marks follow the word before, or touch the word after.
        ("a b<x/> c d", [(0, 0), (1, 2)], "A B C<x/> D"),
        ("a b <x/>c d", [(0, 0), (2, 1)], "A <x/>B C D"),
        ("<x/>a b c d<y/>", STRAIGHT, "<x/>A B C D<y/>"),
        # A pair around nothing is as a single one.
        ("a <x></x>b c d", STRAIGHT, "A <x></x>B C D"),
        # One that is not opened, or not closed, too.
        ("a</x> b <y>c d", STRAIGHT, "A</x> B <y>C D"),
        ("a <x>b <y>c</x> d</y>", STRAIGHT, "A <x>B <y>C</x> D</y>"),
    ],
)
def test_a_mark_goes_where_the_links_of_its_words_say(
    src: str, links: list[Link], expected: str
) -> None:
    assert written(src, "A B C D", links) == expected


def test_marks_for_which_no_word_is_left_stay_beside_it() -> None:
    assert written("<x>a</x> <y>b</y> c", "A", [(0, 0)]) == "<x>A</x><y></y>"


def test_marks_of_a_translation_without_words_stay() -> None:
    assert written("<x>a</x> b", "", []) == "<x></x>"


def test_a_mark_around_words_is_not_one_around_a_comma() -> None:
    assert written("<x>a</x> b ,", "A , B", [(0, 1), (1, 2)]) == "<x>A ,</x> B"
    assert written("a b <x>,</x>", "A , B", [(0, 0), (1, 2), (2, 1)]) == "A <x>,</x> B"


TREES = st.recursive(
    st.sampled_from(["a", "a b", " ", "", "c d e", "<z/>", " <z/> "]),
    lambda inside: st.lists(inside, min_size=1, max_size=4).flatmap(
        lambda parts: st.sampled_from("xy").map(
            lambda name: f"<{name}>{' '.join(parts[:2])}</{name}>{''.join(parts[2:])}"
        )
    ),
    max_leaves=8,
)
LINKS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=25)


@given(TREES, st.sampled_from(["", "A", "A B", "A B C D E F G"]), LINKS)
@settings(max_examples=150, deadline=None)
def test_every_mark_is_there_once_and_pairs_hold_each_other(
    src: str, tgt: str, drawn: list[Link]
) -> None:
    plain, found = marks(src)
    num_src, num_tgt = len(plain.replace(" ", "")), len(tgt.replace(" ", ""))
    links = sorted({(i, j) for i, j in drawn if i < num_src and j < num_tgt})

    result = written(src, tgt, links)

    _, placed = marks(result)
    assert sorted(part.raw for _, part in placed) == sorted(part.raw for _, part in found)
    opened: list[str] = []
    for _, part in placed:
        if part.kind == "open":
            opened.append(part.name)
        elif part.kind == "close":
            assert opened.pop() == part.name
