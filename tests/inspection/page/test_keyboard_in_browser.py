"""The page by keys alone, in both browsers; and the focus is never lost."""

import pytest
from inspected import HEADS
from page_in_browser import (
    Opener,
    drawn,
    focused,
    german,
    in_both_browsers,
    in_chromium,
    in_one_line,
    settled,
    unfold,
)
from playwright.sync_api import Page, expect

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.record import inspect_translation

pytestmark = pytest.mark.campaign


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press a key until the element whose id starts so has the focus."""
    for _ in range(80):
        page.keyboard.press(key)
        if focused(page).startswith(name):
            return
    raise AssertionError(f"{key} does not lead to {name}")


@in_both_browsers
def test_from_the_field_to_a_muted_head_a_moved_weight_the_matrix_and_back(
    show: Opener, theirs: Translator
) -> None:
    page = show()

    tab_to(page, "text")
    page.keyboard.press("Control+a")
    page.keyboard.type("Two men")
    found = inspect_translation(theirs, "Two men")
    expect(page.locator("#german")).to_have_text(in_one_line(found.translation))
    settled(page)

    tab_to(page, "mute")
    page.keyboard.press("Enter")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    assert focused(settled(page)) == "mute"
    page.keyboard.press("Space")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "false")

    tab_to(page, "weight-")
    slider = focused(settled(page))
    before = float(page.input_value(f"#{slider}"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#undo-0")).to_contain_text("weights set by you")
    assert focused(settled(page)) == slider
    assert float(page.input_value(f"#{slider}")) == pytest.approx(before - 0.01, abs=0.006)
    page.keyboard.press("ArrowDown")
    assert focused(page) == f"weight-{int(slider.split('-')[1]) + 1}"

    tab_to(page, "grid-cross_attn")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "grid-cross_attn-1-1"
    page.keyboard.press("Enter")
    assert "Decoding step 2 of" in page.inner_text("#live")
    assert focused(settled(page)) == "grid-cross_attn-1-1"

    tab_to(page, "reset")
    page.keyboard.press("Enter")
    expect(page.locator("#changed")).to_have_count(0)
    assert german(drawn(page)) == in_one_line(found.translation)
    assert focused(page) == "at-step"
    tab_to(page, "text", "Shift+Tab")


@in_chromium
def test_the_focus_survives_whatever_is_pressed(show: Opener) -> None:
    page = show("text=A&search=greedy&step=2&layer=2&head=1")
    unfold(page, "hypotheses", "changes")
    page.click("#source-1")

    for pressed, key, then in (
        ("hide", "Enter", "hide"),
        ("undo-0", "Enter", "at-step"),
        ("switch", "Enter", "switch"),
        ("own-weights", "Enter", "title-3"),
        ("zero", "Enter", "zero"),
        ("reset", "Space", "at-step"),
        ("results-0-0", "Enter", "results-0-0"),
        ("scaling", "Space", "scaling"),
        ("temperature", "ArrowRight", "temperature"),
        ("mini-cross_attn-1-0", "ArrowUp", "mini-cross_attn-0-0"),
        (f"mute-head-{HEADS - 1}", "Enter", f"mute-head-{HEADS - 1}"),
        ("result-0-0", "ArrowRight", "result-0-1"),
        ("moves-1-1", "Enter", "moves-1-1"),
        ("search", "ArrowUp", "search"),
    ):
        page.locator(f"#{pressed}").focus()
        page.keyboard.press(key)
        assert focused(drawn(page)) == then, pressed


@in_chromium
def test_at_the_first_and_last_decoding_step_the_focus_goes_on_from_the_list(
    shared: Page, inspection: Inspection
) -> None:
    page = shared
    page.select_option("#at-step", "1")

    page.locator("#back").focus()
    page.keyboard.press("Enter")
    assert focused(drawn(page)) == "at-step"
    assert page.locator("#back").is_disabled()

    page.keyboard.press("End")
    expect(page.locator("#live")).to_contain_text(f"Decoding step {len(inspection.writes)} of")
    assert page.locator("#on").is_disabled()


@in_chromium
def test_arrow_keys_walk_the_lanes_and_the_live_region_tells(
    shared: Page, inspection: Inspection
) -> None:
    page = shared
    page.select_option("#at-step", "2")
    page.locator("#section-1 [role=radio][tabindex='0']").focus()

    page.keyboard.press("ArrowRight")
    assert focused(page) == "step-3"
    page.keyboard.press("End")
    assert focused(page) == f"step-{len(inspection.writes) - 1}"
    page.keyboard.press("Home")
    assert f"Decoding step 1 of {len(inspection.writes)}" in page.inner_text("#live")
    assert page.locator("#live").get_attribute("aria-live") == "polite"

    page.keyboard.press("ArrowUp")
    assert focused(page).startswith("source-")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == f"source-{len(inspection.source) - 2}"
    page.keyboard.press("Enter")
    assert page.locator(f"#{focused(page)}").get_attribute("aria-pressed") == "true"
    assert page.locator("[id^='source-'][tabindex='0']").count() == 1
    page.keyboard.press("ArrowDown")
    assert focused(page) == "step-0"

    page.locator("#fold-who-summary").focus()
    page.keyboard.press("ArrowRight")
    assert "Decoding step 2 of" in page.inner_text("#live")
    page.locator("#text").focus()
    page.keyboard.press("ArrowRight")
    assert "Decoding step 2 of" in page.inner_text("#live")


@in_chromium
def test_a_grid_is_one_stop_for_tab_and_arrow_keys_walk_it(shared: Page) -> None:
    page = shared
    unfold(page, "scores")

    for grid in ("results", "products", "grid-cross_attn", "moves"):
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
            assert focused(page) == f"{grid}-{place}"
            told = page.evaluate(
                "document.activeElement.closest('.view').querySelector('.readout').textContent"
            )
            assert told == page.evaluate("document.activeElement.ariaLabel")
        tabs = page.locator(f"#{grid} [role=gridcell]").evaluate_all(
            "all => all.filter(cell => cell.tabIndex === 0).map(c => c.id)"
        )
        assert tabs == [f"{grid}-0-0"]


@in_chromium
def test_a_click_on_a_section_in_the_bar_goes_there_and_the_address_keeps_the_sentence(
    shared: Page,
) -> None:
    page = shared
    page.fill("#text", "Two men")
    expect(page.locator("[id^=source-]")).to_have_count(6)
    address = page.url

    page.locator("nav a", has_text="Heads").focus()
    page.keyboard.press("Enter")

    assert focused(page) == "title-5"
    assert page.url == address
    assert page.evaluate("document.querySelector('#title-5').getBoundingClientRect().top") < 300


@in_chromium
def test_the_decoding_steps_play_and_stop(shared: Page) -> None:
    page = shared
    page.select_option("#at-step", "1")

    page.locator("#play").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("Decoding step 3 of")
    assert focused(page) == "play"
    page.keyboard.press("Enter")
    expect(page.locator("#play")).to_have_text("Play the decoding steps")
