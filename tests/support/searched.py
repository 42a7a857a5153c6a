"""Input for the tests of search: sources, prefixes, and the model's own token probabilities."""

from collections.abc import Sequence

import torch
from torch import Tensor

from translator.config import BOS_ID, EOS_ID, PAD_ID
from translator.model.transformer import Transformer

V = 23
SOURCES = [[5, 9, EOS_ID], [EOS_ID], [11, 4, 8, 17, 6, 22, EOS_ID], [7, 7, EOS_ID], [19, EOS_ID]]
PREFIXES = [[8], [], [4, 10, 21], [16, 4], []]


def forced_logprobs(model: Transformer, source: Sequence[int], ids: Sequence[int]) -> Tensor:
    """The log probability of each of `ids`, from one pass of the model over the whole target."""
    return next_logprobs(model, source, ids[:-1])[range(len(ids)), list(ids)]


def next_logprobs(model: Transformer, source: Sequence[int], ids: Sequence[int]) -> Tensor:
    """The log probabilities (T + 1, V) before each of `ids` and after the last."""
    src = torch.tensor([source])
    with torch.no_grad():
        memory = model.eval().encode(src, src == PAD_ID)
        logits = model.logits(torch.tensor([[BOS_ID, *ids]]), memory, src == PAD_ID)
    return logits[0].log_softmax(dim=-1)
