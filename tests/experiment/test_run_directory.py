"""The run directory: whole or not at all, complete wherever it is copied, and plain data only."""

import dataclasses
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tiny_runs import save_model

import translator
from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    Source,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import BusyError, RunError
from translator.experiment.model_card import model_card, write_model_card
from translator.experiment.run_directory import (
    FREE,
    RunDirectory,
    changes,
    find_run,
    free_path,
    local_run,
    newest_run,
    origin,
)
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

TEXTS = ["A dog runs.", "Two men sit on a bench.", "Ein Hund rennt.", "Zwei Männer sitzen."]
CONFIG = Config(
    corpus=CorpusConfig(source="data/müll", revision="a1b2", held_out=7, max_length_ratio=0),
    tokenizer=TokenizerConfig(kind="unigram", vocab_size=310, sampling=0.2),
    model=ModelConfig(
        d_model=12, num_heads=3, d_ff=20, num_encoder_layers=2, num_decoder_layers=1, dropout=0.3
    ),
    training=TrainingConfig(seed=5, warmup_steps=8, learning_rate=1e-4, metric="chrf"),
    decoding=DecodingConfig(beam_size=2, length_penalty=0.6),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, CONFIG.tokenizer)


@pytest.fixture
def model(tokenizer: Tokenizer) -> Transformer:
    torch.manual_seed(1)
    return Transformer(CONFIG.model, tokenizer.vocab_size)


@pytest.fixture
def run(tmp_path: Path, tokenizer: Tokenizer, model: Transformer) -> RunDirectory:
    """A run in which something of everything has been written."""
    run = RunDirectory(tmp_path / "runs" / "first")
    run.create(CONFIG)
    run.save_tokenizer(tokenizer)
    save_model(run, model, tokenizer, 17)
    facts = {"state": {"step": 30}}
    run.checkpoints.save(30, {"model.a": torch.ones(2, 3)}, facts, best_step=30)
    run.metrics.append(validation(step=30, seconds=90.0))
    run.add_result("test", scores(17.25), ["Ein Hund rennt.", "Zwei Männer sitzen."])
    write_model_card(run, CONFIG, "cpu")
    return run


def test_every_setting_comes_back(run: RunDirectory) -> None:
    assert run.load_config() == CONFIG


def test_several_corpora_come_back_with_their_weights(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    config = mixed(2.5)
    run.create(config)

    assert run.load_config() == config


def mixed(weight: float) -> Config:
    parts = (Source(source="data/müll", weight=weight), Source(source="more"))
    return dataclasses.replace(CONFIG, corpus=CorpusConfig(source=parts, temperature=3))


def test_corpora_may_move_but_not_change_their_weights() -> None:
    moved = dataclasses.replace(mixed(2.5).corpus, source=[{"source": "x", "weight": 2.5}, "y"])
    elsewhere = dataclasses.replace(mixed(2.5), corpus=moved)

    (name, *_), *others = changes(mixed(2.5), elsewhere)
    assert (name, others) == ("corpus.source", [])
    assert name.startswith(FREE)
    _, reweighted = changes(mixed(2.5), mixed(4))
    assert reweighted == ("corpus.weights", [2.5, 1.0], [4, 1.0])
    assert not reweighted[0].startswith(FREE)


def test_the_configuration_is_stored_whole_defaults_included(run: RunDirectory) -> None:
    text = run.config_file.read_text(encoding="utf-8")

    for section in dataclasses.fields(Config):
        for field in dataclasses.fields(getattr(CONFIG, section.name)):
            assert f"  {field.name}:" in text
    assert "data/müll" in text


def test_model_and_tokenizer_come_back_bit_for_bit(
    run: RunDirectory, model: Transformer, tokenizer: Tokenizer
) -> None:
    loaded_tokenizer = run.load_tokenizer()
    loaded, facts = run.load_model(CONFIG, loaded_tokenizer)

    assert loaded_tokenizer.model == tokenizer.model
    assert facts["max_src_length"] == 17
    assert facts["step"] == 30
    assert not loaded.training
    state = model.state_dict()
    assert loaded.state_dict().keys() == state.keys()
    assert all(torch.equal(tensor, state[name]) for name, tensor in loaded.state_dict().items())


def test_a_run_at_a_step_has_the_averaged_weights_of_that_checkpoint(
    run: RunDirectory, tokenizer: Tokenizer
) -> None:
    average = Transformer(CONFIG.model, tokenizer.vocab_size)
    tensors = {f"average.{name}": parameter for name, parameter in average.named_parameters()}
    tensors |= {"model.embedding.weight": torch.zeros(3)}
    facts = {"max_src_length": 19, **origin(CONFIG, tokenizer)}
    run.checkpoints.save(45, tensors, facts, best_step=45)

    loaded, facts = RunDirectory(run.path, step=45).load_model(CONFIG, tokenizer)

    assert facts["max_src_length"] == 19
    state = average.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in loaded.state_dict().items())


