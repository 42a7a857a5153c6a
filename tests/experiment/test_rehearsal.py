"""The checks before a run: a batch learned by heart, a dry run, and that neither leaves a trace."""

import dataclasses
from pathlib import Path

import pytest
import torch
from tiny_runs import arguments, prepare, train

from translator.cli.main import run_command
from translator.config import Config, DiversificationConfig
from translator.errors import DivergedError
from translator.experiment import checks, rehearsal, training_run
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory


def test_a_healthy_model_learns_a_batch_by_heart(config: Config) -> None:
    experiment = prepare(rehearsal.without_regularization(with_learning_rate(config, 0.02)))

    progress = list(rehearsal.overfit_batch(experiment))

    losses = [loss for _, loss in progress]
    assert [step for step, _ in progress] == list(range(1, len(progress) + 1))
    assert losses[0] > 3
    assert losses[-1] < rehearsal.OVERFIT_LOSS <= min(losses[:-1])


def test_a_model_that_cannot_learn_a_batch_by_heart_is_an_error_with_advice(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "OVERFIT_STEPS", 20)
    experiment = prepare(rehearsal.without_regularization(with_learning_rate(config, 1e-7)))

    with pytest.raises(DivergedError) as error:
        list(rehearsal.overfit_batch(experiment))

    message = str(error.value)
    assert "after 20 steps on the same 16 pairs" in message
    assert "training.learning_rate (now 1e-07)" in message
    assert "model.d_model" in message


def test_a_batch_is_learned_by_heart_however_short_the_run_and_though_sources_repeat(
    config: Config,
) -> None:
    for side, word in (("en", "hi"), ("de", "hallo")):
        file = Path(config.corpus.source) / f"train.{side}"
        again = "".join(f"{word if side == 'en' else word * number}\n" for number in (1, 2, 3))
        file.write_text(again + file.read_text(encoding="utf-8"), encoding="utf-8")
    short = dataclasses.replace(config.training, max_steps=5, warmup_steps=4, learning_rate=0.02)
    config = dataclasses.replace(config, training=short)

    progress = list(rehearsal.overfit_batch(prepare(rehearsal.without_regularization(config))))

    assert progress[-1][1] < rehearsal.OVERFIT_LOSS


def test_without_regularization_the_model_and_the_corpus_stay(config: Config) -> None:
    changed = rehearsal.without_regularization(config)

    assert changed.model == dataclasses.replace(config.model, dropout=0.0)
    assert (changed.training.label_smoothing, changed.training.weight_decay) == (0, 0)
    assert changed.training.consistency == 0
    assert changed.training.learning_rate == config.training.learning_rate
    assert (changed.corpus, changed.tokenizer) == (config.corpus, config.tokenizer)


@pytest.mark.parametrize("check", ["--dry_run", "--overfit_batch"])
def test_a_check_writes_nothing(
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    check: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)

    asked = [*arguments(config, learning_rate=0.02, max_steps=500), check]
    assert run_command("train", asked, "train.py") == 0

    assert contents(tmp_path) == before
    assert b"Nothing was written." in capfdbinary.readouterr().out


def test_a_dry_run_counts_the_minutes_of_teachers(
    config: Config, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    said = []

    for asked in ([], ["--diversification.models=1"]):
        options = [*arguments(config, max_steps=9), "--dry_run", *asked]
        assert run_command("train", options, "train.py") == 0
        said.append(capfdbinary.readouterr().out.decode())

    assert "training would take about" in said[0]
    assert "training (with its teachers, without their translations) would take" in said[1]


def test_a_dry_run_of_a_run_that_goes_on_counts_the_steps_that_are_left(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "seconds_per_step", lambda _: 1.0)
    monkeypatch.setattr(rehearsal, "try_one_step", lambda _: 1.0)
    begun, taught = RunDirectory(tmp_path / "begun"), RunDirectory(tmp_path / "taught")
    train(config, begun, stop=10)
    taught.create(dataclasses.replace(config, diversification=DiversificationConfig(models=1)))
    (taught.teachers_folder / "forward-1/checkpoints").mkdir(parents=True)
    (taught.teachers_folder / "forward-1/checkpoints/step-00000014.safetensors").touch()

    assert checks.dry_run(resume=begun.path, device="cpu").seconds == 4
    assert checks.dry_run(resume=taught.path, device="cpu").seconds == 14 + 0 + 14


def test_a_dry_run_times_teachers_of_another_shape(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_width(experiment: Experiment) -> float:
        return float(experiment.config.model.d_ff)

    monkeypatch.setattr(rehearsal, "seconds_per_step", by_width)
    smaller = DiversificationConfig(models=1, max_steps=5, d_ff=7)

    found = checks.dry_run(dataclasses.replace(config, diversification=smaller), device="cpu")

    assert found.seconds == config.training.max_steps * config.model.d_ff + 2 * 5 * 7


@pytest.mark.slow
def test_the_timing_before_training_leaves_no_trace_in_it(config: Config, tmp_path: Path) -> None:
    timed, untimed = prepare(config), prepare(config)
    runs = [RunDirectory(tmp_path / name) for name in ("timed", "untimed")]

    assert rehearsal.expected_seconds(timed) > 0
    for experiment, run in zip((timed, untimed), runs, strict=True):
        run.create(config)
        run.save_tokenizer(experiment.tokenizer)
        training_run.run_training(experiment, run, lambda: False)

    tensors = [run.checkpoints.load_newest()[0] for run in runs]
    assert all(torch.equal(tensor, tensors[1][name]) for name, tensor in tensors[0].items())


def with_learning_rate(config: Config, learning_rate: float) -> Config:
    training = dataclasses.replace(
        config.training, learning_rate=learning_rate, warmup_steps=10, max_steps=300
    )
    return dataclasses.replace(config, training=training)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
