"""The numbers that the page's seven panels show are the record's."""

import re
from pathlib import Path

import numpy as np
import pytest
from inspected import HEADS, by_kind
from numpy.testing import assert_allclose, assert_array_equal
from page_in_browser import D_HEAD, SHOWN, Opener, choose, column, last_numbers, number, plain

from translator.decoding.translator import Translator
from translator.inspection.explanation import explain
from translator.inspection.inspection import Inspection
from translator.inspection.page.page import save_page
from translator.inspection.what_if import what_if_all


def test_panel_1_shows_what_is_read_and_written_and_the_weights(
    show: Opener, inspection: Inspection
) -> None:
    page = show(1)
    choose(page, 1, 2, 4)

    texts = page.locator("[role=radio] text").all_text_contents()
    assert texts[::2] == list(map(plain, inspection.reads))
    assert texts[1::2] == list(map(plain, inspection.writes))
    weights = page.locator("#panel-1 text.tick").all_text_contents()
    assert [number(text) for text in weights] == pytest.approx(
        100 * inspection.weights[1, 2, 4], abs=0.501
    )
    shown = page.locator("[aria-label='The most probable tokens'] tbody tr").all_inner_texts()
    expected = inspection.alternatives[4]
    assert [line.split()[0] for line in shown][:5] == [one.piece.strip("▁") for one in expected]
    assert sum("written" in line for line in shown) == 1


def test_panel_2_shows_the_vectors_and_where_they_come_from(
    show: Opener, inspection: Inspection
) -> None:
    page = show(2)
    layer = inspection.cross_attn[1]
    choose(page, 1, 3, 5)

    assert_allclose(last_numbers(page, "state")[0], layer.query_input[5], atol=SHOWN)
    assert_allclose(last_numbers(page, "q")[0], layer.queries[3, 5], atol=SHOWN)
    assert_allclose(last_numbers(page, "memory"), layer.memory, atol=SHOWN)
    assert_allclose(last_numbers(page, "keys"), layer.keys[3], atol=SHOWN)
    assert_allclose(last_numbers(page, "values"), layer.values[3], atol=SHOWN)
    blocks = page.locator(".block .title").all_inner_texts()
    sides = [block.split()[0] for block in blocks]
    assert sides == ["D", "D", "E", "E", "E"]
    assert f"K {len(inspection.source)} × {D_HEAD}" in blocks[3]
    assert page.locator("#panel-2 .note", has_text="computed once for all steps").count() == 3


@pytest.mark.parametrize("place", [(0, 0, 0), (1, 2, 7), (1, 3, -1)])
def test_panel_3_works_the_row_as_the_model_did(
    show: Opener, inspection: Inspection, place: tuple[int, int, int]
) -> None:
    layer, head, step = place[0], place[1], place[2] % len(inspection.writes)
    page = show(3)
    page.click("#unfold")
    choose(page, layer, head, step)
    record = inspection.cross_attn[layer]

    assert_allclose(last_numbers(page, "question")[0], record.queries[head, step], atol=SHOWN)
    assert_allclose(last_numbers(page, "offer"), record.keys[head], atol=SHOWN)
    products = record.queries[head, step] * record.keys[head]
    assert_allclose(last_numbers(page, "products"), products, atol=SHOWN)
    assert_allclose(last_numbers(page, "sums")[:, 0], record.scores[head, step], atol=SHOWN)
    scaled = record.scaled[head, step]
    assert_allclose(column(page, "Scaled scores", 1), record.scores[head, step], atol=SHOWN)
    assert_allclose(column(page, "Scaled scores", 3), scaled, atol=SHOWN)
    assert_allclose(column(page, "Scores after the mask", 3), scaled, atol=SHOWN)
    weights = record.weights[head, step]
    assert_allclose(column(page, "Weights", 2), np.exp(scaled - scaled.max()), atol=SHOWN)
    assert_allclose(column(page, "Weights", 3), weights, atol=SHOWN)
    assert_allclose(last_numbers(page, "v"), record.values[head], atol=SHOWN)
    weighted = last_numbers(page, "weighted")
    assert_allclose(weighted[:-1], weights[:, None] * record.values[head], atol=SHOWN)
    assert_allclose(weighted[-1], record.context[head, step], atol=SHOWN)


