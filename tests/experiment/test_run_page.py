"""The page of a run: where it opens, what it offers, and that it is kept only if it agrees."""

import json
import logging
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN
from tiny_runs import learned_run, save_checkpoint
from trainings import STEPS, learning_of

from translator.config import CorpusConfig
from translator.decoding.translator import Translator
from translator.errors import CorpusError, InspectionError, MissingCorpusError, RunError
from translator.experiment import run_page
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory, origin
from translator.experiment.run_page import page_of_run
from translator.inspection.learning import Probe
from translator.inspection.page.learning import embed_learning
from translator.inspection.page.opening import Opening, Place
from translator.inspection.record import inspect_pair

DATA = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)


@pytest.fixture
def run(trained_translator: Translator, tmp_path: Path) -> RunDirectory:
    """A run whose validation text is ENGLISH and GERMAN after a blank pair, without probes."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for language, texts in (("en", ENGLISH), ("de", GERMAN)):
        lines = "".join(f"{text}\n" for text in ["", *texts])
        (corpus / f"validation.{language}").write_text(lines, encoding="utf-8")
    return learned_run(tmp_path / "meadow", corpus, trained_translator)


@pytest.fixture(autouse=True)
def explained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences over which attention is put to the test: that itself takes seconds."""
    seen: list[str] = []
    monkeypatch.setattr(
        run_page,
        "measure_faithfulness",
        lambda looked_at, _: seen.extend(i.text for i in looked_at),
    )
    return seen


def page_data(run: RunDirectory, **asked: Any) -> dict[str, Any]:
    [data] = DATA.findall(page_of_run(run, load_translator(run), "float16", **asked))
    return json.loads(data)


def keep_probes(run: RunDirectory, *texts: str) -> None:
    probes = [Probe(text=text, tgt="x", source=[], reads=[], writes=[]) for text in texts]
    run.learning_record.begin(probes, num_sentences=40, bleu_signature="nrefs:1")


def test_it_opens_at_the_first_probe_sentence(
    run: RunDirectory, trained_translator: Translator
) -> None:
    keep_probes(run, "Zoë's 🐕 runs.", ENGLISH[2])

    page = page_data(run)

    assert (page["name"], page["text"]) == ("meadow", "Zoë's 🐕 runs.")
    assert page["examples"] == ["Zoë's 🐕 runs.", ENGLISH[2], *ENGLISH[:2]]


@pytest.mark.parametrize(
    ("tellings", "unsure", "chosen"),
    [
        pytest.param([1, 2, 2], [], 1, id="a divided row whose exchange changes the word"),
        pytest.param([0, 1, 1], [], 1, id="any row whose exchange changes the word"),
        pytest.param([0, 0, 0], [], 0, id="the first where nothing does"),
        pytest.param([0, 2, 1], [1], 2, id="none where the model only guesses"),
    ],
)
def test_of_its_examples_it_opens_at_the_first_that_has_most_to_show(
    run: RunDirectory,
    monkeypatch: pytest.MonkeyPatch,
    tellings: list[int],
    unsure: list[int],
    chosen: int,
) -> None:
    place = Place(layer=0, head=1, step=0)
    openings = {
        text: Opening(telling > 0, telling > 1, 0.1, place)
        for text, telling in zip(ENGLISH, tellings, strict=True)
    }
    monkeypatch.setattr(run_page, "choose_opening", lambda looked_at, _: openings[looked_at.text])
    guessed = [ENGLISH[at] for at in unsure]
    monkeypatch.setattr(run_page, "_is_sure", lambda looked_at: looked_at.text not in guessed)

    assert page_data(run)["text"] == ENGLISH[chosen]


def test_the_model_is_sure_where_each_token_outweighs_all_others(
    trained_translator: Translator,
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[0])
    sure = np.full_like(inspection.logprobs, np.log(0.51))
    guess = sure.copy()
    guess[2] = np.log(0.49)

    assert run_page._is_sure(replace(inspection, logprobs=sure))
    assert not run_page._is_sure(replace(inspection, logprobs=guess))


def test_without_probes_it_opens_at_the_first_validation_sentence(run: RunDirectory) -> None:
    page = page_data(run)

    assert (page["text"], page["examples"]) == (ENGLISH[0], ENGLISH)
    assert [check["text"] for check in page["checks"]] == ENGLISH


