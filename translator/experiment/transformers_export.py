"""Export to transformers: a Pegasus, which is the same pre-norm transformer, and a fast tokenizer
with the same ids."""

import importlib
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from translator.compute.invocation import installing
from translator.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from translator.decoding.search import max_target_length
from translator.decoding.translator import Translator
from translator.errors import ConfigError
from translator.experiment.agreement import Translate
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import FeedForward, Transformer
from translator.text.normalization import IDLE, LEFT_OUT, MAX_MARKS, SPACE
from translator.text.tokenizer import SPECIALS, Tokenizer

LEAST_POSITIONS = 512
"""Positions of the export, even if training sources were shorter."""
SENTENCES_AT_ONCE = 20
"""Sentences that `load_transformers` translates in one batch."""
NEVER = -1e6
"""The score of pieces that no segmentation may use, however bad the others are (unigram)."""
WHITE_SPACE = r"[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
"""The characters that str.split() splits at; Rust's regular expressions use others."""

NAMES = {
    "self_attn_norm": "self_attn_layer_norm",
    "cross_attn_norm": "encoder_attn_layer_norm",
    "cross_attn": "encoder_attn",
    "feed_forward_norm": "final_layer_norm",
    "feed_forward.in_proj": "fc1",
    "feed_forward.out_proj": "fc2",
}
"""Layers with other names in Pegasus."""


def import_transformers() -> Any:
    """The library, with its progress bars and notices switched off. Raises ConfigError if it is not
    installed."""
    try:
        library: Any = importlib.import_module("transformers")
    except ImportError:
        raise ConfigError(
            f"the package transformers is not installed: {installing('transformers')}"
        ) from None
    library.logging.disable_progress_bar()
    library.logging.set_verbosity_error()
    return library


def write_transformers(translator: Translator, folder: Path) -> None:
    """Write a folder that AutoModelForSeq2SeqLM and AutoTokenizer load.

    Its `generate` uses the search that the run is configured for.
    """
    transformers = import_transformers()
    config = transformers.PegasusConfig(**_shape(translator))
    model = transformers.PegasusForConditionalGeneration(config)
    missing, unexpected = model.load_state_dict(to_pegasus(translator.model), strict=False)
    assert not unexpected
    assert all(name.endswith(_MADE_BY_PEGASUS) for name in missing), missing
    model.generation_config = transformers.GenerationConfig(**_search(translator))
    model.save_pretrained(folder)
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    weights.unlink()  # its files are private at first
    weights.write_bytes(data)
    fast_tokenizer(translator.tokenizer).save(str(folder / "tokenizer.json"))
    facts = json.dumps(_tokenizer_facts(translator), indent=2)
    (folder / "tokenizer_config.json").write_text(facts + "\n", encoding="utf-8")


_MADE_BY_PEGASUS = (
    "embed_positions.weight",
    "embed_tokens.weight",
    "lm_head.weight",
    "final_logits_bias",
)
"""Positions are computed, the embedding is tied, and there is no bias."""


def load_transformers(folder: Path) -> Translate:
    """Translates with the files that `write_transformers` wrote, and nothing else."""
    transformers = import_transformers()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder, local_files_only=True)

    def translate(texts: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(texts), SENTENCES_AT_ONCE):
            some = list(texts[start : start + SENTENCES_AT_ONCE])
            batch = tokenizer(some, padding=True, return_tensors="pt")
            ids = model.generate(**batch)
            found += tokenizer.batch_decode(ids, skip_special_tokens=True)
        return [" ".join(text.split()) for text in found]

    return translate


