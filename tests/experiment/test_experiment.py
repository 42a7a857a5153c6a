"""A whole run on a tiny corpus: what it trains on, which model it keeps, and what it scores."""

import dataclasses
import itertools
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import CPU, append, arguments, lines, prepare, train, write_corpus

import translator
from translator import evaluation
from translator.cli.main import run_command
from translator.compute.distributed import World
from translator.config import Config, TokenizerConfig
from translator.errors import CorpusError, RunError
from translator.experiment import checks, training_run
from translator.experiment import experiment as lab
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory
from translator.text.batching import IdPair


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "sampling"), [("bpe", 0.3), ("unigram", 0.2)])
def test_subwords_are_sampled_anew_in_each_epoch_of_training_and_never_in_validation(
    config: Config, kind: str, sampling: float
) -> None:
    tokenizer = TokenizerConfig(kind=kind, vocab_size=330, sampling=sampling)
    experiment = prepare(dataclasses.replace(config, tokenizer=tokenizer))

    first, second, again = (pairs_of_epoch(experiment, epoch) for epoch in (0, 1, 0))

    assert first == again
    assert first != second
    for pairs in (first, second):
        assert sorted(texts_of(experiment, pairs)) == sorted(experiment.corpus.train)
    held_out = experiment.corpus.held_out["validation"]
    for ids, pairs in (
        (experiment.epochs.ids, experiment.corpus.train),
        (experiment.validation, held_out),
    ):
        assert texts_of(experiment, ids) == pairs
        sources = [src for src, _ in pairs]
        assert [src for src, _ in ids] == experiment.tokenizer.encode_all(sources)


@pytest.mark.slow
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

    values = {e["step"]: e["loss"] for e in run.metrics.events() if e["event"] == "validation"}
    best = min(values, key=lambda step: values[step])
    assert 5 < best < 50, "the test needs a best validation between the first and the last"
    assert sorted(path.name for path in (run.path / "checkpoints").iterdir()) == [
        f"step-{step:08d}.safetensors" for step in (best, 50)
    ]
    checkpoint = load_file(run.path / "checkpoints" / f"step-{best:08d}.safetensors")
    for name, tensor in load_file(run.model_file).items():
        assert torch.equal(tensor, checkpoint[f"average.{name}"])
        assert not torch.equal(tensor, checkpoint[f"model.{name}"])


