"""Pairs of token ids -> batches of about equal length within a budget of tokens.

The plan of an epoch follows from (seed, epoch) alone: nothing has to be saved to resume in the
middle of it, and every process of a distributed run derives the same plan by itself.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from translator.config import BOS_ID, EOS_ID, PAD_ID
from translator.errors import CorpusError

IdPair = tuple[list[int], list[int]]
"""Source and target ids, each ending in </s>."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Pairs as tensors: B sentences, S source positions, T target positions, padded right."""

    src: Tensor
    """(B, S)"""
    src_key_padding_mask: Tensor
    """(B, S), True at <pad>."""
    tgt_in: Tensor
    """(B, T), starts with <s>: what the decoder reads."""
    tgt_out: Tensor
    """(B, T), ends with </s>: what the decoder is to predict at the same position."""

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(
            src=self.src.to(device),
            src_key_padding_mask=self.src_key_padding_mask.to(device),
            tgt_in=self.tgt_in.to(device),
            tgt_out=self.tgt_out.to(device),
        )


def collate(pairs: Sequence[IdPair]) -> Batch:
    """Pad pairs to one batch and shift the target: the only place where either happens."""
    src = pad([src for src, _ in pairs])
    return Batch(
        src=src,
        src_key_padding_mask=src == PAD_ID,
        tgt_in=pad([[BOS_ID, *tgt[:-1]] for _, tgt in pairs]),
        tgt_out=pad([tgt for _, tgt in pairs]),
    )


def even(pairs: Sequence[IdPair], *, rows: int, length: int) -> Batch:
    """A batch filled up to multiples of `rows` and `length`, so that there are few shapes.

    A row that fills has no targets.
    """
    batch = collate(pairs)
    num_rows = -(-len(pairs) // rows) * rows

    def filled(ids: Tensor) -> Tensor:
        missing = (0, -ids.size(1) % length, 0, num_rows - len(ids))
        return F.pad(ids, missing, value=PAD_ID)

    src = filled(batch.src)
    src[len(pairs) :, 0] = EOS_ID  # attention needs something to look at
    return Batch(
        src=src,
        src_key_padding_mask=src == PAD_ID,
        tgt_in=filled(batch.tgt_in),
        tgt_out=filled(batch.tgt_out),
    )


def pad(rows: Sequence[Sequence[int]]) -> Tensor:
    """Rows of ids -> (B, L) with <pad> on the right."""
    length = max(map(len, rows), default=0)
    # Torch reads a nested list a number at a time, which would take a tenth of a step on a GPU.
    return torch.from_numpy(
        np.array([[*row, *[PAD_ID] * (length - len(row))] for row in rows], dtype=np.int64)
    )


def plan_epoch(
    pairs: Sequence[IdPair], *, batch_tokens: int, seed: int, epoch: int
) -> list[list[int]]:
    """Batches of indices into `pairs`: every pair once, alike in length, in random order.

    A batch's padded longer side has at most `batch_tokens` tokens. Raises CorpusError for a pair
    that is longer than that by itself.
    """
    generator = random.Random(f"{seed} {epoch}")
    order = list(range(len(pairs)))
    generator.shuffle(order)
    # By the longer side; within one length from the shortest source to the shortest target, within
    # the next one back again, so that neighbours are alike on both sides. A stable sort: pairs of
    # equal lengths stay shuffled, so every epoch batches them anew.
    lengths = [(len(src), len(tgt)) for src, tgt in pairs]
    longer = [max(both) for both in lengths]
    lead = [(src - tgt) * (-1) ** max(src, tgt) for src, tgt in lengths]
    order.sort(key=lambda index: (longer[index], lead[index]))
    batches = pack(order, longer, batch_tokens)
    # Or an epoch would begin with the shortest pairs and end with the longest.
    generator.shuffle(batches)
    return batches


def pack(order: Sequence[int], lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Cut `order` into runs whose count times longest length is at most `batch_tokens`."""
    batches: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if lengths[index] > batch_tokens:
            raise CorpusError(
                f"a pair has {lengths[index]} tokens, more than training.batch_tokens "
                f"({batch_tokens}): raise that, or drop the pair"
            )
        if not batches or (len(batches[-1]) + 1) * longest > batch_tokens:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return batches
