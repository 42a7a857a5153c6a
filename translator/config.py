"""Every setting of a run: frozen dataclasses. Every default of the program stands here, once.

The defaults are the run on the embedded corpus; a corpus of your own begins better with the
settings of configs/multi30k.yaml.

A YAML file under `configs/` states only what differs. Units are in the names: `_steps`,
`_tokens`, `_words`, `_every` (steps). Which values a field may have stands in its type.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from translator.errors import ConfigError

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
"""<pad>, <unk>, <s>, </s>: the same in every tokenizer and model, asserted on load."""


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which values a setting may have, and the same in words."""

    holds: Callable[[Any], bool]
    words: str
    """What follows "it must be"."""


def between(low: float, high: float, why: str = "") -> Rule:
    """Both ends included. The upper one is far above what anybody trains: it is there so that a
    slip is refused before it takes all memory, or days."""
    return Rule(lambda value: low <= value <= high, f"from {low:,} to {high:,}{why}")


def is_line(value: object) -> bool:
    """Whether a text is not blank and has nothing that would break a line, a file's name or UTF-8;
    what is no text is none that could be wrong."""
    if not isinstance(value, str):
        return True
    broken = {"Cc", "Cs", "Zl", "Zp"}  # control characters, surrogates, separators of lines
    return bool(value.strip()) and not broken & set(map(unicodedata.category, value))


