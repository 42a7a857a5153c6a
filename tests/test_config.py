"""The configuration: what each range rule refuses, in which words, and what it lets pass."""

import dataclasses
import math
import re
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    Source,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import ConfigError, TranslatorError

SECTIONS = (
    CorpusConfig,
    TokenizerConfig,
    ModelConfig,
    TrainingConfig,
    DecodingConfig,
    DiversificationConfig,
)

LINE = "one line of UTF-8 text that is not blank"
PLACES = "text, or a list of texts and mappings such as {source: A, weight: 2}"
COUNT = "must be from 1 to 99,999,999"
COUNT_OR_0 = "must be from 0 to 99,999,999"
UP_TO_1000 = "must be from 0 to 1,000"
LEARNING_RATE = "must be above 0 and at most 1,000"
LENGTH_RATIO = "must be 0 or from 1 to 1,000"
LENGTH_PENALTY = "must be from -10 to 10 (0 is off)"
SEED = "must be from 0 to 18,446,744,073,709,551,615"
LAYERS = "must be from 1 to 256"
BATCH_TOKENS = "must be from 1 to 10,000,000"
VOCAB_SIZE = "must be from 300 to 1,000,000: 4 special ids, 256 bytes, and some letters"
BELOW_1 = "must be at least 0 and below 1"
OF_256 = "must be 0 or from 0.002 to 0.998, rounded to a 256th"


