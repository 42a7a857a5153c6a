"""New training pairs: whose they are, that nothing is lost or done twice, what is refused."""

import dataclasses
import json
import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, get_type_hints

import pytest
import torch
from tiny_runs import save_model

from translator.cli.main import run_command
from translator.cli.values import read_value
from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    Source,
    TokenizerConfig,
    TrainingConfig,
)
from translator.decoding.strategies import Sampling
from translator.errors import ConfigError, RunError
from translator.experiment import diversification, one_language, translations
from translator.experiment.diversification import diversify
from translator.experiment.loading import load_translator
from translator.experiment.one_language import OneLanguage
from translator.experiment.run_directory import RunDirectory
from translator.experiment.translations import Translations
from translator.model.transformer import Transformer
from translator.text.corpus import load_corpus
from translator.text.tokenizer import Tokenizer, train_tokenizer

TRAIN = [
    ("A dog runs.", "Ein Hund rennt."),
    ("Two men sit.", "Zwei Männer sitzen."),
    ("The girl laughs.", "Das Mädchen lacht."),
    ("A cat sleeps.", "Eine Katze schläft."),
    ("It rains.", "Es regnet."),
]
HELD_OUT = {"validation": [("A man.", "Ein Mann.")], "test": [("Two cats.", "Zwei Katzen.")]}
SHAPE = ModelConfig(d_model=12, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2)


