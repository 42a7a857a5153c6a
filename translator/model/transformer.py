"""The transformer: an encoder reads the source, a decoder asks it and writes the target.

Shape suffixes of the tensor names below:

    B  sentences in the batch    W  hypotheses of one sentence (beam width)
    S  source positions          D  d_model
    T  target positions          H  attention heads
    V  vocab_size                K  width of one head, D = H * K

Pre-norm (Xiong et al. 2020): each sublayer reads a normalized copy of the residual stream and
adds to it. One matrix embeds source and target and, transposed, scores the vocabulary (Press and
Wolf 2017).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translator.config import ModelConfig
from translator.model import fast_attention
from translator.model.attention import Attention, Edit, MultiHeadAttention
from translator.model.dropout import Dropout


@final
@dataclass(frozen=True)
class Record:
    """Everything that the attentions of one pass computed, one list entry per layer."""

    encoder_self_attn: list[Attention[Tensor]] = field(default_factory=list)
    decoder_self_attn: list[Attention[Tensor]] = field(default_factory=list)
    cross_attn: list[Attention[Tensor]] = field(default_factory=list)


class FeedForward(nn.Module):
    """The feed-forward block, position by position: widen, ReLU, narrow (Vaswani et al. 2017,
    3.3)."""

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.in_proj = nn.Linear(d_model, d_ff)
        self.out_proj = nn.Linear(d_ff, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)"""
        return self.out_proj(F.relu(self.in_proj(x)))


class EncoderLayer(nn.Module):
    """Read the whole source, then transform each position."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_attn_norm = nn.LayerNorm(config.d_model)
        self.self_attn = MultiHeadAttention(config.d_model, config.num_heads)
        self.feed_forward_norm = nn.LayerNorm(config.d_model)
        self.feed_forward = FeedForward(config.d_model, config.d_ff)
        self.dropout = Dropout(config.dropout)

    def forward(
        self,
        x_BSD: Tensor,
        src_key_padding_mask: Tensor,
        record: list[Attention[Tensor]] | None = None,
    ) -> Tensor:
        """(B, S, D) -> (B, S, D)"""
        normed_BSD = self.self_attn_norm(x_BSD)
        attended_BSD = _self_attend(
            self.self_attn, normed_BSD, record, key_padding_mask=src_key_padding_mask
        )
        x_BSD = x_BSD + self.dropout(attended_BSD)

        return x_BSD + self.dropout(self.feed_forward(self.feed_forward_norm(x_BSD)))


@dataclass
class LayerCache:
    """One decoder layer's keys and values: the past grows, the source's never change."""

    self_memory: Tensor
    """(B * W, T, 2D): key and value of a position side by side, so that each step moves one tensor.
    Decoding threads take turns at Python, and each call costs a turn."""
    cross_keys: Tensor
    """(B, H, S, K): one copy serves all hypotheses of a sentence."""
    cross_values: Tensor
    """(B, H, S, K)"""
    self_weight: Tensor
    """(3D, D): the self-attention's W_Q, W_K and W_V, for one product instead of three."""
    self_bias: Tensor
    """(3D,)"""
    head_selector: Tensor
    """(H, D), of the self-attention: see `fast_attention.attend_once`."""