LINE = Rule(is_line, "one line of UTF-8 text that is not blank")
# Eight digits, as in the names of checkpoints.
COUNT = between(1, 99_999_999)
COUNT_OR_0 = between(0, 99_999_999)
SEED = between(0, 2**64 - 1)
IN_256THS = Rule(
    lambda value: value == 0 or 0.002 <= value <= 0.998,
    "0 or from 0.002 to 0.998: it is rounded to a 256th",
)
BELOW_1 = Rule(lambda value: 0 <= value < 1, "at least 0 and below 1")
LEARNING_RATE = Rule(lambda value: 0 < value <= 1000, "above 0 and at most 1,000")
LENGTH_RATIO = Rule(lambda value: value == 0 or 1 <= value <= 1000, "0 or from 1 to 1,000")
LENGTH_PENALTY = between(-10, 10, " (0 is off)")
WEIGHT = between(0.01, 1000)
TAG = Rule(
    lambda value: (
        value is None or (isinstance(value, str) and re.fullmatch("[!-~]+", value) is not None)
    ),
    "one word of ASCII characters",
)
VOCAB_SIZE = between(300, 1_000_000, ": 4 special ids, 256 bytes, and some letters")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """One of several corpora, and how much of it a run trains on."""

    source: Annotated[str, LINE]
    """A folder, one file, or a dataset id on the hub (owner/name)."""
    weight: Annotated[float, WEIGHT] = 1.0
    """How many times an epoch reads each of its training pairs; 0.5 reads half of them, another
    half each epoch."""

    def __post_init__(self) -> None:
        check(self, "corpus.source: ")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """Where the parallel text comes from and how it is cleaned."""

    source: Annotated[str | tuple[Source, ...], LINE] = "scenes"
    """A folder, one file, a dataset id on the hub (owner/name), or a corpus that comes with the
    program (scenes, kitchen). Or a list of them, each with the number of times that an epoch reads
    it: [A, {source: B, weight: 2}]. The first one alone gives validation and test; the others only
    add training pairs."""
    temperature: Annotated[float, between(1, 100)] = 1.0
    """Above 1, the corpora of a list come closer to equal shares of an epoch: they are in
    proportion to (pairs * weight) ** (1 / temperature), and the epoch stays as long as it was."""
    revision: Annotated[str | None, LINE] = None
    """Commit or tag of a hub dataset; null takes the newest (in a YAML file, "null" in quotes is
    a name)."""
    src_column: Annotated[str, LINE] = "en"
    """Column (or file extension, train.en) of the source language."""
    tgt_column: Annotated[str, LINE] = "de"
    """Column (or file extension, train.de) of the target language."""
    monolingual_src: Annotated[str | None, LINE] = None
    """A file with more text of the source language alone, for models to translate
    (diversification.models): a text a line, or a table with the column src_column."""
    monolingual_tgt: Annotated[str | None, LINE] = None
    """The same of the target language: models translate it back."""
    header: bool = True
    """Whether CSV and TSV begin with the names of their columns. If not, src_column and tgt_column
    are the numbers of two columns, from 1."""
    held_out: Annotated[int, between(1, 10_000_000)] = 1000
    """Pairs split off by seed for validation, and as many for test, where the source has none."""
    drop_empty: bool = True
    """Drop training pairs with an empty side."""
    drop_duplicates: bool = True
    """Drop training pairs that repeat an earlier pair, however their letters are composed."""
    drop_overlap: bool = True
    """Drop training pairs whose source or target also stands in a held-out split."""
    max_words: Annotated[int, COUNT_OR_0] = 100
    """Drop training pairs with a longer side, in words; 0 keeps all. Where no space is written
    between words, as in Chinese or Thai, two characters count as one."""
    max_length_ratio: Annotated[float, LENGTH_RATIO] = 4.0
    """Drop training pairs whose longer side has more than this many times the words of the
    shorter one, plus 3; 0 keeps all."""

    def __post_init__(self) -> None:
        if isinstance(self.source, (list, tuple)):  # from YAML or Python: texts and mappings, too
            object.__setattr__(self, "source", read_sources("corpus.source", self.source))
        check(self, "corpus.")
        require(
            self.src_column != self.tgt_column,
            "corpus.tgt_column",
            self.tgt_column,
            "must differ from corpus.src_column",
        )

    @property
    def parts(self) -> tuple[Source, ...]:
        """Every corpus with its weight."""
        return (Source(source=self.source),) if isinstance(self.source, str) else self.source

    @property
    def main(self) -> str:
        """The corpus that gives validation and test, and the run its name."""
        return self.parts[0].source

    @property
    def name(self) -> str:
        """All corpora, for messages: A, B and C."""
        *others, last = [part.source for part in self.parts]
        return f"{', '.join(others)} and {last}" if others else last


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokenizerConfig:
    """The joint subword vocabulary, learned from the training split."""

    kind: Literal["bpe", "unigram"] = "bpe"
    """Subword model of SentencePiece."""
    vocab_size: Annotated[int, VOCAB_SIZE] = 2500
    """Pieces, special ids and bytes included; lowered where the corpus supports fewer."""
    max_pairs: Annotated[int, COUNT] = 200_000
    """Learn it from so many training pairs at most, drawn at random from a larger corpus."""
    sampling: Annotated[float, BELOW_1] = 0.0
    """Subword regularization in training, 0 is off. bpe: the probability of leaving a merge out at
    a step (BPE-dropout, 0.1 is usual). unigram: the smoothing alpha of sampling (0.2 is usual)."""

    def __post_init__(self) -> None:
        check(self, "tokenizer.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of the transformer (Vaswani et al. 2017, table 3)."""

    d_model: Annotated[int, between(1, 16_384)] = 128
    """Width of every token's vector between layers."""
    num_heads: Annotated[int, between(1, 1024)] = 4
    """Attention heads; must divide d_model."""
    d_ff: Annotated[int, between(1, 131_072)] = 512
    """Width inside the feed-forward block."""
    num_encoder_layers: Annotated[int, between(1, 256)] = 2
    """Encoder layers."""
    num_decoder_layers: Annotated[int, between(1, 256)] = 2
    """Decoder layers."""
    dropout: Annotated[float, IN_256THS] = 0.0
    """Probability of dropping an element of each sublayer's output and of the embeddings. The
    embedded corpus needs none; a real one of this size wants 0.1 to 0.3."""

    def __post_init__(self) -> None:
        check(self, "model.")
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The loop: how long, how fast, how often it looks at itself."""

    seed: Annotated[int, SEED] = 1
    """Of everything random: weights, batches, dropout, subword sampling."""
    max_steps: Annotated[int, COUNT] = 1300
    """Optimizer steps."""
    batch_tokens: Annotated[int, between(1, 10_000_000)] = 1024
    """Padded tokens of a batch's longer side, summed over all machines."""
    accumulate: Annotated[int, between(1, 1_000_000)] = 1
    """Batches whose gradients are summed into one step."""
    learning_rate: Annotated[float, LEARNING_RATE] = 6e-3
    """Peak, reached after warmup_steps."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """Of the layers' matrices; embeddings, norms and biases always have AdamW."""
    muon_learning_rate: Annotated[float, LEARNING_RATE] = 0.014
    """Muon's peak. A step at this rate changes a matrix by about this share of its size."""
    warmup_steps: Annotated[int, COUNT_OR_0] = 150
    """Steps over which the learning rate rises from 0 to its peak; then it falls to 0 at
    max_steps, both along a straight line."""
    weight_decay: Annotated[float, between(0, 1000)] = 0.1
    """Decoupled, on matrices only (not embeddings, norms, biases), per unit of learning rate."""
    max_grad_norm: Annotated[float, between(0, 1_000_000)] = 1.0
    """Gradients are scaled down to this length; 0 leaves them."""
    label_smoothing: Annotated[float, BELOW_1] = 0.1
    """Probability taken from the right token and spread over the vocabulary."""
    consistency: Annotated[float, between(0, 1000)] = 0.0
    """R-Drop's alpha (Liang et al. 2021): each batch is read twice, under different dropout, and
    the two predictions are drawn towards each other; 1 to 5 is usual. A step takes about twice as
    long. 0 reads once. Without dropout it has no effect, and is refused."""
    average_decay: Annotated[float, BELOW_1] = 0.99
    """Exponential moving average of the weights, used for validation and kept as the model;
    0 uses the weights as they are."""
    eval_every: Annotated[int, COUNT] = 325
    """Steps between validations; each saves a checkpoint."""
    log_every: Annotated[int, COUNT] = 50
    """Steps between lines of metrics.jsonl."""
    metric: Literal["bleu", "chrf", "loss"] = "bleu"
    """What chooses the best weights, and what early stopping watches; ties are broken by chrF,
    then by the loss."""
    patience: Annotated[int, COUNT_OR_0] = 0
    """Validations without a better metric after which training stops; 0 never stops early."""
    keep_weights: Annotated[int, between(0, 100)] = 0
    """How many steps keep their averaged weights, for RUN@STEP and for the page. The steps are
    closer together early on, when most is learned; 8 are enough to watch a training; 0 keeps
    none."""
    tensorboard: bool = False
    """Write what TensorBoard shows, into RUN/tensorboard: metrics.jsonl, sample translations, and
    pictures of cross-attention. Needs the extra tensorboard."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of matrix products; weights stay float32. bfloat16 is faster on a GPU and on processors that
    have its arithmetic (AVX512-BF16, AMX); on others it is refused."""

    def __post_init__(self) -> None:
        check(self, "training.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecodingConfig:
    """The search for a translation."""

    beam_size: Annotated[int, between(1, 1000)] = 5
    """Hypotheses kept at each decoding step; 1 is greedy."""
    length_penalty: Annotated[float, LENGTH_PENALTY] = 1.0
    """Exponent of the length by which a hypothesis's log-probability is divided; 0 is off."""
    batch_tokens: Annotated[int, between(1, 10_000_000)] = 4096
    """Padded source tokens times beam_size decoded together, by each thread."""

    def __post_init__(self) -> None:
        check(self, "decoding.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DiversificationConfig:
    """More training text from the same pairs (Nguyen et al. 2020): models of both directions,
    otherwise like this one, translate them anew; then this one learns from all."""

    models: Annotated[int, between(0, 100)] = 0
    """Models of each direction, trained first, in RUN/teachers; 0 is off."""
    max_steps: Annotated[int, COUNT_OR_0] = 0
    """Optimizer steps of each of them; 0 takes training.max_steps."""
    dropout: Annotated[float, IN_256THS] = 0.0
    """model.dropout of each of them: they have less text to learn from, and may need more of it; 0
    takes model.dropout."""
    distill: bool = False
    """Learn too from what the forward models, decoding as one, make of all sources, those that the
    backward models wrote among them (Freitag et al. 2017)."""
    samples: Annotated[int, between(0, 1000)] = 0
    """Further sources that each backward model draws for every target (Edunov et al. 2018), for
    the forward models as one to translate."""
    back_translation: Literal["beam", "sampling"] = "beam"
    """How backward models translate corpus.monolingual_tgt: the best that a beam search finds, or
    drawn at random, which is more varied and less often right."""
    tag: Annotated[str | None, TAG] = None
    """A word such as <BT>, put before the sources that backward models write for monolingual_tgt:
    the model can tell them from those that people wrote (Caswell et al. 2019)."""
    weight: Annotated[float, WEIGHT] = 1.0
    """How many times an epoch reads each pair made from text of one language; 0.5 reads half of
    them, another half each epoch."""
    rounds: Annotated[int, between(1, 10)] = 1
    """Above 1, text of both languages is translated again, by new models of each direction that
    have learned from the translations of the round before (Hoang et al. 2018)."""

    def __post_init__(self) -> None:
        check(self, "diversification.")
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
        check(self)
        require(
            not self.training.consistency or self.model.dropout > 0,
            "training.consistency",
            self.training.consistency,
            "needs dropout, by which two readings differ: raise model.dropout, or leave this at 0",
        )
        self._check_weights()
        self._check_monolingual()

    def _check_weights(self) -> None:
        """What models write of several corpora is one corpus, whose pairs are all read once."""
        corpus = self.corpus
        require(
            self.diversification.models == 0
            or len(corpus.parts) == 1
            or (corpus.temperature == 1 and all(part.weight == 1 for part in corpus.parts)),
            "diversification.models",
            self.diversification.models,
            "reads all that models write once: leave the weights of corpus.source and "
            "corpus.temperature out, or write the text with translator diversify and give that "
            "its weight",
        )

    def _check_monolingual(self) -> None:
        """Text of one language is for models to translate, and their settings are for it."""
        texts = ("monolingual_src", "monolingual_tgt")
        for name in texts:
            text = getattr(self.corpus, name)
            require(
                text is None or self.diversification.models > 0,
                f"corpus.{name}",
                text,
                "needs models that translate it: raise diversification.models, or leave this out",
            )
        for name, needed in {
            "back_translation": ["monolingual_tgt"],
            "tag": ["monolingual_tgt"],
            "rounds": texts,
        }.items():
            value = getattr(self.diversification, name)
            missing = [f"corpus.{text}" for text in needed if getattr(self.corpus, text) is None]
            require(
                value == getattr(DiversificationConfig, name) or not missing,
                f"diversification.{name}",
                value,
                f"has no effect without {' and '.join(missing)}: give that, or leave this out",
            )
        require(
            self.diversification.weight == 1 or any(getattr(self.corpus, name) for name in texts),
            "diversification.weight",
            self.diversification.weight,
            "has no effect without corpus.monolingual_src or corpus.monolingual_tgt: give one, or "
            "leave this out",
        )


def read_sources(name: str, entries: Sequence[object]) -> tuple[Source, ...]:
    """The corpora that a list names, each as a text, a mapping or a Source.

    Raises ConfigError, with `name` and the number of the entry, for one that is none of these.
    """
    if not entries:
        raise ConfigError(f"{name} is an empty list: give at least one corpus")
    parts = tuple(
        entry if isinstance(entry, Source) else _read_source(f"{name}, entry {number}", entry)
        for number, entry in enumerate(entries, start=1)
    )
    places = [part.source for part in parts]
    for place in places:
        if places.count(place) > 1:
            raise ConfigError(
                f"{name} has {place} more than once: give it once, and a weight to read it more "
                "often"
            )
    return parts


def _read_source(name: str, entry: object) -> Source:
    values = {"source": entry} if isinstance(entry, str) else entry
    hints = get_type_hints(Source, include_extras=True)
    if not isinstance(values, dict):
        raise ConfigError(
            f"{name} is {_shown(values)}: it must be text, or a mapping such as "
            "{source: A, weight: 2}"
        )
    for key in values:
        if key not in hints:
            raise ConfigError(f"{name} has {_shown(key)}: it may have source and weight, no more")
    if "source" not in values:
        raise ConfigError(f"{name} has no source: name a folder, a file or a dataset id")
    for key, value in values.items():
        check_value(f"{name}: {key}", value, hints[key])
    return Source(**values)


def check(settings: object, prefix: str = "") -> None:
    """Raises ConfigError for a field of `settings` that its type does not allow; `prefix` is its
    section. Annotations are hints alone, and a caller of the library may give anything."""
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        check_value(f"{prefix}{name}", getattr(settings, name), hint)


def check_value(name: str, value: Any, hint: Any) -> None:
    """Raises ConfigError, with `name`, where `hint`, a type with a Rule perhaps, forbids it."""
    kind, *rules = get_args(hint) if get_origin(hint) is Annotated else [hint]
    if not _fits(value, kind):
        raise ConfigError(f"{name} is {_shown(value)}: it must be {in_words(kind)}")
    for rule in rules:
        if not rule.holds(value):
            raise ConfigError(f"{name} is {_shown(value)}: it must be {rule.words}")


def in_words(hint: Any) -> str:
    """Which values `hint` allows: what follows "it must be"."""
    origin, options = get_origin(hint), get_args(hint)
    if origin is Annotated:
        _, rule = options
        return str(rule.words)
    if origin is Literal:
        return f"one of {', '.join(options)}"
    if origin is UnionType:
        return ", or ".join(map(in_words, options))
    if origin is tuple:
        return "a list of texts and mappings such as {source: A, weight: 2}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return {**words, NoneType: "null"}.get(hint, f"a {hint.__name__}")


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_fits(value, option) for option in get_args(hint))
    if get_origin(hint) is tuple:
        return type(value) is tuple and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is float:  # a whole number is a number, but True is none
        return type(value) in (int, float)
    return type(value) is hint


def _shown(value: object) -> str:
    """In one line, and not a long one."""
    try:
        line = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"
    return line if len(line) <= 80 else f"{line[:77]}..."


def require(holds: bool, name: str, value: object, rule: str) -> None:
    """Raises ConfigError, with the rule in words, where it does not hold."""
    if not holds:
        raise ConfigError(f"{name} is {value}: it {rule}")
