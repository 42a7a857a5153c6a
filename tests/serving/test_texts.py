"""A text is cut at its lines, long lines at their sentences, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.serving.texts import LONGEST_PART, split


def test_the_white_space_around_lines_is_not_translated() -> None:
    text = split("\n  one two\t\r\n\r\nthree\n")

    assert text.parts == ["one two", "three"]
    assert text.join(["eins", "zwei"]) == "\n  eins\t\r\n\r\nzwei\n"


def test_a_long_line_is_cut_at_its_sentences() -> None:
    sentences = [f"Sentence {'xy' * number}." for number in range(1, 45)]
    line = " ".join(sentences)
    assert LONGEST_PART < len(line) < 3 * LONGEST_PART

    text = split(f"short. line.\n{line}\n")

    assert text.parts == ["short. line.", *sentences]
    assert text.join([part.upper() for part in text.parts]) == f"SHORT. LINE.\n{line.upper()}\n"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2028", "x" * 5000])
def test_no_part_is_blank_or_longer_than_allowed(text: str) -> None:
    parts = split(text).parts

    assert all(part.strip() and len(part) <= LONGEST_PART for part in parts)


@given(st.text(alphabet=" \n\r\tab.\u2028\u3000", max_size=60))
def test_what_is_not_translated_is_the_text_itself(text: str) -> None:
    assert split(text).join(split(text).parts) == text