class DecoderLayer(nn.Module):
    """Read the target so far, read the source, then transform each position."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_attn_norm = nn.LayerNorm(config.d_model)
        self.self_attn = MultiHeadAttention(config.d_model, config.num_heads)
        self.cross_attn_norm = nn.LayerNorm(config.d_model)
        self.cross_attn = MultiHeadAttention(config.d_model, config.num_heads)
        self.feed_forward_norm = nn.LayerNorm(config.d_model)
        self.feed_forward = FeedForward(config.d_model, config.d_ff)
        self.dropout = Dropout(config.dropout)

    def forward(
        self,
        x_BTD: Tensor,
        memory_BSD: Tensor,
        src_key_padding_mask: Tensor,
        record: Record | None = None,
        cross_attn_edit: Edit | None = None,
    ) -> Tensor:
        """(B, T, D) and the encoder's output (B, S, D) -> (B, T, D)"""
        # Targets are padded on the right, so the causal mask alone hides <pad> from real tokens.
        normed_BTD = self.self_attn_norm(x_BTD)
        attended_BTD = _self_attend(
            self.self_attn, normed_BTD, record and record.decoder_self_attn, is_causal=True
        )
        x_BTD = x_BTD + self.dropout(attended_BTD)

        # Queries come from the decoder; keys and values come from the encoder.
        attended_BTD = _cross_attend(
            self.cross_attn,
            self.cross_attn_norm(x_BTD),
            memory_BSD,
            src_key_padding_mask,
            record and record.cross_attn,
            cross_attn_edit,
        )
        x_BTD = x_BTD + self.dropout(attended_BTD)

        return x_BTD + self.dropout(self.feed_forward(self.feed_forward_norm(x_BTD)))

    def start(self, memory_BSD: Tensor) -> LayerCache:
        """The parts of a cache that each decoding step needs, computed once."""
        keys, values = fast_attention.project_memory(self.cross_attn, memory_BSD)
        attn = self.self_attn
        weight, bias = fast_attention.side_by_side(attn.q_proj, attn.k_proj, attn.v_proj)
        return LayerCache(
            self_memory=keys.new_empty(len(memory_BSD), 0, 2 * memory_BSD.size(-1)),
            cross_keys=keys,
            cross_values=values,
            self_weight=weight,
            self_bias=bias,
            head_selector=fast_attention.head_selector(attn),
        )

    def decoding_step(
        self, x_BWD: Tensor, cache: LayerCache, src_key_padding_mask: Tensor | None
    ) -> Tensor:
        """`forward` for the newest position alone of W hypotheses; appends its keys to `cache`.

        Hypotheses of a sentence share its source, so cross-attention treats them as W queries; in
        self-attention each has its own past.
        """
        # One product for query, key and value; key and value join the past.
        normed_N1D = self.self_attn_norm(x_BWD).view(-1, 1, x_BWD.size(-1))
        projected_N1E = F.linear(normed_N1D, cache.self_weight, cache.self_bias)  # E = 3D
        query_N1D, newest_N1F = projected_N1E.tensor_split([x_BWD.size(-1)], dim=-1)  # F = 2D
        cache.self_memory = torch.cat([cache.self_memory, newest_N1F], dim=1)
        keys_NTD, values_NTD = cache.self_memory.tensor_split(2, dim=-1)
        attended_ND = fast_attention.attend_once(
            self.self_attn, query_N1D.squeeze(1), keys_NTD, values_NTD, cache.head_selector
        )
        x_BWD = x_BWD + attended_ND.view_as(x_BWD)

        # Keys and values of the source were projected before the first token was written.
        x_BWD = x_BWD + fast_attention.attend(
            self.cross_attn,
            fast_attention.project_queries(self.cross_attn, self.cross_attn_norm(x_BWD)),
            cache.cross_keys,
            cache.cross_values,
            key_padding_mask=src_key_padding_mask,
        )
        return x_BWD + self.feed_forward(self.feed_forward_norm(x_BWD))


def _self_attend(
    attn: MultiHeadAttention,
    x_BLD: Tensor,
    record: list[Attention[Tensor]] | None,
    *,
    key_padding_mask: Tensor | None = None,
    is_causal: bool = False,
) -> Tensor:
    """Self-attention, (B, L, D): by the formula if it is recorded, otherwise by the faster path."""
    if record is None:
        return fast_attention.self_attention(
            attn, x_BLD, key_padding_mask=key_padding_mask, is_causal=is_causal
        )
    record.append(attn(x_BLD, x_BLD, key_padding_mask=key_padding_mask, is_causal=is_causal))
    return record[-1].output


