"""The corpus: what is held out, what cleaning drops, and what is scored."""

import logging
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import TEST, TRAIN, VAL, config, write_splits, write_table

from translator.compute.cache import PLACE
from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text import corpus as corpus_module
from translator.text.cleaning import count_words
from translator.text.corpus import Corpus, load_corpus, load_split

DIRTY = [
    ("", "leer"),
    ("blank", " \t"),
    ("word " * 101, "Wort " * 101),
    ("one", "eins zwei drei vier fünf sechs sieben acht"),
    ("one", "eins zwei drei vier fünf sechs sieben"),
    ("a dog", "ein Hund"),
    ("a dog", "ein Hund"),
    ("a dog", "der Hund"),
    ("The  HOUSE", "ein Haus"),
    ("a home", "das haus"),
    ("hard", "schwierig"),
]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def same(one: Corpus, other: Corpus) -> bool:
    return (
        one.splits == other.splits
        and one.cleaning == other.cleaning
        and one.numbers.tolist() == other.numbers.tolist()
        and one.sha256 == other.sha256
    )


def test_a_folder_with_the_name_of_an_embedded_corpus_is_said_to_be_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kitchen").mkdir()
    monkeypatch.chdir(tmp_path)

    corpus = load_corpus(CorpusConfig(source="kitchen"))

    assert len(corpus.train) == 80
    notice = (
        "kitchen is the corpus that comes with the program; for the one in this folder, use "
        "./kitchen"
    )
    assert notice in caplog.messages


