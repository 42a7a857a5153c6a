"""Two translators over one sentence: what they write, and what they attend to in one target."""

import json

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN, SHAPE

from translator.config import BOS_ID, DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.comparison import (
    Comparison,
    compare_translators,
    comparison_as_json,
)
from translator.inspection.record import inspect_pair, inspect_translation
from translator.inspection.words import merge
from translator.model.transformer import Transformer
from translator.text.tokenizer import train_tokenizer

TEXT = ENGLISH[2]
NAMES = ("runs/one", "runs/other")


@pytest.fixture(scope="module")
def other_translator() -> Translator:
    """Another vocabulary, three layers of two heads."""
    tokenizer = train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=300))
    torch.manual_seed(2)
    shape = ModelConfig(
        d_model=20, num_heads=2, d_ff=32, num_encoder_layers=1, num_decoder_layers=3, dropout=0.0
    )
    model = Transformer(shape, tokenizer.vocab_size)
    return Translator(model.eval(), tokenizer, DecodingConfig(beam_size=1), max_src_length=40)


@pytest.fixture(scope="module")
def comparison(trained_translator: Translator, other_translator: Translator) -> Comparison:
    return compare_translators((trained_translator, other_translator), NAMES, TEXT)


def test_a_translator_compared_with_itself_is_equal(trained_translator: Translator) -> None:
    comparison = compare_translators((trained_translator, trained_translator), NAMES, TEXT)

    assert comparison.units == "pieces"
    assert comparison.columns == comparison.own[0].source
    assert all(pair.first == pair.second for pair in comparison.matching.pairs)
    assert all(pair.likeness == 1 for pair in comparison.matching.pairs)
    assert all(not comparison.difference(pair).any() for pair in comparison.matching.pairs)
    assert len(set(comparison.logprobs.ravel().tolist())) == 1


def test_each_translates_for_itself_and_both_read_the_translation_by_a(
    trained_translator: Translator, other_translator: Translator, comparison: Comparison
) -> None:
    for own, translator in zip(comparison.own, (trained_translator, other_translator), strict=True):
        assert own.translation == inspect_translation(translator, TEXT).translation
    assert comparison.target_by == "A"
    assert comparison.target == comparison.own[0].translation
    for read, translator in zip(
        comparison.read, (trained_translator, other_translator), strict=True
    ):
        expected = inspect_pair(translator, TEXT, comparison.target)
        np.testing.assert_array_equal(read.weights, expected.weights)


def test_other_vocabularies_layers_and_heads_are_compared_by_words(comparison: Comparison) -> None:
    words = ["The", "girl", "wears", "a", "red", "dress", ",", "and", "she", "laughs", ".", "</s>"]
    assert comparison.units == "words"
    assert comparison.columns == words
    size = (len(comparison.rows), len(words))
    a, b = comparison.weights
    assert a.shape == (SHAPE.num_decoder_layers, SHAPE.num_heads, *size)
    assert b.shape == (3, 2, *size)
    read = comparison.read[1].words()
    np.testing.assert_array_equal(b, merge(comparison.read[1].weights, read.targets, read.source))
    pair = comparison.matching.pairs[-1]
    np.testing.assert_array_equal(comparison.difference(pair), b[pair.second] - a[pair.first])
    assert len(comparison.matching.pairs) == 3 * 2
    assert len(comparison.matching.only_first) == 2 * 4 - 3 * 2


def test_a_given_translation_is_what_both_read(
    trained_translator: Translator, other_translator: Translator
) -> None:
    comparison = compare_translators(
        (trained_translator, other_translator), NAMES, TEXT, tgt="Zwei Männer."
    )

    assert (comparison.target, comparison.target_by) == ("Zwei Männer.", "user")
    assert comparison.rows == ["Zwei", "Männer", ".", "</s>"]


def test_log_probabilities_are_those_of_the_reader_for_what_the_writer_wrote(
    trained_translator: Translator, random_translator: Translator
) -> None:
    pair = (trained_translator, random_translator)
    comparison = compare_translators(pair, NAMES, TEXT)

    for row, reader in enumerate(pair):
        for column, writer in enumerate(pair):
            src = reader.tokenizer.encode(TEXT)
            tgt = reader.tokenizer.encode(inspect_translation(writer, TEXT).translation)
            expected = total_logprob(reader.model, src, tgt)
            assert comparison.logprobs[row, column] == pytest.approx(expected, rel=1e-4)


def test_where_a_writes_nothing_both_read_what_b_wrote_and_without_that_the_user_is_asked(
    trained_translator: Translator, silent_translator: Translator
) -> None:
    comparison = compare_translators((silent_translator, trained_translator), NAMES, TEXT)

    assert comparison.own[0].translation == ""
    assert (comparison.target, comparison.target_by) == (comparison.own[1].translation, "B")
    assert comparison.logprobs[0, 0] == pytest.approx(0, abs=1e-3)
    with pytest.raises(InspectionError, match="both translations are blank, so there"):
        compare_translators((silent_translator, silent_translator), NAMES, TEXT)


def test_a_blank_text_is_refused(trained_translator: Translator) -> None:
    with pytest.raises(InspectionError, match="the text is blank: give a sentence"):
        compare_translators((trained_translator, trained_translator), NAMES, "\u200b")


def test_as_json_it_has_all_fields_rounded(comparison: Comparison) -> None:
    content = json.loads(json.dumps(comparison_as_json(comparison)))

    assert (content["schema"], content["version"]) == ("translator.comparison", 1)
    assert {"schema", "version", *vars(comparison)} == content.keys()
    assert content["matching"].keys() == vars(comparison.matching).keys()
    assert content["own"][1]["translation"] == comparison.own[1].translation
    first = comparison.matching.only_first[0]
    assert content["matching"]["only_first"][0] == {
        "first": list(first.first),
        "second": list(first.second),
        "likeness": first.likeness,
    }
    for name in ("logprobs", "weights"):
        for found, exact in zip(content[name], getattr(comparison, name), strict=True):
            np.testing.assert_allclose(found, exact, atol=6e-7)


@pytest.fixture(scope="module")
def silent_translator(trained_translator: Translator) -> Translator:
    """Whose every translation is blank."""
    model = Transformer(SHAPE, trained_translator.tokenizer.vocab_size)
    with torch.no_grad():
        model.embedding.weight[3] = 5.0
        model.decoder_norm.weight.zero_()
        model.decoder_norm.bias.fill_(1.0)
    tokenizer = trained_translator.tokenizer
    return Translator(model.eval(), tokenizer, DecodingConfig(beam_size=2), max_src_length=30)


def total_logprob(model: Transformer, src: list[int], tgt: list[int]) -> float:
    ids, read = torch.tensor([src]), torch.tensor([[BOS_ID, *tgt[:-1]]])
    with torch.inference_mode():
        logits = model.logits(read, model.encode(ids, ids == 0), ids == 0)
    logprobs = logits[0].log_softmax(dim=-1)
    return float(logprobs[range(len(tgt)), tgt].sum())
