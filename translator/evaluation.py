"""How good translations are: sacreBLEU's scores, never without the signature that defines them.

Text in: detokenized translations and the references as they stand in the corpus. What sacreBLEU's
own command prints for the same two files, in Unicode's composed form (NFC), is what these functions
return (Post 2018). Both sides are brought into that form here: an umlaut that one of them writes as
a letter and a mark would count as an error.
"""

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER
from sacrebleu.significance import PairedTest, Result

NUM_RESAMPLES = 1000
BLEU_ORDER = 4
"""BLEU compares n-grams of up to this many tokens."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_KANA = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_HANGUL = "\uac00-\ud7a3"
_UNSPACED = "\u0e01-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
LEAST_KANA = 0.1
"""Of Han characters and kana, Japanese has at least this share of kana, Chinese hardly any."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one set of translations; `dataclasses.asdict` converts it for JSON."""

    name: str
    """The name in sacreBLEU: BLEU, chrF2, TER."""
    value: float
    signature: str
    """Everything that changes the value: case, tokenization, smoothing, sacreBLEU's version."""

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f} ({self.signature})"


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The scores reported for a finished model; `dataclasses.asdict` converts them for JSON."""

    bleu: Score
    bleu_lowercased: Score
    chrf: Score
    ter: Score
    """Lower is better."""

    def __str__(self) -> str:
        return "\n".join(map(str, (self.bleu, self.bleu_lowercased, self.chrf, self.ter)))


def score(hypotheses: Sequence[str], references: Sequence[str]) -> Scores:
    """All scores. Validation, which has less time, uses only `bleu` and `chrf`."""
    return Scores(
        bleu=bleu(hypotheses, references),
        bleu_lowercased=bleu(hypotheses, references, lowercase=True),
        chrf=chrf(hypotheses, references),
        ter=ter(hypotheses, references),
    )


def bleu(hypotheses: Sequence[str], references: Sequence[str], *, lowercase: bool = False) -> Score:
    """n-gram precision over the corpus, 0 to 100 (Papineni et al. 2002).

    The tokenization is the one that sacreBLEU advises for the script of the references, and is part
    of the signature. If `bleu_can_rise` is false, exact translations have 0.
    """
    return _score(_bleu(references, lowercase), hypotheses, references)


def bleu_can_rise(references: Sequence[str]) -> bool:
    """Whether any reference has the four tokens that BLEU compares.

    Without one, exact translations have BLEU 0, and wrong ones that are longer have more.
    """
    return any(len(each) >= BLEU_ORDER for each in tokens(references))


def chrf(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """F-score of character n-grams, recall counting double, 0 to 100 (Popović 2015)."""
    return _score(CHRF(), hypotheses, references)


def ter(hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    """Edits, moves of phrases included, per 100 reference words (Snover et al. 2006).

    In Chinese and Japanese each Han character is a word. Slow if translations are long and wrong:
    up to a minute for 1,000 pairs of 40 words.
    """
    return _score(_ter(references), hypotheses, references)


def sentence_chrf(hypotheses: Sequence[str], references: Sequence[str]) -> list[float]:
    """chrF of each single translation, 0 to 100."""
    _check(hypotheses, references)
    metric, pairs = CHRF(), zip(compose(hypotheses), compose(references), strict=True)
    return [metric.sentence_score(ours, [theirs]).score for ours, theirs in pairs]


def tokens(texts: Sequence[str]) -> list[list[str]]:
    """The tokens of each text that BLEU compares."""
    tokenize = _bleu(texts).tokenizer
    return [tokenize(text).split() for text in compose(texts)]


def words(texts: Sequence[str]) -> list[list[str]]:
    """The tokens with a letter or a digit, case folded."""
    return [
        [token.casefold() for token in each if any(map(str.isalnum, token))]
        for each in tokens(texts)
    ]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score with its confidence interval over test sets of this kind, by resampling this one."""

    value: float
    mean: float
    """Mean over the resampled sets."""
    confidence: float
    """Half the width of the 95% interval of the resampled scores."""

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

    The same input gives the same result: the seed is sacreBLEU's, is part of the signature, and
    changes only with the environment variable SACREBLEU_SEED.
    """

    _check(system, references)
    _check(baseline, references)
    sacrebleu_logger = logging.getLogger("sacrebleu")
    level = sacrebleu_logger.level
    sacrebleu_logger.setLevel(logging.WARNING)  # sacreBLEU reports each step
    try:
        signatures, columns = PairedTest(
            [("baseline", compose(baseline)), ("system", compose(system))],
            {"BLEU": _bleu(references), "chrF": CHRF(), "TER": _ter(references)},
            references=[compose(references)],
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
    result = metric.corpus_score(compose(hypotheses), [compose(references)])
    return Score(name=result.name, value=result.score, signature=str(metric.get_signature()))


def _bleu(references: Sequence[str], lowercase: bool = False) -> BLEU:
    """The BLEU metric with the tokenizer for the script of the references."""
    return BLEU(lowercase=lowercase, tokenize=_tokenizer(_script(references)))


def _ter(references: Sequence[str]) -> TER:
    is_asian = _script(references) in ("Chinese", "Japanese")
    return TER(normalized=is_asian, asian_support=is_asian)


def _tokenizer(script: str) -> str:
    """The name of the tokenizer in sacreBLEU. MeCab comes with sacreBLEU's extras for Japanese and
    Korean."""
    if script == "Japanese":
        return "ja-mecab" if _is_installed("ja-mecab") else "char"
    if script == "Korean":
        return "ko-mecab" if _is_installed("ko-mecab") else "13a"  # Korean has spaces
    return {"Chinese": "zh", "unspaced": "char", "spaced": "13a"}[script]


def _is_installed(tokenizer: str) -> bool:
    try:
        BLEU(tokenize=tokenizer)
    except RuntimeError:
        return False
    return True


def _script(references: Sequence[str]) -> str:
    """The script of most of the text: each word counts once, or each character in scripts without
    spaces, so that a name in another script does not decide."""
    text = "\n".join(compose(references))
    num_han, num_kana, num_unspaced = (
        len(re.findall(f"[{characters}]", text)) for characters in (_HAN, _KANA, _UNSPACED)
    )
    num_korean = len(re.findall(f"[{_HANGUL}]+", text))
    num_spaced = len(re.findall(rf"[^\W{_HAN}{_KANA}{_UNSPACED}{_HANGUL}]+", text))
    is_japanese = num_kana >= LEAST_KANA * (num_han + num_kana)
    counts = {
        "spaced": num_spaced,
        "Japanese" if is_japanese else "Chinese": num_han + num_kana,
        "Korean": num_korean,
        "unspaced": num_unspaced,
    }
    return max(counts, key=counts.__getitem__)


def compose(texts: Sequence[str]) -> list[str]:
    """The texts in Unicode's composed form (NFC), for comparison."""
    return [unicodedata.normalize("NFC", text) for text in texts]


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
    # For equal scores, no resample differs more, so sacreBLEU returns its most significant value, 1
    # / 1001.
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
