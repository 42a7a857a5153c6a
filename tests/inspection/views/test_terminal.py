"""What `inspect` prints: aligned, within 80 columns, with the record's own numbers."""

import re

import numpy as np
import pytest
from inspected import ENGLISH

from translator.decoding.translator import Translator
from translator.errors import ConfigError
from translator.inspection.record import inspect_pair, inspect_translation
from translator.inspection.views.columns import display_width, fit, visible, wrap
from translator.inspection.views.terminal import as_story, choose_place
from translator.inspection.what_if import head_effects


def test_the_row_shows_the_numbers_of_the_record(trained_translator: Translator) -> None:
    inspection = inspect_translation(trained_translator, ENGLISH[0])
    story = as_story(
        inspection,
        trained_translator,
        choose_place(inspection, trained_translator, layer=2, head=3, step=4),
    )
    attention = inspection.cross_attn[1]

    shown = re.findall(
        r"^ +\d+ \S+ +(-?[\d.]+) +(-?[\d.]+) +\. +([\d.]+) +\S* +([\d.]+)$", story, re.MULTILINE
    )

    expected = [attention.scores, attention.scaled, attention.weights, attention.norms]
    for column, array in zip(np.array(shown, dtype=float).T, expected, strict=True):
        assert column == pytest.approx(array[2, 3], abs=0.006)
    assert "1 x 24 -> 1 x 6" in story


def test_the_default_is_the_head_with_the_largest_effect(trained_translator: Translator) -> None:
    inspection = inspect_translation(trained_translator, ENGLISH[1])
    effects = np.abs(head_effects(inspection, trained_translator))

    place = choose_place(inspection, trained_translator, step=3)

    assert effects[place.layer, place.head, 2] == effects[:, :, 2].max()
    assert "by measured effect" in as_story(inspection, trained_translator, place)


@pytest.mark.parametrize("text", [ENGLISH[2], "🙂 日本語 ü", " ".join(["dog"] * 130)])
def test_no_line_is_wider_than_80_columns(random_translator: Translator, text: str) -> None:
    inspection = inspect_pair(random_translator, text, text)
    story = as_story(inspection, random_translator, choose_place(inspection, random_translator))

    assert max(map(display_width, story.splitlines())) <= 80
    assert "\x1b" not in story
    assert "\x1b[36m" in as_story(
        inspection, random_translator, choose_place(inspection, random_translator), colours=True
    )


def test_a_mark_that_is_spelled_in_bytes_is_no_word_to_be_chosen(
    trained_translator: Translator,
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], "… Hund …")
    [hund] = [word for word in inspection.words().targets if word.text == "Hund"]

    place = choose_place(inspection, trained_translator)

    assert "<0xE2>" in inspection.writes
    assert place.step in hund.pieces


def test_wide_characters_and_accents_keep_columns_aligned() -> None:
    assert [display_width(fit(text, 5)) for text in ("u\u0308ber", "日本語", "🙂", "Hund")] == [
        5
    ] * 4
    assert visible("a\x1b[2J") == "a\ufffd[2J"
    assert wrap("one two three", 8, "  ") == "one two\n  three"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"layer": 99}, "--layer is 99: the model has layers 1 to 2"),
        ({"head": 5}, "--head is 5: the model has heads 1 to 4"),
        ({"step": 0}, "--step is 0: the translation has decoding steps 1 to"),
    ],
)
def test_what_is_not_there_is_refused(
    trained_translator: Translator, asked: dict[str, int], message: str
) -> None:
    inspection = inspect_translation(trained_translator, ENGLISH[0])

    with pytest.raises(ConfigError, match=message):
        choose_place(inspection, trained_translator, **asked)
