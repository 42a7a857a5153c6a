"""The served languages, their names, and language detection.

py3langid detects languages: naive Bayes over byte n-grams, as in langid.py (Lui and Baldwin 2012).
A translation model only knows how probable a text is in its target language, given a source; it
cannot tell in which of its two languages a text is.
"""

import copy
import functools
from collections.abc import Iterable
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

NAMES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mt": "Maltese",
    "nb": "Norwegian Bokmål",
    "nl": "Dutch",
    "nn": "Norwegian Nynorsk",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""In English, as in ISO 639; any other language is called by its code."""


@dataclass(frozen=True)
class Pair:
    """A direction of translation: the columns of a run's corpus."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} to {self.target}"


@dataclass(frozen=True, kw_only=True)
class Detected:
    """A language that a text may be in."""

    language: str
    confidence: float
    """In percent, of the languages that are served."""


@functools.cache
def _identifier() -> LanguageIdentifier:
    """Of all languages that it knows. To unpack it takes a second."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class Languages:
    """What can be translated into what."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._pairs = list(pairs)
        self.codes = list(
            dict.fromkeys(code for pair in self._pairs for code in (pair.source, pair.target))
        )
        self._identifier = copy.copy(_identifier())
        known = set(self._identifier.labels)
        self.undetected = [code for code in self.codes if code not in known]
        """Those that no text is ever told to be in."""
        self._identifier.set_languages([code for code in self.codes if code in known])

    def listed(self) -> list[dict[str, object]]:
        """Each language as the API lists it: code, name, and what it is translated into."""
        return [
            {"code": code, "name": NAMES.get(code, code), "targets": self.targets(code)}
            for code in self.codes
        ]

    def targets(self, source: str) -> list[str]:
        return [pair.target for pair in self._pairs if pair.source == source]

    def detect(self, text: str) -> list[Detected]:
        """The languages that `text` may be in, the likeliest first; none if all are unknown to
        the identifier."""
        if len(self.undetected) == len(self.codes):
            return []
        return [
            Detected(language=code, confidence=round(100 * probability, 1))
            for code, probability in self._identifier.rank(text)
        ]
