"""Models and batches small enough for a test that compares gradients."""

import random

import torch

from translator.config import EOS_ID, ModelConfig
from translator.model.transformer import Transformer
from translator.text.batching import IdPair


def make_model(config: ModelConfig, vocab_size: int) -> Transformer:
    """A model with the same weights at each call."""
    torch.manual_seed(1)
    return Transformer(config, vocab_size)


def pairs_of(count: int, vocab_size: int, longest: int, seed: int = 1) -> list[IdPair]:
    """Sentences of all lengths from 1 to `longest`."""
    rng = random.Random(seed)

    def sentence() -> list[int]:
        return [*rng.choices(range(EOS_ID + 1, vocab_size), k=rng.randint(1, longest)), EOS_ID]

    return [(sentence(), sentence()) for _ in range(count)]