def test_a_run_copied_elsewhere_translates_the_same(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = translator.load(run.path).translate(["A dog runs.", "Two men"])
    elsewhere = tmp_path / "else where" / "ü"
    shutil.copytree(run.path, elsewhere)
    shutil.rmtree(run.path)
    monkeypatch.chdir(tmp_path / "else where")

    found = translator.load("ü").translate(["A dog runs.", "Two men"])

    assert found == expected
    assert RunDirectory(elsewhere).checkpoints.load_newest()[1]["state"]["step"] == 30


def test_translating_needs_neither_checkpoints_nor_metrics(run: RunDirectory) -> None:
    for path in run.path.iterdir():
        if path.name not in ("config.yaml", "tokenizer.model", "model.safetensors"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    assert len(translator.load(run.path).translate(["A dog"])) == 1


def test_nothing_in_a_run_directory_is_pickled(run: RunDirectory) -> None:
    files = [path for path in run.path.rglob("*") if path.is_file()]

    assert {str(path.relative_to(run.path)) for path in files} == {
        ".lock-scoring",
        "README.md",
        "checkpoints/step-00000030.safetensors",
        "config.yaml",
        "hypotheses/test.txt",
        "metrics.jsonl",
        "model.safetensors",
        "results.json",
        "tokenizer.model",
    }
    for path in files:
        assert not zipfile.is_zipfile(path)  # torch.save's
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as opened:
                json.loads(opened.metadata()["facts"])
        elif path.name == "tokenizer.model":
            Tokenizer(path.read_bytes())
        else:
            path.read_text(encoding="utf-8")


def test_a_run_is_not_written_over(run: RunDirectory) -> None:
    before = run.config_file.read_bytes()

    with pytest.raises(RunError, match=r"exists already.*--resume"):
        run.create(Config())

    assert run.config_file.read_bytes() == before


def test_a_file_in_the_place_of_a_run_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")

    with pytest.raises(RunError, match="notes exists already"):
        RunDirectory(tmp_path / "notes").create(CONFIG)

    assert (tmp_path / "notes").read_text() == "mine"


def test_an_empty_folder_can_become_a_run(tmp_path: Path, tokenizer: Tokenizer) -> None:
    run = RunDirectory(tmp_path)

    run.create(CONFIG)
    run.save_tokenizer(tokenizer)

    assert run.load_config() == CONFIG


def test_a_run_that_has_only_begun_says_how_to_go_on(tmp_path: Path) -> None:
    begun = RunDirectory(tmp_path / "begun")
    begun.create(CONFIG)

    with pytest.raises(
        RunError,
        match="begun has no trained model yet: continue its training with python -m translator",
    ):
        begun.load_tokenizer()


def test_settings_that_this_version_does_not_know_are_named(run: RunDirectory) -> None:
    text = run.config_file.read_text(encoding="utf-8")
    older = text.replace("  d_ff:", "  d_feed: 7\n  d_ff:", 1) + "minimum_risk:\n  samples: 8\n"
    run.config_file.write_text(older, encoding="utf-8")

    named = r"config\.yaml .* has minimum_risk, model\.d_feed, which .* not know: train again, or"
    with pytest.raises(RunError, match=named):
        run.load_config()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("  d_ff:", "  width:"), id="unknown key"),
        pytest.param(lambda text: text.replace("decoding:", "search:"), id="missing section"),
        pytest.param(lambda text: text.replace("num_heads: 3", "num_heads: 5"), id="out of range"),
        pytest.param(lambda text: text.replace("d_ff: 20", "d_ff: wide"), id="a word as number"),
        pytest.param(lambda text: text.replace("d_ff: 20", "d_ff: 20.5"), id="half a number"),
        pytest.param(lambda text: text.replace(": chrf", ": accuracy"), id="no such metric"),
        pytest.param(lambda text: text + "zoo: {}\n", id="unknown section"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "- corpus\n- model\n", id="a list"),
        pytest.param(lambda _: "just words\n", id="a sentence"),
        pytest.param(lambda text: text.replace("  d_model", "\t d_model"), id="broken YAML"),
        pytest.param(lambda text: text[: len(text) // 2] + "'", id="cut off"),
        pytest.param(lambda text: "a: !!python/object/apply:os.getcwd []\n" + text, id="code"),
    ],
)
def test_a_configuration_of_another_version_is_an_error_that_names_the_file(
    run: RunDirectory, change: Callable[[str], str]
) -> None:
    text = run.config_file.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    run.config_file.write_text(changed, encoding="utf-8")

    with pytest.raises(RunError, match=r"config\.yaml") as error:
        run.load_config()

    assert "\n" not in str(error.value)


def test_weights_that_this_program_did_not_write_are_refused(
    run: RunDirectory, model: Transformer
) -> None:
    save_file(model.state_dict(), run.model_file)

    with pytest.raises(RunError, match="was not written by this program"):
        translator.load(run.path)


def test_training_removes_files_that_a_crash_left_half_written(run: RunDirectory) -> None:
    leftovers = [run.path / ".1f.tmp", run.checkpoints.folder / ".step-00000040.123.tmp"]
    page = run.path / "page.tmp"
    for file in (*leftovers, page):
        file.write_bytes(b"half")

    with run.reserved():
        assert not any(file.exists() for file in leftovers)

    assert page.exists()


def test_one_process_alone_trains_in_a_run_and_the_other_is_told_which(run: RunDirectory) -> None:
    with run.reserved():
        with pytest.raises(BusyError) as error, run.reserved():
            pass

        assert f"{run.path} is in use, by process {os.getpid()} on " in str(error.value)
        assert ", training since 2" in str(error.value)

    with run.reserved():
        pass


@pytest.mark.parametrize(
    "name",
    [
        *("checkpoints", "hypotheses", "attention", "weights", "teachers", "diversified"),
        "metrics.jsonl",
    ],
)
def test_nothing_is_deleted_through_a_link(run: RunDirectory, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    precious = elsewhere / ".half.tmp"
    precious.write_bytes(b"somebody else's")
    shutil.rmtree(run.path / name, ignore_errors=True)
    (run.path / name).unlink(missing_ok=True)
    (run.path / name).symlink_to(elsewhere)

    with pytest.raises(RunError, match=f"{name} is a symbolic link.*replace it"), run.reserved():
        pass

    assert precious.exists()


def test_a_beginning_that_was_killed_before_its_first_file_is_begun_again(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    (run.path / ".config.yaml.7.tmp").touch()
    (run.path / ".lock").touch()

    assert free_path("run", tmp_path) == run.path
    run.create(CONFIG)

    assert run.load_config() == CONFIG
    assert free_path("run", tmp_path) == tmp_path / "run-2"


def test_the_run_that_gave_its_weights_stands_in_the_configuration(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")

    run.create(CONFIG, init_from="runs/donor@40")

    assert run.init_from() == "runs/donor@40"
    assert run.load_config() == CONFIG


def test_weights_that_are_no_numbers_are_refused(
    run: RunDirectory, model: Transformer, tokenizer: Tokenizer
) -> None:
    model.embedding.weight.data[5, 3] = torch.nan
    save_model(run, model, tokenizer)

    with pytest.raises(RunError, match=r"model\.safetensors has weights that are not finite"):
        translator.load(run.path)


def test_a_name_that_is_not_utf8_is_refused_at_once() -> None:
    with pytest.raises(RunError, match=r"'runs/\\udcf6'\) is not UTF-8: choose another name"):
        find_run("runs/\udcf6")


def test_scores_are_not_written_through_a_link(run: RunDirectory, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run.results.hypotheses_folder.rename(elsewhere)
    run.results.hypotheses_folder.symlink_to(elsewhere)
    before = (elsewhere / "test.txt").read_bytes()

    with pytest.raises(RunError, match="hypotheses is a symbolic link, and nothing is written"):
        run.add_result("test", scores(18.5), ["b"])

    assert (elsewhere / "test.txt").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("seed: 5", "seed: 6", "training.seed 5, not 6"),
        ("num_heads: 3", "num_heads: 4", "model.num_heads 3, not 4"),
        ("rate: 0.0001", "rate: 0.001", "training.learning_rate 0.0001, not 0.001"),
    ],
)
def test_settings_edited_after_training_are_refused_by_name(
    run: RunDirectory, old: str, new: str, named: str
) -> None:
    text = run.config_file.read_text(encoding="utf-8")
    assert old in text
    run.config_file.write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(RunError, match=f"config.yaml has other settings .*{named}.*restore these"):
        translator.load(run.path)


def test_how_to_search_and_where_the_corpus_is_may_be_edited(run: RunDirectory) -> None:
    text = run.config_file.read_text(encoding="utf-8")
    moved = re.sub(r"source: .*", "source: elsewhere", text)
    run.config_file.write_text(moved.replace("beam_size: 2", "beam_size: 7"), encoding="utf-8")

    assert translator.load(run.path).decoding.beam_size == 7


def test_a_missing_tokenizer_is_said_as_that(run: RunDirectory) -> None:
    run.tokenizer_file.unlink()

    with pytest.raises(
        RunError, match=r"has no tokenizer\.model, which its model needs: copy the whole run"
    ):
        translator.load(run.path)


def test_a_configuration_that_is_not_utf8_is_an_error_that_names_the_file(
    run: RunDirectory,
) -> None:
    run.config_file.write_bytes(run.config_file.read_bytes().replace("ü".encode(), b"\xfc"))

    with pytest.raises(RunError, match=r"config\.yaml"):
        run.load_config()


def test_the_tokenizer_of_another_run_is_refused(run: RunDirectory) -> None:
    other = train_tokenizer([text[::-1] for text in TEXTS], CONFIG.tokenizer)
    run.tokenizer_file.write_bytes(other.model)

    with pytest.raises(RunError, match=r"tokenizer\.model is not the tokenizer.*copy"):
        translator.load(run.path)


@pytest.mark.parametrize("damage", ["all", "one bit"])
def test_a_tokenizer_that_is_none_is_an_error(run: RunDirectory, damage: str) -> None:
    data = run.tokenizer_file.read_bytes()
    at = data.index("▁".encode())  # the first piece that is not ASCII
    broken = data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]
    run.tokenizer_file.write_bytes(broken if damage == "one bit" else b"no tokenizer")

    with pytest.raises(RunError, match="tokenizer"):
        translator.load(run.path)


@pytest.mark.parametrize("length", [0, 5, 900, -1])
def test_a_truncated_model_is_an_error_that_names_the_file(run: RunDirectory, length: int) -> None:
    run.model_file.write_bytes(run.model_file.read_bytes()[:length])

    with pytest.raises(RunError, match=r"model\.safetensors cannot be read"):
        translator.load(run.path)


def test_weights_of_another_shape_are_an_error_in_one_line(
    run: RunDirectory, tokenizer: Tokenizer
) -> None:
    wider = dataclasses.replace(CONFIG.model, d_ff=24)
    save_model(run, Transformer(wider, tokenizer.vocab_size), tokenizer)

    with pytest.raises(RunError, match=r"does not fit .*config\.yaml.*size mismatch") as error:
        run.load_model(CONFIG, tokenizer)

    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_is_told_with_the_runs_that_are(run: RunDirectory) -> None:
    with pytest.raises(RunError, match=r"there is no run directory .*frist: the runs are .*first"):
        translator.load(run.path.with_name("frist"))


def test_where_there_is_no_run_at_all_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no run directory .*python -m translator train"):
        translator.load(tmp_path / "runs" / "first")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("config.yaml", r"is not a run directory: it has no config\.yaml"),
        ("tokenizer.model", r"tokenizer\.model"),
        ("model.safetensors", r"no trained model yet: continue its training with python -m"),
    ],
)
def test_a_missing_file_is_named(run: RunDirectory, missing: str, message: str) -> None:
    (run.path / missing).unlink()

    with pytest.raises(RunError, match=message):
        translator.load(run.path)


