"""Reports in a browser: used by keyboard, on every screen, in both themes, and on paper."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from inspected import ENGLISH
from page_in_browser import (
    Opener,
    axe,
    cells,
    column,
    downloaded,
    focused,
    in_both_browsers,
    in_chromium,
    last_numbers,
)
from playwright.sync_api import Browser, Page, expect
from reported import made_up_comparison, made_up_report

from translator.decoding.translator import Translator
from translator.inspection.comparison import Comparison, compare_translators
from translator.inspection.heads.comparison import is_beyond
from translator.inspection.page.reports import (
    heads_html,
    inspection_html,
    sentence_html,
    two_runs_html,
)

KINDS = ("heads", "two_runs", "sentence", "inspected")
A = made_up_report()
TWO_RUNS = made_up_comparison(A, made_up_report(seed=2, run="hill", alignment=None))


@pytest.fixture(scope="module")
def comparison(random_translator: Translator, trained_translator: Translator) -> Comparison:
    return compare_translators(
        (trained_translator, random_translator), ("meadow", "hill"), ENGLISH[0]
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, comparison: Comparison) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    pages = {
        "heads": heads_html(A),
        "short": heads_html(replace(A, alignment=None, explained=None)),
        "two_runs": two_runs_html(TWO_RUNS),
        "sentence": sentence_html(comparison),
        "inspected": inspection_html(comparison.own[0]),
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def show(browser: Browser, files: dict[str, Path]) -> Iterator[Opener]:
    """Opens a report; afterwards nothing may have gone wrong in any that was opened."""
    opener = Opener(browser, files["heads"], ready=told)
    yield opener
    opener.check()
    opener.close()


def told(page: Page) -> Page:
    expect(page.locator("#story section").last).not_to_be_empty()
    return page


def unfold_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    expect(page.locator("details[open] > div:empty")).to_have_count(0)


@in_both_browsers
def test_heads_are_walked_and_their_numbers_unfolded_by_keyboard(show: Opener) -> None:
    page = show()

    page.focus("#pattern-entropy-0-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")

    assert focused(page) == "pattern-entropy-1-2"
    mean, low, high = A.pattern["entropy"][1, 2]
    expect(page.locator("#section-1 .readout")).to_have_text(
        f"layer 2, head 3: {mean:.2f} ({low:.2f}–{high:.2f})"
    )
    page.focus("#fold-pattern-summary")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-label='Patterns of all heads'] tbody tr")).to_have_count(6)
    assert cells(page, "Patterns of all heads")[5][:2] == [
        "2.3",
        f"{mean:.2f} ({low:.2f}–{high:.2f})",
    ]


@in_chromium
def test_parts_that_are_missing_leave_no_heading(show: Opener, files: dict[str, Path]) -> None:
    page = show(path=files["short"])

    titles = ["Patterns", "Without a head", "Pruning", "Contributions"]
    assert page.locator("#jumps a").all_inner_texts() == titles
    assert page.locator("h2").count() == 4
    assert page.locator("h2").last.inner_text() == "4Where does a written token come from?"


@in_chromium
@pytest.mark.campaign
def test_what_is_saved_has_the_numbers_of_the_report(show: Opener) -> None:
    lines = downloaded(show(), "csv-pruning").splitlines()

    assert lines[0] == '"removed","layer","head","bleu","nats lost"'
    layer, head = A.pruning[1].removed or (0, 0)
    assert lines[2].startswith(f'"1","{layer + 1}","{head + 1}","{A.pruning[1].bleu:.6g}"')
    assert len(lines) == 8


@in_chromium
def test_differences_beyond_their_intervals_are_full_dots_and_bold(
    show: Opener, files: dict[str, Path]
) -> None:
    page = show(path=files["two_runs"])

    expected = sum(int(is_beyond(found).sum()) for found in TWO_RUNS.differences.values())
    assert 0 < expected < 48
    assert page.locator("#section-3 .mark:not(.hollow)").count() == expected
    page.click("#fold-differences-summary")
    expect(page.locator("#fold-differences td b")).to_have_count(expected)


@in_both_browsers
def test_a_pair_is_chosen_by_keyboard_and_its_matrices_are_subtracted(
    show: Opener, files: dict[str, Path], comparison: Comparison
) -> None:
    page = show(path=files["sentence"])
    pair = comparison.matching.pairs[0]

    page.focus("#pair")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")

    expect(page.locator("#section-3 h3 >> nth=1")).to_have_text(
        f"B, head {pair.second[0] + 1}.{pair.second[1] + 1}"
    )
    assert focused(page) == "pair"
    shown = [last_numbers(page, f"matrix-{number}") for number in range(3)]
    assert shown[0] == pytest.approx(comparison.weights[0][pair.first], abs=0.00051)
    assert shown[2] == pytest.approx(comparison.difference(pair), abs=0.00051)


@in_both_browsers
def test_a_row_of_an_inspection_is_chosen_by_keyboard_and_worked(
    show: Opener, files: dict[str, Path], comparison: Comparison
) -> None:
    page = show(path=files["inspected"])
    layer = comparison.own[0].cross_attn[1]

    page.select_option("#layer", "1")
    page.select_option("#head", "2")
    page.focus("#matrix-0-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    assert focused(page) == "matrix-1-0"
    assert page.input_value("#step") == "1"
    assert last_numbers(page, "matrix").shape == layer.weights[2].shape
    root = layer.d_head**0.5
    for at, expected in (
        (1, layer.scores[2, 1]),
        (2, layer.scores[2, 1] / root),
        (5, layer.norms[2, 1]),
    ):
        assert column(page, "The row", at) == pytest.approx(expected, abs=0.0051)
    assert column(page, "The row", 3)[:-1] == pytest.approx(layer.weights[2, 1], abs=0.00051)


@in_chromium
@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_in_either_theme(show: Opener, files: dict[str, Path], kind: str) -> None:
    page = show(path=files[kind])
    unfold_all(page)

    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page, "color-contrast") == []


@in_chromium
@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_is_never_wider_than_the_screen(
    show: Opener, files: dict[str, Path], kind: str
) -> None:
    page = show(path=files[kind])
    unfold_all(page)

    for width in (320, 400, 768, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("details[open]").count() == page.locator("details").count()


@in_chromium
@pytest.mark.campaign
def test_on_paper_everything_is_unfolded_and_afterwards_as_before(show: Opener) -> None:
    page = show(color_scheme="dark")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("details > div:empty").count() == 0

    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
