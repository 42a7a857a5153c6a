"""The numbers that the page's sections show are the record's."""

import re

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, HEADS
from numpy.testing import assert_allclose, assert_array_equal
from page_in_browser import (
    D_HEAD,
    OPENING,
    SHOWN,
    Opener,
    cells,
    chance,
    choose,
    column,
    drawn,
    last_numbers,
    names_of,
    number,
    settled,
    unfold,
)
from playwright.sync_api import Page

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.page.opening import choose_opening
from translator.inspection.what_if import intervene
from translator.model.transformer import DecoderLayer

PLACE = (1, 2, 4)


@pytest.fixture(scope="module")
def page(show_once: Opener) -> Page:
    page = show_once.shared()
    choose(page, *PLACE)
    return settled(page)


def test_section_1_shows_what_is_read_and_written_the_weights_and_the_alternatives(
    page: Page, inspection: Inspection
) -> None:
    texts = page.locator("#section-1 [role=radio] text").all_text_contents()
    assert texts[::3] == names_of(inspection.reads)
    assert texts[1::3] == names_of(inspection.writes)
    for text, logprob in zip(texts[2::3], inspection.logprobs, strict=True):
        assert number(text) == chance(np.exp(logprob))
    weights = page.locator("#section-1 g[aria-hidden] text.tick").all_text_contents()
    row = inspection.weights[PLACE]
    assert [number(text) for text in weights] == pytest.approx(100 * row, abs=0.501)
    best = names_of(inspection.source)[row.argmax()]
    assert f"{best} fits best ({row.max():.0%})" in page.inner_text("#look")

    unfold(page, "who")
    shown = cells(page, "The most probable tokens")
    expected = inspection.alternatives[PLACE[2]]
    others = 1 - sum(np.exp(one.logprob) for one in expected)
    assert [line[0] for line in shown[:5]] == [one.piece.strip("▁") or "▁" for one in expected]
    assert [number(line[1]) for line in shown[:5]] == [chance(np.exp(x.logprob)) for x in expected]
    assert number(shown[-1][1]) == chance(others)
    assert [line[2] for line in shown].count("written") == 1


@pytest.mark.parametrize(("letter", "name"), [("q", "queries"), ("k", "keys"), ("v", "values")])
def test_section_2_works_out_each_number_of_q_k_and_v(
    page: Page, inspection: Inspection, theirs: Translator, letter: str, name: str
) -> None:
    layer, head, step = PLACE
    record = inspection.cross_attn[layer]
    expected = getattr(record, name)[head]
    i, j = (step, 5) if letter == "q" else (3, 5)

    page.click(f"#show-{letter}_proj")
    assert_allclose(last_numbers(page, "results"), expected, atol=SHOWN)
    page.locator(f"#results-{i}-{j}").click()

    unfold(page, "products")
    inputs = (record.query_input if letter == "q" else record.memory)[i]
    weight, bias = projection(theirs, layer, f"{letter}_proj", head)
    terms = dict(zip(range(1, len(inputs) + 1), inputs * weight[:, j], strict=True))
    *listed, others, last = cells(page, f"Number {j + 1} as a sum")
    products = {int(line[0].split(":")[0]): number(line[1]) for line in listed}
    assert products == {at: pytest.approx(terms.pop(at), abs=SHOWN) for at in products}
    assert number(others[1]) == pytest.approx(sum(terms.values()), abs=SHOWN)
    assert number(last[1]) == pytest.approx(bias[j], abs=SHOWN)
    total = f"{expected[i, j]:.3f}".replace("-", "\u2212")
    told = page.inner_text("#section-2 .corner p")
    assert told == f"24 products and the bias sum to {total}, as in {letter.upper()}."
    written_out = page.inner_text("#fold-products .arithmetic").replace("bias", "")
    assert evaluated(written_out, terms=25) == pytest.approx(expected[i, j], abs=0.02)


