"""Texts and searches that are less common: examples, long and empty texts, greedy and random."""

from pathlib import Path

from inspected import ENGLISH
from page_in_browser import MARKUP, OPENING, Opener, drawn, german, in_one_line, unfold
from playwright.sync_api import Browser, Page, expect

from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_translation


def test_an_example_is_put_into_the_field_and_translated(shared: Page, theirs: Translator) -> None:
    page = shared

    page.select_option("#examples", ENGLISH[1])

    expect(page.locator("#german")).to_have_text(theirs.translate([ENGLISH[1]])[0])
    assert page.input_value("#text") == ENGLISH[1]
    assert page.input_value("#examples") == ""


def test_markup_in_the_file_stays_text(
    show: Opener, trained_translator: Translator, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    html = as_html(
        trained_translator, text=MARKUP, tgt=MARKUP[:9], name=MARKUP, precision="float16"
    )
    path.write_text(html, encoding="utf-8")

    page = show(path=path)

    assert page.input_value("#text") == MARKUP
    assert german(page) == MARKUP[:9]
    assert MARKUP in page.inner_text("#about")
    assert page.locator("main script, main img").count() == 0
    assert "This translation was given" in page.inner_text("#translation")


def test_a_page_that_opens_at_an_empty_text_waits_for_one(
    browser: Browser, file: Path, theirs: Translator
) -> None:
    page = browser.new_page()
    page.goto(f"{file.as_uri()}#text=")

    expect(page.locator("#refusal")).to_have_text("The sentence is empty: type one.")
    page.fill("#text", OPENING)

    expect(page.locator("#german")).to_have_text(theirs.translate([OPENING])[0])
    page.close()


def test_a_sentence_of_30_tokens_is_translated_and_a_longer_one_with_a_warning(
    shared: Page, theirs: Translator
) -> None:
    assert len(theirs.tokenizer.encode(ENGLISH[2])) == theirs.max_src_length == 30
    page = shared
    page.fill("#text", ENGLISH[2])
    expect(page.locator("#german")).to_have_text(theirs.translate([ENGLISH[2]])[0])
    assert "those in training" not in drawn(page).inner_text("#translation")

    page.fill("#text", f"{ENGLISH[2]} {OPENING}")

    found = inspect_translation(theirs, f"{ENGLISH[2]} {OPENING}")
    expect(page.locator("#german")).to_have_text(in_one_line(found.translation))
    expect(page.locator("#translation")).to_contain_text(
        f"This sentence has {len(found.source)} tokens; those in training had at most 30."
    )


def test_two_sentences_are_read_as_one_and_the_page_says_that_the_program_does_not(
    shared: Page, theirs: Translator
) -> None:
    both = "A dog runs. It rains."
    shared.fill("#text", both)

    found = inspect_translation(theirs.whole(), both)
    expect(shared.locator("#german")).to_have_text(in_one_line(found.translation))
    notices = shared.locator("#translation")
    expect(notices).to_contain_text("The program translates these 2 sentences one by one.")
    shared.fill("#text", ENGLISH[0])
    expect(shared.locator("#german")).to_have_text(theirs.translate([ENGLISH[0]])[0])
    expect(notices).not_to_contain_text("The program translates")


def test_bytes_are_shown_as_the_character_that_they_spell(shared: Page) -> None:
    shared.fill("#text", "A 🐕")

    expect(shared.locator("[id^=source-] text")).to_have_text(
        ["▁¹", "A", "▁²", "🐕¹", "🐕²", "🐕³", "🐕⁴", "</s>"]
    )


def test_greedy_search_is_the_programs_and_a_sample_is_drawn_anew(
    shared: Page, theirs: Translator
) -> None:
    greedy = BeamSearch(beam_size=1, length_penalty=1.0, num_best=1)
    [by_greedy], [by_beam] = (theirs.translate([OPENING], how) for how in (greedy, None))
    assert by_greedy != by_beam
    page = shared
    unfold(page, "hypotheses")

    page.select_option("#search", "greedy")
    expect(page.locator("#german")).to_have_text(by_greedy)
    assert drawn(page).inner_text("#fold-hypotheses-summary") == "Found by greedy search"

    page.select_option("#search", "sampling")
    drawn_at_random = set()
    for seed in range(1, 5):
        expect(page.locator("#fold-hypotheses-summary")).to_have_text(
            f"Drawn at random, sample {seed}"
        )
        drawn_at_random.add(german(drawn(page)))
        page.click("#again")
    assert len(drawn_at_random) > 1
