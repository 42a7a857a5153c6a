"""What is exported translates as the run does, alone too; and what does not is not kept."""

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ctranslate2
import pytest
import sentencepiece
import torch
import torch.nn.functional as F
from tiny_runs import save_checkpoint, save_model
from torch.nn.utils.rnn import pad_sequence

from translator import load
from translator.config import (
    BOS_ID,
    EOS_ID,
    PAD_ID,
    UNK_ID,
    Config,
    DecodingConfig,
    ModelConfig,
    TokenizerConfig,
)
from translator.decoding.ctranslate2_engine import CTranslate2Search
from translator.decoding.search import Hypothesis, decode, max_target_length
from translator.decoding.strategies import BeamSearch, Sampling
from translator.errors import ConfigError, RunError
from translator.experiment.agreement import Agreement, compare
from translator.experiment.ctranslate2_export import write_ctranslate2
from translator.experiment.export import _put_in_place, export
from translator.experiment.run_directory import RunDirectory, find_run
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

pytestmark = pytest.mark.slow  # each test writes an export or loads one

PAIRS = [
    ("A dog runs across the green meadow.", "Ein Hund rennt über die grüne Wiese."),
    ("Two men sit on a bench.", "Zwei Männer sitzen auf einer Bank."),
    ("The girl laughs.", "Das Mädchen trägt ein rotes Kleid, und es lacht."),
    ("A cat sleeps on the warm, dry roof today.", "Eine Katze schläft."),
    ("It is raining.", "Es regnet."),
]
ENGLISH, GERMAN = [src for src, _ in PAIRS], [tgt for _, tgt in PAIRS]
SHAPE = ModelConfig(  # all different, so that nothing fits where it does not belong
    d_model=24, num_heads=3, d_ff=40, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
)
LONGEST = 35


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer([*ENGLISH, *GERMAN], TokenizerConfig(vocab_size=320))


@pytest.fixture(scope="module")
def model(tokenizer: Tokenizer) -> Transformer:
    """Knows PAIRS by heart."""
    torch.manual_seed(1)
    model = Transformer(SHAPE, tokenizer.vocab_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    src = pad_sequence([*map(torch.tensor, tokenizer.encode_all(ENGLISH))], batch_first=True)
    tgt_out = pad_sequence([*map(torch.tensor, tokenizer.encode_all(GERMAN))], batch_first=True)
    tgt_in = F.pad(tgt_out, (1, -1), value=BOS_ID)
    for _ in range(120):
        logits = model.logits(tgt_in, model.encode(src, src == PAD_ID), src == PAD_ID)
        loss = F.cross_entropy(logits.transpose(1, 2), tgt_out, ignore_index=PAD_ID)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture
def run(model: Transformer, tokenizer: Tokenizer, tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    run.create(Config(model=SHAPE, decoding=DecodingConfig(beam_size=3)))
    run.save_tokenizer(tokenizer)
    save_model(run, model, tokenizer, LONGEST)
    return run


@pytest.fixture
def strange_model(tokenizer: Tokenizer) -> Transformer:
    """Every number is random, those that begin as 0 or 1 in training too."""
    torch.manual_seed(2)
    model = Transformer(SHAPE, tokenizer.vocab_size).eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter), alpha=0.2)
    return model


