"""Where a written token comes from: what each source token, prefix token and head contributes.

In a pre-norm transformer every sublayer adds to a residual stream. The stream after an attention
sublayer is therefore the stream before it plus one vector, weight * value @ W_O, for each head and
memory position, plus the bias b_O. Three methods attribute a written token:

- *ALTI+* (Ferrando et al. 2022) compares these vectors with their sum in every attention sublayer
  and multiplies the resulting shares through all layers. The shares of the source tokens and of the
  target prefix sum to 1.
- *Direct logit attribution* (Elhage et al. 2021) decomposes the decoder's last stream, from which
  the logit is computed: which head, at which source token, speaks for the written token? A part
  counts for what it adds directly; what later layers make of it counts as theirs.
- *Gradient x input* (Shrikumar et al. 2016) measures how the log-probability would change, through
  the whole model, if the embedding of a source token changed slightly.

Dimensions: N decoder layers, H heads, T decoding steps, S source positions, D model width,
V vocab_size.
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
    """ALTI+ shares: each row is nonnegative and sums to 1."""

    encoder: Array
    """(encoder layers, S, S): the share of each position in each position's output of encoder
    self-attention."""
    memory: Array
    """(S, S): the share of each source token in each position of the encoder's output: the product
    of all layers of `encoder`."""
    prefix: Array
    """(N, T, T): the share of each target token read so far in each position's output of decoder
    self-attention."""
    source: Array
    """(N, T, S): the share of each position of the encoder's output in cross-attention; together
    with `residual` the shares sum to 1."""
    residual: Array
    """(N, T): the share of the decoder's stream before cross-attention."""
    total: Array
    """(T, S + T): the share of each source token, then of each target token read so far (<s> is the
    first), in the decoder's last states, through all layers of encoder and decoder."""

    @property
    def by_source(self) -> Array:
        """(T, S): the columns of `total` for source tokens."""
        return self.total[:, : self.source.shape[-1]]


@dataclass(frozen=True, kw_only=True, eq=False)
class LogitParts:
    """A logit at each decoding step, or the difference of two logits, as a sum of parts.

    The last norm divides the stream by its standard deviation, which is frozen here at the value of
    the whole stream. The sum is then exact, but a part is not what the logit would lose without
    that part: the standard deviation and what later layers add would change, too.
    """

    embedding: Array
    """(T,): from the embedding of the token read, including its position."""
    self_attn: Array
    """(N, H, T, T): from the target tokens read so far, through decoder self-attention."""
    cross_attn: Array
    """(N, H, T, S): from the encoder's output at each source position, through cross-attention."""
    feed_forward: Array
    """(N, T)"""
    biases: Array
    """(T,): from the biases of W_O and of the last norm, which do not depend on the tokens read."""
    logit: Array
    """(T,): as the model computes it: the sum of the parts up to rounding."""

    def sums(self) -> dict[str, Array]:
        """Arrays (T,) by name; "total" is the sum of the others."""
        parts = {
            "embedding": self.embedding,
            "self-attention": self.self_attn.sum(axis=(0, 1, 3)),
            "cross-attention": self.cross_attn.sum(axis=(0, 1, 3)),
            "feed-forward": self.feed_forward.sum(axis=0),
            "biases": self.biases,
        }
        return parts | {"total": np.sum(list(parts.values()), axis=0)}


def alti(inspection: Inspection, translator: Translator) -> Alti:
    """The share of each source token and each target prefix token in a written token.

    The residual stream y after an attention sublayer is a sum of vectors: one for each memory
    position, summed over all heads, and the stream before the sublayer. In self-attention the
    earlier stream is added to the vector of its own position; in cross-attention it is a separate
    vector (Ferrando et al. 2022, section 3). The share of a vector is
    max(0, ||y|| - ||y - vector||), in L1 norms, divided by the sum of this value over all vectors.
    b_O is part of y, but has no share.

    Norms and feed-forward blocks act on each position separately and move nothing between
    positions, so the shares ignore both, as in the paper. In post-norm, a norm between the vectors
    and their sum would have to be decomposed; pre-norm has none there.

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
    """The parts of the logit of `ids[t]` at each decoding step t, less those of `less[t]`.

    A logit is e . (g * (x - mean(x)) / std + b), where x is the decoder's last stream, std the
    standard deviation of x, g and b the weight and bias of the last norm, and e the embedding of
    the token. With std frozen, the logit is x . r + b . e, where r is g * e / std minus the mean of
    that vector. Since x is a sum, so is x . r.

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
    """T ids: at each decoding step the most probable token other than the written one.

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
    """(T, S): the gradient of each written token's log-probability with respect to each source
    token's embedding, times that embedding, summed over D; in nats.

    To first order, this is what the log-probability loses if the token embedding is set to zero and
    its position encoding is kept.

    Raises InspectionError for a translator that did not make the inspection.
    """
    check_model(inspection, translator.model)
    steps = range(len(inspection.writes))
    batches = [steps[start : start + BATCH_SIZE] for start in range(0, len(steps), BATCH_SIZE)]
    with evaluating(translator.model):
        rows = [_gradients(inspection, translator.model, batch) for batch in batches]
    return _numpy(torch.cat(rows))


class _Stream(NamedTuple):
    """The residual stream at several points of a decoder layer, (T, D) each."""

    before_self_attn: Array
    before_cross_attn: Array
    before_feed_forward: Array
    fed_forward: Array
    """What the feed-forward block adds."""

    @property
    def after(self) -> Array:
        return self.before_feed_forward + self.fed_forward


def _decoder_streams(inspection: Inspection, model: Transformer) -> list[_Stream]:
    """The stream of each layer: the embedding plus the outputs of the sublayers so far."""
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
    """(S, S) for each layer."""
    x = _embedded(model, inspection.source_ids)
    for layer, attention in zip(model.encoder_layers, inspection.encoder_self_attn, strict=True):
        assert isinstance(layer, EncoderLayer)
        attended = x + attention.output
        yield _self_shares(attention, x, attended)
        x = attended + _fed_forward(layer, attended)


def _self_shares(attention: AttentionLayer, before: Array, after: Array) -> Array:
    """(L, L): shares in each row of `after`; the same row of `before` joins its own vector."""
    rows = []
    for at, vectors in enumerate(_vectors(attention)):
        vectors[at] += before[at]
        rows.append(_share_out(vectors, after[at], rest=at))
    return np.stack(rows)


def _cross_shares(attention: AttentionLayer, before: Array, after: Array) -> Array:
    """(T, S + 1): shares of the memory positions in `after`, then the share of `before`."""
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

    Vectors that cancel may all be far from their sum. In that case no contribution can be
    identified, and the vector at index `rest` gets the whole share.
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
    """(steps, S). Each decoding step has a copy of the sentence; one backward pass serves all."""
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
