"""Pairs of token ids -> batches of about equal length within a budget of tokens.

The plan of an epoch follows from (seed, epoch) alone: nothing has to be saved to resume in the
middle of it, and every process of a distributed run derives the same plan on its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

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
    """(B, T), ends with </s>: what the decoder should predict at the same position."""

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

    A filler row has no targets.
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
    # Torch reads a nested list number by number, which would take a tenth of a step on a GPU.
    return torch.from_numpy(
        np.array([[*row, *[PAD_ID] * (length - len(row))] for row in rows], dtype=np.int64)
    )


def lengths_of(pairs: Sequence[IdPair]) -> np.ndarray:
    """(pairs, 2), the numbers of source and target ids."""
    return np.array([(len(src), len(tgt)) for src, tgt in pairs], dtype=np.int32).reshape(-1, 2)


@dataclass(frozen=True)
class Plan(Sequence[np.ndarray]):
    """The batches of an epoch, in order, as indices of their pairs in the training text."""

    order: np.ndarray
    """(pairs), batch by batch."""
    ends: np.ndarray
    """(batches, 2), the begin and end of each batch in `order`."""

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> list[np.ndarray]: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(index, slice):
            return [self.order[start:end] for start, end in self.ends[index].tolist()]
        start, end = self.ends[index].tolist()
        return self.order[start:end]


def plan_epoch(
    lengths: np.ndarray,
    *,
    batch_tokens: int,
    seed: int,
    epoch: int,
    repeats: np.ndarray | None = None,
) -> Plan:
    """Batches of indices: every pair once, grouped by length, in random order.

    `lengths` is (pairs, 2), the numbers of source and target ids. With `repeats` (pairs), a pair
    comes that many times; the fractional part is the probability of one more time. A batch's padded
    longer side has at most `batch_tokens` tokens. Raises CorpusError for a single pair that is
    longer.
    """
    # The legacy generator: NumPy guarantees its numbers forever, but not those of other generators.
    generator = np.random.RandomState([seed % 2**32, seed >> 32, epoch])
    order = generator.permutation(len(lengths)).astype(np.int32)
    if repeats is not None:
        more = generator.random_sample(len(order)) < repeats[order] % 1
        order = np.repeat(order, repeats[order].astype(np.int64) + more)
        generator.shuffle(order)
    # Sort by the longer side; within one length from the shortest source to the shortest target,
    # within the next length in reverse, so that neighbours have similar lengths on both sides. A
    # stable sort keeps pairs of equal lengths shuffled, so every epoch batches them differently.
    src, tgt = lengths[order, 0], lengths[order, 1]
    longer = np.maximum(src, tgt)
    lead = (src - tgt) * np.where(longer % 2, -1, 1)
    by_length = np.argsort(longer.astype(np.int64) * 2**32 + lead, kind="stable")
    order, ends = order[by_length], pack(longer[by_length], batch_tokens)
    # Otherwise an epoch would begin with the shortest pairs and end with the longest.
    generator.shuffle(ends)
    return Plan(order, ends)


def batches_of(ids: Sequence[IdPair], batch_tokens: int) -> list[list[int]]:
    """Indices of pairs grouped by length, the shortest first, for pairs that are read once, in any
    order.

    Raises CorpusError for a pair that is longer than `batch_tokens`.
    """
    lengths = lengths_of(ids).max(axis=1)
    order = np.argsort(lengths, kind="stable")
    ends = pack(lengths[order], batch_tokens)
    return [order[start:end].tolist() for start, end in ends.tolist()]


def pack(lengths: np.ndarray, batch_tokens: int) -> np.ndarray:
    """Split the ascending `lengths` into runs whose count times longest length is at most
    `batch_tokens`.

    Returns (runs, 2), the begin and end of each run. Raises CorpusError for a longer length.
    """
    if len(lengths) and lengths[-1] > batch_tokens:
        raise CorpusError(
            f"a pair has {lengths[-1]} tokens, more than training.batch_tokens ({batch_tokens}): "
            "raise training.batch_tokens, or drop the pair"
        )
    ends = [0]
    while ends[-1] < len(lengths):
        start = ends[-1]
        end = min(start + batch_tokens // max(1, int(lengths[start])), len(lengths))
        if lengths[end - 1] > lengths[start]:  # or as many as would fit if all had this length
            padded = np.arange(1, end - start + 1) * lengths[start:end]
            end = start + int(np.searchsorted(padded, batch_tokens, side="right"))
        ends.append(end)
    return np.array([ends[:-1], ends[1:]], dtype=np.int64).T
