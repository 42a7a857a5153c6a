"""Search for translations: greedy, beam, sampling over cached decoder steps. Ids in, ids out.

Shape suffixes of the tensor names below:

    B  sentences still searched          C  candidates: hypotheses one token longer
    W  live hypotheses of one sentence   N  finished hypotheses kept of one sentence
    V  vocab_size                        L  longest allowed target of the batch
    S  source positions                  P  longest forced prefix of the batch

Greedy search is a beam of one; sampling differs from a beam only in how candidates are chosen.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from translator.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from translator.errors import ConfigError
from translator.model import DecoderCache, Transformer

NEVER_GENERATED = [PAD_ID, UNK_ID, BOS_ID]
"""Not words of any sentence. <unk> is not needed: what has no piece is spelt in bytes."""


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Keep the `beam_size` most probable hypotheses at each step.

    score = sum of log-probabilities / length ** length_penalty, where the length counts </s>.
    """

    beam_size: int = 5
    """Hypotheses kept at each step; 1 is greedy."""
    length_penalty: float = 1.0
    """0 leaves the sum as it is, 1 takes the mean; more favours longer translations."""
    num_best: int = 1
    """Hypotheses returned per source."""

    def __post_init__(self) -> None:
        if min(self.beam_size, self.num_best) < 1:
            values = f"beam_size is {self.beam_size}, num_best is {self.num_best}"
            raise ConfigError(f"{values}: use at least 1")
        if self.num_best > self.beam_size:
            raise ConfigError(
                f"num_best is {self.num_best} but beam_size is {self.beam_size}: "
                f"ask for at most {self.beam_size}, or raise beam_size to {self.num_best}"
            )
        if not -10 <= self.length_penalty <= 10:
            raise ConfigError(f"length_penalty is {self.length_penalty}: use -10 to 10 (0 is off)")


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Draw each token from the model's distribution, reshaped and cut.

    A source's samples depend on the model, the source and these settings alone: equal sources get
    equal samples, whatever stands beside them. score = mean of the model's own log-probabilities
    (those at temperature 1).
    """

    temperature: float = 1.0
    """Logits are divided by it: below 1 is more certain, above 1 more varied."""
    top_k: int = 0
    """Draw from the k most probable tokens only; 0 takes all."""
    top_p: float = 1.0
    """Then draw from the fewest most probable tokens that together have this probability."""
    num_samples: int = 1
    """Hypotheses per source, drawn independently: they may repeat."""
    seed: int = 1
    """Another seed draws other samples."""

    def __post_init__(self) -> None:
        if self.num_samples < 1:
            raise ConfigError(f"num_samples is {self.num_samples}: use at least 1")
        if not 0 < self.temperature < math.inf:
            raise ConfigError(f"temperature is {self.temperature}: use above 0 (beam 1 is greedy)")
        if self.top_k < 0:
            raise ConfigError(f"top_k is {self.top_k}: use at least 1, or 0 to take all")
        if not 0 < self.top_p <= 1:
            raise ConfigError(f"top_p is {self.top_p}: use above 0 and at most 1")


Strategy = BeamSearch | Sampling


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One translation of one source."""

    ids: list[int]
    """Target ids, a forced prefix included, without <s>; ends in </s> if and only if finished."""
    logprobs: list[float]
    """The model's log-probability of each id given those before it, a forced one's too."""
    score: float
    """What hypotheses are ordered by; those cut off at the length limit follow the finished."""


def max_target_length(src_length: int) -> int:
    """Tokens, </s> included, after which a hypothesis is returned unfinished."""
    return 10 + 2 * src_length


