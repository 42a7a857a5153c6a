"""Fine-tuning: what a run keeps of the one whose weights it begins with."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from tiny_runs import lines, short_config, train

import translator
from translator.config import Config, CorpusConfig
from translator.errors import StoppedError
from translator.experiment.loading import TrainedTranslator, load_translator
from translator.experiment.run_directory import RunDirectory

WORDS = {"dog": "Hund", "man": "Mann", "bird": "Vogel", "tree": "Baum"}


@pytest.fixture(scope="module")
def donor(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run on sentences of three and four words, beside its corpus."""
    folder = tmp_path_factory.mktemp("donor")
    run = RunDirectory(folder / "donor")
    config = short_config(folder / "corpus")
    training = dataclasses.replace(config.training, max_steps=60, eval_every=60)
    train(dataclasses.replace(config, training=training), run)
    return run


@pytest.fixture
def words(tmp_path: Path) -> CorpusConfig:
    """A corpus of single words."""
    folder = tmp_path / "words"
    folder.mkdir()
    for language, texts in (("en", WORDS), ("de", WORDS.values())):
        for split, count in (("train", 4), ("validation", 1), ("test", 1)):
            text = "".join(f"{text} {text}\n" for text in [*texts][-count:])
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")
    return CorpusConfig(source=str(folder), drop_overlap=False)


def hardly(donor: RunDirectory, corpus: CorpusConfig, max_steps: int = 1) -> Config:
    """Steps so small that the weights stay as they are."""
    config = donor.load_config()
    training = dataclasses.replace(
        config.training, max_steps=max_steps, eval_every=1, learning_rate=1e-9, weight_decay=0.0
    )
    return dataclasses.replace(config, corpus=corpus, training=training)


def test_after_a_step_that_changes_nothing_an_heir_on_shorter_text_translates_as_its_donor(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path
) -> None:
    config = hardly(donor, words)
    translator.train(config, run=tmp_path / "heir", init_from=donor.path, device="cpu")
    # Of an heir too, and with its last two steps taken after an interruption.
    heir, second = RunDirectory(tmp_path / "heir"), RunDirectory(tmp_path / "second")
    config = hardly(heir, words, max_steps=3)
    with pytest.raises(StoppedError):
        translator.train(
            config, run=second.path, init_from=heir.path, device="cpu", should_stop=lambda: True
        )
    translator.train(resume=second.path, device="cpu")

    sources = lines(donor.path.parent / "corpus" / "train.en")
    before = load_translator(donor)
    expected = before.translate(sources)
    for run in (heir, second):
        after = load_translator(run)
        assert after.max_src_length == before.max_src_length
        assert after.translate(sources) == expected
    cut = dataclasses.replace(before, max_src_length=longest_word(before))
    assert cut.translate(sources) != expected  # as it would be with the corpus's own length


def longest_word(donor: TrainedTranslator) -> int:
    return max(len(donor.tokenizer.encode(f"{word} {word}")) for word in WORDS)


@pytest.mark.parametrize("kept", ["initial", "checkpoint"])
def test_killed_an_heir_still_knows_what_length_its_weights_were_made_for(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path, kept: str
) -> None:
    config, killed = hardly(donor, words), RunDirectory(tmp_path / "killed")
    if kept == "checkpoint":
        translator.train(config, run=killed.path, init_from=donor.path, device="cpu")
        killed.model_file.unlink()
    else:
        lonely = RunDirectory(tmp_path / "lonely")
        shutil.copytree(donor.path, lonely.path)
        killed.create(config, init_from=str(lonely.path))
        killed.save_initial(config, lonely)
        shutil.rmtree(lonely.path)

    translator.train(resume=killed.path, device="cpu")

    assert load_translator(killed).max_src_length == load_translator(donor).max_src_length
