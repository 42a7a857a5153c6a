"""Three sentences padded into one batch, and a small transformer that reads them."""

import math

import pytest
import torch
from torch import Tensor

from translator.config import BOS_ID, PAD_ID, ModelConfig
from translator.model.transformer import DecoderLayer, Record, Transformer

# All different, so that a swapped axis cannot pass by luck: sentences, heads, hypotheses, target
# positions, width of a head, source positions, d_model, d_ff, vocab_size.
B, H, W, T, K, S, D, D_FF, V = 3, 2, 4, 5, 6, 7, 12, 20, 31
ENCODER_LAYERS, DECODER_LAYERS = 2, 3
SRC_LENGTHS = (4, 7, 6)
SRC_PADDING = torch.tensor([[s >= length for s in range(S)] for length in SRC_LENGTHS])
NUM_HEADS = pytest.mark.parametrize("num_heads", [1, 2, 3, D], ids="num_heads={}".format)


def model_config(d_model: int = D, num_heads: int = H, dropout: float = 0.0) -> ModelConfig:
    return ModelConfig(
        d_model=d_model,
        num_heads=num_heads,
        d_ff=D_FF,
        num_encoder_layers=ENCODER_LAYERS,
        num_decoder_layers=DECODER_LAYERS,
        dropout=dropout,
    )


def make_model(d_model: int = D, num_heads: int = H, dropout: float = 0.0) -> Transformer:
    """A model without zero biases or unit scales, as after training, so that omissions show."""
    model = Transformer(model_config(d_model, num_heads, dropout), V).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def source_ids() -> Tensor:
    """(B, S), padded as SRC_PADDING says; the last ids of the vocabulary do not occur."""
    return torch.randint(4, V - 2, (B, S)).masked_fill(SRC_PADDING, PAD_ID)


def target_ids() -> Tensor:
    """(B, T), unpadded; the last ids of the vocabulary do not occur."""
    tgt_in = torch.randint(4, V - 2, (B, T))
    tgt_in[:, 0] = BOS_ID
    return tgt_in


def teacher_forced(
    model: Transformer, src: Tensor, src_key_padding_mask: Tensor, tgt_in: Tensor
) -> Tensor:
    """Logits (B, T, V)."""
    memory = model.encode(src, src_key_padding_mask)
    return model.logits(tgt_in, memory, src_key_padding_mask)


def decoder_layers(model: Transformer) -> list[DecoderLayer]:
    layers = [layer for layer in model.decoder_layers if isinstance(layer, DecoderLayer)]
    assert len(layers) == DECODER_LAYERS
    return layers


def recorded(model: Transformer) -> Record:
    record = Record()
    memory = model.encode(source_ids(), SRC_PADDING, record)
    model.logits(target_ids(), memory, SRC_PADDING, record)
    return record


def paper_positions(positions: range, d_model: int) -> Tensor:
    """Vaswani et al. 2017, section 3.5, in double precision, number by number."""
    return torch.tensor(
        [
            [
                (math.cos if column % 2 else math.sin)(
                    position / 10_000 ** (column // 2 * 2 / d_model)
                )
                for column in range(d_model)
            ]
            for position in positions
        ]
    )


def embedded(model: Transformer, ids: Tensor) -> Tensor:
    return model.embedding.weight[ids] * math.sqrt(D) + paper_positions(range(ids.size(1)), D)