def decode(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    strategy: Strategy,
    *,
    batch_tokens: int = 4096,
    prefixes: Sequence[Sequence[int]] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> list[list[Hypothesis]]:
    """Translate `sources`, each ending in </s>: their hypotheses in input order, best first.

    `batch_tokens` bounds the padded source tokens times hypotheses per source decoded together;
    results do not depend on it. `prefixes`, one per source and possibly empty, are forced as the
    start of every hypothesis. `on_done` is told how many more sources are finished.
    """
    prefixes = [[]] * len(sources) if prefixes is None else prefixes
    _check(sources, prefixes)
    results: dict[int, list[Hypothesis]] = {}
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for batch in _batches(sources, batch_tokens // _shape(strategy)[0]):
                found = _decode_batch(
                    model, [sources[i] for i in batch], [prefixes[i] for i in batch], strategy
                )
                results.update(zip(batch, found, strict=True))
                if on_done is not None:
                    on_done(len(batch))
    finally:
        model.train(was_training)
    return [results[i] for i in range(len(sources))]


@dataclass(frozen=True)
class _Hypotheses:
    """Some hypotheses of each of B sentences. A place scored -inf is empty."""

    ids: Tensor
    """(B, W, 1 + L), <s> before the start and <pad> after the end."""
    logprobs: Tensor
    """(B, W, 1 + L)"""
    scores: Tensor
    """(B, W): of live ones the plain sum of log-probabilities, of finished ones the score."""

    def __getitem__(self, index: Tensor | tuple[Tensor | slice, Tensor | slice]) -> "_Hypotheses":
        """By sentence, or by sentence and hypothesis."""
        return _Hypotheses(self.ids[index], self.logprobs[index], self.scores[index])

    def joined(self, other: "_Hypotheses") -> "_Hypotheses":
        """Both in one, sentence by sentence."""
        return _Hypotheses(
            torch.cat([self.ids, other.ids], dim=1),
            torch.cat([self.logprobs, other.logprobs], dim=1),
            torch.cat([self.scores, other.scores], dim=1),
        )

    def of_sentence(self, b: int) -> list[Hypothesis]:
        """Best first."""
        lengths = self.ids[b].ne(PAD_ID).sum(dim=1)
        columns = (self.ids[b], self.logprobs[b], self.scores[b], lengths)
        hypotheses = [
            Hypothesis(ids=ids[1:length], logprobs=logprobs[1:length], score=score)
            for ids, logprobs, score, length in zip(*(c.tolist() for c in columns), strict=True)
            if score > -math.inf
        ]
        return sorted(hypotheses, key=lambda hypothesis: hypothesis.score, reverse=True)


@dataclass
class _Search:
    """The sentences of one batch that are still searched."""

    batch_rows: Tensor
    """(B,), where each stands in the batch."""
    cache: DecoderCache
    live: _Hypotheses
    finished: _Hypotheses
    limits: Tensor
    """(B,), tokens at which a hypothesis is cut off."""
    prefixes: Tensor
    """(B, P), <pad> after the end."""
    uniforms: Tensor
    """(B, W, L), random numbers in [0, 1), drawn beforehand; of a beam search, none."""

    def keep(self, index_B: Tensor) -> None:
        """Let the other sentences go."""
        self.cache.select_sentences(index_B)
        self.batch_rows = self.batch_rows[index_B]
        self.live = self.live[index_B]
        self.finished = self.finished[index_B]
        self.limits = self.limits[index_B]
        self.prefixes = self.prefixes[index_B]
        self.uniforms = self.uniforms[index_B]


def _decode_batch(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    prefixes: Sequence[Sequence[int]],
    strategy: Strategy,
) -> list[list[Hypothesis]]:
    _, num_best, length_penalty = _shape(strategy)
    search = _start(model, sources, prefixes, strategy)
    results: list[list[Hypothesis]] = [[] for _ in sources]
    for length in range(1, search.live.ids.size(2)):
        _step(model, search, strategy, length)
        done_B = _is_done(search, length, length_penalty)
        running_B = (~done_B).nonzero().squeeze(1)  # the one wait for the device in a step
        if len(running_B) == len(done_B):
            continue
        cut_off = replace(search.live, scores=search.live.scores / length**length_penalty)
        for b in done_B.nonzero().squeeze(1).tolist():
            found = search.finished.of_sentence(b) + cut_off.of_sentence(b)
            results[int(search.batch_rows[b])] = found[:num_best]
        if len(running_B) == 0:
            break
        search.keep(running_B)
    return results


def _start(
    model: Transformer,
    sources: Sequence[Sequence[int]],
    prefixes: Sequence[Sequence[int]],
    strategy: Strategy,
) -> _Search:
    """One live hypothesis per sentence, empty: more would be copies of it."""
    device = next(model.parameters()).device
    limits = [
        max(max_target_length(len(source)), len(prefix) + 1)
        for source, prefix in zip(sources, prefixes, strict=True)
    ]
    num, longest = len(sources), max(limits)
    src_BS = _padded(sources, device)
    padding_BS = src_BS == PAD_ID
    return _Search(
        batch_rows=torch.arange(num, device=device),
        cache=model.start(model.encode(src_BS, padding_BS), padding_BS),
        live=_empty(num, 1, longest, 0.0, device),
        finished=_empty(num, _shape(strategy)[1], longest, -math.inf, device),
        limits=torch.tensor(limits, device=device),
        prefixes=_padded(prefixes, device),
        uniforms=_uniforms(sources, strategy, longest).to(device),
    )


def _empty(num: int, width: int, longest: int, score: float, device: torch.device) -> _Hypotheses:
    ids_BWL = torch.full((num, width, 1 + longest), PAD_ID, device=device)
    ids_BWL[:, :, 0] = BOS_ID
    scores_BW = torch.full((num, width), score, device=device)
    return _Hypotheses(ids_BWL, torch.zeros_like(ids_BWL, dtype=torch.float), scores_BW)


def _step(model: Transformer, search: _Search, strategy: Strategy, length: int) -> None:
    """Make the hypotheses one token longer, `length` tokens, and part the ended from the live."""
    width, num_best, length_penalty = _shape(strategy)
    live = search.live
    logits_BWV = model.step(live.ids[:, :, length - 1], search.cache)
    logprobs_BWV = logits_BWV.float().log_softmax(dim=-1)
    old_width, vocab_size = logprobs_BWV.shape[1:]
    _forbid(logprobs_BWV, search.prefixes[:, length - 1 : length])
    if isinstance(strategy, Sampling):
        choice_BC = _draw(logprobs_BWV, search.uniforms[:, :, length - 1], strategy)
    else:
        choice_BC = _most_probable(live.scores.unsqueeze(2) + logprobs_BWV, width)

    sentence_B1 = torch.arange(len(choice_BC), device=choice_BC.device).unsqueeze(1)
    parent_BC = choice_BC // vocab_size
    candidates = live[sentence_B1, parent_BC]
    candidates.ids[:, :, length] = choice_BC % vocab_size
    candidates.logprobs[:, :, length] = logprobs_BWV.flatten(1).gather(1, choice_BC)
    candidates.scores.add_(candidates.logprobs[:, :, length])

    # Only what ends among the best `width` is finished, or a beam would end too much too early.
    ends_BC = candidates.ids[:, :, length] == EOS_ID
    scores_BC = candidates.scores / length**length_penalty
    ended = replace(candidates, scores=scores_BC.masked_fill(~ends_BC, -math.inf))
    finished = search.finished.joined(ended[:, :width])
    search.finished = finished[sentence_B1, finished.scores.topk(num_best).indices]

    candidates.scores.masked_fill_(ends_BC, -math.inf)
    if parent_BC.size(1) > width:
        index_BW = candidates.scores.topk(width).indices
        candidates, parent_BC = candidates[sentence_B1, index_BW], parent_BC.gather(1, index_BW)
    search.live = candidates
    if choice_BC.size(1) != old_width:  # equal: each hypothesis has continued itself
        search.cache.select_hypotheses((sentence_B1 * old_width + parent_BC).flatten())


def _forbid(logprobs_BWV: Tensor, forced_B1: Tensor) -> None:
    """Set to -inf, in place, what may not come next: within a prefix, all but its token."""
    if forced_B1.size(1) == 1:  # 0 once the longest prefix is over
        others_BV = (forced_B1 != PAD_ID).repeat(1, logprobs_BWV.size(2))
        others_BV.scatter_(1, forced_B1, False)
        logprobs_BWV.masked_fill_(others_BV.unsqueeze(1), -math.inf)
    for token in NEVER_GENERATED:
        logprobs_BWV[..., token] = -math.inf


def _most_probable(totals_BWV: Tensor, beam_size: int) -> Tensor:
    """The best candidates (B, C), as w * V + token.

    Each hypothesis can end but once, so twice `beam_size` of them leave as many alive. A beam of
    one takes one, and is over where that ends: greedy search.
    """
    num = 1 if beam_size == 1 else 2 * beam_size
    return totals_BWV.flatten(1).topk(min(num, totals_BWV[0].numel())).indices


def _draw(logprobs_BWV: Tensor, uniform_BC: Tensor, sampling: Sampling) -> Tensor:
    """One token for each uniform number (B, C), as w * V + token, by inverting the distribution."""
    probs_BWV = (logprobs_BWV / sampling.temperature).softmax(dim=-1)
    if sampling.top_k > 0 or sampling.top_p < 1:
        probs_BWV = _without_tail(probs_BWV, sampling.top_k, sampling.top_p)
    cumulated_BWV = probs_BWV.cumsum(dim=-1)
    num_sentences, width, vocab_size = probs_BWV.shape
    # In the first step all draws are from one distribution (W = 1), later each is from its own.
    wanted_BWC = uniform_BC.view(num_sentences, width, -1) * cumulated_BWV[..., -1:]
    token_BWC = torch.searchsorted(cumulated_BWV, wanted_BWC, right=True)
    first_W1 = torch.arange(width, device=token_BWC.device).unsqueeze(1) * vocab_size
    return (first_W1 + token_BWC).flatten(1)


def _without_tail(probs_BWV: Tensor, top_k: int, top_p: float) -> Tensor:
    """Zero but for the `top_k` most probable, and of those the fewest that sum to `top_p`."""
    descending_BWV, order_BWV = probs_BWV.sort(dim=-1, descending=True)
    if top_k > 0:
        descending_BWV[..., top_k:] = 0
    before_BWV = descending_BWV.cumsum(dim=-1) - descending_BWV
    enough_BW1 = top_p * descending_BWV.sum(dim=-1, keepdim=True)
    descending_BWV[before_BWV >= enough_BW1] = 0
    return torch.zeros_like(probs_BWV).scatter(2, order_BWV, descending_BWV)


def _check(sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]]) -> None:
    if len(sources) != len(prefixes):
        raise ValueError(f"{len(sources)} sources but {len(prefixes)} prefixes: give one to each")
    for i, source in enumerate(sources):
        if len(source) == 0 or source[-1] != EOS_ID:
            raise ValueError(f"source {i} must end in </s> ({EOS_ID}): {list(source)}")
    for i, prefix in enumerate(prefixes):
        if not {EOS_ID, *NEVER_GENERATED}.isdisjoint(prefix):
            raise ValueError(f"prefix {i} must not hold special ids: {list(prefix)}")


