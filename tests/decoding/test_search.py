"""Decoding: against plain greedy, exhaustive search, teacher forcing, and scripts by hand."""

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from searched import PREFIXES, SOURCES, V, forced_logprobs, next_logprobs
from torch import Tensor, nn

from translator.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID, ModelConfig
from translator.decoding import search as decoding
from translator.decoding.candidates import draw, most_probable
from translator.decoding.search import Hypothesis, decode, max_target_length
from translator.decoding.strategies import BeamSearch, Sampling, Strategy
from translator.model.transformer import Transformer

A, B, C, D = 4, 5, 6, 7
STRATEGIES = [
    BeamSearch(beam_size=1),
    BeamSearch(beam_size=3, num_best=3),
    Sampling(num_samples=2, seed=5),
]

Script = Mapping[tuple[int, ...], Mapping[int, float]]


def test_a_beam_of_one_is_greedy() -> None:
    model, finished = tiny_model(), 0

    for source in random_sources(20):
        [[hypothesis]] = decode(model, [source], BeamSearch(beam_size=1))
        assert hypothesis.ids == plain_greedy(model, source, [])
        finished += hypothesis.ids[-1] == EOS_ID

    assert 0 < finished < 20  # both kinds of end were compared


def test_greedy_stops_at_the_first_end_even_where_a_longer_hypothesis_scores_better() -> None:
    model = Scripted({(): {EOS_ID: 0.5, A: 0.45}, (A,): {EOS_ID: 1.0}})

    assert best_ids(model, BeamSearch(beam_size=1)) == [EOS_ID]


def test_a_beam_finds_what_greedy_misses() -> None:
    model = Scripted(
        {
            (): {A: 0.6, B: 0.4},
            (A,): {C: 0.3, D: 0.3, EOS_ID: 0.4},
            (B,): {EOS_ID: 0.9, C: 0.1},
        }
    )

    assert best_ids(model, BeamSearch(beam_size=1)) == [A, EOS_ID]
    assert best_ids(model, BeamSearch(beam_size=2)) == [B, EOS_ID]


@pytest.mark.parametrize("length_penalty", [-1.0, 0.0, 0.6, 1.0, 2.0])
def test_a_beam_that_holds_everything_finds_the_best_of_all(
    monkeypatch: pytest.MonkeyPatch, length_penalty: float
) -> None:
    monkeypatch.setattr(decoding, "max_target_length", lambda src_length: 4)
    model, source = tiny_model(vocab_size=8), [6, 4, EOS_ID]
    strategy = BeamSearch(beam_size=1000, num_best=400, length_penalty=length_penalty)

    [found] = decode(model, [source], strategy)
    [[best]] = decode(model, [source], BeamSearch(beam_size=1000, length_penalty=length_penalty))

    expected = everything(model, source, limit=4, length_penalty=length_penalty)[:400]
    assert [h.score for h in found] == pytest.approx([score for score, _ in expected], abs=1e-4)
    assert [h.ids for h in found] == [ids for _, ids in expected]
    assert best.ids == expected[0][1]


@pytest.mark.parametrize(
    ("length_penalty", "expected", "score"),
    [
        (0.0, [EOS_ID], math.log(0.5)),
        (1.0, [A, EOS_ID], math.log(0.45 * 0.9) / 2),
        (2.0, [A, EOS_ID], math.log(0.45 * 0.9) / 4),
        (-1.0, [EOS_ID], math.log(0.5)),
    ],
)
def test_the_score_is_the_sum_over_the_length_to_the_power_of_the_penalty(
    length_penalty: float, expected: list[int], score: float
) -> None:
    model = Scripted({(): {EOS_ID: 0.5, A: 0.45, B: 0.05}, (A,): {EOS_ID: 0.9, C: 0.1}})
    strategy = BeamSearch(beam_size=2, length_penalty=length_penalty)

    [[best]] = decode(model, [[EOS_ID]], strategy)

    assert best.ids == expected
    assert best.score == pytest.approx(score)


