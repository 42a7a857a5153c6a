"""The newest run in other programs: transformers, inseq and Argos Translate, each the real one.

Run by `make campaigns`; needs a trained run and requirements-campaigns.txt.
"""

import importlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from translator.decoding.strategies import BeamSearch
from translator.evaluation import bleu
from translator.experiment.export import export
from translator.experiment.held_out import load_held_out
from translator.experiment.loading import TrainedTranslator, load_translator
from translator.experiment.run_directory import RunDirectory, find_run
from translator.text.tables import Pair

NUM_SENTENCES = 200
LEAST_SAME = 0.95
"""Argos Translate stops a search earlier, and with other settings."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A copy, to export into."""
    path = tmp_path_factory.mktemp("sharing") / "run"
    shutil.copytree(find_run().path, path, ignore=shutil.ignore_patterns("checkpoints", "weights"))
    return RunDirectory(path)


@pytest.fixture(scope="module")
def pairs(run: RunDirectory) -> list[Pair]:
    return load_held_out(run, "validation")


@pytest.fixture(scope="module")
def translator(run: RunDirectory) -> TrainedTranslator:
    return load_translator(run)


@pytest.fixture(scope="module")
def transformers_folder(run: RunDirectory, pairs: list[Pair]) -> Path:
    export(run, "transformers", "float32", pairs)  # refuses what translates otherwise
    return run.export_folder("transformers")


def test_a_tokenizer_of_transformers_gives_our_ids_of_a_thousand_sentences(
    transformers_folder: Path, translator: TrainedTranslator, pairs: list[Pair]
) -> None:
    _, tokenizer = load_auto(transformers_folder)
    texts = [text for pair in pairs for text in pair][:1000]

    assert tokenizer(texts).input_ids == translator.tokenizer.encode_all(texts)


@pytest.mark.filterwarnings("ignore")  # of inseq and what it imports
def test_inseq_shows_our_cross_attention(
    transformers_folder: Path, translator: TrainedTranslator, pairs: list[Pair]
) -> None:
    import inseq

    loaded, tokenizer = load_auto(transformers_folder)
    model = inseq.load_model(loaded, "attention", tokenizer=tokenizer)
    for text, _ in pairs[:5]:
        ours = translator.inspect(text)

        shown = model.attribute(text, show_progress=False).sequence_attributions[0]

        assert [token.token for token in shown.source] == ours.source
        for layer, attention in enumerate(ours.cross_attn):
            theirs = shown.source_attributions[:, :, layer].numpy()  # source, target, head
            np.testing.assert_allclose(theirs.transpose(2, 1, 0), attention.weights, atol=1e-4)


@pytest.mark.filterwarnings("ignore")  # of argostranslate and what it imports
def test_argos_translate_installs_the_package_and_translates_as_we_do(
    run: RunDirectory,
    translator: TrainedTranslator,
    pairs: list[Pair],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    export(run, "argos", "float32", pairs)
    [file] = run.export_folder("argos").glob("*.argosmodel")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    package: Any = importlib.import_module("argostranslate.package")
    translate: Any = importlib.import_module("argostranslate.translate")
    package.install_from_path(file)
    corpus = run.load_config().corpus
    theirs = translate.get_translation_from_codes(corpus.src_column, corpus.tgt_column)
    sources, references = zip(*pairs[:NUM_SENTENCES], strict=True)

    found = [theirs.translate(text) for text in sources]

    ours = translator.translate(sources, BeamSearch(beam_size=4, length_penalty=0.2))
    same = sum(a == b for a, b in zip(found, ours, strict=True))
    assert same >= LEAST_SAME * len(sources)
    assert abs(bleu(found, references).value - bleu(ours, references).value) < 1
    text = " ".join(sources[:2])
    assert theirs.translate(text) == " ".join(found[:2])
    assert theirs.translate("\n".join(sources[:2])) == "\n".join(found[:2])


def load_auto(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager")
    return model.eval(), AutoTokenizer.from_pretrained(folder)
