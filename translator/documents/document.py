"""Translates the text of a document; everything else stays the same, byte for byte."""

from collections.abc import Callable

from translator.documents.catalogues import translate_po
from translator.documents.encodings import decode, encode, encoding_of
from translator.documents.html_pages import translate_html as translate_html
from translator.documents.markdown import translate_markdown
from translator.documents.passages import Align as Align
from translator.documents.passages import Translate as Translate
from translator.documents.passages import diagonal
from translator.documents.subtitles import translate_srt, translate_vtt
from translator.documents.suffixes import SUFFIXES as SUFFIXES
from translator.documents.word_files import translate_docx
from translator.documents.xliff import translate_xliff
from translator.errors import ConfigError

_TRANSLATE_TEXT: dict[str, Callable[[str, Translate, Align], str]] = {
    "srt": translate_srt,
    "vtt": translate_vtt,
    "markdown": translate_markdown,
    "html": translate_html,
    "po": translate_po,
    "xliff": translate_xliff,
}
_KINDS = {"md": "markdown", "htm": "html", "xhtml": "html", "pot": "po", "xlf": "xliff"}


def translate_document(
    data: bytes, suffix: str, translate: Translate, align: Align = diagonal
) -> bytes:
    """The same document in the other language.

    `translate` translates plain sentences one by one. `align` returns the links between the words
    of a sentence and its translation; markup inside sentences is placed by these links. Raises
    CorpusError for a document that cannot be read, and ConfigError for a `suffix` that is not one
    of SUFFIXES or needs a package that is not installed.
    """
    if suffix.lower() not in SUFFIXES:
        raise ConfigError(
            f"{suffix} is not a document type: it must be one of {', '.join(SUFFIXES)}"
        )
    ending = suffix.lower().removeprefix(".")
    kind = _KINDS.get(ending, ending)
    if kind == "docx":
        return translate_docx(data, translate, align)
    mark, encoding = encoding_of(data, kind)
    text = decode(data.removeprefix(mark), encoding)
    return mark + encode(_TRANSLATE_TEXT[kind](text, translate, align), encoding, kind)
