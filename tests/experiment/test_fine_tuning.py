"""Fine-tuning: what a run keeps of the one whose weights it begins with."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
import yaml
from tiny_runs import lines, tiny_config, train, write_corpus

import translator
from translator.cli.main import run_command
from translator.config import Config, CorpusConfig, TrainingConfig
from translator.errors import StoppedError
from translator.experiment.beginning import inherited_config
from translator.experiment.fine_tuning import gentle
from translator.experiment.loading import TrainedTranslator, load_translator
from translator.experiment.run_directory import RunDirectory

WORDS = {"dog": "Hund", "man": "Mann", "bird": "Vogel", "tree": "Baum"}


@pytest.fixture(scope="module")
def donor(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run on sentences of three and four words, beside its corpus."""
    folder = tmp_path_factory.mktemp("donor")
    run = RunDirectory(folder / "donor")
    write_corpus(folder / "corpus")
    config = tiny_config(folder / "corpus")
    training = dataclasses.replace(
        config.training,
        optimizer="muon",
        max_steps=50,
        learning_rate=0.02,
        eval_every=50,
        average_decay=0.9,
        accumulate=1,
    )
    model = dataclasses.replace(config.model, dropout=0.0)
    train(dataclasses.replace(config, model=model, training=training), run)
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
        config.training,
        max_steps=max_steps,
        eval_every=1,
        learning_rate=1e-9,
        muon_learning_rate=1e-9,
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
        # Scored where it came from, too, with the weights of both ends.
        results = run.results.load()
        theirs, own = ("corpus-test", donor) if run == heir else ("test", heir)
        assert results.keys() == {"test", "test-before", theirs, f"{theirs}-before"}
        scores = own.results.load()["test"]["chrf"]
        assert results[theirs]["chrf"] == results[f"{theirs}-before"]["chrf"] == scores
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


def test_what_was_gained_and_forgotten_is_told_and_stands_in_the_model_card(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    config = donor.load_config()
    training = dataclasses.replace(config.training, max_steps=20, eval_every=20)
    config = dataclasses.replace(config, corpus=words, training=training)
    heir = RunDirectory(tmp_path / "heir")

    outcome = translator.train(config, run=heir.path, init_from=donor.path, device="cpu")

    assert outcome.scores.keys() == {"test", "corpus-test"}
    changes = heir.results.changes()
    card = heir.card_file.read_text(encoding="utf-8")
    for split in ("test", "corpus-test"):
        before, after = (scores["chrf"]["value"] for scores in changes[split])
        assert after == outcome.scores[split].chrf.value != before
        assert f"| {split} | chrF2 | {before:.2f} | {after:.2f} |" in card
        assert re.search(rf"{split} before training: BLEU .*, chrF {before:.2f}\n", caplog.text)
        assert re.search(rf"{split}: BLEU .*; chrF {before:.2f}, {after:.2f} after\n", caplog.text)
    assert "-before" not in card
    assert len(outcome.translations["corpus-test"]) == 11


def test_without_the_text_of_its_donor_a_run_is_trained_all_the_same(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moved = RunDirectory(tmp_path / "moved")
    shutil.copytree(donor.path, moved.path)
    gone = dataclasses.replace(donor.load_config().corpus, source=str(tmp_path / "gone"))
    moved.move_corpus(dataclasses.replace(donor.load_config(), corpus=gone))

    config = hardly(donor, words)
    translator.train(config, run=tmp_path / "heir", init_from=moved.path, device="cpu")

    (message,) = {text for text in caplog.messages if "forgotten" in text}
    assert message.startswith(
        f"how much of what {moved.path} knew is forgotten will not be scored, since its test text "
        f"cannot be read ({tmp_path / 'gone'}: no such file or folder"
    )
    results = RunDirectory(tmp_path / "heir").results.load()
    assert results.keys() == {"test", "test-before"}


def test_an_heir_on_the_text_of_its_donor_has_one_test_text(
    donor: RunDirectory, tmp_path: Path
) -> None:
    config = hardly(donor, donor.load_config().corpus)

    translator.train(config, run=tmp_path / "heir", init_from=donor.path, device="cpu")

    assert RunDirectory(tmp_path / "heir").results.load().keys() == {"test", "test-before"}


def test_unless_told_otherwise_an_heir_is_trained_as_its_donor_was_but_gently(
    donor: RunDirectory, words: CorpusConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = donor.load_config()
    options = [f"--init_from={donor.path}", f"--corpus.source={words.source}", "--print_config"]

    code = run_command("train", [*options, "--training.max_steps=70"], prog="train.py")

    shown = yaml.safe_load(capsys.readouterr().out)
    assert code == 0
    assert shown["model"] == dataclasses.asdict(theirs.model)
    assert shown["decoding"] == dataclasses.asdict(theirs.decoding)
    training = dataclasses.asdict(gentle(theirs.training))
    assert shown["training"] == {**training, "max_steps": 70}
    for name in ("learning_rate", "muon_learning_rate"):
        assert training[name] < getattr(theirs.training, name)
    for name in ("batch_tokens", "optimizer", "metric"):
        assert training[name] == getattr(theirs.training, name)


def test_a_rate_that_is_gentle_already_stays() -> None:
    slow = TrainingConfig(learning_rate=1e-5, muon_learning_rate=2e-5)

    assert gentle(slow).learning_rate == 1e-5
    assert gentle(slow).muon_learning_rate == 2e-5


def test_an_heir_translates_in_the_direction_of_its_donor(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "back")
    corpus = CorpusConfig(source="there", src_column="de", tgt_column="en", held_out=7)
    run.create(Config(corpus=corpus))

    inherited = inherited_config(init_from=run.path).corpus

    assert inherited == CorpusConfig(src_column="de", tgt_column="en")
