"""The tokenizer: what goes in comes out, specials stay apart, sampling repeats itself."""

import itertools
import random
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
import sentencepiece

from translator.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID, TokenizerConfig
from translator.errors import CorpusError, RunError
from translator.text.tokenizer import Tokenizer, train_tokenizer

TEXT = "Hun de Kat ze läu fer ren ner Stra ße Häu ser schla fen Ti sche the dog cat"
SYLLABLES = TEXT.split()
Kind = Literal["bpe", "unigram"]
KINDS: tuple[Kind, ...] = ("bpe", "unigram")


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return train_tokenizer(sentences(500), TokenizerConfig(kind=request.param, vocab_size=400))


@pytest.mark.parametrize(
    "text",
    [
        "Die Straße ist über 2.024,50 m lang – „schön“, oder?",
        "Emoji 😀 and a family 👩‍👩‍👧, ½ … ﬁ",
        "中文 עברית",
        "<s> </s> <pad> <unk> <0x41> ⁇",
        "",
    ],
)
def test_text_comes_back_exactly(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)

    assert tokenizer.text(ids) == text
    assert ids[-1] == EOS_ID
    assert not {PAD_ID, UNK_ID, BOS_ID, EOS_ID} & set(ids[:-1])


def test_runs_of_white_space_become_one_space(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("\t a \n dog\u2028runs\u00a0") == tokenizer.encode("a dog runs")
    assert tokenizer.encode(" \n ") == [EOS_ID]


def test_decomposed_umlauts_are_the_same_as_composed_ones(tokenizer: Tokenizer) -> None:
    composed, decomposed = "läuft", unicodedata.normalize("NFD", "läuft")

    assert composed != decomposed
    assert tokenizer.encode(decomposed) == tokenizer.encode(composed)


def test_what_nobody_sees_changes_no_id(tokenizer: Tokenizer) -> None:
    texts = ["\ufeffder Hu\u00adnd", "d\x00er\u200b Hund\x1b[0m"]

    assert tokenizer.encode_all(texts) == 2 * [tokenizer.encode("der Hund")]
    plain = tokenizer.sample_all(["der Hund"], sampling=0.3, seed=1)
    assert tokenizer.sample_all(texts[:1], sampling=0.3, seed=1) == plain
    config = TokenizerConfig(vocab_size=300)
    assert train_tokenizer(texts, config).model == train_tokenizer(["der Hund"] * 2, config).model


def test_half_a_surrogate_pair_is_a_replacement_character(tokenizer: Tokenizer) -> None:
    assert tokenizer.text(tokenizer.encode("a \ud83d")) == "a \ufffd"


def test_many_texts_are_encoded_as_each_alone(tokenizer: Tokenizer) -> None:
    texts = [*sentences(50), "", "Ω 😀"]

    assert tokenizer.encode_all(texts) == [tokenizer.encode(text) for text in texts]


def test_decoding_drops_specials(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("der Hund")

    assert tokenizer.text([BOS_ID, *ids, PAD_ID, PAD_ID, UNK_ID]) == "der Hund"


def test_pieces_spell_specials_and_bytes(tokenizer: Tokenizer) -> None:
    pieces = tokenizer.pieces(tokenizer.encode("€"))

    assert pieces[-4:] == ["<0xE2>", "<0x82>", "<0xAC>", "</s>"]
    assert tokenizer.pieces([PAD_ID, UNK_ID, BOS_ID]) == ["<pad>", "<unk>", "<s>"]


def test_the_bytes_of_a_tokenizer_are_all_of_it(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(tokenizer.model)

    loaded = Tokenizer.load(tmp_path / "tokenizer.model")

    assert loaded.encode("der große Hund") == tokenizer.encode("der große Hund")
    assert loaded.vocab_size == tokenizer.vocab_size


@pytest.mark.parametrize("content", [b"", b"junk", b"\x00" * 100])
def test_bytes_that_are_no_model_are_refused_with_their_path(
    content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(content)

    with pytest.raises(RunError, match=r"tokenizer\.model: the tokenizer is not a SentencePiece"):
        Tokenizer.load(path)

    assert capfd.readouterr().err == ""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"missing\.model cannot be read: No such file"):
        Tokenizer.load(tmp_path / "missing.model")


def test_other_special_ids_are_refused(tmp_path: Path) -> None:
    prefix = tmp_path / "other"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences(100)), model_prefix=prefix, vocab_size=60, minloglevel=2
    )

    with pytest.raises(RunError, match=r"has <unk> at id 0, not <pad>"):
        Tokenizer(prefix.with_suffix(".model").read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_texts_give_the_same_bytes_and_no_noise(
    kind: Kind, capfd: pytest.CaptureFixture[str]
) -> None:
    config = TokenizerConfig(kind=kind, vocab_size=400)

    assert train_tokenizer(iter(sentences(300)), config).model == (
        train_tokenizer(sentences(300), config).model
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["Ein Hund.", "a", "😀", "<s> </s>", "x" * 5_000])
def test_a_vocabulary_too_large_for_the_corpus_is_lowered(kind: Kind, text: str) -> None:
    tokenizer = train_tokenizer([text], TokenizerConfig(kind=kind, vocab_size=8000))

    assert tokenizer.vocab_size < 300
    assert tokenizer.text(tokenizer.encode(text)) == text


@pytest.mark.parametrize("kind", KINDS)
def test_more_characters_than_vocabulary_leave_the_rest_to_bytes(kind: Kind) -> None:
    texts = [chr(0x4E00 + i) * (2 if i < 5 else 1) for i in range(1000)]

    tokenizer = train_tokenizer(texts, TokenizerConfig(kind=kind, vocab_size=300))

    assert tokenizer.vocab_size == 300
    assert tokenizer.text(tokenizer.encode(texts[0] + texts[-1])) == texts[0] + texts[-1]
    assert texts[0][0] in "".join(tokenizer.pieces(tokenizer.encode(texts[0])))


def test_a_very_long_line_is_learned_from() -> None:
    tokenizer = train_tokenizer(["Donau " * 20_000], TokenizerConfig(vocab_size=300))

    assert tokenizer.pieces(tokenizer.encode("Donau")) == ["▁Donau", "</s>"]


def test_a_line_with_the_trainers_own_mark_is_learned_from() -> None:
    tokenizer = train_tokenizer(["Donau ▅ Donau"], TokenizerConfig(vocab_size=300))

    assert tokenizer.pieces(tokenizer.encode("Donau")) == ["▁Donau", "</s>"]


@pytest.mark.parametrize("texts", [[], ["", "  "]])
def test_no_text_is_an_error(texts: list[str]) -> None:
    with pytest.raises(CorpusError, match="no text to learn a vocabulary from"):
        train_tokenizer(texts, TokenizerConfig())


def test_sampled_ids_decode_to_the_same_text_in_other_pieces(tokenizer: Tokenizer) -> None:
    texts = [*sentences(100), "Ω 😀 unseen", ""]

    sampled = tokenizer.sample_all(texts, sampling=0.3, seed=1)

    assert [tokenizer.text(ids) for ids in sampled] == texts
    assert all(ids[-1] == EOS_ID and EOS_ID not in ids[:-1] for ids in sampled)
    plain = tokenizer.encode_all(texts)
    assert sum(a != b for a, b in zip(sampled, plain, strict=True)) > 50


def test_sampling_depends_on_its_seed_and_on_nothing_sampled_before(tokenizer: Tokenizer) -> None:
    texts = sentences(50)

    first = tokenizer.sample_all(texts, sampling=0.2, seed=5)
    other = tokenizer.sample_all(texts, sampling=0.2, seed=6)
    random.random()
    again = tokenizer.sample_all(texts, sampling=0.2, seed=5)

    assert first == again
    assert first != other


def test_sampling_is_the_same_in_another_process(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(tokenizer.model)
    program = (
        "import sys; from pathlib import Path; from translator.text.tokenizer import Tokenizer; "
        "tokenizer = Tokenizer.load(Path(sys.argv[1])); "
        "print(tokenizer.sample_all(['der Hund rennt über Straße'] * 20, sampling=0.3, seed=7))"
    )

    there = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "tokenizer.model")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    here = tokenizer.sample_all(["der Hund rennt über Straße"] * 20, sampling=0.3, seed=7)
    assert there.stdout == f"{here}\n"


def test_no_sampling_is_plain_encoding(tokenizer: Tokenizer) -> None:
    texts = sentences(30)

    assert tokenizer.sample_all(texts, sampling=0, seed=1) == tokenizer.encode_all(texts)


def test_bpe_dropout_that_never_drops_is_plain_encoding() -> None:
    tokenizer = train_tokenizer(sentences(500), TokenizerConfig(vocab_size=400))
    texts = [*sentences(300), "Ω 😀 unseen wörds </s> <0x41>", "aaaaaa"]

    assert tokenizer.sample_all(texts, sampling=1e-12, seed=1) == tokenizer.encode_all(texts)


@pytest.mark.parametrize("sampling", [0.1, 0.3])
def test_dropping_merges_gives_each_segmentation_the_frequency_of_the_papers_algorithm(
    sampling: float,
) -> None:
    draws = 4000
    tokenizer = train_tokenizer(sentences(500), TokenizerConfig(vocab_size=400))
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
    ranks = {processor.id_to_piece(i): i for i in range(260, tokenizer.vocab_size)}

    sampled = tokenizer.sample_all(["Straßener"] * draws, sampling=sampling, seed=3)

    counts = Counter(tuple(tokenizer.pieces(ids[:-1])) for ids in sampled)
    expected = bpe_dropout_probabilities(tuple("▁Straßener"), ranks, sampling)
    assert sum(expected.values()) == pytest.approx(1)
    assert counts.keys() <= expected.keys()
    distance = sum(abs(counts[pieces] / draws - p) for pieces, p in expected.items()) / 2
    assert distance < 0.04, "half the summed difference of the two distributions"


@pytest.mark.parametrize("sampling", [0.1, 0.3])
def test_unigram_segmentations_are_as_frequent_as_those_sentencepiece_samples(
    sampling: float,
) -> None:
    draws = 4000
    config = TokenizerConfig(kind="unigram", vocab_size=400)
    tokenizer = train_tokenizer(sentences(500), config)
    theirs = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)

    ours = tokenizer.sample_all(["Straßener"] * draws, sampling=sampling, seed=3)
    expected = theirs.encode(
        ["Straßener"] * draws, enable_sampling=True, nbest_size=-1, alpha=sampling, add_eos=True
    )

    ours_counts, expected_counts = (Counter(map(tuple, drawn)) for drawn in (ours, expected))
    different = ours_counts - expected_counts
    assert len(ours_counts) > 4
    assert different.total() / draws < 0.1, "half the summed difference of the two distributions"


def test_very_long_words_are_sampled_in_time_that_grows_with_their_length(
    tokenizer: Tokenizer,
) -> None:
    word = "Straße" * 5000  # whole, BPE-dropout would take minutes

    [ids] = tokenizer.sample_all([word], sampling=0.2, seed=1)

    assert tokenizer.text(ids) == word


def bpe_dropout_probabilities(
    symbols: tuple[str, ...], ranks: dict[str, int], dropout: float
) -> Counter[tuple[str, ...]]:
    """Of each segmentation, by following every choice (Provilkov et al. 2020, algorithm 1)."""
    merges = sorted(
        (ranks[left + right], at)
        for at, (left, right) in enumerate(itertools.pairwise(symbols))
        if left + right in ranks
    )
    probabilities = Counter({symbols: dropout ** len(merges)})
    for better, (_, at) in enumerate(merges):
        merged = (*symbols[:at], symbols[at] + symbols[at + 1], *symbols[at + 2 :])
        for pieces, p in bpe_dropout_probabilities(merged, ranks, dropout).items():
            probabilities[pieces] += p * dropout**better * (1 - dropout)
    return probabilities


def sentences(count: int) -> list[str]:
    rng = random.Random(0)
    return [
        " ".join("".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(6))
        for _ in range(count)
    ]


def fail(descriptor: int) -> None:
    raise OSError("disk full")
