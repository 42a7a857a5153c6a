"""A run that was interrupted ends as one that was not, or says why it cannot."""

import dataclasses
import math
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import append, prepare, train, without_times

import translator
from translator.compute.cache import PLACE, clear
from translator.config import Config, TokenizerConfig
from translator.errors import RunError
from translator.experiment import resuming
from translator.experiment.run_directory import RunDirectory
from translator.text.tokenizer import train_tokenizer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "sampling"), [("bpe", 0.0), ("bpe", 0.3), ("unigram", 0.2)], ids=str
)
def test_an_interrupted_run_leaves_the_same_files_as_an_uninterrupted_one(
    config: Config, tmp_path: Path, kind: str, sampling: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))
    tokenizer = TokenizerConfig(kind=kind, vocab_size=330, sampling=sampling)
    training = dataclasses.replace(config.training, keep_weights=3)
    config = dataclasses.replace(config, tokenizer=tokenizer, training=training)
    whole, parts = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "parts")
    assert train(config, whole) == "finished"

    endings = []
    for number, stop in enumerate((2, 3, 4, 7, 11, math.inf)):
        torch.manual_seed(number)
        random.seed(number)
        if number == 2:
            clear(tmp_path / "cache")
        if number == 3:
            for file in (tmp_path / "cache").glob("*/*.arrow"):
                file.write_bytes(file.read_bytes()[:-100])
        endings.append(train(config, parts, stop, resumes=number > 0))

    assert endings == ["interrupted"] * 5 + ["finished"]
    tensors, facts = whole.checkpoints.load_newest()
    resumed_tensors, resumed_facts = parts.checkpoints.load_newest()
    assert resumed_tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(resumed_tensors[name], tensor), name
    assert resumed_facts["state"].pop("seconds") > 0
    assert facts["state"].pop("seconds") > 0
    assert resumed_facts == facts
    assert facts["state"]["epoch"] >= 2, "the test needs a run of several epochs"
    names = ["model.safetensors", "tokenizer.model", "config.yaml", "hypotheses/test.txt"]
    recorded = [path for part in ("attention", "weights") for path in (whole.path / part).iterdir()]
    assert len(recorded) == 1 + 15 + 3, "probes, snapshots of all steps, weights of some"
    for name in [*names, *(path.relative_to(whole.path) for path in recorded)]:
        assert (parts.path / name).read_bytes() == (whole.path / name).read_bytes()
    assert [without_times(event) for event in parts.metrics.events()] == [
        without_times(event) for event in whole.metrics.events()
    ]
    assert parts.results.load() == whole.results.load()


@pytest.mark.slow
def test_what_comes_after_the_checkpoint_is_done_and_logged_again(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run)
    events = [without_times(event) for event in run.metrics.events()]
    model = run.model_file.read_bytes()
    newest = run.path / "checkpoints" / "step-00000014.safetensors"
    tensors, _ = run.checkpoints.load_newest()
    newest.unlink()  # as if the machine had failed just before
    run.model_file.unlink()

    assert train(config, run, resumes=True) == "finished"

    assert [without_times(event) for event in run.metrics.events()] == events
    assert run.model_file.read_bytes() == model
    again = load_file(newest)
    assert all(torch.equal(tensor, again[name]) for name, tensor in tensors.items())


@pytest.mark.slow
def test_a_run_killed_before_its_first_checkpoint_begins_again(
    config: Config, tmp_path: Path
) -> None:
    whole, killed = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "killed")
    train(config, whole)
    killed.create(config)
    killed.save_tokenizer(prepare(config).tokenizer)
    killed.metrics.append({"event": "corpus", "step": 0})
    killed.metrics.append({"event": "train", "step": 1, "loss": 9.9})

    assert train(config, killed, resumes=True) == "finished"

    assert killed.model_file.read_bytes() == whole.model_file.read_bytes()
    assert [event["step"] for event in killed.metrics.events()] == [
        e["step"] for e in whole.metrics.events()
    ]


def test_a_model_without_a_checkpoint_is_not_trained_over(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    shutil.rmtree(run.checkpoints.folder)
    model = run.model_file.read_bytes()

    with pytest.raises(RunError, match=r"has a model but no checkpoint.*--init_from"):
        translator.train(resume=run.path, device="cpu")

    assert run.model_file.read_bytes() == model


def test_killed_between_its_checkpoint_and_its_model_a_run_gets_the_best_model(
    config: Config, tmp_path: Path
) -> None:
    whole, killed = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "killed")
    train(config, whole)
    shutil.copytree(whole.path, killed.path)
    killed.model_file.unlink()

    assert train(config, killed, resumes=True) == "finished"

    assert killed.model_file.read_bytes() == whole.model_file.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("rates", [5e-3, 3.0])
def test_without_its_newest_checkpoint_a_run_goes_on_from_the_one_before_to_the_same_end(
    config: Config, tmp_path: Path, rates: float
) -> None:
    """Whether the last validation was the best or not."""
    training = dataclasses.replace(config.training, learning_rate=rates)
    config = dataclasses.replace(config, training=training)
    run = RunDirectory(tmp_path / "run")
    train(config, run)
    model, kept = run.model_file.read_bytes(), list(run.checkpoints.files())
    run.checkpoints.file_of(kept[-1]).write_bytes(b"damaged")

    with pytest.raises(RunError, match=f"without it, training continues from step {kept[-2]}$"):
        translator.train(resume=run.path, device="cpu")
    run.checkpoints.file_of(kept[-1]).unlink()
    assert train(config, run, resumes=True) == "finished"

    assert run.model_file.read_bytes() == model
    assert list(run.checkpoints.files()) == kept


