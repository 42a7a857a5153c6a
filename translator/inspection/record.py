"""What every attention of one translation computed, exact to the last digit.

The translation may come from any search or from the user: it is read once more as the decoder's
input, in one pass, and what attention computes there is what it computed step by step.

Letters of the shapes below: N layers, H heads, T target steps, S source positions, K width of one
head, D = H * K the width of the model. Arrays are float32 on the CPU, layers and heads count from
0. Step t *reads* the token that the decoder was given and *writes* the one that it predicted.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from translator.config import EOS_ID, PAD_ID
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch, Strategy
from translator.decoding.translator import SURROGATE, Translator
from translator.errors import InspectionError
from translator.inspection.words import Array, Word, merge, words_of
from translator.model.attention import Attention, MultiHeadAttention
from translator.model.transformer import DecoderLayer, EncoderLayer, Record, Transformer
from translator.text.batching import collate
from translator.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from translator.inspection.what_if import Ablation, WhatIf

logger = logging.getLogger(__name__)

Rows = Literal["reads", "writes"]
Quantity = Literal["weights", "norms"]
Kind = Literal["encoder_self_attn", "decoder_self_attn", "cross_attn"]

KINDS: Mapping[Kind, tuple[str, str]] = {
    "encoder_self_attn": ("source", "source"),
    "decoder_self_attn": ("target", "target"),
    "cross_attn": ("target", "source"),
}
"""Who asks and who answers: the sides of queries, and of keys and values."""

NUM_ALTERNATIVES = 5
MAX_TOKENS = 512
"""Of a side: a matrix of more is no picture, and a record of it fills the memory."""


class Alternative(NamedTuple):
    """A token that the model might have written."""

    piece: str
    logprob: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionLayer:
    """Everything that one attention of one layer computed, in the order of computation."""

    query_input: Array
    """What became the queries."""
    memory: Array
    """What became the keys and values."""
    queries: Array
    """query_input @ W_Q + b_Q, split into heads."""
    keys: Array
    """memory @ W_K + b_K, split into heads."""
    values: Array
    """memory @ W_V + b_V, split into heads."""
    scores: Array
    """queries @ keys^T"""
    scaled: Array
    """scores / sqrt(K)"""
    mask: NDArray[np.bool_]
    """True where a query may not look."""
    weights: Array
    """Softmax of `scaled` over the memory; 0 where `mask`; each row sums to 1."""
    context: Array
    """weights @ values"""
    concat: Array
    """The heads' contexts side by side."""
    output: Array
    """concat @ w_o + b_o: what attention adds to the residual stream."""
    norms: Array
    """||weight * value @ W_O||, W_O being the head's rows of `w_o`: the length of what a memory
    position contributed to `output` through a head (Kobayashi et al. 2020). Exact here, since in
    pre-norm nothing stands between attention and the residual stream."""
    w_o: Array
    """The output projection; rows h * K to (h + 1) * K belong to head h."""
    b_o: Array
    """Its bias."""

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "query_input": ("query", "d_model"),
        "memory": ("memory", "d_model"),
        "queries": ("head", "query", "d_head"),
        "keys": ("head", "memory", "d_head"),
        "values": ("head", "memory", "d_head"),
        "scores": ("head", "query", "memory"),
        "scaled": ("head", "query", "memory"),
        "mask": ("query", "memory"),
        "weights": ("head", "query", "memory"),
        "context": ("head", "query", "d_head"),
        "concat": ("query", "d_model"),
        "output": ("query", "d_model"),
        "norms": ("head", "query", "memory"),
        "w_o": ("d_model", "d_model"),
        "b_o": ("d_model",),
    }
    """What each axis of each field counts; `axes` puts "source" and "target" for the sides."""

    @property
    def num_heads(self) -> int:
        return self.weights.shape[0]

    @property
    def d_head(self) -> int:
        return self.queries.shape[-1]

    def w_o_of(self, head: int) -> Array:
        """(K, D): the rows of the output projection that read this head's context."""
        return self.w_o[head * self.d_head : (head + 1) * self.d_head]

    def contributions(self, head: int) -> Array:
        """(query, memory, D): weight * value @ W_O. Over all heads and all of the memory they sum
        to `output` - `b_o`."""
        projected = self.values[head] @ self.w_o_of(head)
        return self.weights[head][..., None] * projected


