"""What the tokenizer reads: no invisible characters, and everything that a script needs."""

import json
import random
from pathlib import Path

import pytest

from translator.text.normalization import MAX_MARKS, normalize

SCENES = Path(__file__).parents[2] / "data/scenes"


@pytest.mark.parametrize(
    "char",
    [
        *"\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064\u2069\u206f\u3164",
        *"\ufe00\ufe0f\ufeff\ufff9\U000e0001\U000e0041\U000e0100",
        *"\x00\x01\x08\x0e\x1a\x1b\x7f\x80\x84\x86\x9f",
    ],
    ids=ascii,
)
def test_what_nobody_sees_is_left_out_of_a_word(char: str) -> None:
    assert normalize(f"The wo{char}man, {char}Müller{char}.") == "The woman, Müller."


@pytest.mark.parametrize("char", "\t\n\v\f\r\x1c\x1f\x85\u00a0\u1680\u2007\u2028\u202f\u3000▁")
def test_white_space_of_every_kind_is_one_space(char: str) -> None:
    assert normalize(f"{char} The{char}{char}woman{char}") == "The woman"


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # Persian: a joiner keeps two letters of a word apart
        "क्‍ष ශ්‍රී",  # Devanagari and Sinhala: it joins two
        "👩‍👩‍👧 🏳️‍🌈 ❤️ 👍🏽 👨‍⚕️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "葛\U000e0100城",  # another form of the character
        "ᠪᠠᠢ\u180b",
    ],
)
def test_joiners_and_selectors_stay_where_a_script_or_an_emoji_needs_them(text: str) -> None:
    assert normalize(text) == text


@pytest.mark.parametrize(
    "text", ["½ … ﬁ ™ ² １ „schön“ – ’", "中文 עברית", "<s> </s> <pad> <0x41>", "\ufffc \ue000"]
)
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    assert normalize(text) == text


def test_characters_are_composed_even_across_what_is_left_out() -> None:
    assert normalize("u\u0308 u\u00ad\u0308 u\u200d\u0308") == "ü ü ü"


def test_keys_and_colours_of_a_terminal_are_left_out_whole() -> None:
    assert normalize("\x1b[31;1mred\x1b[0m dog\x1b[D\x1b[3~\x1bOA\x1b") == "red dog"


def test_half_a_surrogate_pair_is_a_replacement_character() -> None:
    assert normalize("A \ud83d dog") == "A \ufffd dog"


def test_the_embedded_corpus_is_normal_as_it_stands() -> None:
    for file in SCENES.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines()[:2000]:
            row = json.loads(line)
            assert normalize(row["en"]) == row["en"]
            assert normalize(row["de"]) == row["de"]


def test_what_is_normal_stays_normal() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        text = "".join(rng.choices("aé ü\u0308\u0323\u200d\u200b👩\ufe0f\x1b[A▁\n", k=20))

        assert normalize(normalize(text)) == normalize(text)


def test_no_more_marks_than_a_limit_stand_upon_a_character() -> None:
    low, high = "\u0316", "\u0301"

    assert normalize("x" + low * MAX_MARKS) == "x" + low * MAX_MARKS
    assert normalize("x" + low * 40 + "y") == "x" + low * MAX_MARKS + "y"
    assert normalize("x" + high + low * 40) == "x" + low * (MAX_MARKS - 1) + high


@pytest.mark.parametrize(
    "unit",
    ["\u0316\u0301", "\x1b[0", "\x1b[0;", "a\u200d", "👩\u200d", "\u200d", "!\u0301", "\ud800"],
    ids=ascii,
)
def test_a_long_text_takes_no_longer_than_its_length_asks_for(unit: str) -> None:
    text = unit * 100_000  # the square of that would be minutes

    assert len(normalize(text)) <= len(text)