def test_events_come_back_and_a_line_cut_off_by_a_crash_is_passed_over(run: RunDirectory) -> None:
    run.metrics.append({"event": "train", "step": 31, "loss": 2.5})
    whole = run.metrics.events()
    line = json.dumps({"event": "train", "step": 32, "loss": 2.25})

    for length in range(len(line)):
        run.metrics.file.write_text(
            "".join(f"{json.dumps(event)}\n" for event in whole) + line[:length]
        )
        assert run.metrics.events() == whole


def test_a_run_without_a_log_has_no_events_and_a_model_card_all_the_same(
    run: RunDirectory,
) -> None:
    run.metrics.file.unlink()

    assert run.metrics.events() == []
    assert "in 0.0 minutes and 0 steps" in model_card(run, CONFIG, "cpu")


@pytest.mark.parametrize(
    "line",
    [
        b"[1, 2]",
        b"3.5",
        b"null",
        b'"validation"',
        b'{"event": "note", "text": "lower the rate"}',
        b'{"event": "validation", "step": "31"}',
        b'{"event": "validation", "step": 31, "seconds": "long"}',
        b'{"event": 7, "step": 31}',
        b'{"step": 31}',
        b"\xff",
    ],
)
def test_a_line_of_the_log_that_this_program_did_not_write_is_passed_over(
    run: RunDirectory, line: bytes
) -> None:
    before = run.metrics.events()
    with run.metrics.file.open("ab") as file:
        file.write(line + b"\n")
    run.metrics.append(validation(step=60, seconds=150.0))

    assert run.metrics.events() == [*before, validation(step=60, seconds=150.0)]
    assert run.seconds() == 150
    assert "60 steps" in model_card(run, CONFIG, "cpu")
    run.forget_after(30)
    assert run.metrics.events() == before


