"""The settings of a search: a beam, or samples."""

import math
from dataclasses import dataclass

from translator.config import (
    AT_LEAST_1,
    LENGTH_PENALTY,
    NOT_NEGATIVE,
    PROBABILITY_MASS,
    DecodingConfig,
    require,
    require_each,
)


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Keep the `beam_size` most probable hypotheses at each decoding step.

    score = sum of log-probabilities / length ** length_penalty, where the length counts </s>.
    """

    beam_size: int = DecodingConfig.beam_size
    """Hypotheses kept at each decoding step; 1 is greedy."""
    length_penalty: float = DecodingConfig.length_penalty
    """0 leaves the sum as it is, 1 takes the mean; more favours longer translations."""
    num_best: int = 1
    """Hypotheses returned per source."""

    def __post_init__(self) -> None:
        require_each(self, "", AT_LEAST_1, "beam_size", "num_best")
        require_each(self, "", LENGTH_PENALTY, "length_penalty")
        require(
            self.num_best <= self.beam_size,
            "num_best",
            self.num_best,
            f"must be at most beam_size ({self.beam_size}): ask for fewer, or raise beam_size",
        )


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Draw each token from the model's distribution, reshaped and cut.

    A source's samples depend on the model, the source and these settings alone: equal sources get
    equal samples, whatever stands beside them. score = mean of the model's own log-probabilities
    (those at temperature 1).
    """

    temperature: float = 1.0
    """Logits are divided by it: below 1 is more certain, above 1 more varied."""
    top_k: int = 0
    """Draw from the k most probable tokens only; 0 takes all."""
    top_p: float = 1.0
    """Then draw from the fewest most probable tokens that together have this probability."""
    num_samples: int = 1
    """Hypotheses per source, drawn independently: they may repeat."""
    seed: int = 1
    """Another seed draws other samples."""

    def __post_init__(self) -> None:
        require_each(self, "", AT_LEAST_1, "num_samples")
        require(
            0 < self.temperature < math.inf,
            "temperature",
            self.temperature,
            "must be above 0 and finite (a beam search with beam_size 1 is greedy)",
        )
        require_each(self, "", NOT_NEGATIVE, "top_k")
        require_each(self, "", PROBABILITY_MASS, "top_p")


Strategy = BeamSearch | Sampling


def beam_search(decoding: DecodingConfig, *, num_best: int = 1) -> BeamSearch:
    """The beam search that a run is configured for."""
    return BeamSearch(
        beam_size=decoding.beam_size, length_penalty=decoding.length_penalty, num_best=num_best
    )
