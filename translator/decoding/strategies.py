"""The settings of a search: a beam, or samples."""

from dataclasses import dataclass
from typing import Annotated

from translator.config import DecodingConfig
from translator.rules import LENGTH_PENALTY, SEED, Rule, between, check, require

PROBABILITY_MASS = Rule(lambda value: 0 < value <= 1, "above 0 and at most 1")
TEMPERATURE = between(0.001, 1000, " (a beam search with beam_size 1 is greedy)")


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Keep the `beam_size` most probable hypotheses at each decoding step.

    score = sum of log-probabilities / length ** length_penalty, where the length counts </s>.
    """

    beam_size: Annotated[int, between(1, 1000)] = DecodingConfig.beam_size
    """Hypotheses kept at each decoding step; 1 is greedy."""
    length_penalty: Annotated[float, LENGTH_PENALTY] = DecodingConfig.length_penalty
    """0 takes the sum, 1 the mean; larger values favour longer translations."""
    num_best: Annotated[int, between(1, 1000)] = 1
    """Hypotheses returned per source."""

    def __post_init__(self) -> None:
        check(self)
        require(
            self.num_best <= self.beam_size,
            "num_best",
            self.num_best,
            f"must be at most beam_size ({self.beam_size}): ask for fewer, or raise beam_size",
        )


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Sample each token from the model's distribution, after temperature, top-k and top-p.

    The samples of a source depend only on the model, the source and these settings: equal sources
    get equal samples, whatever else is in the batch. score = mean of the model's own
    log-probabilities (at temperature 1).
    """

    temperature: Annotated[float, TEMPERATURE] = 1.0
    """Divisor of the logits: below 1 is more certain, above 1 more varied."""
    top_k: Annotated[int, between(0, 1_000_000)] = 0
    """Sample from the k most probable tokens only; 0 takes all."""
    top_p: Annotated[float, PROBABILITY_MASS] = 1.0
    """Then sample from the smallest set of most probable tokens with this total probability."""
    num_samples: Annotated[int, between(1, 10_000)] = 1
    """Hypotheses per source, sampled independently: they may repeat."""
    seed: Annotated[int, SEED] = 1
    """Random seed."""

    def __post_init__(self) -> None:
        check(self)


Strategy = BeamSearch | Sampling


def beam_search(decoding: DecodingConfig, *, num_best: int = 1) -> BeamSearch:
    """The beam search that is configured for a run."""
    return BeamSearch(
        beam_size=decoding.beam_size, length_penalty=decoding.length_penalty, num_best=num_best
    )
