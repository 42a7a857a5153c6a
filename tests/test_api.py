"""The public API: what `import translator` gives, and what it does not load yet."""

import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import numpy as np
import pytest
import torch
from inspected import ENGLISH, GERMAN, SHAPE
from tiny_runs import save_checkpoint, save_model

import translator
from translator.config import Config, DecodingConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.errors import ConfigError, InspectionError
from translator.experiment.run_directory import RunDirectory

TEXT = ENGLISH[1]


@pytest.fixture(scope="module")
def run(
    trained_translator: Translator,
    random_translator: Translator,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A run whose best model is trained, and whose checkpoint of step 7 is not."""
    folder = RunDirectory(tmp_path_factory.mktemp("runs") / "run")
    tokenizer = trained_translator.tokenizer
    folder.create(
        Config(
            tokenizer=TokenizerConfig(vocab_size=330),
            model=SHAPE,
            decoding=DecodingConfig(beam_size=3),
        )
    )
    folder.save_tokenizer(tokenizer)
    save_model(folder, trained_translator.model, tokenizer)
    save_checkpoint(folder, 7, random_translator.model, tokenizer)
    return str(folder.path)


def test_the_api_is_seven_names() -> None:
    names = ["BeamSearch", "Config", "Sampling", "__version__", "inspect", "load", "train"]

    assert translator.__all__ == names
    assert all(getattr(translator, name) is not None for name in names)
    with pytest.raises(AttributeError, match="module 'translator' has no attribute 'lode'"):
        translator.lode  # type: ignore[attr-defined]  # noqa: B018


def test_the_version_is_the_distributions_and_types_are_told() -> None:
    assert translator.__version__ == metadata.version("seq2see")
    assert resources.files(translator).joinpath("py.typed").is_file()


def test_names_are_completed_before_they_are_imported() -> None:
    program = "import translator; print({'load', 'train', 'inspect'} <= set(dir(translator)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"True\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"device": "gpu"}, "the device is gpu: it must be cpu or cuda"),
        ({"engine": "onnx"}, "the engine is onnx: it must be torch or ctranslate2"),
    ],
)
def test_a_device_or_engine_that_there_is_none_of_is_refused(
    run: str, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        translator.load(run, **arguments)  # type: ignore[arg-type]


def test_an_ensemble_is_a_list_and_not_one_name(run: str) -> None:
    with pytest.raises(TypeError, match="ensemble must be a list of runs"):
        translator.load(run, ensemble=run)


def test_importing_the_package_imports_neither_torch_nor_numpy() -> None:
    program = (
        "import sys, translator; translator.Config(), translator.BeamSearch(); "
        "print(sorted({'torch', 'numpy', 'yaml'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"[]\n"


def test_the_process_is_prepared_before_torch_is_imported() -> None:
    program = (
        "import os, sys, translator; from translator.compute import process; "
        "prepare = process.prepare_process; "
        "process.prepare_process = lambda: (prepare(), print('torch' in sys.modules)); "
        "translator.load; print(os.environ['GOMP_SPINCOUNT'])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.split() == [b"False", b"5000"]


def test_a_run_at_a_step_is_loaded_and_inspected_with_the_weights_of_that_step(
    run: str, trained_translator: Translator, random_translator: Translator
) -> None:
    for name, expected in ((run, trained_translator), (f"{run}@7", random_translator)):
        loaded = translator.load(name)

        for key, value in loaded.model.state_dict().items():
            assert torch.equal(value, expected.model.state_dict()[key])
        weights = translator.inspect(TEXT, name, tgt=GERMAN[1]).weights
        np.testing.assert_array_equal(weights, loaded.inspect(TEXT, GERMAN[1]).weights)
    best, early = (translator.inspect(TEXT, name, tgt=GERMAN[1]) for name in (run, f"{run}@7"))
    assert not np.allclose(best.weights, early.weights, atol=0.01)


def test_a_loaded_translator_looks_at_what_it_translates_without_loading_again(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = translator.load(run)
    monkeypatch.delattr(RunDirectory, "load_model")

    inspection = loaded.inspect(TEXT)

    assert inspection.translation == loaded.translate([TEXT])[0]
    assert inspection.how == "beam search, beam 3, hypothesis 1"
    assert loaded.inspect(TEXT, strategy=translator.BeamSearch(beam_size=1)).how == "greedy"


def test_a_given_translation_is_not_searched_for(run: str) -> None:
    with pytest.raises(InspectionError, match="tgt is a translation already"):
        translator.inspect(TEXT, run, tgt=GERMAN[1], strategy=translator.Sampling())


def test_without_a_name_the_newest_run_is_loaded(
    run: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "runs").symlink_to(Path(run).parent)
    monkeypatch.chdir(tmp_path)

    assert translator.load().translate([TEXT]) == translator.load(run).translate([TEXT])
