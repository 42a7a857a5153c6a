"""The training text as batches of ids, epoch after epoch.

A batch depends only on the seed, the epoch and the indices of its pairs. Training therefore resumes
anywhere as if it had not been interrupted, whichever process segments the texts.
"""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np

from translator.compute.memory import give_back_freed_memory
from translator.compute.workers import map_ahead
from translator.text.batching import IdPair, Plan, plan_epoch
from translator.text.stored import StoredIds, StoredPairs
from translator.text.tokenizer import Tokenizer

MEASURED = 1000
"""Pairs used to estimate how many more ids subword sampling makes."""
MANY = 2**20
"""Pairs, so many that the memory for planning is worth giving back: 20 bytes a pair."""


@dataclass(kw_only=True)
class Epochs:
    """All batches of a training, epoch by epoch."""

    tokenizer: Tokenizer
    sampling: float
    """`TokenizerConfig.sampling`."""
    pairs: StoredPairs
    ids: StoredIds
    """The ids of the same pairs, segmented without sampling."""
    batch_tokens: int
    seed: int
    repeats: np.ndarray | None = None
    """(pairs), how often an epoch has each; once, if None."""
    num_workers: int = 1
    """Processes that sample subwords ahead of the training."""

    def __post_init__(self) -> None:
        self.lengths = self.ids.lengths
        """(pairs, 2), the numbers of ids."""
        self._budget = self._plain_tokens()
        self._planner = ThreadPoolExecutor(1)
        self._plans: dict[int, Future[Plan]] = {}

    def batches(self, epoch: int, position: int = 0) -> Generator[list[IdPair], None, None]:
        """The batches of an epoch from `position` on."""
        plan = self.plan(epoch)
        places = range(position, len(plan))
        if self.sampling:
            found = map_ahead(partial(self._sampled, epoch, plan), places, self.num_workers)
        else:
            found = (self.ids.take(plan[place]) for place in places)
        with closing(found):
            for batch in found:
                # Planning takes seconds for millions of pairs. It starts after the first batch: a
                # process should have no other thread at work while it is forked.
                self._plan_ahead(epoch + 1)
                yield batch

    def plan(self, epoch: int) -> Plan:
        """The batches of an epoch, as indices into the text."""
        self._plan_ahead(epoch)
        # Timing the first steps, before training, uses the same plan.
        self._plans = {n: plan for n, plan in self._plans.items() if n in (epoch, epoch + 1)}
        return self._plans[epoch].result()

    def _plan_ahead(self, epoch: int) -> None:
        if epoch not in self._plans:
            self._plans[epoch] = self._planner.submit(self._make_plan, epoch)

    def _make_plan(self, epoch: int) -> Plan:
        plan = plan_epoch(
            self.lengths,
            batch_tokens=self._budget,
            seed=self.seed,
            epoch=epoch,
            repeats=self.repeats,
        )
        if len(self.lengths) >= MANY:
            give_back_freed_memory()
        return plan

    def _sampled(self, epoch: int, plan: Plan, place: int) -> list[IdPair]:
        rows = plan[place]
        whole, sampled = self.ids.take(rows), self._sample(epoch, rows)
        # Sampled into smaller pieces, a pair may be longer than a batch.
        return [
            pair if max(map(len, pair)) <= self.batch_tokens else ids
            for pair, ids in zip(sampled, whole, strict=True)
        ]

    def _sample(self, epoch: int, rows: np.ndarray) -> list[IdPair]:
        found = []
        for row, pair in zip(rows.tolist(), self.pairs.take(rows), strict=True):
            seed = f"{self.seed} {epoch} {row}"
            src, tgt = self.tokenizer.sample_all(pair, sampling=self.sampling, seed=seed)
            found.append((src, tgt))
        return found

    def _plain_tokens(self) -> int:
        """The tokens of a batch without sampling, if the batch has `batch_tokens` with sampling."""
        if not self.sampling:
            return self.batch_tokens
        rows = np.unique(np.linspace(0, len(self.ids) - 1, MEASURED).astype(np.int64))
        plain = self.lengths[rows].max(axis=1).sum()
        sampled = sum(max(map(len, pair)) for pair in self._sample(0, rows))
        budget = int(self.batch_tokens * plain / sampled)
        return max(budget, int(self.lengths.max()))
