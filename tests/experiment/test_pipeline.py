"""A training from Python: all that the command does, and nothing to see."""

import dataclasses
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

import translator
from translator.cli.main import run_command
from translator.compute.distributed import World
from translator.config import Config, DiversificationConfig
from translator.errors import (
    BusyError,
    ConfigError,
    CorpusError,
    DivergedError,
    RunError,
    StoppedError,
)
from translator.experiment import experiment as lab
from translator.experiment import pipeline
from translator.experiment.checkpoint import averaged, unpack
from translator.experiment.run_directory import RunDirectory
from translator.training.loop import OnStep


def test_a_training_from_python_has_teachers_and_is_the_commands_tensor_for_tensor(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    config = with_teachers(config)
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(dataclasses.asdict(config)), encoding="utf-8")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    options = ["--config", str(file), "--run", str(theirs), "--device", "cpu"]
    assert run_command("train", options, "train.py") == 0
    capfdbinary.readouterr()
    logging.getLogger("translator").setLevel(logging.NOTSET)

    outcome = translator.train(config, run=ours, device="cpu")

    assert capfdbinary.readouterr() == (b"", b"")
    assert outcome.run == ours
    assert outcome.scores["test"].bleu.value == results(ours)["test"]["bleu"]["value"]
    [(src, translation), *_] = outcome.translations["test"]
    assert translator.load(ours).translate([src]) == [translation]
    for name in ("", "teachers/forward-1", "teachers/backward-1"):
        assert_same_model(ours / name, theirs / name)
    written = "diversified/train.jsonl"
    assert (ours / written).read_bytes() == (theirs / written).read_bytes()
    assert (ours / "config.yaml").read_bytes() == (theirs / "config.yaml").read_bytes()
    assert "trained from scratch" in (ours / "README.md").read_text(encoding="utf-8")


def test_a_training_that_is_stopped_raises_and_goes_on_to_the_same_model(
    config: Config, tmp_path: Path
) -> None:
    watched: list[float] = []

    @contextmanager
    def progress(done: int, max_steps: int) -> Iterator[OnStep]:
        assert (done, max_steps) == (0, 14)
        yield lambda loss, _: watched.append(loss)

    with pytest.raises(StoppedError, match=r"after step 6; everything is saved") as error:
        translator.train(
            config,
            run=tmp_path / "parts",
            device="cpu",
            should_stop=lambda: len(watched) == 6,
            progress=progress,
        )
    assert error.value.run == tmp_path / "parts"
    assert len(watched) == 6
    translator.train(resume=tmp_path / "parts", device="cpu")
    translator.train(config, run=tmp_path / "whole", device="cpu")

    assert_same_model(tmp_path / "parts", tmp_path / "whole")


def test_ctrl_c_while_teachers_translate_is_a_stop_from_which_training_goes_on(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "diversify", interrupt)
        with pytest.raises(StoppedError, match="stopped while translating; everything is saved"):
            translator.train(with_teachers(config), run=tmp_path / "run", device="cpu")

    translator.train(resume=tmp_path / "run", device="cpu")

    assert "test" in results(tmp_path / "run")


@pytest.mark.parametrize("models", [0, 1])
def test_a_run_in_which_another_process_trains_is_refused_with_its_number(
    config: Config, tmp_path: Path, models: int
) -> None:
    run = RunDirectory(tmp_path / "run")
    config = dataclasses.replace(config, diversification=DiversificationConfig(models=models))
    run.path.mkdir()
    with run.reserved():
        with pytest.raises(BusyError, match=f"run is in use, by process {os.getpid()} on "):
            translator.train(config, run=run.path, device="cpu")

        assert not run.config_file.exists()
        run.create(config)
        with pytest.raises(BusyError, match=f"run is in use, by process {os.getpid()} on "):
            translator.train(resume=run.path, device="cpu")

        assert not run.metrics.file.exists()


