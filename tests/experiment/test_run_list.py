"""What is said of the folders under runs/: true of runs, and in words of everything else."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import save_model, tiny_config

from translator.compute.files import locked
from translator.config import Config, CorpusConfig, Source, TokenizerConfig
from translator.errors import RunError
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_list import Bleu, list_runs, summarize
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
SHAPE = tiny_config(Path("anywhere")).model


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["A dog runs.", "Ein Hund rennt."], TokenizerConfig(vocab_size=310))


@pytest.fixture
def run(tmp_path: Path, tokenizer: Tokenizer) -> RunDirectory:
    """After 40 of 90 steps; its weights are those of step 30, as `save_model` says."""
    run = RunDirectory(tmp_path / "runs" / "first")
    run.create(config(source=(Source(source="data/a"), Source(source="b"))))
    run.save_tokenizer(tokenizer)
    save_model(run, Transformer(SHAPE, tokenizer.vocab_size), tokenizer)
    run.metrics.append({"event": "corpus", "step": 0, "pairs": {}})
    for step, bleu in ((20, 11.5), (30, 17.25), (40, 16.0)):
        run.metrics.append({**validation(bleu), "step": step})
    return run


def config(source: str | tuple[Source, ...]) -> Config:
    corpus = CorpusConfig(source=source, src_column="de", tgt_column="fr")
    training = dataclasses.replace(Config().training, max_steps=90)
    return Config(corpus=corpus, model=SHAPE, training=training)


def validation(bleu: float) -> dict[str, object]:
    return {"event": "validation", "seconds": 9.0, "bleu": bleu, "bleu_signature": SIGNATURE}


def score(value: float) -> dict[str, object]:
    one = {"name": "BLEU", "value": value, "signature": SIGNATURE}
    return {"bleu": one, "bleu_lowercased": one, "chrf": one, "ter": one}


def test_an_interrupted_run_has_the_bleu_of_the_validation_that_chose_its_weights(
    run: RunDirectory, tokenizer: Tokenizer
) -> None:
    model = Transformer(SHAPE, tokenizer.vocab_size)

    found = summarize(run.path)

    assert (found.path, found.state, found.problem) == (run.path, "interrupted", None)
    assert (found.corpus, found.direction) == ("data/a and b", ("de", "fr"))
    assert (found.step, found.max_steps) == (40, 90)
    assert found.bleu == Bleu(split="validation", value=17.25, signature=SIGNATURE)
    assert found.num_parameters == sum(p.numel() for p in model.parameters())
    assert found.num_bytes == sum(f.stat().st_size for f in run.path.rglob("*") if f.is_file())
    assert found.changed == run.metrics.file.stat().st_mtime


def test_a_finished_run_has_the_bleu_of_its_test_split(run: RunDirectory) -> None:
    run.add_result("test-before", score(3.0), ["a"])
    run.add_result("test", score(20.5), ["a"])
    run.card_file.write_text("#", "utf-8")

    found = summarize(run.path)

    assert found.state == "finished"
    assert found.bleu == Bleu(split="test", value=20.5, signature=SIGNATURE)


def test_a_run_that_another_process_trains_is_in_training_until_that_ends(
    run: RunDirectory,
) -> None:
    run.card_file.write_text("#", "utf-8")
    code = (
        "import sys; from pathlib import Path; from translator.compute.files import locked\n"
        "with locked(Path(sys.argv[1]), 'training'): print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, run.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        during = summarize(run.path).state
        process.kill()  # its note stays
    assert (run.path / ".lock-training.txt").exists()

    assert (during, summarize(run.path).state) == ("training", "finished")


def test_listing_never_keeps_a_training_from_beginning(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the lock of a run that nobody trains was touched")

    monkeypatch.setattr("translator.compute.files._lock", refuse)

    assert summarize(run.path).state == "interrupted"


def test_a_run_that_has_only_begun_has_no_numbers_yet(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(config("data/a"))

    found = summarize(run.path)

    assert (found.state, found.step, found.max_steps) == ("interrupted", 0, 90)
    assert (found.bleu, found.num_parameters, found.problem) == (None, None, None)


def test_steps_that_were_saved_but_not_logged_count(run: RunDirectory) -> None:
    run.checkpoints.save(43, {}, {}, best_step=43)

    assert summarize(run.path).step == 43


def test_a_run_without_a_log_has_the_steps_that_its_weights_took(run: RunDirectory) -> None:
    run.metrics.file.unlink()

    assert summarize(run.path).step == 30


@pytest.mark.parametrize(
    ("file", "data", "problem"),
    [
        ("config.yaml", b"strange: {a: 1}", "does not fit this version: it has strange"),
        ("config.yaml", b"\xff", "does not fit this version: "),
        ("results.json", b"{", "is broken or was not written by this program"),
        ("model.safetensors", b"", "is damaged or was not written by this program"),
        ("model.safetensors", b"\xff" * 20, "is damaged or was not written by this program"),
        ("model.safetensors", b"\x02" + bytes(7) + b"{}", "is damaged or was not written by"),
        ("model.safetensors", b"\x02" + bytes(7) + b"[]", "is damaged or was not written by"),
    ],
)
def test_a_broken_run_is_listed_with_the_reason(
    run: RunDirectory, file: str, data: bytes, problem: str
) -> None:
    (run.path / file).write_bytes(data)

    [found] = list_runs(run.path.parent)

    assert found.state == "broken"
    assert found.problem is not None
    assert found.problem.startswith(f"{run.path / file} {problem}")
    assert found.num_bytes > 0


def test_weights_that_are_cut_off_are_broken(run: RunDirectory) -> None:
    os.truncate(run.model_file, run.model_file.stat().st_size - 1)

    assert summarize(run.path).state == "broken"


def test_every_folder_is_listed_but_no_file_and_nothing_hidden(run: RunDirectory) -> None:
    root = run.path.parent
    (root / "notes").mkdir()
    (root / "notes" / "a.txt").write_text("hello", "utf-8")
    (root / ".hidden").mkdir()
    (root / "file.txt").write_text("", "utf-8")

    found = list_runs(root)

    assert [(one.path.name, one.state) for one in found] == [
        ("first", "interrupted"),
        ("notes", "no run"),
    ]
    assert (found[1].problem, found[1].num_bytes) == (f"{root}/notes has no config.yaml", 5)
    assert [one.path for one in list_runs(run.path)] == [run.path]
    with pytest.raises(RunError, match=f"^there is no folder {root}/gone: name one that holds"):
        list_runs(root / "gone")


def test_torch_is_not_imported(run: RunDirectory) -> None:
    code = (
        "import sys; from pathlib import Path; from translator.cli.main import run_command\n"
        "run_command('runs', [sys.argv[1], '--json'], 'translator runs')\n"
        "assert not {'torch', 'numpy', 'sentencepiece'} & sys.modules.keys()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, run.path.parent], capture_output=True, check=True
    )

    assert json.loads(done.stdout)[0]["path"] == str(run.path)


def test_a_lock_held_here_counts_too(run: RunDirectory) -> None:
    with locked(run.path, "training"):
        assert summarize(run.path).state == "training"
