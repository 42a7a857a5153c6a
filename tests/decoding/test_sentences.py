"""Where a long text is cut."""

import random
from collections.abc import Callable

import pytest

from translator.decoding.sentences import split_text


def test_a_text_that_fits_is_not_split() -> None:
    assert split_text("One. Two.", lambda _: True) == ["One. Two."]


@pytest.mark.parametrize(
    "sentences",
    [
        ["A dog runs. ", "A cat sleeps! ", "Where? ", "Here… ", "Well... ", "Yes."],
        ['He said "Go." ', "(She went.) ", "»Wo?« ", "„Hier.“ ", "“Oh!”  ", "'Ah.'"],
        ['"Go!" he said. ', '"Stay!"  they said. ', "She left (really!) at noon. ", "Good."],
        ["Mr. Smith and Dr. J. R. Doe met Mrs. Hill. ", "They talked."],
        ["Cats, e.g. lions, i.e. big ones, dogs etc. are in the U.S. today. ", "Dr. Doe left."],
        ["Am 3. Mai und am 24. Dezember z. B. regnet es. ", "Es war 2010. ", "Gut."],
        ["It costs 3.50 a piece at 12:30, see www.example.org for more. ", "Fine."],
        ["a dog runs. ", "a cat sleeps."],
        ["A dog runs . ", "A cat sleeps ."],
        ["What?! ", "No way!!\n", "Really."],
        ["Mr.. ", "A dog... ", "Etc.?! ", "Oh..."],
        ["狗在跑。", "猫在睡！？", "「哪里？」", "他说：“这里。” ", "好｡"],
        ["犬が走る。」", "猫。 ", "A. "],
        ["کتا دوڑتا ہے۔ ", "کہاں؟ ", "कुत्ता दौड़ता है। ", "बिल्ली॥ ", "ውሻ። ", "Շուն։ ", "."],
    ],
)
def test_a_long_text_is_split_where_sentences_end_and_only_there(sentences: list[str]) -> None:
    text = "".join(sentences)

    assert split_text(text, lambda part: part != text) == sentences


def test_a_long_sentence_is_split_at_clauses_first_and_nearest_its_middle() -> None:
    text = "one, two three four; five six: seven eight nine"

    assert split_text(text, at_most(30)) == ["one, two three four; ", "five six: seven eight nine"]
    assert split_text(text, at_most(21)) == [
        "one, two three four; ",
        "five six: ",
        "seven eight nine",
    ]


def test_a_clause_far_from_the_middle_comes_before_a_word_near_it() -> None:
    text = "he said “yes,” and then he went home"

    assert split_text(text, at_most(25)) == ["he said “yes,” ", "and then he went home"]


def test_numbers_and_times_are_not_split_at_their_marks() -> None:
    text = "at 12:30 they paid 3,000,000 euros"

    assert split_text(text, at_most(20)) == ["at 12:30 they paid ", "3,000,000 euros"]


def test_a_long_clause_is_split_between_words_and_a_long_word_between_characters() -> None:
    assert split_text("ab cd ef gh", at_most(6)) == ["ab cd ", "ef gh"]
    assert split_text("abcdefgh", at_most(3)) == ["ab", "cd", "ef", "gh"]
    assert split_text("ab", at_most(0)) == ["a", "b"]


def test_parts_fit_and_joined_they_are_the_text() -> None:
    rng = random.Random(1)
    for _ in range(500):
        text = "".join(rng.choices("aB1.,;:!?…\"”()' \n\u2028\x00🐕ß", k=rng.randint(1, 200)))
        fits = at_most(rng.randint(1, 40))

        parts = split_text(text, fits)

        assert "".join(parts) == text
        assert all(map(fits, parts))
        assert all(parts)


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 100_000, "a, " * 30_000, "A b. " * 20_000, "a" + " " * 99_999),
        # A search that begins anew at each of these marks would take minutes.
        *(mark * 100_000 for mark in '.!…。"'),
        *(marks * 50_000 for marks in ('."', ".)", "?!", ",“", "。」", "a.")),
        *(f"{mark}{'”' * 100_000}a" for mark in ".,。"),
    ],
    ids=lambda text: text[:4],
)
def test_a_huge_text_is_split_without_delay_or_deep_recursion(text: str) -> None:
    parts = split_text(text, lambda part: len(part.split()) < 9 and len(part.strip()) < 99)

    assert "".join(parts) == text


@pytest.mark.parametrize(
    "text", ["x" * 2**13, "dog, " * 2**11, "a, " + "x" * 2**13, "一，" * 2**12]
)
def test_to_halve_a_text_again_and_again_measures_it_once_for_each_halving(text: str) -> None:
    measured = []

    def fits(part: str) -> bool:
        measured.append(len(part))
        return len(part) <= 100

    split_text(text, fits)

    assert sum(measured) < 12 * len(text)


def at_most(num_chars: int) -> Callable[[str], bool]:
    return lambda part: len(part.strip()) <= num_chars or len(part) == 1
