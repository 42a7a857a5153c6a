"""The part of JoeyNMT's configuration that training and translating share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from translator.text.tokenizer import Tokenizer


def joeynmt_config(folder: Path, tokenizer: Tokenizer, model: Mapping[str, Any]) -> dict[str, Any]:
    """JoeyNMT's settings for the model's shape and vocabulary.

    JoeyNMT fixes the special ids: <unk> is 0 and <pad> is 1, the reverse of ours.
    """
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    vocabulary = folder / "vocabulary.txt"
    vocabulary.write_text("".join(f"{piece}\n" for piece in [pieces[1], pieces[0], *pieces[2:]]))
    spm = folder / "tokenizer.model"
    spm.write_bytes(tokenizer.model)
    side = {
        "level": "bpe",
        "voc_file": str(vocabulary),
        "tokenizer_type": "sentencepiece",
        "tokenizer_cfg": {"model_file": str(spm)},
    }

    def stack(num_layers: int) -> dict[str, Any]:
        return {
            "type": "transformer",
            "num_layers": num_layers,
            "num_heads": model["num_heads"],
            "hidden_size": model["d_model"],
            "ff_size": model["d_ff"],
            "dropout": model["dropout"],
            "layer_norm": "pre",
            "embeddings": {
                "embedding_dim": model["d_model"],
                "scale": True,
                "dropout": model["dropout"],
            },
        }

    return {
        "name": "benchmark",
        "model_dir": str(folder / "joeynmt"),
        "use_cuda": False,
        "data": {"src": {"lang": "en", **side}, "trg": {"lang": "de", **side}},
        "testing": {},
        "training": {"batch_size": 1},
        "model": {
            "initializer": "xavier_uniform",
            "embed_initializer": "normal",
            "embed_init_weight": model["d_model"] ** -0.5,
            "tied_embeddings": True,
            "tied_softmax": True,
            "encoder": stack(model["num_encoder_layers"]),
            "decoder": stack(model["num_decoder_layers"]),
        },
    }
