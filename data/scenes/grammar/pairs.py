"""A scene in both languages and its word alignment: words are aligned if they share a unit."""

import re
from dataclasses import dataclass

from grammar import english, german
from grammar.meaning import Feature, Sentence, Word

TOKEN = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")


@dataclass(frozen=True)
class Pair:
    """An English and a German sentence, tokens [i, j] aligned, and what it is an example of."""

    en: str
    de: str
    alignment: tuple[tuple[int, int], ...]
    features: frozenset[Feature]


def tokenize(text: str) -> list[str]:
    """Words and punctuation marks: what the indices of an alignment count."""
    return TOKEN.findall(text)


def realize(scene: Sentence) -> Pair:
    source, target = english.sentence(scene), german.sentence(scene)
    links = tuple(
        (i, j) for i, en in enumerate(source) for j, de in enumerate(target) if en.units & de.units
    )
    features = frozenset(feature for word in target for feature in word.features)
    return Pair(_text(source), _text(target), links, features)


def _text(words: list[Word]) -> str:
    text = ""
    for word in words:
        text += word.text if word.text in ",.?" else " " + word.text
    text = text.strip()
    return text[0].upper() + text[1:]
