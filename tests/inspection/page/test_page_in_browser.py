"""The page of an inspection in a real browser: what it shows, what it does, what it asks for.

Debian's Chromium, driven by Playwright. Where there is none these tests are skipped; in CI they
fail instead.
"""

import csv
import dataclasses
import io
import os
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inspected import D_MODEL, ENGLISH, GERMAN, HEADS, by_kind
from numpy.testing import assert_allclose, assert_array_equal
from playwright.sync_api import Browser, Page, expect, sync_playwright

from translator.decoding.translator import Translator
from translator.inspection.explanation import explain
from translator.inspection.inspection import Inspection
from translator.inspection.page.page import save_page
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import what_if_all
from translator.model.transformer import Record
from translator.text.batching import collate

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
K = D_MODEL // HEADS
SHOWN = 0.00051
"""Half of the last digit shown, and the rounding of float32."""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: apt-get install chromium")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, ENGLISH[2], GERMAN[2])


@pytest.fixture(scope="module")
def file(
    inspection: Inspection, trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    save_page(inspection, trained_translator, path)
    return path


Opener = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, file: Path) -> Iterator[Opener]:
    """Opens the page with some panels; afterwards nothing may have gone wrong in any of them."""
    pages: list[Page] = []
    asked: list[str] = []
    complaints: list[str] = []

    def open_page(
        *panels: int, path: Path = file, width: int = 1200, place: str = "", **media: Any
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **media)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
        )
        opened = ".".join(map(str, panels)) or "1"
        page.goto(f"{path.as_uri()}#{place}&open={opened}")
        pages.append(page)
        return page

    yield open_page
    refused = [page.evaluate("refused") for page in pages]
    for page in pages:
        page.context.close()
    assert not complaints
    assert not any(refused)
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def plain(piece: str) -> str:
    return piece.replace("▁", "") or piece


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace("∞", "inf").replace("%", ""))


def last_numbers(page: Page, grid: str) -> np.ndarray:
    """(rows, columns): the number that ends what each cell of a grid says of itself, or NaN."""
    labels = page.evaluate(
        "id => [...document.getElementById(id).querySelectorAll('[role=row]')].map(row =>"
        " [...row.querySelectorAll('[role=gridcell]')].map(cell => cell.ariaLabel))"
        ".filter(row => row.length)",
        grid,
    )
    return np.array([[ending(cell) for cell in row] for row in labels])


def ending(text: str) -> float:
    last = text.split()[-1]
    return number(last) if re.search(r"\d$", last) else np.nan


def column(page: Page, table: str, at: int) -> np.ndarray:
    cells = page.locator(f"[aria-label='{table}'] tbody tr").evaluate_all(
        "(rows, at) => rows.map(row => row.children[at].innerText)", at
    )
    return np.array([number(cell.split()[-1]) for cell in cells])


def choose(page: Page, layer: int, head: int, step: int) -> None:
    for name, value in (("layer", layer), ("head", head), ("step", step)):
        page.select_option(f"#at-{name}", str(value))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def downloaded(page: Page, button: str) -> str:
    with page.expect_download() as download:
        page.click(f"#{button}")
    return Path(download.value.path()).read_text(encoding="utf-8")


# ---- safety


def test_the_browser_refuses_whatever_else_would_be_loaded_or_run(
    browser: Browser, file: Path
) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())

    page.evaluate("addEventListener('securitypolicyviolation', e => live.append(e.blockedURI))")
    assert page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 'refused')") == "refused"
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'window.ran = true' }))"
    )

    assert page.evaluate("window.ran") is None
    expect(page.locator("#live")).to_contain_text("127.0.0.1:9")
    expect(page.locator("#live")).to_contain_text("inline")
    page.close()


def test_all_panels_open_without_a_request_or_a_complaint(show: Opener) -> None:
    page = show(1, 2, 3, 4, 5, 6, 7)

    page.click("#unfold")

    assert page.locator(".panel[open] .body > *").count() > 20
    assert page.locator(".step[open]").count() == 7


def test_markup_in_a_sentence_is_shown_as_text(
    show: Opener, inspection: Inspection, trained_translator: Translator, tmp_path: Path
) -> None:
    strange = "<script>document.title = 'ran'</script><img src=x onerror=alert(1)>"
    path = tmp_path / "strange.html"
    source = [f"▁{strange}", *inspection.source[1:]]
    writes = [*inspection.writes[:-1], f"▁{strange}"]
    changed = dataclasses.replace(inspection, text=strange, source=source, writes=writes)
    save_page(changed, trained_translator, path)

    page = show(1, 2, 3, 4, 5, 6, 7, path=path)

    assert strange in page.inner_text("#sentence")
    assert page.locator("#source-0 text").text_content() == strange
    assert page.title().startswith(f"“{strange}”")
    assert page.locator("#panels script, #panels img").count() == 0


