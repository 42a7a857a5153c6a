"""A translator so small that its heads are surveyed in a blink."""

import torch
from inspected import ENGLISH, GERMAN

from translator.config import DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.model.transformer import Transformer
from translator.text.tokenizer import train_tokenizer

LAYERS, HEADS = 2, 3


def small_translator(layers: int = LAYERS, heads: int = HEADS) -> Translator:
    """A translator with random weights and biases, which writes up to the length limit."""
    shape = ModelConfig(
        d_model=4 * heads,
        num_heads=heads,
        d_ff=20,
        num_encoder_layers=1,
        num_decoder_layers=layers,
        dropout=0.0,
    )
    tokenizer = train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=330))
    torch.manual_seed(1)
    model = Transformer(shape, tokenizer.vocab_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return Translator(model.eval(), tokenizer, DecodingConfig(beam_size=3), max_src_length=30)
