"""What TensorBoard reads of a training is what metrics.jsonl says, and training is the same."""

import dataclasses
import sys
from pathlib import Path

import pytest
import torch
from tiny_runs import short_config, train

from translator.compute.invocation import installing
from translator.config import Config
from translator.errors import ConfigError
from translator.experiment.beginning import resolve
from translator.experiment.checkpoint import unpack
from translator.experiment.run_directory import RunDirectory

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.slow  # each picture takes some tenths of a second


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the runs `shown`, which was interrupted twice, and `plain`, which writes no events."""
    folder = tmp_path_factory.mktemp("runs")
    plain = short_config(folder / "corpus")
    for file in (folder / "corpus").glob("validation.*"):  # one picture a step is enough
        file.write_text(file.read_text(encoding="utf-8").splitlines(True)[0], encoding="utf-8")
    shown = with_tensorboard(plain)
    train(plain, RunDirectory(folder / "plain"))
    train(shown, RunDirectory(folder / "shown"), stop=3)
    # As after a kill: the next process goes back to the checkpoint of step 2.
    (folder / "shown/checkpoints/step-00000003.safetensors").unlink()
    train(shown, RunDirectory(folder / "shown"), resumes=True)
    return folder


def with_tensorboard(config: Config) -> Config:
    training = dataclasses.replace(config.training, tensorboard=True, log_every=1)
    return dataclasses.replace(config, training=training)


@pytest.fixture(scope="module")
def read(folder: Path) -> EventAccumulator:
    """All that is shown, not only some of it."""
    guidance = {"scalars": 0, "tensors": 0, "images": 0}
    return EventAccumulator(str(folder / "shown/tensorboard"), guidance).Reload()


def test_every_number_of_the_log_is_a_scalar_and_none_comes_twice(
    folder: Path, read: EventAccumulator
) -> None:
    expected: dict[str, list[tuple[int, float]]] = {}
    for event in RunDirectory(folder / "shown").metrics.events():
        for name, value in event.items():
            if isinstance(value, (int, float)) and name != "step":
                series = expected.setdefault(f"{event['event']}/{name}", [])
                series.append((event["step"], pytest.approx(value, rel=1e-6)))

    found = {
        tag: [(scalar.step, scalar.value) for scalar in read.Scalars(tag)]
        for tag in read.Tags()["scalars"]
    }

    assert found == expected
    assert [step for step, _ in found["train/loss"]] == [1, 2, 3, 4, 5]
    assert [step for step, _ in found["validation/bleu"]] == [2, 4, 5]


def test_samples_are_shown_at_each_validation_as_they_stand(
    folder: Path, read: EventAccumulator
) -> None:
    [tag] = [tag for tag in read.Tags()["tensors"] if tag.startswith("samples")]
    source = (folder / "corpus/validation.en").read_text(encoding="utf-8").splitlines()

    texts = [(event.step, event.tensor_proto.string_val[0].decode()) for event in read.Tensors(tag)]

    assert [step for step, _ in texts] == [2, 4, 5]
    for _, text in texts:
        assert [line.split(" -> ")[0] for line in text.split("\n")] == [f"    {s}" for s in source]


def test_pictures_show_the_attention_of_the_probes_over_the_steps(
    folder: Path, read: EventAccumulator
) -> None:
    probes = RunDirectory(folder / "shown").learning_record.probes()

    tags = read.Tags()["images"]

    assert sorted(tags) == sorted(f"cross-attention/{probe.text}" for probe in probes)
    for tag in tags:
        images = read.Images(tag)
        assert [image.step for image in images] == [0, 1, 2, 3, 4, 5]
        assert len({image.encoded_image_string for image in images}) == 6
        assert all(image.encoded_image_string.startswith(b"\x89PNG") for image in images)


def test_training_is_the_same_bit_for_bit(folder: Path) -> None:
    shown, plain = (
        unpack(folder / name / "checkpoints/step-00000005.safetensors")[0]
        for name in ("shown", "plain")
    )

    assert shown.keys() == plain.keys()
    assert all(torch.equal(shown[name], plain[name]) for name in plain)
    assert not (folder / "plain/tensorboard").exists()


def test_it_may_be_switched_on_when_training_goes_on(folder: Path) -> None:
    run = RunDirectory(folder / "plain")
    config = run.load_config()
    training = dataclasses.replace(config.training, tensorboard=True)
    config = dataclasses.replace(config, training=training)

    assert resolve(config, None, run.path, None).config.training.tensorboard


def test_without_the_package_it_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    config = with_tensorboard(Config())

    with pytest.raises(ConfigError) as refused:
        resolve(config, None, None, None)

    assert str(refused.value) == (
        "training.tensorboard is true, but the package tensorboard is not installed: "
        f"{installing('tensorboard')}"
    )
