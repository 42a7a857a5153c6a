"""What axe says of the page."""

import pytest
from page_in_browser import Opener, axe, choose, drawn, settled, unfold
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))], ids=["light", "dark"]
)
def test_axe_finds_nothing_with_everything_unfolded_and_with_a_change_made(
    show: Opener, scheme: str, rules: tuple[str, ...]
) -> None:
    page = show("text=A", color_scheme=scheme)
    unfold(page)
    page.click("#source-1")
    page.click("#hide")
    page.click("#mute-head-3")
    expect(page.locator("#changed button")).to_have_count(3)

    assert axe(settled(page), *rules) == []


def test_axe_finds_nothing_on_a_phone_where_a_text_is_refused(show: Opener) -> None:
    page = show("text=A", width=400)
    page.fill("#text", " ")
    expect(page.locator("#refusal")).not_to_be_empty()

    assert axe(settled(page)) == []


def test_axe_finds_a_picture_without_words(show: Opener) -> None:
    page = show("text=A")

    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert axe(page, "image-alt") == ["image-alt: Images must have alternative text: <img>"]


def test_german_and_english_are_marked_as_such(show: Opener) -> None:
    page = show()
    unfold(page, "hypotheses")
    choose(page, 0, 1, 2)

    assert page.locator("#german").get_attribute("lang") == "de"
    assert page.locator("#text").get_attribute("lang") == "en"
    assert page.inner_text("label[for=text]") == "Type a sentence in English"
    assert set(page.locator("#beam button").evaluate_all("all => all.map(one => one.lang)")) == {
        "de"
    }
    assert drawn(page).evaluate("document.documentElement.lang") == "en"
