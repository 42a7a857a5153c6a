"""What `evaluate` shows, keeps and refuses, with a model that nobody trained."""

import re
import shutil
from pathlib import Path

import pytest
import torch
from tiny_runs import save_model, write_corpus

from translator.cli.evaluate import results_name
from translator.cli.main import run_command
from translator.cli.options.evaluate import read as evaluate_options
from translator.config import Config, CorpusConfig, DecodingConfig, ModelConfig, TokenizerConfig
from translator.experiment.run_directory import RunDirectory
from translator.model.transformer import Transformer
from translator.text.tokenizer import train_tokenizer

SHAPE = ModelConfig(
    d_model=12, num_heads=2, d_ff=20, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    write_corpus(tmp_path / "corpus")
    run = RunDirectory(tmp_path / "run")
    source = CorpusConfig(source=str(tmp_path / "corpus"))
    run.create(Config(corpus=source, model=SHAPE, decoding=DecodingConfig(beam_size=1)))
    texts = (tmp_path / "corpus" / "train.en").read_text(encoding="utf-8").split("\n")
    tokenizer = train_tokenizer(texts, TokenizerConfig(vocab_size=330))
    run.save_tokenizer(tokenizer)
    torch.manual_seed(1)
    save_model(run, Transformer(SHAPE, tokenizer.vocab_size), tokenizer, 9)
    return run


@pytest.mark.parametrize("baseline", [False, True])
def test_scores_that_cannot_be_kept_are_shown_first(
    run: RunDirectory, capfdbinary: pytest.CaptureFixture[bytes], baseline: bool
) -> None:
    (run.path / "hypotheses").write_bytes(b"")  # in the place of the folder
    compared = [f"--baseline={run.path}"] if baseline else []

    exit_code = run_command("evaluate", [str(run.path), "--device=cpu", *compared], "evaluate")

    shown, errors = capfdbinary.readouterr()
    assert exit_code == 2
    assert shown.count(b"\nBLEU ") == (3 if baseline else 2)  # one lowercased
    assert (b"paired bootstrap" in shown) == baseline
    assert errors.decode() == (
        f"error: the scores of test are shown but not kept: {run.path}/hypotheses cannot be "
        f"written (File exists): free some space or make it writable, or copy {run.path} elsewhere "
        "and try again\n"
    )
    assert not run.results.file.exists()


def test_where_a_run_fails_is_shown_in_groups_and_on_a_page(
    run: RunDirectory, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    page = tmp_path / "worst.html"
    asked = ["--by", "length", "rare", "unseen", f"--html={page}"]

    assert run_command("evaluate", [str(run.path), "--device=cpu", *asked], "evaluate") == 0

    shown = capfdbinary.readouterr().out.decode()
    tables = [table.split("\n")[0] for table in shown.split("\n\n")[1:]]
    assert [re.split("  +", head)[0] for head in tables] == [
        "source words",
        "times in training",
        "unseen source words",
    ]
    assert shown.endswith(f"{page}\n")
    html = page.read_text(encoding="utf-8")
    assert "<h1>Where run fails</h1>" in html
    assert html.count("<li>") == len((tmp_path / "corpus/test.en").read_text().splitlines())


@pytest.mark.parametrize(
    "asked", [["--by", "rare"], ["--by", "length", "unseen"], ["--html=a.html"]]
)
def test_without_its_training_text_a_run_is_refused_before_anything_is_translated(
    run: RunDirectory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    asked: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tmp_path / "corpus", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "corpus")
    arguments = [str(run.path), "--device=cpu", "--source=elsewhere", *asked]

    assert run_command("evaluate", arguments, "evaluate") == 2

    shown, errors = capfdbinary.readouterr()
    assert shown == b""
    assert f"error: {tmp_path / 'corpus'}: no such file or folder in" in errors.decode()
    assert run_command("evaluate", [*arguments[:3], "--by", "length"], "evaluate") == 0


def test_broken_scores_are_refused_before_anything_is_translated(
    run: RunDirectory, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run.results.file.write_text('{"test": {"bleu"', encoding="utf-8")

    assert run_command("evaluate", [str(run.path), "--device=cpu"], "evaluate") == 2

    shown, errors = capfdbinary.readouterr()
    assert shown == b""
    assert errors.decode() == (
        f"error: {run.results.file} is broken or was not written by this program: correct the file "
        "or move it away, and evaluate again\n"
    )
    assert run.results.file.read_text(encoding="utf-8") == '{"test": {"bleu"'


def test_a_split_of_short_references_is_scored_with_a_word_about_bleu(
    run: RunDirectory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for language, text in (("en", "the dog\n"), ("de", "der Hund\n")):
        (tmp_path / "corpus" / f"short.{language}").write_text(text, encoding="utf-8")

    arguments = [str(run.path), "--device=cpu", "--split=short"]
    assert run_command("evaluate", arguments, "evaluate") == 0

    expected = (
        "all references of short are under 4 tokens, so exact translations have BLEU 0: use chrF"
    )
    assert expected in caplog.messages


@pytest.mark.parametrize(
    ("name", "arguments", "option"),
    [
        ("evaluate", ["{run}"], "--source"),
        ("export", ["{run}", "--format=ctranslate2"], "--source"),
        ("diversify", ["--forward", "{run}", "--output={run}/text"], "--source"),
        ("train", ["--dry_run", "--corpus.source={run}/gone"], "--corpus.source"),
    ],
)
def test_a_corpus_that_is_gone_is_looked_for_with_the_commands_own_option(
    run: RunDirectory,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    name: str,
    arguments: list[str],
    option: str,
) -> None:
    if name == "export":
        pytest.importorskip("ctranslate2")
    (tmp_path / "corpus").rename(tmp_path / "moved")

    assert run_command(name, [each.format(run=run.path) for each in arguments], name) == 2

    error = capfdbinary.readouterr().err.decode()
    assert "no such file or folder in " in error
    assert error.endswith(f"; name its place with {option}\n")


@pytest.mark.parametrize(
    ("arguments", "step", "name"),
    [
        ([], None, "test"),
        (["--split", "validation"], None, "validation"),
        (["--source", "data/news"], None, "news-test"),
        (["--source", "news/"], None, "news-test"),
        (["--source", "."], None, "here-test"),
        (["--source", "below/.."], None, "here-test"),
        (["--source", ".news"], 7, ".news-test-at-step-7"),
        (["--ensemble", "a,b"], None, "test-ensemble-of-3"),
        (["--mbr", "8"], 7, "test-at-step-7-mbr-8"),
    ],
)
def test_results_are_named_after_what_decided_about_them(
    arguments: list[str],
    step: int | None,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert results_name(evaluate_options(arguments, "translator evaluate"), step) == name
