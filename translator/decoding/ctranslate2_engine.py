"""Search with CTranslate2, on a model that `translator export` wrote into a folder.

The beam search of CTranslate2 keeps the same hypotheses as that of search.py, but ends when a
number of them are finished, not when no other can win. Patience makes this number so large that the
outcome is nearly always the same. CTranslate2's scores leave out a forced prefix, so hypotheses are
scored again.

The package ctranslate2 is an extra, imported where it is used.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import torch

from translator.compute.files import sha256
from translator.compute.invocation import installing
from translator.compute.workers import kept_threads
from translator.config import BOS_ID, EOS_ID, PAD_ID, DecodingConfig
from translator.decoding.search import Hypothesis, max_target_length
from translator.decoding.strategies import BeamSearch, Strategy
from translator.errors import ConfigError
from translator.text.tokenizer import SPECIALS, Tokenizer

PATIENCE = 2
"""A sentence is done when PATIENCE * beam_size of its hypotheses are finished. With 1, the best
translation differs from that of our own search for 8 of the 500 test sentences of the embedded
corpus; with 2, for none."""
PREFIX_PATIENCE = 4
"""PATIENCE with a forced prefix: the log-probability of the prefix, which CTranslate2 leaves out,
lets longer hypotheses win."""

SCORED_AT_ONCE = 32
"""Hypotheses scored at once: the logits of all their positions are in memory together."""


def import_ctranslate2() -> ModuleType:
    """Raises ConfigError if it is not installed."""
    try:
        import ctranslate2
    except ImportError:
        raise ConfigError(
            f"the package ctranslate2 is not installed: {installing('ctranslate2')}"
        ) from None
    return ctranslate2


def digests_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of an export, by name."""
    return {file.name: sha256(file.read_bytes()) for file in sorted(folder.iterdir())}


def check_files(folder: Path, digests: Mapping[str, str]) -> None:
    """Raises ValueError for a file that is missing or has another digest.

    CTranslate2 itself translates silently, and wrongly, after a flipped bit.
    """
    for name, digest in digests.items():
        if not (folder / name).is_file():
            raise ValueError(f"{name} is missing")
        if sha256((folder / name).read_bytes()) != digest:
            raise ValueError(f"{name} is damaged")


