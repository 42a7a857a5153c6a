"""The page of an inspection: one file, the record's numbers, and nothing that runs but its script.

What the script draws is tested in test_page_in_browser.py: that takes a browser.
"""

import base64
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN, by_kind, make_translator
from numpy.testing import assert_allclose, assert_array_equal

from translator.config import ModelConfig
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.explanation import explain
from translator.inspection.inspection import KINDS, Inspection
from translator.inspection.page.page import as_html, save_page
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import head_effects, what_if_all
from translator.model.transformer import Record, Transformer
from translator.text.batching import collate

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def inspection(inspected_translator: Translator) -> Inspection:
    return inspect_pair(inspected_translator, ENGLISH[0], GERMAN[1])


@pytest.fixture(scope="module")
def html(inspection: Inspection, inspected_translator: Translator) -> str:
    return as_html(inspection, inspected_translator)


def page_data(html: str) -> dict[str, Any]:
    [data] = DATA.findall(html)
    return json.loads(data)


def unpack(packed: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["data"]), "<f4").reshape(packed["shape"])


def test_the_same_inspection_gives_the_same_page(
    inspection: Inspection, inspected_translator: Translator, html: str
) -> None:
    assert as_html(inspection, inspected_translator) == html


def test_the_browser_may_run_only_this_script_and_use_only_this_style(html: str) -> None:
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert "form-action 'none'" in policy
    for tag in ("style", "script"):
        [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched(html: str) -> None:
    # The name of SVG's namespace looks like an address and is none.
    own = html.replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"https?:|\bsrc=|<link|@import|url\(|fetch\(|XMLHttpRequest", own)


def test_the_script_never_takes_text_for_html(html: str) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", html)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "$STYLE <!-- <script>"])
def test_markup_in_a_sentence_stays_text(
    inspection: Inspection, inspected_translator: Translator, html: str, text: str
) -> None:
    strange = as_html(dataclasses.replace(inspection, text=text), inspected_translator)

    assert page_data(strange)["text"] == text
    assert DATA.sub("", strange) == DATA.sub("", html)


def test_the_numbers_are_those_of_the_record(inspection: Inspection, html: str) -> None:
    data = page_data(html)

    for kind in KINDS:
        layers = getattr(inspection, kind)
        for shown, layer in zip(data["matrices"][kind], layers, strict=True):
            assert_array_equal(unpack(shown["weights"]), layer.weights)
            assert_array_equal(unpack(shown["norms"]), layer.norms)
    for shown, layer in zip(data["cross"], inspection.cross_attn, strict=True):
        for name in ("queries", "keys", "values"):
            assert_array_equal(unpack(shown[name]), getattr(layer, name))
        assert_array_equal(unpack(shown["queryInput"]), layer.query_input)
        assert_array_equal(unpack(shown["wO"]), layer.w_o)
        assert_array_equal(unpack(shown["bO"]), layer.b_o)
        assert_array_equal(np.array(shown["mask"], dtype=bool), layer.mask)
    assert_array_equal(unpack(data["memory"]), inspection.cross_attn[0].memory)


def test_what_a_pad_would_offer_is_what_the_model_makes_of_it_in_a_batch(
    inspection: Inspection, inspected_translator: Translator, html: str
) -> None:
    model, ids = inspected_translator.model, inspection.source_ids
    batch = collate([(ids, inspection.write_ids), ([*ids, *ids], inspection.write_ids)])
    record = Record()
    with torch.inference_mode():
        memory = model.encode(batch.src, batch.src_key_padding_mask)
        model.logits(batch.tgt_in, memory, batch.src_key_padding_mask, record)

    layers = page_data(html)["pad"]["layers"]
    for shown, layer in zip(layers, record.cross_attn, strict=True):
        for name, expected in (("key", layer.keys), ("value", layer.values)):
            assert_allclose(unpack(shown[name]), expected[0, :, len(ids)], atol=1e-5)


def test_a_page_of_30_tokens_on_either_side_stays_under_2_megabytes() -> None:
    small = make_translator(trained=False)
    config = ModelConfig(d_model=128, num_heads=4, num_encoder_layers=4, num_decoder_layers=3)
    model = Transformer(config, small.tokenizer.vocab_size).eval()
    translator = dataclasses.replace(small, model=model)
    text, tgt = "a b c d e f g h i j k l m n o p q r", "a b c d e f g h i j k l m n o p q r"

    long = inspect_pair(translator, text, tgt)

    assert min(len(long.source), len(long.writes)) >= 30
    assert len(as_html(long, translator)) < 2_000_000


def test_it_opens_on_the_head_that_moved_a_word_most(
    inspection: Inspection, inspected_translator: Translator, html: str
) -> None:
    start = page_data(html)["start"]

    effects = np.abs(head_effects(inspection, inspected_translator)[..., :-1])
    assert_allclose(effects[start["layer"], start["head"], start["step"]], effects.max(), rtol=1e-3)


def test_what_if_and_explanation_are_measured(
    inspection: Inspection, inspected_translator: Translator, html: str
) -> None:
    data = page_data(html)

    expected = [
        (kind, result)
        for kind, results in by_kind(what_if_all(inspection, inspected_translator)).items()
        for result in results
    ]
    for shown, (kind, result) in zip(data["whatIf"], expected, strict=True):
        assert shown["kind"] == kind
        assert shown["newTop"] == result.new_top
        assert shown["drop"] == list(result.intervention.drop)
        assert_allclose(shown["changes"], result.changes, atol=1e-5)
    correlations = explain(inspection, inspected_translator).norms_gradient
    found = [np.nan if x is None else x for x in data["explanation"]["norms_gradient"]]
    assert_allclose(found, correlations, atol=1e-5)


def test_without_a_model_the_page_says_so(inspection: Inspection) -> None:
    data = page_data(as_html(inspection, None))

    assert data["whatIf"] == []
    assert data["pad"] is None
    assert data["explanation"] is None
    layer, head = data["start"]["layer"], data["start"]["head"]
    assert inspection.norms[layer, head, data["start"]["step"]].max() == pytest.approx(
        inspection.norms[:, :, :-1].max()
    )


def test_the_page_is_written_whole_and_as_it_is(
    inspection: Inspection, inspected_translator: Translator, html: str, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"

    save_page(inspection, inspected_translator, file)

    assert file.read_text(encoding="utf-8") == html


def test_a_page_that_cannot_be_written_is_one_sentence(
    inspection: Inspection, tmp_path: Path
) -> None:
    with pytest.raises(InspectionError, match=r"nowhere/page.html cannot be written: No such file"):
        save_page(inspection, None, tmp_path / "nowhere" / "page.html")
