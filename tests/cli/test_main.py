"""What the command line answers: help, nearest names, refusals. Each in this process."""

import contextlib
from pathlib import Path

import pytest
import torch
import yaml

import translator
from translator.cli import main as cli
from translator.cli.config_file import Settings
from translator.cli.main import run_command
from translator.cli.options.train import override
from translator.cli.options.train import read as train_options
from translator.config import Config

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trainin.max_steps", "3"], "--trainin.max_steps 3: did you mean training.max_steps?"),
        (["--training.max_step", "3"], "did you mean training.max_steps?"),
        (["--dryrun"], "did you mean dry_run?"),
        (["--training.max_steps", "many"], "max_steps is 'many': it must be a whole number"),
        (["--tokenizer.kind", "bp"], "--tokenizer.kind is 'bp': it must be one of bpe, unigram"),
        (
            ["--training.max_steps", "0"],
            "--training.max_steps is 0: it must be from 1 to 99,999,999",
        ),
        (["--model.num_heads", "5"], "model.num_heads is 5: it must divide model.d_model (128)"),
        (["--config", "nowhere.yaml"], "--config nowhere.yaml: there is no such file; the"),
        (["--resume", "a", "--init_from", "b"], "--resume continues in its own run"),
        (["--resume", "nowhere"], "no run directory nowhere: train one with python -m translator"),
        (["--corpus.source", "nowhere"], "nowhere: no such file or folder"),
    ],
)
def test_a_refused_option_of_train_is_one_sentence_that_helps(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code = run_command("train", arguments, prog="train.py")

    out, err = capsys.readouterr()
    assert code == 2
    assert err.startswith("error: ")
    assert message in err
    assert out == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diversify"], "--forward and --output must be given (see translator diversify --help)"),
        (["diversify", "--forward", "a"], "--output must be given (see translator diversify"),
        (["export", "runs/a"], "--format must be given (see translator export --help)"),
    ],
)
def test_a_missing_option_is_named_as_it_is_typed(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *argv = arguments

    assert run_command(name, argv, prog=f"translator {name}") == 2

    assert f"error: {message}" in capsys.readouterr().err


def test_print_config_shows_what_would_run_and_is_itself_a_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run_command("train", ["--model.d_ff", "64", "--print_config"], prog="train.py")
    printed = capsys.readouterr().out
    (tmp_path / "printed.yaml").write_text(printed, encoding="utf-8")

    read = given("--config", str(tmp_path / "printed.yaml"))

    assert stopped.value.code == 0
    assert yaml.safe_load(printed)["model"]["d_ff"] == 64
    assert override(Config(), read) == override(Config(), given("--model.d_ff", "64"))


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("configs/*.yaml")), ids=lambda p: p.name)
def test_every_config_loads_and_says_its_command(path: Path) -> None:
    override(Config(), given("--config", str(path)))

    assert f"python train.py --config configs/{path.name}" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["train", "translate", "evaluate", "inspect"])
def test_help_says_what_each_option_does_and_its_default(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run_command(command, ["--help"], prog=f"translator {command}")

    text = " ".join(capsys.readouterr().out.split())
    assert stopped.value.code == 0
    assert "Hypotheses kept at each decoding step" in text
    if command == "train":
        assert "Optimizer steps. (from 1 to 99,999,999; default: 1300)" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top_k", "3", "hi"], "--top_k would have no effect: add --sample"),
        (["--sample", "--beam_size", "3", "hi"], "--beam_size would have no effect: leave"),
        (["--mbr", "3", "--beam_size", "3", "hi"], "--beam_size would have no effect: leave --mbr"),
        (["--mbr", "3", "--sample", "hi"], "--mbr samples translations already: leave --sample"),
        (
            ["--mbr", "1", "hi"],
            "--mbr is 1: it must be from 2 to 1,000, since",
        ),
        (["--mbr", "2", "--engine", "ctranslate2", "hi"], "leave --mbr out, or use --engine torch"),
        (["--num_best", "2", "hi"], "--num_best is 2: more than 1 needs --json"),
        (["--input", "a.txt", "hi"], "exclude each other"),
        (["--run", "nowhere", "hi"], "there is no run directory nowhere"),
        (["hi"], "there is no trained run in runs/: train one with python -m translator"),
        (["--beam_sise", "3", "hi"], "did you mean beam_size?"),
    ],
)
def test_a_refused_option_of_translate_is_one_sentence_that_helps(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code = run_command("translate", arguments, prog="translate.py")

    assert code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top_k", "3"], "--top_k would have no effect: add --mbr"),
        (["--mbr", "4", "--length_penalty", "1"], "--length_penalty would have no effect: leave"),
        (["--mbr", "0"], "--mbr is 0: it must be from 2 to 1,000, since"),
    ],
)
def test_a_refused_option_of_evaluate_is_one_sentence_that_helps(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("evaluate", arguments, prog="translator evaluate") == 2
    assert message in capsys.readouterr().err


def test_a_misspelt_command_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["translator", "trian"])

    assert cli.main() == 2
    assert capsys.readouterr().err == "error: there is no command trian: did you mean train?\n"


def test_without_a_command_all_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["translator"])

    assert cli.main() == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("train", "translate", "evaluate", "inspect"))


@pytest.mark.parametrize("called", [[], ["train"], ["completion"]], ids=" ".join)
def test_every_command_tells_the_version(
    called: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["translator", *called, "--version"])

    with contextlib.suppress(SystemExit):
        cli.main()

    assert capsys.readouterr().out == f"translator {translator.__version__}\n"


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU where there is none")
def test_asking_for_a_gpu_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command("train", ["--device", "cuda"], prog="train.py") == 2
    assert "this machine has no GPU" in capsys.readouterr().err


def test_bfloat16_on_a_processor_without_it_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)

    code = run_command(
        "train", ["--device", "cpu", "--training.precision", "bfloat16"], prog="train.py"
    )

    assert code == 2
    assert "this processor has no bfloat16 arithmetic" in capsys.readouterr().err


def test_a_run_that_exists_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    assert run_command("train", ["--run", str(tmp_path)], prog="train.py") == 2

    assert "exists already: choose another --run" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "keep me"


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (torch.OutOfMemoryError("CUDA"), "the GPU's memory is full: lower training.batch_tokens"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
            "the machine's memory is full: lower training.batch_tokens",
        ),
        (MemoryError(), "the machine's memory is full: lower training.batch_tokens"),
        (PermissionError(13, "Permission denied", "runs"), "runs: Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_what_the_machine_refuses_is_said_without_a_traceback(
    raised: Exception,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> int:
        raise raised

    monkeypatch.setattr("translator.cli.train.run", refuse)

    assert run_command("train", [], prog="train.py") == 2
    assert message in capsys.readouterr().err


def given(*arguments: str) -> Settings:
    """The settings that `train` takes from its arguments."""
    settings: Settings = train_options(arguments, "train.py").given
    return settings
