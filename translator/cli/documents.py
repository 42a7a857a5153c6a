"""A notice if lines look like a document, whose markup is translated as if it were text."""

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from translator.compute.invocation import command
from translator.documents.suffixes import SUFFIXES
from translator.text.files import unpacked_name

logger = logging.getLogger(__name__)

ENDINGS = {
    "subtitles": (".srt", ".vtt", ".ass", ".sub"),
    "Markdown": (".md", ".markdown"),
    "HTML": (".html", ".htm", ".xhtml"),
    "XML": (".xml", ".tmx"),
    "a message catalogue": (".po", ".pot", ".xliff", ".xlf"),
    "LaTeX": (".tex",),
    "a table": (".csv", ".tsv"),
    "JSON": (".json", ".jsonl"),
    "a Word document": (".docx",),
    "a word processor's document": (".odt", ".rtf", ".pdf"),
}
CONTENTS = {
    "subtitles": re.compile(r"\s*(?:\d+:)?\d\d:\d\d[.,]\d{3} --> "),
    "HTML": re.compile(
        r".*<(?:!doctype html|/?(?:html|head|body|p|div|span|br|h[1-6]|ul|ol|li|table|tr|td)"
        r"(?:\s[^<>]*+|/)?|a\s[^<>]++|/(?:[abiu]|em|strong))>",
        re.IGNORECASE,
    ),
    "XML": re.compile(r"<\?xml "),
    "a message catalogue": re.compile(r'msgid "'),
    "Markdown": re.compile(
        r"#{1,6} [^\W\d]|```|.*(?:\[[^\[\]]++\]\(https?://|(?<![\w*])\*\*\w[^*]*+\*\*(?![\w*]))"
    ),
    "LaTeX": re.compile(r"\s*\\(?:documentclass|usepackage|begin|section)\b"),
    "JSON": re.compile(r'\s*\{"\w+": ?["\[{\d]'),
}
"""Patterns that ordinary lines do not match."""


def with_notice(batches: Iterable[list[str]], name: str) -> Iterator[list[str]]:
    """The same batches of lines; logs one notice if `name` or a line looks like a document."""
    kind, is_said = _kind_by_ending(name), False
    for batch in batches:
        kind = kind or next(filter(None, map(_kind_by_content, batch)), None)
        if kind and not is_said:
            logger.warning(
                "%s looks like %s: its lines are read as plain text, markup included; %s",
                name,
                kind,
                _advice(kind),
            )
            is_said = True
        yield batch


def _advice(kind: str) -> str:
    known = [ending for ending in ENDINGS[kind] if ending in SUFFIXES]
    if not known:
        return "extract the text first"
    typed = command("translate", "--input", f"FILE{known[0]}", "--output", f"NEW{known[0]}")
    return f"{typed} translates only its text"


def _kind_by_ending(name: str) -> str | None:
    ending = Path(unpacked_name(name.lower())).suffix
    return next((kind for kind, endings in ENDINGS.items() if ending in endings), None)


def _kind_by_content(line: str) -> str | None:
    return next((kind for kind, pattern in CONTENTS.items() if pattern.match(line)), None)