def test_the_arithmetic_written_out_gives_the_number_after_it(
    show: Opener, inspection: Inspection
) -> None:
    page = show(3, 5)
    page.click("#unfold")
    page.locator("#products-3-0").focus()
    page.keyboard.press("Enter")
    page.locator("#weighted-0-4").focus()
    page.keyboard.press("Enter")
    for name in ("scores", "softmax", "context", "heads"):
        page.click(f"#fold-sum-{name}")

    for name, terms in (
        ("scores", D_HEAD),
        ("context", len(inspection.source)),
        ("heads", HEADS + 1),
    ):
        text = page.inner_text(f"#arithmetic-{name}")
        text = text.replace("\u2212", "-").replace("×", "*").replace("\u00a0", " ")
        left, right = re.sub(r"head \d:|bias:", "", text).split(" = ")
        assert left.count(" + ") == terms - 1
        # Each factor is rounded to a 2000th.
        assert eval(left) == pytest.approx(float(right), abs=0.002 * terms)
    token = plain(inspection.source[3])
    assert f"“{token}”" in page.inner_text("#fold-sum-scores")
    assert "number 5" in page.inner_text("#fold-sum-context")
    text = page.inner_text("#arithmetic-softmax").split(": ", 1)[1].replace("÷", "/")
    first, second, result = text.split(" = ")
    assert eval(first) == pytest.approx(float(result), abs=0.01)
    assert eval(second) == pytest.approx(float(result), abs=0.01)


@pytest.mark.parametrize("by", ["weights", "norms", "difference"])
def test_panel_4_shows_every_matrix_of_the_record(
    show: Opener, inspection: Inspection, by: str
) -> None:
    page = show(4)
    page.select_option("#choose-by", by)

    for kind in ("cross_attn", "encoder_self_attn", "decoder_self_attn"):
        layers = getattr(inspection, kind)
        places = [(len(layers) - 1, HEADS - 1), (0, 1)]
        for layer, head in places if by == "weights" else places[:1]:
            page.click(f"#mini-{kind}-{layer}-{head}")
            weights, norms = layers[layer].weights[head], layers[layer].norms[head]
            share = norms / norms.sum(axis=1, keepdims=True)
            expected = {"weights": weights, "norms": norms, "difference": share - weights}[by]
            shown = last_numbers(page, f"grid-{kind}")
            if kind == "decoder_self_attn":
                later = np.triu(np.ones_like(expected, dtype=bool), k=1)
                assert_array_equal(np.isnan(shown), later)
                shown = np.where(later, 0, shown)
            assert_allclose(shown, expected, atol=SHOWN)


def test_panel_4_by_words_and_its_labels(show: Opener, inspection: Inspection) -> None:
    page = show(4)
    labels = page.locator("#grid-cross_attn [role=rowheader]").all_text_contents()
    first = f"{inspection.reads[0]} → {plain(inspection.writes[0])}"
    assert labels[0] == first
    assert len(labels) == len(inspection.writes)
    axes = page.locator("#panel-4 .axes").first.inner_text()
    assert "target (decoder, asks)" in axes
    assert "source (encoder, answers)" in axes

    page.select_option("#choose-units", "words")

    words = inspection.words()
    layer, head = (int(page.input_value(f"#at-{name}")) for name in ("layer", "head"))
    assert_allclose(last_numbers(page, "grid-cross_attn"), words.weights[layer, head], atol=SHOWN)
    assert page.locator("#grid-cross_attn [role=rowheader]").all_text_contents() == [
        word.text for word in words.targets
    ]


