"""Checkpoints: exact, whole or not at all, and only the newest and the best of them."""

import os
import re
from pathlib import Path

import pytest
import torch

from translator.errors import RunError
from translator.experiment.checkpoint import Checkpoints


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


def test_a_checkpoint_comes_back_bit_for_bit(checkpoints: Checkpoints) -> None:
    tensors = {
        "model.a": torch.randn(3, 5).t(),  # not contiguous
        "optimizer.step.a": torch.tensor(31.0),
        "model.odd": torch.tensor([float("inf"), float("-0"), 1e-45]),
    }
    facts = {"state": {"step": 31, "best": None, "seconds": 0.1 + 0.2}, "value": None, "torch": "x"}

    checkpoints.save(31, tensors, facts)
    loaded, loaded_facts = checkpoints.load_newest()

    assert loaded_facts == facts
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(loaded[name], tensor)
        assert loaded[name].dtype == tensor.dtype


def test_the_newest_checkpoint_and_the_best_are_kept(checkpoints: Checkpoints) -> None:
    values = {1: [0.0, 5.0], 2: [0.0, 9.0], 3: None, 4: [0.0, 11.0], 5: [0.0, 7.0], 6: None}

    for step, value in values.items():
        save(checkpoints, step, value)
        assert steps(checkpoints)[-1] == step
        assert checkpoints.load_newest()[1]["step"] == step

    assert steps(checkpoints) == [4, 6]


def test_the_newest_is_the_highest_step_not_the_longest_name(checkpoints: Checkpoints) -> None:
    for step in (999, 1000, 99_999, 100_000):
        save(checkpoints, step, value=None)

        assert checkpoints.load_newest()[1]["step"] == step


def test_the_average_of_a_step_is_loaded_without_what_stands_beside_it(
    checkpoints: Checkpoints,
) -> None:
    average = torch.randn(3, 2)
    tensors = {"model.a": torch.zeros(3, 2), "average.a": average}
    checkpoints.save(45, tensors, {"value": 1.0})
    save(checkpoints, 50, value=0.5)

    loaded = checkpoints.load_average(45)

    assert loaded.keys() == {"a"}
    assert torch.equal(loaded["a"], average)


def test_a_step_without_a_checkpoint_is_told_with_those_that_are_kept(
    checkpoints: Checkpoints,
) -> None:
    save(checkpoints, 30, value=1.0)
    save(checkpoints, 45, value=3.0)
    run = re.escape(str(checkpoints.folder.parent))

    with pytest.raises(RunError, match=f"^{run} has no checkpoint of step 40: it keeps 30, 45$"):
        checkpoints.load_average(40)


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    save(checkpoints, 30, value=12.5)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            save(checkpoints, 40, value=13.5)

    assert checkpoints.load_newest()[1]["step"] == 30
    assert [path.name for path in checkpoints.folder.iterdir()] == ["step-00000030.safetensors"]


def test_an_old_broken_checkpoint_is_let_go(checkpoints: Checkpoints) -> None:
    checkpoints.folder.mkdir()
    broken = checkpoints.folder / "step-00000020.safetensors"
    broken.write_bytes(b"half")

    save(checkpoints, 40, value=1.0)

    assert not broken.exists()


@pytest.mark.parametrize("length", [0, 5, 60, -1])
def test_a_truncated_checkpoint_is_an_error_that_names_the_file(
    checkpoints: Checkpoints, length: int
) -> None:
    save(checkpoints, 30, value=1.0)
    [file] = checkpoints.files()
    file.write_bytes(file.read_bytes()[:length])

    with pytest.raises(RunError, match=r"step-00000030\.safetensors cannot be read"):
        checkpoints.load_newest()


def test_where_there_is_none_there_is_nothing_to_resume_from(checkpoints: Checkpoints) -> None:
    with pytest.raises(RunError, match="no checkpoint to resume from"):
        checkpoints.load_newest()


def save(checkpoints: Checkpoints, step: int, value: float | list[float] | None) -> None:
    tensors = {"model.a": torch.full((2, 3), float(step))}
    facts = {"step": step, "value": value}
    checkpoints.save(step, tensors, facts)


def steps(checkpoints: Checkpoints) -> list[int]:
    return [int(file.stem.removeprefix("step-")) for file in checkpoints.files()]
