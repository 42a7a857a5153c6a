"""Vocabulary and ids of a training text: learned and computed once, from a sample where it is
large."""

import itertools
import logging
from pathlib import Path

import numpy as np
import pytest
from corpora import config, write_splits
from hostile import CHOSEN, hostile_lines

from translator.compute.cache import PLACE
from translator.config import TokenizerConfig
from translator.text import encoding
from translator.text.corpus import Corpus, load_corpus
from translator.text.encoding import encode, learn_vocabulary
from translator.text.tokenizer import train_tokenizer

WORDS = ["the", "dog", "sees", "a", "house", "and", "two", "birds", "sing", "in", "her", "garden"]
PAIRS = [
    (" ".join(words), " ".join(words).upper()) for words in itertools.permutations(WORDS[:6], 4)
]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))
    write_splits(tmp_path, ".jsonl", train=PAIRS)
    return load_corpus(config(tmp_path))


def test_a_vocabulary_is_learned_once_from_all_texts_of_a_small_corpus(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TokenizerConfig(vocab_size=300)
    expected = train_tokenizer(itertools.chain.from_iterable(PAIRS), settings)

    assert learn_vocabulary(corpus, settings).model == expected.model
    monkeypatch.setattr(encoding, "train_tokenizer", None)
    assert learn_vocabulary(corpus, settings).model == expected.model


def test_of_a_large_corpus_a_sample_is_learned_from_and_that_is_said(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[list[str]] = []

    def note(texts: object, settings: TokenizerConfig) -> object:
        seen.append(list(texts))  # type: ignore[call-overload]
        return train_tokenizer(seen[-1], settings)

    monkeypatch.setattr(encoding, "train_tokenizer", note)
    caplog.set_level(logging.INFO)
    for max_pairs in (50, 51):
        learn_vocabulary(corpus, TokenizerConfig(vocab_size=300, max_pairs=max_pairs))

    pairs = list(zip(seen[0][::2], seen[0][1::2], strict=True))
    assert len(set(pairs)) == 50
    assert pairs == [pair for pair in PAIRS if pair in pairs]  # in order
    assert pairs != PAIRS[:50]
    assert "the vocabulary is learned from 50 of the 360 training pairs, sampled at random" in (
        caplog.messages
    )


def test_a_vocabulary_that_is_lowered_is_told_each_time(
    corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        size = learn_vocabulary(corpus, TokenizerConfig(vocab_size=8000)).vocab_size

    told = f"tokenizer.vocab_size lowered from 8000 to {size}: the corpus supports no more"
    assert [message for message in caplog.messages if "vocab_size" in message] == [told, told]


def test_ids_are_computed_once_for_each_vocabulary(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizers = [learn_vocabulary(corpus, TokenizerConfig(vocab_size=size)) for size in (300, 310)]
    first, second = (encode(corpus, tokenizer) for tokenizer in tokenizers)
    assert first != second
    assert [src for src, _ in first] == tokenizers[0].encode_all([src for src, _ in PAIRS])
    assert [tgt for _, tgt in second] == tokenizers[1].encode_all([tgt for _, tgt in PAIRS])
    monkeypatch.setattr(encoding, "write_ids", None)

    assert encode(corpus, tokenizers[1]) == second


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_flat_ids_are_those_of_each_text_by_itself(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*CHOSEN, *hostile_lines(200), "", " ", *(src for src, _ in PAIRS)]
    tokenizer = train_tokenizer(texts, TokenizerConfig(kind=kind, vocab_size=400))
    monkeypatch.setattr("translator.text.tokenizer.WORDS_KEPT", 300)  # others are forgotten

    for some in (texts[:150], texts[100:], texts):
        ids, counts = tokenizer.encode_flat(some)

        expected = tokenizer.encode_all(some)
        assert [part.tolist() for part in np.split(ids, np.cumsum(counts)[:-1])] == expected
