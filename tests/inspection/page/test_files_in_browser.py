"""What the page saves: pictures and tables."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from inspected import DECODER_LAYERS, HEADS
from numpy.testing import assert_allclose
from page_in_browser import Opener, choose, downloaded, drawn, settled, unfold
from playwright.sync_api import Page

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.what_if import intervene

SVG = "{http://www.w3.org/2000/svg}"
PLACE = (1, 2, 4)
VIEWS = {
    "beam": "und",
    "who": "und",
    "origins": "W_V 24 × 6",
    "row": "sum: the context",
    "cross_attn": "und",
    "words": "und",
    "norms": "und",
    "difference": "und",
    "encoder_self_attn": "Encoder",
    "decoder_self_attn": "und",
    "heads": "side by side",
    "what-if": "mute all of layer 2",
    "explanation": "mean of all heads",
}
"""And something that each of them says."""


@pytest.fixture(scope="module")
def page(show_once: Opener) -> Page:
    page = show_once.shared()
    choose(page, *PLACE)
    unfold(page, "hypotheses", "words", "norms", "self")
    return settled(page)


def test_every_view_is_saved_as_a_picture_with_its_words(page: Page) -> None:
    buttons = page.locator("[id^=svg-]").evaluate_all("all => all.map(one => one.id.slice(4))")
    assert set(buttons) == set(VIEWS)

    for name, words in VIEWS.items():
        picture = ET.fromstring(downloaded(page, f"svg-{name}"))
        assert picture.tag == f"{SVG}svg"
        texts = " ".join("".join(text.itertext()) for text in picture.iter(f"{SVG}text"))
        assert words in texts, name
        width, height = (float(picture.get(side, "")) for side in ("width", "height"))
        for shape in picture:
            assert -1 <= float(shape.get("x", 0)) <= width
            assert -1 <= float(shape.get("y", 0)) <= height
        # The style sheet stays behind: each shape has its colour with it.
        fills = [node.get("fill", "") for node in picture.iter(f"{SVG}rect")]
        assert fills
        assert all(re.match(r"rgb|none", fill) for fill in fills), name


def test_a_saved_picture_has_the_numbers_that_are_shown(page: Page, inspection: Inspection) -> None:
    picture = ET.fromstring(downloaded(page, "svg-cross_attn"))

    texts = ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]
    weights = inspection.cross_attn[PLACE[0]].weights[PLACE[1]]
    percents = [f"{100 * weight:.0f}" for weight in weights.flat if weight >= 0.005]
    assert [text for text in texts if text.isdigit()] == percents


def test_views_are_saved_as_csv_in_full_precision(
    page: Page, inspection: Inspection, theirs: Translator
) -> None:
    (layer, head, step), source = PLACE, inspection.source
    record = inspection.cross_attn[layer]
    close = {"rtol": 1e-5, "atol": 1e-5}

    def numbers(name: str, rows: slice, columns: slice) -> np.ndarray:
        lines = list(csv.reader(io.StringIO(downloaded(page, f"csv-{name}"))))
        assert len({len(line) for line in lines}) == 1
        return np.array([line[columns] for line in lines[rows]], dtype=np.float64)

    rest = slice(1, None)
    assert_allclose(numbers("who", rest, slice(4, 5))[:, 0], record.weights[head, step], **close)
    assert_allclose(numbers("cross_attn", rest, rest), record.weights[head], **close)
    assert_allclose(numbers("norms", rest, rest), record.norms[head], **close)
    row = numbers("row", slice(1, -1), slice(1, 3))
    assert_allclose(row.T, [record.scores[head, step], record.scaled[head, step]], **close)
    heads = numbers("heads", rest, rest)
    assert_allclose(heads[0], record.concat[step], **close)
    assert_allclose(heads[1:-1].sum(axis=0), heads[-1], **close)
    assert_allclose(heads[-1], record.output[step], rtol=1e-4, atol=1e-5)
    beam = numbers("beam", rest, slice(3, 4))[: len(inspection.writes), 0]
    assert_allclose(beam, inspection.logprobs, **close)

    hidden = [Intervention(drop=(token,)) for token in range(len(source))]
    changes = np.stack([one.changes for one in intervene(inspection, theirs, hidden)])
    nats = numbers("what-if", slice(1, 1 + changes.size), slice(5, 6)).reshape(changes.shape)
    assert_allclose(nats, changes, atol=1e-4)
    assert len(numbers("what-if", rest, slice(3, 4))) == len(inspection.writes) * (
        len(source) + DECODER_LAYERS * (HEADS + 1) + 1
    )
    order = np.argsort(-inspection.weights.mean(axis=(0, 1))[step])
    lost = numbers("explanation", rest, slice(4, 5))[:, 0]
    assert_allclose(lost, -changes[order, step], atol=1e-4)
    for letter, name in (("q", "queries"), ("k", "keys"), ("v", "values")):
        page.click(f"#show-{letter}_proj")
        lines = list(csv.reader(io.StringIO(downloaded(page, "csv-origins"))))
        vectors = [line[2:] for line in lines if line[0] == letter.upper()]
        expected = getattr(record, name)[head]
        assert_allclose(np.array(vectors, dtype=np.float64), expected, **close)


def test_a_file_is_named_after_its_view_and_its_place(page: Page) -> None:
    with page.expect_download() as download:
        drawn(page).click("#csv-who")

    assert download.value.suggested_filename == "who-layer2-head3-step5.csv"
