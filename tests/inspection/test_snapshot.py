"""Looking at a model in training: which sentences, and what is found of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, ENGLISH, GERMAN, HEADS

from translator import evaluation
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.inspection.alignment import Agreement, GoldPair, Reader, align, compare
from translator.inspection.inspection import KINDS
from translator.inspection.learning import WHOLE, kept_steps, snapshot_steps
from translator.inspection.record import inspect_pair
from translator.inspection.snapshot import Watched, choose_sentences, take_snapshot
from translator.text.alignments import Links
from translator.text.tables import Pair

PAIRS = list(zip(ENGLISH, GERMAN, strict=True))
LINKS: dict[Pair, Links] = {
    PAIRS[0]: [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7)],
    PAIRS[2]: [(0, 0), (1, 1), (2, 2), (5, 4), (7, 7), (9, 8)],
}


def watch(
    translator: Translator,
    pairs: Sequence[Pair] = PAIRS,
    links: Mapping[Pair, Links] = LINKS,
) -> Watched:
    tokenizer = translator.tokenizer
    sides = [tokenizer.encode_all([pair[side] for pair in pairs]) for side in (0, 1)]
    watched = choose_sentences(tokenizer, pairs, list(zip(*sides, strict=True)), links)
    assert watched is not None
    return watched


def test_the_first_snapshots_are_close_and_the_last_is_at_the_end() -> None:
    steps = snapshot_steps(1300)

    assert steps[:6] == [0, 25, 30, 35, 40, 45]
    assert steps[-3:] == [1055, 1170, 1300]
    assert len(steps) == 38
    assert all(step % 5 == 0 for step in steps)


@pytest.mark.parametrize("max_steps", [1, 7, 39])
def test_a_short_training_is_looked_at_after_each_step(max_steps: int) -> None:
    assert snapshot_steps(max_steps) == list(range(max_steps + 1))


@pytest.mark.parametrize("max_steps", [40, 60, 251, 100_003, 99_999_999])
def test_a_training_of_any_length_is_looked_at_about_forty_times(max_steps: int) -> None:
    steps = snapshot_steps(max_steps)

    assert steps == sorted(set(steps))
    assert 9 <= len(steps) <= 40
    assert (steps[0], steps[-1]) == (0, max_steps)
    assert steps[1] <= 25


@pytest.mark.parametrize(
    ("max_steps", "number", "kept"),
    [
        (1300, 0, []),
        (1300, 1, [0]),
        (1300, 2, [0, 1300]),
        (1300, 8, [0, 45, 85, 145, 245, 415, 775, 1300]),
        (3, 100, [0, 1, 2, 3]),
    ],
)
def test_kept_steps_are_spread_over_those_of_the_snapshots(
    max_steps: int, number: int, kept: list[int]
) -> None:
    assert kept_steps(max_steps, number) == kept


def test_sentences_that_are_blank_or_long_are_passed_over(random_translator: Translator) -> None:
    long = " ".join(["dog"] * 41)
    odd = [("", "leer"), ("blank", " "), (long, "x"), ("x", long)]

    assert watch(random_translator, [*odd, *PAIRS]).pairs == PAIRS
    encode = random_translator.tokenizer.encode
    ids = [(encode(src), encode(tgt)) for src, tgt in odd]
    assert choose_sentences(random_translator.tokenizer, odd, ids, {}) is None


def test_probes_are_spread_from_short_to_long(random_translator: Translator) -> None:
    lengths = [(7 * number) % 41 // 2 + 1 for number in range(60)]
    pairs = [(" ".join(["a"] * length), "x") for length in lengths]

    watched = watch(random_translator, pairs)

    assert watched.pairs == pairs[:40]
    sizes = [len(probe.source) for probe in watched.probes()]
    by_length = sorted(length + 1 for length in lengths[:40])
    assert sizes == by_length[2::5]
    assert sizes[0] < 5
    assert sizes[-1] > 18


def test_a_probe_has_its_gold_alignment_where_there_is_one(random_translator: Translator) -> None:
    probes = {(probe.text, probe.tgt): probe for probe in watch(random_translator).probes()}

    assert {pair: probe.alignment for pair, probe in probes.items()} == {
        pair: LINKS.get(pair) for pair in PAIRS
    }
    probe = probes[PAIRS[1]]
    assert probe.source == random_translator.tokenizer.pieces(
        random_translator.tokenizer.encode(ENGLISH[1])
    )
    assert probe.reads == ["<s>", *probe.writes[:-1]]
    assert probe.writes[-1] == "</s>"


def test_a_snapshot_agrees_with_inspections_one_by_one(inspected_translator: Translator) -> None:
    watched = watch(inspected_translator)

    taken = take_snapshot(watched, inspected_translator.model, step=30)

    assert taken.step == 30
    inspections = [inspect_pair(inspected_translator, *pair) for pair in watched.pairs]
    for place, row in enumerate(watched.places):
        expected = inspections[row]
        for kind in KINDS:
            weights = np.stack([layer.weights for layer in getattr(expected, kind)])
            stored = taken.attention[place][kind]
            assert stored.shape == weights.shape
            assert np.abs(stored / WHOLE - weights).max() <= 1 / (2 * WHOLE) + 1e-6
        assert taken.probabilities[place] == pytest.approx(np.exp(expected.logprobs), rel=1e-4)
    logprobs = np.concatenate([inspection.logprobs for inspection in inspections])
    assert taken.loss == pytest.approx(-logprobs.mean(), rel=1e-5)
    bits = [
        -(one.weights * np.log2(one.weights)).sum(axis=-1).transpose(2, 0, 1) for one in inspections
    ]
    assert taken.entropy == pytest.approx(np.concatenate(bits).mean(axis=0), rel=1e-4)


def test_error_rates_are_those_of_alignments_that_target_words_choose(
    inspected_translator: Translator,
) -> None:
    watched = watch(inspected_translator)

    taken = take_snapshot(watched, inspected_translator.model, step=0)

    assert taken.aer is not None
    assert taken.aer.shape == (DECODER_LAYERS, HEADS)
    for layer, head in product(range(DECODER_LAYERS), range(HEADS)):
        reader = Reader(layer=layer, head=head, by="weights", rows="writes", chosen_by="target")
        total = Agreement()
        for (src, tgt), links in LINKS.items():
            gold = GoldPair(src=src, tgt=tgt, sure=frozenset(links))
            total += compare(align(inspect_pair(inspected_translator, src, tgt), reader), gold)
        assert taken.aer[layer, head] == pytest.approx(total.aer)


@pytest.mark.parametrize("link", [(8, 0), (0, 8), (-1, 0), (0, -1)])
def test_gold_that_counts_other_words_is_left_out_with_a_warning(
    random_translator: Translator, caplog: pytest.LogCaptureFixture, link: tuple[int, int]
) -> None:
    """The first sentence has eight words on either side."""
    watched = watch(random_translator, links={**LINKS, PAIRS[0]: [(0, 0), link]})

    assert [gold is not None for gold in watched.gold] == [False, False, True]
    assert caplog.messages == [
        "the alignments of 1 of 3 validation sentences name words that do not exist, and are left "
        "out of the record of learning: a word is a sequence of letters, or a single punctuation "
        "character"
    ]
    probes = {probe.text: probe.alignment for probe in watched.probes()}
    assert probes[ENGLISH[0]] is None


def test_without_gold_there_is_no_error_rate(random_translator: Translator) -> None:
    watched = dataclasses.replace(watch(random_translator), gold=[None, None, None])

    assert take_snapshot(watched, random_translator.model, step=0).aer is None


def test_bleu_is_that_of_greedy_search_cut_off_a_little_beyond_the_reference(
    inspected_translator: Translator,
) -> None:
    """The trained model writes two of the references, which are not searched for."""
    other = [*PAIRS[:2], (ENGLISH[2], "Das Mädchen trägt ein Kleid")]
    watched = watch(inspected_translator, other)
    model, tokenizer = inspected_translator.model, inspected_translator.tokenizer

    taken = take_snapshot(watched, model, step=0)

    found = decode(model, [src for src, _ in watched.ids], BeamSearch(beam_size=1))
    cut = [best.ids[: len(tgt) + 5] for [best], (_, tgt) in zip(found, watched.ids, strict=True)]
    texts = [" ".join(tokenizer.text(ids).split()) for ids in cut]
    expected = evaluation.bleu(texts, [tgt for _, tgt in watched.pairs])
    assert taken.bleu == pytest.approx(expected.value)
    assert watched.bleu_signature == expected.signature


def test_looking_leaves_the_model_and_the_random_numbers_as_they_were(
    random_translator: Translator,
) -> None:
    model = random_translator.model.train()
    state = torch.get_rng_state()

    take_snapshot(watch(random_translator), model, step=0)

    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in model.parameters())
    model.eval()