def projection(
    theirs: Translator, layer: int, name: str, head: int
) -> tuple[np.ndarray, np.ndarray]:
    """The head's columns of a matrix, and of its bias."""
    module = theirs.model.decoder_layers[layer]
    assert isinstance(module, DecoderLayer)
    linear = module.cross_attn.get_submodule(name)
    assert isinstance(linear, torch.nn.Linear)
    ours = slice(head * D_HEAD, (head + 1) * D_HEAD)
    weight = linear.weight.detach().T.numpy()
    return weight[:, ours], linear.bias.detach().numpy()[ours]


def evaluated(text: str, terms: int) -> float:
    """The left side of a sum that is written out; the right side must be what it comes to."""
    text = text.replace("\u2212", "-").replace("×", "*").replace("\u00a0", " ")
    left, right = text.split(" = ")[:2]
    assert left.count(" + ") == terms - 1
    total: float = eval(left)
    # Each factor is rounded to a 2000th.
    assert total == pytest.approx(number(right.split(";")[0]), abs=0.002 * terms)
    return total


def test_section_3_works_the_row_as_the_model_did(show: Opener, inspection: Inspection) -> None:
    page = show()
    unfold(page, "scores", "softmax", "context")
    for place in [(0, 0, 0), (1, 2, 7), (1, 3, len(inspection.writes) - 1)]:
        choose(page, *place)
        check_row(drawn(page), inspection, *place)


def check_row(page: Page, inspection: Inspection, layer: int, head: int, step: int) -> None:
    record = inspection.cross_attn[layer]
    scores, scaled = record.scores[head, step], record.scaled[head, step]
    weights, values = record.weights[head, step], record.values[head]

    assert_allclose(column(page, "The row", 1), scores, atol=0.00501)
    assert_allclose(column(page, "The row", 2), scaled, atol=0.00501)
    assert_allclose(column(page, "The row", 3), weights, atol=SHOWN)
    at = int(weights.argmax())
    q, key = record.queries[head, step], record.keys[head, at]
    assert_allclose(last_numbers(page, "products"), [q, key, q * key], atol=SHOWN)
    total = evaluated(page.inner_text("#arithmetic-scores"), terms=D_HEAD)
    assert total == pytest.approx(scores[at], abs=0.02)
    assert_allclose(column(page, "The softmax", 1), scaled, atol=SHOWN)
    powers = np.exp(scaled - scaled.max())
    assert_allclose(column(page, "The softmax", 2)[:-1], powers, atol=SHOWN)
    assert_allclose(column(page, "The softmax", 3), [*weights, 1], atol=SHOWN)
    weighted = last_numbers(page, "weighted")
    assert_allclose(weighted[:-1], weights[:, None] * values, atol=SHOWN)
    assert_allclose(weighted[-1], record.context[head, step], atol=SHOWN)
    page.locator("#weighted-0-4").click()
    total = evaluated(page.inner_text("#arithmetic-context").split(": ")[1], terms=len(weights))
    assert total == pytest.approx(record.context[head, step, 4], abs=0.02)


def test_section_4_shows_the_matrix_of_each_kind_of_attention(
    page: Page, inspection: Inspection
) -> None:
    unfold(page, "norms", "self", "words")
    layer, head, _ = PLACE

    record = inspection.cross_attn[layer]
    shares = record.norms[head] / record.norms[head].sum(axis=1, keepdims=True)
    assert_allclose(last_numbers(page, "grid-cross_attn"), record.weights[head], atol=SHOWN)
    assert_allclose(last_numbers(page, "grid-norms"), record.norms[head], atol=SHOWN)
    difference = shares - record.weights[head]
    assert_allclose(last_numbers(page, "grid-difference"), difference, atol=SHOWN)
    by_words = inspection.words()
    assert_allclose(last_numbers(page, "grid-words"), by_words.weights[layer, head], atol=SHOWN)
    rows = page.locator("#grid-words [role=rowheader]").all_text_contents()
    assert rows == names_of([word.text for word in by_words.targets])
    rows = page.locator("#grid-cross_attn [role=rowheader]").all_text_contents()
    reads, writes = names_of(inspection.reads), names_of(inspection.writes)
    assert rows == [f"{read} → {write}" for read, write in zip(reads, writes, strict=True)]

    for kind in ("encoder_self_attn", "decoder_self_attn"):
        layers = getattr(inspection, kind)
        page.click(f"#mini-{kind}-{len(layers) - 1}-{HEADS - 1}")
        expected = layers[-1].weights[-1]
        shown = last_numbers(page, f"grid-{kind}")
        if kind == "decoder_self_attn":
            later = np.triu(np.ones_like(expected, dtype=bool), k=1)
            assert_array_equal(np.isnan(shown), later)
            shown = np.where(later, 0, shown)
        assert_allclose(shown, expected, atol=SHOWN)


