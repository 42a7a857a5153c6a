"""How good translations are: sacreBLEU's scores, never without the signature that defines them.

Text in: detokenized translations and the references as they stand in the corpus. What sacreBLEU's
own command prints for the same two files is what these functions return (Post 2018).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER
from sacrebleu.significance import PairedTest, Result

NUM_RESAMPLES = 1000


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one set of translations; `dataclasses.asdict` makes it ready for JSON."""

    name: str
    """As sacreBLEU has it: BLEU, chrF2, TER."""
    value: float
    signature: str
    """Everything that changes the value: case, tokenization, smoothing, sacreBLEU's version."""

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f} ({self.signature})"


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What is reported of a finished model; `dataclasses.asdict` makes it ready for JSON."""

    bleu: Score
    bleu_lowercased: Score
    chrf: Score
    ter: Score
    """The lower, the better."""

    def __str__(self) -> str:
        return "\n".join(map(str, (self.bleu, self.bleu_lowercased, self.chrf, self.ter)))


def score(hypotheses: Sequence[str], references: Sequence[str]) -> Scores:
    """Every score. Validation, which has less time, calls `bleu` and `chrf` alone."""
    return Scores(
        bleu=bleu(hypotheses, references),
        bleu_lowercased=bleu(hypotheses, references, lowercase=True),
        chrf=chrf(hypotheses, references),
        ter=ter(hypotheses, references),
    )


def bleu(hypotheses: Sequence[str], references: Sequence[str], *, lowercase: bool = False) -> Score:
    """n-gram precision over the corpus, 0 to 100 (Papineni et al. 2002)."""
    return _score(BLEU(lowercase=lowercase), hypotheses, references)


def chrf(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """F-score of character n-grams, recall counting double, 0 to 100 (Popović 2015)."""
    return _score(CHRF(), hypotheses, references)


def ter(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """Edits, moves of phrases included, per 100 reference words (Snover et al. 2006).

    Slow where translations are long and wrong: up to a minute for 1,000 pairs of 40 words.
    """
    return _score(TER(), hypotheses, references)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score and where it would lie on other test sets of this kind, by resampling this one."""

    value: float
    mean: float
    """Over the resampled sets."""
    confidence: float
    """Half the width of their 95 % interval."""

    def __str__(self) -> str:
        return f"{self.value:.2f} (μ = {self.mean:.2f} ± {self.confidence:.2f})"


@dataclass(frozen=True, kw_only=True)
class PairedBootstrap:
    """One metric of two systems on the same test set."""

    name: str
    system: Estimate
    baseline: Estimate
    p_value: float
    """How often chance alone would set two equal systems this far apart; 1 for equal scores."""
    signature: str

    def __str__(self) -> str:
        against = f"{self.system} against {self.baseline}, p = {self.p_value:.4f}"
        return f"{self.name} {against} ({self.signature})"


def compare(
    system: Sequence[str], baseline: Sequence[str], references: Sequence[str]
) -> list[PairedBootstrap]:
    """sacreBLEU's paired bootstrap test (Koehn 2004) for BLEU, chrF and TER, in this order.

    The same input gives the same result: the seed is sacreBLEU's, stands in the signature, and
    changes only with its environment variable SACREBLEU_SEED.
    """

    _check(system, references)
    _check(baseline, references)
    sacrebleu_logger = logging.getLogger("sacrebleu")
    level = sacrebleu_logger.level
    sacrebleu_logger.setLevel(logging.WARNING)  # it reports each step
    try:
        signatures, columns = PairedTest(
            [("baseline", baseline), ("system", system)],
            {"BLEU": BLEU(), "chrF": CHRF(), "TER": TER()},
            references=[references],
            test_type="bs",
            n_samples=NUM_RESAMPLES,
        )()
    finally:
        sacrebleu_logger.setLevel(level)
    tests = []
    for name, signature in signatures.items():
        baseline_result, system_result = cast(list[Result], columns[name])
        tests.append(_paired(name, str(signature), system_result, baseline_result))
    return tests


def _score(metric: Metric, hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    _check(hypotheses, references)
    result = metric.corpus_score(hypotheses, [references])
    return Score(name=result.name, value=result.score, signature=str(metric.get_signature()))


def _check(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise TypeError("hypotheses and references are lists of strings, not one string")
    if len(hypotheses) != len(references):
        raise ValueError(
            f"{len(hypotheses)} hypotheses but {len(references)} references: "
            "they must be parallel, line by line"
        )
    if not references:
        raise ValueError("there is nothing to score: no hypotheses and no references")


def _paired(name: str, signature: str, system: Result, baseline: Result) -> PairedBootstrap:
    assert system.p_value is not None
    # Between equal scores sacreBLEU finds no resample that differs more, and so gives them its
    # most significant value, 1 / 1001.
    p_value = 1.0 if system.score == baseline.score else system.p_value
    return PairedBootstrap(
        name=name,
        system=_estimate(system),
        baseline=_estimate(baseline),
        p_value=p_value,
        signature=signature,
    )


def _estimate(result: Result) -> Estimate:
    assert result.mean is not None
    assert result.ci is not None
    return Estimate(value=result.score, mean=float(result.mean), confidence=float(result.ci))
