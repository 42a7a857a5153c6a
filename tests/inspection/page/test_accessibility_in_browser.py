"""What axe says of the page."""

import pytest
from page_in_browser import axe, choose, drawn, in_one_line, settled, unfold
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.campaign


def test_axe_finds_nothing_with_everything_unfolded_and_with_a_change_made(shared: Page) -> None:
    shared.fill("#text", "A")
    expect(shared.locator("[id^=source-]")).to_have_count(3)
    unfold(shared)
    shared.click("#source-1")
    shared.click("#hide")
    shared.click("#mute-head-3")
    expect(shared.locator("#changed button")).to_have_count(3)

    assert axe(settled(shared)) == []
    shared.emulate_media(color_scheme="dark")
    assert axe(settled(shared), "color-contrast") == []


def test_axe_finds_a_picture_without_words(shared: Page) -> None:
    shared.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert axe(shared, "image-alt") == ["image-alt: Images must have alternative text: <img>"]
    shared.evaluate("document.querySelector('img').remove()")


def test_axe_finds_nothing_on_a_phone_where_a_text_is_refused(shared: Page) -> None:
    shared.set_viewport_size({"width": 400, "height": 900})
    shared.fill("#text", " ")
    expect(shared.locator("#refusal")).not_to_be_empty()

    assert axe(shared, within="header") == []


def test_german_and_english_are_marked_as_such(shared: Page) -> None:
    unfold(shared, "hypotheses")
    choose(shared, 0, 1, 2)

    assert shared.locator("#german").get_attribute("lang") == "de"
    assert shared.locator("#text").get_attribute("lang") == "en"
    assert in_one_line(shared.inner_text("label[for=text]")) == "Type a sentence in English"
    beam = drawn(shared).locator("#beam button")
    assert set(beam.evaluate_all("all => all.map(one => one.lang)")) == {"de"}
    assert shared.evaluate("document.documentElement.lang") == "en"