def test_events_after_the_checkpoint_are_forgotten_and_a_half_line_too(run: RunDirectory) -> None:
    for step in (31, 35, 40):
        run.metrics.append({"event": "train", "step": step, "loss": 2.0})
    with run.metrics.file.open("a") as file:
        file.write('{"event": "tr')

    run.forget_after(35)
    run.metrics.append({"event": "train", "step": 36, "loss": 1.5})

    assert [event["step"] for event in run.metrics.events()] == [30, 31, 35, 36]
    assert run.metrics.file.read_text().count("\n") == 4


def test_the_newest_run_is_the_one_whose_model_was_written_last(tmp_path: Path) -> None:
    for age, name in [(30, "a"), (10, "b"), (20, "c")]:
        file = tmp_path / name / "model.safetensors"
        file.parent.mkdir()
        file.write_bytes(b"")
        os.utime(file, (10_000 - age, 10_000 - age))
    (tmp_path / "untrained").mkdir()

    assert newest_run(tmp_path).path == tmp_path / "b"


def test_where_nothing_was_trained_the_newest_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no trained run in .*python -m translator train"):
        newest_run(tmp_path / "runs")


def test_differing_settings_are_named_with_both_values() -> None:
    other = dataclasses.replace(
        CONFIG,
        model=dataclasses.replace(CONFIG.model, d_ff=24),
        training=dataclasses.replace(CONFIG.training, warmup_steps=9),
    )

    assert list(changes(CONFIG, other)) == [
        ("model.d_ff", 20, 24),
        ("training.warmup_steps", 8, 9),
    ]
    assert list(changes(CONFIG, dataclasses.replace(CONFIG))) == []


