"""What the reader changes in the model: the page says what Python's `what_if` says."""

import re

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, HEADS
from page_in_browser import (
    D_HEAD,
    OPENING,
    SHOWN,
    chance,
    choose,
    drawn,
    german,
    in_both_browsers,
    in_chromium,
    in_one_line,
    names_of,
    number,
    unfold,
)
from playwright.sync_api import Page, expect
from torch import Tensor

from translator.config import PAD_ID
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.page.opening import choose_opening
from translator.inspection.record import inspect_translation
from translator.inspection.what_if import WhatIf, head_effects, intervene, what_if
from translator.model.attention import Edit


@pytest.fixture(scope="module")
def greedy(theirs: Translator) -> Inspection:
    """The opening text, by greedy search."""
    return inspect_translation(theirs, OPENING, BeamSearch(beam_size=1, length_penalty=1.0))


@pytest.fixture
def page(shared: Page) -> Page:
    if "greedy" not in shared.url:
        shared.evaluate("location.hash = 'search=greedy'")
        expect(shared.locator("#fold-hypotheses-summary")).to_have_text("Found by greedy search")
    return drawn(shared)


@pytest.fixture(scope="module")
def place(greedy: Inspection, theirs: Translator) -> tuple[int, int, int]:
    """The head that one of the written tokens needs most, and that token's decoding step."""
    effects = head_effects(greedy, theirs)
    layer, head, step = map(int, np.unravel_index(effects.argmin(), effects.shape))
    return layer, head, step


def check(page: Page, before: Inspection, after: WhatIf) -> None:
    """Probability and translation, as the page says them, are Python's."""
    step = int(page.input_value("#at-step"))
    check_probability(
        page, step, before.logprobs[step], before.logprobs[step] + after.changes[step]
    )
    assert german(page) == in_one_line(after.translation or "")
    changed = after.translation != after.greedy_translation
    without = f"Without your changes: {in_one_line(after.greedy_translation or '')}"
    expected = without if changed else "The same as without your changes."
    assert in_one_line(page.inner_text("#unchanged")) == expected


def check_probability(page: Page, step: int, before: float, after: float) -> None:
    expect(page.locator("#effect")).to_contain_text(f"at decoding step {step + 1}")
    for effect in ("#effect", "#row-effect"):
        text = drawn(page).inner_text(effect)
        now, then = re.findall(r"is ([<.\d ]+)% probable instead of ([<.\d ]+)%", text)[0]
        assert abs(after - before) > 0.05
        assert number(now) == chance(np.exp(after))
        assert number(then) == chance(np.exp(before))


@in_both_browsers
def test_a_muted_head_and_then_a_second_one(
    page: Page, greedy: Inspection, theirs: Translator, place: tuple[int, int, int]
) -> None:
    layer, head, _ = place
    choose(page, *place)

    page.click("#mute")
    check(page, greedy, what_if(greedy, theirs, ablate={(layer, head): "zero"}, redecode=True))
    assert page.locator(f"#mute-head-{head}").get_attribute("aria-pressed") == "true"

    other = (head + 1) % HEADS
    page.click(f"#mute-head-{other}")
    both = what_if(
        greedy, theirs, ablate={(layer, head): "zero", (layer, other): "zero"}, redecode=True
    )
    expect(page.locator("#undo-1")).to_be_visible()
    check(page, greedy, both)


@in_chromium
def test_two_weights_are_switched(page: Page, greedy: Inspection, theirs: Translator) -> None:
    place = choose_opening(greedy, theirs).place  # where a switch matters
    choose(page, *place)
    row = greedy.weights[place].copy()
    second, first = np.argsort(row)[-2:]
    names = names_of(greedy.source)
    button = page.locator("#switch")
    assert button.inner_text() == (
        f"Try: switch the weights of “{names[first]}” and “{names[second]}”"
    )

    button.click()

    row[[first, second]] = row[[second, first]]
    check(page, greedy, what_if(greedy, theirs, override={place: row}, redecode=True))
    expect(page.locator(f"#shown-{first}")).to_have_text(f"{row[first]:.3f}")