@dataclass(frozen=True, kw_only=True, eq=False)
class WordView:
    """Cross-attention by words: source pieces summed, target pieces averaged."""

    source: list[Word]
    targets: list[Word]
    """What the rows read or write; `pieces` are steps."""
    weights: Array
    """(N, H, targets, source)"""
    norms: Array
    """(N, H, targets, source): of several pieces the sum of the lengths, as in the literature,
    which is at least the length of the sum."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspection:
    """One sentence, its translation, and what attention did in every layer and head."""

    text: str
    translation: str
    how: str
    """How the target came about: "greedy", "beam search, beam 5, hypothesis 1", "given by the
    user"."""
    source: list[str]
    """S pieces, </s> last."""
    source_ids: list[int]
    reads: list[str]
    """T pieces, <s> first."""
    read_ids: list[int]
    writes: list[str]
    """T pieces, </s> last, unless the search was cut off."""
    write_ids: list[int]
    logprobs: Array
    """(T,): of what was written."""
    alternatives: list[list[Alternative]]
    """T lists of the most probable tokens, best first; what was written may be among them."""
    encoder_self_attn: list[AttentionLayer] = field(repr=False)
    decoder_self_attn: list[AttentionLayer] = field(repr=False)
    cross_attn: list[AttentionLayer] = field(repr=False)
    translator: Translator | None = field(default=None, repr=False)
    """What it was recorded with; None where it was loaded from a file."""

    @property
    def weights(self) -> Array:
        """(N, H, T, S) of cross-attention."""
        return np.stack([layer.weights for layer in self.cross_attn])

    @property
    def norms(self) -> Array:
        """(N, H, T, S) of cross-attention."""
        return np.stack([layer.norms for layer in self.cross_attn])

    def words(self, rows: Rows = "writes") -> WordView:
        """Words as well as pieces; a row's label is the word that it reads, or writes."""
        source, targets = words_of(self.source), words_of(getattr(self, rows))
        return WordView(
            source=source,
            targets=targets,
            weights=merge(self.weights, targets, source),
            norms=merge(self.norms, targets, source),
        )

    def what_if(
        self,
        *,
        ablate: "Mapping[tuple[int, int], Ablation] | None" = None,
        drop: Sequence[int] = (),
        override: Mapping[tuple[int, int, int], Sequence[float]] | None = None,
        redecode: bool = False,
    ) -> "WhatIf":
        """What the model would have said, had its cross-attention been another.

        See `translator.inspection.what_if.Intervention` for the arguments. With `redecode`, it
        also translates anew, by greedy search. Raises InspectionError for a head, position or
        step that is not there, and for an inspection without a model.
        """
        from translator.inspection.what_if import Intervention, try_out

        intervention = Intervention(
            ablate=dict(ablate or {}),
            drop=tuple(drop),
            override={key: tuple(row) for key, row in (override or {}).items()},
        )
        return try_out(self, intervention, redecode=redecode)


def axes(kind: Kind, name: str) -> tuple[str, ...]:
    """What the axes of field `name` of an AttentionLayer count: ("head", "target", "source")."""
    query, memory = KINDS[kind]
    sides = {"query": query, "memory": memory}
    return tuple(sides.get(axis, axis) for axis in AttentionLayer.AXES[name])


def inspect_translation(
    translator: Translator, text: str, strategy: Strategy | None = None
) -> Inspection:
    """Translate `text`, in one piece however long it is, and look at the best translation.

    By the configured beam search where there is no `strategy`. Raises InspectionError for a blank
    text or one of more than MAX_TOKENS tokens.
    """
    strategy = strategy or translator.beam_search()
    source = _encode(translator, text, "text")
    [[best, *_]] = decode(translator.model, [source], strategy)
    return _inspect(translator, source, best.ids[:MAX_TOKENS], _name(strategy, best.ids))


def inspect_pair(translator: Translator, text: str, tgt: str) -> Inspection:
    """Look at `text` and its translation `tgt`, which the decoder reads as if it had written it.

    Raises InspectionError where either is blank or has more than MAX_TOKENS tokens.
    """
    source, target = _encode(translator, text, "text"), _encode(translator, tgt, "translation")
    return _inspect(translator, source, target, "given by the user")


def _encode(translator: Translator, text: str, what: str) -> list[int]:
    ids = translator.tokenizer.encode(SURROGATE.sub("\ufffd", text))
    if ids == [EOS_ID]:
        raise InspectionError(f"the {what} is blank: give a sentence")
    if len(ids) > MAX_TOKENS:
        raise InspectionError(
            f"the {what} has {len(ids)} tokens, and inspection takes at most {MAX_TOKENS}: "
            f"give it sentence by sentence"
        )
    if what == "text" and len(ids) > translator.max_src_length:
        logger.warning(
            "the text has %d tokens, the model was trained on at most %d: it is inspected in one "
            "piece, and its later part will be translated badly",
            len(ids),
            translator.max_src_length,
        )
    return ids