def test_section_4_tells_a_rectangle_from_a_square_and_what_columns_get(
    page: Page, inspection: Inspection
) -> None:
    received = inspection.weights[PLACE[:2]].sum(axis=0)
    source = names_of(inspection.source)

    assert (
        f"{len(inspection.writes)} decoding steps and {len(source)} source tokens: a rectangle"
        in (page.inner_text("#section-4 p >> nth=0"))
    )
    told = page.inner_text("#columns")
    assert f"{source[received.argmax()]} gets {received.max():.0%}" in told
    assert f"{source[received.argmin()]} {received.min():.0%}." in told


def test_section_5_joins_the_heads_through_w_o(page: Page, inspection: Inspection) -> None:
    layer, _, step = PLACE
    record = inspection.cross_attn[layer]
    assert_allclose(last_numbers(page, "concat")[0], record.concat[step], atol=SHOWN)
    assert_allclose(last_numbers(page, "result")[0], record.output[step], atol=2 * SHOWN)
    source = names_of(inspection.source)
    for head, text in enumerate(page.locator(".card .looks").all_inner_texts()):
        weights = record.weights[head, step]
        first, share = text.split()[:2]
        assert first == source[weights.argmax()]
        assert number(share) == pytest.approx(100 * weights.max(), abs=0.501)

    page.locator("#result-0-6").click()
    unfold(page, "number")

    text = re.sub(r"head \d:|bias:", "", page.inner_text("#arithmetic-heads"))
    assert "Number 7 of it" in text
    total = evaluated(text.split(": ", 1)[1], terms=HEADS + 1)
    assert total == pytest.approx(record.output[step, 6], abs=0.01)
    parts = page.locator("#fold-number .arithmetic").all_inner_texts()[:HEADS]
    column = record.concat[step] * record.w_o[:, 6]
    sums = column.reshape(HEADS, D_HEAD).sum(axis=1)
    for text, expected in zip(parts, sums, strict=True):
        assert evaluated(text.split(": ")[1], terms=D_HEAD) == pytest.approx(expected, abs=0.02)
    computed = page.inner_text("#checked-output").split()[-1].rstrip(".")
    assert number(computed) == pytest.approx(record.output[step, 6], abs=SHOWN)


def test_section_5_says_what_is_lost_without_each_head_and_without_all(
    page: Page, inspection: Inspection, theirs: Translator
) -> None:
    layer, _, step = PLACE
    before = np.exp(inspection.logprobs[step])
    alone = [Intervention(ablate={(layer, head): "zero"}) for head in range(HEADS)]
    together = Intervention(ablate={(layer, head): "zero" for head in range(HEADS)})
    effects = [one.changes[step] for one in intervene(inspection, theirs, [*alone, together])]

    unfold(page, "add-up")

    lines = cells(page, "Muting one by one, and all at once")
    after = [before, *(before * np.exp(effect) for effect in effects)]
    shown = [number(line[1]) for line in lines if line[1]]
    assert shown == [chance(probability) for probability in after]
    losses = [number(line[2]) for line in lines]
    lost = [0, *(-effect for effect in effects[:-1])]
    assert losses == pytest.approx([*lost, sum(lost), -effects[-1]], abs=0.0051)
    for head in range(HEADS):
        text = page.inner_text(f"#without-{head}")
        now = re.findall(r"([<.\d ]+)%", text)[0]
        assert number(now) == chance(before * np.exp(effects[head]))


