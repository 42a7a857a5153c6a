"""What a head does, in numbers: on patterns whose numbers are known."""

import copy
import math

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN, HEADS, made_up

from translator.decoding.translator import Translator
from translator.inspection.measures import measure, measure_weights, most_influential_head
from translator.inspection.record import inspect_pair
from translator.model.transformer import DecoderLayer

SOURCE = ["▁Two", "▁dog", "s", ",", "</s>"]


def test_even_weights_have_the_entropy_of_their_number() -> None:
    measures = measure_weights(np.full((1, 3, 5), 1 / 5, dtype=np.float32), SOURCE)

    assert measures.entropy == pytest.approx(math.log2(5))
    assert measures.max == pytest.approx(1 / 5)
    assert measures.sink_share == pytest.approx(2 / 5)
    assert measures.coverage == pytest.approx(3 / 5)
    assert measures.same_position == pytest.approx(1 / 5)


def test_the_diagonal_reads_everything_once_in_order() -> None:
    measures = measure_weights(np.eye(5, dtype=np.float32)[None], SOURCE)

    assert measures.entropy == 0
    assert measures.max == measures.coverage == measures.monotonicity == 1
    assert measures.same_position == 1
    assert measures.sink_share == pytest.approx(2 / 5)


def test_rows_beyond_the_source_are_on_no_diagonal() -> None:
    rows = np.zeros((1, 8, 5), dtype=np.float32)
    rows[..., 1] = 1.0

    measures = measure_weights(rows, SOURCE)

    assert measures.same_position == pytest.approx(1 / 8)
    assert measures.coverage == pytest.approx(1 / 4)  # of four positions, </s> not counted
    assert measures.sink_share == 0
    assert measures.monotonicity == 1


def test_moving_left_is_not_monotonous() -> None:
    rows = np.eye(5, dtype=np.float32)[[0, 3, 1, 1, 4]]

    assert measure_weights(rows[None], SOURCE).monotonicity == pytest.approx(3 / 4)
    assert measure_weights(rows[None, :1], SOURCE).monotonicity == 1


def test_each_layer_and_head_has_its_own_numbers() -> None:
    even, peaked = np.full((3, 5), 0.2), np.eye(5)[[4, 4, 4]]

    measures = measure(made_up(SOURCE, ["▁a", "b", "</s>"], [[even, peaked, even], [peaked] * 3]))

    np.testing.assert_allclose(measures.max, [[0.2, 1, 0.2], [1, 1, 1]], atol=1e-6)
    np.testing.assert_allclose(measures.sink_share, [[0.4, 1, 0.4], [1, 1, 1]], atol=1e-6)


def test_the_most_influential_head_is_the_one_without_which_most_changes(
    inspected_translator: Translator,
) -> None:
    inspection = inspect_pair(inspected_translator, ENGLISH[0], GERMAN[1])
    step = 2

    changes = {}
    for layer, head in np.ndindex(inspection.weights.shape[:2]):
        without = copy.deepcopy(inspected_translator.model)
        module = without.decoder_layers[layer]
        assert isinstance(module, DecoderLayer)
        width = module.cross_attn.out_proj.in_features // HEADS
        with torch.no_grad():
            module.cross_attn.out_proj.weight[:, head * width : (head + 1) * width] = 0
        crippled = Translator(
            without,
            inspected_translator.tokenizer,
            inspected_translator.decoding,
            max_src_length=30,
        )
        changed = inspect_pair(crippled, ENGLISH[0], GERMAN[1])
        changes[layer, head] = abs(changed.logprobs[step] - inspection.logprobs[step])
    assert most_influential_head(inspection, inspected_translator, step) == max(
        changes, key=changes.__getitem__
    )
