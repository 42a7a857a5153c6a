"""Watch it learn: the page shows what was recorded, and what the weights of then compute."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from inspected import ENGLISH, HEADS
from numpy.testing import assert_allclose
from page_in_browser import (
    SHOWN,
    Opener,
    axe,
    cells,
    chance,
    downloaded,
    drawn,
    focused,
    german,
    in_both_browsers,
    in_chromium,
    in_one_line,
    last_numbers,
    names_of,
    number,
    unfold,
)
from playwright.sync_api import Page, expect
from trainings import SAME_ORDER, STEPS, learning_of, translators_over

from translator.decoding.translator import Translator
from translator.inspection.learning import WHOLE, Learning, Probe, Snapshot
from translator.inspection.page.engine import rounded
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_pair

KEPT = [0, 15, 30]
"""Of STEPS, those whose weights are in the page."""
KINDS = ["cross_attn", "encoder_self_attn", "decoder_self_attn"]


@pytest.fixture(scope="module")
def then(random_translator: Translator, trained_translator: Translator) -> dict[int, Translator]:
    """The model at each of STEPS."""
    models = translators_over(STEPS, random_translator, trained_translator)
    return dict(zip(STEPS, models, strict=True))


@pytest.fixture(scope="module")
def learning(then: dict[int, Translator]) -> Learning:
    return learning_of(list(then.values()), has_gold=True)


@pytest.fixture(scope="module")
def probe(learning: Learning) -> int:
    """The one that has a gold alignment."""
    return [each.text for each in learning.probes].index(ENGLISH[1])


@pytest.fixture(scope="module")
def opened(
    show_once: Opener,
    then: dict[int, Translator],
    learning: Learning,
    tmp_path_factory: pytest.TempPathFactory,
) -> Page:
    path = tmp_path_factory.mktemp("learned") / "page.html"
    html = as_html(
        then[STEPS[-1]],
        text=ENGLISH[1],
        name="meadow",
        precision="float32",
        languages=("en", "de"),
        learning=learning,
        then=[(step, then[step]) for step in KEPT],
    )
    path.write_text(html, encoding="utf-8")
    return show_once(path=path)


@pytest.fixture
def page(opened: Page, show_once: Opener, probe: int) -> Page:
    """Before training, with the probe and head 1.1."""
    select(opened, "at-layer", "0")
    select(opened, "at-head", "0")
    watch(opened, str(probe), "cross_attn")
    go_to(opened, "Home")
    show_once.check()
    return opened


def watch(page: Page, sentence: str, attention: str) -> None:
    select(page, "learning-sentence", sentence)
    select(page, "learning-kind", attention)


def select(page: Page, name: str, value: str) -> None:
    if page.input_value(f"#{name}") != value:
        page.select_option(f"#{name}", value)
        drawn(page)


def go_to(page: Page, *keys: str) -> None:
    """Move the slider."""
    drawn(page).locator("#learning-at").focus()
    for key in keys:
        page.keyboard.press(key)


def step_shown(page: Page) -> str:
    return page.get_attribute("#learning-at", "aria-valuetext") or ""


def recorded(snapshot: Snapshot, probe: int, kind: str, layer: int, head: int) -> np.ndarray:
    return snapshot.attention[probe][kind][layer, head] / WHOLE  # type: ignore[index]


def check_probabilities(page: Page, expected: np.ndarray) -> None:
    shown = page.locator("#section-8 .then g[aria-hidden] text").all_text_contents()
    for text, probability in zip(shown, expected.tolist(), strict=True):
        assert probability < 0.0001 if text == "< 0.01%" else number(text) == chance(probability)


@in_both_browsers
def test_the_slider_goes_through_the_snapshots_by_keys(
    page: Page, learning: Learning, probe: int
) -> None:
    for key, at in (("ArrowRight", 1), ("End", 3), ("ArrowLeft", 2), ("Home", 0)):
        go_to(page, key)

        snapshot = learning.snapshots[at]
        assert step_shown(page) == f"step {STEPS[at]} of 30"
        assert focused(page) == "learning-at"
        weights = recorded(snapshot, probe, "cross_attn", 0, 0)
        assert_allclose(last_numbers(page, "grid-learning"), weights, atol=SHOWN)
        check_probabilities(page, snapshot.probabilities[probe])
        titles = page.locator("#section-8 .measures h3").all_text_contents()
        assert snapshot.aer is not None
        assert number(titles[0].split()[-1]) == pytest.approx(snapshot.bleu, abs=0.051)
        assert number(titles[1].split()[-1]) == pytest.approx(100 * snapshot.aer[0, 0], abs=0.51)
        assert number(titles[2].split()[-2]) == pytest.approx(snapshot.entropy[0, 0], abs=0.0056)


@in_chromium
def test_words_say_why_it_looks_so_before_training_and_what_was_learned_afterwards(
    page: Page, learning: Learning, probe: int
) -> None:
    first, last = learning.snapshots[0], learning.snapshots[-1]
    assert first.aer is not None
    assert last.aer is not None
    weights = recorded(first, probe, "cross_attn", 0, 0)
    logs = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    before = page.inner_text("#learned")
    assert before.startswith("Before the first step, W_Q and W_K are random, ")
    [bits, most] = re.findall(
        r"entropy of these rows is ([\d.]+) bits.* it would be ([\d.]+)\.", before
    )[0]
    assert number(bits) == pytest.approx(-(weights * logs).sum(axis=1).mean(), abs=0.0051)
    assert number(most) == pytest.approx(np.log2(weights.shape[1]), abs=0.0051)

    go_to(page, "End")

    after = page.inner_text("#learned")
    best = np.unravel_index(last.aer.argmin(), last.aer.shape)
    assert after.startswith("After 30 steps, the model scores ")
    assert f"Layer {best[0] + 1} aligns best: head {best[0] + 1}.{best[1] + 1} (" in after
    errors = re.search(r"alignment error is (\d+)%; before training it was (\d+)%", after)
    assert errors is not None
    for error, aer in zip(errors.groups(), (last.aer, first.aer), strict=True):
        assert number(error) == pytest.approx(100 * aer[0, 0], abs=0.51)


@in_chromium
def test_sentence_kind_and_head_are_chosen(page: Page, learning: Learning, probe: int) -> None:
    go_to(page, "End", "ArrowLeft")
    snapshot = learning.snapshots[2]
    for at, kind in ((probe, KINDS[0]), (1 - min(1, probe), KINDS[1]), (probe, KINDS[2])):
        watch(page, str(at), kind)
        page.click("#learning-head-0-2")
        drawn(page)

        shown = np.nan_to_num(last_numbers(page, "grid-learning"))  # not what comes later
        assert_allclose(shown, recorded(snapshot, at, kind, 0, 2), atol=SHOWN)
        rows = page.locator("#grid-learning [role=rowheader]").all_text_contents()
        assert rows == row_names(learning.probes[at], kind)
        assert step_shown(page) == "step 15 of 30"
    # The head of cross-attention is the page's own.
    assert page.input_value("#at-head") == "2"


def row_names(probe: Probe, kind: str) -> list[str]:
    if kind == "encoder_self_attn":
        return names_of(probe.source)
    reads, writes = names_of(probe.reads), names_of(probe.writes)
    return [f"{read} → {write}" for read, write in zip(reads, writes, strict=True)]


@pytest.mark.campaign
@in_chromium
def test_gold_links_are_framed_in_cross_attention_alone(
    page: Page, learning: Learning, probe: int
) -> None:
    frames = page.locator("#grid-learning .gold")
    assert frames.count() >= len(SAME_ORDER)
    first = page.locator("#grid-learning-0-0").bounding_box()
    assert frames.first.bounding_box() == pytest.approx(first, abs=2.5)

    watch(page, str(probe), "decoder_self_attn")
    assert frames.count() == 0


@in_both_browsers
def test_the_readers_sentence_is_translated_as_it_was_then(
    page: Page, then: dict[int, Translator]
) -> None:
    sentence = "A dog."
    page.fill("#text", sentence)
    expect(page.locator("#learning-sentence option").first).to_have_text(f"yours: {sentence}")
    watch(page, "own", "cross_attn")
    now = in_one_line(german(page))

    for key, step in (("Home", 0), ("ArrowRight", 15)):
        go_to(page, key)

        # The page has them in int8, as a translator of RUN@STEP would be with such weights.
        model = rounded(then[step], "int8")
        expect(page.locator("#then")).to_contain_text(f"At step {step} it writes:")
        assert step_shown(page) == f"step {step} of 30"
        [translation] = model.translate([sentence])
        assert in_one_line(page.inner_text("#then b")) == in_one_line(translation)
        read = inspect_pair(model, sentence, now)
        assert_allclose(last_numbers(page, "grid-learning"), read.weights[0, 0], atol=SHOWN)
        check_probabilities(page, np.exp(read.logprobs))


@pytest.mark.campaign
@in_both_browsers
def test_the_training_plays_to_its_end_and_starts_again_from_there(page: Page) -> None:
    go_to(page, "End")

    page.click("#learning-play")
    expect(page.locator("#learning-play")).to_have_text("Pause")
    assert step_shown(page) == "step 0 of 30"

    expect(page.locator("#learning-play")).to_have_text("Play the training", timeout=9000)
    assert step_shown(page) == "step 30 of 30"


@pytest.mark.campaign
@in_both_browsers
def test_playing_stops_where_the_reader_turns_to_something_else(page: Page) -> None:
    for leave in ("#text", "#learning-kind", "#learning-at"):
        page.click("#learning-play")
        expect(page.locator("#learning-play")).to_have_text("Pause")

        page.locator(leave).focus()

        expect(page.locator("#learning-play")).to_have_text("Play the training")
    page.click("#learning-play")
    page.click("#learning-play")
    expect(page.locator("#learning-play")).to_have_text("Play the training")


@pytest.mark.campaign
@in_chromium
def test_where_motion_is_unwelcome_a_few_still_pictures_are_shown(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.click("#learning-play")

    expect(page.locator("#learning-play")).to_have_text("Play the training", timeout=9000)
    assert step_shown(page) == "step 30 of 30"
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.campaign
@in_both_browsers
def test_the_button_shows_the_two_snapshots_between_which_most_changes(
    page: Page, learning: Learning, probe: int
) -> None:
    matrices = [recorded(each, probe, "cross_attn", 0, 0) for each in learning.snapshots]
    turn = 1 + int(np.argmax([np.abs(one - other).sum() for one, other in pairwise(matrices)]))
    expect(page.locator("#try-learning")).to_have_text(
        f"Try: watch head 1.1 where it changes most, from step {STEPS[turn - 1]} to {STEPS[turn]}"
    )

    page.press("#try-learning", "Enter")

    assert step_shown(page) == f"step {STEPS[turn - 1]} of 30"
    expect(page.locator("#learning-play")).to_have_text("Play the training")
    assert step_shown(page) == f"step {STEPS[turn]} of 30"


@pytest.mark.campaign
@in_both_browsers
def test_the_mouse_reads_the_curves_and_a_click_goes_there(page: Page, learning: Learning) -> None:
    curve = page.locator("#section-8 .curves").first
    box = curve.bounding_box()
    assert box is not None
    end = {"x": box["width"] - 10, "y": 50}

    curve.hover(position=end)
    expect(page.locator("#section-8 .readout").first).to_contain_text("Step 30. BLEU")
    curve.click(position=end)

    assert step_shown(page) == "step 30 of 30"


@pytest.mark.campaign
@in_chromium
def test_every_number_is_in_a_table(page: Page, learning: Learning) -> None:
    unfold(page, "measured")

    lines = cells(page, "What was measured at each step")
    assert [line[0] for line in lines] == [str(step) for step in STEPS]
    for line, snapshot in zip(lines, learning.snapshots, strict=True):
        assert number(line[1]) == pytest.approx(snapshot.bleu, abs=0.051)
        assert number(line[2]) == pytest.approx(snapshot.loss, abs=0.0051)
        assert number(line[3]) == pytest.approx(snapshot.entropy[0].mean(), abs=0.0051)
        assert snapshot.aer is not None
        assert number(line[-1].split()[-1]) == pytest.approx(100 * snapshot.aer[-1].min(), abs=0.51)


@pytest.mark.campaign
@in_chromium
def test_what_is_saved_is_named_for_the_step_and_is_what_is_shown(
    page: Page, learning: Learning, probe: int
) -> None:
    go_to(page, "End")
    with page.expect_download() as download:
        page.click("#csv-learning")
    assert download.value.suggested_filename == "learning-layer1-head1-step30.csv"

    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    numbers = [[float(cell.strip('"')) for cell in line.split('","')[1:]] for line in lines[1:]]
    snapshot = learning.snapshots[-1]
    weights = recorded(snapshot, probe, "cross_attn", 0, 0)
    assert_allclose([line[:-1] for line in numbers], weights, atol=1e-6)
    assert_allclose([line[-1] for line in numbers], snapshot.probabilities[probe], rtol=0.00051)
    assert downloaded(page, "svg-learning").count("<circle") == 3


@pytest.mark.campaign
@in_chromium
def test_axe_finds_nothing_in_the_section_in_both_themes_and_it_fits_a_phone(page: Page) -> None:
    unfold(page, "measured", "recorded")
    go_to(page, "End")
    assert axe(page, within="#section-8") == []
    page.emulate_media(color_scheme="dark")
    assert axe(drawn(page), "color-contrast", within="#section-8") == []

    page.set_viewport_size({"width": 320, "height": 900})
    assert drawn(page).evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1200, "height": 900})
    page.emulate_media(color_scheme="light")


@pytest.mark.campaign
@in_chromium
def test_on_paper_the_section_is_whole(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    for shown in ("#learned", "#grid-learning", f"#learning-head-1-{HEADS - 1}", "svg.curves"):
        assert page.locator(shown).first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
