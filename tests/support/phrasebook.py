"""Translators that know a few sentences, for the tests of documents."""

from collections.abc import Mapping, Sequence

from translator.documents.passages import Translate
from translator.inspection.alignment import Link

PHRASES = {
    "The dog runs.": "Der Hund rennt.",
    "The man turns on the lamp.": "Der Mann schaltet die Lampe ein.",
    "The woman bought the hat.": "Die Frau hat den Hut gekauft.",
    "A dog": "Ein Hund",
    "It rains today.": "Heute regnet es.",
}
LINKS = {
    "The dog runs.": "0-0 1-1 2-2 3-3",
    "The man turns on the lamp.": "0-0 1-1 2-2 3-5 2-5 4-3 5-4 6-6",
    "The woman bought the hat.": "0-0 1-1 2-2 2-5 3-3 4-4 5-6",
    "A dog": "0-0 1-1",
    "It rains today.": "0-2 1-1 2-0 3-3",
}
"""Source word, target word, from 0."""


def speaker(phrases: Mapping[str, str] = PHRASES) -> Translate:
    """A translator that knows these sentences and fails on any other."""

    def translate(texts: Sequence[str]) -> list[str]:
        return [phrases[text] for text in texts]

    return translate


def links(src: str, tgt: str) -> list[Link]:
    """The word links of a sentence in LINKS."""
    pairs = (pair.split("-") for pair in LINKS[src].split())
    return [(int(src_at), int(tgt_at)) for src_at, tgt_at in pairs]


def unchanged(texts: Sequence[str]) -> list[str]:
    """Translates into the same language."""
    return list(texts)


def louder(texts: Sequence[str]) -> list[str]:
    """Translates into capitals."""
    return [text.upper() for text in texts]