def test_results_of_several_splits_stand_beside_each_other(run: RunDirectory) -> None:
    run.add_result("test2016", scores(20.0), ["a", "", "ü"])
    run.add_result("test", scores(18.5), ["b"])

    results = run.results.load()
    assert {split: result["bleu"]["value"] for split, result in results.items()} == {
        "test": 18.5,
        "test2016": 20.0,
    }
    assert (run.path / "hypotheses" / "test2016.txt").read_bytes() == b"a\n\n\xc3\xbc\n"
    assert (run.path / "hypotheses" / "test.txt").read_text() == "b\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"test": {"bleu": {"name": "BLEU", "val',
        b"null",
        b"[1, 2]",
        b'{"test": 96.4}',
        b'{"test": {"bleu": 96.4}}',
        b'{"test": {"bleu": {"name": "BLEU", "value": "high"}}}',
        b"\xff\xfe",
    ],
)
def test_broken_or_foreign_results_are_an_error_that_names_the_file_and_leaves_it(
    run: RunDirectory, content: bytes
) -> None:
    run.results.file.write_bytes(content)

    for use in (
        run.results.load,
        lambda: run.add_result("test", scores(18.5), ["b"]),
        lambda: model_card(run, CONFIG, "cpu"),
    ):
        with pytest.raises(
            RunError, match=r"results\.json is broken or was not .*: correct the file or"
        ):
            use()

    assert run.results.file.read_bytes() == content


