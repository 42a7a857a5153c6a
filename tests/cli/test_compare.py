"""Two runs compared: `inspect --compare` over a sentence, `heads A B` over a split."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from inspected import ENGLISH, GERMAN, SHAPE
from tiny_runs import save_checkpoint, save_model

from translator.cli.main import run_command
from translator.cli.selection import names_of_both
from translator.config import (
    EOS_ID,
    Config,
    CorpusConfig,
    DecodingConfig,
    ModelConfig,
    TokenizerConfig,
)
from translator.decoding.translator import Translator
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.inspection.comparison import compare_translators, comparison_as_json
from translator.inspection.page.reports import sentence_html
from translator.inspection.views.comparison import as_comparison, choose_pair
from translator.model.transformer import Transformer
from translator.text.tokenizer import train_tokenizer

TEXT = ENGLISH[1]


@pytest.fixture(scope="module")
def runs(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A, whose checkpoint of step 7 has other weights; B, which has another vocabulary and shape;
    and one that translates the other way."""
    root = tmp_path_factory.mktemp("runs")
    corpus = root / "corpus"
    corpus.mkdir()
    for language, texts in (("en", ["A dog."]), ("de", ["Ein Hund."])):
        lines = "".join(f"{text}\n" for text in texts)
        for split in ("validation", "test"):
            (corpus / f"{split}.{language}").write_text(lines, encoding="utf-8")
    config = Config(
        corpus=CorpusConfig(source=str(corpus)),
        tokenizer=TokenizerConfig(vocab_size=330),
        model=SHAPE,
        decoding=DecodingConfig(beam_size=2),
    )
    tokenizer = trained_translator.tokenizer
    a = new_run(root / "a", config)
    a.save_tokenizer(tokenizer)
    save_model(a, trained_translator.model, tokenizer)
    save_checkpoint(a, 7, Transformer(SHAPE, tokenizer.vocab_size), tokenizer)

    shape = ModelConfig(
        d_model=18, num_heads=1, d_ff=20, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
    )
    other = dataclasses.replace(config, model=shape, tokenizer=TokenizerConfig(vocab_size=300))
    back = dataclasses.replace(
        other, corpus=CorpusConfig(source=str(corpus), src_column="de", tgt_column="en")
    )
    small = train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=300))
    model = Transformer(shape, small.vocab_size)
    with torch.no_grad():  # </s> is the most probable everywhere: nothing is long
        model.decoder_norm.bias.copy_(6 * model.embedding.weight[EOS_ID])
    for name, config_of in (("b", other), ("back", back)):
        run = new_run(root / name, config_of)
        run.save_tokenizer(small)
        save_model(run, model, small)
    return [str(root / name) for name in ("a", "b", "back")]


@pytest.mark.parametrize("number", [0, 1])
def test_a_sentence_is_compared_on_screen(
    runs: list[str], capfd: pytest.CaptureFixture[str], number: int
) -> None:
    names = (runs[0], [f"{runs[0]}@7", runs[1]][number])

    code = run_command("inspect", ["--compare", *names, "--layer", "2", TEXT], "inspect")

    short = ("a", ["a@7", "b"][number])
    comparison = compare_translators(both(names), short, TEXT)
    expected = as_comparison(comparison, choose_pair(comparison, layer=2))
    assert (code, capfd.readouterr().out) == (0, f"{expected}\n")