def test_every_weight_is_in_its_place(
    strange_model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    write_ctranslate2(strange_model, tokenizer, tmp_path, "float32", max_src_length=LONGEST)
    exported = ctranslate2.Translator(str(tmp_path))
    for source, target in [(ENGLISH[0], GERMAN[2]), (ENGLISH[4], GERMAN[0])]:
        src, tgt = tokenizer.encode_all([source, target])
        expected = logprobs_of(strange_model, src, tgt)

        [scored] = exported.score_batch([tokenizer.pieces(src[:-1])], [tokenizer.pieces(tgt[:-1])])

        torch.testing.assert_close(torch.tensor(scored.log_probs), expected, atol=1e-4, rtol=1e-4)


def test_ctranslate2_and_sentencepiece_translate_without_this_program(run: RunDirectory) -> None:
    export(run, "ctranslate2", "float32", PAIRS)

    exported = ctranslate2.Translator(str(run.path / "ctranslate2"))
    processor = sentencepiece.SentencePieceProcessor(str(run.tokenizer_file))
    pieces = [processor.encode(text, out_type=str) for text in ENGLISH]
    found = exported.translate_batch(pieces, beam_size=1)

    assert [processor.decode(result.hypotheses[0]) for result in found] == GERMAN
    assert {file.name for file in (run.path / "ctranslate2").iterdir()} == {
        "config.json",
        "export.json",
        "model.bin",
        "shared_vocabulary.json",
    }


@pytest.mark.parametrize(
    "strategy",
    [
        BeamSearch(beam_size=1),
        BeamSearch(beam_size=4),
        BeamSearch(beam_size=3, length_penalty=0.0),
        BeamSearch(beam_size=3, length_penalty=-0.5),
        BeamSearch(beam_size=3, length_penalty=0.7),
    ],
    ids=str,
)
@pytest.mark.parametrize("prefix_length", [0, 1, 7])
def test_it_finds_what_our_own_search_finds(
    model: Transformer,
    tokenizer: Tokenizer,
    tmp_path: Path,
    strategy: BeamSearch,
    prefix_length: int,
) -> None:
    search = exported_search(model, tokenizer, tmp_path)
    sources = tokenizer.encode_all([*ENGLISH, *ENGLISH[:3]])
    prefixes = [ids[:prefix_length] for ids in tokenizer.encode_all(GERMAN)] + [[]] * 3

    found = search(sources, strategy, prefixes=prefixes)

    assert_same(found, decode(model, sources, strategy, prefixes=prefixes))


@pytest.mark.parametrize("prefix", ["", "Zwei M"])
def test_several_translations_are_distinct_in_order_and_scored_as_the_model_scores_them(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path, prefix: str
) -> None:
    search = exported_search(model, tokenizer, tmp_path)
    sources = tokenizer.encode_all(ENGLISH)
    forced = tokenizer.encode(prefix)[:-1]
    strategy = BeamSearch(beam_size=6, num_best=4, length_penalty=0.7)

    found = search(sources, strategy, prefixes=[forced] * 5)

    for source, hypotheses in zip(sources, found, strict=True):
        assert len({tuple(hypothesis.ids) for hypothesis in hypotheses}) == 4
        scores = [hypothesis.score for hypothesis in hypotheses]
        assert scores == sorted(scores, reverse=True)
        for hypothesis in hypotheses:
            assert hypothesis.ids[: len(forced)] == forced
            expected = logprobs_of(model, source, hypothesis.ids)
            assert hypothesis.logprobs == pytest.approx(expected.tolist(), abs=1e-3)
            normalized = float(expected.sum()) / len(hypothesis.ids) ** 0.7
            assert hypothesis.score == pytest.approx(normalized, abs=1e-3)


def test_results_depend_neither_on_batches_nor_on_order_and_all_are_told(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    search = exported_search(model, tokenizer, tmp_path)
    sources = tokenizer.encode_all([*ENGLISH, *ENGLISH])
    told: list[int] = []

    whole = search(sources, BeamSearch(beam_size=3), on_done=told.append)

    assert sum(told) == len(sources)
    assert_same(search(sources, BeamSearch(beam_size=3), batch_tokens=1), whole)
    assert_same(search(sources[::-1], BeamSearch(beam_size=3))[::-1], whole)


@pytest.mark.parametrize("beam_size", [1, 3])
@pytest.mark.parametrize("prefix_length", [0, 4, 75])
def test_what_never_ends_is_cut_off_at_the_limit_of_its_own_source(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path, beam_size: int, prefix_length: int
) -> None:
    endless = shifted(model, {EOS_ID: -60.0})
    search = exported_search(endless, tokenizer, tmp_path)
    sources = tokenizer.encode_all([ENGLISH[0], ENGLISH[0], ENGLISH[4]])
    prefixes = [[tokenizer.vocab_size - 3] * length for length in (0, prefix_length, prefix_length)]
    strategy = BeamSearch(beam_size=beam_size)

    found = search(sources, strategy, prefixes=prefixes)

    for source, prefix, [best] in zip(sources, prefixes, found, strict=True):
        assert len(best.ids) == max(max_target_length(len(source)), len(prefix) + 1)
        assert EOS_ID not in best.ids
    if beam_size == 1:
        assert_same(found, decode(endless, sources, strategy, prefixes=prefixes))


def test_nothing_but_the_end_can_be_a_translation(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    silent = shifted(model, {EOS_ID: 60.0})
    search = exported_search(silent, tokenizer, tmp_path)

    [[best]] = search([tokenizer.encode(ENGLISH[0])], BeamSearch(beam_size=3))

    assert best.ids == [EOS_ID]


def test_the_length_penalty_decides_between_short_and_long_as_in_our_own_search(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    hasty = shifted(model, {EOS_ID: 8.0})
    search = exported_search(hasty, tokenizer, tmp_path)
    sources = tokenizer.encode_all(ENGLISH[:4])
    short, long = (BeamSearch(beam_size=4, length_penalty=penalty) for penalty in (-1.0, 0.0))

    found = [search(sources, strategy) for strategy in (short, long)]

    for strategy, of_strategy in zip((short, long), found, strict=True):
        assert_same(of_strategy, decode(hasty, sources, strategy))
    assert all(len(a.ids) < len(b.ids) for [a], [b] in zip(*found, strict=True))


def test_pad_unk_and_the_start_are_never_generated_however_probable(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    for special in (PAD_ID, UNK_ID, BOS_ID):
        fond_of_it = shifted(model, {special: 60.0})
        if special != BOS_ID:  # which is read, too
            fond_of_it.embedding.weight.data[special] *= 2
        search = exported_search(fond_of_it, tokenizer, tmp_path)
        source = torch.tensor([tokenizer.encode(ENGLISH[0])])
        memory = fond_of_it.encode(source, source == PAD_ID)
        logits = fond_of_it.logits(torch.tensor([[BOS_ID]]), memory, source == PAD_ID)
        assert int(logits.argmax()) == special

        found = search(tokenizer.encode_all(ENGLISH), BeamSearch(beam_size=1))

        assert all({PAD_ID, UNK_ID, BOS_ID}.isdisjoint(best.ids) for [best] in found)


def test_int8_is_smaller_nearly_the_same_and_leaves_the_model_as_it_was(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    source = [tokenizer.encode(ENGLISH[1])]
    sizes, scores = [], []
    for quantization in ("float32", "int8"):
        folder = tmp_path / quantization
        folder.mkdir()
        search = exported_search(model, tokenizer, folder, quantization)
        sizes.append((folder / "model.bin").stat().st_size)
        scores.append(search(source, BeamSearch())[0][0].score)

    positions = 512 * SHAPE.d_model * 4  # these stay float32
    assert sizes[1] - positions < 0.5 * (sizes[0] - positions)
    assert scores[0] != scores[1]
    assert scores[0] == pytest.approx(scores[1], abs=0.15)  # 0.07 on a processor without VNNI
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("quantization", ["float32", "int8"])
def test_a_run_is_loaded_with_the_engine_and_translates_as_before(
    run: RunDirectory, quantization: str
) -> None:
    agreement = export(run, "ctranslate2", quantization, PAIRS)

    assert (agreement.sentences, agreement.same) == (5, 5)
    assert agreement.bleu == agreement.bleu_exported == pytest.approx(100)
    exported, own = load(run.path, engine="ctranslate2"), load(run.path)
    long = " ".join(ENGLISH)  # in parts
    assert exported.translate(["", long, *ENGLISH]) == own.translate(["", long, *ENGLISH])
    assert len(exported.translate(["A 🐕 \x00 \ud83d", "x " * 3000])) == 2


def test_a_wrong_model_is_refused_and_what_was_there_stays(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(run, "ctranslate2", "float32", PAIRS)
    before = files(run.path)
    monkeypatch.setattr(
        "translator.experiment.ctranslate2_export.sinusoids", lambda _, n, d, __: torch.ones(n, d)
    )

    with pytest.raises(RunError, match=r"cannot be exported in float32: \d of 5 .* 99% must be"):
        export(run, "ctranslate2", "float32", PAIRS)
    with pytest.raises(
        RunError, match=r"in int8: .* BLEU .* chrF .* each may differ by at most 0.3: leave"
    ):
        export(run, "ctranslate2", "int8", PAIRS)

    assert files(run.path) == before


def test_a_new_export_takes_the_place_of_the_old_and_of_what_a_killed_one_left(
    run: RunDirectory,
) -> None:
    old, young = run.path / ".ctranslate2.old", run.path / ".ctranslate2.young"
    for left in (old, young):
        left.mkdir()
        (left / "model.bin").write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))

    export(run, "ctranslate2", "float32", PAIRS)
    export(run, "ctranslate2", "int8", PAIRS)

    facts = json.loads(
        (run.export_folder("ctranslate2") / "export.json").read_text(encoding="utf-8")
    )
    assert facts["agreement"]["precision"] == "int8"
    assert list(run.path.glob(".*")) == [young]  # of an export that may be under way


def test_of_exports_at_once_each_is_whole_and_one_stays(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = threading.Barrier(2, timeout=20)

    def compare_both(*arguments: Any) -> Agreement:
        here.wait()  # both are written, none is in place
        return compare(*arguments)

    monkeypatch.setattr("translator.experiment.export.compare", compare_both)
    with ThreadPoolExecutor(2) as pool:
        agreements = list(
            pool.map(lambda one: export(run, "ctranslate2", one, PAIRS), ["float32", "int8"])
        )

    assert [agreement.precision for agreement in agreements] == ["float32", "int8"]
    assert load(run.path, engine="ctranslate2").translate(ENGLISH) == GERMAN
    assert not list(run.path.glob(".*"))


def test_an_export_that_is_overtaken_while_it_is_put_in_place_tries_again(tmp_path: Path) -> None:
    folder, new, aside = tmp_path / "ctranslate2", tmp_path / "new", tmp_path / "aside"
    for each in (folder, new, aside):
        each.mkdir()
        (each / "name").write_text(each.name, encoding="utf-8")

    class Overtaken(type(new)):  # type: ignore[misc]
        def rename(self, target: Path) -> Path:
            if not (aside / "old-1").exists() and not folder.exists():
                shutil.copytree(aside / "old-0", folder)  # the other's
            return Path.rename(self, target)

    _put_in_place(Overtaken(new), folder, aside)

    assert (folder / "name").read_text(encoding="utf-8") == "new"
    assert not new.exists()
    assert sorted(each.name for each in aside.iterdir()) == ["name", "old-0", "old-1"]


def test_what_cannot_be_written_is_said_before_anything_is_translated(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system", str(run.path))

    monkeypatch.setattr("translator.experiment.export.TemporaryDirectory", refuse)
    monkeypatch.setattr("translator.experiment.export.compare", None)

    with pytest.raises(RunError) as error:
        export(run, "ctranslate2", "float32", PAIRS)

    assert str(error.value) == (
        f"{run.path} cannot be exported: {run.path} cannot be written (Read-only file system): "
        f"free some space or make it writable, or copy {run.path} elsewhere and try again"
    )


def test_without_an_export_the_command_that_makes_it_is_named(run: RunDirectory) -> None:
    with pytest.raises(RunError) as error:
        load(run.path, engine="ctranslate2")

    assert str(error.value) == (
        f"{run.path} has no model for CTranslate2: "
        f"make it with python -m translator export {run.path} --format ctranslate2"
    )


def test_an_export_of_other_weights_is_refused(
    run: RunDirectory, strange_model: Transformer, tokenizer: Tokenizer
) -> None:
    export(run, "ctranslate2", "float32", PAIRS)
    save_model(run, strange_model, tokenizer, LONGEST)

    with pytest.raises(RunError, match=r"made from other weights than those in .*: make it again"):
        load(run.path, engine="ctranslate2")


def test_an_export_of_a_step_translates_for_that_step_alone(
    run: RunDirectory, model: Transformer, tokenizer: Tokenizer
) -> None:
    save_model(run, Transformer(SHAPE, tokenizer.vocab_size), tokenizer, LONGEST)
    save_checkpoint(run, 7, model, tokenizer, LONGEST)

    export(find_run(f"{run.path}@7"), "ctranslate2", "float32", PAIRS)

    assert load(f"{run.path}@7", engine="ctranslate2").translate(ENGLISH) == GERMAN
    with pytest.raises(RunError, match=r"made from other weights than those in .*model\.safetens"):
        load(run.path, engine="ctranslate2")


@pytest.mark.parametrize("name", ["model.bin", "config.json", "shared_vocabulary.json"])
def test_a_damaged_export_is_one_sentence_that_names_the_file(run: RunDirectory, name: str) -> None:
    export(run, "ctranslate2", "float32", PAIRS)
    file = run.export_folder("ctranslate2") / name
    flipped = bytearray(file.read_bytes())
    flipped[-100] ^= 1  # CTranslate2 loads it, and translates with it
    named = r"^\S+ctranslate2 cannot be read \({}\): make it again with python -m translator export"

    file.write_bytes(flipped)
    with pytest.raises(RunError, match=named.format(f"{name} is damaged")):
        load(run.path, engine="ctranslate2")
    file.unlink()
    with pytest.raises(RunError, match=named.format(f"{name} is missing")):
        load(run.path, engine="ctranslate2")


@pytest.mark.parametrize(
    "content", [b"", b'{"weights_sha', b"null", b"[1]", b"{}", b'{"files_sha256": 3}', b"\xff"]
)
def test_an_export_whose_facts_are_torn_or_foreign_is_one_sentence(
    run: RunDirectory, content: bytes
) -> None:
    run.export_folder("ctranslate2").mkdir()
    digest = run.weights_sha256()
    for facts in (content, content.replace(b"{", b'{"weights_sha256": "%b"' % digest.encode(), 1)):
        (run.export_folder("ctranslate2") / "export.json").write_bytes(facts)

        with pytest.raises(RunError, match=r"cannot be read \(.+\): make it again with python -m"):
            load(run.path, engine="ctranslate2")


def test_without_the_package_the_extra_is_named(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(run, "ctranslate2", "float32", PAIRS)
    monkeypatch.setitem(sys.modules, "ctranslate2", None)

    for attempt in (
        lambda: load(run.path, engine="ctranslate2"),
        lambda: export(run, "ctranslate2", "float32", PAIRS),
    ):
        with pytest.raises(ConfigError, match=r"is not installed: pip install -e .*\[ctransl"):
            attempt()


def test_what_the_engine_cannot_do_is_refused(
    model: Transformer, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    search = exported_search(model, tokenizer, tmp_path)
    source = tokenizer.encode(ENGLISH[0])

    with pytest.raises(ConfigError, match="leave --sample out, or use --engine torch"):
        search([source], Sampling())
    with pytest.raises(ConfigError, match=r"the prefix has 511 tokens, .* takes at most 510"):
        search([source], BeamSearch(), prefixes=[[100] * 511])
    [[best]] = search([source], BeamSearch(beam_size=1), prefixes=[[100] * 510])
    assert len(best.ids) == 511
    with pytest.raises(ValueError, match="source 1 must be tokens and then </s>"):
        search([source, [EOS_ID]], BeamSearch())


def test_a_copied_run_translates_with_the_engine_where_it_is_now(
    run: RunDirectory, tmp_path: Path
) -> None:
    export(run, "ctranslate2", "float32", PAIRS)
    shutil.copytree(run.path, tmp_path / "copy")
    shutil.rmtree(run.path)

    assert load(tmp_path / "copy", engine="ctranslate2").translate(ENGLISH) == GERMAN


def exported_search(
    model: Transformer, tokenizer: Tokenizer, folder: Path, quantization: str = "float32"
) -> CTranslate2Search:
    num_positions = write_ctranslate2(
        model, tokenizer, folder, quantization, max_src_length=LONGEST
    )
    return CTranslate2Search(folder, tokenizer, num_positions=num_positions)


def shifted(model: Transformer, shifts: dict[int, float]) -> Transformer:
    """The model with about so much added to the logits of some tokens."""
    other = Transformer(SHAPE, model.embedding.num_embeddings).eval()
    other.load_state_dict(model.state_dict())
    for token, shift in shifts.items():
        vector = other.embedding.weight.data[token]
        other.decoder_norm.bias.data.add_(vector, alpha=shift / float(vector @ vector))
    return other


@torch.inference_mode()
def logprobs_of(model: Transformer, source: list[int], target: list[int]) -> torch.Tensor:
    src, tgt_out = torch.tensor([source]), torch.tensor([target])
    tgt_in = F.pad(tgt_out, (1, -1), value=BOS_ID)
    logits = model.logits(tgt_in, model.encode(src, src == PAD_ID), src == PAD_ID)
    return logits.log_softmax(dim=-1).gather(2, tgt_out.unsqueeze(2)).flatten()


def assert_same(
    found: Sequence[Sequence[Hypothesis]], expected: Sequence[Sequence[Hypothesis]]
) -> None:
    assert [[h.ids for h in of_one] for of_one in found] == [
        [h.ids for h in of_one] for of_one in expected
    ]
    for of_one, wanted in zip(found, expected, strict=True):
        for a, b in zip(of_one, wanted, strict=True):
            assert a.logprobs == pytest.approx(b.logprobs, abs=1e-3)
            assert a.score == pytest.approx(b.score, abs=1e-3)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
