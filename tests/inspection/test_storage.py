"""Inspections as files: what is read is what was written, and nothing else is read."""

import json
from pathlib import Path

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.inspection import KINDS, AttentionLayer, Inspection
from translator.inspection.record import inspect_pair
from translator.inspection.storage import load_inspection, save_inspection
from translator.inspection.what_if import what_if

SUFFIXES = pytest.mark.parametrize("suffix", [".npz", ".json"])


@pytest.fixture(scope="module")
def inspection(trained_translator: Translator) -> Inspection:
    return inspect_pair(trained_translator, "A 🐕 runs.", GERMAN[1])


@SUFFIXES
def test_what_was_saved_is_loaded_to_the_last_digit(
    inspection: Inspection, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"dog{suffix}"

    save_inspection(inspection, path)
    loaded = load_inspection(path)

    assert list(tmp_path.iterdir()) == [path]
    for name in ("text", "translation", "how", "source", "source_ids", "reads", "read_ids"):
        assert getattr(loaded, name) == getattr(inspection, name)
    assert (loaded.writes, loaded.write_ids) == (inspection.writes, inspection.write_ids)
    assert loaded.alternatives == inspection.alternatives
    assert loaded.alternatives[0][0].piece == inspection.alternatives[0][0].piece
    np.testing.assert_array_equal(loaded.logprobs, inspection.logprobs)
    for kind in KINDS:
        pairs = zip(getattr(loaded, kind), getattr(inspection, kind), strict=True)
        for ours, theirs in pairs:
            for name in AttentionLayer.AXES:
                np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
                assert getattr(ours, name).dtype == getattr(theirs, name).dtype


@SUFFIXES
def test_the_same_inspection_is_the_same_bytes(
    trained_translator: Translator, tmp_path: Path, suffix: str
) -> None:
    for name in ("one", "other"):
        inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
        save_inspection(inspection, tmp_path / f"{name}{suffix}")

    one, other = (tmp_path / f"{name}{suffix}" for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_the_arrays_of_an_npz_say_what_their_axes_count(
    inspection: Inspection, tmp_path: Path
) -> None:
    save_inspection(inspection, tmp_path / "dog.npz")

    with np.load(tmp_path / "dog.npz") as file:
        header = json.loads(file["json"].tobytes())
        weights = file["cross_attn.1.weights"]

    assert header["axes"]["cross_attn.weights"] == ["head", "target", "source"]
    assert header["sentence"]["source"] == inspection.source
    np.testing.assert_array_equal(weights, inspection.weights[1])


@SUFFIXES
def test_a_loaded_inspection_answers_what_if_with_the_translator_that_made_it(
    inspection: Inspection, trained_translator: Translator, tmp_path: Path, suffix: str
) -> None:
    save_inspection(inspection, tmp_path / f"dog{suffix}")

    loaded = load_inspection(tmp_path / f"dog{suffix}")

    found, expected = (what_if(one, trained_translator, drop=[0]) for one in (loaded, inspection))
    np.testing.assert_array_equal(found.changes, expected.changes)
    assert np.abs(found.changes).max() > 1e-3


@SUFFIXES
def test_a_file_that_was_cut_off_is_refused(
    inspection: Inspection, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"dog{suffix}"
    save_inspection(inspection, path)
    path.write_bytes(path.read_bytes()[:-1000])

    with pytest.raises(
        InspectionError, match=r"dog\..* is not an inspection, or is damaged \(.*save it"
    ):
        load_inspection(path)


def test_a_damaged_array_is_refused(inspection: Inspection, tmp_path: Path) -> None:
    path = tmp_path / "dog.npz"
    save_inspection(inspection, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(InspectionError, match=r"damaged \(Bad CRC-32"):
        load_inspection(path)


@SUFFIXES
@pytest.mark.parametrize(
    "content", [b"", b"[1, 2]", b'{"schema": "other"}', b"\x80\x04N.", b"\xff"]
)
def test_another_file_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"other{suffix}"
    path.write_bytes(content)

    with pytest.raises(InspectionError, match="is not an inspection"):
        load_inspection(path)


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", json=np.array([{"schema": "translator.inspection"}]))

    with pytest.raises(
        InspectionError, match=r"evil.npz is not an inspection, or is damaged \(Object arr"
    ):
        load_inspection(tmp_path / "evil.npz")


def test_another_version_is_refused(inspection: Inspection, tmp_path: Path) -> None:
    path = changed(inspection, tmp_path, lambda content: content.update(version=2))

    with pytest.raises(InspectionError, match=r"dog.json has version 2 .* reads 1: inspect the"):
        load_inspection(path)


def test_an_array_that_is_missing_or_of_another_shape_is_refused(
    inspection: Inspection, tmp_path: Path
) -> None:
    path = changed(inspection, tmp_path, lambda content: content["arrays"].pop("cross_attn.1.keys"))
    with pytest.raises(InspectionError, match=r"dog.json is incomplete \('cross_attn.1.keys'\)"):
        load_inspection(path)

    path = changed(
        inspection, tmp_path, lambda content: content["arrays"]["cross_attn.0.values"].pop()
    )
    with pytest.raises(InspectionError, match=r"cross_attn.0.values has 3 along head, not 4"):
        load_inspection(path)


def test_tokens_that_do_not_fit_the_arrays_are_refused(
    inspection: Inspection, tmp_path: Path
) -> None:
    path = changed(inspection, tmp_path, lambda content: content["sentence"]["writes"].pop())

    with pytest.raises(InspectionError, match=r"is incomplete \(reads has \d+ decoding steps, wr"):
        load_inspection(path)


def test_only_npz_and_json_are_formats(inspection: Inspection, tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match=r"dog.pkl must end in .npz or .json: rename it"):
        save_inspection(inspection, tmp_path / "dog.pkl")
    with pytest.raises(InspectionError, match=r"dog must end in .npz or .json: rename it"):
        load_inspection(tmp_path / "dog")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match=r"none.npz cannot be read: No such file"):
        load_inspection(tmp_path / "none.npz")


def changed(inspection: Inspection, folder: Path, change: object) -> Path:
    """The inspection as JSON, changed."""
    path = folder / "dog.json"
    save_inspection(inspection, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert callable(change)
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
