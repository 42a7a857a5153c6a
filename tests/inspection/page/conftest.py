"""A browser for the tests of this folder, and a page in it.

Debian's Chromium, driven by Playwright. Where there is none these tests are skipped; in CI they
fail instead.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inspected import ENGLISH, GERMAN
from page_in_browser import PATIENCE, Opener, watch

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_pair

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import expect, sync_playwright

    path = chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, ENGLISH[2], GERMAN[2])


@pytest.fixture(scope="module")
def file(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    html = as_html(
        trained_translator,
        text=ENGLISH[2],
        tgt=GERMAN[2],
        name="page",
        precision="float16",
        checks=ENGLISH,
        examples=ENGLISH,
    )
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def show(browser: "Browser", file: Path) -> Iterator[Opener]:
    """Opens the page with some panels; afterwards nothing may have gone wrong in any of them."""
    pages: list[Page] = []
    asked: list[str] = []
    complaints: list[str] = []

    def open_page(
        *panels: int, path: Path = file, width: int = 1200, place: str = "", **media: Any
    ) -> "Page":
        context = browser.new_context(viewport={"width": width, "height": 900}, **media)
        page = context.new_page()
        watch(page, asked, complaints)
        page.add_init_script(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
        )
        opened = ".".join(map(str, panels)) or "1"
        page.goto(f"{path.as_uri()}#{place}&open={opened}")
        pages.append(page)
        return page

    yield open_page
    refused = [page.evaluate("refused") for page in pages]
    for page in pages:
        page.context.close()
    assert not complaints
    assert not any(refused)
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: apt-get install chromium")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found
