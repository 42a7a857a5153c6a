"""The page on every screen and on paper, and its address."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from page_in_browser import Opener, choose
from playwright.sync_api import Page

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
