"""Heads removed, held against the same changes made while a sentence is read."""

from collections.abc import Sequence

import numpy as np
import pytest
from inspected import DECODER_LAYERS, ENGLISH, GERMAN, HEADS
from numpy.typing import NDArray
from surveyed import small_translator

from translator.decoding.translator import Translator
from translator.evaluation import bleu
from translator.inspection.heads.ablated import cross_attn
from translator.inspection.heads.effects import Effects, measure_effects, num_readings
from translator.inspection.intervention import Ablation
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import what_if

PLACES = list(np.ndindex(DECODER_LAYERS, HEADS))
SRC = [ENGLISH[2], ENGLISH[1]]
TGT = [GERMAN[2], GERMAN[1].replace("Zwei", "Drei")]
PAIRS = list(zip(SRC, TGT, strict=True))


@pytest.fixture(scope="module")
def readings() -> list[int]:
    return []


@pytest.fixture(scope="module")
def effects(trained_translator: Translator, readings: list[int]) -> Effects:
    return measure_effects(trained_translator, PAIRS, readings.append)


def lost_by_hand(
    translator: Translator, pair: tuple[str, str], heads: Sequence[tuple[int, int]], how: Ablation
) -> float:
    inspection = inspect_pair(translator, *pair)
    return float(-what_if(inspection, translator, ablate=dict.fromkeys(heads, how)).changes.sum())


@pytest.mark.parametrize(("name", "how"), [("zeroed", "zero"), ("uniform", "uniform")])
def test_nats_lost_are_those_of_the_intervention(
    trained_translator: Translator, effects: Effects, name: str, how: Ablation
) -> None:
    by_hand = [
        [lost_by_hand(trained_translator, pair, [head], how) for head in PLACES] for pair in PAIRS
    ]

    total, rows = effects.lost[name]
    np.testing.assert_allclose(np.reshape(total, (len(PAIRS), -1)), by_hand, atol=1e-4)
    ids = [trained_translator.tokenizer.encode(tgt) for tgt in TGT]
    assert np.asarray(rows).tolist() == [len(each) for each in ids]


def test_a_layer_is_removed_with_all_its_heads_at_once(
    trained_translator: Translator, effects: Effects
) -> None:
    by_hand = [
        [
            lost_by_hand(trained_translator, pair, [(layer, head) for head in range(HEADS)], "zero")
            for layer in range(DECODER_LAYERS)
        ]
        for pair in PAIRS
    ]

    np.testing.assert_allclose(effects.lost["layer_zeroed"].total, by_hand, atol=1e-4)


def test_bleu_without_a_head_is_that_of_greedy_translations_under_the_intervention(
    trained_translator: Translator, effects: Effects
) -> None:
    inspections = [inspect_pair(trained_translator, *pair) for pair in PAIRS]
    for head in ((0, 2), (1, 0)):
        results = [
            what_if(each, trained_translator, ablate={head: "zero"}, redecode=True)
            for each in inspections
        ]
        translations = [str(result.translation) for result in results]
        assert effects.bleu_without[head] == np.float32(bleu(translations, TGT).value)
    assert effects.translations == [result.greedy_translation for result in results]
    assert effects.bleu.value == bleu(effects.translations, TGT).value
    assert len({*effects.bleu_without.ravel()}) > 1


def test_the_pruning_curve_removes_the_least_important_first_until_no_head_is_left(
    trained_translator: Translator, effects: Effects
) -> None:
    order = [point.removed for point in effects.pruning[1:]]
    alone = np.asarray(effects.lost["zeroed"].total).sum(axis=0)
    num_rows = np.asarray(effects.lost["zeroed"].rows).sum()

    assert order == sorted(PLACES, key=lambda head: alone[head])
    assert effects.pruning[0] == (None, effects.bleu.value, 0.0)
    assert np.float32(effects.pruning[1].bleu) == effects.bleu_without[effects.pruning[1].removed]
    assert effects.pruning[1].lost == alone.min() / num_rows
    everything = [lost_by_hand(trained_translator, pair, PLACES, "zero") for pair in PAIRS]
    assert effects.pruning[-1].lost == pytest.approx(sum(everything) / num_rows, abs=1e-5)


def test_a_head_of_zero_w_o_has_no_effect_and_the_curve_ends_without_cross_attention() -> None:
    translator = small_translator()
    weights = [cross_attn(translator.model, layer).out_proj.weight.detach() for layer in (0, 1)]
    weights[1][:, 4:8] = 0  # head 1 of layer 1
    short = [("A dog.", GERMAN[1])]  # a model that has learned nothing writes to the limit
    one_mute = measure_effects(translator, short, lambda num: None)
    weights[0].zero_()
    weights[1].zero_()
    all_mute = measure_effects(translator, short, lambda num: None)

    for name in ("zeroed", "uniform"):
        has_effect = totals(one_mute, name).any(axis=0)
        assert has_effect.tolist() == [[True, True, True], [True, False, True]]
    assert one_mute.bleu_without[1, 1] == np.float32(one_mute.bleu.value)
    assert not any(totals(all_mute, name).any() for name in all_mute.lost)
    assert {point.bleu for point in all_mute.pruning} == {all_mute.bleu.value}
    last = one_mute.pruning[-1]
    assert last.bleu == all_mute.bleu.value
    assert last.lost != 0


def test_each_sentence_is_counted_as_often_as_it_is_read(
    trained_translator: Translator, effects: Effects, readings: list[int]
) -> None:
    assert sum(readings) == num_readings(trained_translator.model) * len(PAIRS)


def totals(effects: Effects, name: str) -> NDArray[np.float64]:
    return np.asarray(effects.lost[name].total)