def test_the_search_goes_on_while_a_live_hypothesis_can_still_win() -> None:
    model = Scripted(
        {
            (): {EOS_ID: 0.4, A: 0.31, B: 0.29},  # two have finished ...
            (A,): {C: 0.96, EOS_ID: 0.04},
            (B,): {EOS_ID: 0.97, C: 0.03},
            (A, C): {D: 1.0},
            (A, C, D): {EOS_ID: 1.0},  # ... before the one with the best mean
        }
    )

    assert best_ids(model, BeamSearch(beam_size=3, length_penalty=1.0)) == [A, C, D, EOS_ID]


def test_a_negative_length_penalty_does_not_stop_the_search_too_early() -> None:
    model = Scripted({(): {A: 0.75, EOS_ID: 0.25}, (A,): {EOS_ID: 1.0}})

    assert best_ids(model, BeamSearch(beam_size=2, length_penalty=-1.0)) == [A, EOS_ID]


@pytest.mark.parametrize(("length_penalty", "steps"), [(0.0, 1), (-1.0, 1), (1.0, 2)])
def test_the_search_stops_as_soon_as_no_live_hypothesis_can_win(
    length_penalty: float, steps: int
) -> None:
    model = Scripted(
        {
            # By the mean, A could reach log(0.3) / 4 > log(0.7) with three certain tokens ...
            (): {EOS_ID: 0.7, A: 0.3},
            # ... but log(0.3 / 19) / 5 < log(0.7).
            (A,): dict.fromkeys(range(A, V), 1 / 19),
        }
    )

    best = best_ids(model, BeamSearch(beam_size=2, length_penalty=length_penalty))

    assert best == [EOS_ID]
    assert model.steps == steps


def test_hypotheses_that_end_leave_their_places_in_the_beam_to_others() -> None:
    model = Scripted(
        {
            (): {A: 0.6, B: 0.4},
            (A,): {EOS_ID: 0.9, C: 0.1},  # the two best candidates of this step both end
            (B,): {EOS_ID: 0.9, C: 0.1},
        }
    )

    assert best_ids(model, BeamSearch(beam_size=2, length_penalty=4.0)) == [A, C, EOS_ID]


def test_only_an_end_among_the_best_beam_size_candidates_is_taken() -> None:
    model = Scripted(
        {
            (): {A: 0.5, B: 0.3, EOS_ID: 0.2},  # more than any other whole hypothesis has
            (A,): {C: 0.36, D: 0.34, EOS_ID: 0.3},
            (B,): {C: 0.5, D: 0.5},
        }
    )

    assert best_ids(model, BeamSearch(beam_size=2, length_penalty=0.0)) == [A, C, EOS_ID]
    assert best_ids(model, BeamSearch(beam_size=3, length_penalty=0.0)) == [EOS_ID]


@pytest.mark.parametrize("vocab_size", [131, 240, 900])  # blocks of 1, 120 and 100 tokens
def test_the_best_candidates_are_those_of_a_search_through_all(vocab_size: int) -> None:
    generator = torch.Generator().manual_seed(3)
    logprobs = torch.randn(4, 3, vocab_size, generator=generator).log_softmax(dim=-1)
    logprobs[1, 2, 50:60] += 9  # all in one block
    totals = torch.tensor([[-1.0, -1.5, -2.0], [-3.0, -3.1, -3.2], [0.0, -9.0, -9.0], [-1.0] * 3])
    totals[3, 1:] = -math.inf  # places without a hypothesis

    found = most_probable(logprobs, totals, 7)

    assert found.equal((logprobs + totals.unsqueeze(2)).flatten(1).topk(7).indices)


