"""What the tests of whole runs share."""

from pathlib import Path

import pytest
from tiny_runs import write_corpus

from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Validations after steps 4, 8, 12 and 14; some steps to an epoch."""
    write_corpus(tmp_path / "corpus")
    return Config(
        corpus=CorpusConfig(source=str(tmp_path / "corpus")),
        tokenizer=TokenizerConfig(vocab_size=330),
        model=ModelConfig(
            d_model=24,
            num_heads=2,
            d_ff=36,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dropout=0.2,
        ),
        training=TrainingConfig(
            optimizer="adamw",
            max_steps=14,
            batch_tokens=240,
            accumulate=2,
            learning_rate=5e-3,
            warmup_steps=3,
            eval_every=4,
            log_every=1,
            metric="loss",
        ),
        decoding=DecodingConfig(beam_size=2),
    )