def test_without_a_model_what_needs_one_says_so(
    show: Opener, inspection: Inspection, tmp_path: Path
) -> None:
    path = tmp_path / "loaded.html"
    save_page(inspection, None, path)

    page = show(1, 2, 3, 4, 5, 6, 7, path=path)

    for panel in (6, 7):
        assert "came from a file, without its model" in page.inner_text(f"#panel-{panel}")
    assert page.locator("#pad").count() == 0


# ---- numbers


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
    assert f"K {len(inspection.source)} × {K}" in blocks[3]
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

    for name, terms in (("scores", K), ("context", len(inspection.source)), ("heads", HEADS + 1)):
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


def _zeros(match: re.Match[str]) -> str:
    return f'"changes": [{", ".join("0" for _ in match[0].split(","))}]'


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


# ---- changing something


def follow(page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Weights and context as shown."""
    return column(page, "Weights", 3), last_numbers(page, "weighted")[-1]


def test_without_scaling_and_with_another_temperature_softmax_and_context_follow(
    show: Opener, inspection: Inspection
) -> None:
    page = show(3)
    page.click("#unfold")
    choose(page, 1, 1, 3)
    layer = inspection.cross_attn[1]
    scores = layer.scores[1, 3]

    page.locator("#scaling").focus()
    page.keyboard.press("Space")
    weights, context = follow(page)
    assert_allclose(weights, softmax(scores), atol=SHOWN)
    assert_allclose(context, softmax(scores) @ layer.values[1], atol=2 * SHOWN)

    page.locator("#temperature").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    weights, context = follow(page)
    assert_allclose(weights, softmax(scores / 2), atol=SHOWN)
    assert_allclose(context, softmax(scores / 2) @ layer.values[1], atol=2 * SHOWN)

    page.locator("#reset").focus()
    page.keyboard.press("Enter")
    assert_allclose(follow(page)[0], layer.weights[1, 3], atol=SHOWN)


def test_a_pad_is_what_the_model_makes_of_it_in_a_batch_and_the_mask_hides_it(
    show: Opener, inspection: Inspection, trained_translator: Translator
) -> None:
    page = show(3)
    page.click("#unfold")
    choose(page, 0, 2, 2)
    ids = inspection.source_ids
    batch = collate([(ids, inspection.write_ids), ([*ids, *ids], inspection.write_ids)])
    record = Record()
    with torch.inference_mode():
        model = trained_translator.model
        memory = model.encode(batch.src, batch.src_key_padding_mask)
        model.decode(batch.tgt_in, memory, batch.src_key_padding_mask, record)
    end, attention = len(ids) + 1, record.cross_attn[0]
    keys, values = (x[0, 2, :end].numpy() for x in (attention.keys, attention.values))
    scores = keys @ attention.queries[0, 2, 2].numpy()

    page.click("#pad")
    weights, context = follow(page)
    assert_allclose(last_numbers(page, "offer"), keys, atol=SHOWN)
    assert weights[-1] == 0
    assert page.inner_text("[aria-label='Scores after the mask'] tbody tr:last-child").endswith(
        "−∞"
    )
    assert_allclose(context, inspection.cross_attn[0].context[2, 2], atol=2 * SHOWN)

    page.click("#mask")
    weights, context = follow(page)
    expected = softmax(scores / np.sqrt(K))
    assert expected[-1] > 0.001
    assert_allclose(weights, expected, atol=SHOWN)
    assert_allclose(context, expected @ values, atol=2 * SHOWN)


def test_a_weight_is_moved_by_keys_and_the_others_make_room(
    show: Opener, inspection: Inspection
) -> None:
    page = show(3, 5)
    page.click("#unfold")
    choose(page, 1, 3, 4)
    layer = inspection.cross_attn[1]
    before = layer.weights[3, 4]
    at = int(before.argmin())

    page.locator(f"#weight-{at}").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")

    weights, context = follow(page)
    value = float(page.input_value(f"#weight-{at}"))
    expected = before / (1 - before[at]) * (1 - value)
    expected[at] = value
    assert value == pytest.approx(before[at] + 0.12, abs=0.011)
    assert_allclose(weights, expected, atol=0.002)
    assert_allclose(context, expected @ layer.values[3], atol=0.01)
    concat = layer.concat[4].copy()
    concat[3 * K :] = expected @ layer.values[3]
    assert_allclose(last_numbers(page, "result")[0], concat @ layer.w_o + layer.b_o, atol=0.02)


def test_a_weight_can_be_dragged(show: Opener) -> None:
    page = show(3)
    page.click("#unfold")
    slider = page.locator("#weight-2")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    shown = []

    page.mouse.move(box["x"] + 9, middle)
    page.mouse.down()
    for share in (0.3, 0.6, 0.9):
        page.mouse.move(box["x"] + share * box["width"], middle)
        shown.append(number(page.inner_text("#shown-2")))
    page.mouse.up()

    assert shown == pytest.approx([0.3, 0.6, 0.9], abs=0.06)
    weights, _ = follow(page)
    assert weights[2] == pytest.approx(shown[-1], abs=SHOWN)
    assert weights.sum() == pytest.approx(1, abs=0.01)
    assert "looks most at" in page.inner_text("#live")


# ---- keyboard


def test_arrow_keys_walk_the_steps_and_the_live_region_tells(
    show: Opener, inspection: Inspection
) -> None:
    page = show(1, place="step=2")
    page.locator("[role=radio][tabindex='0']").focus()

    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "step-2"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == f"step-{len(inspection.writes) - 1}"
    page.keyboard.press("Home")
    assert f"Step 1 of {len(inspection.writes)}" in page.inner_text("#live")
    assert page.locator("#live").get_attribute("aria-live") == "polite"

    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id").startswith("source-")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.locator("#source-0").get_attribute("aria-pressed") == "true"
    assert page.locator("[id^='source-'][tabindex='0']").count() == 1


def test_arrow_keys_walk_the_steps_from_anywhere_but_a_field(show: Opener) -> None:
    page = show(1, place="step=2")

    page.locator("#panel-2 summary").focus()
    page.keyboard.press("ArrowRight")
    assert "Step 3 of" in page.inner_text("#live")
    page.locator("#csv-who").focus()
    page.keyboard.press("ArrowLeft")
    assert "Step 2 of" in page.inner_text("#live")


def test_the_steps_play_and_stop(show: Opener) -> None:
    page = show(1, place="step=1")

    page.locator("#play").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("Step 2 of")
    assert page.evaluate("document.activeElement.id") == "play"
    page.keyboard.press("Enter")
    assert page.inner_text("#play") == "Play the steps"


def test_a_panel_opens_by_its_summary_and_a_step_by_next(show: Opener) -> None:
    page = show(1)

    page.locator("#panel-3 > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#next-1").focus()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "fold-step-2"
    expect(page.locator("#offer-0-0")).to_be_visible()


@pytest.mark.parametrize(
    ("panel", "grid"),
    [(2, "memory"), (2, "keys"), (3, "products"), (4, "grid-cross_attn"), (6, "moves")],
)
def test_a_grid_is_one_stop_for_tab_and_arrow_keys_walk_it(
    show: Opener, panel: int, grid: str
) -> None:
    page = show(panel)
    if panel == 3:
        page.click("#unfold")
    cells = page.locator(f"#{grid} [role=gridcell]")
    assert page.locator(f"#{grid}").get_attribute("role") == "grid"
    page.locator(f"#{grid}-1-1").focus()

    for key, place in (
        ("ArrowDown", "2-1"),
        ("ArrowRight", "2-2"),
        ("ArrowUp", "1-2"),
        ("ArrowLeft", "1-1"),
        ("Home", "1-0"),
        ("ArrowLeft", "1-0"),
        ("Control+Home", "0-0"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == f"{grid}-{place}"
        told = page.evaluate(
            "document.activeElement.closest('.view').querySelector('.readout').textContent"
        )
        assert told == page.evaluate("document.activeElement.ariaLabel")
    tabs = cells.evaluate_all("all => all.filter(cell => cell.tabIndex === 0).map(c => c.id)")
    assert tabs == [f"{grid}-0-0"]


def test_the_cell_that_is_pointed_at_tells_its_number(show: Opener) -> None:
    page = show(4)

    page.locator("#grid-cross_attn-2-1").hover()

    label = page.locator("#grid-cross_attn-2-1").get_attribute("aria-label")
    assert page.locator("#panel-4 .readout").first.inner_text() == label


def test_enter_in_the_matrix_goes_to_that_step_and_heads_are_chosen_by_keys(show: Opener) -> None:
    page = show(4, 5, place="step=1&layer=1&head=1")

    page.locator("#grid-cross_attn-3-2").focus()
    page.keyboard.press("Enter")
    assert "Step 4 of" in page.inner_text("#live")
    assert page.evaluate("document.activeElement.id") == "grid-cross_attn-3-2"
    page.locator("#mini-cross_attn-1-2").focus()
    page.keyboard.press("Enter")
    assert "layer 2, head 3" in page.inner_text("#live")
    page.locator("#head-0").focus()
    page.keyboard.press("Space")
    assert "layer 2, head 1" in page.inner_text("#live")
    page.locator("#choose-by").focus()
    page.keyboard.press("ArrowDown")
    assert page.input_value("#choose-by") == "norms"
    page.locator("#on").focus()
    page.keyboard.press("Enter")
    assert "Step 5 of" in page.inner_text("#live")


def test_what_if_is_chosen_by_keys(show: Opener) -> None:
    page = show(6)

    page.locator("#choose-change").focus()
    page.keyboard.press("End")

    assert page.input_value("#choose-change") == "drop"
    assert page.evaluate("document.activeElement.id") == "choose-change"


# ---- files


@pytest.mark.parametrize(
    ("panel", "name"),
    [
        (1, "who"),
        (2, "origins"),
        (3, "row"),
        (4, "cross_attn"),
        (4, "decoder_self_attn"),
        (5, "heads"),
        (6, "what-if"),
        (7, "orders"),
        (7, "explanation"),
    ],
)
def test_a_view_is_saved_as_a_picture_with_its_words(
    show: Opener, inspection: Inspection, panel: int, name: str
) -> None:
    page = show(panel)

    picture = ET.fromstring(downloaded(page, f"svg-{name}"))

    svg = "{http://www.w3.org/2000/svg}"
    assert picture.tag == f"{svg}svg"
    texts = " ".join("".join(text.itertext()) for text in picture.iter(f"{svg}text"))
    token = max((piece.strip("▁") for piece in inspection.writes[:-1]), key=len)
    words = {2: "computed once", 3: "what the decoder asks", 5: "Concatenated"}
    if name == "orders":
        token = max((piece.strip("▁") for piece in inspection.source[:-1]), key=len)
    assert words.get(panel, token) in texts
    width, height = (float(picture.get(side, "")) for side in ("width", "height"))
    for shape in picture:
        assert -1 <= float(shape.get("x", 0)) <= width
        assert -1 <= float(shape.get("y", 0)) <= height
    shapes = [node for node in picture.iter() if node.tag == f"{svg}rect"]
    # The style sheet stays behind: each shape has its colour with it.
    assert all(re.match(r"rgb|none", node.get("fill", "")) for node in shapes)


def lines_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_views_are_saved_as_csv_in_full_precision(
    show: Opener, inspection: Inspection, trained_translator: Translator
) -> None:
    page = show(1, 2, 3, 4, 5, 6, 7)
    choose(page, 1, 2, 3)
    layer = inspection.cross_attn[1]

    def numbers(name: str, rows: slice, columns: slice) -> np.ndarray:
        lines = lines_of(downloaded(page, f"csv-{name}"))
        assert len({len(line) for line in lines}) == 1
        return np.array([line[columns] for line in lines[rows]], dtype=np.float64)

    rest = slice(1, None)
    close = {"rtol": 1e-5, "atol": 1e-6}
    assert_allclose(numbers("who", rest, slice(4, 5))[:, 0], layer.weights[2, 3], **close)
    assert_allclose(numbers("cross_attn", rest, rest), layer.weights[2], **close)
    row = numbers("row", slice(1, -1), slice(1, 3))
    assert_allclose(row.T, [layer.scores[2, 3], layer.scaled[2, 3]], **close)
    heads = numbers("heads", rest, rest)
    assert_allclose(heads[0], layer.concat[3], **close)
    assert_allclose(heads[1:-1].sum(axis=0), heads[-1], **close)
    assert_allclose(heads[-1], layer.output[3], rtol=1e-4, atol=1e-5)
    orders = numbers("orders", rest, slice(3, 4))[:, 0]
    left_out = explain(inspection, trained_translator).leave_one_out[3]
    assert_allclose(orders, np.abs(left_out), rtol=1e-3, atol=1e-5)
    changes = numbers("what-if", rest, slice(1, None, 2))
    results = by_kind(what_if_all(inspection, trained_translator)).values()
    assert_allclose(changes, [one.changes for group in results for one in group], atol=1e-5)
    vectors = lines_of(downloaded(page, "csv-origins"))
    assert len(vectors) == 3 + 3 * len(inspection.source)


# ---- every screen, and paper


ALL = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize("width", [400, 700, 1000, 1700])
def test_the_page_is_never_wider_than_the_screen(show: Opener, width: int) -> None:
    page = show(*ALL, width=width)
    page.click("#unfold")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "[...document.querySelectorAll('p, summary, button, select, table, figcaption')]"
        ".filter(node => !node.closest('.wide') && node.getBoundingClientRect().right > innerWidth)"
        ".map(node => node.outerHTML)"
    )
    assert outside == []


def test_words_of_the_lanes_do_not_overlap(show: Opener) -> None:
    page = show(1, width=400)

    for words in ("#panel-1 text.word.enc", "#panel-1 text.read", "#panel-1 text.word.dec"):
        boxes = page.locator(words).evaluate_all(
            "all => all.map(node => node.getBoundingClientRect()).map(box => [box.left, box.right])"
        )
        assert all(right < left for (_, right), (left, _) in pairwise(boxes))


def colours(page: Page, selector: str, name: str) -> list[list[float]]:
    """Red, green, blue of each node, to 255."""
    found = page.eval_on_selector_all(
        selector, f"nodes => nodes.map(node => getComputedStyle(node).{name})"
    )
    return [[float(x) for x in re.findall(r"[\d.]+", colour)[:3]] for colour in found]


def luminance_of(colour: Sequence[float]) -> float:
    """Relative luminance, as WCAG has it."""
    red, green, blue = (
        ((x / 255 + 0.055) / 1.055) ** 2.4 if x > 10 else x / 255 / 12.92 for x in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def luminance(page: Page, selector: str, name: str) -> float:
    return luminance_of(colours(page, selector, name)[0])


def contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light_are_both_readable(show: Opener, scheme: str) -> None:
    page = show(1, 4, color_scheme=scheme)

    paper = luminance(page, "body", "backgroundColor")
    assert (paper < 0.1) == (scheme == "dark")
    for selector, name in (
        ("p", "color"),
        (".quiet", "color"),
        ("#panel-1 text.enc.word", "fill"),
        ("#panel-1 text.dec.word", "fill"),
        ("#panel-1 text.read", "fill"),
    ):
        assert contrast(paper, luminance(page, selector, name)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_stand_out_from_their_cells(show: Opener, scheme: str) -> None:
    page = show(4, 6, color_scheme=scheme)
    page.select_option("#choose-units", "words")

    for grid in ("grid-decoder_self_attn", "moves"):
        ground = colours(page, f"#{grid} .ground", "fill")[0]
        cells = page.locator(f"#{grid} .cell:has(+ .number)")
        numbers = colours(page, f"#{grid} .cell + .number", "fill")
        strengths = cells.evaluate_all("all => all.map(cell => +cell.getAttribute('fill-opacity'))")
        fills = colours(page, f"#{grid} .cell:has(+ .number)", "fill")
        assert max(strengths) > 0.6
        for strength, fill, shown in zip(strengths, fills, numbers, strict=True):
            behind = [strength * a + (1 - strength) * b for a, b in zip(fill, ground, strict=True)]
            assert contrast(luminance_of(behind), luminance_of(shown)) >= 3.8


def test_nothing_moves_where_motion_is_unwelcome(show: Opener) -> None:
    durations = [
        show(1, reduced_motion=wish).eval_on_selector(
            "button", "node => getComputedStyle(node).transitionDuration"
        )
        for wish in ("reduce", "no-preference")
    ]
    assert durations[0] == "0s"
    assert durations[1] != "0s"


def test_on_paper_all_panels_are_open_and_light_and_afterwards_as_before(show: Opener) -> None:
    page = show(2, color_scheme="dark")
    page.emulate_media(media="print")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator(".panel[open] .body > *").count() > 20
    assert page.locator(".panel:not([open])").count() == 0
    assert page.locator(".step:not([open])").count() == 0
    assert not page.locator("#controls").is_visible()
    assert luminance(page, "body", "backgroundColor") > 0.9
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".panel[open]").evaluate_all("all => all.map(one => one.id)") == ["panel-2"]


def test_the_address_remembers_the_place(show: Opener) -> None:
    page = show(1, 4)
    choose(page, 1, 2, 3)

    page.reload()

    assert "Step 4 of" in page.inner_text("#live")
    assert "layer 2, head 3" in page.inner_text("#live")
    opened = page.locator(".panel[open]").evaluate_all("all => all.map(one => one.id)")
    assert opened == ["panel-1", "panel-4"]


def test_an_address_that_is_no_place_is_passed_over(show: Opener) -> None:
    page = show(place="layer=99&head=-1&step=two")

    assert page.locator("#panel-1[open] svg").count() > 0
