"""An inspection: everything that the attentions computed for one translation, as plain data.

No model is needed to read, save or draw it. `record.py` makes an inspection from a model,
`storage.py` from a file.

Letters of the shapes below: N layers, H heads, T decoding steps, S source positions, K width of one
head, D = H * K the width of the model. Arrays are float32, layers and heads count from 0. Decoding
step t *reads* the token that the decoder was given and *writes* the one that it predicted.
"""

import importlib
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from translator.inspection.words import Array, Word, group_into_words, merge
from translator.model.attention import Attention

Rows = Literal["reads", "writes"]
Quantity = Literal["weights", "norms"]
Kind = Literal["encoder_self_attn", "decoder_self_attn", "cross_attn"]

KINDS: Mapping[Kind, tuple[str, str]] = {
    "encoder_self_attn": ("source", "source"),
    "decoder_self_attn": ("target", "target"),
    "cross_attn": ("target", "source"),
}
"""The sides of queries, and of keys and values."""


_SHORT = reprlib.Repr()
_SHORT.maxstring = 60


class Alternative(NamedTuple):
    """A token that the model might have written."""

    piece: str
    logprob: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionLayer(Attention[Array]):
    """Everything that one attention of one layer computed for one sentence.

    The fields of `Attention` without the batch axis, `mask` also without the head axis, and the
    values that follow from them and the output projection.
    """

    norms: Array
    """||weight * value @ W_O||, where W_O is the head's rows of `w_o`: the norm of the contribution
    of a memory position to `output` through a head (Kobayashi et al. 2020). The norm is exact here,
    since in pre-norm nothing lies between attention and the residual stream."""
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
    """The axes of each field; `axes` replaces the sides by "source" and "target"."""

    @property
    def num_heads(self) -> int:
        return self.weights.shape[0]

    @property
    def d_head(self) -> int:
        return self.queries.shape[-1]

    def head_w_o(self, head: int) -> Array:
        """(K, D): the rows of the output projection that read this head's context."""
        return self.w_o[head * self.d_head : (head + 1) * self.d_head]

    def contributions(self, head: int) -> Array:
        """(query, memory, D): weight * value @ W_O. Summed over all heads and the whole memory,
        they give `output` - `b_o`."""
        projected = self.values[head] @ self.head_w_o(head)
        return self.weights[head][..., None] * projected


@dataclass(frozen=True, kw_only=True, eq=False)
class WordView:
    """Cross-attention by words: source pieces summed, target pieces averaged."""

    source: list[Word]
    targets: list[Word]
    """The words that the rows read or write; `pieces` are decoding steps."""
    weights: Array
    """(N, H, targets, source)"""
    norms: Array
    """(N, H, targets, source): for several pieces the sum of their norms, as in the literature,
    which is at least the norm of their sum."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspection:
    """One sentence, its translation, and what attention did in every layer and head."""

    text: str
    translation: str
    how: str
    """The origin of the target: "greedy", "beam search, beam 5, hypothesis 1", "given by the
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
    """(T,): log-probabilities of the written tokens."""
    alternatives: list[list[Alternative]]
    """T lists of the most probable tokens, best first; the written token may be among them."""
    encoder_self_attn: list[AttentionLayer] = field(repr=False)
    decoder_self_attn: list[AttentionLayer] = field(repr=False)
    cross_attn: list[AttentionLayer] = field(repr=False)

    @property
    def weights(self) -> Array:
        """(N, H, T, S), of cross-attention."""
        return np.stack([layer.weights for layer in self.cross_attn])

    @property
    def norms(self) -> Array:
        """(N, H, T, S), of cross-attention."""
        return np.stack([layer.norms for layer in self.cross_attn])

    def __repr__(self) -> str:
        """A summary in one or two lines: the sentence, its translation, and the sizes of
        attention."""
        num_layers, num_heads, num_steps, num_source = self.weights.shape
        return (
            f"Inspection({_in_short(self.text)} -> {_in_short(self.translation)}, {self.how}; "
            f"cross-attention: {num_layers} layers x {num_heads} heads, {num_steps} decoding steps "
            f"x {num_source} source pieces)"
        )

    def _repr_html_(self) -> str:
        """The display in Jupyter and Colab: its page in a frame, about 100 KB, without a model."""
        # Pages are made from inspections and belong to a higher layer, so the page module is
        # imported when a page is shown, like a command.
        reports = importlib.import_module("translator.inspection.page.reports")
        shown: str = reports.framed(self)._repr_html_()
        return shown

    def words(self, rows: Rows = "writes") -> WordView:
        """Sums pieces to words; the label of a row is the word that it reads or writes."""
        source, targets = group_into_words(self.source), group_into_words(getattr(self, rows))
        return WordView(
            source=source,
            targets=targets,
            weights=merge(self.weights, targets, source),
            norms=merge(self.norms, targets, source),
        )


def _in_short(text: str) -> str:
    """In quotes, without the middle if it is long."""
    return _SHORT.repr(text)


def axes(kind: Kind, name: str) -> tuple[str, ...]:
    """The axes of field `name` of an AttentionLayer, such as ("head", "target", "source")."""
    query, memory = KINDS[kind]
    sides = {"query": query, "memory": memory}
    return tuple(sides.get(axis, axis) for axis in AttentionLayer.AXES[name])
