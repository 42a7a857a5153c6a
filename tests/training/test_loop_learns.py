"""The loop learns: tiny tasks, and hundreds of steps beside the plain operations they replace."""

import dataclasses
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from reversing import DROPOUT, NO_DROPOUT, digit_pairs, make_learner, run_loop
from torch import Tensor, nn

from translator.config import PAD_ID, ModelConfig, TokenizerConfig, TrainingConfig
from translator.decoding.candidates import BeamSearch
from translator.decoding.search import decode
from translator.model.dropout import Dropout
from translator.model.transformer import Transformer
from translator.text.batching import Batch, IdPair, collate
from translator.text.tokenizer import train_tokenizer
from translator.training import gradients
from translator.training.loop import Learner, TrainState
from translator.training.optimizers import make_optimizers

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("optimizer", "max_steps"), [("adamw", 400), ("muon", 250)], ids=["adamw", "muon"]
)
def test_a_tiny_model_learns_to_reverse_digits(optimizer: str, max_steps: int) -> None:
    config = TrainingConfig(
        optimizer=optimizer,
        max_steps=max_steps,
        batch_tokens=400,
        learning_rate=1.5e-2,
        muon_learning_rate=2e-2,
        warmup_steps=50,
        label_smoothing=0.0,
        average_decay=0.98,
        metric="loss",
    )
    shape = dataclasses.replace(NO_DROPOUT, d_model=32, num_heads=4, d_ff=64)
    learner = make_learner(config, shape)
    held_out = digit_pairs(31, seed=2, lengths=(2, 6))
    events: list[Mapping[str, object]] = []

    run_loop(learner, config, digit_pairs(997, lengths=(2, 6)), log=events.append)

    losses = [float(str(event["loss"])) for event in events if event["event"] == "train"]
    assert losses[0] > 2.0
    assert losses[-1] < 0.1
    assert losses[0] > 2 * losses[len(losses) // 2] > 2 * losses[-1]
    search = BeamSearch(beam_size=1)
    found = decode(learner.average, [src for src, _ in held_out], search, batch_tokens=500)
    right = sum(best.ids == tgt for [best], (_, tgt) in zip(found, held_out, strict=True))
    assert right >= 25  # rounding differs between machines, which moves one or two of the 31


@pytest.mark.campaign
def test_150_steps_go_as_with_the_plain_operations_they_replace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Plain: torch's dropout, all logits at once, torch's cross-entropy.
    pairs = scene_pairs(2000)
    fast, other_seed = (curve(pairs, seed, max_steps=150) for seed in (1, 2))
    monkeypatch.setattr(gradients, "batch_loss", plain_batch_loss)

    plain = curve(pairs, seed=1, max_steps=150, dropout=nn.Dropout)

    # The seed decides about weights, batches and masks; of these the plain run has other masks.
    noise = (fast - other_seed).abs().mean()
    assert fast[0] > 5.5
    assert fast[-1] < 4.7
    assert 0 < (plain - fast).abs().mean() < noise


@pytest.mark.slow
@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="needs bfloat16 arithmetic, or takes minutes"
)
def test_300_steps_in_half_precision_go_as_in_whole_precision() -> None:
    pairs = scene_pairs(2000)

    whole, other_seed = (curve(pairs, seed, max_steps=300) for seed in (1, 2))
    half = curve(pairs, seed=1, max_steps=300, precision="bfloat16")

    assert 0 < (half - whole).abs().mean() < (whole - other_seed).abs().mean()


@pytest.mark.slow
def test_consistency_makes_two_readings_agree() -> None:
    divergences = []
    for consistency in (0.0, 5.0):
        config = TrainingConfig(
            max_steps=150, batch_tokens=300, learning_rate=1e-2, consistency=consistency
        )
        learner = make_learner(config, dataclasses.replace(DROPOUT, num_decoder_layers=2))
        run_loop(learner, config, digit_pairs(499))
        batch = collate(digit_pairs(61, seed=2))
        inputs = (batch.src, batch.src_key_padding_mask, batch.tgt_in)
        states = learner.model.train()(*(ids.repeat(2, 1) for ids in inputs))
        log_p, log_q = (states @ learner.model.embedding.weight.T).log_softmax(dim=-1).chunk(2)
        divergences.append(((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(dim=-1).mean())

    assert divergences[1] < 0.5 * divergences[0]


def curve(
    pairs: Sequence[IdPair],
    seed: int,
    max_steps: int,
    dropout: Callable[[float], nn.Module] | None = None,
    precision: Literal["float32", "bfloat16"] = "float32",
) -> Tensor:
    """The mean loss of each 25 steps."""
    torch.manual_seed(seed)
    shape = ModelConfig(
        d_model=32, num_heads=2, d_ff=64, num_encoder_layers=1, num_decoder_layers=1, dropout=0.1
    )
    config = TrainingConfig(
        seed=seed,
        max_steps=max_steps,
        batch_tokens=400,
        log_every=25,
        warmup_steps=30,
        learning_rate=1e-2,
        precision=precision,
    )
    model = Transformer(shape, 1 + max(max(src + tgt) for src, tgt in pairs))
    for module in [*model.modules()] if dropout else []:
        if isinstance(own := getattr(module, "dropout", None), Dropout) and own.dropped_of_256:
            module.dropout = dropout(shape.dropout)
    learner = Learner(model, deepcopy(model), make_optimizers(model, config), TrainState())
    events: list[Mapping[str, object]] = []
    nothing = {"loss": 0.0, "bleu": 0.0, "chrf": 0.0}
    run_loop(learner, config, pairs, lambda _: nothing, log=events.append)
    return torch.tensor(
        [float(str(event["loss"])) for event in events if event["event"] == "train"]
    )


def plain_batch_loss(
    network: nn.Module, model: Transformer, batch: Batch, config: TrainingConfig
) -> Tensor:
    memory = model.encode(batch.src, batch.src_key_padding_mask)
    logits = model.logits(batch.tgt_in, memory, batch.src_key_padding_mask)
    return F.cross_entropy(
        logits.flatten(0, 1),
        batch.tgt_out.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=config.label_smoothing,
        reduction="sum",
    )


def scene_pairs(count: int) -> list[IdPair]:
    """The first pairs of the embedded corpus in few subwords."""
    with (ROOT / "data/scenes/train.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in itertools.islice(file, count)]
    src, tgt = ([str(row[language]) for row in rows] for language in ("en", "de"))
    tokenizer = train_tokenizer([*src, *tgt], TokenizerConfig(vocab_size=500))
    return list(zip(tokenizer.encode_all(src), tokenizer.encode_all(tgt), strict=True))
