"""Lines that no ordinary text has go through every way to translate and to inspect.

`python tests/campaigns/hostile_lines.py` does the same with a trained run and any number of lines.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hostile import CHOSEN, STRATEGIES, faults_of_inspecting, faults_of_translating, hostile_lines
from inspected import ENGLISH
from small_models import make_model

from translator.config import EOS_ID, DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.ctranslate2_engine import CTranslate2Search
from translator.decoding.translator import Translator
from translator.experiment.ctranslate2_export import write_ctranslate2
from translator.text.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def translator() -> Translator:
    """It has learned nothing, and ends its translations soon."""
    tokenizer = train_tokenizer(ENGLISH, TokenizerConfig(vocab_size=300))
    config = ModelConfig(
        d_model=16, num_heads=2, d_ff=24, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
    )
    model = make_model(config, tokenizer.vocab_size).eval()
    with torch.no_grad():
        model.embedding.weight[EOS_ID] *= 3
        model.decoder_norm.bias += 0.3 * model.embedding.weight[EOS_ID]
    return Translator(model, tokenizer, DecodingConfig(), max_src_length=30)


@pytest.mark.parametrize("name", STRATEGIES)
def test_hostile_lines_are_translated_line_by_line(translator: Translator, name: str) -> None:
    lines = [line[:30] for line in hostile_lines(200)]

    assert faults_of_translating(translator, lines, STRATEGIES[name]) == {}


@pytest.mark.slow
def test_hostile_lines_are_translated_line_by_line_by_the_other_engine(
    translator: Translator, tmp_path: Path
) -> None:
    pytest.importorskip("ctranslate2")
    model, tokenizer, longest = translator.model, translator.tokenizer, translator.max_src_length
    size = write_ctranslate2(model, tokenizer, tmp_path, "float32", max_src_length=longest)
    search = CTranslate2Search(tmp_path, tokenizer, num_positions=size)
    lines = [line[:30] for line in hostile_lines(200)]

    other = replace(translator, search=search)

    assert faults_of_translating(other, lines, STRATEGIES["beam search"]) == {}


def test_hostile_lines_are_inspected_or_refused_with_a_sentence(translator: Translator) -> None:
    assert faults_of_inspecting(translator, [line[:6] for line in CHOSEN[::4]]) == {}