def test_files_have_the_whole_comparison_with_the_search_and_the_target_asked_for(
    runs: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, page, names = tmp_path / "both.json", tmp_path / "both.html", (runs[0], runs[1])
    files = ["--json", str(file), "--html", str(page)]
    options = [*files, "--tgt", GERMAN[0], "--beam_size", "1"]

    assert run_command("inspect", ["--compare", *names, TEXT, *options], "inspect") == 0

    assert sorted(capfd.readouterr().out.splitlines()) == sorted([str(file), str(page)])
    greedy = tuple(
        dataclasses.replace(each, decoding=DecodingConfig(beam_size=1)) for each in both(names)
    )
    comparison = compare_translators(greedy, ("a", "b"), TEXT, GERMAN[0])
    assert page.read_text(encoding="utf-8") == sentence_html(comparison)
    expected = comparison_as_json(comparison)
    assert json.loads(file.read_bytes()) == json.loads(json.dumps(expected))
    assert expected["own"][0]["how"] == "greedy"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--compare", "A", "A"], "there is no text: give a sentence"),
        (["--compare", "A", "A", "\u200b"], "the text is blank: give a sentence"),
        (["--compare", "A"], "argument --compare: expected 2 arguments"),
        (["--compare", "A", "BACK", "hi"], "en to de, "),
        (["--compare", "A", "BACK", "hi"], "de to en: compare runs of the same direction"),
        (["--compare", "A", "A@9", "hi"], "a has no weights of step 9; kept steps:"),
        (["--compare", "A", "A", "hi", "--run", "A"], "--run would have no effect with --compare"),
        (["--compare", "A", "A", "hi", "--step", "1"], "--step would have no effect with"),
        (["--compare", "A", "A", "hi", "--npz", "x.npz"], "--npz would have no effect with"),
        (["--compare", "A", "A", "hi", "--matrix"], "--matrix would have no effect with --comp"),
        (
            ["--compare", "A", "A", "hi", "--json", "x.json", "--head", "1"],
            "--head would have no effect: a file has all matched heads",
        ),
        (["--compare", "A", "B", "hi", "--layer", "3"], "a has layers 1 to 2"),
        (["--compare", "B", "A", "hi", "--head", "2"], "b has heads 1 to 1"),
    ],
)
def test_a_comparison_that_is_refused_is_one_sentence(
    runs: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"A": runs[0], "A@9": f"{runs[0]}@9", "B": runs[1], "BACK": runs[2]}

    code = run_command("inspect", [names.get(each, each) for each in arguments], "inspect")

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_heads_of_two_runs_are_compared_on_screen_and_in_a_file(
    runs: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["--sentences", "1", runs[1], runs[1]]
    file, page = tmp_path / "both.json", tmp_path / "both.html"

    assert run_command("heads", command, "heads") == 0
    shown = capfd.readouterr().out
    assert run_command("heads", [*command, f"--json={file}", f"--html={page}"], "heads") == 0

    assert "test: both read the reference of 1 sentence." in " ".join(shown.split())
    assert "BLEU" in shown
    assert capfd.readouterr().out == f"{file}\n{page}\n"
    assert '"two_runs": {"a": {' in page.read_text(encoding="utf-8")
    content = json.loads(file.read_bytes())
    assert content["schema"] == "translator.heads.comparison"
    assert (content["a"]["run"], content["b"]["split"]) == (runs[1], "test")
    pairs = content["matching"]["pairs"]
    assert pairs == [
        {"first": [layer, 0], "second": [layer, 0], "likeness": 1.0} for layer in range(2)
    ]
    assert content["differences"]["zeroed"] == [[0.0] * 3] * 2
    assert content["layer_zeroed"] == [[0.0] * 3] * 2


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([0, 1, 1], "there are 3 runs: give one, or two to compare"),
        ([1, 2], "compare runs of the same direction"),
    ],
)
def test_heads_of_other_than_two_runs_of_one_direction_are_not_compared(
    runs: list[str], capsys: pytest.CaptureFixture[str], numbers: list[int], message: str
) -> None:
    assert run_command("heads", [runs[number] for number in numbers], "heads") == 2

    assert message in capsys.readouterr().err


def test_runs_of_the_same_name_are_named_with_their_folders() -> None:
    def names(*paths: str) -> tuple[str, str]:
        one, other = (RunDirectory(Path(path)) for path in paths)
        return names_of_both((one, other))

    assert names("runs/one", "there/other") == ("one", "other")
    assert names("runs/one", "there/one") == ("runs/one", "there/one")


def new_run(path: Path, config: Config) -> RunDirectory:
    run = RunDirectory(path)
    run.create(config)
    return run


def both(names: tuple[str, str]) -> tuple[Translator, Translator]:
    a, b = (name.split("@") for name in names)
    return (
        load_translator(RunDirectory(Path(a[0]))),
        load_translator(RunDirectory(Path(b[0]), int(b[1]) if b[1:] else None)),
    )
