"""How often one may ask."""

import pytest

from translator.serving import limits
from translator.serving.limits import RateLimit


def test_a_bucket_fills_up_steadily() -> None:
    rate = RateLimit(3)  # one more every 20 seconds

    assert [rate.seconds_to_wait("a", 100.0) for _ in range(4)] == [0, 0, 0, 20]
    assert rate.seconds_to_wait("b", 100.0) == 0
    assert rate.seconds_to_wait("a", 112.5) == 8  # what was refused has not been counted
    assert [rate.seconds_to_wait("a", 120.0) for _ in range(2)] == [0, 20]
    assert [rate.seconds_to_wait("a", 999.0) for _ in range(4)] == [0, 0, 0, 20]


def test_without_a_limit_nobody_waits() -> None:
    assert [RateLimit(0).seconds_to_wait("a", 0.0) for _ in range(5)] == [0] * 5


def test_who_has_not_asked_for_the_longest_time_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "NUM_ASKERS", 2)
    rate = RateLimit(1)

    for asker in "abac":
        rate.seconds_to_wait(asker, 0.0)

    assert rate.seconds_to_wait("a", 0.0) == 60
    assert rate.seconds_to_wait("b", 0.0) == 0
