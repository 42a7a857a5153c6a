"""What a head does, in numbers: on patterns whose numbers are known."""

import math

import numpy as np
import pytest
from inspected import made_up

from translator.inspection.measures import measure, measure_weights

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
