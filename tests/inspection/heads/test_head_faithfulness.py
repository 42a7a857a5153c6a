"""Views put to the test over sentences: means over the decoding steps at stake, and no others."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from surveyed import small_translator

from translator.decoding.translator import Translator
from translator.inspection.explanation import all_views, explain
from translator.inspection.heads.faithfulness import explained, explanation_sums, num_explained
from translator.inspection.heads.intervals import Sums, stack
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair
from translator.model.transformer import DecoderLayer

VIEWS = ["weights", "norms", "alti", "gradient_x_input"]


@pytest.fixture(scope="module")
def translator() -> Translator:
    return small_translator()


@pytest.fixture(scope="module")
def inspections(translator: Translator) -> list[Inspection]:
    return [inspect_pair(translator, "A dog", "Ein Hund"), inspect_pair(translator, "she", "es")]


@pytest.fixture(scope="module")
def sums(translator: Translator, inspections: list[Inspection]) -> dict[str, Sums]:
    return stack([explanation_sums(one, translator) for one in inspections])


def test_means_are_over_the_decoding_steps_at_stake_of_all_sentences(
    sums: dict[str, Sums], inspections: list[Inspection], translator: Translator
) -> None:
    each = [explain(one, translator, all_views(one, translator)) for one in inspections]
    at_stake = [one.at_stake for one in each]
    steps = sum(len(one.writes) for one in inspections)
    assert 0 < np.concatenate(at_stake).sum() < steps

    found = explained(sums)

    assert found is not None
    assert list(found) == [*VIEWS, "best", "random"]
    assert num_explained(sums) == np.concatenate(at_stake).sum()
    for view, of in found.items():
        hidden, kept = (
            np.concatenate([getattr(one, how)[view][:, one.at_stake] for one in each], axis=1)
            for how in ("hidden", "kept")
        )
        np.testing.assert_allclose(of.comprehensiveness[:, 0], hidden.mean(axis=1), rtol=1e-5)
        np.testing.assert_allclose(of.sufficiency[:, 0], kept.mean(axis=1), rtol=1e-5)
    for view in VIEWS:
        agrees = [(one.heaviest[view] == one.most_needed)[one.at_stake] for one in each]
        top1 = found[view].top1
        assert top1 is not None
        assert top1[0] == pytest.approx(np.concatenate(agrees).mean())
    assert found["best"].top1 is found["random"].top1 is None


def test_where_no_token_matters_there_is_nothing_to_explain(translator: Translator) -> None:
    model = copy.deepcopy(translator.model)
    for layer in model.decoder_layers:
        assert isinstance(layer, DecoderLayer)
        torch.nn.init.zeros_(layer.cross_attn.out_proj.weight)
    deaf = replace(translator, model=model)

    sums = stack([explanation_sums(inspect_pair(deaf, "she", "es"), deaf)])

    assert num_explained(sums) == 0
    assert explained(sums) is None