@pytest.mark.slow
def test_the_new_corpus_holds_the_old_pairs_and_what_each_model_makes_of_them(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    forward = [make_run(tmp_path / f"f{n}", corpus, tokenizer, seed=n) for n in (1, 2)]
    backward = make_run(tmp_path / "b", corpus, tokenizer, seed=3, backward=True)

    counts = diversify(forward, [backward], tmp_path / "new")

    sources, targets = zip(*TRAIN, strict=True)
    new = {
        "forward-1": zip(sources, load_translator(forward[0]).translate(sources), strict=True),
        "forward-2": zip(sources, load_translator(forward[1]).translate(sources), strict=True),
        "backward-1": zip(load_translator(backward).translate(targets), targets, strict=True),
    }
    train, expected = [*TRAIN], {"original": 5}
    for name, pairs in new.items():
        # Models that have learned nothing leave texts blank and write the same as others.
        kept = [pair for pair in pairs if all(pair) and pair not in train]
        train += kept
        expected[name] = len(kept)
    assert counts == expected
    assert len(train) > 10
    for split, pairs in {"train": train, **HELD_OUT}.items():
        assert read_pairs(tmp_path / "new" / f"{split}.jsonl") == pairs


def test_a_pair_that_two_models_write_counts_once(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "f", corpus, tokenizer, seed=1)

    counts = diversify([run, run], [], tmp_path / "new")

    assert counts == {"original": 5, "forward-1": 5, "forward-2": 0}
    found = load_corpus(CorpusConfig(source=str(tmp_path / "new"), max_length_ratio=0))
    assert {split: len(pairs) for split, pairs in found.splits.items()} == {
        "train": 10,
        "validation": 1,
        "test": 1,
    }


@pytest.mark.slow
def test_to_distill_the_forward_models_as_one_translate_all_sources(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = [make_run(tmp_path / f"f{n}", corpus, tokenizer, seed=n) for n in (1, 2)]
    backward = [make_run(tmp_path / "b", corpus, tokenizer, seed=3, backward=True)]
    told: list[tuple[str, int]] = []
    plain = diversify(forward, backward, tmp_path / "plain")

    counts = diversify(forward, backward, tmp_path / "new", distill=True)
    monkeypatch.setattr(translations, "progress", noting(told))
    diversify(forward, backward, tmp_path / "new", distill=True)

    before = read_pairs(tmp_path / "plain" / "train.jsonl")
    added = read_pairs(tmp_path / "new" / "train.jsonl")[len(before) :]
    written = load_translator(backward[0]).translate([tgt for _, tgt in TRAIN])
    sources = [src for src in dict.fromkeys([*(src for src, _ in TRAIN), *written]) if src]
    together = load_translator(forward[0], others=forward[1:]).translate(sources)
    assert len(sources) > len(TRAIN)
    assert together[: len(TRAIN)] != load_translator(forward[0]).translate(sources)[: len(TRAIN)]
    expected = [pair for pair in zip(sources, together, strict=True) if all(pair)]
    assert added == [pair for pair in expected if pair not in before]
    assert counts == {**plain, "distilled": len(added)}
    names = ("forward-1", "forward-2", "backward-1")
    done = {**dict.fromkeys(names, len(TRAIN)), "distilled": len(sources)}
    assert told == list(done.items())  # all at once: nothing is translated twice


@pytest.mark.slow
def test_sources_that_backward_models_draw_are_translated_by_the_forward_ones_alone(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    forward = [make_run(tmp_path / f"f{n}", corpus, tokenizer, seed=n) for n in (1, 2)]
    backward = [
        make_run(tmp_path / f"b{n}", corpus, tokenizer, seed=n, backward=True) for n in (3, 4)
    ]
    plain = diversify(forward, backward, tmp_path / "plain", distill=True)

    counts = diversify(forward, backward, tmp_path / "new", distill=True, samples=3)

    before = read_pairs(tmp_path / "plain" / "train.jsonl")
    added = set(read_pairs(tmp_path / "new" / "train.jsonl")) - set(before)
    targets = [tgt for _, tgt in TRAIN]
    drawn = {
        text
        for run in backward
        for seed in (1, 2, 3)
        for text in load_translator(run).translate(targets, Sampling(temperature=0.7, seed=seed))
    }
    assert len(drawn) > 20  # of 30, since these models know nothing
    new = sorted(drawn - {"", *(src for src, _ in before)})
    together = load_translator(forward[0], others=forward[1:]).translate(new)
    assert sorted(added) == [pair for pair in zip(new, together, strict=True) if all(pair)]
    assert counts == {**plain, "distilled": plain["distilled"] + len(added)}


def test_samples_without_distilling_or_of_a_negative_number_are_refused(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "f", corpus, tokenizer, seed=1)

    with pytest.raises(RunError, match=r"samples is 2, but .*: add --distill"):
        diversify([run], [], tmp_path / "new", samples=2)
    with pytest.raises(RunError, match=r"samples is -1: use 0 or more"):
        diversify([run], [], tmp_path / "new", distill=True, samples=-1)
    assert not (tmp_path / "new").exists()


def test_models_of_several_vocabularies_are_not_distilled(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    other = train_tokenizer([src for src, _ in TRAIN], TokenizerConfig(vocab_size=300))
    forward = [
        make_run(tmp_path / "f1", corpus, tokenizer, seed=1),
        make_run(tmp_path / "f2", corpus, other, seed=2),
    ]

    with pytest.raises(RunError, match=r"f2 has another vocabulary than .*f1"):
        diversify(forward, [], tmp_path / "new", distill=True)
    assert not (tmp_path / "new").exists()
    assert diversify(forward, [], tmp_path / "new")["forward-2"] > 0


@pytest.mark.slow
def test_what_was_translated_before_an_interruption_is_not_translated_again(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations, "TEXTS_AT_ONCE", 2)
    forward = [make_run(tmp_path / "f", corpus, tokenizer, seed=1)]
    backward = [make_run(tmp_path / "b", corpus, tokenizer, seed=2, backward=True)]
    folder, whole = tmp_path / "new", tmp_path / "whole"
    told: list[tuple[str, int]] = []

    monkeypatch.setattr(translations, "progress", noting([], stop_at=("backward-1", 3)))
    with pytest.raises(KeyboardInterrupt):
        diversify(forward, backward, folder)
    assert not (folder / "train.jsonl").exists()
    with (folder / "translations" / "backward-1.txt").open("ab") as file:
        file.write("half a líne".encode()[:-4])  # cut off inside a character
    monkeypatch.setattr(translations, "progress", noting(told))
    diversify(forward, backward, folder)

    assert told[:2] == [("forward-1", 5), ("backward-1", 2)]
    assert told[-1] == ("backward-1", 5)
    diversify(forward, backward, whole)
    for file in sorted(path for path in whole.rglob("*") if path.is_file()):
        assert (folder / file.relative_to(whole)).read_bytes() == file.read_bytes()


def test_the_search_can_be_another_than_the_runs(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "f", corpus, tokenizer, seed=1)

    diversify([run], [], tmp_path / "new", search={"beam_size": 1})

    origin = json.loads((tmp_path / "new" / "translations" / "forward-1.json").read_text())
    assert (origin["beam_size"], origin["length_penalty"]) == (1, 1.0)


def test_a_run_of_the_wrong_direction_is_refused(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "f", corpus, tokenizer, seed=1)
    message = (
        r"f translates en to de, but --backward needs de to en: train a run with "
        r"--corpus.src_column de --corpus.tgt_column en$"
    )

    with pytest.raises(RunError, match=message):
        diversify([run], [run], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_step_that_is_not_kept_is_refused_before_the_corpus_is_read(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    forward = make_run(tmp_path / "f", corpus, tokenizer, seed=1)
    backward = make_run(tmp_path / "b", corpus, tokenizer, seed=3, backward=True)

    with pytest.raises(RunError, match=r"b has no weights of step 7; kept steps: none$"):
        diversify(
            [forward], [dataclasses.replace(backward, step=7)], tmp_path / "new", source="nowhere"
        )


@pytest.mark.parametrize(
    ("seed", "search", "changed"),
    [(2, {}, "model"), (1, {"beam_size": 2}, "beam_size"), (1, {"split_over": 30}, "split_over")],
)
def test_translations_of_another_model_or_search_are_not_mixed_in(
    corpus: Path,
    tokenizer: Tokenizer,
    tmp_path: Path,
    seed: int,
    search: dict[str, float],
    changed: str,
) -> None:
    diversify([make_run(tmp_path / "f", corpus, tokenizer, seed=1)], [], tmp_path / "new")
    before = (tmp_path / "new" / "train.jsonl").read_bytes()
    other = make_run(tmp_path / "other", corpus, tokenizer, seed=seed)

    message = f"forward-1.txt was written with another {changed}: choose another --output"
    with pytest.raises(RunError, match=message):
        diversify([other], [], tmp_path / "new", search=search)
    assert (tmp_path / "new" / "train.jsonl").read_bytes() == before


def test_teachers_are_like_the_run_but_for_direction_shape_length_and_a_seed_each() -> None:
    config = Config(
        model=SHAPE,
        training=TrainingConfig(seed=5, max_steps=70),
        diversification=DiversificationConfig(models=2, max_steps=30, dropout=0.2),
    )

    [found] = diversification.teachers(config)

    assert list(found) == ["forward-1", "forward-2", "backward-1", "backward-2"]
    columns = [(one.corpus.src_column, one.corpus.tgt_column) for one in found.values()]
    assert columns == [("en", "de")] * 2 + [("de", "en")] * 2
    seeds = {one.training.seed for one in found.values()}
    assert len(seeds - {5}) == 4
    for one in found.values():
        assert one.model == dataclasses.replace(SHAPE, dropout=0.2)
        assert one.training.max_steps == 30
        assert one.diversification.models == 0  # they have no teachers themselves
    other = dataclasses.replace(config, training=TrainingConfig(seed=6, max_steps=70))
    [others] = diversification.teachers(other)
    assert seeds.isdisjoint(one.training.seed for one in others.values())
    as_long = dataclasses.replace(config, diversification=DiversificationConfig(models=1))
    alike = diversification.teachers(as_long)[0]["backward-1"]
    assert (alike.training.max_steps, alike.model) == (70, SHAPE)
    shape = {"d_model": 36, "num_heads": 3, "d_ff": 44, "num_encoder_layers": 5}
    smaller = dataclasses.replace(
        config, diversification=DiversificationConfig(models=1, num_decoder_layers=4, **shape)
    )
    assert diversification.teachers(smaller)[0]["forward-1"].model == dataclasses.replace(
        SHAPE, num_decoder_layers=4, **shape
    )


def test_a_shape_that_teachers_cannot_have_is_refused() -> None:
    message = r"diversification.num_heads is 5: it must divide diversification.d_model \(12\)"
    with pytest.raises(ConfigError, match=message):
        Config(model=SHAPE, diversification=DiversificationConfig(models=1, num_heads=5))


def test_text_of_one_language_is_translated_back_by_each_model_and_forward_by_all_as_one(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    forward = [make_run(tmp_path / f"f{n}", corpus, tokenizer, seed=n) for n in (1, 2)]
    backward = [
        make_run(tmp_path / f"b{n}", corpus, tokenizer, seed=n, backward=True) for n in (3, 4)
    ]
    src = write_lines(tmp_path / "text.en", ["A bird sings.", "Two men sit.", "Dogs."])
    tgt = write_lines(tmp_path / "text.de", ["Ein Vogel.", "Zwei Katzen.", "Hunde.", "Katzen."])
    texts = OneLanguage(src=src, tgt=tgt)

    counts = diversify(forward, backward, tmp_path / "new", one_language=texts, for_teachers=True)

    sources, targets = ["A bird sings.", "Dogs."], ["Ein Vogel.", "Hunde.", "Katzen."]
    together = load_translator(forward[0], others=forward[1:]).translate(sources)
    back = [load_translator(run).translate(targets) for run in backward]
    assert all(text for texts in (together, *back) for text in texts)
    assert read_pairs(tmp_path / "new/back-translated/train.jsonl") == [
        *zip(back[0], targets, strict=True),
        *zip(back[1], targets, strict=True),
    ]
    assert read_pairs(tmp_path / "new/forward-translated/train.jsonl") == list(
        zip(sources, together, strict=True)
    )
    assert counts == {"forward-translated": 2, "back-translated-1": 3, "back-translated-2": 3}


def test_what_is_translated_back_can_be_drawn_and_marked_and_for_teachers_both_ways(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    forward = make_run(tmp_path / "f", corpus, tokenizer, seed=1)
    backward = make_run(tmp_path / "b", corpus, tokenizer, seed=3, backward=True)
    texts = OneLanguage(
        src=write_lines(tmp_path / "text.en", ["A bird sings."]),
        tgt=write_lines(tmp_path / "text.de", ["Ein Vogel singt.", "Hunde."]),
        back_translation="sampling",
        tag="<BT>",
    )

    for name, for_teachers in (("final", False), ("round-1", True)):
        diversify(
            [forward], [backward], tmp_path / name, one_language=texts, for_teachers=for_teachers
        )

    targets = ["Ein Vogel singt.", "Hunde."]
    drawn = load_translator(backward).translate(targets, Sampling(temperature=0.7))
    assert drawn != load_translator(backward).translate(targets)
    marked = [(f"<BT> {src}", tgt) for src, tgt in zip(drawn, targets, strict=True)]
    [bird] = load_translator(forward).translate(["A bird sings."])
    for name, written in (("final", bird), ("round-1", f"<BT> {bird}")):
        assert read_pairs(tmp_path / name / "back-translated/train.jsonl") == marked
        found = read_pairs(tmp_path / name / "forward-translated/train.jsonl")
        assert found == [("A bird sings.", written)]
    assert not (tmp_path / "round-1/train.jsonl").exists()
    assert read_pairs(tmp_path / "final/train.jsonl")[: len(TRAIN)] == TRAIN


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_a_tag_is_spelled_by_the_same_pieces_before_every_source(
    kind: Literal["bpe", "unigram"],
) -> None:
    marked = [f"<BT> {src}" for src, _ in TRAIN]
    texts = [*marked, *(tgt for _, tgt in TRAIN)]

    learned = train_tokenizer(texts, TokenizerConfig(kind=kind, vocab_size=310))

    *tag, _ = learned.encode("<BT>")
    assert set(tag).isdisjoint(learned.byte_ids)
    for src, text in zip((src for src, _ in TRAIN), marked, strict=True):
        assert learned.encode(text) == [*tag, *learned.encode(src)]
        assert learned.text(learned.encode(text)) == text


def test_pairs_that_teach_nothing_are_dropped_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    written = {
        "Ein Hund.": "A dog.",
        "Taxi!": "taxi!",
        "Regen.": "",
        "Ein Mann.": "A man man man man.",
        "Vier Männer.": "A man man man man sits.",
        "Sehr gut.": "Very very very good.",
    }

    class Prepared(Translations):
        def by(self, name: str, runs: object, texts: Sequence[str], _: object = None) -> list[str]:
            return [written[text] for text in texts]

    with caplog.at_level(logging.INFO):
        pairs = one_language.translate(
            {"back-translated": list(written)},
            [],
            [RunDirectory(Path("b"))],
            Prepared(folder=Path("nowhere")),
            "beam",
        )

    assert pairs == {
        "back-translated-1": [
            ("A dog.", "Ein Hund."),
            ("A man man man man.", "Ein Mann."),  # three, and one with its full stop
            ("Very very very good.", "Sehr gut."),
        ]
    }
    assert caplog.messages == [
        "back-translated-1: 3 pairs; dropped: 1 without a translation, 1 copied, 1 repeating a word"
    ]


def test_text_of_which_nothing_usable_is_made_is_refused(tmp_path: Path) -> None:
    message = r"new/back-translated would be empty, since none .*: train the models longer$"

    with pytest.raises(RunError, match=message):
        one_language.write(tmp_path / "new", {"back-translated-1": []}, CorpusConfig(), None)
    assert not (tmp_path / "new").exists()


def test_text_of_the_target_language_needs_a_backward_model(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "f", corpus, tokenizer, seed=1)
    message = (
        r"^text.de is text in the target language, and there is no model to translate it back: "
        r"name a run with --backward$"
    )

    with pytest.raises(RunError, match=message):
        diversify([run], [], tmp_path / "new", one_language=OneLanguage(tgt="text.de"))
    assert not (tmp_path / "new").exists()


def test_the_command_names_what_it_wrote_as_a_list_of_corpora(
    corpus: Path, tokenizer: Tokenizer, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    forward = make_run(tmp_path / "f", corpus, tokenizer, seed=1)
    backward = make_run(tmp_path / "b", corpus, tokenizer, seed=3, backward=True)
    tgt = write_lines(tmp_path / "text.de", ["Ein Vogel singt."])
    arguments = [
        *(f"--forward={forward}", f"--backward={backward}", f"--output={tmp_path / 'my, text'}"),
        *(f"--monolingual_tgt={tgt}", "--back_translation=sampling", "--tag=<BT>"),
    ]

    assert run_command("diversify", arguments, "translator diversify") == 0
    assert run_command("diversify", [*arguments[:3], "--tag=<BT>"], "translator diversify") == 2

    out, err = (text.decode() for text in capfdbinary.readouterr())
    assert "\nback-translated-1: 1 pairs\n" in out
    command = next(line for line in out.splitlines() if line.startswith("train on all: "))
    written = shlex.split(command.removeprefix("train on all: "))[-2]
    folder = tmp_path / "my, text"
    found = read_value("corpus.source", get_type_hints(CorpusConfig)["source"], written)
    assert [part.source for part in found] == [str(folder), str(folder / "back-translated")]
    [(src, _)] = read_pairs(folder / "back-translated/train.jsonl")
    assert src.startswith("<BT> ")
    assert err.endswith("error: --tag would have no effect: it goes with --monolingual_tgt\n")


def test_a_run_learns_from_what_was_made_of_text_of_one_language_by_weight() -> None:
    config = Config(
        corpus=CorpusConfig(source="A", temperature=5, revision="1", monolingual_tgt="text.de"),
        diversification=DiversificationConfig(models=1, weight=0.5),
    )

    text = one_language.final_text(config, Path("new"))

    parts = (Source(source="new"), Source(source="new/back-translated", weight=0.5))
    assert text == CorpusConfig(source=parts)
    without = Config(
        corpus=CorpusConfig(source="A"), diversification=DiversificationConfig(models=1)
    )
    assert one_language.final_text(without, Path("new")) == CorpusConfig(source="new")


def test_teachers_of_a_further_round_learn_from_translations_into_their_source_language() -> None:
    config = Config(
        corpus=CorpusConfig(source="A", monolingual_src="text.en", monolingual_tgt="text.de"),
        diversification=DiversificationConfig(models=1, rounds=2, weight=3),
    )

    first, second = diversification.teachers(config)

    assert list(first) == ["forward-1", "backward-1"]
    assert list(second) == ["round-2-forward-1", "round-2-backward-1"]
    seeds = {one.training.seed for configs in (first, second) for one in configs.values()}
    assert len(seeds) == 4
    for teacher, folder in zip(
        second.values(), ("back-translated", "forward-translated"), strict=True
    ):
        assert (teacher.corpus.monolingual_src, teacher.corpus.monolingual_tgt) == (None, None)
        text = one_language.teacher_text(config, teacher, Path("round-1"))
        added = Source(source=f"round-1/{folder}", weight=3)
        assert text == dataclasses.replace(teacher.corpus, source=(Source(source="A"), added))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split, pairs in {"train": TRAIN, **HELD_OUT}.items():
        lines = [json.dumps({"en": src, "de": tgt}) + "\n" for src, tgt in pairs]
        (folder / f"{split}.jsonl").write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(
        [text for pair in TRAIN for text in pair], TokenizerConfig(vocab_size=300)
    )


def noting(
    told: list[tuple[str, int]], stop_at: tuple[str, int] = ("", 0)
) -> Callable[..., AbstractContextManager[Callable[[int], None]]]:
    """In place of `progress`: notes who has translated how many texts; there it is interrupted."""

    @contextmanager
    def progress(label: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            told.append((label, done))
            if label == stop_at[0] and done >= stop_at[1]:
                raise KeyboardInterrupt

        yield tell

    return progress


def write_lines(file: Path, lines: list[str]) -> str:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(file)


def read_pairs(file: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    return [(row["en"], row["de"]) for row in rows]


def make_run(
    path: Path, corpus: Path, tokenizer: Tokenizer, seed: int, backward: bool = False
) -> RunDirectory:
    """A model with random weights."""
    torch.manual_seed(seed)
    run = RunDirectory(path)
    columns = ("de", "en") if backward else ("en", "de")
    config = CorpusConfig(source=str(corpus), src_column=columns[0], tgt_column=columns[1])
    decoding = DecodingConfig(beam_size=3)
    run.create(Config(corpus=config, model=SHAPE, decoding=decoding))
    run.save_tokenizer(tokenizer)
    save_model(run, Transformer(SHAPE, tokenizer.vocab_size), tokenizer, 40)
    return run


def test_a_folder_with_text_of_somebody_else_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("precious", encoding="utf-8")

    with pytest.raises(RunError, match=r"holds train.jsonl but no translations .*another --output"):
        diversify([], [], tmp_path)

    assert (tmp_path / "train.jsonl").read_text(encoding="utf-8") == "precious"
