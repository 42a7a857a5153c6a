"""What was made of a run is compared with it: how much, on what, and how near it must come."""

import unicodedata

import pytest
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.experiment.agreement import Agreement, compare

PAIRS = list(zip(ENGLISH, GERMAN, strict=True))


@pytest.mark.parametrize(
    ("precision", "same", "bleu", "chrf", "is_close"),
    [
        ("float32", 198, 20.0, 20.0, True),
        ("float32", 197, 30.0, 50.0, False),
        ("float16", 198, 20.0, 20.0, True),
        ("float16", 197, 30.0, 50.0, False),
        ("int8", 0, 29.75, 50.25, True),
        ("int8", 200, 29.65, 50.0, False),
        ("int8", 150, 30.25, 49.75, True),
        ("int8", 150, 30.35, 50.0, False),
        ("int8", 150, 30.0, 49.65, False),
    ],
)
def test_the_tolerance_is_on_texts_but_for_int8_on_bleu_and_chrf(
    precision: str, same: int, bleu: float, chrf: float, is_close: bool
) -> None:
    agreement = Agreement(
        precision=precision,
        sentences=200,
        same=same,
        bleu=30.0,
        bleu_exported=bleu,
        bleu_signature="",
        chrf=50.0,
        chrf_exported=chrf,
        chrf_signature="",
    )

    assert agreement.is_close == is_close


@pytest.mark.parametrize(
    ("precision", "sentences"), [("float32", 200), ("float16", 200), ("int8", 1000)]
)
def test_only_the_first_sentences_are_compared(
    monkeypatch: pytest.MonkeyPatch,
    trained_translator: Translator,
    precision: str,
    sentences: int,
) -> None:
    monkeypatch.setattr(Translator, "translate", lambda _, texts: texts)

    agreement = compare(trained_translator, trained_translator.translate, precision, PAIRS * 400)

    assert (agreement.sentences, agreement.same) == (sentences, sentences)


def test_translations_agree_in_whichever_unicode_form(
    trained_translator: Translator, random_translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    decomposed = [unicodedata.normalize("NFD", text) for text in GERMAN]
    monkeypatch.setattr(
        Translator, "translate", lambda one, _: GERMAN if one is trained_translator else decomposed
    )

    agreement = compare(trained_translator, random_translator.translate, "float32", PAIRS)

    assert decomposed != GERMAN
    assert agreement.same == 3
    assert agreement.bleu_exported == agreement.bleu == pytest.approx(100)


def test_what_differs_is_counted_and_scored(
    trained_translator: Translator, random_translator: Translator
) -> None:
    agreement = compare(trained_translator, random_translator.translate, "float16", PAIRS)

    assert (agreement.sentences, agreement.same) == (3, 0)
    assert (agreement.bleu, agreement.chrf) == pytest.approx((100, 100))
    assert max(agreement.bleu_exported, agreement.chrf_exported) < 20
    assert str(agreement).startswith("0 of 3 validation sentences translated the same, BLEU ")