@in_both_browsers
def test_a_weight_is_moved_by_keys_and_the_others_make_room(
    page: Page, greedy: Inspection, theirs: Translator
) -> None:
    places = list(np.ndindex(greedy.weights.shape[:3]))
    changes = [Intervention(override={at: without_heaviest(greedy.weights[at])}) for at in places]
    results = intervene(greedy, theirs, changes)
    place = min(zip(places, results, strict=True), key=lambda one: one[1].changes[one[0][2]])[0]
    choose(page, *place)
    at = int(greedy.weights[place].argmax())
    page.locator(f"#weight-{at}").focus()

    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")

    expect(page.locator("#undo-0")).to_be_visible()
    expect(page.locator(f"#weight-{at}")).to_have_value("0.01")
    row = without_heaviest(greedy.weights[place], keep=0.01)
    check(page, greedy, what_if(greedy, theirs, override={place: row}, redecode=True))
    shown = [number(text) for text in page.locator("[id^=shown-]").all_inner_texts()]
    assert shown == pytest.approx(row, abs=SHOWN)


def without_heaviest(row: np.ndarray, keep: float = 0.0) -> tuple[float, ...]:
    """Its heaviest weight made `keep`; the others share the rest in the same proportions."""
    at = row.argmax()
    changed = row / (1 - row[at]) * (1 - keep)
    changed[at] = keep
    return tuple(map(float, changed))


@in_chromium
def test_a_hidden_source_token(page: Page, greedy: Inspection, theirs: Translator) -> None:
    results = [
        what_if(greedy, theirs, drop=[token], redecode=True) for token in range(len(greedy.source))
    ]
    token = int(np.argmin([result.changes.min() for result in results]))
    choose(page, 1, 2, int(results[token].changes.argmin()))

    page.click(f"#source-{token}")
    page.click("#hide")

    check(page, greedy, results[token])
    page.click("#hide")
    expect(page.locator("#changed")).to_have_count(0)
    assert german(drawn(page)) == in_one_line(greedy.translation)


@in_chromium
def test_another_temperature_and_no_scaling(
    page: Page, greedy: Inspection, theirs: Translator
) -> None:
    unfold(page, "changes")
    hot = recorded(theirs, greedy, edit=lambda weights, _: softened(weights, 5))
    step = int((hot - greedy.logprobs).argmin())
    choose(page, 0, 3, step)

    page.locator("#temperature").focus()
    page.keyboard.press("End")
    check_probability(page, step, greedy.logprobs[step], hot[step])
    assert page.inner_text("#undo-0") == "temperature 5.0 ×"

    page.click("#reset")
    sharp = recorded(theirs, greedy, edit=lambda weights, _: softened(weights, D_HEAD**-0.5))
    step = int((sharp - greedy.logprobs).argmin())
    choose(page, 0, 3, step)
    page.locator("#scaling").focus()
    page.keyboard.press("Space")
    check_probability(page, step, greedy.logprobs[step], sharp[step])


@in_chromium
def test_padding_without_the_mask_is_read_like_any_token(
    page: Page, greedy: Inspection, theirs: Translator
) -> None:
    unfold(page, "changes")
    padded = recorded(theirs, greedy, pads=2)
    step = int((padded - greedy.logprobs).argmin())
    choose(page, 0, 0, step)

    page.locator("#pads").click()
    expect(page.locator("#effect")).to_contain_text("Your changes do not matter")
    assert page.locator("[id^=source-]").count() == len(greedy.source) + 2
    assert german(drawn(page)) == in_one_line(greedy.translation)
    page.locator("#mask").click()

    check_probability(page, step, greedy.logprobs[step], padded[step])
    assert page.inner_text("#undo-0") == "2 <pad> added ×"
    assert page.inner_text("#undo-1") == "padding mask off ×"