@pytest.mark.parametrize("changed", ["seed", "tokenizer"])
def test_the_checkpoint_of_another_run_is_not_resumed(
    config: Config, tmp_path: Path, changed: str
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    experiment = prepare(config, run)
    if changed == "seed":
        other = dataclasses.replace(config.training, seed=config.training.seed + 1)
        experiment = dataclasses.replace(
            experiment, config=dataclasses.replace(config, training=other)
        )
    else:
        texts = [src[::-1] for src, _ in experiment.corpus.splits["train"]]
        experiment = dataclasses.replace(
            experiment, tokenizer=train_tokenizer(texts, config.tokenizer)
        )

    with pytest.raises(
        RunError, match=r"(has other settings than|is not the) .*step-00000002.*was trained with"
    ):
        resuming.restore(experiment, run)


def test_a_moved_corpus_is_resumed_where_its_text_is_the_same_and_its_place_is_noted(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    moved = shutil.move(tmp_path / "corpus", tmp_path / "elsewhere")
    config = dataclasses.replace(
        config, corpus=dataclasses.replace(config.corpus, source=str(moved))
    )

    translator.train(config, resume=run.path, device="cpu")

    assert run.load_config().corpus.source == str(moved)
    assert run.results.load()["test"]


def test_the_checkpoint_of_a_run_that_began_with_other_weights_is_not_resumed(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    text = run.config_file.read_text(encoding="utf-8")
    run.config_file.write_text(f"init_from: runs/donor\n{text}", encoding="utf-8")

    with pytest.raises(
        RunError, match=r"the weights of runs/donor, but .*00000002.* names no other run"
    ):
        resuming.restore(prepare(config, run), run)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (lambda tensors, facts: facts["state"].update(best_step=None), "best_step is None"),
        (lambda tensors, facts: facts.pop("state"), "'state'"),
        (lambda tensors, facts: facts.pop("threads"), "'threads'"),
        (lambda tensors, facts: facts.pop("corpus_sha256"), "'corpus_sha256'"),
        (lambda tensors, facts: facts.update(config=[1]), "not a mapping of sections"),
        (lambda tensors, facts: tensors.popitem(), ""),
        (
            lambda tensors, facts: tensors.update(
                {"model.embedding.weight": tensors["model.embedding.weight"][:1]}
            ),
            r"model.embedding.weight is \[1, 24\], not \[",
        ),
    ],
)
def test_whatever_else_a_checkpoint_may_hold_is_refused_at_the_door(
    config: Config, tmp_path: Path, tamper: Callable[[Any, Any], object], message: str
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    tensors, facts = run.checkpoints.load_newest()
    tamper(tensors, facts)
    run.checkpoints.save(2, tensors, facts, best_step=2)

    with pytest.raises(RunError, match=f"step-00000002.* does not fit this version.*{message}"):
        resuming.restore(prepare(config, run), run)


def test_a_changed_corpus_is_not_resumed(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    events = run.metrics.events()
    file = tmp_path / "corpus" / "train.de"
    file.write_text(file.read_text(encoding="utf-8").replace("Hund", "Hand", 1), encoding="utf-8")
    experiment = prepare(config, run)

    with pytest.raises(RunError, match=r"corpus .* is not the one .*--init_from"):
        resuming.restore(experiment, run)

    assert experiment.learner.state.step == 0
    assert run.metrics.events() == events


def test_a_changed_validation_set_is_not_resumed_but_a_changed_test_set_is(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)

    append(tmp_path / "corpus" / "test", "the dog sees the tree", "der Hund sieht den Baum")
    resuming.restore(prepare(config, run), run)

    append(tmp_path / "corpus" / "validation", "the dog sees the tree", "der Hund sieht den Baum")
    with pytest.raises(RunError, match="is not the one"):
        resuming.restore(prepare(config, run), run)


def test_resuming_with_another_number_of_threads_is_told(
    config: Config,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    two_threads: Callable[[], None],
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    caplog.clear()
    resuming.restore(prepare(config, run), run)
    assert caplog.messages == []

    two_threads()
    resuming.restore(prepare(config, run), run)

    assert len(caplog.messages) == 1
    assert "threads was 1 and is now 2" in caplog.messages[0]
    assert "not bit for bit" in caplog.messages[0]


def test_a_run_that_stopped_early_stays_stopped(config: Config, tmp_path: Path) -> None:
    hopeless = dataclasses.replace(
        config.training, patience=1, max_steps=60, eval_every=5, learning_rate=1e-9, metric="bleu"
    )
    config = dataclasses.replace(config, training=hopeless)
    run = RunDirectory(tmp_path / "run")
    assert train(config, run) == "stopped early"
    before = run.checkpoints.load_newest()[1]["state"]

    assert train(config, run, resumes=True) == "stopped early"

    assert run.checkpoints.load_newest()[1]["state"] == before


def test_a_checkpoint_of_another_version_is_an_error_that_says_what_to_do(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    tensors, facts = run.checkpoints.load_newest()
    facts["state"]["from_the_future"] = 1
    run.checkpoints.save(3, tensors, facts, best_step=3)

    with pytest.raises(RunError, match=r"does not fit this version.*--init_from"):
        resuming.restore(prepare(config, run), run)


@pytest.fixture
def two_threads() -> Iterator[Callable[[], None]]:
    yield lambda: torch.set_num_threads(2)
    torch.set_num_threads(1)