def test_the_model_card_tells_what_was_trained_on_what_for_how_long_and_its_scores(
    run: RunDirectory,
) -> None:
    run.metrics.append(validation(step=60, seconds=150.0))

    card = model_card(run, CONFIG, "cpu (2 threads) | 0.01 M parameters")

    assert "\n---\n\n# first: en to de\n" in card
    for fact in (
        "2 encoder and 1 decoder layers",
        "3 heads, d_model 12, d_ff 20",
        "trained from scratch on\n`data/müll` at a1b2 in 2.5 minutes and 60 steps",
        "cpu (2 threads) | 0.01 M parameters",
        "| test | 17.25 |",
        "- BLEU: `nrefs:1|case:mixed|bleu`\n",
        "- TER: `nrefs:1|case:mixed|ter`\n",
        "best on validation (chrf) among\n2 validations",
        "python translate.py --run RUN",
        "## Limits",
    ):
        assert fact in card


def test_teachers_count_in_the_time_that_a_run_took(run: RunDirectory) -> None:
    run.metrics.append(validation(step=60, seconds=150.0))
    for teacher, seconds in (("teachers/forward-1", 620.0), ("teachers/backward-1", 10.0)):
        (run.path / teacher).mkdir(parents=True)
        RunDirectory(run.path / teacher).metrics.append(validation(step=9, seconds=seconds))

    assert run.seconds() == 780
    assert "in 13.0 minutes and 60 steps." in model_card(run, CONFIG, "cpu")


