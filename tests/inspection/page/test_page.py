"""The page as a file: a model in it, nothing that runs but its script, and text that stays text.

What the script computes and draws is tested in JavaScript, and in browsers.
"""

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
import torch
from inspected import ENGLISH, GERMAN

from translator.config import ModelConfig
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.explanation import measure_faithfulness
from translator.inspection.page.engine import embed_model, rounded
from translator.inspection.page.opening import choose_opening
from translator.inspection.page.page import as_html
from translator.inspection.record import inspect_pair, inspect_translation
from translator.model.transformer import Transformer

DATA = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)
MARKUP = ["</script><script>a()", "$STYLE <!-- <script>", "a\ud83d\x00\u2028b"]


@pytest.fixture(scope="module")
def html(trained_translator: Translator) -> str:
    return as_html(
        trained_translator,
        text=ENGLISH[0],
        name="meadow",
        precision="float16",
        checks=ENGLISH,
        examples=ENGLISH[1:],
    )


def embedded(html: str) -> dict[str, Any]:
    [data] = DATA.findall(html)
    return json.loads(data)


def test_the_same_model_and_texts_give_the_same_bytes(
    trained_translator: Translator, html: str
) -> None:
    again = as_html(
        trained_translator,
        text=ENGLISH[0],
        name="meadow",
        precision="float16",
        checks=ENGLISH,
        examples=ENGLISH[1:],
    )

    assert again == html


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
    own = DATA.sub("", html).replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"https?:|\bsrc=|<link|@import|url\(|fetch\(|XMLHttpRequest", own)


def test_the_script_never_takes_text_for_html(html: str) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", html)


@pytest.mark.parametrize("text", MARKUP, ids=["script", "comment", "surrogate"])
def test_markup_in_a_sentence_stays_text(
    trained_translator: Translator, html: str, text: str
) -> None:
    strange = as_html(
        trained_translator,
        text=text,
        tgt=text,
        name=text,
        precision="float16",
        checks=[text],
        examples=[text],
    )

    model = embedded(strange)
    assert [model[key] for key in ("text", "tgt", "name")] == [text] * 3
    assert model["examples"] == [check["text"] for check in model["checks"]] == [text]
    assert DATA.sub("", strange) == DATA.sub("", html)


@pytest.mark.parametrize("precision", ["float16", "int8", "float32"])
def test_it_holds_the_model_in_the_precision_that_was_asked_for(
    trained_translator: Translator, precision: str
) -> None:
    model = embedded(as_html(trained_translator, name="x", precision=precision, text="A"))

    expected = json.loads(json.dumps(embed_model(trained_translator, precision)))
    assert {key: model[key] for key in expected} == expected


def test_it_opens_at_the_text_on_a_row_worth_looking_at(
    trained_translator: Translator, html: str
) -> None:
    model = embedded(html)

    theirs = rounded(trained_translator, "float16")
    place = choose_opening(inspect_translation(theirs, ENGLISH[0]), theirs).place
    assert (model["name"], model["text"], model["tgt"]) == ("meadow", ENGLISH[0], None)
    assert model["start"] == {"layer": place.layer, "head": place.head, "step": place.step}
    assert model["examples"] == ENGLISH[1:]
    assert model["faithfulness"] is None


def test_a_translation_that_is_given_is_the_one_it_opens_at(trained_translator: Translator) -> None:
    html = as_html(
        trained_translator, text=ENGLISH[2], tgt=GERMAN[0], name="x", precision="float16"
    )

    theirs = rounded(trained_translator, "float16")
    place = choose_opening(inspect_pair(theirs, ENGLISH[2], GERMAN[0]), theirs).place
    assert embedded(html)["tgt"] == GERMAN[0]
    assert tuple(embedded(html)["start"].values()) == place


def test_it_can_check_itself_with_sentences_and_what_the_rounded_weights_say_of_them(
    trained_translator: Translator,
) -> None:
    html = as_html(trained_translator, name="x", precision="int8", text="A", checks=ENGLISH)

    checks = embedded(html)["checks"]
    theirs = rounded(trained_translator, "int8")
    assert [check["text"] for check in checks] == ENGLISH
    assert [check["translation"] for check in checks] == theirs.translate(ENGLISH)
    for check in checks:
        logprobs = inspect_translation(theirs, check["text"]).logprobs
        assert check["logprob"] == pytest.approx(logprobs.sum(), abs=1e-5)


def test_how_well_attention_explains_is_in_it_by_the_names_of_the_script(
    random_translator: Translator,
) -> None:
    looked_at = inspect_pair(random_translator, "A dog", "Ein Hund")
    found = measure_faithfulness([looked_at], random_translator)
    assert found is not None

    html = as_html(
        random_translator,
        text="A dog",
        tgt="Ein",
        name="x",
        precision="float16",
        faithfulness=found,
    )

    shown = embedded(html)["faithfulness"]
    assert shown["numSteps"] == found.num_steps
    assert shown["comprehensiveness"]["lostHeaviest"] == found.comprehensiveness.lost_heaviest


def test_a_model_that_is_too_large_is_refused_before_anything_is_computed(
    trained_translator: Translator,
) -> None:
    with torch.device("meta"):  # nothing can be computed there
        base = ModelConfig(
            d_model=512, num_heads=8, d_ff=2048, num_encoder_layers=6, num_decoder_layers=6
        )
        large = replace(trained_translator, model=Transformer(base, 8000))

    with pytest.raises(
        InspectionError,
        match=r"the model has 48\.2 M parameters, and a page holds at most 30 M: use --json, "
        r"--npz or the pictures \(--png, --svg, --pdf\) instead of --html",
    ):
        as_html(large, text="A", name="x", precision="float16")


def test_a_text_that_is_too_long_is_refused(trained_translator: Translator) -> None:
    with pytest.raises(
        InspectionError, match="inspection takes at most 512: inspect it sentence by"
    ):
        as_html(trained_translator, text="A dog " * 300, name="x", precision="float16")
