"""A whole run on a tiny corpus: exact resumption, starting from another run, checks that write
nothing, and scores that are those of the translations beside them."""

import dataclasses
import json
import logging
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import translator
from translator import evaluation
from translator.cli import main as cli
from translator.compute.distributed import World
from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import ConfigError, DivergedError, RunError
from translator.experiment import experiment as lab
from translator.experiment import rehearsal
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory
from translator.training.loop import Ending

CPU = torch.device("cpu")
NOUNS = {"dog": "Hund", "man": "Mann", "bird": "Vogel", "tree": "Baum", "king": "König"}
VERBS = {"runs": "rennt", "sings": "singt", "waits": "wartet", "falls": "fällt"}
ADVERBS = {"today": "heute", "here": "hier", "alone": "allein", "slowly": "langsam", "": ""}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Validations after steps 4, 8, 12 and 14; some steps to an epoch."""
    write_corpus(tmp_path / "corpus")
    return Config(
        corpus=CorpusConfig(source=str(tmp_path / "corpus")),
        tokenizer=TokenizerConfig(vocab_size=330),
        model=ModelConfig(
            d_model=24,
            num_heads=2,
            d_ff=36,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dropout=0.2,
            attention_dropout=0.1,
        ),
        training=TrainingConfig(
            optimizer="adamw",
            schedule="cosine",
            max_steps=14,
            batch_tokens=240,
            accumulate=2,
            learning_rate=5e-3,
            warmup_steps=3,
            eval_every=4,
            log_every=1,
            metric="loss",
        ),
        decoding=DecodingConfig(beam_size=2),
    )


@pytest.mark.parametrize(
    ("kind", "sampling"), [("bpe", 0.0), ("bpe", 0.3), ("unigram", 0.2)], ids=str
)
def test_an_interrupted_run_leaves_the_same_files_as_an_uninterrupted_one(
    config: Config, tmp_path: Path, kind: str, sampling: float
) -> None:
    tokenizer = TokenizerConfig(kind=kind, vocab_size=330, sampling=sampling)
    config = dataclasses.replace(config, tokenizer=tokenizer)
    whole, parts = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "parts")
    assert train(config, whole) == "finished"

    endings = []
    for number, stop in enumerate((2, 3, 4, 7, 11, math.inf)):
        torch.manual_seed(number)
        random.seed(number)
        endings.append(train(config, parts, stop, resumes=number > 0))

    assert endings == ["interrupted"] * 5 + ["finished"]
    tensors, facts = whole.load_checkpoint()
    resumed_tensors, resumed_facts = parts.load_checkpoint()
    assert resumed_tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(resumed_tensors[name], tensor), name
    assert resumed_facts["state"].pop("seconds") > 0
    assert facts["state"].pop("seconds") > 0
    assert resumed_facts == facts
    assert facts["state"]["epoch"] >= 2, "the test needs a run of several epochs"
    for name in ("model.safetensors", "tokenizer.model", "config.yaml", "hypotheses/test.txt"):
        assert (parts.path / name).read_bytes() == (whole.path / name).read_bytes()
    assert [without_times(event) for event in parts.events()] == [
        without_times(event) for event in whole.events()
    ]
    assert parts.load_results() == whole.load_results()


def test_what_comes_after_the_checkpoint_is_done_and_logged_again(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run)
    events = [without_times(event) for event in run.events()]
    model = run.model_file.read_bytes()
    newest = run.path / "checkpoints" / "step-00000014.safetensors"
    tensors, _ = run.load_checkpoint()
    newest.unlink()  # as if the machine had failed just before
    run.model_file.unlink()

    assert train(config, run, resumes=True) == "finished"

    assert [without_times(event) for event in run.events()] == events
    assert run.model_file.read_bytes() == model
    again = load_file(newest)
    assert all(torch.equal(tensor, again[name]) for name, tensor in tensors.items())


@pytest.mark.parametrize(("kind", "sampling"), [("bpe", 0.3), ("unigram", 0.2)])
def test_subwords_are_sampled_anew_in_each_epoch_of_training_and_never_in_validation(
    config: Config, kind: str, sampling: float
) -> None:
    tokenizer = TokenizerConfig(kind=kind, vocab_size=330, sampling=sampling)
    experiment = prepare(dataclasses.replace(config, tokenizer=tokenizer))

    first, second, again = (lab._epoch_pairs(experiment, epoch) for epoch in (0, 1, 0))

    assert first == again
    assert first != second
    for pairs in (first, second):
        assert texts_of(experiment, pairs) == experiment.corpus.splits["train"]
    for name in ("train", "validation"):
        assert texts_of(experiment, experiment.ids[name]) == experiment.corpus.splits[name]
        sources = [src for src, _ in experiment.corpus.splits[name]]
        assert [src for src, _ in experiment.ids[name]] == experiment.tokenizer.encode_all(sources)


def test_the_model_that_is_kept_is_the_average_that_was_best_on_validation(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    validation = tmp_path / "corpus" / "validation.de"
    backwards = [" ".join(line.split()[::-1]) for line in lines(validation)]
    validation.write_text("".join(f"{line}\n" for line in backwards), encoding="utf-8")
    training = dataclasses.replace(
        config.training,
        metric="loss",
        max_steps=50,
        eval_every=5,
        learning_rate=0.05,
        average_decay=0.9,
        label_smoothing=0.0,
    )

    train(dataclasses.replace(config, training=training), run)

    values = {e["step"]: e["loss"] for e in run.events() if e["event"] == "validation"}
    best = min(values, key=lambda step: values[step])
    assert 5 < best < 50, "the test needs a best validation between the first and the last"
    assert sorted(path.name for path in (run.path / "checkpoints").iterdir()) == [
        f"step-{step:08d}.safetensors" for step in (best, 50)
    ]
    checkpoint = load_file(run.path / "checkpoints" / f"step-{best:08d}.safetensors")
    for name, tensor in load_file(run.model_file).items():
        assert torch.equal(tensor, checkpoint[f"average.{name}"])
        assert not torch.equal(tensor, checkpoint[f"model.{name}"])


def test_of_scores_the_highest_are_kept(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    training = dataclasses.replace(
        config.training,
        metric="chrf",
        max_steps=20,
        eval_every=3,
        keep_best=2,
        learning_rate=0.02,
        fix_norm=False,
    )

    train(dataclasses.replace(config, training=training), run)

    values = {e["step"]: e["chrf"] for e in run.events() if e["event"] == "validation"}
    last = values.pop(20)
    best, second, *_ = sorted(values, key=lambda step: -values[step])
    assert sorted(path.name for path in (run.path / "checkpoints").iterdir()) == [
        f"step-{step:08d}.safetensors" for step in sorted([best, second, 20])
    ]
    assert max(values.values()) > min(values.values()) + 1
    _, facts = run.load_checkpoint()
    assert facts["state"]["best"] == max(last, values[best])


def test_a_run_stopped_before_its_first_validation_has_a_model_all_the_same(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")

    train(config, run, stop=2)

    assert len(translator.load(run.path).translate(["the dog runs"])) == 1


def test_a_run_killed_before_its_first_checkpoint_begins_again(
    config: Config, tmp_path: Path
) -> None:
    whole, killed = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "killed")
    train(config, whole)
    killed.create(config)
    killed.save_tokenizer(prepare(config).tokenizer)
    killed.log({"event": "corpus", "step": 0})
    killed.log({"event": "train", "step": 1, "loss": 9.9})

    assert train(config, killed, resumes=True) == "finished"

    assert killed.model_file.read_bytes() == whole.model_file.read_bytes()
    assert [event["step"] for event in killed.events()] == [e["step"] for e in whole.events()]


def test_a_changed_corpus_is_not_resumed(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    events = run.events()
    file = tmp_path / "corpus" / "train.de"
    file.write_text(file.read_text(encoding="utf-8").replace("Hund", "Hand", 1), encoding="utf-8")
    experiment = prepare(config, run)

    with pytest.raises(RunError, match=r"corpus .* is not the one .*--init_from"):
        lab.restore(experiment, run)

    assert experiment.learner.state.step == 0
    assert run.events() == events


def test_a_changed_validation_set_is_not_resumed_but_a_changed_test_set_is(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)

    append(tmp_path / "corpus" / "test", "the dog sees the tree", "der Hund sieht den Baum")
    lab.restore(prepare(config, run), run)

    append(tmp_path / "corpus" / "validation", "the dog sees the tree", "der Hund sieht den Baum")
    with pytest.raises(RunError, match="is not the one"):
        lab.restore(prepare(config, run), run)


def test_resuming_with_another_number_of_threads_is_told(
    config: Config,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    two_threads: Callable[[], None],
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    caplog.clear()
    lab.restore(prepare(config, run), run)
    assert caplog.messages == []

    two_threads()
    lab.restore(prepare(config, run), run)

    assert len(caplog.messages) == 1
    assert "threads was 1 and is now 2" in caplog.messages[0]
    assert "not bit for bit" in caplog.messages[0]


def test_what_models_wrote_longer_than_a_batch_is_left_out_and_counted(
    config: Config, tmp_path: Path
) -> None:
    train_file = tmp_path / "corpus" / "train.jsonl"
    before = prepare(config).corpus.splits["train"]
    append(train_file, "the dog " * 28, "ü" * 119)  # 224 and 238 bytes: 240 with the two others
    append(train_file, "the cat", "ü" * 118 + "abc")  # a byte more
    of_words = dataclasses.replace(config.corpus, max_length_ratio=0)

    found = lab.prepare(config, CPU, World(), text=of_words).corpus

    assert found.splits["train"][:-1] == before
    assert found.splits["train"][-1][1] == "ü" * 119
    assert found.cleaning["longer than a batch"] == 1


def test_another_seed_begins_with_other_weights_and_the_same_seed_with_the_same(
    config: Config,
) -> None:
    torch.manual_seed(5)
    first = prepare(config)
    torch.manual_seed(6)
    same = prepare(config)
    other = prepare(
        dataclasses.replace(config, training=dataclasses.replace(config.training, seed=2))
    )

    weights = [e.learner.model.embedding.weight for e in (first, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.allclose(weights[0], weights[2], atol=0.01)
    assert first.tokenizer.model == other.tokenizer.model


def test_a_validation_line_has_loss_and_scores_with_their_signatures(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")

    train(config, run)

    *_, train_line, line = run.events()
    scores = {"loss", "bleu", "bleu_signature", "chrf", "chrf_signature"}
    assert line.keys() == {"event", "step", "epoch", "seconds"} | scores
    assert str(line["bleu_signature"]).startswith("nrefs:1|case:mixed")
    assert "version:" in str(line["chrf_signature"])
    rest = {"loss", "learning_rate", "grad_norm", "target_tokens_per_second"}
    assert train_line.keys() == {"event", "step", "epoch", "seconds"} | rest


def test_results_are_the_scores_of_the_translations_beside_them(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    write_corpus(tmp_path / "corpus", extra="hard")
    training = dataclasses.replace(config.training, max_steps=30, eval_every=30, learning_rate=0.02)

    train(dataclasses.replace(config, training=training), run)

    results = run.load_results()
    assert set(results) == {"test", "hard"}
    for split, result in results.items():
        hypotheses = lines(run.path / "hypotheses" / f"{split}.txt")
        references = lines(tmp_path / "corpus" / f"{split}.de")
        sources = lines(tmp_path / "corpus" / f"{split}.en")
        expected = json.loads(json.dumps(asdict(evaluation.score(hypotheses, references))))
        assert {name: result[name] for name in expected} == expected
        assert result["sentences"] == len(hypotheses) == len(references)
        assert (result["beam_size"], result["length_penalty"]) == (2, 1.0)
        assert translator.load(run.path).translate(sources) == hypotheses
        assert expected["chrf"]["value"] > 0
    assert results["test"]["chrf"] != results["hard"]["chrf"]
    card = (run.path / "README.md").read_text(encoding="utf-8")
    assert f"| hard | chrF2 {results['hard']['chrf']['value']:.2f} |" in card
    assert "in 0." in card
    assert "30 steps" in card


def test_training_reaches_good_translations_through_the_command(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run = RunDirectory(tmp_path / "run")

    assert cli.train([*arguments(config, max_steps=120), f"--run={run.path}"], "train.py") == 0

    assert run.load_results()["test"]["chrf"]["value"] > 80
    assert b"test: BLEU " in capfdbinary.readouterr().out


def test_init_from_begins_with_the_weights_and_the_vocabulary_of_the_other_run(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor, heir = RunDirectory(tmp_path / "donor"), RunDirectory(tmp_path / "heir")
    options = arguments(config, max_steps=60)
    cli.train([*options, f"--run={donor.path}"], "train.py")
    first_line = validations(donor)[0]
    last_line = validations(donor)[-1]
    write_corpus(tmp_path / "corpus", nouns={"cat": "Katze", "house": "Haus", "mouse": "Maus"})

    options = arguments(config, max_steps=1, learning_rate=1e-7, eval_every=1)
    cli.train([*options, f"--init_from={donor.path}", f"--run={heir.path}"], "train.py")

    assert heir.tokenizer_file.read_bytes() == donor.tokenizer_file.read_bytes()
    assert heir.load_checkpoint()[1]["state"]["step"] == 1
    for name, weight in load_file(donor.model_file).items():
        torch.testing.assert_close(load_file(heir.model_file)[name], weight, rtol=0, atol=1e-5)
    assert heir.load_config().training.max_steps == 1
    card = (heir.path / "README.md").read_text(encoding="utf-8")
    assert f"trained from the weights of `{donor.path}` on\n" in card
    assert "trained from scratch on\n" in (donor.path / "README.md").read_text(encoding="utf-8")
    # The held-out splits are the same.
    assert validations(heir)[0]["loss"] == pytest.approx(last_line["loss"], rel=0.01)
    assert float(str(last_line["loss"])) < 0.5 * float(str(first_line["loss"]))


def test_killed_before_its_first_checkpoint_an_heir_begins_with_the_same_weights_again(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor, heir = RunDirectory(tmp_path / "donor"), RunDirectory(tmp_path / "heir")
    cli.train([*arguments(config, max_steps=20), f"--run={donor.path}"], "train.py")
    options = arguments(config, max_steps=3, eval_every=3)
    cli.train([*options, f"--init_from={donor.path}", f"--run={heir.path}"], "train.py")
    whole = load_file(heir.model_file)
    killed = RunDirectory(tmp_path / "killed")
    killed.create(heir.load_config())
    killed.save_tokenizer(heir.load_tokenizer())
    experiment = prepare(heir.load_config(), killed)
    lab.start_from(experiment, donor)
    lab.save_best(experiment, killed)

    cli.train([f"--resume={killed.path}"], "train.py")

    for name, weight in load_file(killed.model_file).items():
        assert torch.equal(weight, whole[name])


def test_a_run_whose_first_checkpoint_was_not_written_begins_anew_not_with_its_model(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    for file in (run.path / "checkpoints").iterdir():
        file.unlink()
    experiment = prepare(config, run)
    fresh = experiment.learner.model.embedding.weight.clone()

    lab.restore(experiment, run)

    assert torch.equal(experiment.learner.model.embedding.weight, fresh)


def test_a_run_killed_while_it_took_the_weights_is_not_resumed_with_random_ones(
    config: Config, tmp_path: Path
) -> None:
    donor, heir = RunDirectory(tmp_path / "donor"), RunDirectory(tmp_path / "heir")
    cli.train([*arguments(config, max_steps=2), f"--run={donor.path}"], "train.py")
    heir.create(config)
    heir.model_file.write_bytes(donor.model_file.read_bytes())

    with pytest.raises(RunError, match=r"heir was killed while .* again with --init_from"):
        cli.train([f"--resume={heir.path}"], "train.py")

    assert not heir.tokenizer_file.exists()


def test_init_from_refuses_another_shape(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor = RunDirectory(tmp_path / "donor")
    train(config, donor, stop=2)

    with pytest.raises(ConfigError, match=r"model\.d_ff: 36 in the run, 40 asked"):
        cli.train(
            [f"--init_from={donor.path}", f"--run={tmp_path / 'heir'}", "--model.d_ff=40"],
            "train.py",
        )

    assert not (tmp_path / "heir").exists()


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

    assert not changed.model.drops_anything
    dropout = {"dropout": 0.0, "attention_dropout": 0.0, "layer_dropout": 0.0}
    assert changed.model == dataclasses.replace(config.model, **dropout)
    assert (changed.training.label_smoothing, changed.training.weight_decay) == (0, 0)
    assert changed.training.consistency == 0
    assert changed.training.learning_rate == config.training.learning_rate
    assert (changed.corpus, changed.tokenizer) == (config.corpus, config.tokenizer)


def test_a_run_that_stopped_early_stays_stopped(config: Config, tmp_path: Path) -> None:
    hopeless = dataclasses.replace(
        config.training, patience=1, max_steps=60, eval_every=5, learning_rate=1e-9, metric="bleu"
    )
    config = dataclasses.replace(config, training=hopeless)
    run = RunDirectory(tmp_path / "run")
    assert train(config, run) == "stopped early"
    before = run.load_checkpoint()[1]["state"]

    assert train(config, run, resumes=True) == "stopped early"

    assert run.load_checkpoint()[1]["state"] == before


def test_a_checkpoint_of_another_version_is_an_error_that_says_what_to_do(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    tensors, facts = run.load_checkpoint()
    facts["state"]["from_the_future"] = 1
    run.save_checkpoint(3, tensors, facts, keep_best=1, higher_is_better=False)

    with pytest.raises(RunError, match=r"does not fit this version.*--init_from"):
        lab.restore(prepare(config, run), run)


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

    assert cli.train([*arguments(config, learning_rate=0.02, max_steps=500), check], "t.py") == 0

    assert contents(tmp_path) == before
    assert b"Nothing was written." in capfdbinary.readouterr().out


def test_a_dry_run_says_what_its_minutes_leave_out_or_include(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    donor = RunDirectory(tmp_path / "donor")
    train(config, donor, stop=2)
    asked = ["--dry_run", "--minimum_risk.max_steps=5", "--diversification.models=1"]
    said = []

    for begins in ([], [f"--init_from={donor.path}"]):
        assert cli.train([*arguments(config, max_steps=9), *asked, *begins], "t.py") == 0
        said.append(capfdbinary.readouterr().out.decode())

    assert "(that of its teachers included) (its second phase not counted)" in said[0]
    # From another run there is the second phase alone, and nothing for teachers to do.
    assert "teachers" not in said[1]
    assert "second phase" not in said[1]


def test_the_timing_before_training_leaves_no_trace_in_it(config: Config, tmp_path: Path) -> None:
    timed, untimed = prepare(config), prepare(config)
    runs = [RunDirectory(tmp_path / name) for name in ("timed", "untimed")]

    assert rehearsal.expected_seconds(timed) > 0
    for experiment, run in zip((timed, untimed), runs, strict=True):
        run.create(config)
        run.save_tokenizer(experiment.tokenizer)
        lab.run_training(experiment, run, lambda: False)

    tensors = [run.load_checkpoint()[0] for run in runs]
    assert all(torch.equal(tensor, tensors[1][name]) for name, tensor in tensors[0].items())


@pytest.fixture
def two_threads() -> Iterator[Callable[[], None]]:
    yield lambda: torch.set_num_threads(2)
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_handlers_left() -> Iterator[None]:
    """Commands set the level of the root logger; put it back."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


