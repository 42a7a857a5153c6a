"""What the reader changes in the row, and what follows from it."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from page_in_browser import D_HEAD, SHOWN, Opener, choose, column, last_numbers, number, softmax
from playwright.sync_api import Page

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.model.transformer import Record
from translator.text.batching import collate


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
        model.logits(batch.tgt_in, memory, batch.src_key_padding_mask, record)
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
    expected = softmax(scores / np.sqrt(D_HEAD))
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
    concat[3 * D_HEAD :] = expected @ layer.values[3]
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


def follow(page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Weights and context as shown."""
    return column(page, "Weights", 3), last_numbers(page, "weighted")[-1]
