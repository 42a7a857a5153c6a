"""What `inspect --contrast` prints: numbers that add up, within 80 columns."""

import re

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.inspection.contrast import contrast
from translator.inspection.record import inspect_pair
from translator.inspection.views.columns import display_width
from translator.inspection.views.contrast import as_contrast

STEP = 2


@pytest.fixture(scope="module")
def shown(trained_translator: Translator) -> str:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    found = contrast(inspection, trained_translator, "zebra", STEP)
    return as_contrast(inspection, found, "zebra", is_step_given=True)


def test_source_pieces_and_heads_add_up_to_what_cross_attention_adds(
    shown: str, trained_translator: Translator
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    by_head = contrast(inspection, trained_translator, "zebra", STEP).parts.cross_attn[:, :, STEP]
    numbers = r"((?:[+-]?\d+\.\d\d\s*)+)"
    rows = re.findall(rf"^ +\d+ \S+ +([+-]?\d+\.\d\d) +[█░]* *{numbers}$", shown, re.MULTILINE)
    [sums] = re.findall(rf"^ +sum +([+-]?\d+\.\d\d) +{numbers}$", shown, re.MULTILINE)
    [names] = re.findall(r"^ +source +adds +(.*)$", shown, re.MULTILINE)

    assert len(rows) == len(inspection.source)
    *heads, others = names.split()
    assert (len(heads), others) == (3, "others")
    table = np.array([[total, *cells.split()] for total, cells in [*rows, sums]], dtype=float)
    by_source = by_head.sum(axis=(0, 1))
    np.testing.assert_allclose(table[:, 0], [*by_source, by_source.sum()], atol=0.006)
    for name, column in zip(heads, table[:, 1:].T, strict=False):
        layer, head = (int(number) - 1 for number in name.split("."))
        expected = by_head[layer, head]
        np.testing.assert_allclose(column, [*expected, expected.sum()], atol=0.006)
    np.testing.assert_allclose(table[:, 1:].sum(axis=1), table[:, 0], atol=0.03)
    strength = np.abs(by_head).sum(axis=-1)
    layer, head = np.unravel_index(strength.argmax(), strength.shape)
    assert heads[0] == f"{layer + 1}.{head + 1}"


def test_all_parts_add_up_to_the_difference_of_the_logits(shown: str) -> None:
    [*parts, total] = re.findall(
        r"^     (?:the|biases|all|\S+, which).{30,}? ([+-]?\d+\.\d\d)", shown, re.MULTILINE
    )

    assert len(parts) == 5
    assert sum(map(float, parts)) == pytest.approx(float(total), abs=0.03)
    [lead] = re.findall(r"its logit is (\d+\.\d\d) lower", shown)
    assert float(lead) == float(total)


def test_it_says_what_is_compared_and_that_a_frozen_scale_makes_it_exact(
    shown: str, trained_translator: Translator
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    first = contrast(inspection, trained_translator, "zebra", STEP).other
    said = " ".join(shown.split())

    written = inspection.writes[STEP]
    assert f"Why {written} and not {first}? Decoding step 3 of {len(inspection.writes)} " in said
    assert f"zebra has several pieces; {first} is the first." in said
    assert "--step chooses" not in said
    assert "exactly, but only because the scale of the last norm is kept as it was" in said


def test_a_step_that_was_not_given_is_explained(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    found = contrast(inspection, trained_translator, "sit")

    shown = " ".join(as_contrast(inspection, found, "sit", is_step_given=False).split())

    assert "▁sit comes closest to being written at this step; --step chooses another." in shown
    assert "several pieces" not in shown


def test_where_the_other_token_is_ahead_it_is_said_so(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[1])
    found = contrast(inspection, trained_translator, "Ei", 1)
    assert found.parts.logit[1] < -1

    shown = " ".join(as_contrast(inspection, found, "Ei", is_step_given=True).split())

    assert f"and its logit is {-found.parts.logit[1]:.2f} higher" in shown
    assert re.search(r"The most, -\d+\.\d\d for Ei, comes from", shown)


@pytest.mark.parametrize("text", [ENGLISH[2], "🙂 日本語 ü", " ".join(["dog"] * 130)])
def test_no_line_is_wider_than_80_columns(random_translator: Translator, text: str) -> None:
    inspection = inspect_pair(random_translator, text, text)
    found = contrast(inspection, random_translator, "🙂🙂🙂")

    lines = as_contrast(inspection, found, "🙂🙂🙂", is_step_given=False).splitlines()

    assert max(map(display_width, lines)) <= 80
    pieces = len(inspection.source)
    more = [line for line in lines if re.match(rf"^ +{pieces - 40} more ", line)]
    assert len(more) == (pieces > 40)