def _name(strategy: Strategy, ids: Sequence[int]) -> str:
    if not isinstance(strategy, BeamSearch):
        name = f"sampled, temperature {strategy.temperature}, seed {strategy.seed}"
    elif strategy.beam_size == 1:
        name = "greedy"
    else:
        name = f"beam search, beam {strategy.beam_size}, hypothesis 1"
    return name if ids[-1] == EOS_ID else f"{name}, cut off at the length limit"


def _inspect(translator: Translator, source: list[int], target: list[int], how: str) -> Inspection:
    model, tokenizer = translator.model, translator.tokenizer
    with evaluating(model):
        record, read_ids, logprobs_TV = record_pass(model, source, target)
    steps = torch.arange(len(target))
    return Inspection(
        text=tokenizer.decode(source),
        translation=tokenizer.decode(target),
        how=how,
        source=tokenizer.pieces(source),
        source_ids=source,
        reads=tokenizer.pieces(read_ids),
        read_ids=read_ids,
        writes=tokenizer.pieces(target),
        write_ids=target,
        logprobs=logprobs_TV[steps, target].numpy(),
        alternatives=[_best(tokenizer, row) for row in logprobs_TV],
        encoder_self_attn=_layers(model, record, "encoder_self_attn"),
        decoder_self_attn=_layers(model, record, "decoder_self_attn"),
        cross_attn=_layers(model, record, "cross_attn"),
        translator=translator,
    )


@contextmanager
def evaluating(model: Transformer) -> Iterator[None]:
    """No dropout while entered."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


@torch.inference_mode()
def record_pass(
    model: Transformer, source: list[int], target: list[int]
) -> tuple[Record, list[int], Tensor]:
    """One teacher-forced pass: its record, the ids that it read, log-probabilities (T, V)."""
    batch = collate([(source, target)]).to(next(model.parameters()).device)
    record = Record()
    memory = model.encode(batch.src, batch.src == PAD_ID, record)
    logits = model.decode(batch.tgt_in, memory, batch.src == PAD_ID, record)
    return record, batch.tgt_in[0].tolist(), logits[0].float().log_softmax(dim=-1).cpu()


def _best(tokenizer: Tokenizer, logprobs_V: Tensor) -> list[Alternative]:
    top = logprobs_V.topk(min(NUM_ALTERNATIVES, logprobs_V.numel()))
    pieces = tokenizer.pieces(top.indices.tolist())
    return [Alternative(*pair) for pair in zip(pieces, top.values.tolist(), strict=True)]


def _layers(model: Transformer, record: Record, kind: Kind) -> list[AttentionLayer]:
    layers = model.encoder_layers if kind == "encoder_self_attn" else model.decoder_layers
    result = []
    for layer, attention in zip(layers, getattr(record, kind), strict=True):
        assert isinstance(layer, EncoderLayer | DecoderLayer)
        module = layer.get_submodule(kind.removeprefix("encoder_").removeprefix("decoder_"))
        assert isinstance(module, MultiHeadAttention)
        result.append(_layer(attention, module))
    return result


def _layer(attention: Attention, module: MultiHeadAttention) -> AttentionLayer:
    """A batch of one sentence -> that sentence."""
    w_o = module.out_proj.weight.detach().T
    # Per head: the length of each projected value; the weight, a number, only stretches it.
    w_o_HKD = w_o.reshape(module.num_heads, -1, w_o.size(1))
    lengths_H1M = (attention.values[0] @ w_o_HKD).norm(dim=-1).unsqueeze(1)
    return AttentionLayer(
        query_input=_array(attention.query_input[0]),
        memory=_array(attention.memory[0]),
        queries=_array(attention.queries[0]),
        keys=_array(attention.keys[0]),
        values=_array(attention.values[0]),
        scores=_array(attention.scores[0]),
        scaled=_array(attention.scaled[0]),
        mask=attention.mask[0, 0].cpu().numpy().copy(),
        weights=_array(attention.weights[0]),
        context=_array(attention.context[0]),
        concat=_array(attention.concat[0]),
        output=_array(attention.output[0]),
        norms=_array(attention.weights[0] * lengths_H1M),
        w_o=_array(w_o),
        b_o=_array(module.out_proj.bias.detach()),
    )


def _array(tensor: Tensor) -> Array:
    """A copy of its own: the weights of a model that goes on training must not change it."""
    return np.ascontiguousarray(tensor.float().cpu().numpy()).copy()
