"""Shared by the tests of inspection: two small translators, and made-up inspections."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike

from translator.config import DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.inspection.inspection import KINDS, AttentionLayer, Inspection, axes
from translator.model.transformer import Transformer
from translator.text.batching import collate
from translator.text.tokenizer import Tokenizer, train_tokenizer

ENGLISH = [
    "A dog runs across the green meadow.",
    "Two men sit on a bench.",
    "The girl wears a red dress, and she laughs.",
]
GERMAN = [
    "Ein Hund rennt über die grüne Wiese.",
    "Zwei Männer sitzen auf einer Bank.",
    "Das Mädchen trägt ein rotes Kleid, und es lacht.",
]

# All different, so that a swapped axis cannot pass by luck.
ENCODER_LAYERS, DECODER_LAYERS, HEADS, D_MODEL = 3, 2, 4, 24

SHAPE = ModelConfig(
    d_model=D_MODEL,
    num_heads=HEADS,
    d_ff=40,
    num_encoder_layers=ENCODER_LAYERS,
    num_decoder_layers=DECODER_LAYERS,
    dropout=0.0,
)


def make_translator(*, trained: bool) -> Translator:
    """A translator with random weights, or one that has memorized ENGLISH to GERMAN."""
    tokenizer = train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=330))
    if not trained:
        return untrained(tokenizer)
    torch.manual_seed(1)
    model = Transformer(SHAPE, tokenizer.vocab_size)
    ids = zip(tokenizer.encode_all(ENGLISH), tokenizer.encode_all(GERMAN), strict=True)
    learn(model, list(ids))
    return Translator(model.eval(), tokenizer, DecodingConfig(beam_size=3), max_src_length=30)


def untrained(tokenizer: Tokenizer) -> Translator:
    """A translator with random weights, biases and norms for a vocabulary."""
    torch.manual_seed(1)
    model = Transformer(SHAPE, tokenizer.vocab_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return Translator(model.eval(), tokenizer, DecodingConfig(beam_size=3), max_src_length=30)


def learn(model: Transformer, pairs: list[tuple[list[int], list[int]]]) -> None:
    batch = collate(pairs)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        states = model(batch.src, batch.src_key_padding_mask, batch.tgt_in)
        logits = F.linear(states, model.embedding.weight)
        loss = F.cross_entropy(logits.transpose(1, 2), batch.tgt_out, ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    optimizer.zero_grad()


def made_up(
    source: Sequence[str], writes: Sequence[str], weights: ArrayLike, norms: ArrayLike | None = None
) -> Inspection:
    """An inspection without a model, with the given cross-attention (N, H, T, S)."""
    given = np.asarray(weights, dtype=np.float32)
    given_norms = given if norms is None else np.asarray(norms, dtype=np.float32)
    sizes = {"source": len(source), "target": len(writes), "head": given.shape[1]}
    sizes |= {"d_head": 1, "d_model": given.shape[1]}
    layers: dict[str, list[AttentionLayer]] = {}
    for kind in KINDS:
        fields = {
            name: np.zeros([sizes[axis] for axis in axes(kind, name)], dtype=np.float32)
            for name in AttentionLayer.AXES
        }
        pairs = zip(given, given_norms, strict=True)
        layers[kind] = [
            AttentionLayer(**{**fields, "weights": layer_weights, "norms": layer_norms})
            for layer_weights, layer_norms in pairs
        ]
    return Inspection(
        text="",
        translation="",
        how="given by the user",
        source=list(source),
        source_ids=list(range(len(source))),
        reads=["<s>", *writes[:-1]],
        read_ids=list(range(len(writes))),
        writes=list(writes),
        write_ids=list(range(len(writes))),
        logprobs=np.zeros(len(writes), dtype=np.float32),
        alternatives=[[] for _ in writes],
        **layers,
    )
