"""What the page has of a model, and how far rounding takes it from the model."""

import base64
import dataclasses
import json
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from translator.decoding.search import decode
from translator.decoding.translator import Translator
from translator.inspection.page.engine import Precision, embed_model, rounded
from translator.model.ensemble import Ensemble


def test_the_page_has_the_models_shape_its_search_and_its_vocabulary(
    random_translator: Translator,
) -> None:
    embedded: dict[str, Any] = embed_model(random_translator, "float16")

    assert embedded["config"] == {
        "dModel": 24,
        "numHeads": 4,
        "numEncoderLayers": 3,
        "numDecoderLayers": 2,
        "dFf": 40,
        "vocabSize": random_translator.tokenizer.vocab_size,
        "maxSrcLength": 30,
        "splitOver": 0,
    }
    assert embedded["parameters"] == sum(p.numel() for p in random_translator.model.parameters())
    assert embedded["decoding"] == {"beamSize": 3, "lengthPenalty": 1.0}
    vocabulary = embedded["vocabulary"]
    assert vocabulary["kind"] == "bpe"
    assert vocabulary["pieces"][:4] == ["<pad>", "<unk>", "<s>", "</s>"]
    assert vocabulary["pieces"][vocabulary["bytes"][0xE2]] == "<0xE2>"
    assert vocabulary["scores"] == random_translator.tokenizer.scores


@pytest.mark.parametrize("precision", get_args(Precision))
def test_the_same_model_gives_the_same_text(
    random_translator: Translator, precision: Precision
) -> None:
    first, second = (json.dumps(embed_model(random_translator, precision)) for _ in range(2))

    assert first == second


def test_in_float32_nothing_is_rounded(random_translator: Translator) -> None:
    for weight, exact in weights(random_translator, "float32"):
        assert torch.equal(weight, exact)


def test_in_float16_each_weight_is_the_nearest_of_16_bits(random_translator: Translator) -> None:
    for weight, exact in weights(random_translator, "float16"):
        assert torch.equal(weight, exact.half().float())
        assert not torch.equal(weight, exact)


def test_in_int8_a_row_has_its_largest_weight_and_127_steps_down_to_0(
    random_translator: Translator,
) -> None:
    for weight, exact in weights(random_translator, "int8"):
        if exact.dim() == 1:
            assert torch.equal(weight, exact)  # biases and norms are few
            continue
        largest = exact.abs().amax(dim=1, keepdim=True)
        torch.testing.assert_close(weight.abs().amax(dim=1, keepdim=True), largest)
        assert ((weight - exact).abs() <= largest / 127 / 2 * (1 + 1e-4)).all()
        steps = weight / (largest / 127)
        torch.testing.assert_close(steps, steps.round(), rtol=0, atol=1e-4)


def test_in_int8_a_row_of_zeros_stays_one(random_translator: Translator) -> None:
    translator = rounded(random_translator, "float32")
    with torch.no_grad():
        translator.model.embedding.weight[5] = 0

    assert not rounded(translator, "int8").model.embedding.weight[5].any()
    assert base64.b64decode(embedding(translator)["scales"])[20:24] == b"\x00\x00\x80\x3f"  # 1.0


def test_rounding_leaves_the_model_itself_as_it_was(random_translator: Translator) -> None:
    before = random_translator.model.embedding.weight.clone()

    rounded(random_translator, "int8")

    assert torch.equal(random_translator.model.embedding.weight, before)


def test_of_an_ensemble_the_page_has_the_first_model_alone(
    random_translator: Translator, trained_translator: Translator
) -> None:
    models = Ensemble([random_translator.model, trained_translator.model])
    both = dataclasses.replace(random_translator, search=partial(decode, models))

    alone = rounded(both, "float32")

    assert embed_model(both, "float32") == embed_model(random_translator, "float32")
    assert alone.translate(["A dog"]) == random_translator.translate(["A dog"])


def test_scores_are_written_with_no_more_digits_than_32_bits_have(
    random_translator: Translator,
) -> None:
    tokenizer = random_translator.tokenizer
    embedded: dict[str, Any] = embed_model(random_translator, "float16")

    written = json.dumps(embedded["vocabulary"]["scores"])

    assert np.array_equal(np.float32(json.loads(written)), np.float32(tokenizer.scores))
    assert "." not in written  # ranks of merges


def weights(translator: Translator, precision: Precision) -> list[tuple[Tensor, Tensor]]:
    """Of each parameter, rounded and exact."""
    pairs = zip(
        rounded(translator, precision).model.parameters(),
        translator.model.parameters(),
        strict=True,
    )
    return [(weight.detach(), exact.detach()) for weight, exact in pairs]


def embedding(translator: Translator) -> dict[str, Any]:
    embedded: dict[str, Any] = embed_model(translator, "int8")
    [tensor] = [each for each in embedded["tensors"] if each["name"] == "embedding.weight"]
    return tensor
