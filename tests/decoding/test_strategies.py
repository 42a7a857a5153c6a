"""The settings of a search: where their defaults come from, and what is refused."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from translator.config import DecodingConfig
from translator.decoding.strategies import BeamSearch, Sampling, beam_search
from translator.errors import ConfigError


def test_a_beam_search_without_settings_is_that_of_a_run_without_settings() -> None:
    assert BeamSearch() == beam_search(DecodingConfig())


def test_a_runs_settings_become_its_beam_search() -> None:
    configured = beam_search(DecodingConfig(beam_size=7, length_penalty=0.6), num_best=3)

    assert configured == BeamSearch(beam_size=7, length_penalty=0.6, num_best=3)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (BeamSearch, {"beam_size": 0}, "beam_size is 0: it must be from 1 to 1,000"),
        (BeamSearch, {"num_best": 0}, "num_best is 0: it must be from 1 to 1,000"),
        (
            BeamSearch,
            {"beam_size": 3, "num_best": 4},
            r"num_best is 4: it must be at most beam_size \(3\): ask for fewer, or raise beam_size",
        ),
        (
            BeamSearch,
            {"length_penalty": math.nan},
            "length_penalty is nan: it must be from -10",
        ),
        (BeamSearch, {"length_penalty": 11.0}, "length_penalty is 11.0: it must be from -10"),
        (
            Sampling,
            {"temperature": 0.0},
            "temperature is 0.0: it must be from 0.001 to 1,000 .*1 is greedy",
        ),
        (Sampling, {"temperature": math.inf}, "temperature is inf"),
        (Sampling, {"top_k": -1}, "top_k is -1: it must be from 0 to 1,000,000"),
        (Sampling, {"top_p": 0.0}, "top_p is 0.0: it must be above 0 and at most 1"),
        (Sampling, {"top_p": 1.1}, "top_p is 1.1"),
        (Sampling, {"num_samples": 0}, "num_samples is 0: it must be from 1 to 10,000"),
    ],
)
def test_settings_out_of_range_are_refused(
    kind: type[BeamSearch] | type[Sampling], settings: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        kind(**settings)
