"""A record of learning inside the page."""

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
import pytest
from inspected import DECODER_LAYERS, ENCODER_LAYERS, ENGLISH, HEADS
from numpy.testing import assert_allclose, assert_array_equal
from trainings import STEPS, learning_of, translators_over

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.learning import Learning, Probe, Snapshot
from translator.inspection.page import page as page_file
from translator.inspection.page.engine import embed_model
from translator.inspection.page.learning import embed_learning
from translator.inspection.page.page import as_html

LAYERS = {
    "encoder_self_attn": ENCODER_LAYERS,
    "decoder_self_attn": DECODER_LAYERS,
    "cross_attn": DECODER_LAYERS,
}
PART = re.compile(r'<script type="application/json" id="([^"]+)">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def then(random_translator: Translator, trained_translator: Translator) -> list[Translator]:
    """The model at STEPS."""
    return translators_over(STEPS, random_translator, trained_translator)


@pytest.fixture(scope="module")
def learning(then: list[Translator]) -> Learning:
    return learning_of(then, has_gold=True)


def test_each_weight_is_a_byte_a_snapshot_probe_by_probe_and_kind_by_kind(
    learning: Learning,
) -> None:
    embedded: dict[str, Any] = embed_learning(learning, None)

    stored = np.frombuffer(zlib.decompress(base64.b64decode(embedded["attention"])), np.uint8)
    for at, probe in enumerate(learning.probes):
        sizes = {"source": len(probe.source), "target": len(probe.writes)}
        for kind, asks, answers in (
            ("encoder_self_attn", "source", "source"),
            ("decoder_self_attn", "target", "target"),
            ("cross_attn", "target", "source"),
        ):
            shape = (LAYERS[kind], HEADS, sizes[asks], sizes[answers], len(STEPS))
            block, stored = np.split(stored, [np.prod(shape)])
            for snapshot, weights in enumerate(np.moveaxis(block.reshape(shape), -1, 0)):
                expected = learning.snapshots[snapshot].attention[at][kind]  # type: ignore[index]
                assert_array_equal(weights, expected)
    assert len(stored) == 0


def test_what_was_measured_is_there_with_more_digits_than_are_shown(learning: Learning) -> None:
    embedded: dict[str, Any] = embed_learning(learning, "runs/old")

    snapshots = learning.snapshots
    assert embedded["steps"] == STEPS
    assert embedded["beginsWith"] == "runs/old"
    assert embedded["numSentences"] == 3
    assert embedded["signature"] == learning.bleu_signature
    assert_allclose(embedded["bleu"], [each.bleu for each in snapshots], atol=0.0051)
    assert_allclose(embedded["loss"], [each.loss for each in snapshots], atol=0.000051)
    assert_allclose(embedded["entropy"], [each.entropy for each in snapshots], rtol=0.00051)
    assert_allclose(embedded["aer"], [each.aer for each in snapshots], rtol=0.00051)
    probabilities = embedded["probabilities"][2]
    for shown, expected in zip(probabilities, snapshots[2].probabilities, strict=True):
        assert_allclose(shown, expected, rtol=0.00051)


def test_gold_links_of_words_become_cells_of_their_pieces() -> None:
    probe = Probe(
        text="Two men.",
        tgt="Zwei Männer.",
        source=["▁Two", "▁m", "en", ".", "</s>"],
        reads=["<s>", "▁Zwei", "▁Män", "ner"],
        writes=["▁Zwei", "▁Män", "ner", ".", "</s>"],
        alignment=[(0, 0), (1, 1)],
    )

    embedded: dict[str, Any] = embed_learning(watched_once(probe), None)

    # The rows of "Männer" by the columns of "men".
    assert embedded["probes"][0]["gold"] == [(0, 0), (1, 1), (1, 2), (2, 1), (2, 2)]


def watched_once(probe: Probe) -> Learning:
    nothing = np.zeros((1, 1), np.float32)
    weights = np.zeros((1, 1, 1, 1), np.uint8)
    kinds: dict[Any, Any] = dict.fromkeys(LAYERS, weights)
    snapshot = Snapshot(
        step=0,
        bleu=0.0,
        loss=9.0,
        entropy=nothing,
        aer=None,
        probabilities=[nothing[0]],
        attention=[kinds],
    )
    return Learning(
        name="", probes=[probe], snapshots=[snapshot], num_sentences=1, bleu_signature=""
    )


def test_without_gold_there_are_neither_cells_nor_errors(then: list[Translator]) -> None:
    embedded: dict[str, Any] = embed_learning(learning_of(then, has_gold=False), None)

    assert embedded["aer"] == [None] * len(STEPS)
    assert [probe["gold"] for probe in embedded["probes"]] == [None] * 3


def test_the_weights_of_then_are_parts_of_their_own_in_int8(
    then: list[Translator], trained_translator: Translator, learning: Learning
) -> None:
    html = as_html(
        trained_translator,
        text=ENGLISH[0],
        name="x",
        precision="float16",
        learning=learning,
        then=[(0, then[0]), (15, then[2])],
    )

    parts = {name: json.loads(value) for name, value in PART.findall(html)}
    assert list(parts) == ["model", "weights-0", "weights-15"]
    assert html.index('id="model"') < html.index("<script>") < html.index('id="weights-0"')
    assert parts["model"]["thenSteps"] == [0, 15]
    assert parts["model"]["learning"]["steps"] == STEPS
    assert parts["weights-15"] == embed_model(then[2], "int8")["tensors"]


def test_a_page_without_a_record_has_neither(trained_translator: Translator) -> None:
    html = as_html(trained_translator, text=ENGLISH[0], name="x", precision="float16")

    parts = {name: json.loads(value) for name, value in PART.findall(html)}
    assert list(parts) == ["model"]
    assert parts["model"]["learning"] is None
    assert parts["model"]["thenSteps"] == []


def test_all_models_of_a_page_count_together(
    trained_translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(parameter.numel() for parameter in trained_translator.model.parameters())
    monkeypatch.setattr(page_file, "MOST_PARAMETERS", 3 * size)
    then = [(step, trained_translator) for step in STEPS]

    page_file.check_size(trained_translator, 2)
    with pytest.raises(
        InspectionError,
        match=r"the model with its weights at 4 steps has 0\.\d M parameters, and a page holds at "
        r"most 0 M: leave --weights_over_training out",
    ):
        as_html(trained_translator, text="A", name="x", precision="float16", then=then)
