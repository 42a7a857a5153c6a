"""Translates passages of a document: markup is removed before translation and put back after it.

A passage is translated without its markup, sentence by sentence. The model sees the pieces of a
sentence that must stay unchanged (placeholders, addresses, code). If the translation does not
contain each piece as often as the source does, the stretches between the pieces are translated
separately instead.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from translator.decoding.sentences import split_sentences
from translator.documents.parts import Part, Passage
from translator.documents.placing import Placed, Sentence, Span, place
from translator.inspection.alignment import Link
from translator.inspection.words import WORD
from translator.text.normalization import normalize

Translate = Callable[[Sequence[str]], list[str]]
"""Plain sentences in, the same number of translations out."""
Align = Callable[[str, str], Sequence[Link]]
"""A sentence and its translation in, the links between their words (matches of WORD) out."""

KEPT = re.compile(
    r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]"  # addresses
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"
    r"|\$\{[\w.]+\}|\{\{[^{}]*\}\}|\{[\w.!:]*\}"  # ${var}, {{ name }}, {name}, {0:d}
    r"|%%|%\(\w+\)[#0 +-]*[\d.]*[a-zA-Z]"  # %(name)s
    r"|%(?:\d+\$)?[#0+-]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh?|ll?|[Lqjzt])?[diouxXeEfFgGcsrapn@](?![a-zA-Z])"
    r"|%L?\d{1,2}(?!\d|\s?%)"  # Qt's
    r"|&#?\w++;"
)
"""Text that a program or a reader needs unchanged, letter by letter."""
_NO_START = " ,;:.!?)]…–—-"
"""Characters that a stretch of a sentence does not begin with."""
LETTER = re.compile(r"[^\W\d_]")
LINE_START = re.compile(r"[^\W\d_]|[\"'(„“‚‘»«]")
"""Characters that may begin a line: none that would begin a list or a heading in Markdown."""


@dataclass
class _Draft:
    """A passage while it is being read."""

    lead: str = ""
    """White space before the passage, as written in the document."""
    trail: str = ""
    text: str = ""
    marks: list[Placed] = field(default_factory=list)
    kept: list[Placed] = field(default_factory=list)
    breaks: list[Placed] = field(default_factory=list)


@dataclass(frozen=True)
class _Chunk:
    """A stretch of a draft and its translation."""

    start: int
    end: int
    text: str
    kept: Sequence[Placed]
    """The pieces that stay unchanged, by their place in the translation."""


def diagonal(src: str, tgt: str) -> list[Link]:
    """Word links without a model: each word is linked with the word at about the same position."""
    num_src, num_tgt = len(WORD.findall(src)), len(WORD.findall(tgt))
    longer = max(num_src, num_tgt) if num_src and num_tgt else 0
    return [(i * num_src // longer, i * num_tgt // longer) for i in range(longer)]


def translate_passages(
    passages: Sequence[Passage],
    translate: Translate,
    align: Align = diagonal,
    write: Callable[[str], str] = str,
) -> list[Passage]:
    """The same passages in the other language; a passage whose translation equals the source is
    returned as the same object.

    One call translates all sentences; a second call translates stretches of sentences. `write`
    spells text as the document requires. Raises CorpusError for marks nested too deeply.
    """
    drafts = [_read(passage) for passage in passages]
    sentences = [list(_sentences(draft)) for draft in drafts]
    found = _ask(translate, (text for spans in sentences for text, _ in spans))
    cut = {
        (number, span): _stretches(draft, span)
        for number, (draft, spans) in enumerate(zip(drafts, sentences, strict=True))
        for text, span in spans
        if _found_kept(_kept_inside(draft, span), text, found[text]) is None
    }
    found |= _ask(
        translate,
        (
            drafts[number].text[start:end]
            for (number, _), spans in cut.items()
            for start, end in spans
        ),
    )
    results = []
    for number, (passage, draft, spans) in enumerate(zip(passages, drafts, sentences, strict=True)):
        chunks = [
            chunk
            for text, span in spans
            for chunk in _chunks(draft, text, span, cut.get((number, span)), found)
        ]
        is_same = all(draft.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
        results.append(passage if is_same else _finish(draft, chunks, align, write))
    return results


def _read(passage: Passage) -> _Draft:
    draft = _Draft()
    if passage and passage[0].kind == "text":
        draft.lead = passage[0].raw[: len(passage[0].raw) - len(passage[0].raw.lstrip())]
    if passage and passage[-1].kind == "text":
        draft.trail = passage[-1].raw[len(passage[-1].raw.rstrip()) :]
    for number, part in enumerate(passage):
        if part.kind == "text":
            text = part.text.lstrip() if number == 0 else part.text
            text = text.rstrip() if number == len(passage) - 1 else text
            _read_text(draft, text)
        elif part.kind == "break":
            draft.breaks.append((len(draft.text.rstrip(" ")), part))
            _add(draft, " ")
        elif part.kind == "kept":
            draft.kept.append((len(draft.text), part))
            draft.text += part.text
        else:
            draft.marks.append((len(draft.text), part))
    return draft


def _read_text(draft: _Draft, text: str) -> None:
    at = 0
    for match in KEPT.finditer(text):
        _add(draft, text[at : match.start()])
        draft.kept.append((len(draft.text), Part("kept", "", match[0])))
        draft.text += match[0]
        at = match.end()
    _add(draft, text[at:])


def _add(draft: _Draft, text: str) -> None:
    """Add text as the tokenizer reads it, with single spaces; line breaks are recorded."""
    added: list[str] = []
    at, before = len(draft.text), draft.text[-1:]
    for run in re.findall(r"\s+|\S+", text):
        piece = normalize(run) or " " * (run.isspace() and before != " ")
        if piece == " " and "\n" in run:
            draft.breaks.append((at, Part("break", run, " ")))
        if run.isspace() and not piece and [_place(mark) for mark in draft.marks[-1:]] == [at]:
            _keep_alone(draft, at)
        added.append(piece)
        at, before = at + len(piece), piece[-1:] or before
    draft.text += "".join(added)


def _keep_alone(draft: _Draft, at: int) -> None:
    """Keep the second space after an empty mark between two spaces, which the text merges."""
    if draft.marks[-1][1].kind == "empty":
        draft.marks.append((at, Part("empty", " ")))


def _sentences(draft: _Draft) -> Iterator[tuple[str, Span]]:
    """Each sentence that has letters to translate, stripped of white space, and its span."""
    start = at = 0
    for sentence in split_sentences(draft.text):
        at += len(sentence)
        last = bisect_left(draft.kept, at, key=_place)
        if any(at < place + len(part.text) for place, part in draft.kept[max(last - 1, 0) : last]):
            continue  # a full stop inside code ends no sentence
        stripped = draft.text[start:at].strip()
        first = start + draft.text[start:at].index(stripped)
        span = first, first + len(stripped)
        if _stretches(draft, span):
            yield stripped, span
        start = at


def _kept_inside(draft: _Draft, span: Span) -> list[Placed]:
    first, last = (bisect_left(draft.kept, edge, key=_place) for edge in span)
    return [(at - span[0], part) for at, part in draft.kept[first:last]]


def _stretches(draft: _Draft, span: Span) -> list[Span]:
    """The stretches of a sentence to translate: what lies between the kept pieces."""
    kept = _kept_inside(draft, span)
    starts = [span[0], *(span[0] + at + len(part.text) for at, part in kept)]
    ends = [*(span[0] + at for at, _ in kept), span[1]]
    stretches = []
    for start, end in zip(starts, ends, strict=True):
        text = draft.text[start:end]
        if LETTER.search(text):
            first = start + len(text) - len(text.lstrip(_NO_START))
            stretches.append((first, start + len(text.rstrip())))
    return stretches


def _found_kept(kept: Sequence[Placed], src: str, tgt: str) -> list[Placed] | None:
    """The places of the kept pieces in the translation, or None if their counts differ."""
    if not kept:
        return []
    texts = sorted({part.text for _, part in kept}, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts))
    wanted = Counter(part.text for _, part in kept)
    found = list(pattern.finditer(tgt))
    if Counter(pattern.findall(src)) != wanted or Counter(match[0] for match in found) != wanted:
        return None
    waiting = [part for _, part in kept]
    placed = []
    for match in found:
        part = next(part for part in waiting if part.text == match[0])
        waiting.remove(part)
        placed.append((match.start(), part))
    return placed


def _place(placed: Placed) -> int:
    return placed[0]


def _ask(translate: Translate, texts: Iterator[str]) -> dict[str, str]:
    unique = list(dict.fromkeys(texts))
    return dict(zip(unique, translate(unique), strict=True)) if unique else {}


def _chunks(
    draft: _Draft, text: str, span: Span, cut: list[Span] | None, found: dict[str, str]
) -> list[_Chunk]:
    """The sentence as one chunk, or the chunks it was cut into."""
    kept = _kept_inside(draft, span)
    if cut is None:
        placed = _found_kept(kept, text, found[text])
        assert placed is not None
        return [_Chunk(*span, found[text], placed)]
    chunks = [
        _Chunk(span[0] + at, span[0] + at + len(part.text), part.text, [(0, part)])
        for at, part in kept
    ]
    for start, end in cut:
        src = draft.text[start:end]
        chunks.append(_Chunk(start, end, _as_stretch(src, found[src]), []))
    return sorted(chunks, key=lambda chunk: chunk.start)


def _as_stretch(src: str, tgt: str) -> str:
    """The translation without an added full stop: the model takes a stretch for a sentence."""
    ends_alike = src[-1:] in ".!?…" or tgt[-1:] not in ".!?…"
    return tgt if ends_alike else tgt[:-1]


def _finish(
    draft: _Draft, chunks: Sequence[_Chunk], align: Align, write: Callable[[str], str]
) -> Passage:
    sentence, kept, stops = _joined(draft, chunks, align)
    marks = place(draft.marks, sentence)
    taken = [*kept, *((at, part) for at, part in marks if part.kind == "empty")]
    breaks = _break(draft, stops, sentence.tgt, taken)
    inserted = [
        *((at, 0, part) for at, part in marks),
        *((at, len(part.text), part) for at, part in kept),
        *((at, 1, part) for at, part in breaks),
    ]
    parts = [Part("text", draft.lead, draft.lead)]
    at = 0
    for start, length, part in sorted(inserted, key=lambda item: item[:2]):
        text = sentence.tgt[at:start]
        parts.append(Part("text", write(text), text))
        parts.append(part if part.raw else replace(part, raw=write(part.text)))
        at = start + length
    text = sentence.tgt[at:]
    parts += [Part("text", write(text), text), Part("text", draft.trail, draft.trail)]
    return [part for part in parts if part.raw or part.kind != "text"]


def _joined(
    draft: _Draft, chunks: Sequence[_Chunk], align: Align
) -> tuple[Sentence, list[Placed], list[tuple[int, int]]]:
    """All chunks joined, with the text between them unchanged; the kept pieces; and the boundaries
    of the chunks, as offsets in the source and in the translation."""
    text, at = "", 0
    stops = [(0, 0)]
    src_words: list[Span] = []
    tgt_words: list[Span] = []
    links: list[Link] = []
    kept: list[Placed] = []
    for chunk in chunks:
        src = draft.text[chunk.start : chunk.end]
        text += draft.text[at : chunk.start]
        at = chunk.end
        first = bisect_right(draft.marks, chunk.start, key=_place)
        has_marks = first < bisect_left(draft.marks, chunk.end, key=_place)
        found = (align if has_marks else diagonal)(src, chunk.text)
        inside = _kept_inside(draft, (chunk.start, chunk.end))
        src_spans, src_index = _words(src, inside)
        tgt_spans, tgt_index = _words(chunk.text, chunk.kept)
        links += dict.fromkeys(
            (len(src_words) + src_index[src_at], len(tgt_words) + tgt_index[tgt_at])
            for src_at, tgt_at in found
        )
        src_words += [(chunk.start + start, chunk.start + end) for start, end in src_spans]
        tgt_words += [(len(text) + start, len(text) + end) for start, end in tgt_spans]
        kept += [(len(text) + place, part) for place, part in chunk.kept]
        stops += [(chunk.start, len(text)), (chunk.end, len(text) + len(chunk.text))]
        text += chunk.text
    text += draft.text[at:]
    stops.append((len(draft.text), len(text)))
    return Sentence(draft.text, text, src_words, tgt_words, links), kept, stops


def _words(text: str, kept: Sequence[Placed]) -> tuple[list[Span], list[int]]:
    """The words, with each kept piece as one word, and the word that each match of WORD is in."""
    ends = [at + len(part.text) for at, part in kept]
    index = []
    words: list[Span] = []
    for match in WORD.finditer(text):
        span, near = match.span(), bisect_right(ends, match.start())
        if near < len(kept) and kept[near][0] < match.end():
            span = kept[near][0], ends[near]
        if not words or words[-1] != span:
            words.append(span)
        index.append(len(words) - 1)
    return words, index


def _break(
    draft: _Draft, stops: Sequence[tuple[int, int]], tgt: str, taken: Sequence[Placed]
) -> list[Placed]:
    """The line breaks, each at the free space nearest to its old relative position."""
    no_starts = {place for at, part in taken for place in range(at, at + len(part.text) + 1)}
    spaces = [
        match.start()
        for match in re.finditer(" ", tgt)
        if LINE_START.match(tgt, match.end()) and match.end() not in no_starts
    ]
    before, after = ([stop[side] for stop in stops] for side in (0, 1))
    offsets = np.interp([_place(each) for each in draft.breaks], before, after).tolist()
    placed: list[Placed] = []
    for wanted, (_, part) in zip(offsets, draft.breaks, strict=True):
        first = bisect_right(spaces, placed[-1][0]) if placed else 0
        following = bisect_left(spaces, wanted, lo=first)
        near = spaces[max(first, following - 1) : following + 1]
        if near:
            placed.append((min(near, key=lambda space: abs(space - wanted)), part))
    return placed