def test_the_sentence_the_translation_and_the_search_that_are_asked_for_are_in_it(
    run: RunDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    german = load_translator(run)
    german = replace(german, decoding=replace(german.decoding, beam_size=2))

    with caplog.at_level(logging.INFO):
        html = page_of_run(run, german, "int8", text="A", tgt="Ein")

    page = json.loads(DATA.findall(html)[0])
    assert [page[key] for key in ("text", "tgt", "precision")] == ["A", "Ein", "int8"]
    assert page["decoding"] == {"beamSize": 2, "lengthPenalty": 1.0}
    [said] = caplog.messages
    assert said.startswith("the page in int8: 4 of 4 validation sentences translated the same")


def test_eight_examples_are_enough(run: RunDirectory, tmp_path: Path) -> None:
    lines = (json.dumps({"en": word, "de": word}) for word in "abcdefghijkl")
    (tmp_path / "other.jsonl").write_text("\n".join(lines), encoding="utf-8")

    page = page_data(run, text="A", source=str(tmp_path / "other.jsonl"))

    assert page["examples"] == list("abcdefgh")


def test_it_checks_and_explains_itself_with_20_sentences_that_are_translated_in_one_piece(
    run: RunDirectory, tmp_path: Path, explained: list[str]
) -> None:
    texts = ["", " \u200b", "A dog " * 30, *ENGLISH * 7]
    lines = (json.dumps({"en": text, "de": text}) for text in texts)
    (tmp_path / "other.jsonl").write_text("\n".join(lines), encoding="utf-8")

    page = page_data(run, text="A", source=str(tmp_path / "other.jsonl"))

    assert [check["text"] for check in page["checks"]] == (ENGLISH * 7)[:20] == explained


def test_the_page_of_a_checkpoint_is_named_for_its_step(
    run: RunDirectory, trained_translator: Translator
) -> None:
    model = deepcopy(trained_translator.model)
    torch.nn.init.zeros_(model.decoder_norm.bias)
    save_checkpoint(run, 7, model, trained_translator.tokenizer)

    at_step = RunDirectory(run.path, step=7)
    best, other = page_data(run, text="A"), page_data(at_step, text="A")

    assert other["name"] == "meadow@7"
    assert other["tensors"] != best["tensors"]


def test_how_attention_was_learned_is_in_it(
    run: RunDirectory, trained_translator: Translator
) -> None:
    learning = learning_of([trained_translator] * len(STEPS), has_gold=True)
    signature = learning.bleu_signature
    run.learning_record.begin(learning.probes, learning.num_sentences, signature)
    for snapshot in learning.snapshots:
        run.learning_record.save(snapshot)

    keep_weights(run, trained_translator, 9)

    page = page_data(run, text="A")

    assert page["learning"] == json.loads(json.dumps(embed_learning(learning, None)))
    assert page["thenSteps"] == []


def keep_weights(run: RunDirectory, translator: Translator, *steps: int) -> None:
    facts = {"max_src_length": 30, **origin(run.load_config(), translator.tokenizer)}
    for step in steps:
        run.keep_weights(step, dict(translator.model.named_parameters()), facts)


def test_the_weights_that_training_kept_are_in_it_if_that_is_asked_for(
    run: RunDirectory, trained_translator: Translator
) -> None:
    with pytest.raises(
        RunError,
        match=r"meadow kept no weights over its training: train with --training\.keep_weights 8, "
        r"or leave --weights_over_training out",
    ):
        page_data(run, text="A", over_training=True)
    keep_weights(run, trained_translator, 0, 9)

    html = page_of_run(run, load_translator(run), "float16", text="A", over_training=True)
    assert re.findall('id="(weights-.*?)"', html) == ["weights-0", "weights-9"]


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        (
            "float16",
            r"meadow has no page in float16: 1 of 4 .*; at least 99% .*: take --weights f",
        ),
        (
            "int8",
            r"meadow has no page in int8: 1 of 4 .*; each may differ .*leave --weights out",
        ),
    ],
)
def test_a_page_that_would_translate_differently_is_refused(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch, precision: str, message: str
) -> None:
    def badly_rounded(translator: Translator, _: str) -> Translator:
        """Writes nothing, which is right for the blank sentence."""
        other = load_translator(run)
        for parameter in other.model.parameters():
            torch.nn.init.zeros_(parameter)
        return other

    monkeypatch.setattr(run_page, "rounded", badly_rounded)

    with pytest.raises(RunError, match=message):
        page_of_run(run, load_translator(run), precision, text="A")


def test_a_run_whose_corpus_is_gone_is_compared_on_its_probe_sentences(
    run: RunDirectory, trained_translator: Translator, caplog: pytest.LogCaptureFixture
) -> None:
    keep_probes(run, *ENGLISH[1:])
    run.move_corpus(replace(run.load_config(), corpus=CorpusConfig(source="./gone")))

    with caplog.at_level(logging.INFO):
        page = page_data(run, text="A")

    assert [check["text"] for check in page["checks"]] == ENGLISH[1:]
    warning, said = caplog.messages
    assert re.search(
        r"^\./gone: no such file .*: the page is compared with the run on only its 2 probe "
        r"sentences instead of 200 validation sentences; name the place of the corpus with "
        r"--source$",
        warning,
    )
    assert "2 of 2 validation sentences" in said


def test_without_text_to_compare_on_or_to_open_at_it_is_refused(
    run: RunDirectory, trained_translator: Translator, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.jsonl"
    blank.write_text('{"en": " ", "de": " "}\n', "utf-8")
    with pytest.raises(
        RunError, match=r"text of .*meadow has no sentence of 1 to 30 tokens: give a"
    ):
        page_of_run(run, load_translator(run), "float16", source=str(blank))

    run.move_corpus(replace(run.load_config(), corpus=CorpusConfig(source="./gone")))
    with pytest.raises(MissingCorpusError, match=r"\./gone: no such file or folder"):
        page_of_run(run, load_translator(run), "float16")
    keep_probes(run, ENGLISH[1])
    with pytest.raises(CorpusError, match=r"\./elsewhere: no such file or folder"):
        page_of_run(run, load_translator(run), "float16", source="./elsewhere")


def test_broken_probes_are_one_sentence(run: RunDirectory) -> None:
    keep_probes(run, "A dog runs.")
    run.learning_record.probes_file.write_text('{"probes": [{"text": 3}]}', "utf-8")

    with pytest.raises(RunError, match=r"probes\.json is broken .*: move \S+attention away"):
        page_of_run(run, load_translator(run), "float16")


def test_a_model_that_is_too_large_is_refused_before_its_text_is_read(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("translator.inspection.page.page.MOST_PARAMETERS", 1000)
    run.move_corpus(replace(run.load_config(), corpus=CorpusConfig(source="./gone")))

    with pytest.raises(InspectionError, match="M parameters, and a page holds at most"):
        page_of_run(run, load_translator(run), "float16")
