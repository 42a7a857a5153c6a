"""What is packed or pushed translates elsewhere, and nothing else of a run goes with it."""

import errno
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from local_hub import TOKEN, Hub, Model, local_hub
from tiny_runs import save_checkpoint, save_model

from translator import load
from translator.cli.main import run_command
from translator.config import Config, CorpusConfig, DecodingConfig, ModelConfig, TokenizerConfig
from translator.errors import RunError
from translator.experiment import packing
from translator.experiment.beginning import resolve
from translator.experiment.held_out import load_held_out
from translator.experiment.packing import pack, push
from translator.experiment.run_directory import RunDirectory, find_run
from translator.model.transformer import Transformer
from translator.text.alignments import write_pairs
from translator.text.tokenizer import train_tokenizer

SHAPE = ModelConfig(d_model=12, num_heads=3, d_ff=20, num_encoder_layers=2, num_decoder_layers=1)
TEXTS = ["A dog runs.", "Two men sit on a bench.", "Ein Hund rennt.", "Zwei Männer sitzen."]
PACKED = {
    "README.md",
    "attention/probes.json",
    "config.yaml",
    "held_out/test.jsonl",
    "hypotheses/test.txt",
    "metrics.jsonl",
    "model.safetensors",
    "results.json",
    "tokenizer.model",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run in which something of everything has been written."""
    monkeypatch.chdir(tmp_path)
    tokenizer = train_tokenizer(TEXTS, TokenizerConfig(vocab_size=300))
    torch.manual_seed(1)
    model = Transformer(SHAPE, tokenizer.vocab_size)
    run = RunDirectory(Path("runs/first"))
    run.create(Config(model=SHAPE, decoding=DecodingConfig(beam_size=2)))
    run.save_tokenizer(tokenizer)
    save_model(run, model, tokenizer)
    save_checkpoint(run, 30, model, tokenizer)
    run.add_result("test", scores(17.25), ["Ein Hund rennt."])
    run.metrics.append({"event": "validation", "step": 30, "seconds": 9.5})
    others = ("held_out/test.jsonl", "attention/probes.json", "weights/step-00000003.safetensors")
    for name in (*others, "ctranslate2/model.bin", "teachers/forward-1/config.yaml"):
        (run.path / name).parent.mkdir(parents=True, exist_ok=True)
        (run.path / name).write_bytes(b"x" * 1000)
    write_pairs(run.path / "held_out/test.jsonl", [(TEXTS[0], TEXTS[2])], CorpusConfig(), {})
    return run


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub of this test, with an empty cache, and a token that it knows."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with local_hub() as hub:
        ask(hub.url, monkeypatch)
        yield hub


def ask(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_ENDPOINT does before the library is imported."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    for module in ("constants", "file_download"):  # older versions keep it in the latter, too
        monkeypatch.setattr(
            f"huggingface_hub.{module}.HUGGINGFACE_CO_URL_TEMPLATE",
            url + "/{repo_id}/resolve/{revision}/{filename}",
            raising=False,
        )


def test_a_packed_folder_translates_as_the_run_does_and_has_no_more_than_that_needs(
    run: RunDirectory,
) -> None:
    whole, packed = pack(run, Path("elsewhere/small"))

    assert files(Path("elsewhere/small")) == PACKED
    assert packed == sum(path.stat().st_size for path in Path("elsewhere/small").rglob("*.*"))
    assert whole == sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert load("elsewhere/small").translate(TEXTS) == load(run.path).translate(TEXTS)
    assert [path.name for path in Path("elsewhere").iterdir()] == ["small"]


def test_an_archive_holds_the_folder(run: RunDirectory) -> None:
    _, packed = pack(run, Path("small.zip"))

    with zipfile.ZipFile("small.zip") as archive:
        archive.extractall()
    assert files(Path("small")) == PACKED
    assert packed == Path("small.zip").stat().st_size
    assert load("small").translate(TEXTS) == load(run.path).translate(TEXTS)


def test_the_command_says_how_large_both_are_and_what_to_do_next(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("pack", ["runs/first", "--output", "a b"], prog="translator pack") == 0

    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "a b: 0.0 MB of the 0.1 MB of runs/first"
    assert second.endswith("translate --run 'a b' TEXT")


def test_what_is_there_already_is_not_overwritten(run: RunDirectory) -> None:
    Path("there").mkdir()

    with pytest.raises(RunError, match=r"^there exists already: remove it, or choose another"):
        pack(run, Path("there"))

    assert not files(Path("there"))


def test_nothing_is_packed_into_the_run_itself(run: RunDirectory) -> None:
    before = files(run.path)

    with pytest.raises(RunError, match=r"^runs/first/small is inside the run itself: choose"):
        pack(run, Path("runs/first/small"))

    assert files(run.path) == before


def test_where_another_process_packs_to_the_same_place_its_pack_stays(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = packing.copy_shared

    def slow_copy(run: RunDirectory, folder: Path) -> None:
        copy(run, folder)
        Path("there").mkdir()
        Path("there/theirs").touch()

    monkeypatch.setattr(packing, "copy_shared", slow_copy)

    with pytest.raises(RunError, match=r"^there exists already: remove it"):
        pack(run, Path("there"))

    assert [path.name for path in Path("there").iterdir()] == ["theirs"]
    assert {path.name for path in Path.cwd().iterdir()} == {"runs", "there"}


def test_a_full_disk_is_said_of_the_place_that_is_full(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(source: Path, _: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source))  # as copyfile does

    monkeypatch.setattr(shutil, "copyfile", no_space)

    with pytest.raises(RunError, match=r": there cannot be written \(No space left on device\)"):
        pack(run, Path("there"))


def test_a_run_that_cannot_translate_is_refused_and_leaves_nothing(run: RunDirectory) -> None:
    with pytest.raises(RunError, match=r"^runs/first@30 is one step of a run, .*: leave @30 out$"):
        pack(find_run("runs/first@30"), Path("small"))
    run.tokenizer_file.unlink()
    with pytest.raises(RunError, match=r"has no tokenizer\.model"):
        pack(run, Path("small"))

    assert [path.name for path in Path.cwd().iterdir()] == ["runs"]


def test_a_packed_run_is_not_resumed_since_it_would_begin_anew(run: RunDirectory) -> None:
    pack(run, Path("small"))

    with pytest.raises(RunError, match=r"^small has a model but no check.* --init_from small$"):
        resolve(None, None, "small", None)


def test_a_card_that_somebody_edited_is_kept_and_an_old_one_is_written_anew(
    run: RunDirectory,
) -> None:
    run.card_file.write_text("# first\n| a | `b|c` |\n", encoding="utf-8")
    pack(run, Path("old"))
    run.card_file.write_text("---\nlicense: mit\n---\n\nBy hand.\n", encoding="utf-8")
    pack(run, Path("edited"))
    run.card_file.write_text("---\nlicense: [\n---\n", encoding="utf-8")

    assert "vocabulary 300" in Path("old/README.md").read_text(encoding="utf-8")
    edited = ModelCard.load("edited/README.md")
    assert (edited.data.license, edited.text.strip()) == ("mit", "By hand.")
    with pytest.raises(RunError, match=r"the facts at the top of README\.md are not valid YAML"):
        pack(run, Path("broken"))


def test_what_is_pushed_translates_from_the_hub_and_then_from_the_cache(
    run: RunDirectory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = push(run, "ada/first", public=False, license_id="cc0-1.0")
    ours = load(run.path).translate(TEXTS)

    assert address == f"{hub.url}/ada/first"
    assert hub.models["ada/first"].visibility == "private"
    assert set(hub.models["ada/first"].files) == PACKED
    card = ModelCard(hub.models["ada/first"].files["README.md"].decode())
    assert card.data.license == "cc0-1.0"
    found = find_run("ada/first")
    assert (str(found), files(found.path)) == ("ada/first", PACKED)
    assert load("ada/first").translate(TEXTS) == ours
    assert load_held_out(found, "test") == [(TEXTS[0], TEXTS[2])]
    ask("http://127.0.0.1:9", monkeypatch)
    assert load("ada/first").translate(TEXTS) == ours


def test_a_second_push_is_a_second_commit_that_removes_what_the_run_no_longer_has(
    run: RunDirectory, hub: Hub
) -> None:
    push(run, "ada/first", public=True, license_id=None)
    hub.models["ada/first"].files["notes.md"] = b"by hand"
    (run.path / "hypotheses/test.txt").rename(run.path / "hypotheses/news.txt")
    push(run, "ada/first", public=True, license_id=None)

    model = hub.models["ada/first"]
    assert (model.visibility, model.commits) == ("public", 2)
    assert set(model.files) == PACKED - {"hypotheses/test.txt"} | {
        "hypotheses/news.txt",
        "notes.md",
    }
    assert files(find_run("ada/first").path) == set(model.files) - {"notes.md"}


def test_a_folder_wins_over_the_hub_and_nothing_is_asked(run: RunDirectory, hub: Hub) -> None:
    push(run, "runs/first", public=True, license_id=None)
    hub.requests.clear()

    assert find_run("runs/first") == run
    with pytest.raises(RunError, match=r"^there is no run directory runs/fist: the runs are r"):
        load("runs/fist")
    assert not hub.requests


def test_each_thing_that_a_hub_refuses_is_one_sentence(
    run: RunDirectory, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.models["ada/other"] = Model("public", {"pytorch_model.bin": b"code"}, 1)
    hub.models["ada/hidden"] = Model("private", {"config.yaml": b"{}"}, 1)
    place = f"the hub {hub.url}"
    nowhere = rf"^there is no folder ada/none in {Path.cwd()}, and {place}"

    with pytest.raises(RunError, match=f"{nowhere} has no model ada/none that you can access"):
        load("ada/none")
    with pytest.raises(
        RunError, match=r"ada/other on the hub .* is not a run of this program: it ha"
    ):
        load("ada/other")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(RunError, match=f"{place} refuses your token .401.: log in again with"):
        load("ada/hidden")
    with pytest.raises(RunError, match=rf"^runs/first cannot be pushed to ada/a: {place} refuses"):
        push(run, "ada/a", public=False, license_id=None)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "nowhere")
    with pytest.raises(RunError, match="there is no token: log in with `hf auth login`, or set HF"):
        push(run, "ada/a", public=False, license_id=None)
    with pytest.raises(RunError, match="has no model ada/hidden that you can access"):
        load("ada/hidden")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    ask("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(RunError, match=r":9 cannot be reached, and its cache has no model ada/n"):
        load("ada/none")
    with pytest.raises(RunError, match=r"pushed to ada/a: the hub http://127\.0\.0\.1:9 cannot be"):
        push(run, "ada/a", public=False, license_id=None)
    assert "ada/a" not in hub.models


def test_a_name_without_an_owner_is_refused_before_anything_is_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command("push", ["runs/first", "first"], prog="translator push") == 2

    assert "error: first is not a name on the hub: give it as owner/name" in capsys.readouterr().err


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def scores(bleu: float) -> dict[str, object]:
    values = {"bleu": bleu, "bleu_lowercased": 18.5, "chrf": 42.0, "ter": 50.0}
    return {
        name: {"name": name, "value": value, "signature": f"nrefs:1|{name}"}
        for name, value in values.items()
    }