def _shape(translator: Translator) -> dict[str, Any]:
    """The settings that make Pegasus equal to this model."""
    model = translator.model
    attention = model.get_submodule("encoder_layers.0.self_attn")
    feed_forward = model.get_submodule("encoder_layers.0.feed_forward")
    assert isinstance(attention, MultiHeadAttention)
    assert isinstance(feed_forward, FeedForward)
    num_heads, d_ff = attention.num_heads, feed_forward.in_proj.out_features
    return {
        "vocab_size": model.embedding.num_embeddings,
        "d_model": model.embedding.embedding_dim,
        "encoder_layers": len(model.encoder_layers),
        "decoder_layers": len(model.decoder_layers),
        "encoder_attention_heads": num_heads,
        "decoder_attention_heads": num_heads,
        "encoder_ffn_dim": d_ff,
        "decoder_ffn_dim": d_ff,
        "dropout": model.dropout.dropped_of_256 / 256,
        "activation_function": "relu",
        "scale_embedding": False,
        "max_position_embeddings": max(LEAST_POSITIONS, _longest_target(translator) + 1),
        "pad_token_id": PAD_ID,
        "bos_token_id": BOS_ID,
        "eos_token_id": EOS_ID,
        "decoder_start_token_id": BOS_ID,
        "forced_eos_token_id": None,
    }


def _search(translator: Translator) -> dict[str, Any]:
    """The defaults of `generate`: the configured beam search."""
    return {
        "num_beams": translator.decoding.beam_size,
        "length_penalty": translator.decoding.length_penalty,
        "max_new_tokens": _longest_target(translator),
        "suppress_tokens": [PAD_ID, UNK_ID, BOS_ID],
        "pad_token_id": PAD_ID,
        "bos_token_id": BOS_ID,
        "eos_token_id": EOS_ID,
        "decoder_start_token_id": BOS_ID,
    }


def _longest_target(translator: Translator) -> int:
    return max_target_length(translator.max_src_length)


def to_pegasus(model: Transformer) -> dict[str, Tensor]:
    """Our weights under Pegasus's names, features in another order: its sines precede its cosines.

    The order of heads, and of numbers inside a head, stays: attention is the same, number by
    number. Embeddings are stored times sqrt(d_model), as layers read them, and the last norm is
    divided by it, so that logits stay: Pegasus could scale embeddings itself, but it and programs
    that feed it embeddings, as inseq does, disagree about who scales.
    """
    d_model = model.embedding.embedding_dim
    order = torch.cat([torch.arange(0, d_model, 2), torch.arange(1, d_model, 2)])
    weights = {name: tensor.detach().float().cpu() for name, tensor in model.named_parameters()}
    for name in ("decoder_norm.weight", "decoder_norm.bias"):
        weights[name] = weights[name] / math.sqrt(d_model)
    embedding = weights.pop("embedding.weight") * math.sqrt(d_model)
    converted = {"model.shared.weight": embedding[:, order].contiguous()}
    for name, tensor in weights.items():
        converted[_pegasus_name(name)] = _reordered(tensor, name, order)
    return converted


def _pegasus_name(name: str) -> str:
    """encoder_layers.1.feed_forward.in_proj.bias -> model.encoder.layers.1.fc1.bias"""
    stack, _, place = name.partition("_")
    for ours, theirs in NAMES.items():
        place = re.sub(rf"\b{re.escape(ours)}\b", theirs, place)
    return f"model.{stack}.{re.sub('^norm', 'layer_norm', place)}"


def _reordered(tensor: Tensor, name: str, order: Tensor) -> Tensor:
    """The weight with its d_model axis reordered; the axes of heads and d_ff stay."""
    layer = name.rpartition(".")[0]
    if layer.endswith(("out_proj", "norm")):  # outputs have d_model features
        return tensor[order].contiguous()
    return tensor[:, order].contiguous() if tensor.dim() == 2 else tensor