class CTranslate2Search:
    """`decode` with an exported model, on the CPU, in as many threads as torch's.

    Raises RuntimeError if `folder` holds no model of CTranslate2, ConfigError without the package.
    """

    def __init__(self, folder: Path, tokenizer: Tokenizer, *, num_positions: int) -> None:
        # As in our own search, each thread has batches of its own.
        self._num_threads = torch.get_num_threads()
        with kept_threads():  # CTranslate2 sets OpenMP's number, which is torch's too
            self._translator = import_ctranslate2().Translator(
                str(folder), device="cpu", inter_threads=self._num_threads, intra_threads=1
            )
        self._num_positions = num_positions
        self._pieces = tokenizer.pieces(range(tokenizer.vocab_size))
        self._ids = {piece: i for i, piece in enumerate(self._pieces)}

    def __call__(
        self,
        sources: Sequence[Sequence[int]],
        strategy: Strategy,
        *,
        batch_tokens: int = DecodingConfig.batch_tokens,
        prefixes: Sequence[Sequence[int]] | None = None,
        on_done: Callable[[int], None] | None = None,
    ) -> list[list[Hypothesis]]:
        """Like `decode`; a source must hold more than </s>.

        Raises ConfigError for sampling, and for a prefix beyond the exported positions.
        """
        if not isinstance(strategy, BeamSearch):
            raise ConfigError(
                "CTranslate2 cannot sample by a seed: leave --sample out, or use --engine torch"
            )
        prefixes = [[]] * len(sources) if prefixes is None else prefixes
        self._check(sources, prefixes)
        results: dict[int, list[Hypothesis]] = {}
        batches = list(_batches(sources, prefixes, batch_tokens // strategy.beam_size))

        def search(batch: list[int]) -> list[list[Hypothesis]]:
            chosen = [sources[i] for i in batch], [prefixes[i] for i in batch]
            return self._search(*chosen, strategy)

        with ThreadPoolExecutor(self._num_threads) as pool:
            for batch, found in zip(batches, pool.map(search, batches), strict=True):
                results.update(zip(batch, found, strict=True))
                if on_done is not None:
                    on_done(len(batch))
        return [results[i] for i in range(len(sources))]

    def _check(self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> None:
        for i, source in enumerate(sources):
            if len(source) < 2 or source[-1] != EOS_ID:
                raise ValueError(f"source {i} must be tokens and then </s>: {list(source)}")
        longest = max(map(len, prefixes), default=0)
        if longest + 2 > self._num_positions:
            raise ConfigError(
                f"the prefix has {longest} tokens, but the exported model takes at most "
                f"{self._num_positions - 2}: shorten it, or use --engine torch"
            )

    def _search(
        self,
        sources: Sequence[Sequence[int]],
        prefixes: Sequence[Sequence[int]],
        strategy: BeamSearch,
    ) -> list[list[Hypothesis]]:
        """Of sources of one length, with prefixes of one length."""
        patience = PREFIX_PATIENCE if prefixes[0] else PATIENCE
        if strategy.beam_size == 1:
            patience = 1  # one hypothesis, and done when it ends
        src = [self._spell(source[:-1]) for source in sources]  # the model adds the </s>
        found = self._translator.translate_batch(
            src,
            target_prefix=[self._spell(prefix) for prefix in prefixes],
            beam_size=strategy.beam_size,
            patience=patience,
            num_hypotheses=patience * strategy.beam_size,
            length_penalty=strategy.length_penalty,
            max_input_length=0,
            max_decoding_length=_limit(sources[0], prefixes[0]),
            min_decoding_length=0,  # an immediate </s> is a translation, too
            disable_unk=True,
            suppress_sequences=[[SPECIALS[PAD_ID]], [SPECIALS[BOS_ID]]],
            return_end_token=True,  # and so it counts in the length that divides the score
        )
        # The order is that of search.py, except with a prefix, and except for hypotheses that were
        # cut off, which are last here.
        kept = [
            sorted(result.hypotheses, key=_is_cut_off)[: None if prefix else strategy.num_best]
            for result, prefix in zip(found, prefixes, strict=True)
        ]
        scored = iter(self._score(src, kept, strategy.length_penalty))
        ranked = [sorted((next(scored) for _ in pieces), key=_rank) for pieces in kept]
        return [hypotheses[: strategy.num_best] for hypotheses in ranked]

    def _score(
        self,
        src: Sequence[Sequence[str]],
        kept: Sequence[Sequence[list[str]]],
        length_penalty: float,
    ) -> Iterator[Hypothesis]:
        """The hypotheses of all sources in a row, with the model's log-probabilities."""
        pairs = [
            (source, pieces)
            for source, hypotheses in zip(src, kept, strict=True)
            for pieces in hypotheses
        ]
        ends = [SPECIALS[EOS_ID]]
        results = self._translator.score_batch(
            [source for source, _ in pairs],
            # It adds </s> and scores that, too.
            [pieces[:-1] if pieces[-1:] == ends else pieces for _, pieces in pairs],
            max_batch_size=SCORED_AT_ONCE,
            max_input_length=0,
        )
        for (_, pieces), result in zip(pairs, results, strict=True):
            logprobs = result.log_probs[: len(pieces)]
            yield Hypothesis(
                ids=[self._ids[piece] for piece in pieces],
                logprobs=logprobs,
                score=sum(logprobs) / len(pieces) ** length_penalty,
            )

    def _spell(self, ids: Sequence[int]) -> list[str]:
        return [self._pieces[i] for i in ids]


def _is_cut_off(pieces: Sequence[str]) -> bool:
    return pieces[-1] != SPECIALS[EOS_ID]


def _rank(hypothesis: Hypothesis) -> tuple[bool, float]:
    return hypothesis.ids[-1] != EOS_ID, -hypothesis.score


def _limit(source: Sequence[int], prefix: Sequence[int]) -> int:
    """Tokens, </s> included, after which a hypothesis is cut off."""
    return max(max_target_length(len(source)), len(prefix) + 1)


def _batches(
    sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]], budget: int
) -> Iterator[list[int]]:
    """Batches of indices of sources of one length, since CTranslate2 takes one limit for a batch
    and our limit depends on the source length. Sources without a prefix are searched separately."""
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (source, prefix) in enumerate(zip(sources, prefixes, strict=True)):
        groups.setdefault((len(source), len(prefix)), []).append(i)
    for (length, _), indices in groups.items():
        size = max(1, budget // length)
        yield from (indices[at : at + size] for at in range(0, len(indices), size))
