"""The page by keys: steps, panels, grids and lists."""

import pytest
from page_in_browser import Opener
from playwright.sync_api import expect

from translator.inspection.inspection import Inspection


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