def test_without_a_name_a_run_is_called_after_its_corpus_and_never_overwrites_one(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    first, second = (translator.train(config, device="cpu").run for _ in range(2))

    assert (first, second) == (Path("runs/corpus"), Path("runs/corpus-2"))


def test_a_callers_random_numbers_are_the_same_with_a_training_between(
    config: Config, tmp_path: Path
) -> None:
    torch.manual_seed(11)
    expected = torch.rand(5)

    torch.manual_seed(11)
    translator.train(config, run=tmp_path / "run", device="cpu")
    drawn = torch.rand(5)

    assert torch.equal(drawn, expected)


def test_a_callers_random_numbers_are_the_same_with_a_failed_training_between(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: object) -> None:
        raise DivergedError("the loss is nan")

    torch.manual_seed(11)
    expected = torch.rand(5)
    monkeypatch.setattr(lab, "run_training", diverge)

    torch.manual_seed(11)
    with pytest.raises(DivergedError):
        translator.train(config, run=tmp_path / "run", device="cpu")

    assert torch.equal(torch.rand(5), expected)


def test_a_run_begins_with_the_weights_of_a_step_of_another(config: Config, tmp_path: Path) -> None:
    donor = RunDirectory(translator.train(config, run=tmp_path / "donor", device="cpu").run)
    step = min(donor.checkpoints.files())
    assert step < 14, "the test needs a checkpoint before the last"
    still = dataclasses.replace(config.training, max_steps=1, learning_rate=1e-7, eval_every=1)

    heir = translator.train(
        dataclasses.replace(config, training=still),
        run=tmp_path / "heir",
        init_from=f"{donor.path}@{step}",
        device="cpu",
    ).run

    at_step, newest = (averaged(unpack(donor.checkpoints.file_of(kept))[0]) for kept in (step, 14))
    for name, weight in load_file(heir / "model.safetensors").items():
        torch.testing.assert_close(weight, at_step[name], rtol=0, atol=1e-5)
    assert not torch.allclose(at_step["embedding.weight"], newest["embedding.weight"], atol=1e-4)
    card = (heir / "README.md").read_text(encoding="utf-8")
    assert f"trained from the weights of `{donor.path}@{step}` on\n" in card


def test_what_contradicts_the_run_to_resume_is_refused_line_by_line(
    config: Config, tmp_path: Path
) -> None:
    RunDirectory(tmp_path / "run").create(config)
    other = dataclasses.replace(
        config,
        training=dataclasses.replace(config.training, max_steps=15, seed=3),
    )

    with pytest.raises(ConfigError) as error:
        translator.train(other, resume=tmp_path / "run")

    assert str(error.value) == (
        f"{tmp_path / 'run'} has other settings, leave that out, or use --init_from "
        f"{tmp_path / 'run'}:\n"
        "  training.seed: 1 in the run, 3 asked\n"
        "  training.max_steps: 14 in the run, 15 asked"
    )


def test_to_resume_excludes_a_new_run_and_another_beginning(tmp_path: Path) -> None:
    for arguments in ({"run": tmp_path / "b"}, {"init_from": tmp_path / "c"}):
        with pytest.raises(ConfigError, match="resume goes on in its own run: leave out init_from"):
            translator.train(resume=tmp_path / "a", **arguments)


def test_a_step_cannot_be_resumed_from(config: Config, tmp_path: Path) -> None:
    RunDirectory(tmp_path / "run").create(config)

    with pytest.raises(ConfigError, match=r"leave out @4, or begin a new run with --init_from"):
        translator.train(resume=f"{tmp_path / 'run'}@4")


def test_a_run_that_is_there_is_refused_before_the_corpus_is_read(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()

    with pytest.raises(RunError, match="exists already"):
        translator.train(run=tmp_path / "run")


def test_a_run_that_another_machine_does_not_see_is_refused_with_the_machines_name(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(config)
    pipeline.check_is_shared(run, World())

    with pytest.raises(RunError, match=r"run is not there on node7: .* they share with --run$"):
        pipeline.check_is_shared(run, WithOtherMachine())


def test_a_machine_with_another_text_is_refused_by_its_name(config: Config) -> None:
    experiment = lab.prepare(config, torch.device("cpu"), World())
    pipeline.check_is_same(experiment)
    experiment = dataclasses.replace(experiment, world=WithOtherMachine())

    with pytest.raises(CorpusError, match=r"corpus is not the same text on node7 as on .*again$"):
        pipeline.check_is_same(experiment)


class WithOtherMachine(World):
    """This process and two of a machine that sees another file, or none."""

    def gather(self, values: list[Any]) -> list[Any]:
        return [*values, ("node7", False), ("node7", False)]


def with_teachers(config: Config) -> Config:
    return dataclasses.replace(config, diversification=DiversificationConfig(models=1, max_steps=6))


def results(run: Path) -> dict[str, dict[str, dict[str, float]]]:
    return RunDirectory(run).results.load()


def assert_same_model(one: Path, other: Path) -> None:
    expected = load_file(other / "model.safetensors")
    found = load_file(one / "model.safetensors")
    assert found.keys() == expected.keys()
    for name, weight in found.items():
        assert torch.equal(weight, expected[name]), name
