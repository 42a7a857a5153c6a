"""A run is deleted whole; what is in use, or no run, stays whole."""

from pathlib import Path

import pytest
import yaml

from translator.compute.files import locked
from translator.config import Config
from translator.errors import BusyError, RunError
from translator.experiment import run_deletion
from translator.experiment.run_deletion import deletable, delete
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_files import RunFiles


@pytest.fixture
def run(tmp_path: Path) -> RunFiles:
    run = RunDirectory(tmp_path / "runs" / "first")
    run.create(Config())
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "step-00000002.safetensors").write_bytes(b"weights")
    return RunFiles(run.path)


def test_nothing_is_left_of_a_run_and_nothing_beside_it_is_touched(
    run: RunFiles, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "text").write_text("mine", "utf-8")
    (run.path / "data").symlink_to(tmp_path / "data")
    (run.path.parent / "second").mkdir()

    for one in deletable([str(run.path), f"{run.path}/../first"]):
        delete(one)

    assert [path.name for path in run.path.parent.iterdir()] == ["second"]
    assert (tmp_path / "data" / "text").read_text("utf-8") == "mine"


def test_a_run_of_another_version_can_be_deleted(run: RunFiles) -> None:
    values = {**run.stored_config(), "strange": {"a": 1}}
    run.config_file.write_text(yaml.safe_dump(values), "utf-8")

    assert deletable([str(run.path)]) == [run]


@pytest.mark.parametrize("work", ["training", "scoring"])
def test_a_run_in_use_stays_whole(run: RunFiles, work: str) -> None:
    before = sorted(path for path in run.path.rglob("*") if not path.name.startswith(".lock"))

    with locked(run.path, work), pytest.raises(BusyError) as refused:
        delete(run)

    assert str(refused.value) == (
        f"{run.path} is being trained or scored: stop that first, then delete it"
    )
    after = sorted(path for path in run.path.rglob("*") if not path.name.startswith(".lock"))
    assert after == before


def test_a_run_in_training_is_refused_before_anybody_is_asked(run: RunFiles) -> None:
    with locked(run.path, "training"), pytest.raises(BusyError, match="is being trained"):
        deletable([str(run.path)])


def test_what_is_no_run_is_refused_and_with_it_all_others(
    run: RunFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.yaml").write_text("corpus: {a: b}\nmodel: 7\n", "utf-8")
    (tmp_path / "link").symlink_to(run.path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(run.path / "checkpoints")
    for name, why in {
        tmp_path
        / "home": f"{tmp_path}/home is not a run directory: its config.yaml belongs to another",
        tmp_path / "link": f"{tmp_path}/link is a symbolic link: name the run that it points to",
        tmp_path / "empty": f"{tmp_path}/empty is not a run directory: it has no config.yaml",
        tmp_path / "gone": f"there is no run directory {tmp_path}/gone: ",
        run.path: f"{run.path} contains the current folder: change to another folder first",
        " ": "the name of a run is empty: name a run directory",
    }.items():
        with pytest.raises(RunError) as refused:
            deletable([str(name), str(run.path)])
        assert str(refused.value).startswith(why)


def test_what_was_half_deleted_is_still_a_run_that_can_be_deleted(
    run: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(part: Path) -> None:
        if part == run.config_file:
            raise KeyboardInterrupt
        remove(part)

    remove = run_deletion._remove
    monkeypatch.setattr(run_deletion, "_remove", fail)
    with pytest.raises(KeyboardInterrupt):
        delete(run)
    monkeypatch.undo()

    assert not (run.path / "checkpoints").exists()
    for one in deletable([str(run.path)]):
        delete(one)
    assert not run.path.exists()
