"""All settings of a run, as frozen dataclasses. Every default of the program is defined here, once.

The defaults suit the embedded corpus; for a corpus of your own, configs/multi30k.yaml is a better
start.

A YAML file under `configs/` states only what differs. Units are in the names: `_steps`,
`_tokens`, `_words`, `_every` (steps). The type of a field states the values it may have.
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Literal, get_type_hints

from translator.errors import ConfigError
from translator.rules import (
    BELOW_1,
    COUNT,
    COUNT_OR_0,
    IN_256THS,
    LEARNING_RATE,
    LENGTH_PENALTY,
    LENGTH_RATIO,
    LINE,
    SEED,
    TAG,
    VOCAB_SIZE,
    WEIGHT,
    between,
    check,
    check_value,
    require,
    shown,
)

PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
"""<pad>, <unk>, <s>, </s>: the same in every tokenizer and model, asserted on load."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """One of several corpora, and how much of it a run trains on."""

    source: Annotated[str, LINE]
    """A folder, a file, or a dataset id on the hub (owner/name)."""
    weight: Annotated[float, WEIGHT] = 1.0
    """How many times an epoch reads each training pair of this corpus; 0.5 reads about half of
    the pairs, sampled at random each epoch."""

    def __post_init__(self) -> None:
        check(self, "corpus.source: ")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusConfig:
    """Where the parallel text comes from and how it is cleaned."""

    source: Annotated[str | tuple[Source, ...], LINE] = "scenes"
    """A folder, a file, a dataset id on the hub (owner/name), or a corpus that comes with the
    program (scenes, kitchen). Or a list of corpora, each with a weight, the number of times that an
    epoch reads it: [A, {source: B, weight: 2}]. Validation and test come from the first corpus; the
    others only add training pairs."""
    temperature: Annotated[float, between(1, 100)] = 1.0
    """Values above 1 bring the corpora of a list closer to equal shares of an epoch: each share is
    proportional to (pairs * weight) ** (1 / temperature). The length of the epoch stays the
    same."""
    revision: Annotated[str | None, LINE] = None
    """Commit or tag of a hub dataset; null takes the newest (in a YAML file, "null" in quotes is
    a name)."""
    src_column: Annotated[str, LINE] = "en"
    """Column (or file extension, train.en) of the source language."""
    tgt_column: Annotated[str, LINE] = "de"
    """Column (or file extension, train.de) of the target language."""
    monolingual_src: Annotated[str | None, LINE] = None
    """A file with more text in the source language only, for models to translate
    (diversification.models): one text per line, or a table with the column src_column."""
    monolingual_tgt: Annotated[str | None, LINE] = None
    """A file with more text in the target language only, for back-translation; the format is that
    of monolingual_src."""
    header: bool = True
    """Whether CSV and TSV files begin with a row of column names. If not, src_column and tgt_column
    are column numbers, from 1."""
    held_out: Annotated[int, between(1, 10_000_000)] = 1000
    """Pairs set aside at random for validation, and as many for test, if the corpus has no such
    split; at most a tenth of the pairs for each."""
    drop_empty: bool = True
    """Drop training pairs with an empty side."""
    drop_duplicates: bool = True
    """Drop training pairs that repeat an earlier pair, in whatever Unicode normal form."""
    drop_overlap: bool = True
    """Drop training pairs whose source or target also occurs in a held-out split."""
    max_words: Annotated[int, COUNT_OR_0] = 100
    """Drop training pairs with a side of more words than this; 0 keeps all. In scripts without
    spaces between words, such as Chinese or Thai, two characters count as one word."""
    max_length_ratio: Annotated[float, LENGTH_RATIO] = 4.0
    """Drop training pairs whose longer side has more words than this ratio times the words of the
    shorter side, plus 3; 0 keeps all."""

    def __post_init__(self) -> None:
        if isinstance(self.source, (list, tuple)):  # may hold text and mappings
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
        """The corpus that validation, test and the name of the run come from."""
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
    """Number of pieces, special ids and bytes included; lowered if the corpus supports fewer."""
    max_pairs: Annotated[int, COUNT] = 200_000
    """Training pairs from which the vocabulary is learned, at most; a larger corpus is sampled at
    random."""
    sampling: Annotated[float, BELOW_1] = 0.0
    """Subword regularization in training; 0 is off. For bpe, the probability of skipping a merge
    (BPE-dropout, usually 0.1). For unigram, the smoothing alpha of sampling (usually 0.2)."""

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
    embedded corpus needs no dropout; a real corpus of that size needs 0.1 to 0.3."""

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
    """The training loop: length, learning rates, validation and logging."""

    seed: Annotated[int, SEED] = 1
    """Seed of everything random: weights, batches, dropout, subword sampling."""
    max_steps: Annotated[int, COUNT] = 1300
    """Optimizer steps."""
    batch_tokens: Annotated[int, between(1, 10_000_000)] = 1024
    """Padded tokens of a batch's longer side, summed over all machines."""
    accumulate: Annotated[int, between(1, 1_000_000)] = 1
    """Batches whose gradients are summed into one step."""
    learning_rate: Annotated[float, LEARNING_RATE] = 6e-3
    """Peak learning rate of AdamW, reached after warmup_steps."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """Optimizer of the layers' matrices; embeddings, norms and biases always use AdamW."""
    muon_learning_rate: Annotated[float, LEARNING_RATE] = 0.014
    """Peak learning rate of Muon. A step at this rate changes a matrix by about this share of its
    size."""
    warmup_steps: Annotated[int, COUNT_OR_0] = 150
    """Steps of linear warmup from 0 to the peak learning rate; a linear decay to 0 at max_steps
    follows."""
    weight_decay: Annotated[float, between(0, 1000)] = 0.1
    """Decoupled weight decay, per unit of learning rate, on matrices only (not on embeddings, norms
    and biases)."""
    max_grad_norm: Annotated[float, between(0, 1_000_000)] = 1.0
    """Gradients with a larger norm are scaled down to this norm; 0 is off."""
    label_smoothing: Annotated[float, BELOW_1] = 0.1
    """Probability taken from the right token and spread over the vocabulary."""
    consistency: Annotated[float, between(0, 1000)] = 0.0
    """Alpha of R-Drop (Liang et al. 2021), usually 1 to 5: the model reads each batch twice, under
    different dropout, and the loss penalizes the difference of the two predictions. A step takes
    about twice as long. 0 is off. Other values need dropout."""
    average_decay: Annotated[float, BELOW_1] = 0.99
    """Decay of the exponential moving average of the weights, which is validated and kept as the
    model; 0 turns averaging off."""
    eval_every: Annotated[int, COUNT] = 325
    """Steps between validations; each validation saves a checkpoint."""
    log_every: Annotated[int, COUNT] = 50
    """Steps between lines of metrics.jsonl."""
    metric: Literal["bleu", "chrf", "loss"] = "bleu"
    """Validation metric that selects the best weights and decides on early stopping; ties are
    broken by chrF, then by the loss."""
    patience: Annotated[int, COUNT_OR_0] = 0
    """Validations without improvement after which training stops; 0 never stops early."""
    keep_weights: Annotated[int, between(0, 100)] = 0
    """Number of steps whose averaged weights are kept, for RUN@STEP and for the page. The steps are
    closer together early on, when the model learns most; 8 are enough to follow a training."""
    tensorboard: bool = False
    """Also log to TensorBoard, in RUN/tensorboard: metrics.jsonl, sample translations, and pictures
    of cross-attention. Needs the extra tensorboard."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of matrix products; weights stay float32. bfloat16 is faster on a GPU and on
    processors with bfloat16 arithmetic (AVX512-BF16, AMX), and refused on others."""

    def __post_init__(self) -> None:
        check(self, "training.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecodingConfig:
    """Beam search."""

    beam_size: Annotated[int, between(1, 1000)] = 5
    """Hypotheses kept at each decoding step; 1 is greedy."""
    length_penalty: Annotated[float, LENGTH_PENALTY] = 1.0
    """A hypothesis's log-probability is divided by its length to the power of this exponent; 0 is
    off."""
    split_over: Annotated[int, COUNT_OR_0] = 0
    """A text of more tokens than this is translated sentence by sentence; 0 splits every text. With
    a high number, only texts longer than any in training are split."""
    batch_tokens: Annotated[int, between(1, 10_000_000)] = 4096
    """Padded source tokens times beam_size that each thread decodes together."""

    def __post_init__(self) -> None:
        check(self, "decoding.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DiversificationConfig:
    """Data diversification (Nguyen et al. 2020): teachers of both directions, otherwise like the
    final model, translate the training text again, and the final model learns from all pairs."""

    models: Annotated[int, between(0, 100)] = 0
    """Teachers per direction, trained first, in RUN/teachers; 0 is off."""
    max_steps: Annotated[int, COUNT_OR_0] = 0
    """Optimizer steps of each teacher; 0 takes training.max_steps."""
    dropout: Annotated[float, IN_256THS] = 0.0
    """Dropout of each teacher, which has less text to learn from and may need more dropout; 0 takes
    model.dropout."""
    d_model: Annotated[int, between(0, 16_384)] = 0
    """Width of each teacher; 0 takes model.d_model, and so on for the next four settings. A student
    with more text than its teachers may well be larger."""
    num_heads: Annotated[int, between(0, 1024)] = 0
    """Attention heads of each teacher."""
    d_ff: Annotated[int, between(0, 131_072)] = 0
    """Width inside the feed-forward block of each teacher."""
    num_encoder_layers: Annotated[int, between(0, 256)] = 0
    """Encoder layers of each teacher."""
    num_decoder_layers: Annotated[int, between(0, 256)] = 0
    """Decoder layers of each teacher."""
    distill: bool = False
    """Also learn from the forward teachers' ensemble translations of all sources, including the
    sources that backward teachers wrote (Freitag et al. 2017)."""
    samples: Annotated[int, between(0, 1000)] = 0
    """With distill: further sources that each backward teacher samples for every target (Edunov et
    al. 2018), for the forward teachers' ensemble to translate."""
    back_translation: Literal["beam", "sampling"] = "beam"
    """How backward teachers translate corpus.monolingual_tgt: by beam search, or by sampling, which
    is more varied and less often right."""
    tag: Annotated[str | None, TAG] = None
    """A word such as <BT>, put before back-translated sources of monolingual_tgt, so that the model
    can tell them from sources that people wrote (Caswell et al. 2019)."""
    weight: Annotated[float, WEIGHT] = 1.0
    """How many times an epoch reads each pair made from monolingual text; 0.5 reads about half
    of the pairs, sampled at random each epoch."""
    rounds: Annotated[int, between(1, 10)] = 1
    """Rounds of iterative back-translation (Hoang et al. 2018): in each further round, new teachers
    of both directions, trained on the translations of the round before, translate the monolingual
    text again."""

    def __post_init__(self) -> None:
        check(self, "diversification.")
        require(
            self.distill or not self.samples,
            "diversification.samples",
            self.samples,
            "has no effect without distillation: set diversification.distill, or leave this at 0",
        )
        of_teachers = [field.name for field in dataclasses.fields(ModelConfig)]
        for name in ("max_steps", *of_teachers, "distill"):
            off = getattr(DiversificationConfig, name)
            require(
                self.models > 0 or getattr(self, name) == off,
                f"diversification.{name}",
                getattr(self, name),
                "has no effect without models: raise diversification.models, or leave this "
                f"at {str(off).lower()}",
            )

    def teacher_model(self, model: ModelConfig) -> ModelConfig:
        """The shape of the teachers of a run with `model`. Raises ConfigError if it is none."""
        names = [field.name for field in dataclasses.fields(ModelConfig)]
        given = {name: value for name in names if (value := getattr(self, name))}
        try:
            return dataclasses.replace(model, **given)
        except ConfigError as error:
            raise ConfigError(str(error).replace("model.", "diversification.")) from None


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
            "needs dropout to make two readings differ: raise model.dropout, or leave this at 0",
        )
        self.diversification.teacher_model(self.model)
        self._check_weights()
        self._check_monolingual()

    def _check_weights(self) -> None:
        """What models write for several corpora is one corpus, whose pairs are all read once."""
        corpus = self.corpus
        require(
            self.diversification.models == 0
            or len(corpus.parts) == 1
            or (corpus.temperature == 1 and all(part.weight == 1 for part in corpus.parts)),
            "diversification.models",
            self.diversification.models,
            "merges all corpora into one, without weights: leave the weights of corpus.source and "
            "corpus.temperature out, or write the text with translator diversify and list it as "
            "a corpus with a weight",
        )

    def _check_monolingual(self) -> None:
        """Monolingual text needs models that translate it, and their settings need the text."""
        texts = ("monolingual_src", "monolingual_tgt")
        for name in texts:
            text = getattr(self.corpus, name)
            require(
                text is None or self.diversification.models > 0,
                f"corpus.{name}",
                text,
                "needs models to translate it: raise diversification.models, or leave this out",
            )
        for name, needed in {
            "back_translation": ["monolingual_tgt"],
            "tag": ["monolingual_tgt"],
            "rounds": texts,
        }.items():
            value = getattr(self.diversification, name)
            missing = " and ".join(
                f"corpus.{text}" for text in needed if getattr(self.corpus, text) is None
            )
            require(
                value == getattr(DiversificationConfig, name) or not missing,
                f"diversification.{name}",
                value,
                f"has no effect without {missing}: set {missing}, or leave this out",
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
                f"{name} has {place} more than once: list it once, with a weight to read it more "
                "often"
            )
    return parts


def _read_source(name: str, entry: object) -> Source:
    values = {"source": entry} if isinstance(entry, str) else entry
    hints = get_type_hints(Source, include_extras=True)
    if not isinstance(values, dict):
        raise ConfigError(
            f"{name} is {shown(values)}: it must be text, or a mapping such as "
            "{source: A, weight: 2}"
        )
    for key in values:
        if key not in hints:
            raise ConfigError(f"{name} has {shown(key)}: it may have source and weight, no more")
    if "source" not in values:
        raise ConfigError(f"{name} has no source: name a folder, a file or a dataset id")
    for key, value in values.items():
        check_value(f"{name}: {key}", value, hints[key])
    return Source(**values)
