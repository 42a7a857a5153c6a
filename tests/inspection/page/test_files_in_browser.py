"""What the page saves: pictures and tables."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from inspected import by_kind
from numpy.testing import assert_allclose
from page_in_browser import Opener, choose, downloaded

from translator.decoding.translator import Translator
from translator.inspection.explanation import explain
from translator.inspection.inspection import Inspection
from translator.inspection.what_if import what_if_all


@pytest.mark.parametrize(
    ("panel", "name"),
    [
        (1, "who"),
        (2, "origins"),
        (3, "row"),
        (4, "cross_attn"),
        (4, "decoder_self_attn"),
        (5, "heads"),
        (6, "what-if"),
        (7, "orders"),
        (7, "explanation"),
    ],
)
def test_a_view_is_saved_as_a_picture_with_its_words(
    show: Opener, inspection: Inspection, panel: int, name: str
) -> None:
    page = show(panel)

    picture = ET.fromstring(downloaded(page, f"svg-{name}"))

    svg = "{http://www.w3.org/2000/svg}"
    assert picture.tag == f"{svg}svg"
    texts = " ".join("".join(text.itertext()) for text in picture.iter(f"{svg}text"))
    token = max((piece.strip("▁") for piece in inspection.writes[:-1]), key=len)
    words = {2: "computed once", 3: "what the decoder asks", 5: "Concatenated"}
    if name == "orders":
        token = max((piece.strip("▁") for piece in inspection.source[:-1]), key=len)
    assert words.get(panel, token) in texts
    width, height = (float(picture.get(side, "")) for side in ("width", "height"))
    for shape in picture:
        assert -1 <= float(shape.get("x", 0)) <= width
        assert -1 <= float(shape.get("y", 0)) <= height
    shapes = [node for node in picture.iter() if node.tag == f"{svg}rect"]
    # The style sheet stays behind: each shape has its colour with it.
    assert all(re.match(r"rgb|none", node.get("fill", "")) for node in shapes)


def test_views_are_saved_as_csv_in_full_precision(
    show: Opener, inspection: Inspection, trained_translator: Translator
) -> None:
    page = show(1, 2, 3, 4, 5, 6, 7)
    choose(page, 1, 2, 3)
    layer = inspection.cross_attn[1]

    def numbers(name: str, rows: slice, columns: slice) -> np.ndarray:
        lines = lines_of(downloaded(page, f"csv-{name}"))
        assert len({len(line) for line in lines}) == 1
        return np.array([line[columns] for line in lines[rows]], dtype=np.float64)

    rest = slice(1, None)
    close = {"rtol": 1e-5, "atol": 1e-6}
    assert_allclose(numbers("who", rest, slice(4, 5))[:, 0], layer.weights[2, 3], **close)
    assert_allclose(numbers("cross_attn", rest, rest), layer.weights[2], **close)
    row = numbers("row", slice(1, -1), slice(1, 3))
    assert_allclose(row.T, [layer.scores[2, 3], layer.scaled[2, 3]], **close)
    heads = numbers("heads", rest, rest)
    assert_allclose(heads[0], layer.concat[3], **close)
    assert_allclose(heads[1:-1].sum(axis=0), heads[-1], **close)
    assert_allclose(heads[-1], layer.output[3], rtol=1e-4, atol=1e-5)
    orders = numbers("orders", rest, slice(3, 4))[:, 0]
    left_out = explain(inspection, trained_translator).leave_one_out[3]
    assert_allclose(orders, np.abs(left_out), rtol=1e-3, atol=1e-5)
    changes = numbers("what-if", rest, slice(1, None, 2))
    results = by_kind(what_if_all(inspection, trained_translator)).values()
    assert_allclose(changes, [one.changes for group in results for one in group], atol=1e-5)
    vectors = lines_of(downloaded(page, "csv-origins"))
    assert len(vectors) == 3 + 3 * len(inspection.source)


def lines_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))
