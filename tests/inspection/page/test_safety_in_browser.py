"""What the page asks for and runs in a real browser: nothing but its own."""

import dataclasses
from pathlib import Path

from page_in_browser import Opener, in_both_browsers
from playwright.sync_api import Browser, expect

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.page.page import save_page

pytestmark = in_both_browsers


def test_the_browser_refuses_whatever_else_would_be_loaded_or_run(
    browser: Browser, file: Path
) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())

    page.evaluate("addEventListener('securitypolicyviolation', e => live.append(e.blockedURI))")
    assert page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 'refused')") == "refused"
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'window.ran = true' }))"
    )

    assert page.evaluate("window.ran") is None
    expect(page.locator("#live")).to_contain_text("127.0.0.1:9")
    expect(page.locator("#live")).to_contain_text("inline")
    page.close()


def test_all_panels_open_without_a_request_or_a_complaint(show: Opener) -> None:
    page = show(1, 2, 3, 4, 5, 6, 7)

    page.click("#unfold")

    assert page.locator(".panel[open] .body > *").count() > 20
    assert page.locator(".step[open]").count() == 7


def test_markup_in_a_sentence_is_shown_as_text(
    show: Opener, inspection: Inspection, trained_translator: Translator, tmp_path: Path
) -> None:
    strange = "<script>document.title = 'ran'</script><img src=x onerror=alert(1)>"
    path = tmp_path / "strange.html"
    source = [f"▁{strange}", *inspection.source[1:]]
    writes = [*inspection.writes[:-1], f"▁{strange}"]
    changed = dataclasses.replace(inspection, text=strange, source=source, writes=writes)
    save_page(changed, trained_translator, path)

    page = show(1, 2, 3, 4, 5, 6, 7, path=path)

    assert strange in page.inner_text("#sentence")
    assert page.locator("#source-0 text").text_content() == strange
    assert page.title().startswith(f"“{strange}”")
    assert page.locator("#panels script, #panels img").count() == 0


def test_without_a_model_what_needs_one_says_so(
    show: Opener, inspection: Inspection, tmp_path: Path
) -> None:
    path = tmp_path / "loaded.html"
    save_page(inspection, None, path)

    page = show(1, 2, 3, 4, 5, 6, 7, path=path)

    for panel in (6, 7):
        assert "came from a file, without its model" in page.inner_text(f"#panel-{panel}")
    assert page.locator("#pad").count() == 0
