"""Ensembles: several models decode together, by the mean of their probabilities at each step."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from translator.model.transformer import DecoderCache, Transformer


@dataclass
class EnsembleCache:
    """The cache of each model."""

    caches: list[DecoderCache]

    def select(self, index_N: Tensor, index_B: Tensor | None = None) -> None:
        """See `DecoderCache.select`."""
        for cache in self.caches:
            cache.select(index_N, index_B)


class Ensemble(nn.Module):
    """Models with one vocabulary, for `decoding.decode`; each model encodes the source."""

    def __init__(self, models: Sequence[Transformer]) -> None:
        super().__init__()
        self._models = nn.ModuleList(models)

    def encode(self, src: Tensor, src_key_padding_mask: Tensor) -> list[Tensor]:
        """Source ids (B, S) -> a memory (B, S, D) of each model, whose D may differ."""
        return [model.encode(src, src_key_padding_mask) for model in self._each()]

    def start(self, memory: Sequence[Tensor], src_key_padding_mask: Tensor) -> EnsembleCache:
        """Each model starts from its own memory."""
        pairs = zip(self._each(), memory, strict=True)
        return EnsembleCache([model.start(own, src_key_padding_mask) for model, own in pairs])

    def decoding_step(self, last_ids: Tensor, cache: EnsembleCache) -> Tensor:
        """The newest ids (B, W) -> the logarithm of the mean probability of the next (B, W, V)."""
        pairs = zip(self._each(), cache.caches, strict=True)
        logits = [model.decoding_step(last_ids, own).float() for model, own in pairs]
        logprobs_MBWV = torch.stack([one.log_softmax(dim=-1) for one in logits])
        return logprobs_MBWV.logsumexp(dim=0) - math.log(len(logits))

    def _each(self) -> Iterator[Transformer]:
        for model in self._models:
            assert isinstance(model, Transformer)
            yield model
