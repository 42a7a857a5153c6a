"""A record of learning as a file: what is read is what was written, and nothing else is read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learned import DECODER_LAYERS, HEADS, PROBES, STEPS, made_up_learning

from translator.errors import InspectionError
from translator.inspection.inspection import KINDS
from translator.inspection.learning import Learning
from translator.inspection.learning_storage import load_learning, save_learning


@pytest.mark.parametrize("gold", [True, False])
@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_what_was_saved_is_loaded_to_the_last_digit(
    tmp_path: Path, suffix: str, gold: bool
) -> None:
    learning = made_up_learning(gold=gold)

    save_learning(learning, tmp_path / f"a{suffix}")
    loaded = load_learning(tmp_path / f"a{suffix}")

    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]
    assert_equal(loaded, learning)


def test_the_arrays_of_an_npz_say_what_their_axes_count(tmp_path: Path) -> None:
    save_learning(made_up_learning(), tmp_path / "a.npz")

    with np.load(tmp_path / "a.npz") as file:
        header = json.loads(file["json"].tobytes())
        names = {name.rpartition(".")[2]: array.ndim for name, array in file.items()}
        shape = file["probe.2.cross_attn"].shape
        steps = file["step"].tolist()

    assert (header["schema"], header["version"]) == ("translator.learning", 1)
    assert (header["run"], header["whole"]) == ("runs/made-up", 255)
    del names["json"]
    assert names == {name: len(axes) for name, axes in header["axes"].items()}
    assert header["axes"]["cross_attn"] == ["snapshot", "layer", "head", "target", "source"]
    assert shape == (7, DECODER_LAYERS, HEADS, 6, 7)
    assert steps == list(STEPS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content["arrays"].pop("loss"), r"is incomplete \('loss'\): write it"),
        (lambda content: content["arrays"]["bleu"].pop(), r"bleu has 6 along snapshot, not 7"),
        (
            lambda content: content["probes"][1]["source"].pop(),
            r"probe\.1\.encoder_self_attn has 3 along source, not 2",
        ),
        (lambda content: content.update(whole=100), r"whole is 100, not 255"),
        (lambda content: content.update(version=2), r"a\.json has version 2 .* reads 1: write it"),
        (
            lambda content: content.update(schema="translator.inspection"),
            r"is not a record of learni",
        ),
    ],
    ids=["missing", "shape", "pieces", "whole", "version", "schema"],
)
def test_what_is_missing_or_does_not_fit_is_refused(
    tmp_path: Path, change: Callable[[Any], None], message: str
) -> None:
    path = tmp_path / "a.json"
    save_learning(made_up_learning(), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(InspectionError, match=message):
        load_learning(path)


def assert_equal(loaded: Learning, learning: Learning) -> None:
    assert loaded.probes == learning.probes
    for name in ("name", "num_sentences", "bleu_signature"):
        assert getattr(loaded, name) == getattr(learning, name)
    for ours, theirs in zip(loaded.snapshots, learning.snapshots, strict=True):
        assert (ours.step, ours.bleu, ours.loss) == (theirs.step, theirs.bleu, theirs.loss)
        np.testing.assert_array_equal(ours.entropy, theirs.entropy)
        np.testing.assert_array_equal(ours.aer, theirs.aer)
        for number in range(len(PROBES)):
            np.testing.assert_array_equal(
                ours.probabilities[number], theirs.probabilities[number], strict=True
            )
            for kind in KINDS:
                np.testing.assert_array_equal(
                    ours.attention[number][kind], theirs.attention[number][kind], strict=True
                )
