"""Pairwise chrF against sacreBLEU's, and which of drawn translations is the most like all."""

import random
import unicodedata

import numpy as np
import pytest
from sacrebleu.metrics.chrf import CHRF

from translator.decoding.minimum_bayes_risk import most_alike_first, pairwise_chrf
from translator.decoding.translator import Translation

TEXTS = [
    "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",
    "Ein Mann mit orangefarbenem  Hut starrt etwas an.",
    "Zwei Hunde rennen über den Schnee",
    "ein mann",
    "Hut",
    "",
]


def test_every_pair_has_the_chrf_that_sacrebleu_gives_it() -> None:
    ours = pairwise_chrf(TEXTS)

    metric = CHRF()
    theirs = [[metric.sentence_score(one, [other]).score for other in TEXTS] for one in TEXTS]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_random_texts_of_few_letters_have_sacrebleus_chrf_too() -> None:
    rng = random.Random(1)
    texts = ["".join(rng.choices("ab äX", k=rng.randint(0, 15))) for _ in range(17)]

    ours = pairwise_chrf(texts)

    metric = CHRF()
    theirs = [[metric.sentence_score(one, [other]).score for other in texts] for one in texts]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_an_umlaut_is_the_same_in_both_unicode_forms() -> None:
    composed, decomposed = (unicodedata.normalize(form, TEXTS[2]) for form in ("NFC", "NFD"))

    assert composed != decomposed
    assert pairwise_chrf([composed, decomposed]).tolist() == [[100, 100], [100, 100]]
    drawn = [translation(text) for text in (TEXTS[0], decomposed, composed)]
    assert most_alike_first(drawn)[0].text == decomposed  # as it was drawn


def test_the_text_nearest_to_all_comes_first_with_its_mean_chrf_as_score() -> None:
    drawn = [translation(text) for text in (TEXTS[2], TEXTS[0], TEXTS[1])]

    ranked = most_alike_first(drawn)

    expected = pairwise_chrf([one.text for one in drawn]).mean(axis=1)
    assert ranked[0].text in TEXTS[:2]
    assert ranked[-1].text == TEXTS[2]
    assert [one.score for one in ranked] == pytest.approx(sorted(expected, reverse=True))


def test_a_text_counts_as_often_as_it_was_drawn() -> None:
    few, many = "Katze Katze Katze", "Hund"

    ranked = most_alike_first([translation(text) for text in (few, many, many)])

    assert [one.text for one in ranked] == [many, few]
    chrf = pairwise_chrf([many, few])
    assert ranked[0].score == pytest.approx((2 * 100 + chrf[0, 1]) / 3)


def test_of_equal_texts_the_first_drawn_stays_and_of_ties_the_first_comes_first() -> None:
    drawn = [translation("a", -1.0), translation("b", -2.0), translation("a", -3.0)]

    assert most_alike_first(drawn)[0].logprobs == [-1.0]
    assert [one.text for one in most_alike_first(drawn[:2])] == ["a", "b"]


def translation(text: str, logprob: float = -1.0) -> Translation:
    return Translation(text=text, score=logprob, tokens=[text], logprobs=[logprob])