def test_a_hypothesis_that_cannot_win_any_more_is_given_up() -> None:
    # Beside </s>, A can still win; B, at most log(0.0001) / 4, cannot.
    script = {(): {EOS_ID: 0.55, A: 0.4499, B: 0.0001}, (A,): {C: 1.0}, (A, C): {EOS_ID: 1.0}}
    model = Scripted({**script, **{(B,) * n: {B: 1.0} for n in range(1, 99)}})

    best = best_ids(model, BeamSearch(beam_size=2, length_penalty=1.0))

    assert best == [A, C, EOS_ID]
    assert model.steps == 3
    assert model.widths == [1, 1, 1]


@pytest.mark.parametrize(("probability", "num_more", "found"), [(0.3, 3, True), (0.25, 5, False)])
def test_an_unfinished_hypothesis_may_hope_for_three_certain_tokens_and_no_more(
    probability: float, num_more: int, found: bool
) -> None:
    script = {(): {EOS_ID: 1 - probability, A: probability}}
    model = Scripted({**script, **{(A,) * n: {A: 1.0} for n in range(1, num_more)}})
    assert math.log(probability) / (num_more + 1) > math.log(1 - probability)

    best = best_ids(model, BeamSearch(beam_size=2, length_penalty=1.0))

    assert best == ([A] * num_more + [EOS_ID] if found else [EOS_ID])


def test_num_best_hypotheses_are_distinct_and_sorted_and_their_first_is_the_best() -> None:
    model = tiny_model()

    several = decode(model, SOURCES, BeamSearch(beam_size=6, num_best=6))
    one = decode(model, SOURCES, BeamSearch(beam_size=6))

    for hypotheses, [best] in zip(several, one, strict=True):
        assert len({tuple(h.ids) for h in hypotheses}) == 6
        assert hypotheses == sorted(hypotheses, key=rank)
        assert hypotheses[0].ids == best.ids


def test_fewer_hypotheses_come_back_where_no_more_exist() -> None:
    model = Scripted({(): {A: 0.7, EOS_ID: 0.3}, (A,): {EOS_ID: 1.0}})

    [hypotheses] = decode(model, [[EOS_ID]], BeamSearch(beam_size=5, num_best=5))

    assert [h.ids for h in hypotheses] == [[A, EOS_ID], [EOS_ID]]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_hypothesis_that_reaches_the_length_limit_is_returned_unfinished(
    strategy: Strategy,
) -> None:
    model = Scripted({(A,) * n: {A: 1.0} for n in range(99)})

    results = decode(model, [[B, EOS_ID], [EOS_ID]], strategy)

    assert max_target_length(2) > max_target_length(1)
    for hypotheses, length in zip(
        results, [max_target_length(2), max_target_length(1)], strict=True
    ):
        assert {tuple(h.ids) for h in hypotheses} == {(A,) * length}


def test_a_finished_hypothesis_goes_before_a_cut_off_one_of_higher_score() -> None:
    model = Scripted({(A,) * n: {A: 0.9, EOS_ID: 0.1} for n in range(99)})

    [hypotheses] = decode(model, [[EOS_ID]], BeamSearch(beam_size=20, num_best=20))

    *finished, cut_off = hypotheses
    assert all(hypothesis.ids[-1] == EOS_ID for hypothesis in finished)
    assert cut_off.ids == [A] * max_target_length(1)
    assert cut_off.score > finished[0].score


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_results_depend_on_neither_batching_nor_order(strategy: Strategy) -> None:
    model = tiny_model()

    together = decode(model, SOURCES, strategy, prefixes=PREFIXES)

    alone = [
        decode(model, [source], strategy, prefixes=[prefix])[0]
        for source, prefix in zip(SOURCES, PREFIXES, strict=True)
    ]
    backwards = decode(model, SOURCES[::-1], strategy, prefixes=PREFIXES[::-1])[::-1]
    in_small_batches = decode(model, SOURCES, strategy, prefixes=PREFIXES, batch_tokens=12)
    for other in (alone, backwards, in_small_batches):
        assert_same(together, other)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("prefixes", [None, PREFIXES])