def test_panel_5_joins_the_heads_to_the_output(show: Opener, inspection: Inspection) -> None:
    page = show(5)
    choose(page, 1, 0, 6)
    layer = inspection.cross_attn[1]

    for head in range(HEADS):
        shown = last_numbers(page, f"context-{head}")[0]
        assert_allclose(shown, layer.context[head, 6], atol=SHOWN)
    assert_allclose(last_numbers(page, "concat")[0], layer.concat[6], atol=SHOWN)
    assert_allclose(last_numbers(page, "result")[0], layer.output[6], atol=2 * SHOWN)
    notes = page.locator(".card .note").all_inner_texts()
    parts = np.stack([layer.context[head, 6] @ layer.head_w_o(head) for head in range(HEADS)])
    lengths = [number(re.findall(r"length of (\S+),", note)[0]) for note in notes]
    assert_allclose(lengths, np.linalg.norm(parts, axis=-1), atol=0.0051)
    shares = [number(re.findall(r"(\S+)% of", note)[0]) for note in notes]
    total = parts.sum(axis=0)
    assert_allclose(shares, 100 * parts @ total / (total @ total), atol=0.51)
    text = page.inner_text("#one-head")
    for head in range(HEADS):
        weights = layer.weights[head, 6]
        token = plain(inspection.source[weights.argmax()])
        assert f"head {head + 1} at “{token}” ({weights.max():.0%})" in text


def test_panel_6_shows_every_change_that_was_measured(
    show: Opener, inspection: Inspection, trained_translator: Translator
) -> None:
    page = show(6)

    for kind, results in by_kind(what_if_all(inspection, trained_translator)).items():
        page.select_option("#choose-change", kind)
        for at, result in enumerate(results):
            for step in (0, len(inspection.writes) - 1):
                label = page.locator(f"#moves-{step}-{at}").get_attribute("aria-label")
                change = re.findall(r"” (\S+), ", label)[0]
                assert number(change) == pytest.approx(float(result.changes[step]), abs=0.0051)
                new = f"“{plain(result.new_top[step])}” becomes the most probable"
                assert (new in label) == result.top_changed[step]


def test_panel_6_says_where_a_pattern_did_not_matter(
    show: Opener, inspection: Inspection, trained_translator: Translator, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    save_page(inspection, trained_translator, path)
    html = path.read_text(encoding="utf-8")
    # Everything that was measured becomes nothing.
    html = re.sub(r'"changes": \[[^]]*\]', _zeros, html).replace('"topChanged": [true', "")
    html = re.sub(r'"topChanged": \[[^]]*\]', lambda match: match[0].replace("true", "false"), html)
    path.write_text(html, encoding="utf-8")

    text = show(6, path=path).inner_text("#verdict")

    assert text.endswith("this pattern did not matter for this word.")
    assert "less than 0.01" in text
    assert "zeroed 0.00" in text


def test_panel_7_shows_the_correlations(
    show: Opener, inspection: Inspection, trained_translator: Translator
) -> None:
    page = show(7)
    expected = explain(inspection, trained_translator)

    names = ("weights_leave_one_out", "norms_leave_one_out", "weights_gradient", "norms_gradient")
    for at, name in enumerate(names, start=1):
        shown = column(page, "Rank correlations", at)
        assert_allclose(shown[:-1], getattr(expected, name), atol=0.0051)
        assert shown[-1] == pytest.approx(getattr(expected, name).mean(), abs=0.0051)
    choose(page, 0, 0, 3)
    for at, values in enumerate((expected.leave_one_out, expected.gradient_x_input), start=3):
        assert_allclose(column(page, "Four orders", at), np.abs(values[3]), atol=SHOWN)
    weights = inspection.weights.mean((0, 1))[3]
    assert_allclose(column(page, "Four orders", 1), weights, atol=SHOWN)


def _zeros(match: re.Match[str]) -> str:
    return f'"changes": [{", ".join("0" for _ in match[0].split(","))}]'
