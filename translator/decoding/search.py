"""Search for translations: greedy, beam search and sampling, over cached decoder steps. Ids in, ids
out.

Shape suffixes of the tensor names below:

    B  sentences still searched          C  candidates: hypotheses one token longer
    W  live hypotheses of one sentence   N  all hypotheses of all sentences
    V  vocab_size                        S  source positions

Greedy search is a beam of one; sampling differs from beam search only in how candidates are chosen.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from translator.compute.workers import map_in_workers, num_workers
from translator.config import BOS_ID, EOS_ID, PAD_ID, DecodingConfig
from translator.decoding.candidates import (
    NEVER_GENERATED,
    draw,
    forbid,
    most_probable,
    uniforms,
)
from translator.decoding.strategies import Sampling, Strategy
from translator.text.batching import pad

CERTAIN_TOKENS = 3
"""Further tokens of probability 1 that an unfinished hypothesis is granted, see
`_Sentence.advance`."""


class Cache(Protocol):
    """What a model keeps between decoding steps; see `model.DecoderCache`."""

    def select(self, index_N: Tensor, index_B: Tensor | None = None) -> None: ...


class Model(Protocol):
    """The interface of a search to a model: a `model.Transformer`, or an `ensemble.Ensemble` of
    several."""

    training: bool

    def encode(self, src: Tensor, src_key_padding_mask: Tensor) -> Any: ...
    def start(self, memory: Any, src_key_padding_mask: Tensor) -> Cache: ...
    def decoding_step(self, last_ids: Tensor, cache: Any) -> Tensor: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def eval(self) -> object: ...
    def train(self, mode: bool = True) -> object: ...


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One translation of one source."""

    ids: list[int]
    """Target ids without <s>, including a forced prefix; ends in </s> if and only if finished."""
    logprobs: list[float]
    """The model's log-probability of each id given the ids before it, also for forced ids."""
    score: float
    """The score that orders hypotheses; those cut off at the length limit follow the finished
    ones."""


def max_target_length(src_length: int) -> int:
    """Tokens, </s> included, after which a hypothesis is returned unfinished."""
    return 10 + 2 * src_length