def _cross_attend(
    attn: MultiHeadAttention,
    x_BTD: Tensor,
    memory_BSD: Tensor,
    key_padding_mask: Tensor,
    record: list[Attention[Tensor]] | None,
    edit: Edit | None,
) -> Tensor:
    """Cross-attention, (B, T, D), like `_self_attend`; an `edit` needs a record."""
    if record is None:
        return fast_attention.cross_attention(
            attn, x_BTD, memory_BSD, key_padding_mask=key_padding_mask
        )
    record.append(attn(x_BTD, memory_BSD, key_padding_mask=key_padding_mask, edit=edit))
    return record[-1].output


@dataclass
class DecoderCache:
    """The state of decoding step by step, for B sentences with W hypotheses each."""

    layers: list[LayerCache]
    src_key_padding_mask: Tensor | None
    """(B, S), or None without padding: attention without a mask is faster."""
    positions: Tensor
    """(L, D), position encodings of the first L positions; grows as needed."""
    length: int = 0
    """Target positions already read."""

    def select(self, index_N: Tensor, index_B: Tensor | None = None) -> None:
        """Let row n of the new hypotheses continue row `index_N[n]` of the old ones.

        Rows are numbered across sentences: hypothesis w of sentence b is row b * W + w. The number
        of rows may change. With `index_B`, only these sentences are kept, and `index_N` must hold
        rows of these sentences, in the same order.
        """
        for layer in self.layers:
            layer.self_memory = layer.self_memory.index_select(0, index_N)
        if index_B is None:  # no sentence is finished, so the source side stays
            return
        for layer in self.layers:
            layer.cross_keys = layer.cross_keys.index_select(0, index_B)
            layer.cross_values = layer.cross_values.index_select(0, index_B)
        if self.src_key_padding_mask is not None:
            self.src_key_padding_mask = self.src_key_padding_mask.index_select(0, index_B)

    def next_position(self) -> Tensor:
        """(D,)"""
        if self.length >= len(self.positions):
            self.positions = sinusoids(
                0, 2 * self.length, self.positions.size(1), self.positions.device
            )
        return self.positions[self.length]