def write_corpus(
    folder: Path, nouns: dict[str, str] | None = None, extra: str | None = None
) -> None:
    """train, validation and test of sentences of three words; the held-out ones never change."""
    folder.mkdir(exist_ok=True)
    pairs = sentences(NOUNS)
    held_out, rest = pairs[:19], pairs[19:]
    splits = {
        "train": rest if nouns is None else rest + sentences(nouns),
        "validation": held_out[:8],
        "test": held_out[8:],
    }
    if extra is not None:
        splits[extra] = [(f"{src} .", f"{tgt} und {tgt}") for src, tgt in held_out[8:13]]
    for split, chosen in splits.items():
        for number, language in enumerate(("en", "de")):
            text = "".join(f"{pair[number]}\n" for pair in chosen)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")


def sentences(nouns: dict[str, str]) -> list[tuple[str, str]]:
    pairs = [
        (" ".join(["the", *noun, *verb, *adverb]), " ".join(["der", *other]))
        for noun, verb, adverb, other in (
            ([noun], [verb], [adverb] * bool(adverb), [nouns[noun], VERBS[verb], ADVERBS[adverb]])
            for noun in nouns
            for verb in VERBS
            for adverb in ADVERBS
        )
    ]
    pairs = [(src, tgt.strip()) for src, tgt in pairs]
    random.Random(1).shuffle(pairs)
    return pairs


