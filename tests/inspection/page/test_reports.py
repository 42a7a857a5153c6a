"""Reports as files: all of their numbers in them, one script and style, and text that stays text.

What the script says and draws is tested in JavaScript, and in browsers.
"""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pytest
from inspected import ENGLISH, made_up
from reported import made_up_comparison, made_up_report

from translator.decoding.translator import Translator
from translator.inspection.comparison import Comparison, compare_translators
from translator.inspection.page.reports import (
    heads_html,
    inspection_html,
    sentence_html,
    two_runs_html,
)

DATA = re.compile(r'<script type="application/json" id="report">(.*?)</script>', re.DOTALL)
HOSTILE = "</script><b>$STYLE <!-- <script>\u2028"


@pytest.fixture(scope="module")
def comparison(random_translator: Translator, trained_translator: Translator) -> Comparison:
    return compare_translators(
        (trained_translator, random_translator), ("meadow", "hill"), ENGLISH[0]
    )


@pytest.fixture(scope="module")
def pages(comparison: Comparison) -> list[str]:
    return [
        heads_html(made_up_report()),
        two_runs_html(made_up_comparison(made_up_report(), made_up_report(seed=2))),
        sentence_html(comparison),
        inspection_html(comparison.own[0]),
    ]


def embedded(html: str) -> dict[str, Any]:
    [data] = DATA.findall(html)
    found: dict[str, Any] = json.loads(data)
    return found


def test_the_same_reports_give_the_same_bytes(comparison: Comparison, pages: list[str]) -> None:
    again = made_up_comparison(made_up_report(), made_up_report(seed=2))

    assert heads_html(made_up_report()) == pages[0]
    assert two_runs_html(again) == pages[1]
    assert sentence_html(comparison) == pages[2]
    assert inspection_html(comparison.own[0]) == pages[3]


def test_the_browser_may_run_only_the_script_and_use_only_the_style(pages: list[str]) -> None:
    for html in pages:
        [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        for tag in ("style", "script"):
            [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_and_no_text_is_taken_for_html(pages: list[str]) -> None:
    # All pages differ in their data alone. The name of SVG's namespace looks like an address.
    [own] = {DATA.sub("", html).replace("http://www.w3.org/2000/svg", "") for html in pages}

    assert not re.search(r"https?:|\bsrc=|<link|@import|url\(|fetch\(|XMLHttpRequest", own)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", own)


def test_markup_in_names_and_sentences_stays_text(comparison: Comparison, pages: list[str]) -> None:
    report = made_up_report(run=HOSTILE, split=HOSTILE)
    strange = [
        heads_html(report),
        two_runs_html(made_up_comparison(report, report)),
        sentence_html(replace(comparison, names=(HOSTILE, HOSTILE), text=HOSTILE, target=HOSTILE)),
        inspection_html(replace(comparison.own[0], text=HOSTILE, translation=HOSTILE)),
    ]

    assert {DATA.sub("", html) for html in strange} == {DATA.sub("", html) for html in pages}
    assert embedded(strange[0])["heads"]["run"] == HOSTILE
    assert embedded(strange[1])["two_runs"]["b"]["split"] == HOSTILE
    assert embedded(strange[2])["sentence"]["names"] == [HOSTILE, HOSTILE]
    assert embedded(strange[3])["inspected"]["text"] == HOSTILE


def test_a_page_has_the_numbers_of_its_report_to_six_digits() -> None:
    report = made_up_report()

    found = embedded(heads_html(report))["heads"]

    np.testing.assert_allclose(found["pattern"]["entropy"], report.pattern["entropy"], rtol=5e-6)
    np.testing.assert_allclose(found["zeroed"], report.zeroed, rtol=5e-6)
    assert [point["removed"] for point in found["pruning"]] == [
        point.removed and list(point.removed) for point in report.pruning
    ]
    assert found["alignment"]["chosen"]["rows"] == "writes"


def test_a_page_of_a_sentence_has_each_matrix_once(comparison: Comparison) -> None:
    found = embedded(sentence_html(comparison))["sentence"]

    np.testing.assert_allclose(found["weights"][1], comparison.weights[1], atol=1e-6)
    assert found["own"][0] == {
        "translation": comparison.own[0].translation,
        "how": comparison.own[0].how,
    }
    assert "read" not in found


def test_a_page_of_an_inspection_has_its_numbers_to_four_digits(comparison: Comparison) -> None:
    inspection = comparison.own[0]

    found = embedded(inspection_html(inspection))["inspected"]

    for name in ("scores", "weights", "norms"):
        expected = [getattr(layer, name) for layer in inspection.cross_attn]
        np.testing.assert_allclose(found[name], expected, rtol=5.1e-4)
    assert found["d_head"] == inspection.cross_attn[0].d_head
    np.testing.assert_allclose(found["probabilities"], np.exp(inspection.logprobs), rtol=5.1e-4)
    [piece, probability] = found["alternatives"][1][0]
    assert piece == inspection.alternatives[1][0].piece
    assert probability == pytest.approx(np.exp(inspection.alternatives[1][0].logprob), rel=5.1e-4)


def test_an_inspection_opens_at_a_word_where_two_source_tokens_matter() -> None:
    writes = ["\u2581Hund", "\u2581rennt", ".", "</s>"]
    heads = [[[0.9, 0.1, 0], [0.8, 0.2, 0], [0.5, 0.5, 0], [0.4, 0.3, 0.3]]]
    heads.append([[0.3, 0, 0.7], [1, 0, 0], [1, 0, 0], [1, 0, 0]])

    found = embedded(inspection_html(made_up(["a", "b", "c"], writes, [heads])))["inspected"]

    assert (found["start"], found["step"]) == ([0, 1], 0)


def test_a_notebook_shows_an_inspection_in_a_frame_and_elsewhere_it_is_a_line(
    comparison: Comparison,
) -> None:
    inspection = comparison.own[0]
    shown = replace(inspection, text='A dog & a "cat". ' * 20)

    [page] = re.findall(r'<iframe [^>]* srcdoc="([^"]*)"></iframe>', shown._repr_html_())

    assert unescape(page) == inspection_html(shown)
    assert len(shown._repr_html_()) < 250_000
    layers, heads, steps, source = inspection.weights.shape
    expected = (
        f"Inspection({ENGLISH[0]!r} -> {inspection.translation!r}, {inspection.how}; "
        f"cross-attention: {layers} layers x {heads} heads, {steps} decoding steps x {source} "
        f"source pieces)"
    )
    assert repr(inspection) == expected
    assert len(repr(shown)) < 320
