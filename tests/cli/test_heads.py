"""The command `heads`: what it shows, writes and refuses, with a model that nobody trained."""

from pathlib import Path

import pytest
import torch
from tiny_runs import save_checkpoint, save_model, write_corpus

from translator.cli.main import run_command
from translator.config import Config, CorpusConfig, ModelConfig, TokenizerConfig
from translator.experiment.run_directory import RunDirectory
from translator.inspection.heads.storage import load_report
from translator.inspection.page.reports import heads_html
from translator.model.transformer import Transformer
from translator.text.tokenizer import train_tokenizer

SHAPE = ModelConfig(
    d_model=12, num_heads=2, d_ff=20, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Beside the usual splits one that is blank, and one where a pair of three can be inspected."""
    folder = tmp_path_factory.mktemp("heads") / "corpus"
    write_corpus(folder)
    odd = [("", "der Hund"), ("the dog", "der Hund"), ("dog " * 600, "Hund")]
    for split, pairs in {"blank": [("", "Hund"), ("dog", " ")], "odd": odd}.items():
        for language, side in (("en", 0), ("de", 1)):
            text = "".join(f"{pair[side]}\n" for pair in pairs)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(corpus: Path) -> str:
    """A run, with a checkpoint of other weights after step 7."""
    run = RunDirectory(corpus.parent / "tiny")
    run.create(Config(corpus=CorpusConfig(source=str(corpus)), model=SHAPE))
    texts = (corpus / "train.en").read_text(encoding="utf-8").split("\n")
    tokenizer = train_tokenizer(texts, TokenizerConfig(vocab_size=330))
    run.save_tokenizer(tokenizer)
    torch.manual_seed(1)
    save_model(run, Transformer(SHAPE, tokenizer.vocab_size), tokenizer)
    save_checkpoint(run, 7, Transformer(SHAPE, tokenizer.vocab_size), tokenizer)
    return str(run.path)


def heads(*arguments: str) -> int:
    return run_command("heads", [*arguments, "--device=cpu"], prog="translator heads")


def test_tables_tell_of_every_head_in_80_columns(
    run: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert heads(run, "--sentences=2") == 0

    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("tiny on test: 2 sentences, ")
    assert "(nrefs:1|" in out
    for number in (1, 2):
        assert sum(line.startswith(f"1.{number} ") for line in lines) == 3  # patterns, worth, curve
    assert sum(line.startswith("none ") for line in lines) == 1


def test_files_hold_the_report_and_the_same_command_writes_the_same_bytes(
    run: str,
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        files = f"--json={name}.json", f"--html={name}.html"
        assert heads(run, "--split=val", "--sentences=2", *files) == 0
    news = ["--source", str(corpus), "--sentences=1", "--json=c.json"]
    assert heads(f"{run}@7", *news) == 0

    assert capfd.readouterr().out == "a.json\na.html\nb.json\nb.html\nc.json\n"
    assert Path("a.json").read_bytes() == Path("b.json").read_bytes()
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    report, other = load_report(Path("a.json")), load_report(Path("c.json"))
    assert Path("a.html").read_text(encoding="utf-8") == heads_html(report)
    assert (report.run, report.split, report.num_sentences) == ("tiny", "validation", 2)
    assert (other.run, other.split, other.num_sentences) == ("tiny@7", "corpus-test", 1)


def test_pairs_that_cannot_be_inspected_are_left_out_with_a_word(
    run: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert heads(run, "--split=odd") == 0

    assert capfd.readouterr().out.startswith("tiny on odd: 1 sentence, ")
    expected = "2 of 3 pairs are left out: a side is blank or has more than 512 tokens"
    assert caplog.messages == [expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{run}", "--split=news"], "has no split news: it has"),
        (
            ["{run}", "--split=blank"],
            "there is nothing to measure: in all 2 pairs of blank, a side is blank or has more "
            "than 512 tokens; choose another --split",
        ),
        (["nowhere"], "there is no run directory nowhere"),
        (["{run}", "--source=nowhere"], "; name its place with --source"),
        (["{run}", "--sentences=0"], "--sentences is 0: it must be from 1 to"),
        (["{run}", "--json=a.npz"], "--json takes a file that ends in .json, not a.npz"),
        (["{run}", "--html=a.pdf"], "--html takes a file that ends in .html, not a.pdf"),
        (["{run}", "--json=gone/a.json"], "--json gone/a.json: there is no folder gone"),
    ],
)
def test_what_is_refused_is_one_sentence_and_nothing_is_written(
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert heads(*(argument.format(run=run) for argument in arguments)) == 2

    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
