"""Two runs over a split: what is equal is equal, and differences are those of matched heads."""

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN

from translator.config import EOS_ID, DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.inspection.comparison import in_common
from translator.inspection.heads.comparison import (
    OF_HEADS,
    HeadComparison,
    compare_runs,
    is_beyond,
    mean_likeness,
)
from translator.inspection.heads.report import HeadReport
from translator.inspection.matching import overlaps
from translator.inspection.record import inspect_pair
from translator.model.transformer import Transformer
from translator.text.tables import Pair
from translator.text.tokenizer import train_tokenizer

PAIRS: list[Pair] = [("A dog runs.", "Ein Hund rennt."), ("Two men.", "Zwei Männer.")]
NAMES = ("one", "other")


@pytest.fixture(scope="module")
def one_translator() -> Translator:
    return brief_translator(vocab_size=320, num_heads=2, num_layers=2)


@pytest.fixture(scope="module")
def other_translator() -> Translator:
    return brief_translator(vocab_size=300, num_heads=3, num_layers=1)


@pytest.fixture(scope="module")
def comparison(one_translator: Translator, other_translator: Translator) -> HeadComparison:
    both = (one_translator, other_translator)
    return compare_runs(both, NAMES, PAIRS, "test", (None, None), lambda num_done: None)


def test_a_run_and_itself_differ_in_nothing(other_translator: Translator) -> None:
    both = (other_translator, other_translator)

    comparison = compare_runs(both, NAMES, PAIRS, "test", (None, None), lambda num_done: None)

    assert all(pair.first == pair.second for pair in comparison.matching.pairs)
    assert all(pair.likeness == 1 for pair in comparison.matching.pairs)
    assert comparison.layer_zeroed is not None
    for differences in (*comparison.differences.values(), comparison.layer_zeroed):
        assert not differences.any()
        assert not is_beyond(differences).any()
    for test in (comparison.bleu, comparison.chrf, comparison.ter):
        assert (test.system, test.p_value) == (test.baseline, 1.0)


def test_differences_are_those_of_the_means_of_matched_heads(comparison: HeadComparison) -> None:
    assert comparison.differences.keys() == set(OF_HEADS)
    for name, differences in comparison.differences.items():
        assert differences.shape == (3, 3)
        for pair, (difference, low, high) in zip(
            comparison.matching.pairs, differences, strict=True
        ):
            a, b = (
                measured(comparison.a, name)[pair.first],
                measured(comparison.b, name)[pair.second],
            )
            assert difference == pytest.approx(b[0] - a[0], abs=1e-5)
            assert low <= difference <= high
    assert comparison.layer_zeroed is None
    assert comparison.bleu.baseline.value == pytest.approx(comparison.a.bleu)
    assert comparison.bleu.system.value == pytest.approx(comparison.b.bleu)
    assert [comparison.bleu.name, comparison.chrf.name, comparison.ter.name] == [
        "BLEU",
        "chrF2",
        "TER",
    ]


def test_each_run_is_reported_under_its_own_name(comparison: HeadComparison) -> None:
    assert (comparison.a.run, comparison.b.run) == NAMES
    assert comparison.a.zeroed.shape == (2, 2, 3)
    assert comparison.b.zeroed.shape == (1, 3, 3)
    assert comparison.a.num_rows != comparison.b.num_rows


def test_likeness_is_the_mean_over_all_rows_of_all_sentences(
    one_translator: Translator, other_translator: Translator
) -> None:
    both = (one_translator, other_translator)
    done: list[int] = []

    likeness = mean_likeness(both, PAIRS, done.append)

    of_rows = [
        overlaps(*in_common(*(inspect_pair(one, *pair) for one in both)).weights) for pair in PAIRS
    ]
    assert of_rows[0].shape != of_rows[1].shape
    expected = np.concatenate(of_rows, axis=-1).mean(axis=-1)
    np.testing.assert_allclose(likeness, expected, atol=1e-6)
    assert sum(done) == len(PAIRS)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((0.1, 0.3), True), ((-0.3, -0.1), True), ((-0.1, 0.1), False), ((0.0, 0.2), False)],
)
def test_a_difference_is_beyond_its_interval_where_0_lies_outside(
    interval: tuple[float, float], expected: bool
) -> None:
    assert is_beyond(np.array([[0.2, *interval]])).tolist() == [expected]


def brief_translator(vocab_size: int, num_heads: int, num_layers: int) -> Translator:
    """Random weights, but </s> is probable everywhere: what it writes is short."""
    tokenizer = train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=vocab_size))
    torch.manual_seed(num_heads)
    shape = ModelConfig(
        d_model=18,
        num_heads=num_heads,
        d_ff=20,
        num_encoder_layers=1,
        num_decoder_layers=num_layers,
        dropout=0.0,
    )
    model = Transformer(shape, tokenizer.vocab_size)
    with torch.no_grad():
        model.decoder_norm.bias.copy_(4 * model.embedding.weight[EOS_ID])
    return Translator(model.eval(), tokenizer, DecodingConfig(), max_src_length=60)


def measured(report: HeadReport, name: str) -> np.ndarray:
    if name == "head_logit":
        return report.contributions.head_logit
    return report.pattern[name] if name in report.pattern else getattr(report, name)