@in_chromium
def test_the_bar_names_every_change_and_takes_each_back(
    page: Page, greedy: Inspection, theirs: Translator, place: tuple[int, int, int]
) -> None:
    layer, head, step = place
    unfold(page, "changes")
    choose(page, *place)
    expect(page.locator("#fold-changes")).not_to_contain_text("…")
    before = shown(page)
    names = names_of(greedy.source)

    page.click("#scaling")
    page.click("#zero")
    page.click("#source-1")
    page.click("#hide")
    other = (head + 1) % HEADS
    page.click(f"#mute-head-{other}")

    expect(page.locator("#changed button")).to_have_count(5)
    assert page.locator("#changed button").all_inner_texts() == [
        f"layer {layer + 1}, head {other + 1} muted ×",
        f"“{names[1]}” hidden ×",
        f"layer {layer + 1}, head {head + 1}, decoding step {step + 1}: weights set by you ×",
        "scores not divided ×",
        "Put it back",
    ]
    for at in (3, 2, 0):
        page.locator(f"#undo-{at}").click()
        expect(page.locator("#changed button")).to_have_count(max(2, at + 1))
    hidden = what_if(greedy, theirs, drop=[1], redecode=True)
    assert german(drawn(page)) == in_one_line(hidden.translation or "")

    page.click("#reset")
    expect(page.locator("#changed")).to_have_count(0)
    page.click("#source-1")
    expect(page.locator("#fold-changes")).not_to_contain_text("…")
    assert shown(drawn(page)) == before
    assert page.locator("#unchanged").count() == 0


def shown(page: Page) -> list[str]:
    """What stands in the first and the third section."""
    # Where the mouse points, the picture shows other links.
    page.locator("#section-3 h2").hover()
    return page.inner_text("#section-1").splitlines() + page.inner_text("#section-3").splitlines()


@in_chromium
def test_a_whole_layer_is_muted_and_the_heads_say_what_they_would_bring_back(
    page: Page, greedy: Inspection, theirs: Translator
) -> None:
    layer = DECODER_LAYERS - 1
    muted = {(layer, head): "zero" for head in range(HEADS)}
    result = what_if(greedy, theirs, ablate=muted, redecode=True)  # type: ignore[arg-type]
    step = int(result.changes.argmin())
    choose(page, layer, 0, step)

    page.click("#mute-layer")

    check(page, greedy, result)
    assert page.locator(".card").filter(has_text="It hands over nothing.").count() == HEADS
    assert len(page.locator("#changed button").all_inner_texts()) == HEADS + 1


@in_chromium
def test_a_change_to_heads_stays_for_another_sentence_and_one_to_tokens_goes(
    page: Page, theirs: Translator, place: tuple[int, int, int]
) -> None:
    layer, head, _ = place
    choose(page, *place)
    page.click("#mute")
    page.click("#source-1")
    page.click("#hide")
    expect(page.locator("#undo-1")).to_be_visible()

    page.fill("#text", "Two men")

    found = inspect_translation(theirs, "Two men", BeamSearch(beam_size=1, length_penalty=1.0))
    after = what_if(found, theirs, ablate={(layer, head): "zero"}, redecode=True)
    expect(page.locator("#german")).to_have_text(in_one_line(after.translation or ""))
    assert drawn(page).locator("#changed button").count() == 2


def softened(weights: Tensor, temperature: float) -> Tensor:
    """The softmax of the same scores, divided by the temperature."""
    powers = weights ** (1 / temperature)
    return powers / powers.sum(dim=-1, keepdim=True)


@torch.inference_mode()
def recorded(
    theirs: Translator, inspection: Inspection, *, pads: int = 0, edit: Edit | None = None
) -> np.ndarray:
    """Log-probabilities of the written tokens, by a pass of the model without any mask."""
    model, source = theirs.model, [*inspection.source_ids, *[PAD_ID] * pads]
    src, tgt_in = torch.tensor([source]), torch.tensor([inspection.read_ids])
    visible = torch.zeros_like(src, dtype=torch.bool)
    edits = [edit] * DECODER_LAYERS if edit else None
    memory = model.encode(src, visible)
    logits = model.logits(tgt_in, memory, visible, cross_attn_edits=edits)
    steps = torch.arange(len(inspection.write_ids))
    return logits[0].log_softmax(dim=-1)[steps, inspection.write_ids].numpy()