def test_log_probabilities_are_those_of_teacher_forcing(
    strategy: Strategy, prefixes: list[list[int]] | None
) -> None:
    model = tiny_model()

    results = decode(model, SOURCES, strategy, prefixes=prefixes)

    for source, hypotheses in zip(SOURCES, results, strict=True):
        for hypothesis in hypotheses:
            expected = forced_logprobs(model, source, hypothesis.ids)
            torch.testing.assert_close(
                torch.tensor(hypothesis.logprobs), expected, atol=1e-4, rtol=0
            )
            assert hypothesis.score == pytest.approx(expected.mean().item(), abs=1e-4)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_hypothesis_starts_with_the_prefix_of_its_source(
    strategy: Strategy,
) -> None:
    results = decode(tiny_model(), SOURCES, strategy, prefixes=PREFIXES)

    for prefix, hypotheses in zip(PREFIXES, results, strict=True):
        assert len(hypotheses) == decoding._shape(strategy)[1]
        for hypothesis in hypotheses:
            assert hypothesis.ids[: len(prefix)] == prefix
    if isinstance(strategy, BeamSearch):
        for hypotheses in results:
            assert len({tuple(h.ids) for h in hypotheses}) == len(hypotheses)


def test_after_a_prefix_greedy_goes_on_as_plain_greedy_does() -> None:
    model = tiny_model()

    results = decode(model, SOURCES, BeamSearch(beam_size=1), prefixes=PREFIXES)

    for source, prefix, [hypothesis] in zip(SOURCES, PREFIXES, results, strict=True):
        assert hypothesis.ids == plain_greedy(model, source, prefix)


@pytest.mark.parametrize("beam_size", [1, 2])
def test_a_prefix_stays_with_its_source_while_others_finish(beam_size: int) -> None:
    model = Scripted({(): {EOS_ID: 0.6, A: 0.3, C: 0.1}, (A,): {B: 0.1, EOS_ID: 0.9}})
    strategy = BeamSearch(beam_size=beam_size, length_penalty=0.0)

    results = decode(model, [[EOS_ID]] * 4, strategy, prefixes=[[], [A, B], [], [C]])

    assert [best.ids for [best] in results] == [[EOS_ID], [A, B, EOS_ID], [EOS_ID], [C, EOS_ID]]


def test_a_prefix_beyond_the_length_limit_is_kept_and_may_end() -> None:
    prefix = [A] * (max_target_length(1) + 5)
    model = Scripted({(A,) * n: {A: 0.5, B: 0.5} for n in range(len(prefix))})

    [[hypothesis]] = decode(model, [[EOS_ID]], BeamSearch(), prefixes=[prefix])

    assert hypothesis.ids == [*prefix, EOS_ID]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_pad_bos_and_unk_are_never_generated(strategy: Strategy) -> None:
    tempting = {PAD_ID: 0.4, UNK_ID: 0.3, BOS_ID: 0.2, A: 0.1}
    model = Scripted({(A,) * n: tempting for n in range(99)})

    [hypotheses] = decode(model, [[EOS_ID]], strategy)

    assert hypotheses[0].ids == [A] * max_target_length(1)
    assert hypotheses[0].logprobs == pytest.approx([math.log(0.1)] * max_target_length(1))


def test_samples_are_reproducible_and_another_seed_draws_others() -> None:
    model = tiny_model()

    first, again, other = (
        decode(model, SOURCES, Sampling(num_samples=3, seed=seed)) for seed in (7, 7, 8)
    )

    assert_same(first, again)
    assert [[h.ids for h in hypotheses] for hypotheses in first] != [
        [h.ids for h in hypotheses] for hypotheses in other
    ]


def test_equal_sources_draw_equal_samples_that_differ_among_themselves() -> None:
    first, second = decode(tiny_model(), [SOURCES[2]] * 2, Sampling(num_samples=4))

    assert_same([first], [second])
    assert len({tuple(h.ids) for h in first}) == 4
    assert first == sorted(first, key=rank)


