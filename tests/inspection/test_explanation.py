"""Does attention explain? Each loss is what the same tokens cost when they are hidden by hand."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from inspected import DECODER_LAYERS, ENGLISH, GERMAN, HEADS

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.explanation import (
    AT_STAKE,
    Explanation,
    Losses,
    explain,
    measure_faithfulness,
    pool,
)
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import head_effects, what_if

STEP = 4


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])


@pytest.fixture(scope="module")
def explanation(inspection: Inspection, trained_translator: Translator) -> Explanation:
    return explain(inspection, trained_translator)


def test_leaving_one_out_is_what_dropping_it_costs(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    lost = -what_if(inspection, trained_translator, drop=[2]).changes

    np.testing.assert_allclose(explanation.leave_one_out[:, 2], lost, atol=1e-5)
    assert explanation.most_needed[STEP] == explanation.leave_one_out[STEP].argmax()
    largest = [max(row) for row in explanation.leave_one_out]
    assert explanation.at_stake.tolist() == [lost > AT_STAKE for lost in largest]
    assert explanation.at_stake.any()


def test_the_heaviest_are_hidden_or_kept_alone_at_each_decoding_step(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    weights = [
        layer.weights[head, STEP] for layer in inspection.cross_attn for head in range(HEADS)
    ]
    mean = np.mean(weights, axis=0)
    order = sorted(range(len(mean)), key=lambda position: -mean[position])

    by_hand = {
        (name, k): -what_if(inspection, trained_translator, drop=drop).changes[STEP]
        for k in (1, 2, 3)
        for name, drop in (("hidden", order[:k]), ("kept", order[k:]))
    }

    assert explanation.heaviest_by_weights[STEP] == order[0]
    for (name, k), lost in by_hand.items():
        losses = getattr(explanation, name).heaviest
        assert losses[k - 1, STEP] == pytest.approx(lost, abs=1e-4)
    assert len({round(float(lost), 3) for lost in by_hand.values()}) == 6


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

    left_out = explanation.leave_one_out
    np.testing.assert_allclose(explanation.hidden.best[0], left_out.max(axis=1), atol=1e-4)
    np.testing.assert_allclose(explanation.hidden.random[0], left_out.mean(axis=1), atol=1e-4)
    np.testing.assert_allclose(explanation.kept.best[0], alone.min(axis=0), atol=1e-4)
    np.testing.assert_allclose(explanation.kept.random[0], alone.mean(axis=0), atol=1e-4)


def test_no_choice_is_better_than_the_best(explanation: Explanation) -> None:
    for choice in ("heaviest", "random"):
        assert (getattr(explanation.hidden, choice) <= explanation.hidden.best + 1e-5).all()
        assert (getattr(explanation.kept, choice) >= explanation.kept.best - 1e-5).all()
    assert (explanation.hidden.random < explanation.hidden.best).any()


def test_norms_have_a_heaviest_token_of_their_own(
    inspection: Inspection, explanation: Explanation
) -> None:
    norms = inspection.norms.sum(axis=(0, 1))

    assert explanation.heaviest_by_norms.tolist() == norms.argmax(axis=-1).tolist()
    assert explanation.heaviest_by_norms.tolist() != explanation.heaviest_by_weights.tolist()


def test_heads_are_zeroed_alone_and_all_of_a_layer_together(
    inspection: Inspection, trained_translator: Translator, explanation: Explanation
) -> None:
    np.testing.assert_allclose(
        explanation.head_alone, -head_effects(inspection, trained_translator), atol=1e-5
    )
    for layer in range(DECODER_LAYERS):
        together = what_if(
            inspection, trained_translator, ablate={(layer, head): "zero" for head in range(HEADS)}
        )
        np.testing.assert_allclose(explanation.layer_together[layer], -together.changes, atol=1e-5)


def test_a_source_of_two_tokens_has_no_three_to_hide(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, "d", "Ein Hund")
    assert len(inspection.source) == 2

    explanation = explain(inspection, trained_translator)

    for losses in (explanation.hidden.heaviest, explanation.kept.heaviest):
        np.testing.assert_array_equal(losses[1], losses[0])
        np.testing.assert_array_equal(losses[2], losses[0])


def test_means_are_over_the_decoding_steps_at_which_some_token_matters() -> None:
    """Two sentences of 2 and 3 decoding steps; nothing is at stake in the second step of each."""
    one = made_up(
        leave_one_out=[[3, 0, 0, 1], [0, 0.05, 0, 0]],
        weights=[0, 3],
        norms=[3, 3],
        lost=[10, 1000],
    )
    other = made_up(
        leave_one_out=[[0, 2], [0.1, -4], [0.2, 0.3]],
        weights=[1, 0, 0],
        norms=[1, 1, 1],
        lost=[40, 1000, 70],
    )

    found = pool([one, other])

    assert found is not None
    assert (found.num_sentences, found.num_steps) == (2, 3)
    assert found.top1_weights == pytest.approx(2 / 3)
    assert found.top1_norms == pytest.approx(2 / 3)
    assert found.comprehensiveness.lost_heaviest == pytest.approx([40, 41, 42])
    assert found.comprehensiveness.lost_best == pytest.approx([140, 141, 142])
    assert found.comprehensiveness.lost_random == pytest.approx([240, 241, 242])
    assert found.sufficiency.lost_heaviest == pytest.approx([-40, -41, -42])
    # Heads are measured everywhere: (10 + 1000 + 40 + 1000 + 70) / 5.
    assert found.head_alone == [pytest.approx([424, 425, 426])]
    assert found.layer_together == pytest.approx([848])


def test_where_no_token_matters_nothing_is_said() -> None:
    indifferent = made_up(
        leave_one_out=[[0, 0.1], [-2, 0]], weights=[0, 0], norms=[1, 1], lost=[1, 1]
    )

    assert pool([indifferent]) is None
    assert pool([]) is None


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
        explain(inspection, random_translator)


def made_up(
    *,
    leave_one_out: Sequence[Sequence[float]],
    weights: Sequence[int],
    norms: Sequence[int],
    lost: Sequence[float],
) -> Explanation:
    """Of one layer with three heads, and losses that can be told apart: `lost` and some more."""
    base = np.array(lost) + np.arange(3)[:, None]
    return Explanation(
        leave_one_out=np.array(leave_one_out),
        heaviest_by_weights=np.array(weights),
        heaviest_by_norms=np.array(norms),
        hidden=Losses(heaviest=base, best=100 + base, random=200 + base),
        kept=Losses(heaviest=-base, best=-base - 1, random=-base + 1),
        head_alone=base[None],
        layer_together=2 * np.array(lost)[None],
    )