@pytest.mark.slow
def test_the_checkpoint_with_the_highest_score_is_kept(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    training = dataclasses.replace(
        config.training,
        metric="chrf",
        max_steps=26,
        eval_every=4,
        learning_rate=0.05,
    )

    train(dataclasses.replace(config, training=training), run)

    values = {e["step"]: e["chrf"] for e in run.metrics.events() if e["event"] == "validation"}
    last = values.pop(26)
    best = max(values, key=lambda step: values[step])
    kept = list(run.checkpoints.files())
    assert kept[-1] == 26
    assert best in kept
    assert len(kept) == (2 if values[best] >= last else 3)
    assert max(values.values()) > min(values.values()) + 1
    _, facts = run.checkpoints.load_newest()
    assert facts["state"]["best_rank"][0] == max(last, values[best])


def test_where_all_references_are_short_chrf_chooses_the_weights_and_the_user_is_told(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = [("red dog", "rot Hund"), ("old cat", "alt Katze"), ("big car", "gross Auto")]
    run = RunDirectory(tmp_path / "run")
    config = by_bleu(config, tmp_path / "short", pairs)

    with caplog.at_level(logging.WARNING):
        assert train(config, run) == "finished"

    assert [record.getMessage() for record in caplog.records] == [
        "all validation references are under 4 tokens, so exact translations have BLEU 0: "
        "chrF chooses the best weights",
        "all references of test are under 4 tokens, so exact translations have BLEU 0: use chrF",
    ]
    values = {e["step"]: (e["chrf"], -e["loss"]) for e in validations(run)}
    _, facts = run.load_model(config, run.load_tokenizer())
    assert facts["step"] == max(values, key=values.__getitem__)
    assert "best on validation (chrf)" in (run.path / "README.md").read_text(encoding="utf-8")
    assert run.load_config().training.metric == "bleu"  # what was asked


def test_scores_that_cannot_be_written_are_logged_before(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = RunDirectory(tmp_path / "run")
    assert train(config, run, stop=1) == "interrupted"
    (run.path / "hypotheses").write_bytes(b"")  # in the place of the folder
    caplog.set_level(logging.INFO)

    with pytest.raises(RunError, match=r"^the scores of test are shown but not kept: \S+hypothes"):
        training_run.finish(prepare(config, run), run)

    assert re.fullmatch(r"test is scored: BLEU \d+\.\d\d, chrF \d+\.\d\d", caplog.messages[-1])
    assert not run.results.file.exists()


def test_broken_results_are_refused_before_the_first_step(config: Config, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    train(config, run, stop=2)
    run.results.file.write_text("null", encoding="utf-8")
    lines_before = run.metrics.file.read_bytes()

    with pytest.raises(RunError, match=r"results\.json is broken"):
        checks.dry_run(resume=run.path, device="cpu")

    assert run.metrics.file.read_bytes() == lines_before


@pytest.mark.parametrize(
    "pair", [("a red dog", "一只红色的狗"), ("a red dog runs", "ein roter Hund rennt")]
)
def test_bleu_chooses_the_weights_where_a_reference_has_four_tokens(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture, pair: tuple[str, str]
) -> None:
    caplog.set_level(logging.WARNING)
    pairs = [("dog", "Hund"), pair, ("cat", "Katze")]

    experiment = prepare(by_bleu(config, tmp_path / "longer", pairs))

    assert experiment.training.metric == "bleu"
    assert "BLEU" not in caplog.text


def test_a_run_stopped_before_its_first_validation_has_a_model_all_the_same(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")

    train(config, run, stop=2)

    assert len(translator.load(run.path).translate(["the dog runs"])) == 1


def test_a_training_pair_longer_than_a_batch_is_left_out_counted_and_named(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tokenizer, before = prepare(config).tokenizer, prepare(config)
    train_file = tmp_path / "corpus" / "train.jsonl"
    append(train_file, "the cat", "ż" * 119)  # unknown to the vocabulary: two bytes each
    append(train_file, "a bird", "ż" * 119 + "ab")

    found = lab.prepare(config, CPU, World(), tokenizer)

    number = len(before.corpus.train) + 2
    assert found.corpus.train[:-1] == before.corpus.train[:]
    assert found.epochs.ids[:-1] == before.epochs.ids[:]
    assert len(found.epochs.ids[-1][1]) == 240
    assert found.corpus.cleaning["longer than a batch"] == 1
    assert caplog.messages == [
        f"dropped 1 of {number} training pairs, longer than training.batch_tokens (240): "
        f"pairs {number} of the source"
    ]


def test_a_pair_with_a_word_of_thousands_of_letters_has_no_part_in_the_vocabulary(
    config: Config, tmp_path: Path
) -> None:
    before = prepare(config)
    append(tmp_path / "corpus" / "train.jsonl", "the cat", "ab" * 501)

    found = prepare(config)

    assert found.tokenizer.model == before.tokenizer.model
    assert found.epochs.ids == before.epochs.ids


def test_where_no_pair_fits_a_batch_training_is_refused(config: Config) -> None:
    training = dataclasses.replace(config.training, batch_tokens=3)

    with pytest.raises(CorpusError, match=r"each of the \d+ training pairs .*batch_tokens \(3\)"):
        prepare(dataclasses.replace(config, training=training))


@pytest.mark.parametrize(("kind", "sampling"), [("bpe", 0.9), ("unigram", 0.1)])
def test_a_pair_that_smaller_subwords_make_longer_than_a_batch_keeps_its_usual_ones(
    config: Config, kind: str, sampling: float
) -> None:
    tokenizer = TokenizerConfig(kind=kind, vocab_size=330, sampling=sampling)
    usual = prepare(config).epochs.ids
    training = dataclasses.replace(config.training, batch_tokens=max(map(longer, usual)))
    experiment = prepare(dataclasses.replace(config, tokenizer=tokenizer, training=training))

    epoch = pairs_of_epoch(experiment, 0)

    assert max(map(longer, epoch)) <= training.batch_tokens
    kept = [pair in list(experiment.epochs.ids) for pair in epoch]
    assert any(kept)
    assert not all(kept)
    assert sorted(texts_of(experiment, epoch)) == sorted(experiment.corpus.train)


def test_blank_and_endless_validation_lines_are_scored_but_are_no_probes(
    config: Config, tmp_path: Path
) -> None:
    run, folder = RunDirectory(tmp_path / "run"), tmp_path / "corpus"
    odd = [("", "leer"), ("\u2581 ", "x"), ("ż" * 300, "y"), ("blank", "")]
    probes = lines(folder / "validation.en")
    for language, texts in zip(("en", "de"), zip(*odd, strict=True), strict=True):
        file = folder / f"validation.{language}"
        file.write_text("\n".join([*texts, *lines(file), ""]), encoding="utf-8")

    train(
        dataclasses.replace(config, training=dataclasses.replace(config.training, max_steps=1)), run
    )

    texts = [probe.text for probe in run.learning_record.probes()]
    assert sorted(texts) == sorted(probes)
    assert json.loads(lines(run.path / "metrics.jsonl")[0])["pairs"]["validation"] == 12


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


@pytest.mark.slow
def test_a_validation_line_has_loss_and_scores_with_their_signatures(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")

    train(config, run)

    *_, train_line, line = run.metrics.events()
    scores = {"loss", "bleu", "bleu_signature", "chrf", "chrf_signature"}
    assert line.keys() == {"event", "step", "epoch", "seconds"} | scores
    assert str(line["bleu_signature"]).startswith("nrefs:1|case:mixed")
    assert "version:" in str(line["chrf_signature"])
    rest = {"loss", "learning_rate", "grad_norm", "target_tokens_per_second"}
    assert train_line.keys() == {"event", "step", "epoch", "seconds"} | rest


@pytest.mark.slow
def test_results_are_the_scores_of_the_translations_beside_them(
    config: Config, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    write_corpus(tmp_path / "corpus", extra="hard")
    training = dataclasses.replace(config.training, max_steps=30, eval_every=30, learning_rate=0.02)

    train(dataclasses.replace(config, training=training), run)

    results = run.results.load()
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
    values = [results["hard"][name]["value"] for name in ("bleu", "bleu_lowercased", "chrf", "ter")]
    assert f"| hard | {' | '.join(f'{value:.2f}' for value in values)} |" in card
    assert "in 0." in card
    assert "30 steps" in card


@pytest.mark.slow
def test_training_reaches_good_translations_through_the_command(
    config: Config, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run = RunDirectory(tmp_path / "run")

    assert (
        run_command("train", [*arguments(config, max_steps=120), f"--run={run.path}"], "train.py")
        == 0
    )

    assert run.results.load()["test"]["chrf"]["value"] > 80
    assert b"test: BLEU " in capfdbinary.readouterr().out


def by_bleu(config: Config, corpus: Path, pairs: list[tuple[str, str]]) -> Config:
    """Trained, validated and tested on the same `pairs`."""
    corpus.mkdir()
    for split in ("train", "validation", "test"):
        for number, language in enumerate(("en", "de")):
            text = "".join(f"{pair[number]}\n" for pair in pairs)
            (corpus / f"{split}.{language}").write_text(text, encoding="utf-8")
    training = dataclasses.replace(config.training, metric="bleu", max_steps=6, eval_every=2)
    source = dataclasses.replace(config.corpus, source=str(corpus), drop_overlap=False)
    return dataclasses.replace(config, corpus=source, training=training)


def validations(run: RunDirectory) -> list[dict[str, Any]]:
    return [event for event in run.metrics.events() if event["event"] == "validation"]


def pairs_of_epoch(experiment: Experiment, epoch: int) -> list[IdPair]:
    return list(itertools.chain.from_iterable(experiment.epochs.batches(epoch)))


def texts_of(experiment: Experiment, pairs: Sequence[IdPair]) -> list[tuple[str, str]]:
    decode = experiment.tokenizer.text
    return [(decode(src), decode(tgt)) for src, tgt in pairs]


def longer(pair: tuple[list[int], list[int]]) -> int:
    return max(map(len, pair))
