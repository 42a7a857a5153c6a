"""Synthetic parallel text of any size, made from a seed, with the statistics that determine cost.

Word frequencies (Zipf's law, with Mandelbrot's correction) and sentence lengths are those of real
text, and some pairs are as bad as in real text: repeated, empty on one side, or far longer on one
side.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SEED = 1
CHUNK = 50_000
"""Pairs made at a time. The seed and the number of a chunk determine its pairs: a larger corpus
begins with a smaller one."""
VOCABULARY = 300_000
HELD_OUT = 1000
REPEATED, EMPTY, TOO_LONG = 0.02, 0.002, 0.005
"""The shares of bad pairs."""
LETTERS = {"en": ("bcdfglmnprstw", "aeiou", 0), "de": ("bdfgklmnrstwz", "aeiouäöü", 1)}
"""Consonants, vowels, and the number of additional syllables of a word."""


def write_corpus(folder: Path, num_pairs: int) -> Path:
    """The path of the corpus, which is made if it does not exist."""
    place = folder / f"{num_pairs}-pairs"
    if not place.exists():
        half = folder / f".{place.name}-{os.getpid()}"
        half.mkdir(parents=True)
        words = {language: _words(language) for language in LETTERS}
        _write(half, "train", num_pairs, words, seed=SEED)
        _write(half, "val", HELD_OUT, words, seed=SEED + 1)
        _write(half, "test", HELD_OUT, words, seed=SEED + 2)
        half.rename(place)
    return place


def _write(
    folder: Path, split: str, num_pairs: int, words: dict[str, np.ndarray], seed: int
) -> None:
    files = {name: (folder / f"{split}.{name}").open("w", encoding="utf-8") for name in words}
    for number, start in enumerate(range(0, num_pairs, CHUNK)):
        lengths = _lengths(np.random.default_rng([seed, number]), min(CHUNK, num_pairs - start))
        for side, (name, known) in enumerate(words.items()):
            lines = _lines(np.random.default_rng([seed, number, side]), known, lengths[side])
            files[name].writelines(lines)
    for file in files.values():
        file.close()


def _lengths(random: np.random.Generator, count: int) -> np.ndarray:
    """(2, pairs), words of source and target; the length of a repeated pair is negative."""
    src = random.lognormal(np.log(12), 0.6, count)
    tgt = src * random.lognormal(np.log(0.95), 0.15, count)
    tgt[random.random(count) < TOO_LONG] *= 8
    lengths = np.clip(np.stack([src, tgt]), 1, 400).astype(int)
    lengths[1, random.random(count) < EMPTY] = 0
    lengths[:, random.random(count) < REPEATED] *= -1
    return lengths


def _lines(random: np.random.Generator, words: np.ndarray, lengths: np.ndarray) -> Iterator[str]:
    ends = np.cumsum(np.abs(lengths))
    ranks = np.arange(len(words))
    frequency = np.cumsum(1 / (ranks + 2.7) ** 1.05)
    drawn = np.searchsorted(frequency, random.random(ends[-1]) * frequency[-1])
    tokens, start, line = words[drawn].tolist(), 0, ".\n"
    for end, length in zip(ends.tolist(), lengths.tolist(), strict=True):
        if length >= 0:  # a negative length repeats the line before
            text = " ".join(tokens[start:end])
            line = f"{text[:1].upper()}{text[1:]}.\n" if length else "\n"
        yield line
        start = end


def _words(language: str) -> np.ndarray:
    """Words by descending frequency; frequent words are short."""
    consonants, vowels, more = LETTERS[language]
    random = np.random.default_rng([SEED, *language.encode()])
    syllables = [c + v + end for c in consonants for v in vowels for end in ("", "", "n", "r")]
    counts = 1 + more * (np.arange(VOCABULARY) > 2000) + np.log10(1 + np.arange(VOCABULARY) / 50)
    drawn = random.integers(len(syllables), size=(VOCABULARY, 6))
    return np.array(
        [
            "".join(syllables[i] for i in row[:count])
            for row, count in zip(drawn.tolist(), counts.astype(int).tolist(), strict=True)
        ],
        dtype=object,
    )
