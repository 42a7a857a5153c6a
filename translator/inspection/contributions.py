"""Where a written token comes from: what each source token, prefix token and head adds to it.

In pre-norm every sublayer adds to a residual stream. So the stream after an attention is a sum of
the stream before it and of one vector for each head and memory position, weight * value @ W_O.
There are three ways to share a written token out:

- *ALTI+* (Ferrando et al. 2022) compares these vectors with their sum in every attention, and
  multiplies the shares through all layers. The source tokens and the target prefix get shares that
  sum to 1.
- *Direct logit attribution* (Elhage et al. 2021) takes the last stream apart, from which the logit
  is read: which head, at which source token, speaks for the written token? A part counts for what
  it adds itself; what later layers make of it counts as theirs.
- *Gradient x input* (Shrikumar et al. 2016) asks how the log-probability would change, through the
  whole model, if the embedding of a source token changed a little.

Letters of the shapes below: N decoder layers, H heads, T decoding steps, S source positions, D the
width of the model, V vocab_size.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from translator.decoding.candidates import NEVER_GENERATED
from translator.decoding.translator import Translator
from translator.inspection.inspection import AttentionLayer, Inspection
from translator.inspection.record import evaluating
from translator.inspection.what_if import BATCH_SIZE, check_model
from translator.inspection.words import Array
from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer


@dataclass(frozen=True, kw_only=True, eq=False)
class Alti:
    """Shares by ALTI+: each row is 0 or more, and sums to 1."""

    encoder: Array
    """(encoder layers, S, S): what each position gets from each position in encoder
    self-attention."""
    memory: Array
    """(S, S): what each position of the encoder's output has from each source token: the product
    of all layers of `encoder`."""
    prefix: Array
    """(N, T, T): what each position gets from each target token read so far in decoder
    self-attention."""
    source: Array
    """(N, T, S): what the decoder gets from each position of the encoder's output in
    cross-attention; with `residual` it sums to 1."""
    residual: Array
    """(N, T): what the decoder had before cross-attention."""
    total: Array
    """(T, S + T): what the decoder's last states have from each source token, then from each target
    token read so far (<s> is the first), through all layers of both sides."""

    @property
    def by_source(self) -> Array:
        """(T, S): the first part of `total`."""
        return self.total[:, : self.source.shape[-1]]


@dataclass(frozen=True, kw_only=True, eq=False)
class LogitParts:
    """A logit at each decoding step, or the difference of two, as the sum of what parts add.

    The last norm divides the stream by its standard deviation. Here that number is frozen: it is
    what the whole stream gave. Then the sum is exact, but a part is not what the logit would lose
    without it: the standard deviation would change, and so would what later layers add.
    """

    embedding: Array
    """(T,): by the embedding of what was read, with its position."""
    self_attn: Array
    """(N, H, T, T): by the target tokens read so far, through the decoder's self-attention."""
    cross_attn: Array
    """(N, H, T, S): by the encoder's output at each source position, through cross-attention."""
    feed_forward: Array
    """(N, T)"""
    biases: Array
    """(T,): by the biases of W_O and of the last norm, which depend on nothing that was read."""
    logit: Array
    """(T,): what the model itself computes: the sum, but for rounding."""

    def sums(self) -> dict[str, Array]:
        """(T,) each, by name; "total" is the sum of the others."""
        parts = {
            "embedding": self.embedding,
            "self-attention": self.self_attn.sum(axis=(0, 1, 3)),
            "cross-attention": self.cross_attn.sum(axis=(0, 1, 3)),
            "feed-forward": self.feed_forward.sum(axis=0),
            "biases": self.biases,
        }
        return parts | {"total": np.sum(list(parts.values()), axis=0)}


def alti(inspection: Inspection, translator: Translator) -> Alti:
    """What share each source token and each token of the target prefix has in a written token.

    The residual stream after an attention is a sum y of vectors: one for each memory position, over
    all heads, and the stream before it. In self-attention the stream before it is added to the
    vector of the position itself; in cross-attention it is a vector of its own (Ferrando et al.
    2022, section 3). The share of a vector is max(0, ||y|| - ||y - vector||), in L1 norms, divided
    by the sum of this over all vectors. b_O is part of y, but has no share.

    Norms and feed-forward blocks work on each position by itself and move nothing between
    positions, so the shares leave them out, as in the paper. In post-norm a norm stands between the
    vectors and their sum, and has to be taken apart; in pre-norm there is none.

    Raises InspectionError for a translator that did not make the inspection.
    """
    check_model(inspection, translator.model)
    encoder = np.stack(list(_encoder_shares(inspection, translator.model)))
    memory = np.linalg.multi_dot([*encoder[::-1], np.eye(len(inspection.source))])

    num_steps, num_source = len(inspection.reads), len(inspection.source)
    prefix, source, residual = [], [], []
    total = np.eye(num_steps, num_source + num_steps, num_source)
    streams = _decoder_streams(inspection, translator.model)
    attentions = zip(inspection.decoder_self_attn, inspection.cross_attn, streams, strict=True)
    for self_attn, cross_attn, stream in attentions:
        prefix.append(_self_shares(self_attn, stream.before_self_attn, stream.before_cross_attn))
        shares = _cross_shares(cross_attn, stream.before_cross_attn, stream.before_feed_forward)
        source.append(shares[:, :-1])
        residual.append(shares[:, -1])
        total = shares[:, -1:] * (prefix[-1] @ total)
        total[:, :num_source] += source[-1] @ memory
    return Alti(
        encoder=encoder,
        memory=memory.astype(np.float32),
        prefix=np.stack(prefix),
        source=np.stack(source),
        residual=np.stack(residual),
        total=total.astype(np.float32),
    )