def test_sampling_among_one_token_is_greedy() -> None:
    model = tiny_model()

    samples = decode(model, SOURCES, Sampling(top_k=1, num_samples=2), prefixes=PREFIXES)
    greedy = decode(model, SOURCES, BeamSearch(beam_size=1), prefixes=PREFIXES)

    assert_same(samples, [hypotheses * 2 for hypotheses in greedy])


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ({}, {A: 0.5, B: 0.3, EOS_ID: 0.2}),
        ({"temperature": 0.5}, {A: 25 / 38, B: 9 / 38, EOS_ID: 4 / 38}),
        ({"top_k": 2}, {A: 5 / 8, B: 3 / 8}),
        ({"top_p": 0.75}, {A: 5 / 8, B: 3 / 8}),
        ({"top_p": 0.45}, {A: 1.0}),
        ({"top_k": 2, "top_p": 0.6}, {A: 1.0}),  # A is 0.625 of what top_k leaves
        ({"temperature": 0.5, "top_p": 0.6}, {A: 1.0}),  # A is 25 / 38 by then
    ],
)
def test_samples_are_as_frequent_as_they_are_probable(
    sampling: Mapping[str, Any], expected: Mapping[int, float]
) -> None:
    model = Scripted({(): {A: 0.5, B: 0.3, EOS_ID: 0.2}})
    num_samples = 4000

    [samples] = decode(model, [[EOS_ID]], Sampling(num_samples=num_samples, **sampling))

    counts = {token: sum(h.ids[0] == token for h in samples) for token in expected}
    assert sum(counts.values()) == num_samples
    chi_square = sum(
        (counts[token] - num_samples * p) ** 2 / (num_samples * p) for token, p in expected.items()
    )
    assert chi_square < 13.8  # 2 degrees of freedom: once in a thousand seeds


def test_later_tokens_are_drawn_from_the_distribution_of_their_own_hypothesis() -> None:
    model = Scripted(
        {(): {A: 0.5, B: 0.5}, (A,): {C: 0.8, EOS_ID: 0.2}, (B,): {D: 0.1, EOS_ID: 0.9}}
    )

    [samples] = decode(model, [[EOS_ID]], Sampling(num_samples=2000))

    shares = {ids: 0.0 for ids in [(A, C, EOS_ID), (A, EOS_ID), (B, D, EOS_ID), (B, EOS_ID)]}
    for sample in samples:
        shares[tuple(sample.ids)] += 1 / 2000
    assert list(shares.values()) == pytest.approx([0.4, 0.1, 0.05, 0.45], abs=0.04)


def test_no_draw_falls_on_a_token_without_probability() -> None:
    logprobs = torch.tensor([[[0.0, 0.5, 0.3, 0.2, 0.0]]]).log()
    lowest_and_highest = torch.tensor([[0.0, 1 - 1e-6]])

    assert draw(logprobs, lowest_and_highest, Sampling()).tolist() == [[1, 3]]


def test_the_temperature_does_not_touch_the_log_probabilities() -> None:
    model = Scripted({(): {A: 0.5, B: 0.3, EOS_ID: 0.2}})

    [samples] = decode(model, [[EOS_ID]], Sampling(temperature=2.0, top_k=2, num_samples=50))

    logprobs = {h.ids[0]: h.logprobs for h in samples}
    assert logprobs[A] == pytest.approx([math.log(0.5), 0.0], abs=1e-6)
    assert logprobs[B] == pytest.approx([math.log(0.3), 0.0], abs=1e-6)


