"""The page of the sentences where a model fails: what it wrote beside the reference. No script."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from translator.evaluation import tokens, words
from translator.inspection.page.document import plain_document


@dataclass(frozen=True)
class Failure:
    """A sentence of a split, and what became of it."""

    line: int
    """Where it stands in the split, from 1."""
    chrf: float
    source: str
    reference: str
    translation: str


@dataclass(frozen=True)
class Seen:
    """The words of training, case folded, of each language."""

    src: Collection[str]
    tgt: Collection[str]


def worst_html(
    failures: Sequence[Failure], seen: Seen | None, *, title: str, lead: str, about: str
) -> str:
    """The page of these sentences. Words that are not in `seen` are underlined."""
    key = (
        "Coloured: words of the reference that the translation does not have, and words of the "
        "translation that the reference does not have."
    )
    if seen is not None:
        key += " Dotted: words that the training text lacks."
    return plain_document(
        "worst",
        TITLE=escape(title),
        LEAD=escape(lead),
        KEY=key,
        SENTENCES="\n".join(_item(failure, seen) for failure in failures),
        ABOUT=escape(about),
    )


def _item(failure: Failure, seen: Seen | None) -> str:
    theirs, ours = map(set, words([failure.reference, failure.translation]))
    new_src, new_tgt = (None, None) if seen is None else (seen.src, seen.tgt)
    rows = {
        "source": _marked(failure.source, None, new_src),
        "reference": _marked(failure.reference, ours, new_tgt),
        "translation": _marked(failure.translation, theirs, new_tgt),
    }
    cells = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows.items())
    score = f'<div class="score"><b>{failure.chrf:.1f}</b>line {failure.line:,}</div>'
    return f"<li>{score}<dl>{cells}</dl></li>"


def _marked(text: str, others: Collection[str] | None, seen: Collection[str] | None) -> str:
    """The text as HTML, with the words that are not among `others`, or were not `seen`, marked."""
    if not text:
        return '<span class="quiet">(nothing)</span>'
    parts, end = [], 0
    for token in tokens([text])[0]:
        start = text.find(token, end)
        word, html = token.casefold(), escape(token)
        if start < 0 or not any(map(str.isalnum, word)):
            continue
        if seen is not None and word not in seen:
            html = f'<span class="new">{html}</span>'
        if others is not None and word not in others:
            html = f"<mark>{html}</mark>"
        parts += [escape(text[end:start]), html]
        end = start + len(token)
    return "".join([*parts, escape(text[end:])])
