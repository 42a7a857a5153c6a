"""A training from Python: all that the command does, and nothing to see."""

import dataclasses
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from tiny_runs import short_config, with_text_of_one_language

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
from translator.experiment import checks, one_language, pipeline, training_run, translations
from translator.experiment import experiment as lab
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


@pytest.mark.campaign
def test_rounds_over_text_of_one_language_end_the_same_wherever_they_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = with_text_of_one_language(short_config(tmp_path / "corpus"), tmp_path)
    for file in (tmp_path / "corpus").glob("train.*"):
        file.write_text("".join(file.read_text(encoding="utf-8").splitlines(True)[:30]), "utf-8")
    monkeypatch.setattr(one_language, "MOST_REPEATS", 99)  # models so young repeat one word
    training = dataclasses.replace(config.training, max_steps=2)
    config = dataclasses.replace(config, training=training)
    parts, whole = tmp_path / "parts", tmp_path / "whole"

    def stop_in_round_2() -> bool:
        return RunDirectory(parts / "teachers/round-2-forward-1").metrics.file.exists()

    @contextmanager
    def interrupted(label: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        def tell(count: int) -> None:
            if label == "back-translated-1" and 0 < count < total:  # in round 1, all are there
                raise KeyboardInterrupt

        yield tell

    with pytest.raises(StoppedError, match="after step 1; everything is saved"):
        translator.train(config, run=parts, device="cpu", should_stop=stop_in_round_2)
    with monkeypatch.context() as patch:
        patch.setattr(translations, "progress", interrupted)
        patch.setattr(translations, "TEXTS_AT_ONCE", 2)
        with pytest.raises(StoppedError, match="while translating; everything is saved"):
            translator.train(resume=parts, device="cpu")
    assert not (parts / "diversified/train.jsonl").exists()
    translator.train(resume=parts, device="cpu")
    translator.train(config, run=whole, device="cpu")

    teachers = ["forward-1", "backward-1", "round-2-forward-1", "round-2-backward-1"]
    assert {path.name for path in (whole / "teachers").iterdir()} == set(teachers)
    for name in ("", *(f"teachers/{name}" for name in teachers)):
        assert_same_model(parts / name, whole / name)
    written = [path for path in (whole / "diversified").rglob("*.*") if path.suffix != ".txt"]
    assert len(written) > 12
    assert "test" in results(parts)
    for name in teachers:
        corpus, *_ = RunDirectory(whole / "teachers" / name).metrics.events()
        assert (corpus["pairs"]["train"] > 30) == name.startswith("round-2")
    for path in written:
        assert (parts / path.relative_to(whole)).read_bytes() == path.read_bytes()


def test_text_of_one_language_is_read_before_anything_is_trained_or_written(
    config: Config, tmp_path: Path
) -> None:
    config = with_text_of_one_language(config, tmp_path)
    (tmp_path / "text.de").unlink()

    with pytest.raises(CorpusError, match=r"text.de: no such file in "):
        translator.train(config, run=tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()
    with pytest.raises(CorpusError, match=r"text.de: no such file in "):
        checks.dry_run(config, run=tmp_path / "run", device="cpu")


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
    monkeypatch.setattr(training_run, "run_training", diverge)

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
        f"{tmp_path / 'run'} has other settings; leave these out, or use --init_from "
        f"{tmp_path / 'run'}:\n  training.seed: 1 in the run, 3 given\n  training.max_steps: 14 in "
        "the run, 15 given"
    )


def test_to_resume_excludes_a_new_run_and_another_beginning(tmp_path: Path) -> None:
    for arguments in ({"run": tmp_path / "b"}, {"init_from": tmp_path / "c"}):
        with pytest.raises(
            ConfigError, match="resume continues in its own run: leave out init_from"
        ):
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

    with pytest.raises(RunError, match=r"run does not exist on node7: .* on a shared file system$"):
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
