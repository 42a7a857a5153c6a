"""What axe says of the page."""

from page_in_browser import Opener, axe


def test_axe_finds_a_picture_without_words(show: Opener) -> None:
    page = show(1)
    before = axe(page)

    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    found = set(axe(page)) - set(before)
    assert found == {"image-alt: Images must have alternative text: <img>"}
