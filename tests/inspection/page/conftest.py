"""A browser for the tests of this folder, and a page in it; and Node."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import installed, launch
from inspected import ENGLISH
from page_in_browser import MARKUP, ODD, OPENING, PATIENCE, Opener, put_back
from playwright.sync_api import Browser, Page, expect, sync_playwright

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.page.engine import rounded
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_translation


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium, or the browser that the test asks for: see `in_both_browsers`."""
    name = getattr(request, "param", "chromium")
    path = installed(name)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright, name, path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node, for tests of what the page computes."""
    return installed("node")


@pytest.fixture(scope="session")
def theirs(trained_translator: Translator) -> Translator:
    """The program with the page's weights."""
    return rounded(trained_translator, "float16")


@pytest.fixture(scope="session")
def inspection(theirs: Translator) -> Inspection:
    """What the page shows when it opens."""
    return inspect_translation(theirs, OPENING)


@pytest.fixture(scope="session")
def file(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    html = as_html(
        trained_translator,
        text=OPENING,
        name="meadow",
        precision="float16",
        checks=[*ENGLISH, ODD],
        examples=[*ENGLISH, MARKUP],
        languages=("en", "de"),
    )
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def show(browser: Browser, file: Path) -> Iterator[Opener]:
    """Opens the page; afterwards nothing may have gone wrong in any that was opened."""
    opener = Opener(browser, file)
    yield opener
    opener.check()
    opener.close()


@pytest.fixture(scope="module")
def show_once(browser: Browser, file: Path) -> Iterator[Opener]:
    """The same for a page that tests share. To open one costs more than most tests."""
    opener = Opener(browser, file)
    yield opener
    opener.close()


@pytest.fixture
def shared(show_once: Opener) -> Iterator[Page]:
    """The page that the tests of a file share: open at the same text, and nothing is changed."""
    page = show_once.shared()
    yield page
    show_once.check()
    put_back(page)
