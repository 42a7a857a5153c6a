"""Text typed into the page: translated as the program does it, refused in one sentence, or shown as
the text that it is; and nobody else is asked."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
from inspected import ENGLISH
from page_in_browser import (
    MARKUP,
    OPENING,
    Opener,
    drawn,
    german,
    in_both_browsers,
    in_chromium,
    in_one_line,
    names_of,
    settled,
    unfold,
)
from playwright.sync_api import Browser, Page, expect

from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.inspection.page.document import document
from translator.inspection.record import inspect_translation

SENTENCES = ["Two men", "A red dress.", "dress"]
EMPTY = "The sentence is empty: type one."


@in_both_browsers
def test_what_is_typed_is_translated_as_the_program_translates_it(
    shared: Page, theirs: Translator
) -> None:
    page = shared
    assert german(page) == theirs.translate([OPENING])[0]

    for sentence, expected in zip(SENTENCES, theirs.translate(SENTENCES), strict=True):
        page.fill("#text", sentence)
        expect(page.locator("#german")).to_have_text(expected)
        tokens = drawn(page).locator("[id^=source-] text").all_text_contents()
        assert tokens == names_of(theirs.tokenizer.pieces(theirs.tokenizer.encode(sentence)))
    settled(page)


@in_both_browsers
def test_who_types_fast_sees_the_last_translation_only(shared: Page, theirs: Translator) -> None:
    page = shared
    page.evaluate(
        "window.seen = [];"
        "new MutationObserver(() => seen.push(document.querySelector('#german').innerText))"
        ".observe(document.querySelector('#german'), { childList: true })"
    )

    page.evaluate(
        "texts => { for (const text of texts) {"
        " document.querySelector('#text').value = text;"
        " document.querySelector('#ask').requestSubmit() } }",
        SENTENCES,
    )

    expected = theirs.translate(SENTENCES[-1:])[0]
    expect(page.locator("#german")).to_have_text(expected)
    settled(page)
    # The greedy translation stands there until the beam search is done.
    [[greedy]] = theirs.translate_all(SENTENCES[-1:], BeamSearch(beam_size=1))
    assert page.evaluate("seen") == [in_one_line(greedy.text), expected]
    page.press("#text", "End")
    page.locator("#text").press_sequentially(" and men")
    found = inspect_translation(theirs, f"{SENTENCES[-1]} and men")
    expect(page.locator("#german")).to_have_text(in_one_line(found.translation))


@in_both_browsers
def test_a_text_can_be_cut_and_pasted_and_sent_with_the_enter_key(
    shared: Page, theirs: Translator
) -> None:
    page = shared
    page.fill("#text", f" {SENTENCES[0]}\t")

    page.press("#text", "Control+a")
    page.press("#text", "Control+x")
    expect(page.locator("#refusal")).to_have_text(EMPTY)
    page.press("#text", "Control+v")

    expect(page.locator("#german")).to_have_text(theirs.translate(SENTENCES[:1])[0])
    expect(page.locator("#refusal")).to_have_text("")
    page.press("#text", "Control+a")
    page.press("#text", "Backspace")
    page.press("#text", "Enter")
    expect(page.locator("#refusal")).to_have_text(EMPTY)


@in_chromium
def test_the_text_in_the_address_is_translated_and_the_address_follows_the_field(
    show: Opener, theirs: Translator
) -> None:
    page = show(f"text={quote(SENTENCES[0])}")
    assert page.input_value("#text") == SENTENCES[0]
    assert german(page) == theirs.translate(SENTENCES[:1])[0]

    page.evaluate(f"location.hash = 'text={quote(SENTENCES[1])}'")
    expect(page.locator("#german")).to_have_text(theirs.translate(SENTENCES[1:2])[0])
    assert page.input_value("#text") == SENTENCES[1]

    page.fill("#text", SENTENCES[2])
    expected = theirs.translate(SENTENCES[2:])[0]
    expect(page.locator("#german")).to_have_text(expected)
    drawn(page)  # the translation comes first, the address with the rest
    page.reload()
    expect(page.locator("#german")).to_have_text(expected)
    assert page.input_value("#text") == SENTENCES[2]


@in_chromium
def test_an_empty_field_and_2000_characters_are_refused_and_the_translation_stays(
    shared: Page, theirs: Translator
) -> None:
    page = shared
    shown = german(page)
    much = ("A dog and a bench. " * 200)[:2000]

    page.fill("#text", " \u200b")
    expect(page.locator("#refusal")).to_have_text(EMPTY)
    page.fill("#text", much)

    number = len(theirs.tokenizer.encode(much))
    expect(page.locator("#refusal")).to_have_text(
        f"The sentence has {number} tokens, and this page shows at most 150: give it sentence by "
        "sentence."
    )
    assert german(page) == shown
    page.fill("#text", OPENING)
    expect(page.locator("#refusal")).to_have_text("")


@in_chromium
def test_the_beam_lists_the_programs_hypotheses_and_each_has_its_own_rows(
    shared: Page, theirs: Translator
) -> None:
    strategy = BeamSearch(beam_size=3, length_penalty=theirs.decoding.length_penalty, num_best=3)
    [expected] = theirs.translate_all([OPENING], strategy)
    assert len({one.text for one in expected}) == 3
    page = shared
    unfold(page, "hypotheses")

    shown = page.locator("#beam button").all_inner_texts()
    assert list(map(in_one_line, shown)) == [one.text for one in expected]

    for at in (2, 1):
        page.click(f"#hypothesis-{at}")
        expect(page.locator("#german")).to_have_text(expected[at].text)
        assert (
            drawn(page).locator("#beam [aria-pressed=true]").get_attribute("id")
            == f"hypothesis-{at}"
        )
        written = page.locator("[role=radio] text.word").all_text_contents()
        assert written == names_of(expected[at].tokens)
        assert f"number {at + 1} of the 3" in page.inner_text("#fold-hypotheses-summary")


@in_both_browsers
def test_markup_stays_text(shared: Page, theirs: Translator) -> None:
    page = shared
    script = quote("<script>document.title = 1</script>")
    page.evaluate(f"location.hash = 'text={script}'")
    expect(page.locator("#text")).to_have_value("<script>document.title = 1</script>")
    unfold(page)

    page.fill("#text", MARKUP)

    found = inspect_translation(theirs, MARKUP)
    expect(page.locator("#german")).to_have_text(in_one_line(found.translation))
    tokens = drawn(page).locator("[id^=source-] text").all_text_contents()
    assert tokens == names_of(found.source)
    assert page.locator("#examples option").last.inner_text() == MARKUP
    assert page.locator("main script, main img").count() == 0
    assert page.title() == "meadow: where the model looks"


@in_both_browsers
def test_the_page_checks_itself_and_a_damaged_weight_is_found(
    shared: Page, show: Opener, file: Path, tmp_path: Path
) -> None:
    expect(shared.locator("#check")).to_have_text(
        "This page translates as the program does: 4 of 4 sentences checked just now."
    )
    path = tmp_path / "page.html"
    path.write_text(damaged(file.read_text("utf-8")), "utf-8")

    expect(show(path=path).locator("#check")).to_have_text(
        "Careful: of 4 sentences that the program translated, this page translates 0 in the same "
        "way. What it shows may be wrong in this browser."
    )


def damaged(html: str) -> str:
    """The page with one weight, the last of the last norm, made 8."""
    data = re.search(r'id="model">(.*?)</script>', html, re.DOTALL)
    assert data
    model = json.loads(data[1])
    norm = model["tensors"][-1]
    weights = np.frombuffer(base64.b64decode(norm["data"]), dtype="<f2").copy()
    weights[-1] = 8
    norm["data"] = base64.b64encode(weights).decode()
    return document(model)


@in_both_browsers
def test_the_browser_refuses_whatever_else_would_be_loaded_or_run(
    browser: Browser, file: Path
) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate(
        "window.blocked = []; addEventListener('securitypolicyviolation', e =>"
        " blocked.push(e.blockedURI))"
    )

    assert page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 'refused')") == "refused"
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'window.ran = true' }))"
    )

    assert page.evaluate("window.ran") is None
    assert {"inline", "http://127.0.0.1:9/"} <= set(page.evaluate("blocked"))
    page.close()


@in_both_browsers
def test_everything_unfolded_asks_nobody_and_complains_of_nothing(show: Opener) -> None:
    page = settled(show(f"text={quote(ENGLISH[1])}", width=400))

    unfold(page)

    assert page.locator("details[open]").count() > 15
    assert page.locator("details:not([open])").count() == 0
    settled(page)