def test_a_corpus_is_prepared_once_and_says_the_same_each_time(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write_table(tmp_path / "all.jsonl", [(f"dog {i % 47}", f"Hund {i % 47}") for i in range(60)])
    caplog.set_level(logging.INFO)
    first = load_corpus(config(tmp_path / "all.jsonl"))
    said = caplog.messages.copy()
    caplog.clear()
    monkeypatch.setattr(corpus_module, "_prepare", lambda: pytest.fail("prepared again"))

    again = load_corpus(config(tmp_path / "all.jsonl"))

    assert same(first, again)
    assert caplog.messages == said
    assert len(said) == 2
    assert first.numbers.tolist() == [
        next(i for i in range(60) if (f"dog {i % 47}", f"Hund {i % 47}") == pair) + 1
        for pair in first.train
    ]


def test_a_changed_text_or_setting_is_prepared_anew(tmp_path: Path, cache: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    first = load_corpus(config(tmp_path))
    unclean = replace(config(tmp_path), drop_overlap=False)

    assert len({path.name for path in cache.iterdir() if path.is_dir()}) == 1
    load_corpus(replace(config(tmp_path), temperature=2.0))  # of how it is read, not what
    assert len({path.name for path in cache.iterdir() if path.is_dir()}) == 1
    assert load_corpus(unclean).sha256 == first.sha256
    assert len({path.name for path in cache.iterdir() if path.is_dir()}) == 2
    write_table(tmp_path / "train.jsonl", [*TRAIN, ("new", "neu")])
    assert load_corpus(config(tmp_path)).train == [*TRAIN, ("new", "neu")]
    assert load_corpus(config(tmp_path)).sha256 != first.sha256


def test_a_cache_that_was_cut_off_is_noticed_and_the_corpus_is_the_same(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_splits(tmp_path, ".jsonl")
    first = load_corpus(config(tmp_path))
    train, sha256 = list(first.train), first.sha256
    [file] = cache.glob("*/train.arrow")
    kept = file.read_bytes()
    file.write_bytes(kept[: len(kept) // 2])

    again = load_corpus(config(tmp_path))

    assert list(again.train) == train
    assert again.sha256 == sha256
    assert any("is damaged and will be rebuilt" in message for message in caplog.messages)


def test_several_corpora_are_read_after_one_another_and_the_first_gives_what_is_scored(
    tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write_splits(tmp_path / "a", ".jsonl")
    others = [("a bird", "ein Vogel"), TRAIN[0], VAL[0], ("odd", "seltsam")]
    write_splits(tmp_path / "b", ".tsv", train=others, test=[("odd", "komisch")])
    both = CorpusConfig(
        source=[str(tmp_path / "a"), {"source": str(tmp_path / "b"), "weight": 2.5}]
    )

    found = load_corpus(both)

    # Held out in one of them, held out in both; and what the first has, it has first.
    assert list(found.train) == [*TRAIN, ("a bird", "ein Vogel")]
    assert found.held_out == {"validation": VAL, "test": TEST}
    assert found.cleaning["duplicate"] == 1
    assert found.cleaning["in a held-out split"] == 2
    assert found.numbers.tolist() == [1, 2, 3, 1]
    assert found.repeats is not None
    assert found.repeats.tolist() == [1, 1, 1, 2.5]
    assert load_split(both, "test") == TEST


def test_a_corpus_of_which_nothing_is_left_is_named_and_has_no_share(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write_splits(tmp_path / "a", ".jsonl")
    # Blank lines that are not scored need no word.
    write_splits(tmp_path / "b", ".jsonl", train=[TRAIN[0], VAL[0]], test=[("", "leer")])
    both = CorpusConfig(source=[str(tmp_path / "a"), str(tmp_path / "b")])

    found = load_corpus(both)

    assert list(found.train) == TRAIN
    assert found.repeats is None
    assert found.numbers.tolist() == [1, 2, 3]
    assert caplog.messages == [f"{tmp_path / 'b'}: nothing is left of 2 pairs after cleaning"]


def test_a_text_that_changes_while_it_is_read_is_not_kept_as_what_it_was(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_splits(tmp_path, ".jsonl")
    as_it_was = (tmp_path / "train.jsonl").read_bytes()

    def rewritten_meanwhile(*args: object) -> object:
        write_table(tmp_path / "train.jsonl", [("new", "neu")])
        return prepare(*args)

    prepare = corpus_module._prepare
    monkeypatch.setattr(corpus_module, "_prepare", rewritten_meanwhile)
    with pytest.raises(CorpusError, match=f"{tmp_path} changed while it was read: start again"):
        load_corpus(config(tmp_path))
    monkeypatch.undo()
    monkeypatch.setenv(PLACE, str(cache))
    (tmp_path / "train.jsonl").write_bytes(as_it_was)

    assert load_corpus(config(tmp_path)).train == TRAIN


def test_a_temperature_brings_the_shares_of_corpora_closer_and_keeps_the_epoch_as_long(
    tmp_path: Path, cache: Path
) -> None:
    for name, number in (("a", 90), ("b", 10)):
        (tmp_path / name).mkdir()
        pairs = [(f"{name} dog {i}", f"{name} Hund {i}") for i in range(number)]
        write_splits(tmp_path / name, ".jsonl", train=pairs)
    both = CorpusConfig(source=[str(tmp_path / "a"), str(tmp_path / "b")], temperature=2.0)

    repeats = load_corpus(both).repeats

    # 90 ** 0.5 : 10 ** 0.5 = 3 : 1, of 100 pairs
    assert repeats is not None
    assert repeats[:90] == pytest.approx(75 / 90)
    assert repeats[90:] == pytest.approx(25 / 10)


def test_other_splits_are_kept_and_come_last(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / "challenge.jsonl", [("hard", "schwer")])

    corpus = load_corpus(config(tmp_path))

    assert list(corpus.splits) == ["train", "validation", "test", "challenge"]
    assert corpus.splits["challenge"] == [("hard", "schwer")]


def test_one_file_is_split_the_same_way_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(50)]
    write_table(tmp_path / "all.csv", [*pairs, *pairs[:25], (" ", "leer")])

    first = load_corpus(config(tmp_path / "all.csv")).splits
    again = load_corpus(config(tmp_path / "all.csv")).splits

    assert first == again
    assert [len(first[name]) for name in ("train", "validation", "test")] == [40, 5, 5]
    assert set(first["train"]) | set(first["validation"]) | set(first["test"]) == set(pairs)
    assert caplog.messages[0] == (
        f"{tmp_path / 'all.csv'} has no validation and no test: "
        "5 of its 50 different pairs each are held out"
    )


def test_held_out_pairs_take_all_their_repetitions_with_them(tmp_path: Path) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(40)]
    write_table(tmp_path / "all.jsonl", pairs * 3)
    uncleaned = replace(
        config(tmp_path / "all.jsonl"), held_out=2, drop_overlap=False, drop_duplicates=False
    )

    splits = load_corpus(uncleaned).splits

    assert [len(splits[name]) for name in ("train", "validation", "test")] == [108, 2, 2]
    held_out = {*splits["validation"], *splits["test"]}
    assert len(held_out) == 4
    assert held_out.isdisjoint(splits["train"])


def test_a_training_split_that_others_were_drawn_from_is_scored_as_it_stands_without_these(
    tmp_path: Path,
) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(40)]
    write_table(tmp_path / "all.jsonl", [*pairs, ("", "leer"), *pairs[:7]])
    corpus = load_corpus(config(tmp_path / "all.jsonl"))

    found = load_split(config(tmp_path / "all.jsonl"), "train")

    drawn = {*corpus.held_out["validation"], *corpus.held_out["test"]}
    assert found == [p for p in [*pairs, ("", "leer"), *pairs[:7]] if p not in drawn]
    assert len(found) > len(corpus.train)


def test_only_the_missing_split_is_split_off(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")
    (tmp_path / "test.jsonl").unlink()

    splits = load_corpus(config(tmp_path)).splits

    assert splits["validation"] == VAL
    assert len(splits["test"]) == 1
    assert sorted([*splits["train"], *splits["test"]]) == sorted(TRAIN)


def test_too_few_pairs_to_split_is_an_error(tmp_path: Path) -> None:
    write_table(tmp_path / "all.jsonl", TRAIN[:2] * 5)

    with pytest.raises(CorpusError, match="has 2 different pairs: too few to hold out validation"):
        load_corpus(config(tmp_path / "all.jsonl"))


def test_cleaning_drops_and_counts_step_by_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_splits(tmp_path, ".jsonl", train=DIRTY)
    write_table(tmp_path / "challenge.jsonl", [("hard", "schwer")])

    with caplog.at_level(logging.INFO):
        corpus = load_corpus(config(tmp_path))

    assert corpus.splits["train"] == [DIRTY[4], DIRTY[5], DIRTY[7]]
    assert list(corpus.cleaning.items()) == [
        ("empty side", 2),
        ("too long", 1),
        ("length ratio", 1),
        ("duplicate", 1),
        ("in a held-out split", 3),
    ]
    assert caplog.messages == [
        f"{tmp_path}: 3 train, 1 validation, 2 test, 1 challenge pairs; dropped from train: "
        "2 empty side, 1 too long, 1 length ratio, 1 duplicate, 3 in a held-out split"
    ]


@pytest.mark.parametrize(
    ("switch", "step"),
    [
        ({"drop_empty": False}, "empty side"),
        ({"max_words": 0}, "too long"),
        ({"max_length_ratio": 0.0}, "length ratio"),
        ({"drop_duplicates": False}, "duplicate"),
        ({"drop_overlap": False}, "in a held-out split"),
    ],
)
def test_each_step_can_be_switched_off(
    tmp_path: Path, switch: dict[str, bool | float], step: str
) -> None:
    write_splits(tmp_path, ".jsonl", train=DIRTY)
    cleaned = load_corpus(config(tmp_path))
    corpus = load_corpus(replace(config(tmp_path), **switch))  # type: ignore[arg-type]

    assert cleaned.cleaning.keys() - corpus.cleaning.keys() == {step}
    assert len(corpus.splits["train"]) > len(cleaned.splits["train"])


def test_held_out_splits_are_not_cleaned(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", test=DIRTY)

    assert load_corpus(config(tmp_path)).splits["test"] == DIRTY


def test_nothing_left_says_what_each_step_dropped(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl", train=[("", "x"), *VAL])

    with pytest.raises(
        CorpusError,
        match=r"nothing is left of 2 training pairs .*1 empty side, .*1 in a held-out split",
    ):
        load_corpus(config(tmp_path))


@pytest.mark.parametrize("split", ["val", "dev", "valid", "validation"])
def test_validation_may_be_asked_for_by_any_of_its_names(tmp_path: Path, split: str) -> None:
    write_splits(tmp_path, ".jsonl", val="dev")

    assert load_split(config(tmp_path), split) == VAL


def test_an_unknown_split_names_those_that_exist(tmp_path: Path) -> None:
    write_splits(tmp_path, ".jsonl")

    with pytest.raises(CorpusError, match="no split tset: it has train, validation, test"):
        load_split(config(tmp_path), "tset")


def test_a_source_without_train_names_its_splits(tmp_path: Path) -> None:
    write_table(tmp_path / "val.jsonl", VAL)
    write_table(tmp_path / "test.jsonl", TEST)

    with pytest.raises(CorpusError, match="no train split: it has test, validation"):
        load_corpus(config(tmp_path))


def test_a_test_set_alone_can_be_scored_but_not_trained_on(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"en": "a dog", "de": "ein Hund"}\n', encoding="utf-8")
    config = CorpusConfig(source=str(tmp_path))

    assert load_split(config, "test") == [("a dog", "ein Hund")]
    with pytest.raises(CorpusError, match=r"has no split val: it has test"):
        load_split(config, "val")
    with pytest.raises(CorpusError, match=r"has no train split: it has test"):
        load_corpus(config)


def test_a_file_that_is_scored_is_scored_whole_unless_its_splits_were_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [(f"dog {i}", f"Hund {i}") for i in range(50)]
    write_table(tmp_path / "all.jsonl", pairs)
    write_table(tmp_path / "test.csv", pairs)
    (tmp_path / "link.jsonl").symlink_to("all.jsonl")
    monkeypatch.chdir(tmp_path)
    trained = CorpusConfig(source="all.jsonl")
    drawn = load_corpus(trained).splits

    assert load_split(trained, "test", "test.csv") == pairs
    assert load_split(trained, "validation", "test.csv") == pairs
    assert load_split(CorpusConfig(source="gone.jsonl"), "test", "all.jsonl") == pairs
    for source in (None, "all.jsonl", str(tmp_path / "link.jsonl")):
        assert load_split(trained, "test", source) == drawn["test"]
        assert load_split(trained, "Dev", source) == drawn["validation"]


def test_another_folder_is_scored_on_its_own_splits(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / "other" / "test.jsonl", VAL)

    assert load_split(config(tmp_path), "test", str(tmp_path / "other")) == VAL


def test_a_split_that_is_there_is_scored_whatever_the_others_are(tmp_path: Path) -> None:
    write_table(tmp_path / "train.jsonl", TRAIN[:1])  # too few to draw a validation split from
    write_table(tmp_path / "test.jsonl", TEST)

    assert load_split(config(tmp_path), "test") == TEST
    with pytest.raises(CorpusError, match="has 1 different pairs: too few to hold out validation"):
        load_split(config(tmp_path), "train")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a dog  runs.", 3),
        ("Ein Hündchen läuft – oh!", 5),
        ("一只棕色的狗在雪地里奔跑。", 7),
        ("犬が雪の中を走っている。", 6),
        ("สุนัขสีน้ำตาลกำลังวิ่งอยู่ในหิมะ", 16),
        ("ໝາກໍາລັງແລ່ນ", 6),
        ("ខ្មែរ", 3),
        ("မြန်မာ", 3),
        ("我", 1),
        ("我有 2 iPhone", 3),
        ("개가 눈 속을 달린다", 4),
        ("", 0),
    ],
)
def test_a_word_is_two_characters_where_no_space_is_written(text: str, words: int) -> None:
    assert count_words(text) == words


def test_text_without_spaces_is_cleaned_by_length_like_any_other(tmp_path: Path) -> None:
    like = ("the brown dog is running in the snow today", "棕色的狗今天在雪地里奔跑")
    unlike = ("yes", "棕色的狗今天在雪地里奔跑" * 2)
    too_long = ("word " * 90, "棕色的狗今天在雪地里奔跑" * 18)
    write_splits(tmp_path, ".jsonl", train=[like, unlike, too_long])

    corpus = load_corpus(config(tmp_path))

    assert corpus.splits["train"] == [like]
    assert corpus.cleaning == {
        "empty side": 0,
        "too long": 1,
        "length ratio": 1,
        "duplicate": 0,
        "in a held-out split": 0,
    }


def test_letters_in_two_parts_are_the_same_letters(tmp_path: Path) -> None:
    train = [("the bear", "der Bär"), ("a bear", "ein Bär"), ("one", "Männer"), ("cafés", "x")]
    apart = [(decomposed(src), decomposed(tgt)) for src, tgt in train]
    write_splits(tmp_path, ".jsonl", train=[*train, *apart], test=[("men", "Männer"), apart[3]])

    corpus = load_corpus(config(tmp_path))

    assert corpus.splits["train"] == train[:2]
    assert corpus.cleaning["duplicate"] == 4
    assert corpus.cleaning["in a held-out split"] == 2


def test_a_drawn_pair_takes_its_repetitions_in_two_parts_with_it(tmp_path: Path) -> None:
    pairs = [(f"bear {i}", f"Bär {i}") for i in range(20)]
    apart = [(src, decomposed(tgt)) for src, tgt in pairs]
    write_table(tmp_path / "all.jsonl", [*apart, *pairs])
    uncleaned = replace(config(tmp_path / "all.jsonl"), drop_overlap=False, drop_duplicates=False)

    splits = load_corpus(uncleaned).splits

    assert {name: len(found) for name, found in splits.items()} == {
        "train": 32,
        "validation": 2,
        "test": 2,
    }


def test_blank_lines_that_are_held_out_are_kept_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    test = [("", "leer"), ("blank", " "), *TEST]
    write_splits(tmp_path, ".jsonl", test=test)

    assert load_corpus(config(tmp_path)).splits["test"] == test
    assert caplog.messages == [
        f"{tmp_path}: 2 of 4 test pairs have a blank side and are scored unchanged"
    ]


@pytest.mark.parametrize("split", ["val", "test", "challenge"])
def test_a_held_out_split_of_blank_lines_is_an_error(tmp_path: Path, split: str) -> None:
    write_splits(tmp_path, ".jsonl")
    write_table(tmp_path / f"{split}.jsonl", [("", "x"), ("x", "\t"), ("", "")])

    with pytest.raises(
        CorpusError, match=r"no pair of the \w+ split has text on both sides: correct"
    ):
        load_corpus(config(tmp_path))


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)