def decode(
    model: Model,
    sources: Sequence[Sequence[int]],
    strategy: Strategy,
    *,
    batch_tokens: int = DecodingConfig.batch_tokens,
    prefixes: Sequence[Sequence[int]] | None = None,
    max_lengths: Sequence[int] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> list[list[Hypothesis]]:
    """The hypotheses of each of the `sources`, which end in </s>, in input order, best first.

    `batch_tokens` bounds the padded source tokens times hypotheses per source decoded together;
    results do not depend on it. `prefixes`, one per source and possibly empty, are forced as the
    start of every hypothesis. `max_lengths`, one per source, replace `max_target_length`. `on_done`
    is called with the number of sources that were just finished.
    """
    prefixes = [[]] * len(sources) if prefixes is None else prefixes
    limits = max_lengths or [max_target_length(len(source)) for source in sources]
    _check(sources, prefixes)
    results: dict[int, list[Hypothesis]] = {}
    was_training = model.training
    model.eval()

    def search(batch: list[int]) -> list[list[Hypothesis]]:
        with torch.inference_mode():  # of this thread
            chosen = [(sources[i], prefixes[i], limits[i]) for i in batch]
            return _decode_batch(model, chosen, strategy)

    try:
        # To keep every worker busy, a batch is not larger than a worker's share of the sources.
        number = num_workers(next(model.parameters()).device)
        share = math.ceil(sum(map(len, sources)) / number)
        batches = list(_batches(sources, min(batch_tokens // _shape(strategy)[0], share)))
        with closing(map_in_workers(search, batches, number)) as all_found:
            for batch, found in zip(batches, all_found, strict=True):
                results.update(zip(batch, found, strict=True))
                if on_done is not None:
                    on_done(len(batch))
    finally:
        model.train(was_training)
    return [results[i] for i in range(len(sources))]


@dataclass(slots=True)
class _Node:
    """The last token of a hypothesis, linked to the one before it."""

    parent: "_Node | None"
    """None before <s>."""
    token: int
    logprob: float
    total: float
    """Sum of the log-probabilities so far."""
    place: int
    """Index of its parent among the live hypotheses of its sentence."""
    draw: int = 0
    """The number of a sample among the samples of its source."""

    def hypothesis(self, score: float) -> Hypothesis:
        """All tokens after <s>."""
        ids, logprobs, node = [], [], self
        while node.parent is not None:
            ids.append(node.token)
            logprobs.append(node.logprob)
            node = node.parent
        return Hypothesis(ids=ids[::-1], logprobs=logprobs[::-1], score=score)


@dataclass
class _Sentence:
    """The search for the translations of one source."""

    batch_row: int
    limit: int
    """Tokens at which a hypothesis is cut off."""
    prefix: Sequence[int]
    uniforms: list[list[float]]
    """(L, num_samples) random numbers in [0, 1), drawn in advance; None for beam search."""
    live: list[_Node]
    """Unfinished hypotheses; in beam search, the best first."""
    finished: list[tuple[float, _Node]]
    """Finished hypotheses with their scores, the best first; at most as many as are asked for."""

    def advance(self, candidates: Iterable[_Node], strategy: Strategy, length: int) -> None:
        """Split the candidates of `live`, the best first, into finished and live hypotheses."""
        width, num_best, length_penalty = _shape(strategy)
        self.live, ended = [], []
        for rank, node in enumerate(candidates):
            if node.token != EOS_ID:
                self.live.append(node)
                if len(self.live) == width:
                    break
            # Lower candidates cannot finish, or too many hypotheses would end too early.
            elif rank < width:
                ended.append((node.total / length**length_penalty, node))
        # Only as many finished hypotheses are kept as are asked for.
        if ended:
            self.finished = _best_first(self.finished + ended)[:num_best]
        if len(self.finished) == num_best:
            # A live hypothesis never gains log-probability, so without a length penalty it scores
            # at most its present sum. With a length penalty, a tail of certain tokens would raise
            # its score, up to the length limit; no model writes such tails, and waiting for them
            # takes half of the time. A few such tokens are granted.
            end = length + (CERTAIN_TOKENS if length_penalty > 0 else 1)
            worst = self.finished[-1][0] * end**length_penalty
            self.live = [node for node in self.live if node.total > worst]

    def results(self, length: int, strategy: Strategy) -> list[Hypothesis]:
        """The finished, then those cut off at the limit of `length` tokens."""
        _, num_best, length_penalty = _shape(strategy)
        cut_off = _best_first([(node.total / length**length_penalty, node) for node in self.live])
        return [node.hypothesis(score) for score, node in (self.finished + cut_off)[:num_best]]


def _best_first(scored: list[tuple[float, _Node]]) -> list[tuple[float, _Node]]:
    return sorted(scored, key=itemgetter(0), reverse=True)


def _decode_batch(
    model: Model,
    chosen: Sequence[tuple[Sequence[int], Sequence[int], int]],
    strategy: Strategy,
) -> list[list[Hypothesis]]:
    """`chosen` are sources, their prefixes and their limits."""
    device = next(model.parameters()).device
    src_BS = pad([source for source, _, _ in chosen]).to(device)
    padding_BS = src_BS == PAD_ID
    # Once for all decoding steps: the encoder's output does not change.
    cache = model.start(model.encode(src_BS, padding_BS), padding_BS)
    searched = [_start(row, *one, strategy) for row, one in enumerate(chosen)]
    results: list[list[Hypothesis]] = [[] for _ in chosen]
    for length in itertools.count(1):
        width = max(len(sentence.live) for sentence in searched)
        _step(model, cache, searched, strategy, length)
        running = []
        for b, sentence in enumerate(searched):
            if sentence.live and length < sentence.limit:
                running.append(b)
            else:
                results[sentence.batch_row] = sentence.results(length, strategy)
        if not running:
            return results
        _select(cache, searched, running, width, device)
        searched = [searched[b] for b in running]
    raise AssertionError("every hypothesis is cut off at its limit")


def _start(
    batch_row: int, source: Sequence[int], prefix: Sequence[int], limit: int, strategy: Strategy
) -> _Sentence:
    """One live hypothesis, empty: more would be copies of it."""
    limit = max(limit, len(prefix) + 1)
    return _Sentence(
        batch_row=batch_row,
        limit=limit,
        prefix=prefix,
        uniforms=uniforms(source, strategy, limit),
        live=[_Node(parent=None, token=BOS_ID, logprob=0.0, total=0.0, place=0)],
        finished=[],
    )


def _step(
    model: Model,
    cache: Cache,
    searched: Sequence[_Sentence],
    strategy: Strategy,
    length: int,
) -> None:
    """Make the hypotheses one token longer, `length` tokens."""
    last_BW = _grid([[node.token for node in sentence.live] for sentence in searched], PAD_ID)
    device = next(model.parameters()).device
    logits_BWV = model.decoding_step(last_BW.to(device), cache).float()
    logprobs_BWV = torch.log_softmax(logits_BWV, dim=-1, out=logits_BWV)  # less memory to move
    forbid(logprobs_BWV, [sentence.prefix[length - 1 : length] for sentence in searched])
    if isinstance(strategy, Sampling):
        uniform_BC = _grid([_live_uniforms(sentence, length) for sentence in searched], 0.0)
        choice_BC = draw(logprobs_BWV, uniform_BC.to(device), strategy)
    elif strategy.beam_size == 1:  # greedy: one candidate, and done when it ends
        choice_BC = logprobs_BWV.flatten(1).argmax(dim=1, keepdim=True)
    else:
        # Each hypothesis can end only once: of 2 * `beam_size` candidates, at least `beam_size`
        # continue.
        total_BW = _grid([[node.total for node in s.live] for s in searched], -math.inf)
        choice_BC = most_probable(logprobs_BWV, total_BW.to(device), 2 * strategy.beam_size)
    logprob_BC = logprobs_BWV.flatten(1).gather(1, choice_BC)
    vocab_size = logprobs_BWV.size(-1)
    for sentence, choices, logprobs in zip(
        searched, choice_BC.tolist(), logprob_BC.tolist(), strict=True
    ):
        sentence.advance(
            _candidates(sentence.live, choices, logprobs, vocab_size), strategy, length
        )


def _candidates(
    live: Sequence[_Node], choices: Sequence[int], logprobs: Sequence[float], vocab_size: int
) -> Iterator[_Node]:
    """The hypotheses one token longer, without forbidden candidates and candidates of padding."""
    for rank, (choice, logprob) in enumerate(zip(choices, logprobs, strict=True)):
        place, token = divmod(choice, vocab_size)
        if place < len(live) and logprob > -math.inf:
            parent = live[place]
            draw = rank if parent.parent is None else parent.draw
            yield _Node(parent, token, logprob, parent.total + logprob, place, draw)


def _select(
    cache: Cache,
    searched: Sequence[_Sentence],
    running: Sequence[int],
    width: int,
    device: torch.device,
) -> None:
    """Reorder the cache for the live hypotheses of the sentences `running`.

    `width` is the number of hypotheses per sentence in the cache. If a sentence now has fewer than
    another, copies of its first hypothesis fill up its rows.
    """
    places = [[node.place for node in searched[b].live] for b in running]
    new_width = max(map(len, places))
    rows = [
        b * width + place
        for b, live in zip(running, places, strict=True)
        for place in live + live[:1] * (new_width - len(live))
    ]
    if rows == list(range(width * len(searched))):
        return  # each hypothesis has continued itself
    everyone = len(running) == len(searched)
    index_N = torch.tensor(rows, device=device)
    cache.select(index_N, None if everyone else torch.tensor(running, device=device))


def _grid(rows: Sequence[list[int]] | Sequence[list[float]], filler: float) -> Tensor:
    """Lists of different lengths, one per row."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])


def _check(sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> None:
    if len(sources) != len(prefixes):
        raise ValueError(f"{len(sources)} sources but {len(prefixes)} prefixes: give one for each")
    for i, source in enumerate(sources):
        if len(source) == 0 or source[-1] != EOS_ID:
            raise ValueError(f"source {i} must end in </s> ({EOS_ID}): {list(source)}")
    for i, prefix in enumerate(prefixes):
        if not {EOS_ID, *NEVER_GENERATED}.isdisjoint(prefix):
            raise ValueError(f"prefix {i} must not hold special ids: {list(prefix)}")


def _batches(sources: Sequence[Sequence[int]], budget: int) -> Iterator[list[int]]:
    """Batches of indices of sources of similar length, longest first, at most `budget` padded
    tokens each."""
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]), reverse=True)
    while order:
        size = max(1, budget // len(sources[order[0]]))
        yield order[:size]
        order = order[size:]


def _shape(strategy: Strategy) -> tuple[int, int, float]:
    """Hypotheses searched per source, hypotheses returned, length_penalty."""
    if isinstance(strategy, Sampling):
        return strategy.num_samples, strategy.num_samples, 1.0
    return strategy.beam_size, strategy.num_best, strategy.length_penalty


def _live_uniforms(sentence: _Sentence, length: int) -> list[float]:
    """In the first decoding step, all samples continue one hypothesis; later, each continues its
    own."""
    uniforms = sentence.uniforms[length - 1]
    return uniforms if length == 1 else [uniforms[node.draw] for node in sentence.live]
