"""Every setting of a run: frozen dataclasses. Every default of the program stands here, once.

The defaults are the run on the embedded corpus; a corpus of your own begins better with the
settings of configs/multi30k.yaml.

A YAML file under `configs/` states only what differs. Units are in the names: `_steps`,
`_tokens`, `_words`, `_every` (steps).
"""

import dataclasses
import math
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from translator.errors import ConfigError

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
"""<pad>, <unk>, <s>, </s>: the same in every tokenizer and model, asserted on load."""

Rule = tuple[Callable[[float], bool], str]
"""Which values a setting may have, and the same in words."""
AT_LEAST_1: Rule = (lambda value: value >= 1, "must be at least 1")
IN_256THS: Rule = (
    lambda value: value == 0 or 0.002 <= value <= 0.998,
    "must be 0 or from 0.002 to 0.998: it is rounded to a 256th",
)
NOT_NEGATIVE: Rule = (lambda value: value >= 0, "must not be negative")
BELOW_1: Rule = (lambda value: 0 <= value < 1, "must be at least 0 and below 1")
POSITIVE: Rule = (lambda value: 0 < value < math.inf, "must be above 0 and finite")
PROBABILITY_MASS: Rule = (lambda value: 0 < value <= 1, "must be above 0 and at most 1")
LENGTH_PENALTY: Rule = (lambda value: abs(value) <= 10, "must be from -10 to 10 (0 is off)")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """Where the parallel text comes from and how it is cleaned."""

    source: str = "data/scenes"
    """A folder, one file, or a dataset id on the hub (owner/name)."""
    revision: str | None = None
    """Commit or tag of a hub dataset; null takes the newest."""
    src_column: str = "en"
    """Column (or file extension, train.en) of the source language."""
    tgt_column: str = "de"
    """Column (or file extension, train.de) of the target language."""
    held_out: int = 1000
    """Pairs split off by seed for validation, and as many for test, where the source has none."""
    drop_empty: bool = True
    """Drop training pairs with an empty side."""
    drop_duplicates: bool = True
    """Drop training pairs that repeat an earlier pair, letter by letter."""
    drop_overlap: bool = True
    """Drop training pairs whose source or target also stands in a held-out split."""
    max_words: int = 100
    """Drop training pairs with a longer side, in words; 0 keeps all. Where no space is written
    between words, as in Chinese or Thai, two characters count as one."""
    max_length_ratio: float = 4.0
    """Drop training pairs whose longer side has more than this many times the words of the
    shorter one, plus 3; 0 keeps all."""

    def __post_init__(self) -> None:
        _require_types(self, "corpus.")
        require(
            self.src_column != self.tgt_column,
            "corpus.tgt_column",
            self.tgt_column,
            "must differ from corpus.src_column",
        )
        require_each(self, "corpus.", AT_LEAST_1, "held_out")
        require_each(self, "corpus.", NOT_NEGATIVE, "max_words")
        require(
            self.max_length_ratio == 0 or self.max_length_ratio >= 1,
            "corpus.max_length_ratio",
            self.max_length_ratio,
            "must be 0 or at least 1",
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenizerConfig:
    """The joint subword vocabulary, learned from the training split."""

    kind: Literal["bpe", "unigram"] = "bpe"
    """Subword model of SentencePiece."""
    vocab_size: int = 2500
    """Pieces, special ids and bytes included; lowered where the corpus supports fewer."""
    sampling: float = 0.0
    """Subword regularization in training, 0 is off. bpe: the probability of leaving a merge out at
    a step (BPE-dropout, 0.1 is usual). unigram: the smoothing alpha of sampling (0.2 is usual)."""

    def __post_init__(self) -> None:
        _require_types(self, "tokenizer.")
        require(
            self.vocab_size >= 300,
            "tokenizer.vocab_size",
            self.vocab_size,
            "must be at least 300: 4 special ids, 256 bytes, and some letters",
        )
        require_each(self, "tokenizer.", BELOW_1, "sampling")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of the transformer (Vaswani et al. 2017, table 3)."""

    d_model: int = 128
    """Width of every token's vector between layers."""
    num_heads: int = 4
    """Attention heads; must divide d_model."""
    d_ff: int = 512
    """Width inside the feed-forward block."""
    num_encoder_layers: int = 2
    """Encoder layers."""
    num_decoder_layers: int = 2
    """Decoder layers."""
    dropout: float = 0.0
    """Probability of dropping an element of each sublayer's output and of the embeddings. The
    embedded corpus needs none; a real one of this size wants 0.1 to 0.3."""

    def __post_init__(self) -> None:
        _require_types(self, "model.")
        require_each(
            self,
            "model.",
            AT_LEAST_1,
            "d_model",
            "num_heads",
            "d_ff",
            "num_encoder_layers",
            "num_decoder_layers",
        )
        require(
            self.d_model % self.num_heads == 0,
            "model.num_heads",
            self.num_heads,
            f"must divide model.d_model ({self.d_model})",
        )
        require(
            self.d_model % 2 == 0,
            "model.d_model",
            self.d_model,
            "must be even: positions are pairs of a sine and a cosine",
        )
        require_each(self, "model.", IN_256THS, "dropout")


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The loop: how long, how fast, how often it looks at itself."""

    seed: int = 1
    """Of everything random: weights, batches, dropout, subword sampling."""
    max_steps: int = 1300
    """Optimizer steps."""
    batch_tokens: int = 1024
    """Padded tokens of a batch's longer side, summed over all machines."""
    accumulate: int = 1
    """Batches whose gradients are summed into one step."""
    learning_rate: float = 6e-3
    """Peak, reached after warmup_steps."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """Of the layers' matrices; embeddings, norms and biases always have AdamW."""
    muon_learning_rate: float = 0.014
    """Muon's peak. A step at this rate changes a matrix by about this share of its size."""
    warmup_steps: int = 150
    """Steps over which the learning rate rises from 0 to its peak; then it falls to 0 at
    max_steps, both along a straight line."""
    weight_decay: float = 0.1
    """Decoupled, on matrices only (not embeddings, norms, biases), per unit of learning rate."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this length; 0 leaves them."""
    label_smoothing: float = 0.1
    """Probability taken from the right token and spread over the vocabulary."""
    consistency: float = 0.0
    """R-Drop's alpha (Liang et al. 2021): each batch is read twice, under different dropout, and
    the two predictions are drawn towards each other; 1 to 5 is usual. A step takes about twice as
    long. 0 reads once. Without dropout it has no effect, and is refused."""
    average_decay: float = 0.99
    """Exponential moving average of the weights, used for validation and kept as the model;
    0 uses the weights as they are."""
    eval_every: int = 325
    """Steps between validations; each saves a checkpoint."""
    log_every: int = 50
    """Steps between lines of metrics.jsonl."""
    metric: Literal["bleu", "chrf", "loss"] = "bleu"
    """What chooses the best weights, and what early stopping watches; between equal ones chrF
    decides, then the loss."""
    patience: int = 0
    """Validations without a better metric after which training stops; 0 never stops early."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of matrix products; weights stay float32. bfloat16 is faster on a GPU and on processors that
    have its arithmetic (AVX512-BF16, AMX); on others it is refused."""

    def __post_init__(self) -> None:
        _require_types(self, "training.")
        require_each(
            self,
            "training.",
            AT_LEAST_1,
            "max_steps",
            "batch_tokens",
            "accumulate",
            "eval_every",
            "log_every",
        )
        require_each(
            self,
            "training.",
            NOT_NEGATIVE,
            "seed",
            "warmup_steps",
            "weight_decay",
            "max_grad_norm",
            "consistency",
            "patience",
        )
        require_each(self, "training.", BELOW_1, "label_smoothing", "average_decay")
        require_each(self, "training.", POSITIVE, "learning_rate", "muon_learning_rate")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecodingConfig:
    """The search for a translation."""

    beam_size: int = 5
    """Hypotheses kept at each decoding step; 1 is greedy."""
    length_penalty: float = 1.0
    """Exponent of the length by which a hypothesis's log-probability is divided; 0 is off."""
    batch_tokens: int = 4096
    """Padded source tokens times beam_size decoded together, by each thread."""

    def __post_init__(self) -> None:
        _require_types(self, "decoding.")
        require_each(self, "decoding.", AT_LEAST_1, "beam_size", "batch_tokens")
        require_each(self, "decoding.", LENGTH_PENALTY, "length_penalty")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DiversificationConfig:
    """More training text from the same pairs (Nguyen et al. 2020): models of both directions,
    otherwise like this one, translate them anew; then this one learns from all."""

    models: int = 0
    """Models of each direction, trained first, in RUN/teachers; 0 is off."""
    max_steps: int = 0
    """Optimizer steps of each of them; 0 takes training.max_steps."""
    dropout: float = 0.0
    """model.dropout of each of them: they have less text to learn from, and may need more of it; 0
    takes model.dropout."""
    distill: bool = False
    """Learn too from what the forward models, decoding as one, make of all sources, those that the
    backward models wrote among them (Freitag et al. 2017)."""
    samples: int = 0
    """Further sources that each backward model draws for every target (Edunov et al. 2018), for
    the forward models as one to translate."""

    def __post_init__(self) -> None:
        _require_types(self, "diversification.")
        require_each(self, "diversification.", NOT_NEGATIVE, "models", "max_steps", "samples")
        require_each(self, "diversification.", IN_256THS, "dropout")
        require(
            self.distill or not self.samples,
            "diversification.samples",
            self.samples,
            "has no effect without distilling: set diversification.distill, or leave this at 0",
        )
        for name, off in (("max_steps", 0), ("dropout", 0.0), ("distill", False)):
            require(
                self.models > 0 or getattr(self, name) == off,
                f"diversification.{name}",
                getattr(self, name),
                "has no effect without models: raise diversification.models, or leave this "
                f"at {str(off).lower()}",
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """One run, whole."""

    corpus: CorpusConfig = dataclasses.field(default_factory=CorpusConfig)
    tokenizer: TokenizerConfig = dataclasses.field(default_factory=TokenizerConfig)
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    training: TrainingConfig = dataclasses.field(default_factory=TrainingConfig)
    decoding: DecodingConfig = dataclasses.field(default_factory=DecodingConfig)
    diversification: DiversificationConfig = dataclasses.field(
        default_factory=DiversificationConfig
    )

    def __post_init__(self) -> None:
        _require_types(self)
        require(
            not self.training.consistency or self.model.dropout > 0,
            "training.consistency",
            self.training.consistency,
            "needs dropout, by which two readings differ: raise model.dropout, or leave this at 0",
        )


def _require_types(section: object, prefix: str = "") -> None:
    """Annotations are hints alone, and a caller of the library may give anything."""
    for name, hint in get_type_hints(type(section)).items():
        value = getattr(section, name)
        if not _fits(value, hint):
            raise ConfigError(f"{prefix}{name} is {value!r}: it must be {_in_words(hint)}")


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_fits(value, option) for option in get_args(hint))
    if hint is float:  # a whole number is a number, but True is none
        return type(value) in (int, float)
    return type(value) is hint


def _in_words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if get_origin(hint) is UnionType:
        return " or ".join(map(_in_words, get_args(hint)))
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return {**words, NoneType: "null"}.get(hint, f"a {hint.__name__}")


def require(holds: bool, name: str, value: object, rule: str) -> None:
    """Raises ConfigError, with the rule in words, where it does not hold."""
    if not holds:
        raise ConfigError(f"{name} is {value}: it {rule}")


def require_each(settings: object, prefix: str, rule: Rule, *names: str) -> None:
    """Raises ConfigError for a field of `settings` outside the rule; `prefix` is its section."""
    holds, words = rule
    for name in names:
        value = getattr(settings, name)
        require(holds(value), f"{prefix}{name}", value, words)
