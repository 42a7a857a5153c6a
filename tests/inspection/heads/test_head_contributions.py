"""What is summed up of contributions: each number beside the one of a single decoding step."""

import numpy as np
import pytest
from inspected import ENGLISH
from surveyed import HEADS, LAYERS, small_translator

from translator.decoding.translator import Translator
from translator.inspection.contributions import alti, attribute_logits, logits_of, runners_up
from translator.inspection.heads.contributions import contribution_sums, contributions
from translator.inspection.heads.intervals import stack
from translator.inspection.heads.report import Contributions
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_pair


@pytest.fixture(scope="module")
def translator() -> Translator:
    return small_translator()


@pytest.fixture(scope="module")
def inspections(translator: Translator) -> list[Inspection]:
    """Of different lengths, so that a mean over sentences is not one over decoding steps."""
    return [inspect_pair(translator, ENGLISH[1], "Ein Hund"), inspect_pair(translator, "A", "es")]


@pytest.fixture(scope="module")
def found(translator: Translator, inspections: list[Inspection]) -> Contributions:
    return contributions(stack([contribution_sums(one, translator) for one in inspections]))


def test_the_share_of_the_source_is_a_mean_over_decoding_steps(
    found: Contributions, inspections: list[Inspection], translator: Translator
) -> None:
    shares = [
        row[: len(one.source)].sum() for one in inspections for row in alti(one, translator).total
    ]

    assert found.source_share[0] == pytest.approx(np.mean(shares), rel=1e-5)
    assert 0 < found.source_share[1] <= found.source_share[0] <= found.source_share[2] < 1


def test_heads_add_to_the_lead_over_the_most_probable_other_token(
    found: Contributions, inspections: list[Inspection], translator: Translator
) -> None:
    by_step = []
    for one in inspections:
        others = runners_up(one, translator)
        parts = attribute_logits(one, translator, one.write_ids, less=others)
        by_step += [parts.cross_attn[:, :, step].sum(axis=-1) for step in range(len(one.writes))]

    assert found.head_logit.shape == (LAYERS, HEADS, 3)
    np.testing.assert_allclose(found.head_logit[..., 0], np.mean(by_step, axis=0), atol=1e-5)


def test_parts_sum_to_the_lead_in_logits(
    found: Contributions, inspections: list[Inspection], translator: Translator
) -> None:
    leads = []
    for one in inspections:
        logits, others = logits_of(one, translator), runners_up(one, translator)
        steps = np.arange(len(one.writes))
        leads += (logits[steps, one.write_ids] - logits[steps, others]).tolist()

    *parts, total = found.part_logit
    assert parts == ["embedding", "self-attention", "cross-attention", "feed-forward", "biases"]
    assert total == "total"
    assert found.part_logit[total][0] == pytest.approx(np.mean(leads), abs=1e-4)
    summed = sum(found.part_logit[part][0] for part in parts)
    assert found.part_logit[total][0] == pytest.approx(summed, abs=1e-5)
    assert found.part_logit["cross-attention"][0] == pytest.approx(
        found.head_logit[..., 0].sum(), abs=1e-5
    )