def append(file: Path, src: str, tgt: str) -> None:
    for language, text in (("en", src), ("de", tgt)):
        with file.with_suffix(f".{language}").open("a", encoding="utf-8") as opened:
            opened.write(f"{text}\n")


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")[:-1]


def prepare(config: Config, run: RunDirectory | None = None) -> Experiment:
    return lab.prepare(config, CPU, World(), run.load_tokenizer() if run else None)


def train(
    config: Config, run: RunDirectory, stop: float = math.inf, resumes: bool = False
) -> Ending:
    """What the command does, with an interruption after step `stop`."""
    experiment = prepare(config, run if resumes else None)
    if resumes:
        lab.restore(experiment, run)
    else:
        run.create(config)
        run.save_tokenizer(experiment.tokenizer)
    ending = lab.run_training(experiment, run, lambda: experiment.learner.state.step == stop)
    if ending == "finished":
        lab.finish(experiment, run)
    return ending


def with_learning_rate(config: Config, learning_rate: float) -> Config:
    training = dataclasses.replace(
        config.training, learning_rate=learning_rate, warmup_steps=10, max_steps=300
    )
    return dataclasses.replace(config, training=training)


def arguments(
    config: Config, *, max_steps: int, learning_rate: float = 0.02, eval_every: int = 20
) -> list[str]:
    shape = dataclasses.asdict(config.model)
    return [
        "--device=cpu",
        f"--corpus.source={config.corpus.source}",
        "--tokenizer.vocab_size=330",
        *(f"--model.{name}={value}" for name, value in shape.items() if "dropout" not in name),
        "--model.dropout=0",
        "--training.optimizer=adamw",
        f"--training.max_steps={max_steps}",
        f"--training.learning_rate={learning_rate}",
        f"--training.eval_every={eval_every}",
        "--training.warmup_steps=10",
        "--training.batch_tokens=400",
        "--training.average_decay=0.9",
    ]


def validations(run: RunDirectory) -> list[dict[str, object]]:
    return [event for event in run.events() if event["event"] == "validation"]


def without_times(event: dict[str, object]) -> dict[str, object]:
    times = ("seconds", "target_tokens_per_second")
    return {name: value for name, value in event.items() if name not in times}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def texts_of(
    experiment: Experiment, pairs: list[tuple[list[int], list[int]]]
) -> list[tuple[str, str]]:
    decode = experiment.tokenizer.decode
    return [(decode(src), decode(tgt)) for src, tgt in pairs]
