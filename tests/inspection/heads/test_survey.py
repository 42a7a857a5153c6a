"""A survey's sums, and the report made of them."""

import numpy as np
import pytest
from inspected import GERMAN
from surveyed import HEADS, LAYERS, small_translator

from translator.decoding.translator import Translator
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.survey import (
    Survey,
    num_sentences_read,
    readable,
    report,
    survey,
)
from translator.inspection.inspection import Inspection
from translator.inspection.measures import is_sink
from translator.inspection.record import inspect_pair

PAIRS = [("A dog runs.", GERMAN[1]), ("Two men sit.", "Ein Hund.")]


@pytest.fixture(scope="module")
def translator() -> Translator:
    return small_translator()


@pytest.fixture(scope="module")
def readings() -> list[int]:
    return []


@pytest.fixture(scope="module")
def found(translator: Translator, readings: list[int]) -> Survey:
    return survey(translator, PAIRS, readings.append)


@pytest.fixture(scope="module")
def made(found: Survey) -> HeadReport:
    return report(found, run="meadow", split="test")


@pytest.fixture(scope="module")
def inspections(translator: Translator) -> list[Inspection]:
    return [inspect_pair(translator, *pair) for pair in PAIRS]


def test_patterns_are_means_over_all_decoding_steps(
    made: HeadReport, inspections: list[Inspection]
) -> None:
    assert (made.num_sentences, made.num_rows) == (2, sum(len(one.writes) for one in inspections))
    for place in np.ndindex(LAYERS, HEADS):
        rows = [(one, row) for one in inspections for row in one.weights[place]]
        by_hand = {
            "entropy": [-(row * np.log2(row)).sum() for _, row in rows],
            "largest": [row.max() for _, row in rows],
            "sink_share": [row[is_sink(one.source)].sum() for one, row in rows],
            "same_position": [
                step_weight
                for one in inspections
                for step in range(len(one.writes))
                for step_weight in one.weights[place][step : step + 1, step : step + 1].ravel()
            ],
        }
        for name, numbers in by_hand.items():
            assert made.pattern[name][place][0] == pytest.approx(sum(numbers) / len(rows), rel=1e-4)


def test_coverage_is_a_mean_over_all_source_positions(
    made: HeadReport, inspections: list[Inspection]
) -> None:
    for place in np.ndindex(LAYERS, HEADS):
        positions = [
            min(one.weights[place][:, at].sum(), 1)
            for one in inspections
            for at in range(len(one.source) - 1)
        ]
        assert made.pattern["coverage"][place][0] == pytest.approx(np.mean(positions), rel=1e-4)


def test_the_report_has_the_means_of_what_heads_are_worth(found: Survey, made: HeadReport) -> None:
    for name in ("zeroed", "uniform", "layer_zeroed"):
        total = np.asarray(found.sums[name].total).sum(axis=0)
        estimates = getattr(made, name)
        np.testing.assert_allclose(estimates[..., 0], total / made.num_rows, rtol=1e-5)
        assert (estimates[..., 1] <= estimates[..., 0]).all()
        assert (estimates[..., 0] <= estimates[..., 2]).all()
    assert made.bleu == found.effects.bleu.value
    assert made.bleu_signature == found.effects.bleu.signature


def test_each_sentence_is_counted_as_often_as_it_is_read(
    translator: Translator, found: Survey, readings: list[int]
) -> None:
    assert sum(readings) == num_sentences_read(translator, PAIRS)


def test_pairs_with_a_blank_side_and_those_too_long_to_inspect_are_not_readable(
    translator: Translator,
) -> None:
    longest = "ab " * 600
    pairs = [("A dog.", " "), PAIRS[0], ("", "Hund"), ("dog", longest), (longest, "Hund"), PAIRS[1]]

    assert readable(translator.tokenizer, pairs) == PAIRS


@pytest.mark.parametrize(("layers", "heads"), [(1, 1), (1, 3), (3, 1)])
def test_a_model_of_one_layer_or_one_head_is_surveyed_like_any(layers: int, heads: int) -> None:
    made = report(
        survey(small_translator(layers, heads), [("A dog.", "Ein Hund.")], lambda num: None),
        run="meadow",
        split="test",
    )

    assert made.zeroed.shape == (layers, heads, 3)
    assert len(made.pruning) == layers * heads + 1
    if heads == 1:
        assert made.layer_zeroed[:, 0].tolist() == made.zeroed[:, 0, 0].tolist()
        assert made.layer_bleu_without.tolist() == made.bleu_without[:, 0].tolist()
    if layers == 1:
        assert made.pruning[-1].lost == pytest.approx(made.layer_zeroed[0, 0], rel=1e-5)