class Transformer(nn.Module):
    """Encoder and decoder over one shared vocabulary (Vaswani et al. 2017)."""

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, config.d_model)
        self.dropout = Dropout(config.dropout)
        self.encoder_layers = nn.ModuleList(
            EncoderLayer(config) for _ in range(config.num_encoder_layers)
        )
        self.encoder_norm = nn.LayerNorm(config.d_model)
        self.decoder_layers = nn.ModuleList(
            DecoderLayer(config) for _ in range(config.num_decoder_layers)
        )
        self.decoder_norm = nn.LayerNorm(config.d_model)
        self._initialize()

    def forward(self, src: Tensor, src_key_padding_mask: Tensor, tgt_in: Tensor) -> Tensor:
        """Teacher forcing: (B, S), (B, S), (B, T) -> the decoder's last states (B, T, D).

        Multiplied by the transposed embedding, they give the logits; training never needs all
        logits at once.
        """
        memory_BSD = self.encode(src, src_key_padding_mask)
        return self._decoder_states(tgt_in, memory_BSD, src_key_padding_mask)

    def embed(self, ids_BL: Tensor) -> Tensor:
        """Ids (B, L) of either side -> what the first layer reads (B, L, D)."""
        d_model = self.embedding.embedding_dim
        positions_LD = sinusoids(0, ids_BL.size(1), d_model, ids_BL.device)
        return self.dropout(self.embedding(ids_BL) * math.sqrt(d_model) + positions_LD)

    def encode(
        self, src: Tensor, src_key_padding_mask: Tensor, record: Record | None = None
    ) -> Tensor:
        """Source ids (B, S) -> memory (B, S, D), computed once however long the target gets."""
        x_BSD = self.embed(src)
        for layer in self.encoder_layers:
            x_BSD = layer(x_BSD, src_key_padding_mask, record and record.encoder_self_attn)
        return self.encoder_norm(x_BSD)

    def logits(
        self,
        tgt_in: Tensor,
        memory: Tensor,
        src_key_padding_mask: Tensor,
        record: Record | None = None,
        cross_attn_edits: Sequence[Edit] | None = None,
    ) -> Tensor:
        """Target ids (B, T) and memory (B, S, D) -> logits (B, T, V): row t predicts t + 1.

        `cross_attn_edits`, one per decoder layer, change the weights of cross-attention.
        """
        states_BTD = self._decoder_states(
            tgt_in, memory, src_key_padding_mask, record, cross_attn_edits
        )
        return self._project(states_BTD)

    def start(self, memory: Tensor, src_key_padding_mask: Tensor) -> DecoderCache:
        """Project the memory (B, S, D) to every layer's cross-attention keys and values, once."""
        layers = []
        for layer in self.decoder_layers:
            assert isinstance(layer, DecoderLayer)
            layers.append(layer.start(memory))
        positions_LD = sinusoids(0, 64, memory.size(-1), memory.device)
        has_padding = bool(src_key_padding_mask.any())
        return DecoderCache(layers, src_key_padding_mask if has_padding else None, positions_LD)

    def decoding_step(self, last_ids: Tensor, cache: DecoderCache) -> Tensor:
        """The newest ids (B, W) -> logits of the next ones (B, W, V); `cache` moves on by one."""
        scaled_BWD = self.embedding(last_ids) * math.sqrt(self.embedding.embedding_dim)
        x_BWD = self.dropout(scaled_BWD + cache.next_position())
        for layer, layer_cache in zip(self.decoder_layers, cache.layers, strict=True):
            assert isinstance(layer, DecoderLayer)
            x_BWD = layer.decoding_step(x_BWD, layer_cache, cache.src_key_padding_mask)
        cache.length += 1
        return self._project(self.decoder_norm(x_BWD))

    def draw_from(self, generator: torch.Generator) -> None:
        """Let dropout sample from `generator`: threads must not share torch's global one."""
        for module in self.modules():
            if isinstance(module, Dropout):
                module.generator = generator

    def _decoder_states(
        self,
        tgt_in_BT: Tensor,
        memory_BSD: Tensor,
        src_key_padding_mask: Tensor,
        record: Record | None = None,
        cross_attn_edits: Sequence[Edit] | None = None,
    ) -> Tensor:
        if cross_attn_edits:  # only the formula can be edited
            record = record or Record()
        edits: Sequence[Edit | None] = cross_attn_edits or [None] * len(self.decoder_layers)
        x_BTD = self.embed(tgt_in_BT)
        for layer, edit in zip(self.decoder_layers, edits, strict=True):
            x_BTD = layer(x_BTD, memory_BSD, src_key_padding_mask, record, edit)
        return self.decoder_norm(x_BTD)

    def _project(self, states_BTD: Tensor) -> Tensor:
        return F.linear(states_BTD, self.embedding.weight)

    def _initialize(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        # Scaled by sqrt(d_model) in `embed`, embeddings then have unit variance, about that of
        # positions; with Xavier initialization, positions would drown them.
        nn.init.normal_(self.embedding.weight, std=self.embedding.embedding_dim**-0.5)


def sinusoids(first: int, length: int, d_model: int, device: torch.device) -> Tensor:
    """Sines in even columns, cosines in odd ones (Vaswani et al. 2017, 3.5): (length, d_model)"""
    position_L1 = torch.arange(first, first + length, device=device).unsqueeze(1)
    frequency = torch.exp(
        torch.arange(0, d_model, 2, device=device) * (-math.log(10_000.0) / d_model)
    )
    angle = position_L1 * frequency
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(start_dim=1)