@pytest.mark.parametrize(("strategy", "width"), list(zip(STRATEGIES, [1, 3, 2], strict=True)))
def test_batches_keep_to_the_budget_and_finished_sources_are_reported(
    strategy: Strategy, width: int
) -> None:
    model = Scripted({})
    sources = random_sources(30)
    done: list[int] = []

    decode(model, sources, strategy, batch_tokens=24, on_done=done.append)

    assert sum(done) == 30
    assert sorted(done) == sorted(num for num, _ in model.encoded)
    assert all(num == 1 or num * length * width <= 24 for num, length in model.encoded)
    assert max(num * length * width for num, length in model.encoded) > 12
    padding = sum(num * length for num, length in model.encoded) - sum(map(len, sources))
    assert padding < 0.2 * sum(map(len, sources))


@pytest.mark.parametrize("training", [True, False])
def test_the_model_decodes_in_eval_mode_and_gets_its_mode_back(training: bool) -> None:
    model = Scripted({}).train(training)

    decode(model, [[EOS_ID]], BeamSearch())
    assert model.modes == {False}
    assert model.training is training

    with pytest.raises(IndexError):
        decode(model, [[EOS_ID]], BeamSearch(), on_done=lambda n: [].pop())
    assert model.training is training


@pytest.mark.parametrize("num_threads", [1, 3])
def test_every_thread_has_sentences_of_its_own_and_multiplies_alone(num_threads: int) -> None:
    before = torch.get_num_threads()
    model = Scripted({})
    sources = random_sources(31)

    torch.set_num_threads(num_threads)
    try:
        results = decode(model, sources, BeamSearch(beam_size=2))
        assert torch.get_num_threads() == num_threads
        with pytest.raises(IndexError):
            decode(model, sources, BeamSearch(), on_done=lambda n: [].pop())
        assert torch.get_num_threads() == num_threads
    finally:
        torch.set_num_threads(before)

    assert len(results) == 31
    assert model.threads == {1}
    assert len(model.encoded) >= num_threads


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [BeamSearch(beam_size=3), Sampling(num_samples=2)])
def test_several_workers_find_what_one_finds(strategy: Strategy) -> None:
    before = torch.get_num_threads()
    model, sources = tiny_model(), random_sources(47)

    def found_by(num_threads: int) -> list[list[Hypothesis]]:
        torch.set_num_threads(num_threads)
        return decode(model, sources, strategy, batch_tokens=20)

    try:
        assert found_by(2) == found_by(1)  # of so many batches, two processes
    finally:
        torch.set_num_threads(before)


def test_no_sources_give_no_hypotheses() -> None:
    assert decode(Scripted({}), [], BeamSearch()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sources": [[A, EOS_ID], []]}, r"source 1 must end in </s> \(3\): \[\]"),
        ({"sources": [[A]]}, r"source 0 must end in </s> \(3\): \[4\]"),
        ({"prefixes": [[A], [B]]}, "1 sources but 2 prefixes"),
        ({"prefixes": [[A, EOS_ID]]}, r"prefix 0 must not hold special ids: \[4, 3\]"),
    ],
)
def test_wrong_ids_are_refused(arguments: Mapping[str, Any], message: str) -> None:
    model = Scripted({})

    with pytest.raises(ValueError, match=message):
        decode(model, **{"sources": [[EOS_ID]], "strategy": BeamSearch(), **arguments})