@pytest.mark.parametrize(
    ("section", "field", "value", "rule"),
    [
        (CorpusConfig, "tgt_column", "en", "must differ from corpus.src_column"),
        (ModelConfig, "num_heads", 3, "must divide model.d_model (128)"),
        (CorpusConfig, "held_out", 0, "must be from 1 to 10,000,000"),
        (CorpusConfig, "held_out", 10_000_001, "must be from 1 to 10,000,000"),
        (CorpusConfig, "max_words", -1, COUNT_OR_0),
        (CorpusConfig, "max_words", 10**8, COUNT_OR_0),
        (CorpusConfig, "max_length_ratio", 0.5, LENGTH_RATIO),
        (CorpusConfig, "max_length_ratio", -2.0, LENGTH_RATIO),
        (CorpusConfig, "max_length_ratio", math.inf, LENGTH_RATIO),
        (CorpusConfig, "temperature", 0.5, "must be from 1 to 100"),
        (CorpusConfig, "temperature", 101, "must be from 1 to 100"),
        (TokenizerConfig, "vocab_size", 299, VOCAB_SIZE),
        (TokenizerConfig, "vocab_size", 99999999999, VOCAB_SIZE),
        (TokenizerConfig, "sampling", -0.1, BELOW_1),
        (TokenizerConfig, "sampling", 1.0, BELOW_1),
        (ModelConfig, "d_model", 0, "must be from 1 to 16,384"),
        (ModelConfig, "d_model", 10_000_000, "must be from 1 to 16,384"),
        (ModelConfig, "num_heads", 0, "must be from 1 to 1,024"),
        (ModelConfig, "num_heads", 1025, "must be from 1 to 1,024"),
        (ModelConfig, "d_ff", 0, "must be from 1 to 131,072"),
        (ModelConfig, "d_ff", 131_073, "must be from 1 to 131,072"),
        (ModelConfig, "num_encoder_layers", 0, LAYERS),
        (ModelConfig, "num_encoder_layers", 257, LAYERS),
        (ModelConfig, "num_decoder_layers", 0, LAYERS),
        (ModelConfig, "num_decoder_layers", 257, LAYERS),
        (ModelConfig, "dropout", -0.1, OF_256),
        (ModelConfig, "dropout", 0.0019, OF_256),
        (ModelConfig, "dropout", 0.9981, OF_256),
        (ModelConfig, "dropout", 1.0, OF_256),
        (TrainingConfig, "seed", -1, SEED),
        (TrainingConfig, "seed", 2**64, SEED),
        (TrainingConfig, "max_steps", 0, COUNT),
        (TrainingConfig, "max_steps", 10**8, COUNT),
        (TrainingConfig, "batch_tokens", 0, BATCH_TOKENS),
        (TrainingConfig, "batch_tokens", 10_000_001, BATCH_TOKENS),
        (TrainingConfig, "accumulate", 0, "must be from 1 to 1,000,000"),
        (TrainingConfig, "accumulate", 1_000_001, "must be from 1 to 1,000,000"),
        (TrainingConfig, "learning_rate", 0.0, LEARNING_RATE),
        (TrainingConfig, "learning_rate", -1e-3, LEARNING_RATE),
        (TrainingConfig, "learning_rate", 1e4, LEARNING_RATE),
        (TrainingConfig, "learning_rate", math.inf, LEARNING_RATE),
        (TrainingConfig, "muon_learning_rate", 0.0, LEARNING_RATE),
        (TrainingConfig, "muon_learning_rate", math.inf, LEARNING_RATE),
        (TrainingConfig, "warmup_steps", -1, COUNT_OR_0),
        (TrainingConfig, "warmup_steps", 10**8, COUNT_OR_0),
        (TrainingConfig, "weight_decay", -0.01, UP_TO_1000),
        (TrainingConfig, "weight_decay", math.inf, UP_TO_1000),
        (TrainingConfig, "max_grad_norm", -1.0, "must be from 0 to 1,000,000"),
        (TrainingConfig, "max_grad_norm", math.inf, "must be from 0 to 1,000,000"),
        (TrainingConfig, "consistency", -0.5, UP_TO_1000),
        (TrainingConfig, "consistency", 1000.5, UP_TO_1000),
        (TrainingConfig, "label_smoothing", -0.1, BELOW_1),
        (TrainingConfig, "label_smoothing", 1.0, BELOW_1),
        (TrainingConfig, "average_decay", -0.1, BELOW_1),
        (TrainingConfig, "average_decay", 1.0, BELOW_1),
        (TrainingConfig, "eval_every", 0, COUNT),
        (TrainingConfig, "log_every", 0, COUNT),
        (TrainingConfig, "patience", -1, COUNT_OR_0),
        (DecodingConfig, "beam_size", 0, "must be from 1 to 1,000"),
        (DecodingConfig, "beam_size", 1001, "must be from 1 to 1,000"),
        (DecodingConfig, "length_penalty", math.inf, LENGTH_PENALTY),
        (DecodingConfig, "length_penalty", -10.5, LENGTH_PENALTY),
        (DecodingConfig, "batch_tokens", 0, BATCH_TOKENS),
        (DecodingConfig, "batch_tokens", 10_000_001, BATCH_TOKENS),
        (DiversificationConfig, "models", -1, "must be from 0 to 100"),
        (DiversificationConfig, "models", 1_000_000, "must be from 0 to 100"),
        (DiversificationConfig, "max_steps", -1, COUNT_OR_0),
        (DiversificationConfig, "dropout", 0.0019, OF_256),
        (DiversificationConfig, "samples", -1, UP_TO_1000),
        (DiversificationConfig, "samples", 1001, UP_TO_1000),
        (
            DiversificationConfig,
            "max_steps",
            7,
            "has no effect without models: raise diversification.models, or leave this at 0",
        ),
        (
            DiversificationConfig,
            "d_model",
            64,
            "has no effect without models: raise diversification.models, or leave this at 0",
        ),
        (
            DiversificationConfig,
            "distill",
            True,
            "has no effect without models: raise diversification.models, or leave this at false",
        ),
        (
            DiversificationConfig,
            "dropout",
            0.2,
            "has no effect without models: raise diversification.models, or leave this at 0.0",
        ),
        (
            DiversificationConfig,
            "samples",
            2,
            "has no effect without distillation: set diversification.distill, or leave this at 0",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_name_and_the_rule(
    section: type, field: str, value: object, rule: str
) -> None:
    message = f"{section_name(section)}.{field} is {value}: it {rule}"

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        section(**{field: value})


@pytest.mark.parametrize(
    ("section", "field", "value", "rule"),
    [
        (TrainingConfig, "precision", "float16", "one of float32, bfloat16"),
        (TrainingConfig, "max_steps", "40", "a whole number"),
        (TrainingConfig, "max_steps", 1.5, "a whole number"),
        (TrainingConfig, "max_steps", True, "a whole number"),
        (TrainingConfig, "learning_rate", "fast", "a number"),
        (TrainingConfig, "learning_rate", None, "a number"),
        (CorpusConfig, "drop_empty", 1, "true or false"),
        (
            CorpusConfig,
            "source",
            7,
            "text, or a list of texts and mappings such as {source: A, weight: 2}",
        ),
        (CorpusConfig, "source", "", LINE),
        (CorpusConfig, "src_column", " ", LINE),
        (CorpusConfig, "source", "a\0b", LINE),
        (CorpusConfig, "tgt_column", "a\nb", LINE),
        (CorpusConfig, "revision", "\x85a", LINE),
        (CorpusConfig, "source", "\udcff", LINE),
        (CorpusConfig, "revision", 7, "text, or null"),
        (CorpusConfig, "revision", "", LINE),
    ],
)
def test_a_value_of_another_type_is_refused_from_python_too(
    section: type, field: str, value: object, rule: str
) -> None:
    message = f"{section_name(section)}.{field} is {value!r}: it must be {rule}"

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        section(**{field: value})


@pytest.mark.parametrize(
    "corpus",
    [
        {"source": [{"source": "A", "weight": 2}, "B"]},
        {"source": ["A", "B"], "temperature": 5.0},
    ],
    ids=["weight", "temperature"],
)
def test_weights_that_models_would_lose_are_refused(corpus: dict[str, Any]) -> None:
    message = (
        "diversification.models is 3: it merges all corpora into one, without weights: leave the "
        "weights of corpus.source and corpus.temperature out, or write the text with translator "
        "diversify and list it as a corpus with a weight"
    )
    Config(corpus=CorpusConfig(source=("A", "B")), diversification=DiversificationConfig(models=3))

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        Config(corpus=CorpusConfig(**corpus), diversification=DiversificationConfig(models=3))


def test_a_list_of_corpora_is_texts_mappings_and_sources() -> None:
    last = Source(source="C", weight=0.5)

    entries: Any = ["A", {"source": "B", "weight": 20}, last]
    corpus = CorpusConfig(source=entries)

    assert (
        corpus.source == corpus.parts == (Source(source="A"), Source(source="B", weight=20), last)
    )
    assert corpus.main == "A"
    assert corpus.name == "A, B and C"
    assert dataclasses.replace(corpus, held_out=7).parts == corpus.parts


def test_one_corpus_is_a_list_of_one() -> None:
    corpus = CorpusConfig(source="A")

    assert corpus.parts == (Source(source="A", weight=1.0),)
    assert corpus.main == corpus.name == "A"
    assert CorpusConfig(source=("A", "B")).name == "A and B"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "corpus.source is an empty list: give at least one corpus"),
        (
            ["A", 7],
            "corpus.source, entry 2 is 7: it must be text, or a mapping such as "
            "{source: A, weight: 2}",
        ),
        (
            [{"source": "A", "wait": 2}],
            "corpus.source, entry 1 has 'wait': it may have source and weight, no more",
        ),
        (
            [{"weight": 2}],
            "corpus.source, entry 1 has no source: name a folder, a file or a dataset id",
        ),
        (
            ["A", {"source": "B", "weight": 1001}],
            "corpus.source, entry 2: weight is 1001: it must be from 0.01 to 1,000",
        ),
        ([" "], f"corpus.source, entry 1: source is ' ': it must be {LINE}"),
        (
            ["A", {"source": "A", "weight": 2}],
            "corpus.source has A more than once: list it once, with a weight to read it more often",
        ),
    ],
)
def test_a_list_that_names_no_corpora_is_refused(entries: list[object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        CorpusConfig(source=entries)  # type: ignore[arg-type]


def test_a_source_checks_itself() -> None:
    with pytest.raises(ConfigError, match=r"^corpus\.source: weight is 0: it must be from 0\.01"):
        Source(source="A", weight=0)


def test_a_section_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^training is \{\}: it must be a TrainingConfig$"):
        Config(training={})  # type: ignore[arg-type]


def test_a_whole_number_is_a_number() -> None:
    assert TrainingConfig(weight_decay=0).weight_decay == 0


def test_two_readings_that_cannot_differ_are_refused() -> None:
    training = TrainingConfig(consistency=2.0)
    message = (
        "training.consistency is 2.0: it needs dropout to make two readings differ: "
        "raise model.dropout, or leave this at 0"
    )

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        Config(training=training)

    model = ModelConfig(dropout=0.1)
    assert Config(model=model, training=training).training.consistency == 2.0


@pytest.mark.parametrize(
    ("corpus", "diversification", "message"),
    [
        (
            {"monolingual_tgt": "text.de"},
            {},
            "corpus.monolingual_tgt is text.de: it needs models to translate it: raise "
            "diversification.models, or leave this out",
        ),
        (
            {"monolingual_src": "text.en"},
            {"models": 1, "tag": "<BT>"},
            "diversification.tag is <BT>: it has no effect without corpus.monolingual_tgt: set "
            "corpus.monolingual_tgt, or leave this out",
        ),
        (
            {},
            {"models": 1, "rounds": 2},
            "diversification.rounds is 2: it has no effect without corpus.monolingual_src and "
            "corpus.monolingual_tgt: set corpus.monolingual_src and corpus.monolingual_tgt, or "
            "leave this out",
        ),
        (
            {},
            {"models": 1, "weight": 0.5},
            "diversification.weight is 0.5: it has no effect without corpus.monolingual_src or "
            "corpus.monolingual_tgt: give one, or leave this out",
        ),
    ],
)
def test_text_of_one_language_needs_models_and_its_settings_need_it(
    corpus: dict[str, Any], diversification: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        Config(
            corpus=CorpusConfig(**corpus), diversification=DiversificationConfig(**diversification)
        )


def test_a_tag_is_one_word_that_no_normalization_changes() -> None:
    for tag in ("two words", "", "\u00ad", "▁", "ü"):
        message = f"diversification.tag is {tag!r}: it must be one word of ASCII characters"
        with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
            DiversificationConfig(models=1, tag=tag)
    assert DiversificationConfig(models=1, tag="<2en>").tag == "<2en>"


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        (CorpusConfig, "held_out", 1),
        (CorpusConfig, "max_words", 0),
        (CorpusConfig, "max_length_ratio", 0.0),
        (CorpusConfig, "max_length_ratio", 1.0),
        (TokenizerConfig, "vocab_size", 300),
        (TokenizerConfig, "sampling", 0.0),
        (TokenizerConfig, "sampling", 0.99),
        (ModelConfig, "d_model", 4),
        (ModelConfig, "num_heads", 1),
        (ModelConfig, "num_heads", 128),
        (ModelConfig, "d_ff", 1),
        (ModelConfig, "num_encoder_layers", 1),
        (ModelConfig, "num_decoder_layers", 1),
        (ModelConfig, "dropout", 0.0),
        (ModelConfig, "dropout", 0.002),
        (ModelConfig, "dropout", 0.998),
        (TrainingConfig, "seed", 0),
        (TrainingConfig, "max_steps", 1),
        (TrainingConfig, "batch_tokens", 1),
        (TrainingConfig, "accumulate", 1),
        (TrainingConfig, "learning_rate", 1e-9),
        (TrainingConfig, "muon_learning_rate", 1e-9),
        (TrainingConfig, "warmup_steps", 0),
        (TrainingConfig, "weight_decay", 0.0),
        (TrainingConfig, "max_grad_norm", 0.0),
        (TrainingConfig, "label_smoothing", 0.0),
        (TrainingConfig, "label_smoothing", 0.99),
        (TrainingConfig, "average_decay", 0.0),
        (TrainingConfig, "average_decay", 0.99),
        (TrainingConfig, "eval_every", 1),
        (TrainingConfig, "log_every", 1),
        (TrainingConfig, "patience", 0),
        (DecodingConfig, "beam_size", 1),
        (DecodingConfig, "length_penalty", 0.0),
        (DecodingConfig, "length_penalty", -1.0),
        (DecodingConfig, "batch_tokens", 1),
        (DiversificationConfig, "models", 1),
    ],
)
def test_a_value_on_the_edge_of_its_range_is_accepted(
    section: type, field: str, value: object
) -> None:
    assert getattr(section(**{field: value}), field) == value


def test_an_odd_d_model_is_refused_even_where_the_heads_divide_it() -> None:
    message = "model.d_model is 15: it must be even: positions are pairs of a sine and a cosine"

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        ModelConfig(d_model=15, num_heads=3)


def test_the_source_column_may_not_be_the_target_column_either() -> None:
    with pytest.raises(ConfigError, match=r"corpus\.tgt_column is de: it must differ"):
        CorpusConfig(src_column="de")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_no_number_of_any_section_may_be_nan(section: type) -> None:
    hints = get_type_hints(section).items()
    numbers = [name for name, hint in hints if hint in (int, float)]

    assert numbers
    for name in numbers:
        with pytest.raises(ConfigError, match=rf"^{section_name(section)}\.{name} is nan: it must"):
            section(**{name: math.nan})


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_number_and_text_of_any_section_has_a_rule(section: type) -> None:
    hints = get_type_hints(section, include_extras=True).values()

    assert any(get_origin(hint) is Annotated for hint in hints)
    assert not {int, float, str} & set(hints)
    for hint in hints:
        for rule in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
            assert rule.words == LINE or not rule.holds(math.inf)


def test_a_number_too_long_to_be_written_is_refused_all_the_same() -> None:
    message = r"^training\.max_steps is a number of thousands of digits: it must be from 1 to"

    with pytest.raises(ConfigError, match=message):
        TrainingConfig(max_steps=10**5000)


def test_a_long_value_is_cut_short_in_the_refusal() -> None:
    with pytest.raises(ConfigError, match=r"^tokenizer\.kind is 'b{76}\.\.\.: it must be one of"):
        TokenizerConfig(kind="b" * 10**6)  # type: ignore[arg-type]


def test_the_defaults_obey_their_own_rules() -> None:
    config = Config()

    fields = dataclasses.fields(config)
    assert [getattr(config, field.name) for field in fields] == [section() for section in SECTIONS]


@pytest.mark.parametrize("section", [Config, *SECTIONS], ids=lambda section: section.__name__)
def test_no_field_can_be_assigned_once_made(section: type) -> None:
    made = section()

    for field in dataclasses.fields(made):
        with pytest.raises(dataclasses.FrozenInstanceError, match=field.name):
            setattr(made, field.name, getattr(made, field.name))


@pytest.mark.parametrize("section", [Config, *SECTIONS], ids=lambda section: section.__name__)
def test_fields_are_given_by_name_only(section: type) -> None:
    with pytest.raises(TypeError, match="positional"):
        section(1)


def test_a_changed_copy_is_checked_again() -> None:
    config = TrainingConfig(max_steps=7)

    with pytest.raises(ConfigError, match=r"^training\.max_steps is -7: it must be from 1 to"):
        dataclasses.replace(config, max_steps=-7)


def test_a_user_can_mend_a_config_error() -> None:
    assert issubclass(ConfigError, TranslatorError)


def section_name(section: type) -> str:
    """CorpusConfig -> corpus, as the section is called in a YAML file."""
    (name,) = (field.name for field in dataclasses.fields(Config) if field.type is section)
    return name