def test_the_model_card_names_text_of_one_language(run: RunDirectory) -> None:
    corpus = CorpusConfig(source="A", monolingual_tgt="more.de")
    config = Config(corpus=corpus, diversification=DiversificationConfig(models=1))

    card = " ".join(model_card(run, config, "cpu").split())

    assert "on `A`, and on text of one language (`more.de`), in " in card


def test_the_model_card_names_the_run_whose_weights_came_first(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(CONFIG, init_from="runs/müller")
    run.metrics.append(validation(step=60, seconds=150.0))

    card = model_card(run, CONFIG, "cpu")

    assert (
        "trained from the weights of `runs/müller` on\n`data/müll` at a1b2 in 2.5 minutes "
        "and 60 steps."
    ) in card


def test_the_model_card_names_every_corpus_with_its_weight(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(mixed(2.5))

    card = model_card(run, mixed(2.5), "cpu")

    assert "trained from scratch on\n`data/müll` (weight 2.5) and `more` in 0.0 minutes" in card


def validation(step: int, seconds: float) -> dict[str, object]:
    return {"event": "validation", "step": step, "seconds": seconds, "loss": 3.0}


def scores(bleu: float) -> dict[str, object]:
    names = {"bleu": "BLEU", "bleu_lowercased": "BLEU", "chrf": "chrF2", "ter": "TER"}
    return {
        key: {
            "name": name,
            "value": bleu if key == "bleu" else 50.0,
            "signature": f"nrefs:1|case:mixed|{key}",
        }
        for key, name in names.items()
    }


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("data/scenes", "scenes"),
        ("owner/name", "name"),
        ("texts/my corpus.jsonl", "my corpus"),
        ("here/", "here"),
        (".", "here"),
        ("./", "here"),
        ("below/..", "here"),
        ("/", "run"),
        ("...", "run"),
        (".cfg", "cfg"),
        ("n" * 300, "n" * 200),
        ("名" * 300, "名" * 66),
    ],
)
def test_a_run_has_the_name_of_the_file_or_folder_that_it_comes_from(
    origin: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert free_path(origin) == Path("runs") / name


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    for name in ("a", "a-2"):
        RunDirectory(tmp_path / name).create(CONFIG)
    (tmp_path / "a-3").write_text("a file")

    assert free_path("data/a.jsonl", tmp_path) == tmp_path / "a-4"


@pytest.mark.parametrize(
    ("name", "path", "step"),
    [
        ("runs/a", "runs/a", None),
        ("runs/a@7", "runs/a", 7),
        ("runs/a@007", "runs/a", 7),
        ("runs/a@" + 5000 * "0" + "7", "runs/a", 7),
        ("runs/a@0", "runs/a", 0),
        ("a@b@7", "a@b", 7),
        ("runs/a@٣", "runs/a@٣", None),
        ("runs/a@²", "runs/a@²", None),
        ("runs/a@-1", "runs/a@-1", None),
        ("runs/a@", "runs/a@", None),
    ],
)
def test_a_run_is_named_with_a_step_or_without(name: str, path: str, step: int | None) -> None:
    assert local_run(name) == RunDirectory(Path(path), step)


def test_a_step_of_thousands_of_digits_is_not_kept() -> None:
    with pytest.raises(RunError, match=r"^runs/a has no weights of step 999999999\.\.\.$"):
        local_run("runs/a@" + 5000 * "9")


def test_a_path_in_a_message_is_as_a_shell_takes_it(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "a run")
    run.create(Config())

    with pytest.raises(RunError, match=r"continue it with .* train --resume '.*/a run'$"):
        run.check_is_free()
    with pytest.raises(RunError, match=r"continue its training with .* train --resume '.*/a run'$"):
        run.load_tokenizer()
