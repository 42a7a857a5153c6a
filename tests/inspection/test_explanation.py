"""Do views of attention explain? Each loss is what the tokens cost when they are hidden by hand."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, ENGLISH, GERMAN, HEADS

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.contributions import alti, gradient_x_input
from translator.inspection.explanation import (
    AT_STAKE,
    BEST,
    RANDOM,
    Explanation,
    all_views,
    by_attention,
    explain,
    measure_faithfulness,
    without_heads,
)
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import head_effects, what_if
from translator.model.transformer import DecoderLayer

STEP = 4


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])


@pytest.fixture(scope="module")
def explanation(inspection: Inspection, trained_translator: Translator) -> Explanation:
    return explain(inspection, trained_translator, all_views(inspection, trained_translator))


def test_leaving_one_out_is_what_dropping_it_costs(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    lost = -what_if(inspection, trained_translator, drop=[2]).changes

    np.testing.assert_allclose(explanation.leave_one_out[:, 2], lost, atol=1e-5)
    assert explanation.most_needed[STEP] == explanation.leave_one_out[STEP].argmax()
    largest = [max(row) for row in explanation.leave_one_out]
    assert explanation.at_stake.tolist() == [lost > AT_STAKE for lost in largest]
    assert explanation.at_stake.any()


@pytest.mark.parametrize("view", ["weights", "norms", "alti", "gradient_x_input"])
def test_the_heaviest_are_hidden_or_kept_alone_at_each_decoding_step(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation, view: str
) -> None:
    by = all_views(inspection, trained_translator)[view][STEP]
    order = sorted(range(len(by)), key=lambda position: -by[position])

    by_hand = {
        (name, k): -what_if(inspection, trained_translator, drop=drop).changes[STEP]
        for k in (1, 2, 3)
        for name, drop in (("hidden", order[:k]), ("kept", order[k:]))
    }

    assert explanation.heaviest[view][STEP] == order[0]
    for (name, k), lost in by_hand.items():
        losses = getattr(explanation, name)[view]
        assert losses[k - 1, STEP] == pytest.approx(lost, abs=1e-4)
    assert len({round(float(lost), 3) for lost in by_hand.values()}) == 6


def test_a_view_gives_each_source_token_a_number_at_each_decoding_step(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    views = all_views(inspection, trained_translator)

    weights = [layer.weights[head] for layer in inspection.cross_attn for head in range(HEADS)]
    norms = [layer.norms[head] for layer in inspection.cross_attn for head in range(HEADS)]
    gradients = gradient_x_input(inspection, trained_translator)
    np.testing.assert_allclose(views["weights"], np.mean(weights, axis=0), atol=1e-6)
    np.testing.assert_allclose(views["norms"], np.mean(norms, axis=0), atol=1e-6)
    shares = alti(inspection, trained_translator).total[:, : len(inspection.source)]
    np.testing.assert_array_equal(views["alti"], shares)
    np.testing.assert_allclose(views["gradient_x_input"], abs(gradients), atol=1e-6)
    assert (gradients < 0).any()
    assert list(explanation.heaviest) == list(views)
    assert len({tuple(heaviest) for heaviest in explanation.heaviest.values()}) == len(views)


def test_of_single_tokens_the_best_is_exact_and_chance_is_the_mean_over_all(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    positions = range(len(inspection.source))
    alone = np.stack(
        [
            -what_if(inspection, trained_translator, drop=[*{*positions} - {kept}]).changes
            for kept in positions
        ]
    )

    left_out, hidden, kept = explanation.leave_one_out, explanation.hidden, explanation.kept
    np.testing.assert_allclose(hidden[BEST][0], left_out.max(axis=1), atol=1e-4)
    np.testing.assert_allclose(hidden[RANDOM][0], left_out.mean(axis=1), atol=1e-4)
    np.testing.assert_allclose(kept[BEST][0], alone.min(axis=0), atol=1e-4)
    np.testing.assert_allclose(kept[RANDOM][0], alone.mean(axis=0), atol=1e-4)


def test_no_choice_is_better_than_the_best(explanation: Explanation) -> None:
    for choice in explanation.hidden:
        assert (explanation.hidden[choice] <= explanation.hidden[BEST] + 1e-5).all()
        assert (explanation.kept[choice] >= explanation.kept[BEST] - 1e-5).all()
    assert (explanation.hidden[RANDOM] < explanation.hidden[BEST]).any()


def test_heads_are_zeroed_alone_and_all_of_a_layer_together(
    inspection: Inspection, trained_translator: Translator
) -> None:
    alone, together = without_heads(inspection, trained_translator)

    np.testing.assert_allclose(alone, -head_effects(inspection, trained_translator), atol=1e-5)
    for layer in range(DECODER_LAYERS):
        all_heads = what_if(
            inspection, trained_translator, ablate={(layer, head): "zero" for head in range(HEADS)}
        )
        np.testing.assert_allclose(together[layer], -all_heads.changes, atol=1e-5)


def test_a_source_of_two_tokens_has_no_three_to_hide(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, "d", "Ein Hund")
    assert len(inspection.source) == 2

    explanation = explain(inspection, trained_translator, by_attention(inspection))

    for losses in (explanation.hidden["norms"], explanation.kept["norms"]):
        np.testing.assert_array_equal(losses[1], losses[0])
        np.testing.assert_array_equal(losses[2], losses[0])


def test_sums_are_over_the_decoding_steps_at_which_some_token_matters() -> None:
    """Four decoding steps; nothing is at stake in the second and the last."""
    losses = np.array([10, 1000, 40, 1000]) + np.arange(3)[:, None]
    explanation = Explanation(
        leave_one_out=np.array([[3, 0, 0, 1], [0, 0.05, 0, 0], [0, 2, 0, 0], [0.1, -4, 0, 0]]),
        heaviest={"weights": np.array([0, 1, 0, 0]), "norms": np.array([0, 3, 1, 1])},
        hidden={"weights": losses, "norms": 2 * losses, BEST: 3 * losses, RANDOM: 0 * losses},
        kept={"weights": -losses, "norms": -2 * losses, BEST: 0 * losses, RANDOM: -losses},
    )

    sums = explanation.sums()

    assert explanation.at_stake.tolist() == [True, False, True, False]
    assert (sums["top1 weights"], sums["top1 norms"]) == (1, 2)
    assert sums["hidden weights"].tolist() == [50, 52, 54]
    assert sums["hidden norms"].tolist() == [100, 104, 108]
    assert sums[f"hidden {BEST}"].tolist() == [150, 156, 162]
    assert sums["kept norms"].tolist() == [-100, -104, -108]
    assert sums[f"kept {RANDOM}"].tolist() == [-50, -52, -54]
    assert len(sums) == 2 + 2 * 4


def test_means_are_over_all_sentences_and_heads_over_all_decoding_steps(
    inspection: Inspection, trained_translator: Translator
) -> None:
    other = inspect_pair(trained_translator, ENGLISH[1], GERMAN[2])
    both = [inspection, other]
    explained = [explain(one, trained_translator, by_attention(one)) for one in both]
    stakes = [one.at_stake for one in explained]
    assert stakes[0].sum() != stakes[1].sum()

    found = measure_faithfulness(iter(both), trained_translator)

    assert found is not None
    assert (found.num_sentences, found.num_steps) == (2, np.concatenate(stakes).sum())
    hidden, random = (
        np.concatenate([one.hidden[view][:, one.at_stake] for one in explained], axis=1)
        for view in ("weights", RANDOM)
    )
    close = {"rel": 1e-5, "abs": 1e-6}  # sentences are read together, or one by one
    assert found.comprehensiveness.lost_heaviest == pytest.approx(hidden.mean(axis=1), **close)
    assert found.comprehensiveness.lost_random == pytest.approx(random.mean(axis=1), **close)
    agrees = [(one.heaviest["norms"] == one.most_needed)[one.at_stake] for one in explained]
    assert found.top1_norms == pytest.approx(np.concatenate(agrees).mean())
    alone = [without_heads(one, trained_translator)[0] for one in both]
    assert found.head_alone == pytest.approx(np.concatenate(alone, axis=-1).mean(axis=-1), **close)


def test_where_no_token_matters_nothing_is_said(trained_translator: Translator) -> None:
    model = copy.deepcopy(trained_translator.model)
    for layer in model.decoder_layers:
        assert isinstance(layer, DecoderLayer)
        torch.nn.init.zeros_(layer.cross_attn.out_proj.weight)
    deaf = replace(trained_translator, model=model)

    assert measure_faithfulness([inspect_pair(deaf, "d", "Ein Hund")], deaf) is None
    assert measure_faithfulness([], deaf) is None


def test_the_page_gets_plain_numbers_in_camel_case(
    inspection: Inspection, trained_translator: Translator
) -> None:
    found = measure_faithfulness(iter([inspection, inspection]), trained_translator)

    assert found is not None
    payload = json.loads(json.dumps(found.payload()))
    assert list(payload) == [
        *("numSentences", "numSteps", "top1Weights", "top1Norms"),
        *("comprehensiveness", "sufficiency", "headAlone", "layerTogether"),
    ]
    assert payload["numSentences"] == 2
    assert list(payload["sufficiency"]) == ["lostHeaviest", "lostBest", "lostRandom"]
    assert np.shape(payload["sufficiency"]["lostBest"]) == (3,)
    assert np.shape(payload["headAlone"]) == (DECODER_LAYERS, HEADS)


def test_another_translator_than_the_one_that_made_the_inspection_explains_nothing(
    inspection: Inspection, random_translator: Translator
) -> None:
    with pytest.raises(InspectionError, match="the inspection was made with another model"):
        explain(inspection, random_translator, by_attention(inspection))
