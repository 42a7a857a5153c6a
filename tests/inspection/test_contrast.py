"""Why this token and not that one: which tokens are compared, and where."""

import re
from dataclasses import replace

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.errors import ConfigError, InspectionError
from translator.inspection.contrast import contrast
from translator.inspection.contributions import logits_of
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])


def test_the_lead_is_that_of_the_written_token_over_the_word(
    inspection: Inspection, trained_translator: Translator
) -> None:
    other, written = trained_translator.tokenizer.id_of("▁sit"), inspection.write_ids[3]
    assert other is not None
    logits = logits_of(inspection, trained_translator)[3]

    found = contrast(inspection, trained_translator, "sit", 3)

    assert (found.step, found.other, found.is_whole) == (3, "▁sit", True)
    assert found.parts.logit[3] == pytest.approx(logits[written] - logits[other], abs=1e-4)
    expected = logits[other] - np.log(np.exp(logits).sum())
    assert found.logprob == pytest.approx(expected, abs=1e-4)


def test_by_default_it_is_the_step_at_which_the_word_comes_nearest_to_being_written(
    inspection: Inspection, trained_translator: Translator
) -> None:
    other = trained_translator.tokenizer.id_of("▁sit")
    assert other is not None
    assert other not in inspection.write_ids
    logits = logits_of(inspection, trained_translator)
    written = logits[np.arange(len(logits)), inspection.write_ids]

    found = contrast(inspection, trained_translator, " sit ")

    assert found.step == (written - logits[:, other]).argmin()


def test_a_step_that_writes_the_word_is_passed_over_and_refused_if_it_is_asked_for(
    inspection: Inspection, trained_translator: Translator
) -> None:
    end = len(inspection.writes) - 1
    assert inspection.writes[end] == "</s>"

    assert contrast(inspection, trained_translator, "</s>").step < end
    message = f"^--contrast </s>: that is what decoding step {end + 1} writes: give another word$"
    with pytest.raises(ConfigError, match=message):
        contrast(inspection, trained_translator, "</s>", end)


def test_a_first_piece_that_was_written_is_named(
    inspection: Inspection, trained_translator: Translator
) -> None:
    assert inspection.writes[0] == "▁"

    message = (
        "--contrast zebra: its first piece, ▁, is what decoding step 1 writes: give another word"
    )
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        contrast(inspection, trained_translator, "zebra", 0)


def test_a_translation_of_nothing_else_is_refused(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    only = replace(inspection, writes=["</s>"], write_ids=inspection.write_ids[-1:])

    with pytest.raises(ConfigError, match="</s>: that is what every decoding step writes"):
        contrast(only, trained_translator, "</s>")


def test_of_a_word_of_several_pieces_the_first_is_taken(
    inspection: Inspection, trained_translator: Translator
) -> None:
    tokenizer = trained_translator.tokenizer
    pieces = tokenizer.pieces(tokenizer.encode("zebra"))
    assert len(pieces) > 2

    found = contrast(inspection, trained_translator, "zebra")

    assert (found.other, found.is_whole) == (pieces[0], False)


def test_a_word_may_be_a_piece_that_continues_another(
    inspection: Inspection, trained_translator: Translator
) -> None:
    tokenizer = trained_translator.tokenizer
    assert tokenizer.pieces(tokenizer.encode(","))[0] == "▁"
    assert tokenizer.id_of(",") is not None

    found = contrast(inspection, trained_translator, ",")

    assert (found.other, found.is_whole) == (",", True)


def test_a_word_that_nobody_sees_is_none(
    inspection: Inspection, trained_translator: Translator
) -> None:
    with pytest.raises(ConfigError, match=r"^--contrast is blank: give a word$"):
        contrast(inspection, trained_translator, "\u200b")


def test_another_translator_than_the_one_that_made_the_inspection_compares_nothing(
    inspection: Inspection, random_translator: Translator
) -> None:
    with pytest.raises(InspectionError, match="the inspection was made with another model"):
        contrast(inspection, random_translator, "ein")
