"""Fine-tuning: what a run keeps of the one whose weights it begins with."""

import dataclasses
import itertools
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from tiny_runs import ADVERBS, NOUNS, VERBS, lines, tiny_config, train, write_corpus

import translator
from translator.cli.main import run_command
from translator.compute.distributed import World
from translator.config import Config, CorpusConfig, TrainingConfig
from translator.errors import StoppedError
from translator.experiment import experiment as lab
from translator.experiment.beginning import inherited_config
from translator.experiment.fine_tuning import donor_text, gentle
from translator.experiment.held_out import keep_held_out
from translator.experiment.loading import TrainedTranslator, load_translator
from translator.experiment.run_directory import RunDirectory
from translator.text.corpus import load_split

CPU = torch.device("cpu")
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
        max_steps=90,
        learning_rate=0.02,
        eval_every=90,
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
        # Scored where the weights first came from, too, before and after.
        results = run.results.load()
        assert results.keys() == {"test", "test-before", "corpus-test", "corpus-test-before"}
        scores = donor.results.load()["test"]["chrf"]
        assert results["corpus-test"]["chrf"] == results["corpus-test-before"]["chrf"] == scores
    cut = dataclasses.replace(before, max_src_length=longest_word(before))
    assert cut.translate(sources) != expected  # as it would be with the corpus's own length


def longest_word(donor: TrainedTranslator) -> int:
    return max(len(donor.tokenizer.encode(f"{word} {word}")) for word in WORDS)


