"""Starting from another run: its weights, its vocabulary, and what is refused."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import arguments, train, write_corpus

import translator
from translator.cli.main import run_command
from translator.config import Config, DiversificationConfig
from translator.errors import ConfigError, RunError
from translator.experiment.beginning import inherited_config, resolve
from translator.experiment.run_directory import RunDirectory


@pytest.mark.slow
def test_init_from_begins_with_the_weights_and_the_vocabulary_of_the_other_run(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor, heir = RunDirectory(tmp_path / "donor"), RunDirectory(tmp_path / "heir")
    options = arguments(config, max_steps=60)
    assert run_command("train", [*options, f"--run={donor.path}"], "train.py") == 0
    first_line = validations(donor)[0]
    last_line = validations(donor)[-1]
    write_corpus(tmp_path / "corpus", nouns={"cat": "Katze", "house": "Haus", "mouse": "Maus"})

    options = arguments(config, max_steps=1, learning_rate=1e-7, eval_every=1)
    assert (
        run_command(
            "train", [*options, f"--init_from={donor.path}", f"--run={heir.path}"], "train.py"
        )
        == 0
    )

    assert heir.tokenizer_file.read_bytes() == donor.tokenizer_file.read_bytes()
    assert heir.checkpoints.load_newest()[1]["state"]["step"] == 1
    for name, weight in load_file(donor.model_file).items():
        torch.testing.assert_close(load_file(heir.model_file)[name], weight, rtol=0, atol=1e-5)
    assert heir.load_config().training.max_steps == 1
    card = (heir.path / "README.md").read_text(encoding="utf-8")
    assert f"trained from the weights of `{donor.path}` on\n" in card
    assert "trained from scratch on\n" in (donor.path / "README.md").read_text(encoding="utf-8")
    # The held-out splits are the same.
    assert validations(heir)[0]["loss"] == pytest.approx(last_line["loss"], rel=0.01)
    assert float(str(last_line["loss"])) < 0.5 * float(str(first_line["loss"]))


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["config", "weights", "validation"])
def test_killed_before_its_first_checkpoint_an_heir_begins_with_the_same_weights_again(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], stage: str
) -> None:
    donor, heir = RunDirectory(tmp_path / "donor"), RunDirectory(tmp_path / "heir")
    assert (
        run_command("train", [*arguments(config, max_steps=20), f"--run={donor.path}"], "train.py")
        == 0
    )
    options = arguments(config, max_steps=3, eval_every=3)
    assert (
        run_command(
            "train", [*options, f"--init_from={donor.path}", f"--run={heir.path}"], "train.py"
        )
        == 0
    )
    whole = load_file(heir.model_file)
    killed = RunDirectory(tmp_path / "killed")
    killed.path.mkdir()
    shutil.copy(heir.config_file, killed.path)
    if stage != "config":
        killed.save_initial(heir.load_config(), donor)
        shutil.rmtree(donor.path)  # it is not needed any more
    if stage == "validation":  # which was logged, but not saved: the disk was full
        killed.metrics.append({"event": "train", "step": 1, "loss": 9.9})
        killed.learning_record.begin([], 0, "")

    assert run_command("train", [f"--resume={killed.path}"], "train.py") == 0

    for name, weight in load_file(killed.model_file).items():
        assert torch.equal(weight, whole[name])
    assert not killed.initial_file.exists()
    card = killed.card_file.read_text(encoding="utf-8")
    assert f"trained from the weights of `{donor.path}` on\n" in card


def test_without_its_donor_an_heir_that_was_killed_does_not_begin_with_random_weights(
    config: Config, tmp_path: Path
) -> None:
    heir = RunDirectory(tmp_path / "heir")
    heir.create(config, init_from=str(tmp_path / "donor"))

    with pytest.raises(
        RunError, match=r"begins with the weights of .*donor, according to .*config.yaml"
    ):
        translator.train(resume=heir.path, device="cpu")

    assert not heir.tokenizer_file.exists()


def test_init_from_refuses_another_shape(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor = RunDirectory(tmp_path / "donor")
    train(config, donor, stop=2)
    changed = dataclasses.replace(config, model=dataclasses.replace(config.model, d_ff=40))

    with pytest.raises(ConfigError, match=r"model\.d_ff: 36 in the run, 40 given"):
        translator.train(changed, run=tmp_path / "heir", init_from=donor.path, device="cpu")

    assert not (tmp_path / "heir").exists()


def test_a_run_is_not_resumed_at_a_step(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "a run")
    run.create(config)
    message = (
        r"^resume is .*a run@7, but a run continues from its newest checkpoint: leave out @7, or "
        r"begin a new run with --init_from '.*a run@7'$"
    )

    with pytest.raises(ConfigError, match=message):
        translator.train(resume=f"{run.path}@7")


def test_teachers_are_not_trained_from_nothing_at_the_rates_of_fine_tuning(
    config: Config, tmp_path: Path
) -> None:
    donor = translator.train(config, run=tmp_path / "donor", device="cpu").run
    inherited = inherited_config(init_from=donor)
    teachers = DiversificationConfig(models=1)
    gentle = dataclasses.replace(inherited, corpus=config.corpus, diversification=teachers)

    with pytest.raises(
        ConfigError, match="models is 1: with init_from, the teachers would be trained"
    ):
        resolve(gentle, tmp_path / "heir", None, donor)

    usual = dataclasses.replace(gentle, training=config.training)
    assert resolve(usual, tmp_path / "heir", None, donor).donor is not None


@pytest.mark.parametrize("name", ["", " "])
@pytest.mark.parametrize("what", ["run", "resume", "init_from"])
def test_an_empty_name_is_refused_from_python_too(what: str, name: str) -> None:
    with pytest.raises((ConfigError, RunError), match=r"(run|the name of the run) is empty: name"):
        translator.train(**{what: name})


def validations(run: RunDirectory) -> list[dict[str, object]]:
    return [event for event in run.metrics.events() if event["event"] == "validation"]
