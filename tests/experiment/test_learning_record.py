"""The record of learning: what a run keeps of it, proved against the weights of the same steps."""

import dataclasses
import errno
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_runs import CPU, lines, tiny_config, train, write_corpus

import translator
from translator import evaluation
from translator.compute.distributed import World
from translator.config import Config
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.errors import RunError
from translator.experiment import experiment as lab
from translator.experiment import learning_record, training_run
from translator.experiment.checkpoint import unpack
from translator.experiment.loading import load_translator
from translator.experiment.recorder import Recorder
from translator.experiment.run_directory import RunDirectory
from translator.inspection.alignment import Agreement, GoldPair, Reader, align, compare
from translator.inspection.inspection import KINDS
from translator.inspection.learning import WHOLE
from translator.inspection.record import inspect_pair

KEPT = [0, 5, 9, 14]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with gold alignments, and a run on it that keeps the weights of four steps."""
    folder = tmp_path_factory.mktemp("learning")
    write_aligned_corpus(folder / "corpus")
    train(aligned_config(folder), RunDirectory(folder / "run"))
    return folder


def aligned_config(folder: Path) -> Config:
    config = tiny_config(folder / "corpus")
    training = dataclasses.replace(config.training, keep_weights=4)
    return dataclasses.replace(config, training=training)


def write_aligned_corpus(folder: Path) -> None:
    """That of `write_corpus`, where word i belongs to word i."""
    write_corpus(folder)
    texts = [lines(folder / f"validation.{language}") for language in ("en", "de")]
    rows = [
        {"en": src, "de": tgt, "alignment": [[at, at] for at in range(len(src.split()))]}
        for src, tgt in zip(*texts, strict=True)
    ]
    for file in folder.glob("validation.*"):
        file.unlink()
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "validation.jsonl").write_text(text, encoding="utf-8")


def test_what_is_recorded_is_what_the_weights_of_the_same_step_compute(folder: Path) -> None:
    run = RunDirectory(folder / "run")
    learning = run.learning_record.load("run")

    assert learning is not None
    assert [snapshot.step for snapshot in learning.snapshots] == list(range(15))
    assert run.kept_steps() == KEPT
    for step in KEPT:
        taken = learning.snapshots[step]
        at_step = load_translator(dataclasses.replace(run, step=step))
        logprobs, rows, total = [], [], Agreement()
        for place, probe in enumerate(learning.probes):  # here, all validation sentences
            inspection = inspect_pair(at_step, probe.text, probe.tgt)
            assert probe.source == inspection.source
            assert probe.reads == inspection.reads
            for kind in KINDS:
                weights = np.stack([layer.weights for layer in getattr(inspection, kind)])
                rounding = np.abs(taken.attention[place][kind] / WHOLE - weights)
                assert rounding.max() <= 1 / (2 * WHOLE) + 1e-6
            expected = np.exp(inspection.logprobs)
            assert taken.probabilities[place] == pytest.approx(expected, rel=1e-4)
            logprobs.append(inspection.logprobs)
            rows.append(-(inspection.weights * np.log2(inspection.weights)).sum(axis=-1))
            assert probe.alignment is not None
            gold = GoldPair(src=probe.text, tgt=probe.tgt, sure=frozenset(probe.alignment))
            reader = Reader(layer=0, head=1, by="weights", rows="writes", chosen_by="target")
            total += compare(align(inspection, reader), gold)
        assert taken.loss == pytest.approx(-np.concatenate(logprobs).mean(), rel=1e-5)
        assert taken.entropy == pytest.approx(np.concatenate(rows, axis=-1).mean(-1), rel=1e-4)
        assert taken.aer is not None
        assert taken.aer[0, 1] == pytest.approx(total.aer)
        sources = [at_step.tokenizer.encode(probe.text) for probe in learning.probes]
        found = decode(at_step.model, sources, BeamSearch(beam_size=1))
        texts = [
            " ".join(at_step.tokenizer.text(best.ids[: len(probe.writes) + 5]).split())
            for [best], probe in zip(found, learning.probes, strict=True)
        ]
        expected_bleu = evaluation.bleu(texts, [probe.tgt for probe in learning.probes])
        assert taken.bleu == pytest.approx(expected_bleu.value)
        assert learning.bleu_signature == expected_bleu.signature
    assert learning.num_sentences == len(learning.probes) == 8


def test_the_weights_of_the_last_step_are_those_of_its_checkpoint(folder: Path) -> None:
    run = RunDirectory(folder / "run")
    kept, facts = unpack(run.weights_folder / "step-00000014.safetensors")
    checkpoint, _ = unpack(run.checkpoints.file_of(14))

    assert facts.keys() == {"step", "config", "tokenizer_sha256", "max_src_length"}
    assert facts["step"] == 14
    for name, tensor in kept.items():
        assert torch.equal(tensor, checkpoint[f"average.{name}"])
    at_last = load_translator(dataclasses.replace(run, step=14))
    assert torch.equal(at_last.model.embedding.weight, kept["embedding.weight"])


def test_a_step_of_which_nothing_is_kept_is_told_with_those_that_are(folder: Path) -> None:
    with pytest.raises(RunError, match=r"run has no weights of step 7; kept steps: 0, 5, .*, 14$"):
        translator.load(f"{folder / 'run'}@7")


def test_recording_leaves_training_as_it_would_be_without(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDirectory(tmp_path / "run")
    monkeypatch.setattr(Recorder, "look", lambda *_: None)

    train(aligned_config(folder), run)

    assert run.learning_record.load("run") is None
    assert run.learning_record.probes() == []
    expected, _ = RunDirectory(folder / "run").checkpoints.load_newest()
    tensors, _ = run.checkpoints.load_newest()
    assert all(torch.equal(tensors[name], tensor) for name, tensor in expected.items())


def test_a_full_disk_leaves_a_record_that_goes_on_to_the_same_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, full = RunDirectory(folder / "run"), RunDirectory(tmp_path / "run")
    write = learning_record.write_atomically

    def fail_at_ten(path: Path, data: bytes) -> None:
        if path.name == "step-00000010.npz":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(learning_record, "write_atomically", fail_at_ten)
        with pytest.raises(OSError, match=r"No space left.*step-00000010\.npz"):
            train(aligned_config(folder), full)
    assert max(full.learning_record.files()) == 9

    assert train(aligned_config(folder), full, resumes=True) == "finished"

    assert recorded(full) == recorded(whole)


def test_a_training_that_stops_early_records_its_last_step_once(
    folder: Path, tmp_path: Path
) -> None:
    config = aligned_config(folder)
    hopeless = dataclasses.replace(
        config.training, patience=2, max_steps=500, eval_every=3, learning_rate=1e-9, metric="bleu"
    )
    config = dataclasses.replace(config, training=hopeless)
    run = RunDirectory(tmp_path / "run")

    assert train(config, run) == "stopped early"

    files = recorded(run)
    last = run.checkpoints.newest_step()
    assert last < 25, "the test needs a stop between two snapshots"
    assert list(run.learning_record.files()) == run.kept_steps() == [0, last]
    assert train(config, run, resumes=True) == "stopped early"
    assert recorded(run) == files


def test_a_run_begins_its_record_with_the_weights_of_another(folder: Path, tmp_path: Path) -> None:
    config = aligned_config(folder)
    config = dataclasses.replace(config, training=dataclasses.replace(config.training, max_steps=1))

    heir = translator.train(
        config, run=tmp_path / "heir", init_from=f"{folder / 'run'}@9", device="cpu"
    ).run

    learning = RunDirectory(heir).learning_record.load("heir")
    donor = RunDirectory(folder / "run").learning_record.load("run")
    assert learning is not None
    assert donor is not None
    first, ninth = learning.snapshots[0], donor.snapshots[9]
    assert (first.step, first.bleu, first.loss) == (0, ninth.bleu, ninth.loss)
    assert np.array_equal(first.entropy, ninth.entropy)
    assert first.loss != donor.snapshots[0].loss


def test_beside_text_that_teachers_wrote_the_alignments_of_the_corpus_count(
    folder: Path, tmp_path: Path
) -> None:
    write_corpus(tmp_path / "written")
    config = aligned_config(folder)
    text = dataclasses.replace(config.corpus, source=str(tmp_path / "written"))

    run = RunDirectory(tmp_path / "run")
    run.create(config)

    with training_run._recording(lab.prepare(config, CPU, World(), text=text), run) as recorder:
        assert recorder is not None
        assert recorder.watched is not None
        assert all(recorder.watched.gold)


def test_a_run_without_short_validation_sentences_has_no_record(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus")
    for file in (tmp_path / "corpus").glob("validation.*"):
        file.write_text(" ".join(lines(file)) + "\n", encoding="utf-8")
    config = tiny_config(tmp_path / "corpus")
    config = dataclasses.replace(config, training=dataclasses.replace(config.training, max_steps=1))
    run = RunDirectory(tmp_path / "run")

    train(config, run)

    assert run.learning_record.load("run") is None
    assert not run.learning_record.folder.exists()


@pytest.mark.parametrize("name", ["probes.json", "step-00000003.npz"])
@pytest.mark.parametrize("content", ["half", "empty", "other"])
def test_a_broken_record_is_one_sentence(
    folder: Path, tmp_path: Path, name: str, content: str
) -> None:
    shutil.copytree(folder / "run" / "attention", tmp_path / "attention")
    record = learning_record.LearningRecord(tmp_path / "attention")
    file, other = tmp_path / "attention" / name, folder / "run" / "model.safetensors"
    whole = file.read_bytes()
    halves = {"half": whole[: len(whole) // 2], "empty": b"", "other": other.read_bytes()}
    file.write_bytes(halves[content])

    with pytest.raises(RunError, match=rf"^\S+{name} is broken .*: move \S+attention away, "):
        record.load("run")


def test_a_snapshot_of_other_probes_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run" / "attention", tmp_path / "attention")
    record = learning_record.LearningRecord(tmp_path / "attention")
    facts = json.loads(record.probes_file.read_bytes())
    facts["probes"].pop()
    record.probes_file.write_text(json.dumps(facts), encoding="utf-8")

    with pytest.raises(RunError, match=r"step-00000000\.npz is broken"):
        record.load("run")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"step": np.int64(4)}, id="another step"),
        pytest.param({"entropy": np.zeros((2, 2), np.float32)}, id="entropy of another shape"),
        pytest.param({"entropy": np.full((1, 2), "x")}, id="text for entropy"),
        pytest.param({"loss": np.float64("nan")}, id="a loss that is no number"),
        pytest.param({"aer": np.zeros((1, 3), np.float32)}, id="aer of another shape"),
        pytest.param({"aer": None}, id="no aer"),
        pytest.param({"encoder_self_attn": "two layers"}, id="another encoder"),
        pytest.param({"cross_attn": "fractions"}, id="fractions for bytes"),
    ],
)
def test_a_snapshot_of_another_model_is_refused(
    folder: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    shutil.copytree(folder / "run" / "attention", tmp_path / "attention")
    record = learning_record.LearningRecord(tmp_path / "attention")
    file = record.files()[3]
    arrays = dict(np.load(file))
    changes = {
        "two layers": np.tile(arrays["encoder_self_attn"], (2, 1, 1)),
        "fractions": arrays["cross_attn"] / np.float32(WHOLE),
    }
    for name, value in change.items():
        arrays[name] = changes.get(value, value) if isinstance(value, str) else value
    np.savez(file, **{name: array for name, array in arrays.items() if array is not None})

    with pytest.raises(RunError, match=r"step-00000003\.npz is broken"):
        record.load("run")


def test_a_record_without_its_beginning_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run" / "attention", tmp_path / "attention")
    record = learning_record.LearningRecord(tmp_path / "attention")
    record.files()[0].unlink()

    with pytest.raises(RunError, match=r"attention has no snapshot of step 0, .*: copy the whole"):
        record.load("run")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"text": "a\ud800"}, id="half a surrogate pair"),
        pytest.param({"reads": ["<s>"]}, id="fewer pieces read than written"),
        pytest.param({"alignment": [[float("inf"), 0]]}, id="a link to infinity"),
        pytest.param({"alignment": [[0, 9]]}, id="a link to a word that is not there"),
    ],
)
def test_probes_that_nothing_can_show_are_refused(
    folder: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    shutil.copytree(folder / "run" / "attention", tmp_path / "attention")
    record = learning_record.LearningRecord(tmp_path / "attention")
    facts = json.loads(record.probes_file.read_bytes())
    facts["probes"][0] |= change
    record.probes_file.write_text(json.dumps(facts), encoding="utf-8")

    with pytest.raises(RunError, match=r"probes\.json is broken"):
        record.load("run")


def test_a_run_begun_before_there_were_records_is_resumed_without_one(
    folder: Path, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "run")
    config = aligned_config(folder)
    train(config, run, stop=8)
    shutil.rmtree(run.learning_record.folder)

    assert train(config, run, resumes=True) == "finished"

    assert not run.learning_record.folder.exists()
    assert run.learning_record.load("run") is None


def test_what_was_recorded_after_a_step_is_forgotten_with_it(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "run", tmp_path / "run")
    run = RunDirectory(tmp_path / "run")

    run.forget_after(9)
    assert list(run.learning_record.files()) == list(range(10))
    assert run.kept_steps() == [0, 5, 9]

    run.forget_after(-1)
    assert run.learning_record.files() == {}
    assert run.kept_steps() == []


def recorded(run: RunDirectory) -> dict[str, bytes]:
    """All that is recorded of learning."""
    folders = (run.learning_record.folder, run.weights_folder)
    return {file.name: file.read_bytes() for folder in folders for file in folder.iterdir()}
