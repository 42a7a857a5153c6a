"""Documents: what is text in them is translated, and all else stays byte for byte."""

from translator.documents.html_pages import translate_html as translate_html
from translator.documents.passages import Align as Align
from translator.documents.passages import Translate as Translate
from translator.documents.passages import diagonal
from translator.errors import ConfigError

SUFFIXES = (".html", ".htm", ".xhtml")
"""What a document's name may end with."""


def translate_document(
    data: bytes, suffix: str, translate: Translate, align: Align = diagonal
) -> bytes:
    """The same document in the other language.

    `translate` takes plain sentences and gives as many; `align` gives the links between the words
    of a sentence and of its translation, by which marks inside sentences are placed. Raises
    CorpusError for a document that cannot be read, ConfigError for a `suffix` that is none of
    SUFFIXES or needs a package that is not installed.
    """
    if suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{suffix} is no document: it must be one of {', '.join(SUFFIXES)}")
    return translate_html(data.decode(), translate, align).encode()
