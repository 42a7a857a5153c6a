"""A run's model for other engines: written, then compared with our own, then put in place.

What is written translates without this program: with ctranslate2 and the run's tokenizer.model.
"""

import errno
import itertools
import json
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from translator.compute.files import sync_folder
from translator.config import BOS_ID, EOS_ID, UNK_ID
from translator.decoding.ctranslate2_engine import (
    CTranslate2Search,
    digests_of,
    import_ctranslate2,
)
from translator.decoding.search import max_target_length
from translator.decoding.translator import Translator
from translator.errors import RunError
from translator.experiment.agreement import Agreement, compare
from translator.experiment.loading import EXPORT_FACTS, load_translator
from translator.experiment.run_directory import RunDirectory
from translator.model.attention import MultiHeadAttention
from translator.model.transformer import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    Transformer,
    sinusoids,
)
from translator.text.tables import Pair
from translator.text.tokenizer import SPECIALS, Tokenizer

Quantization = Literal["float32", "int8"]

LEAST_POSITIONS = 512
"""Written even if shorter sources were trained on: forced prefixes may be long."""
ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which what an export has left half-written belongs to one that was killed."""


def export(run: RunDirectory, quantization: Quantization, pairs: Sequence[Pair]) -> Agreement:
    """Write the run's model for CTranslate2, in the place of an earlier export.

    The first of the validation `pairs` are translated both ways. Raises RunError, and leaves
    everything as it was, if what was written translates too differently, or if nothing can be
    written. Of two exports at once, the one that ends later stays.
    """
    import_ctranslate2()
    weights_sha256 = run.weights_sha256()  # before the minutes in which a training may go on
    ours, folder = load_translator(run), run.export_folder
    _remove_abandoned(folder)
    try:
        with TemporaryDirectory(
            prefix=f".{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True
        ) as aside:
            partial = Path(aside) / "new"
            partial.mkdir()  # with the rights of an ordinary folder: `aside` is ours alone
            agreement = _write(run, weights_sha256, ours, quantization, pairs, partial)
            _put_in_place(partial, folder, Path(aside))
    except OSError as error:
        raise RunError(
            f"{run} cannot be exported: {error.filename or folder.parent} cannot be written "
            f"({error.strerror}): free some space or make it writable, "
            f"or copy {run.path} elsewhere and try again"
        ) from error
    return agreement


def _write(
    run: RunDirectory,
    weights_sha256: str,
    ours: Translator,
    quantization: Quantization,
    pairs: Sequence[Pair],
    folder: Path,
) -> Agreement:
    """All files of an export. Raises RunError if it translates too differently."""
    num_positions = write_ctranslate2(
        ours.model, ours.tokenizer, folder, quantization, max_src_length=ours.max_src_length
    )
    search = CTranslate2Search(folder, ours.tokenizer, num_positions=num_positions)
    agreement = compare(ours, replace(ours, search=search), quantization, pairs)
    if not agreement.is_close:
        raise RunError(_refusal(run, agreement))
    facts = {
        "weights_sha256": weights_sha256,
        "num_positions": num_positions,
        "agreement": asdict(agreement),
        "files_sha256": digests_of(folder),
    }
    (folder / EXPORT_FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    for file in folder.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    sync_folder(folder)
    return agreement


def _put_in_place(new: Path, folder: Path, aside: Path) -> None:
    """Rename `new` to `folder`, and what was there into `aside`, whoever else does the same."""
    for number in itertools.count():
        with suppress(FileNotFoundError):
            folder.rename(aside / f"old-{number}")
        try:
            new.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another was quicker
                raise
        else:
            return


def _remove_abandoned(folder: Path) -> None:
    """Half-written exports of processes that were killed; one that is under way is younger."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        with suppress(FileNotFoundError):  # it was just put in place
            if time.time() - left.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(left, ignore_errors=True)