class Scripted(Transformer):
    """Knows the distribution after each target prefix; after an unknown one, </s> is certain."""

    def __init__(self, script: Script) -> None:
        nn.Module.__init__(self)
        self.script = script
        self.anchor = nn.Parameter(torch.zeros(()))  # tells the device
        self.encoded: list[tuple[int, ...]] = []
        self.modes: set[bool] = set()
        self.threads: set[int] = set()
        self.steps = 0
        self.widths: list[int] = []

    def encode(self, src: Tensor, src_key_padding_mask: Tensor, record: object = None) -> Tensor:
        assert src_key_padding_mask.equal(src == PAD_ID)
        self.encoded.append(tuple(src.shape))
        return src

    def start(self, memory: Tensor, src_key_padding_mask: Tensor) -> Any:
        return ScriptedCache(memory[:, :0])

    def decoding_step(self, last_ids: Tensor, cache: Any) -> Tensor:
        self.modes.add(self.training)
        self.threads.add(torch.get_num_threads())
        self.steps += 1
        self.widths.append(last_ids.size(1))
        cache.ids_NT = torch.cat([cache.ids_NT, last_ids.reshape(-1, 1)], dim=1)
        logits_NV = torch.full((len(cache.ids_NT), V), -math.inf)
        for logits_V, (bos, *ids) in zip(logits_NV, cache.ids_NT.tolist(), strict=True):
            assert bos == BOS_ID
            for token, probability in self.script.get(tuple(ids), {EOS_ID: 1.0}).items():
                logits_V[token] = math.log(probability)
        return logits_NV.view(*last_ids.shape, V)


class ScriptedCache:
    """All ids that each hypothesis has read."""

    def __init__(self, ids_NT: Tensor) -> None:
        self.ids_NT = ids_NT

    def select(self, index_N: Tensor, index_B: Tensor | None = None) -> None:
        self.ids_NT = self.ids_NT[index_N]


def tiny_model(vocab_size: int = V) -> Transformer:
    torch.manual_seed(0)
    config = ModelConfig(
        d_model=12, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2, dropout=0.5
    )
    model = Transformer(config, vocab_size)
    with torch.no_grad():  # weights that make it change its mind, and end now and then
        for parameter in model.decoder_layers.parameters():
            parameter.mul_(3.0)
    return model


def random_sources(number: int) -> list[list[int]]:
    rng = random.Random(1)
    return [[*rng.choices(range(A, V), k=rng.randint(0, 8)), EOS_ID] for _ in range(number)]


def best_ids(model: Transformer, strategy: Strategy) -> list[int]:
    [[hypothesis]] = decode(model, [[EOS_ID]], strategy)
    return hypothesis.ids


def rank(hypothesis: Hypothesis) -> tuple[bool, float]:
    """Sorts the best first: the finished before those cut off, then by score."""
    return hypothesis.ids[-1] != EOS_ID, -hypothesis.score


def plain_greedy(model: Transformer, source: Sequence[int], prefix: Sequence[int]) -> list[int]:
    ids = list(prefix)
    while len(ids) < max_target_length(len(source)):
        logprobs = next_logprobs(model, source, ids)[-1].tolist()
        allowed = [EOS_ID, *range(A, V)]
        ids.append(max(allowed, key=logprobs.__getitem__))
        if ids[-1] == EOS_ID:
            break
    return ids


def everything(
    model: Transformer, source: Sequence[int], *, limit: int, length_penalty: float
) -> list[tuple[float, list[int]]]:
    """Every hypothesis there is, with its score: the finished, then those cut off; best first."""
    finished, cut_off = [], []
    for length in range(1, limit + 1):
        for start in itertools.product(range(A, 8), repeat=length - 1):
            logprobs = next_logprobs(model, source, start)
            total = sum(logprobs[i, token].item() for i, token in enumerate(start))
            finished.append(((total + logprobs[-1, EOS_ID].item()), [*start, EOS_ID]))
            if length == limit:
                for token in range(A, 8):
                    cut_off.append((total + logprobs[-1, token].item(), [*start, token]))
    return [
        hypothesis
        for group in (finished, cut_off)
        for hypothesis in sorted(
            ((total / len(ids) ** length_penalty, ids) for total, ids in group), reverse=True
        )
    ]


def assert_same(left: list[list[Hypothesis]], right: list[list[Hypothesis]]) -> None:
    assert [[h.ids for h in hs] for hs in left] == [[h.ids for h in hs] for hs in right]
    for one, other in zip(itertools.chain(*left), itertools.chain(*right), strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)
        assert one.score == pytest.approx(other.score, abs=1e-4)