def fast_tokenizer(tokenizer: Tokenizer) -> Any:
    """A tokenizer of the library tokenizers with the same pieces, ids and normalization."""
    import tokenizers  # comes with transformers
    from tokenizers import decoders, pre_tokenizers, processors

    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    is_unigram = tokenizer.kind == "unigram"
    fast = tokenizers.Tokenizer((_unigram if is_unigram else _bpe)(tokenizer, pieces))
    fast.normalizer = _normalizer()
    words = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    splits = [words, *_around_unknown(tokenizer, pieces)] if is_unigram else [words]
    fast.pre_tokenizer = pre_tokenizers.Sequence(splits)
    fast.post_processor = processors.TemplateProcessing(
        single=f"$A {SPECIALS[EOS_ID]}", special_tokens=[(SPECIALS[EOS_ID], EOS_ID)]
    )
    fast.decoder = decoders.Sequence(
        [
            decoders.Replace(SPACE, " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return fast


def _bpe(tokenizer: Tokenizer, pieces: Sequence[str]) -> Any:
    """SentencePiece ranks merged pieces; this library ranks the pairs that are merged."""
    from tokenizers import models

    scores = zip(pieces, tokenizer.scores, strict=True)
    ordinary = {piece: score for piece, score in scores if tokenizer.id_of(piece) is not None}
    merges = [
        (piece[:cut], piece[cut:])
        for piece in sorted(ordinary, key=lambda piece: -ordinary[piece])
        for cut in range(1, len(piece))
        if piece[:cut] in ordinary and piece[cut:] in ordinary
    ]
    vocab = {piece: i for i, piece in enumerate(pieces)}
    return models.BPE(vocab, merges, unk_token=SPECIALS[UNK_ID], byte_fallback=True)


def _unigram(tokenizer: Tokenizer, pieces: Sequence[str]) -> Any:
    from tokenizers import models

    vocab = [
        (piece, NEVER if tokenizer.id_of(piece) is None else score)
        for piece, score in zip(pieces, tokenizer.scores, strict=True)
    ]
    return models.Unigram(vocab, unk_id=UNK_ID, byte_fallback=True)


def _around_unknown(tokenizer: Tokenizer, pieces: Sequence[str]) -> list[Any]:
    """Splits a text that spells </s> or <0x0A> where one of these characters has no piece.

    Such a character scores worse than NEVER, so that the special would be the better way. No piece
    goes across it: the split changes nothing else.
    """
    import tokenizers
    from tokenizers import pre_tokenizers

    spelled = {char for piece in pieces if tokenizer.id_of(piece) is None for char in piece}
    unknown = sorted(char for char in spelled if tokenizer.id_of(char) is None)
    if not unknown:
        return []
    any_of_them = tokenizers.Regex(f"[{''.join(map(re.escape, unknown))}]")
    return [pre_tokenizers.Split(any_of_them, "isolated")]


def _normalizer() -> Any:
    """`normalize`, as a chain of replacements."""
    from tokenizers import normalizers

    return normalizers.Sequence(
        [
            _replace(LEFT_OUT.pattern, ""),
            normalizers.Replace(SPACE, " "),
            _replace(IDLE.pattern, ""),
            _replace(rf"(?<=\p{{Mn}}{{{MAX_MARKS}}})\p{{Mn}}+", ""),
            normalizers.NFC(),
            _replace(WHITE_SPACE, " "),
            normalizers.Strip(),
        ]
    )


def _replace(pattern: str, content: str) -> Any:
    """A pattern of `re`, with its escapes as Oniguruma spells them: \\x{ad} for \\u00ad."""
    import tokenizers
    from tokenizers import normalizers

    escape = re.compile(r"\\(?:x(\w{2})|u(\w{4})|U(\w{8}))")
    spelled = escape.sub(lambda found: rf"\x{{{found[1] or found[2] or found[3]}}}", pattern)
    return normalizers.Replace(tokenizers.Regex(spelled), content)


def _tokenizer_facts(translator: Translator) -> dict[str, Any]:
    """tokenizer_config.json. This class is found by every version of transformers."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": SPECIALS[PAD_ID],
        "unk_token": SPECIALS[UNK_ID],
        "bos_token": SPECIALS[BOS_ID],
        "eos_token": SPECIALS[EOS_ID],
        "split_special_tokens": True,  # a special token typed as text is text
        "clean_up_tokenization_spaces": False,
        "model_max_length": max(LEAST_POSITIONS, _longest_target(translator) + 1),
        "model_input_names": ["input_ids", "attention_mask"],
    }
