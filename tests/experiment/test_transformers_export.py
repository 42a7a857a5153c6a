"""transformers loads what is exported, reads text as we do, and computes what we compute."""

import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_runs import save_model

from translator.cli.main import run_command
from translator.compute.invocation import installing
from translator.config import Config, DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.errors import ConfigError, RunError
from translator.experiment.export import export
from translator.experiment.loading import TrainedTranslator
from translator.experiment.run_directory import RunDirectory
from translator.experiment.transformers_export import fast_tokenizer, write_transformers
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

TEXTS = [
    "A dog runs across the green meadow.",
    "Two men sit on a bench, and one of them laughs.",
    "Ein Hund rennt über die grüne Wiese.",
    "Zwei Männer sitzen auf einer Bank, und einer lacht.",
]
SHAPE = ModelConfig(  # all different, so that nothing fits where it does not belong
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=2, dropout=0.25
)
ODD = [
    "<s>",
    "</s>",
    "<unk>",
    "<0xE2>",
    "▁",
    " ",
    "e\u0301",
    "\u200d",
    "\u00ad",
    "ß",
    "\n",
    "a",
    ".",
]


@pytest.fixture(scope="module", params=["bpe", "unigram"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return train_tokenizer(TEXTS, TokenizerConfig(kind=request.param, vocab_size=320))


@pytest.fixture
def translator(tokenizer: Tokenizer) -> TrainedTranslator:
    """Every number is random, those that begin as 0 or 1 in training too."""
    torch.manual_seed(2)
    model = Transformer(SHAPE, tokenizer.vocab_size).eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter), alpha=0.2)
    decoding = DecodingConfig(beam_size=3, length_penalty=0.5)
    return TrainedTranslator(model, tokenizer, decoding, max_src_length=35)


@pytest.mark.campaign
def test_ids_of_a_thousand_odd_texts_are_ours(tokenizer: Tokenizer) -> None:
    fast = fast_tokenizer(tokenizer)

    for text in odd_texts(1000):
        assert fast.encode(text).ids == tokenizer.encode(text), ascii(text)


@pytest.mark.campaign
def test_the_auto_classes_load_it_and_it_computes_our_cross_attention(
    translator: TrainedTranslator, tmp_path: Path
) -> None:
    write_transformers(translator, tmp_path)

    model, tokenizer = load_auto(tmp_path)
    ours = translator.inspect(TEXTS[0], tgt=TEXTS[3])
    tgt_in = torch.tensor([[2, *translator.tokenizer.encode(TEXTS[3])[:-1]]])
    with torch.inference_mode():
        theirs = model(
            **tokenizer(TEXTS[0], return_tensors="pt"),
            decoder_input_ids=tgt_in,
            output_attentions=True,
        )

    assert type(model).__name__ == "PegasusForConditionalGeneration"
    assert len(theirs.cross_attentions) == len(ours.cross_attn) == 2
    for weights, attention in zip(theirs.cross_attentions, ours.cross_attn, strict=True):
        np.testing.assert_allclose(weights[0].numpy(), attention.weights, atol=1e-5)


@pytest.mark.campaign
def test_it_searches_as_the_run_is_configured_to(
    translator: TrainedTranslator, tmp_path: Path
) -> None:
    write_transformers(translator, tmp_path)
    model, tokenizer = load_auto(tmp_path)

    config, search = model.config, model.generation_config

    assert (search.num_beams, search.length_penalty, search.max_new_tokens) == (3, 0.5, 80)
    assert (config.dropout, config.encoder_layers, config.decoder_layers) == (0.25, 1, 2)
    assert tokenizer("</s>").input_ids == translator.tokenizer.encode("</s>")
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 3)


@pytest.mark.campaign
def test_an_export_that_translates_otherwise_is_not_kept(
    translator: TrainedTranslator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path / "run", translator)
    pairs = list(zip(TEXTS, TEXTS, strict=True))
    monkeypatch.setattr(
        "translator.experiment.export.load_transformers",
        lambda _: lambda texts: ["x" for _ in texts],
    )

    with pytest.raises(RunError, match=r"in float32: 0 of 4 .*: translate without transformers$"):
        export(run, "transformers", "float32", pairs)

    assert not run.export_folder("transformers").exists()


@pytest.mark.campaign
def test_nothing_in_the_export_is_code(translator: TrainedTranslator, tmp_path: Path) -> None:
    write_transformers(translator, tmp_path)

    names = {file.name for file in tmp_path.iterdir()}
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))

    assert names == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert "auto_map" not in config
    assert (tmp_path / "model.safetensors").stat().st_mode == (
        tmp_path / "config.json"
    ).stat().st_mode


def test_without_the_package_the_extra_is_named(
    translator: Translator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path / "run", translator)
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(ConfigError, match=f"{re.escape(installing('transformers'))}$"):
        export(run, "transformers", "float32", [])
    with pytest.raises(ConfigError, match=f"{re.escape(installing('argos'))}$"):
        export(run, "argos", "float32", [])


def test_int8_is_not_for_transformers(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--format", "transformers", "--quantization", "int8"]

    assert run_command("export", argv, prog="translator export") == 2

    assert "but transformers reads float32: leave --quantization out" in capsys.readouterr().err


def load_auto(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager")
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def write_run(path: Path, translator: Translator) -> RunDirectory:
    run = RunDirectory(path)
    run.create(Config(model=SHAPE))
    run.save_tokenizer(translator.tokenizer)
    save_model(run, translator.model, translator.tokenizer)
    return run


def odd_texts(number: int) -> list[str]:
    """Characters of all planes, and what means something to one tokenizer or another."""
    rng = random.Random(1)

    def part() -> str:
        planes = (
            rng.randrange(1, 0x250),
            rng.randrange(1, 0xD800),
            rng.randrange(0xE000, 0x110000),
        )
        return rng.choice([*map(chr, planes), *rng.choices(ODD, k=3)])

    drawn = ["".join(part() for _ in range(rng.randrange(25))) for _ in range(number - 3)]
    return [*drawn, "", "e" + "\u0301" * 40, "\x1b[31mred"]
