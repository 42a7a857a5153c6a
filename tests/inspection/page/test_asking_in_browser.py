"""Any text typed into the page: translated as the program does, refused in one sentence, or shown
as the text that it is; and nothing is asked of anybody else."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from inspected import ENGLISH
from page_in_browser import (
    MARKUP,
    OPENING,
    Opener,
    in_both_browsers,
    in_one_line,
    names_of,
    settled,
    unfold,
)
from playwright.sync_api import Browser, Page, expect

from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.inspection.page.document import document
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_translation

pytestmark = in_both_browsers

SENTENCES = ["Two men", "The men run, and she laughs.", "A girl sits on a green dog."]
LONG = "A green dog runs across the red bench."
EMPTY = "The sentence is empty: type one."


def german(page: Page) -> str:
    return in_one_line(page.inner_text("#german"))


def test_what_is_typed_is_translated_as_the_program_translates_it(
    show: Opener, theirs: Translator
) -> None:
    page = show()
    assert german(page) == theirs.translate([OPENING])[0]

    for sentence, expected in zip(SENTENCES, theirs.translate(SENTENCES), strict=True):
        page.fill("#text", sentence)
        expect(page.locator("#german")).to_have_text(expected)
        tokens = page.locator("[id^=source-] text").all_text_contents()
        assert tokens == names_of(theirs.tokenizer.pieces(theirs.tokenizer.encode(sentence)))


def test_who_types_fast_sees_the_last_translation_only(show: Opener, theirs: Translator) -> None:
    page = show()
    page.evaluate(
        "window.seen = [];"
        "new MutationObserver(() => seen.push(document.querySelector('#german').innerText))"
        ".observe(document.querySelector('#translation'), { childList: true })"
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
    assert set(page.evaluate("seen")) == {expected}
    page.press("#text", "End")
    page.locator("#text").press_sequentially(" A bench.")
    text = f"{SENTENCES[-1]} A bench."
    expect(page.locator("#german")).to_have_text(inspect_translation(theirs, text).translation)


def test_a_text_can_be_cut_pasted_and_sent_with_the_enter_key(
    show: Opener, theirs: Translator
) -> None:
    page = show()
    page.fill("#text", f"\t{ENGLISH[1]} ")

    page.press("#text", "Control+a")
    page.press("#text", "Control+x")
    expect(page.locator("#refusal")).to_have_text(EMPTY)
    page.press("#text", "Control+v")

    expect(page.locator("#german")).to_have_text(theirs.translate([ENGLISH[1]])[0])
    expect(page.locator("#refusal")).to_have_text("")
    page.press("#text", "Control+a")
    page.press("#text", "Control+x")
    page.press("#text", "Enter")
    expect(page.locator("#refusal")).to_have_text(EMPTY)


def test_an_example_is_put_into_the_field_and_translated(show: Opener, theirs: Translator) -> None:
    page = show()

    page.select_option("#examples", ENGLISH[0])

    expect(page.locator("#german")).to_have_text(theirs.translate([ENGLISH[0]])[0])
    assert page.input_value("#text") == ENGLISH[0]
    assert page.input_value("#examples") == ""


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
    page.reload()
    expect(page.locator("#german")).to_have_text(expected)
    assert page.input_value("#text") == SENTENCES[2]


def test_markup_stays_text_wherever_it_is_typed(show: Opener, theirs: Translator) -> None:
    page = show(f"text={quote('<script>document.title = 1</script>')}")
    title = page.title()
    unfold(page)
    page.fill("#text", MARKUP)
    expect(page.locator("#german")).to_have_text(
        in_one_line(inspect_translation(theirs, MARKUP).translation)
    )

    tokens = page.locator("[id^=source-] text").all_text_contents()
    assert tokens == names_of(theirs.tokenizer.pieces(theirs.tokenizer.encode(MARKUP)))
    assert page.locator("#examples option").last.inner_text() == MARKUP
    assert page.locator("main script, main img").count() == 0
    assert page.title() == title == "meadow: where the model looks"


def test_markup_in_the_file_stays_text(
    show: Opener, trained_translator: Translator, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    html = as_html(trained_translator, text=MARKUP, tgt=f"$STYLE {MARKUP}", name=MARKUP)
    path.write_text(html, encoding="utf-8")

    page = show(path=path)

    assert page.input_value("#text") == MARKUP
    assert german(page) == f"$STYLE {MARKUP}"
    assert MARKUP in page.inner_text("#about")
    assert page.locator("main script, main img").count() == 0
    assert "This translation was given" in page.inner_text("#translation")


def test_an_empty_field_and_2000_characters_are_refused_and_the_translation_stays(
    show: Opener, theirs: Translator
) -> None:
    page = show()
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


def test_a_page_that_opens_at_an_empty_text_waits_for_one(
    browser: Browser, file: Path, theirs: Translator
) -> None:
    page = browser.new_page()
    page.goto(f"{file.as_uri()}#text=")

    expect(page.locator("#refusal")).to_have_text(EMPTY)
    page.fill("#text", SENTENCES[0])

    expect(page.locator("#german")).to_have_text(theirs.translate(SENTENCES[:1])[0])
    page.close()


def test_a_sentence_of_30_tokens_and_one_longer_than_any_in_training(
    show: Opener, theirs: Translator
) -> None:
    assert len(theirs.tokenizer.encode(ENGLISH[2])) == theirs.max_src_length == 30
    page = show(f"text={quote(ENGLISH[2])}")
    assert german(page) == theirs.translate([ENGLISH[2]])[0]
    assert "longest in training" not in page.inner_text("#translation")

    page.fill("#text", f"{ENGLISH[2]} {LONG}")

    found = inspect_translation(theirs, f"{ENGLISH[2]} {LONG}")
    expect(page.locator("#german")).to_have_text(in_one_line(found.translation))
    settled(page)
    assert (
        f"This sentence has {len(found.source)} tokens; the longest in training had at most 30."
        in page.inner_text("#translation")
    )


def test_the_beam_lists_the_programs_hypotheses_and_each_has_its_own_rows(
    show: Opener, theirs: Translator
) -> None:
    strategy = BeamSearch(beam_size=3, length_penalty=theirs.decoding.length_penalty, num_best=3)
    [expected] = theirs.translate_all([OPENING], strategy)
    assert len({one.text for one in expected}) == 3
    page = show()
    unfold(page, "hypotheses")

    shown = page.locator("#beam button").all_inner_texts()
    assert list(map(in_one_line, shown)) == [one.text for one in expected]

    for at in (2, 1):
        page.click(f"#hypothesis-{at}")
        settled(page)
        assert german(page) == expected[at].text
        assert page.locator("#beam [aria-pressed=true]").get_attribute("id") == f"hypothesis-{at}"
        written = page.locator("[role=radio] text.word").all_text_contents()
        assert written == names_of(expected[at].tokens)
        assert f"number {at + 1} of the 3" in page.inner_text("#fold-hypotheses-summary")


def test_greedy_search_is_the_programs_and_a_sample_is_drawn_anew(
    show: Opener, theirs: Translator
) -> None:
    page = show(f"text={quote(SENTENCES[1])}")
    unfold(page, "hypotheses")

    page.select_option("#search", "greedy")
    settled(page)
    greedy = BeamSearch(beam_size=1, length_penalty=1.0, num_best=1)
    assert german(page) == theirs.translate([SENTENCES[1]], greedy)[0]
    assert page.inner_text("#fold-hypotheses-summary") == "Found by greedy search"

    page.select_option("#search", "sampling")
    drawn = set()
    for seed in range(1, 6):
        expect(page.locator("#fold-hypotheses-summary")).to_have_text(
            f"Drawn at random, sample {seed}"
        )
        drawn.add(german(page))
        page.click("#again")
    assert len(drawn) > 1


def test_the_page_checks_itself_and_a_damaged_weight_is_found(
    show: Opener, file: Path, tmp_path: Path
) -> None:
    check = show().locator("#check")
    expect(check).to_have_text(
        "This page translates as the program does: 3 of 3 sentences checked just now."
    )
    path = tmp_path / "page.html"
    path.write_text(damaged(file.read_text("utf-8")), "utf-8")

    check = show(path=path).locator("#check")

    expect(check).to_have_text(
        "Careful: of 3 sentences that the program translated, this page translates 0 in the same "
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


@pytest.mark.parametrize("width", [400, 1200])
def test_everything_unfolded_asks_nobody_and_complains_of_nothing(
    show: Opener, width: int
) -> None:
    page = show(width=width)

    unfold(page)

    assert page.locator("details:not([open])").count() == 0
    assert page.locator("#story section").count() == 7