def _batches(sources: Sequence[Sequence[int]], budget: int) -> Iterator[list[int]]:
    """Indices of sources of like length, longest first, at most `budget` padded tokens at once."""
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]), reverse=True)
    while order:
        size = max(1, budget // len(sources[order[0]]))
        yield order[:size]
        order = order[size:]


def _is_done(search: _Search, length: int, length_penalty: float) -> Tensor:
    """(B,) True where no live hypothesis can still win.

    A live hypothesis never gains log-probability. If length is rewarded, it scores at most its
    present sum at the length limit; if not, its present sum at the next step.
    """
    best_B = search.live.scores.amax(dim=1)
    end_B = search.limits if length_penalty > 0 else torch.full_like(search.limits, length + 1)
    bound_B = best_B / end_B.float() ** length_penalty
    worst_B = search.finished.scores.amin(dim=1)
    return (worst_B >= bound_B) | (search.limits == length)


def _shape(strategy: Strategy) -> tuple[int, int, float]:
    """Hypotheses searched per source, hypotheses returned, length_penalty."""
    if isinstance(strategy, Sampling):
        return strategy.num_samples, strategy.num_samples, 1.0
    return strategy.beam_size, strategy.num_best, strategy.length_penalty


def _uniforms(sources: Sequence[Sequence[int]], strategy: Strategy, longest: int) -> Tensor:
    """(B, W, L) numbers in [0, 1) that each source owes to itself and the seed alone."""
    if isinstance(strategy, BeamSearch):
        return torch.empty(len(sources), 0, longest)
    uniforms = []
    for source in sources:
        key = hashlib.sha256(repr((strategy.seed, list(source))).encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
        # Position by position, so that the first numbers are the same however many there are.
        uniforms.append(torch.rand(longest, strategy.num_samples, generator=generator).T)
    # Safely below 1: rounding must not carry a draw past the last token.
    return torch.stack(uniforms) * (1 - 1e-6)


def _padded(sequences: Sequence[Sequence[int]], device: torch.device) -> Tensor:
    tensors = [torch.tensor(sequence, dtype=torch.long) for sequence in sequences]
    return pad_sequence(tensors, batch_first=True, padding_value=PAD_ID).to(device)
