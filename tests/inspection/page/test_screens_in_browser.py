"""The page on every screen and on paper, and its address."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from urllib.parse import quote

import pytest
from inspected import ENGLISH
from page_in_browser import Opener, choose, drawn, settled, unfold
from playwright.sync_api import Page, expect

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.page.opening import choose_opening

pytestmark = pytest.mark.campaign


@pytest.fixture
def page(shared: Page) -> Iterator[Page]:
    """Of the same size and in the same colours for every test."""
    yield shared
    shared.emulate_media(
        color_scheme="light", media="screen", forced_colors="none", reduced_motion="no-preference"
    )
    shared.set_viewport_size({"width": 1200, "height": 900})


def test_words_and_numbers_stand_out_in_both_themes(page: Page) -> None:
    unfold(page, "norms", "words")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        paper = luminance(settled(page), "body", "backgroundColor")
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


def test_on_paper_everything_is_unfolded_and_light_and_afterwards_as_before(page: Page) -> None:
    before = opened(page)
    page.emulate_media(color_scheme="dark", media="print")

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
    assert opened(settled(page)) == before


def opened(page: Page) -> list[str]:
    return page.locator("details[open]").evaluate_all("all => all.map(one => one.id)")


def test_in_forced_colours_cells_keep_their_strength_and_buttons_their_frame(page: Page) -> None:
    cells = "#grid-cross_attn .cell"
    before = colours(drawn(page), cells, "fill")

    page.emulate_media(forced_colors="active")

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert colours(page, cells, "fill") == before
    frame = "node => getComputedStyle(node).borderTopWidth"
    assert page.eval_on_selector("#switch", frame) == "2px"
    ground = luminance(page, "body", "backgroundColor")
    for selector, name in (("#story p", "color"), ("#section-1 text.word", "fill")):
        assert contrast(ground, luminance(page, selector, name)) >= 4.5
    outline = "node => getComputedStyle(node).outlineStyle"
    assert page.eval_on_selector(".mini[aria-checked=true]", outline) == "solid"


def test_nothing_moves_where_motion_is_unwelcome(page: Page) -> None:
    duration = "node => getComputedStyle(node).transitionDuration"
    assert page.eval_on_selector("#switch", duration) != "0s"

    page.emulate_media(reduced_motion="reduce")

    assert page.eval_on_selector("#switch", duration) == "0s"


def test_the_page_is_never_wider_than_the_screen(page: Page) -> None:
    unfold(page)
    page.click("#mute-head-1")
    expect(page.locator("#changed")).to_be_visible()

    for width in (320, 400, 768, 1200, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert outside(drawn(page), width) == []


def outside(page: Page, width: int) -> list[str]:
    """What is wider than the screen and does not scroll by itself."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll("
        "'p, h1, h2, h3, summary, button, select, input, label, table, figcaption, li')]"
        ".filter(node => !node.closest('.wide, .unseen')"
        " && node.getBoundingClientRect().right > innerWidth + 0.5)"
        ".map(node => node.outerHTML.slice(0, 200))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    return found


def test_zoomed_to_200_percent_a_long_sentence_is_not_cut_off_and_words_do_not_overlap(
    show: Opener,
) -> None:
    page = show(f"text={quote(ENGLISH[2])}", width=600, device_scale_factor=2)

    assert page.evaluate("devicePixelRatio") == 2
    assert outside(page, 600) == []
    for words in ("text.word.enc", "text.read", "text.word.dec"):
        boxes = page.locator(f"#section-1 {words}").evaluate_all(
            "all => all.map(node => node.getBoundingClientRect()).map(box => [box.left, box.right])"
        )
        assert len(boxes) > 20
        assert all(right < left for (_, right), (left, _) in pairwise(boxes))


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


def test_the_address_remembers_the_place(show: Opener) -> None:
    page = show("search=greedy")
    choose(page, 1, 2, 3)

    page.reload()

    expect(page.locator("#live")).to_contain_text("Decoding step 4 of")
    assert "layer 2, head 3" in page.inner_text("#live")
    assert page.inner_text("#fold-hypotheses-summary") == "Found by greedy search"


def test_an_address_that_is_no_place_is_passed_over(
    show: Opener, inspection: Inspection, theirs: Translator
) -> None:
    page = show("layer=0&head=-1&step=two&search=best&other=1")

    layer, head, step = choose_opening(inspection, theirs).place
    expected = f"Decoding step {step + 1} of 23, layer {layer + 1}, head {head + 1}:"
    assert page.inner_text("#live").startswith(expected)
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
