"""Checkpoints: exact, whole or not at all, and only the newest and the best of them."""

import os
import re
from pathlib import Path

import pytest
import torch

from translator.errors import RunError
from translator.experiment.checkpoint import Checkpoints, averaged, unpack


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "checkpoints")


def test_a_checkpoint_comes_back_bit_for_bit(checkpoints: Checkpoints) -> None:
    tensors = {
        "model.a": torch.randn(3, 5).t(),  # not contiguous
        "optimizer.step.a": torch.tensor(31.0),
        "model.odd": torch.tensor([float("inf"), float("-0"), 1e-45]),
    }
    facts = {"state": {"step": 31, "best": None, "seconds": 0.1 + 0.2}, "torch": "x"}

    checkpoints.save(31, tensors, facts, best_step=31)
    loaded, loaded_facts = checkpoints.load_newest()

    assert loaded_facts == facts
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(loaded[name], tensor)
        assert loaded[name].dtype == tensor.dtype


@pytest.mark.parametrize(
    ("best_steps", "kept"),
    [([10, 20, 20, 20], [20, 40]), ([10, 20, 30, 40], [20, 30, 40]), ([0, 0, 0, 0], [40])],
)
def test_the_newest_checkpoint_is_kept_and_the_best_or_else_the_two_before(
    checkpoints: Checkpoints, best_steps: list[int], kept: list[int]
) -> None:
    for step, best_step in zip((10, 20, 30, 40), best_steps, strict=True):
        save(checkpoints, step, best_step)
        assert checkpoints.load_newest()[1]["step"] == step

    assert list(checkpoints.files()) == kept


def test_one_checkpoint_too_many_from_a_killed_process_goes_at_the_next_prune(
    checkpoints: Checkpoints,
) -> None:
    for step in (10, 20):
        save(checkpoints, step, best_step=10)
    killed = checkpoints.folder / "step-00000030.safetensors"
    killed.write_bytes(checkpoints.file_of(20).read_bytes())

    checkpoints.prune(best_step=10)

    assert list(checkpoints.files()) == [10, 30]


def test_the_newest_is_the_highest_step_not_the_longest_name(checkpoints: Checkpoints) -> None:
    for step in (999, 1000, 99_999, 100_000):
        save(checkpoints, step)

        assert checkpoints.load_newest()[1]["step"] == step


def test_the_average_of_a_step_is_loaded_without_what_stands_beside_it(
    checkpoints: Checkpoints,
) -> None:
    average = torch.randn(3, 2)
    tensors = {"model.a": torch.zeros(3, 2), "average.a": average}
    checkpoints.save(45, tensors, {"here": 1}, best_step=45)
    save(checkpoints, 50, best_step=45)

    tensors, facts = unpack(checkpoints.file_of(45))
    loaded = averaged(tensors)

    assert facts == {"here": 1}
    assert loaded.keys() == {"a"}
    assert torch.equal(loaded["a"], average)


def test_a_step_without_a_checkpoint_is_told_with_those_that_are_kept(
    checkpoints: Checkpoints,
) -> None:
    save(checkpoints, 30)
    save(checkpoints, 45, best_step=30)
    run = re.escape(str(checkpoints.folder.parent))

    with pytest.raises(RunError, match=f"^{run} has no checkpoint of step 40; kept steps: 30, 45$"):
        checkpoints.file_of(40)


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    save(checkpoints, 30)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            save(checkpoints, 40)

    assert checkpoints.load_newest()[1]["step"] == 30
    assert [path.name for path in checkpoints.folder.iterdir()] == ["step-00000030.safetensors"]


def test_an_old_broken_checkpoint_is_let_go(checkpoints: Checkpoints) -> None:
    checkpoints.folder.mkdir()
    broken = checkpoints.folder / "step-00000020.safetensors"
    broken.write_bytes(b"half")

    save(checkpoints, 30)
    save(checkpoints, 40, best_step=30)

    assert not broken.exists()


@pytest.mark.parametrize("length", [0, 5, 60, -1])
def test_a_truncated_checkpoint_is_an_error_that_names_the_file(
    checkpoints: Checkpoints, length: int
) -> None:
    save(checkpoints, 30)
    [file] = checkpoints.files().values()
    file.write_bytes(file.read_bytes()[:length])

    with pytest.raises(RunError, match=r"step-00000030\.safetensors cannot be read"):
        checkpoints.load_newest()


def test_where_there_is_none_there_is_nothing_to_resume_from(checkpoints: Checkpoints) -> None:
    with pytest.raises(RunError, match="no checkpoint to resume from"):
        checkpoints.load_newest()


@pytest.mark.parametrize("place", ["tensor", "facts", "name"])
def test_a_flipped_bit_is_found_wherever_it_is_and_the_checkpoint_before_is_offered(
    checkpoints: Checkpoints, place: str
) -> None:
    for step in (30, 40):
        save(checkpoints, step)
    file = checkpoints.file_of(40)
    data = bytearray(file.read_bytes())
    at = {"tensor": len(data) - 3, "facts": data.index(b'\\"step'), "name": data.index(b"model.a")}
    data[at[place] + 2] ^= 1
    file.write_bytes(data)

    with pytest.raises(RunError, match=r"step-00000040\.safetensors .*continues from step 30$"):
        checkpoints.load_newest()


def test_tensors_of_every_kind_have_a_digest(checkpoints: Checkpoints) -> None:
    tensors = {
        "half": torch.randn(3, 2).bfloat16(),
        "count": torch.tensor(7),
        "empty": torch.zeros(0, 4),
    }
    checkpoints.save(5, tensors, {}, best_step=5)

    loaded, _ = checkpoints.load_newest()

    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())


def save(checkpoints: Checkpoints, step: int, best_step: int | None = None) -> None:
    tensors = {"model.a": torch.full((2, 3), float(step))}
    best_step = step if best_step is None else best_step
    checkpoints.save(step, tensors, {"step": step}, best_step=best_step)
