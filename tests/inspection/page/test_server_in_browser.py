"""The served page in a real browser: type a sentence, mute a head, change a weight, look."""

import threading
from collections.abc import Iterator

import pytest
from inspected import ENGLISH
from page_in_browser import watch
from playwright.sync_api import Browser, Page, expect

from translator.decoding.translator import Translator
from translator.inspection.page.server import Server, Workbench
from translator.inspection.record import inspect_translation
from translator.inspection.what_if import what_if


@pytest.fixture(scope="module")
def url(trained_translator: Translator) -> Iterator[str]:
    with Server(Workbench(trained_translator), port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.url()
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The text field; afterwards nothing may have been complained of or asked elsewhere."""
    asked: list[str] = []
    complaints: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    watch(page, asked, complaints)
    page.goto(url)
    yield page
    context.close()
    assert not complaints
    assert all(address.startswith(url) for address in asked)


def test_a_sentence_is_typed_a_head_muted_a_weight_changed_and_the_model_decodes_again(
    page: Page, trained_translator: Translator
) -> None:
    page.get_by_role("textbox", name="Sentence").fill(ENGLISH[2])
    page.get_by_role("button", name="Translate and look").click()
    expect(page.locator("#sentence")).to_contain_text(ENGLISH[2])

    page.locator("#mute").click()
    layer, head, step = (int(page.input_value(f"#at-{name}")) for name in ("layer", "head", "step"))
    inspection = inspect_translation(trained_translator, ENGLISH[2])
    zeroed = {(layer, head): "zero"}
    muted = what_if(inspection, trained_translator, ablate=zeroed, redecode=True)
    expect(page.locator("#after")).to_have_text(muted.translation or "")
    expect(page.locator("#before")).to_have_text(inspection.translation)

    for _ in range(2):  # panels, then what folds inside of them
        page.evaluate("document.querySelectorAll('#panels details').forEach((d) => d.open = true)")
        page.wait_for_timeout(300)
    page.locator("#weight-0").press("End")
    both = what_if(
        inspection,
        trained_translator,
        ablate=zeroed,
        override={(layer, head, step): [1, *[0] * (len(inspection.source) - 1)]},
        redecode=True,
    )
    expect(page.locator("#changes [role=listitem]")).to_have_count(2)
    expect(page.locator("#after")).to_have_text(both.translation or "")

    page.locator("#clear").click()
    expect(page.locator("#changes [role=listitem]")).to_have_count(0)
    expect(page.locator("#after")).to_have_count(0)


def test_what_the_server_refuses_is_shown_and_markup_stays_text(page: Page) -> None:
    attack = 'A <b id=x>dog</b> & "co" </script>'
    page.get_by_role("textbox", name="Sentence").fill(attack)
    page.keyboard.press("Enter")
    expect(page.locator("#sentence")).to_be_visible()
    assert page.locator("#x").count() == 0
    assert page.get_by_role("textbox", name="Sentence").input_value() == attack