def test_killed_an_heir_still_knows_what_length_its_weights_were_made_for(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path
) -> None:
    config, killed = hardly(donor, words), RunDirectory(tmp_path / "killed")
    lonely = RunDirectory(tmp_path / "lonely")
    shutil.copytree(donor.path, lonely.path)
    killed.create(config, init_from=str(lonely.path))
    killed.save_initial(config, lonely)
    shutil.rmtree(lonely.path)

    translator.train(resume=killed.path, device="cpu")

    assert load_translator(killed).max_src_length == load_translator(donor).max_src_length


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A corpus of thirty questions, in the words of the donor."""
    folder = tmp_path / "questions"
    folder.mkdir()
    pairs = [
        (f"does the {noun} {verb} {adverb}", f"{VERBS[verb]} der {NOUNS[noun]} {ADVERBS[adverb]}")
        for noun, verb, adverb in itertools.product(NOUNS, VERBS, filter(None, ADVERBS))
    ]
    random.Random(3).shuffle(pairs)
    for split, chosen in (
        ("train", pairs[:30]),
        ("validation", pairs[30:33]),
        ("test", pairs[33:]),
    ):
        for number, language in enumerate(("en", "de")):
            text = "".join(f"{pair[number]}\n" for pair in chosen)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_beside_the_old_text_a_domain_is_learned_and_little_is_forgotten_as_is_told(
    donor: RunDirectory, questions: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    config = donor.load_config()
    training = dataclasses.replace(
        config.training,
        max_steps=50,
        batch_tokens=480,
        learning_rate=4e-3,
        muon_learning_rate=0.01,
        warmup_steps=5,
        eval_every=50,
    )
    mixed: Any = [{"source": str(questions), "weight": 2}, config.corpus.source]
    changes: dict[str, dict[str, float]] = {}
    for name, source in (("mixed", mixed), ("alone", str(questions))):
        corpus = CorpusConfig(source=source, drop_overlap=False)
        heir = dataclasses.replace(config, corpus=corpus, training=training)
        outcome = translator.train(heir, run=tmp_path / name, init_from=donor.path, device="cpu")
        run = RunDirectory(outcome.run)
        card, changes[name] = run.card_file.read_text(encoding="utf-8"), {}
        for split in ("test", "corpus-test"):
            before, after = (one["bleu"]["value"] for one in run.results.changes()[split])
            changes[name][split] = after - before
            assert after == outcome.scores[split].bleu.value
            assert f"{split} before training: BLEU {before:.2f}, chrF" in caplog.text
            assert f"{split}: BLEU {before:.2f} before training, {after:.2f} after" in caplog.text
            assert f"| {split} | BLEU | {before:.2f} | {after:.2f} |" in card
        assert "-before" not in card
        assert len(outcome.translations["corpus-test"]) == 11

    assert min(changes[name]["test"] for name in changes) > 20
    assert changes["mixed"]["corpus-test"] > -10
    assert changes["alone"]["corpus-test"] < -50
    warning = f"{-changes['alone']['corpus-test']:.1f} BLEU of corpus-test is forgotten: to forget"
    assert warning in caplog.text


def test_without_the_text_of_its_donor_a_run_is_scored_on_its_own_alone(
    donor: RunDirectory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = donor.load_config()
    gone = dataclasses.replace(config.corpus, source=str(tmp_path / "gone"))
    moved, heir = RunDirectory(tmp_path / "moved"), RunDirectory(tmp_path / "heir")
    moved.create(dataclasses.replace(config, corpus=gone))
    heir.create(config, init_from=str(moved.path))

    assert donor_text(heir, None, World()) == {}

    (message,) = caplog.messages
    assert message.startswith(
        f"the test set of {moved.path} cannot be read ({tmp_path / 'gone'}: no such file or folder"
    )


def test_a_donors_text_that_could_not_be_read_at_the_start_plays_no_part_later(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path
) -> None:
    heir = RunDirectory(tmp_path / "heir")
    heir.create(dataclasses.replace(donor.load_config(), corpus=words), init_from=str(donor.path))
    assert list(donor_text(heir, None, World())) == ["corpus-test"]

    keep_held_out(heir, {"test": load_split(words, "test")}, words, {})

    assert donor_text(heir, None, World()) == {}


def test_an_heir_on_the_text_of_its_donor_has_one_test_text(
    donor: RunDirectory, tmp_path: Path
) -> None:
    heir, config = RunDirectory(tmp_path / "heir"), donor.load_config()
    heir.create(config, init_from=str(donor.path))
    test = load_split(config.corpus, "test")

    found = donor_text(heir, None, World())

    assert found == donor_text(None, donor, World()) == {"corpus-test": test}
    assert lab.prepare(config, CPU, World(), donor_text=found).donor_text == {}
    others = {"corpus-test": test[1:]}
    assert lab.prepare(config, CPU, World(), donor_text=others).donor_text == others


def test_what_a_donor_is_scored_on_is_not_trained_on_also_when_the_donor_is_gone(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path
) -> None:
    words = dataclasses.replace(words, drop_overlap=True)
    config = dataclasses.replace(donor.load_config(), corpus=words)
    first, second, *_ = lab.prepare(config, CPU, World()).corpus.train
    text = {"corpus-test": [first, ("A cat.", second[1])]}
    heir = RunDirectory(tmp_path / "heir")
    heir.create(config, init_from=str(tmp_path / "gone"))

    experiment = lab.prepare(config, CPU, World(), donor_text=text)
    keep_held_out(heir, {**experiment.corpus.held_out, **text}, words, {})

    assert first not in experiment.corpus.train
    assert second not in experiment.corpus.train
    assert len(experiment.corpus.train) == 1  # of four: one is the test pair of its own
    assert donor_text(heir, None, World()) == text


def test_an_heir_of_an_heir_is_scored_on_the_text_of_both(
    donor: RunDirectory, words: CorpusConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(donor.load_config(), corpus=words)
    first = RunDirectory(tmp_path / "first")
    first.create(config, init_from=str(donor.path))
    of_donor, own = donor_text(first, None, World()), load_split(words, "test")
    keep_held_out(first, {"test": own, **of_donor}, words, {})

    found = donor_text(None, first, World())

    assert list(of_donor) == ["corpus-test"]
    assert found == {**of_donor, f"{Path(words.main).name}-test": own}


def test_a_run_with_random_weights_forgets_nothing_whatever_its_splits_are_called(
    donor: RunDirectory, tmp_path: Path
) -> None:
    run, config = RunDirectory(tmp_path / "run"), donor.load_config()
    run.create(config)
    test = [("A cat.", "Eine Katze.")]
    splits = {"test": test, "flickr-test": [("A dog.", "Ein Hund.")]}
    keep_held_out(run, splits, config.corpus, {})

    assert donor_text(donor, None, World()) == {}
    assert donor_text(run, None, World()) == {}
    assert donor_text(None, run, World()) == {"corpus-test": test}


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
