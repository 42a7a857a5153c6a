"""The page on every screen and on paper, and its address."""

import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import quote

import pytest
from inspected import ENGLISH
from page_in_browser import Opener, choose, drawn, settled, unfold
from playwright.sync_api import Page, expect

LONG = f"text={quote(ENGLISH[2])}"


def outside(page: Page) -> list[str]:
    """What is wider than the screen and does not scroll by itself."""
    found: list[str] = page.evaluate(
        "[document.documentElement, ...document.querySelectorAll("
        "'p, h1, h2, h3, h4, summary, button, select, input, label, table, figcaption, li')]"
        ".filter(node => !node.closest('.wide, .unseen')"
        " && Math.max(node.getBoundingClientRect().right,"
        " node === document.documentElement ? node.scrollWidth : 0) > innerWidth + 0.5)"
        ".map(node => node.outerHTML.slice(0, 200))"
    )
    return found


def test_the_page_is_never_wider_than_the_screen(show: Opener) -> None:
    page = show(width=320)
    unfold(page)
    page.click("#mute-head-1")
    expect(page.locator("#changed")).to_be_visible()

    for width in (320, 400, 768, 1200, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert outside(page) == []


def test_zoomed_to_200_percent_nothing_is_cut_off(show: Opener) -> None:
    page = show(width=600, device_scale_factor=2)
    unfold(page)

    assert page.evaluate("devicePixelRatio") == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 600
    assert outside(page) == []


def test_words_of_the_lanes_do_not_overlap(show: Opener) -> None:
    page = show(LONG, width=400)

    for words in ("text.word.enc", "text.read", "text.word.dec"):
        boxes = page.locator(f"#section-1 {words}").evaluate_all(
            "all => all.map(node => node.getBoundingClientRect()).map(box => [box.left, box.right])"
        )
        assert len(boxes) > 20
        assert all(right < left for (_, right), (left, _) in pairwise(boxes))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_numbers_stand_out_in_both_themes(show: Opener, scheme: str) -> None:
    page = settled(show(color_scheme=scheme))
    unfold(page, "norms", "words")

    paper = luminance(page, "body", "backgroundColor")
    assert (paper < 0.1) == (scheme == "dark")
    for selector, name in (
        ("#story p", "color"),
        ("figcaption", "color"),
        ("#german", "color"),
        ("#section-1 text.enc.word", "fill"),
        ("#section-1 text.dec.word", "fill"),
        ("#section-1 text.read", "fill"),
        ("#section-1 text.tick", "fill"),
    ):
        assert contrast(paper, luminance(page, selector, name)) >= 4.5, selector
    for grid in ("grid-cross_attn", "grid-words", "grid-norms", "grid-difference", "moves"):
        assert worst_contrast(page, grid) >= 4.5, grid


def worst_contrast(page: Page, grid: str) -> float:
    """Of the numbers in a grid with the cells behind them."""
    ground = colours(page, f"#{grid} .ground", "fill")[0]
    numbers = colours(page, f"#{grid} .cell + .number", "fill")
    found = page.locator(f"#{grid} .cell:has(+ .number)")
    strengths = found.evaluate_all("all => all.map(cell => +cell.getAttribute('fill-opacity'))")
    fills = colours(page, f"#{grid} .cell:has(+ .number)", "fill")
    assert len(numbers) > 10
    return min(
        contrast(
            luminance_of(
                [strength * a + (1 - strength) * b for a, b in zip(fill, ground, strict=True)]
            ),
            luminance_of(shown),
        )
        for strength, fill, shown in zip(strengths, fills, numbers, strict=True)
    )


def test_in_forced_colours_cells_keep_their_strength_and_buttons_their_frame(show: Opener) -> None:
    plain, forced = show(), show(forced_colors="active")

    assert forced.evaluate("matchMedia('(forced-colors: active)').matches")
    cells = "#grid-cross_attn .cell"
    assert colours(forced, cells, "fill") == colours(plain, cells, "fill")
    frame = "node => getComputedStyle(node).borderTopWidth"
    assert forced.eval_on_selector("#switch", frame) == "2px"
    ground = luminance(forced, "body", "backgroundColor")
    for selector, name in (("#story p", "color"), ("#section-1 text.word", "fill")):
        assert contrast(ground, luminance(forced, selector, name)) >= 4.5
    assert (
        forced.eval_on_selector(
            ".mini[aria-checked=true]", "node => getComputedStyle(node).outlineStyle"
        )
        == "solid"
    )


def test_nothing_moves_where_motion_is_unwelcome(show: Opener) -> None:
    durations = [
        show(reduced_motion=wish).eval_on_selector(
            "button", "node => getComputedStyle(node).transitionDuration"
        )
        for wish in ("reduce", "no-preference")
    ]
    assert durations[0] == "0s"
    assert durations[1] != "0s"


def test_on_paper_everything_is_unfolded_and_light_and_afterwards_as_before(show: Opener) -> None:
    page = settled(show(color_scheme="dark"))
    unfold(page, "softmax")
    page.emulate_media(media="print")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator("details:not([open])").count() == 0
    assert page.locator("details > div:empty").count() == 0
    assert page.locator("#story section").count() == 7
    for hidden in ("nav", "#text", "#switch", ".readout >> nth=0"):
        assert not page.locator(hidden).is_visible()
    for shown in ("#german", "#weighted", "#grid-decoder_self_attn", "#moves", "#about"):
        assert page.locator(shown).is_visible()
    assert luminance(page, "body", "backgroundColor") > 0.9
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    settled(page)
    opened = page.locator("details[open]").evaluate_all("all => all.map(one => one.id)")
    assert opened == ["fold-softmax"]


def test_the_address_remembers_the_place(show: Opener) -> None:
    page = show("search=greedy")
    choose(page, 1, 2, 3)

    page.reload()

    expect(page.locator("#live")).to_contain_text("Decoding step 4 of")
    assert "layer 2, head 3" in page.inner_text("#live")
    assert page.inner_text("#fold-hypotheses-summary") == "Found by greedy search"


def test_an_address_that_is_no_place_is_passed_over(show: Opener) -> None:
    expected = show().inner_text("#live")

    page = show("layer=0&head=-1&step=two&search=best&other=1")

    assert page.inner_text("#live") == expected
    assert page.inner_text("#fold-hypotheses-summary").startswith("Beam search")


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