def attribute_logits(
    inspection: Inspection,
    translator: Translator,
    ids: Sequence[int],
    less: Sequence[int] | None = None,
) -> LogitParts:
    """What adds to the logit of token `ids[t]` at each decoding step t, less that of `less[t]`.

    A logit is e . (g * (x - mean(x)) / std + b), where x is the decoder's last stream, std its
    standard deviation, g and b are the weight and bias of the last norm, and e is the token's
    embedding. With std frozen that is x . r + b . e, where the vector r is g * e / std less its own
    mean. Since x is a sum, so is x . r.

    Raises InspectionError for a translator that did not make the inspection.
    """
    check_model(inspection, translator.model)
    model = translator.model
    embedding, norm = _numpy(model.embedding.weight), model.decoder_norm
    directions = embedding[ids] - (0 if less is None else embedding[less])
    streams = _decoder_streams(inspection, model)
    last = streams[-1].after
    std = np.sqrt(last.var(axis=-1, keepdims=True) + norm.eps)
    readers = _numpy(norm.weight) * directions / std
    readers -= readers.mean(axis=-1, keepdims=True)
    b_o = sum(layer.b_o for layer in [*inspection.decoder_self_attn, *inspection.cross_attn])

    return LogitParts(
        embedding=(streams[0].before_self_attn * readers).sum(axis=-1),
        self_attn=np.stack([_by_head(layer, readers) for layer in inspection.decoder_self_attn]),
        cross_attn=np.stack([_by_head(layer, readers) for layer in inspection.cross_attn]),
        feed_forward=np.stack([(one.fed_forward * readers).sum(axis=-1) for one in streams]),
        biases=directions @ _numpy(norm.bias) + readers @ b_o,
        logit=(_last_states(model, last) * directions).sum(axis=-1),
    )


def runners_up(inspection: Inspection, translator: Translator) -> list[int]:
    """T ids: at each decoding step the most probable token but the written one.

    Raises InspectionError for a translator that did not make the inspection.
    """
    check_model(inspection, translator.model)
    logits = logits_of(inspection, translator)
    logits[:, NEVER_GENERATED] = -np.inf
    logits[np.arange(len(logits)), inspection.write_ids] = -np.inf
    found: list[int] = logits.argmax(axis=-1).tolist()
    return found


def logits_of(inspection: Inspection, translator: Translator) -> Array:
    """(T, V). Raises InspectionError for a translator that did not make the inspection."""
    check_model(inspection, translator.model)
    last = _decoder_streams(inspection, translator.model)[-1].after
    states = _last_states(translator.model, last)
    return states @ _numpy(translator.model.embedding.weight).T


def gradient_x_input(inspection: Inspection, translator: Translator) -> Array:
    """(T, S): the gradient of each written token's log-probability at the embedding of each source
    token, times that embedding, summed over D; nats.

    To first order it is what the written token loses if the embedding becomes zero, its position
    left as it is. Raises InspectionError for a translator that did not make the inspection.
    """
    check_model(inspection, translator.model)
    steps = range(len(inspection.writes))
    batches = [steps[start : start + BATCH_SIZE] for start in range(0, len(steps), BATCH_SIZE)]
    with evaluating(translator.model):
        rows = [_gradients(inspection, translator.model, batch) for batch in batches]
    return _numpy(torch.cat(rows))


class _Stream(NamedTuple):
    """The residual stream at the places of a decoder layer: (T, D) each."""

    before_self_attn: Array
    before_cross_attn: Array
    before_feed_forward: Array
    fed_forward: Array
    """What the feed-forward block adds."""

    @property
    def after(self) -> Array:
        return self.before_feed_forward + self.fed_forward


def _decoder_streams(inspection: Inspection, model: Transformer) -> list[_Stream]:
    """Of each layer: the embedding, and what was recorded, added up."""
    x = _embedded(model, inspection.read_ids)
    streams = []
    attentions = zip(inspection.decoder_self_attn, inspection.cross_attn, strict=True)
    for layer, (self_attn, cross_attn) in zip(model.decoder_layers, attentions, strict=True):
        assert isinstance(layer, DecoderLayer)
        asked = x + self_attn.output
        answered = asked + cross_attn.output
        streams.append(_Stream(x, asked, answered, _fed_forward(layer, answered)))
        x = streams[-1].after
    return streams


