"""What a record of learning tells: worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from learned import made_up_learning

from translator.inspection.learning import WHOLE, Learning
from translator.inspection.learning_course import (
    best_head,
    even_entropy,
    first_past,
    leading_layers,
    probe_entropy,
    reigns,
    spread,
)
from translator.inspection.measures import measure_weights


def test_steps_are_spread_evenly_and_hold_the_first_and_the_last() -> None:
    assert spread(41, 5) == [0, 10, 20, 30, 40]
    assert spread(3, 5) == [0, 1, 2]
    assert spread(1, 5) == [0]


def test_the_best_head_has_the_least_error_in_the_end_or_else_the_least_entropy() -> None:
    learning = made_up_learning()

    assert best_head(learning) == (1, 3)
    assert best_head(learning, layer=0) == (0, 1)
    assert best_head(learning, head=0) == (1, 0)
    assert best_head(made_up_learning(gold=False), layer=0) == (0, 3)


def test_a_layer_leads_until_the_best_head_is_one_of_another() -> None:
    assert leading_layers(made_up_learning()) == [0, 0, 0, 0, 1, 1, 1]
    assert reigns(made_up_learning()) == [(0, 0), (1, 4)]
    assert reigns(led_by(0, 1, 0, 1, 1)) == [(0, 0), (1, 1), (0, 2), (1, 3)]
    assert reigns(led_by(1, 1, 1)) == [(1, 0)]


def test_a_threshold_is_passed_where_it_is_for_good() -> None:
    assert first_past([0, 50, 20, 60, 90], 45) == 3
    assert first_past([50, 60], 45) == 0
    assert first_past([0, 10], 45) == 2


def test_the_entropy_of_the_probes_is_that_of_all_their_rows() -> None:
    learning = made_up_learning()
    matrices = [
        (one["cross_attn"] / WHOLE, probe)
        for one, probe in zip(learning.snapshots[3].attention, learning.probes, strict=True)
    ]

    total = sum(
        len(probe.writes) * measure_weights(weights, probe.source).entropy
        for weights, probe in matrices
    )

    assert probe_entropy(learning, 3) == pytest.approx(total / (4 + 2 + 6), rel=1e-5)
    even = (4 * np.log2(5) + 2 * np.log2(3) + 6 * np.log2(7)) / 12
    assert even_entropy(learning) == pytest.approx(even)


def led_by(*leaders: int) -> Learning:
    """Two layers of one head, of which one leads at each step."""
    snapshot = made_up_learning().snapshots[0]
    errors = [[[0.1], [0.2]] if leader == 0 else [[0.2], [0.1]] for leader in leaders]
    return replace(
        made_up_learning(),
        snapshots=[
            replace(snapshot, step=number, aer=np.array(error))
            for number, error in enumerate(errors)
        ],
    )
