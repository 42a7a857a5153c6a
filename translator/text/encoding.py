"""Training text -> ids, with a vocabulary learned from the text; both are kept in the cache."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import sentencepiece
import torch

from translator.compute.cache import cached
from translator.compute.files import sha256
from translator.compute.progress import watched
from translator.compute.workers import map_in_workers
from translator.config import TokenizerConfig
from translator.text.batching import IdPair
from translator.text.corpus import Corpus
from translator.text.stored import ROWS, Column, StoredIds, StoredPairs, write_ids
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer, train_tokenizer

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of the cached ids: after a change of this number, they are computed again."""
MODEL, IDS = "tokenizer.model", "ids.arrow"
TAKES_A_WHILE = 20_000
"""Pairs, to learn a vocabulary from."""
SAMPLE_SEED = 1
"""Not training.seed: runs with different seeds have one vocabulary."""
MAX_WORD = 1000
"""Characters. The vocabulary is not learned from pairs with a longer word: unigram would need time
quadratic in the length."""


def learn_vocabulary(corpus: Corpus, config: TokenizerConfig) -> Tokenizer:
    """A vocabulary of the training text, or of a sample of it."""
    num_pairs = len(corpus.train)
    if num_pairs > config.max_pairs:
        logger.info(
            "the vocabulary is learned from %s of the %s training pairs, sampled at random",
            f"{config.max_pairs:,}",
            f"{num_pairs:,}",
        )

    def make(folder: Path) -> dict[str, object]:
        if num_pairs > TAKES_A_WHILE:
            logger.info("learning the vocabulary ...")
        tokenizer = train_tokenizer(_examples(corpus.train, config.max_pairs), config)
        (folder / MODEL).write_bytes(tokenizer.model)
        return {}

    settings = [config.kind, config.vocab_size, config.max_pairs]
    inputs = [FORMAT, corpus.sha256, settings, sentencepiece.__version__]
    tokenizer = Tokenizer.load(cached("vocabulary", inputs, make).folder / MODEL)
    if tokenizer.vocab_size < config.vocab_size:
        logger.warning(
            "tokenizer.vocab_size lowered from %d to %d: the corpus supports no more",
            config.vocab_size,
            tokenizer.vocab_size,
        )
    return tokenizer


def _examples(pairs: StoredPairs, max_pairs: int) -> Iterator[str]:
    """The texts to learn from, in order."""
    rows = np.arange(len(pairs))
    if len(pairs) > max_pairs:
        # The legacy generator: NumPy guarantees its numbers forever, but not those of other
        # generators.
        drawn = np.random.RandomState(SAMPLE_SEED).choice(len(pairs), max_pairs, replace=False)
        rows = np.sort(drawn)
    for start in range(0, len(rows), ROWS):
        for pair in pairs.take(rows[start : start + ROWS]):
            if all(map(_is_of_words, pair)):
                yield from pair
        pairs.give_back()


def _is_of_words(text: str) -> bool:
    return len(text) <= MAX_WORD or all(len(word) <= MAX_WORD for word in text.split())


def encode(corpus: Corpus, tokenizer: Tokenizer) -> StoredIds:
    """The ids of all training pairs."""
    train = corpus.train

    def columns(number: int) -> tuple[Column, Column]:
        src, tgt = zip(*train.batch(number), strict=True)
        return tokenizer.encode_flat(src), tokenizer.encode_flat(tgt)

    def make(folder: Path) -> dict[str, object]:
        found = map_in_workers(columns, range(train.num_batches), torch.get_num_threads())
        chunks = watched(found, "encoding", len(train), "pairs", lambda chunk: len(chunk[0][1]))
        write_ids(folder / IDS, chunks, tokenizer.vocab_size)
        return {}

    inputs = [FORMAT, corpus.sha256, sha256(tokenizer.model), sentencepiece.__version__]
    return StoredIds(cached("ids", inputs, make).folder / IDS)


def encode_pairs(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[IdPair]:
    """Both sides of each pair as ids."""
    sources = tokenizer.encode_all([src for src, _ in pairs])
    targets = tokenizer.encode_all([tgt for _, tgt in pairs])
    return list(zip(sources, targets, strict=True))