def _encoder_shares(inspection: Inspection, model: Transformer) -> Iterator[Array]:
    """(S, S) of each layer."""
    x = _embedded(model, inspection.source_ids)
    for layer, attention in zip(model.encoder_layers, inspection.encoder_self_attn, strict=True):
        assert isinstance(layer, EncoderLayer)
        attended = x + attention.output
        yield _self_shares(attention, x, attended)
        x = attended + _fed_forward(layer, attended)


def _self_shares(attention: AttentionLayer, before: Array, after: Array) -> Array:
    """(L, L): of the positions in `after`. What a position was before is part of its own vector."""
    rows = []
    for at, vectors in enumerate(_vectors(attention)):
        vectors[at] += before[at]
        rows.append(_share_out(vectors, after[at], rest=at))
    return np.stack(rows)


def _cross_shares(attention: AttentionLayer, before: Array, after: Array) -> Array:
    """(T, S + 1): of the memory positions in `after`, then of what the decoder had before."""
    rows = [
        _share_out(np.stack([*vectors, residual]), total, rest=-1)
        for vectors, residual, total in zip(_vectors(attention), before, after, strict=True)
    ]
    return np.stack(rows)


def _vectors(attention: AttentionLayer) -> Iterator[Array]:
    """(memory, D) for each query: weight * value @ W_O, summed over the heads."""
    projected = np.stack(
        [values @ attention.head_w_o(head) for head, values in enumerate(attention.values)]
    )
    for weights in attention.weights.swapaxes(0, 1):
        yield np.einsum("hm,hmd->md", weights, projected)


def _share_out(vectors: Array, total: Array, rest: int) -> Array:
    """(vectors, D) -> (vectors,): the share of each in their sum `total` (D,).

    Vectors that cancel may all be far from their sum. Then nothing is known to have come in, and
    the vector number `rest` has everything.
    """
    missing = np.abs(total - vectors).sum(axis=-1)
    near = np.maximum(np.abs(total).sum() - missing, 0)
    shares = near / near.sum() if near.any() else np.eye(len(near))[rest]
    return shares.astype(np.float32)


def _by_head(attention: AttentionLayer, readers: Array) -> Array:
    """(H, queries, memory): weight * value @ W_O . reader, with a reader (D,) for each query."""
    return np.stack(
        [
            attention.weights[head] * (readers @ (values @ attention.head_w_o(head)).T)
            for head, values in enumerate(attention.values)
        ]
    )


def _gradients(inspection: Inspection, model: Transformer, steps: Sequence[int]) -> Tensor:
    """(steps, S). Each decoding step has a copy of the sentence, so one pass back serves all."""
    device = model.embedding.weight.device
    src = torch.tensor([inspection.source_ids] * len(steps), device=device)
    tgt_in = torch.tensor([inspection.read_ids] * len(steps), device=device)
    nothing = torch.zeros_like(src, dtype=torch.bool)

    embedded_BSD = model.embed(src).detach().requires_grad_()
    x_BSD = embedded_BSD
    for layer in model.encoder_layers:
        x_BSD = layer(x_BSD, nothing)
    logits_BTV = model.logits(tgt_in, model.encoder_norm(x_BSD), nothing)

    copies, written = range(len(steps)), [inspection.write_ids[step] for step in steps]
    logprobs_BV = logits_BTV[copies, steps].float().log_softmax(dim=-1)
    [gradient_BSD] = torch.autograd.grad(logprobs_BV[copies, written].sum(), embedded_BSD)
    token_BSD = model.embedding(src).detach() * math.sqrt(gradient_BSD.size(-1))
    return (gradient_BSD * token_BSD).sum(dim=-1)


@torch.inference_mode()
def _embedded(model: Transformer, ids: Sequence[int]) -> Array:
    """(L, D)"""
    with evaluating(model):
        return _numpy(model.embed(torch.tensor([ids], device=model.embedding.weight.device))[0])


@torch.inference_mode()
def _fed_forward(layer: EncoderLayer | DecoderLayer, x: Array) -> Array:
    """(L, D): what the feed-forward block adds to the stream."""
    x_LD = torch.from_numpy(x).to(layer.feed_forward_norm.weight.device)
    return _numpy(layer.feed_forward(layer.feed_forward_norm(x_LD)))


@torch.inference_mode()
def _last_states(model: Transformer, last: Array) -> Array:
    """(T, D): the last stream, normalized."""
    return _numpy(model.decoder_norm(torch.from_numpy(last).to(model.embedding.weight.device)))


def _numpy(tensor: Tensor) -> Array:
    array: Array = tensor.detach().float().cpu().numpy()
    return array