def test_section_6_shows_what_each_change_does_to_each_token(
    page: Page, inspection: Inspection, theirs: Translator
) -> None:
    every = range(HEADS)
    changes = [
        *(Intervention(drop=(token,)) for token in range(len(inspection.source))),
        *(
            Intervention(ablate={(layer, head): "zero"})
            for layer in range(DECODER_LAYERS)
            for head in every
        ),
        *(
            Intervention(ablate={(layer, head): "zero" for head in every})
            for layer in range(DECODER_LAYERS)
        ),
    ]
    results = intervene(inspection, theirs, changes)
    settled(page)

    labels = page.locator("#moves [role=gridcell]").evaluate_all(
        "all => all.map(cell => cell.ariaLabel)"
    )
    num_steps = len(inspection.writes)
    assert len(labels) == (1 + len(results)) * num_steps
    for at, result in enumerate(results, start=1):
        for step in range(num_steps):
            label = labels[at * num_steps + step]
            after = np.exp(inspection.logprobs[step] + result.changes[step])
            shown = re.findall(r"(?:to|at) ([<.\d ]+)%", label)[0]
            assert number(shown) == chance(after)
            assert ("becomes the most probable" in label) == result.top_changed[step]

    unfold(page, "what-if-nats")
    worst = max(-result.changes[PLACE[2]] for result in results)
    nats = column(page, "What moves the chosen token most", 2)
    assert nats[0] == pytest.approx(-worst, abs=0.0051)
    assert_array_equal(np.sort(nats), nats)
    whole = column(page, "What moves the chosen token most", 3)
    sums = [result.changes.sum() for result in results]
    assert all(min(abs(total - x) for x in sums) < 0.0051 for total in whole)


def test_section_7_compares_weights_with_what_hiding_costs(
    page: Page, inspection: Inspection, theirs: Translator
) -> None:
    step = PLACE[2]
    hidden = [Intervention(drop=(token,)) for token in range(len(inspection.source))]
    changes = np.stack([one.changes for one in intervene(inspection, theirs, hidden)])
    weights = inspection.weights.mean(axis=(0, 1))
    order = np.argsort(-weights[step])
    names = np.array(names_of(inspection.source))
    settled(page)

    lines = cells(page, "Weights beside what hiding costs")
    assert [line[0] for line in lines] == list(names[order])
    shares = [number(line[1]) for line in lines]
    assert shares == pytest.approx(100 * weights[step][order], abs=0.501)
    after = np.exp(inspection.logprobs[step] + changes[order, step])
    assert [number(line[2]) for line in lines] == [chance(x) for x in after]

    counted = (-changes).max(axis=0) > 0.1
    agreeing = (changes.argmin(axis=0) == weights.argmax(axis=1)) & counted
    assert f"at {agreeing.sum()} of the {counted.sum()} decoding steps where a token matters" in (
        page.inner_text("#section-7")
    )


def test_the_page_opens_where_python_says(
    show: Opener, inspection: Inspection, theirs: Translator
) -> None:
    place = choose_opening(inspection, theirs).place

    page = show()

    row, written = inspection.weights[place], names_of(inspection.writes)[place.step]
    heaviest = names_of(inspection.source)[row.argmax()]
    reads = names_of(inspection.reads)[place.step]
    assert page.inner_text("#live") == (
        f"Decoding step {place.step + 1} of {len(inspection.writes)}, layer {place.layer + 1}, "
        f"head {place.head + 1}: reads “{reads}”, writes “{written}”, looks most at “{heaviest}” "
        f"({row.max():.0%})."
    )
    assert page.input_value("#text") == OPENING