def write_ctranslate2(
    model: Transformer,
    tokenizer: Tokenizer,
    folder: Path,
    quantization: Quantization,
    *,
    max_src_length: int,
) -> int:
    """Write what CTranslate2 loads into `folder`.

    Returns the number of positions, of sources and targets, that the written model knows: enough
    for every search from sources of at most `max_src_length` ids.
    """
    from ctranslate2.specs import TransformerSpec  # an extra

    num_positions = max(LEAST_POSITIONS, max_target_length(max_src_length) + 1)  # 1 for <s>
    layers = (len(model.encoder_layers), len(model.decoder_layers))
    attention = model.get_submodule("encoder_layers.0.self_attn")
    assert isinstance(attention, MultiHeadAttention)
    # Its defaults are this model: pre-norm, a norm at the end of each stack, ReLU, embeddings
    # scaled by sqrt(d_model).
    spec = TransformerSpec.from_config(layers, attention.num_heads)
    spec.config.layer_norm_epsilon = model.encoder_norm.eps
    spec.config.unk_token = SPECIALS[UNK_ID]
    spec.config.bos_token = spec.config.decoder_start_token = SPECIALS[BOS_ID]
    spec.config.eos_token = SPECIALS[EOS_ID]
    spec.config.add_source_eos = True
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    _fill(spec, model, num_positions)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    return num_positions


def _fill(spec: Any, model: Transformer, num_positions: int) -> None:
    """Put every weight of the model into its place."""
    embedding = _array(model.embedding.weight)
    positions = _array(sinusoids(0, num_positions, embedding.shape[1], torch.device("cpu")))
    spec.encoder.embeddings[0].weight = embedding
    spec.decoder.embeddings.weight = embedding
    spec.decoder.projection.weight = embedding
    spec.encoder.position_encodings.encodings = positions
    spec.decoder.position_encodings.encodings = positions
    for layer_spec, layer in zip(spec.encoder.layer, model.encoder_layers, strict=True):
        assert isinstance(layer, EncoderLayer)
        _fill_self_attention(layer_spec.self_attention, layer.self_attn_norm, layer.self_attn)
        _fill_feed_forward(layer_spec.ffn, layer.feed_forward_norm, layer.feed_forward)
    for layer_spec, layer in zip(spec.decoder.layer, model.decoder_layers, strict=True):
        assert isinstance(layer, DecoderLayer)
        _fill_self_attention(layer_spec.self_attention, layer.self_attn_norm, layer.self_attn)
        _fill_cross_attention(layer_spec.attention, layer.cross_attn_norm, layer.cross_attn)
        _fill_feed_forward(layer_spec.ffn, layer.feed_forward_norm, layer.feed_forward)
    _fill_norm(spec.encoder.layer_norm, model.encoder_norm)
    _fill_norm(spec.decoder.layer_norm, model.decoder_norm)


def _fill_self_attention(spec: Any, norm: nn.LayerNorm, attn: MultiHeadAttention) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear[0], attn.q_proj, attn.k_proj, attn.v_proj)
    _fill_linear(spec.linear[1], attn.out_proj)


def _fill_cross_attention(spec: Any, norm: nn.LayerNorm, attn: MultiHeadAttention) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear[0], attn.q_proj)
    _fill_linear(spec.linear[1], attn.k_proj, attn.v_proj)
    _fill_linear(spec.linear[2], attn.out_proj)


def _fill_feed_forward(spec: Any, norm: nn.LayerNorm, feed_forward: FeedForward) -> None:
    _fill_norm(spec.layer_norm, norm)
    _fill_linear(spec.linear_0, feed_forward.in_proj)
    _fill_linear(spec.linear_1, feed_forward.out_proj)


def _fill_norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _fill_linear(spec: Any, *linears: nn.Linear) -> None:
    """Of several, the outputs stand side by side."""
    spec.weight = np.concatenate([_array(linear.weight) for linear in linears])
    spec.bias = np.concatenate([_array(linear.bias) for linear in linears])


def _array(tensor: Tensor) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """A copy: quantizing works in place."""
    return tensor.detach().float().cpu().numpy().copy()


def _refusal(run: RunDirectory, agreement: Agreement) -> str:
    is_exact = agreement.precision == "float32"
    way_out = "translate without --engine" if is_exact else "leave --quantization out"
    return (
        f"{run} cannot be exported in {agreement.precision}: {agreement}; {agreement.bound}: "
        f"{way_out}"
    )
