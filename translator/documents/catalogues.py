"""Message catalogues, .po and .pot: untranslated and fuzzy messages are translated.

polib reads the entries. Only their translations are written into the file; the rest of the file
stays unchanged. Fuzzy entries stay fuzzy, for a person to check.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from translator.compute.invocation import installing
from translator.documents.messages import translate_messages
from translator.documents.passages import Align, Translate
from translator.errors import ConfigError, CorpusError

_STRING = r'"(?:[^"\\\r\n]|\\.)*+"'
_MSGSTR = re.compile(
    rf"^[ \t]*+msgstr(?:\[(\d+)\])?[ \t]*+(?P<value>{_STRING}(?:[ \t]*+\r?\n[ \t]*+{_STRING})*+)",
    re.MULTILINE,
)


def translate_po(text: str, translate: Translate, align: Align) -> str:
    """Raises CorpusError for anything but a catalogue, ConfigError if polib is not installed."""
    polib = _import_polib()
    try:
        # The first line keeps polib from taking the text for a file name.
        entries = polib.pofile(f"#\n{text}")
    except (OSError, ValueError) as error:
        raise CorpusError(f"{_reason(str(error))}: this is not a message catalogue") from None
    slots = list(_slots(text, [entry for entry in entries if not entry.obsolete]))
    found = translate_messages([message for message, _ in slots], translate, align)
    line_end = "\r\n" if "\r\n" in text else "\n"
    for translation, (_, match) in reversed(list(zip(found, slots, strict=True))):
        start, end = match.span("value")
        text = text[:start] + _spell(translation, line_end, polib) + text[end:]
    return text


def _slots(text: str, entries: list[Any]) -> Iterator[tuple[str, re.Match[str]]]:
    """Each message that needs a translation, and where the translation goes."""
    lines = [match.end() for match in re.finditer("\n", text)]
    starts = [entry.linenum for entry in entries]
    for match in _MSGSTR.finditer(text):
        # polib counts lines from 1, and the text it read has one extra line.
        number = bisect_right(starts, bisect_right(lines, match.start()) + 2) - 1
        entry = entries[number] if number >= 0 else None
        is_empty = not match["value"].replace('"', "").strip()
        if entry is None or not entry.msgid or not (is_empty or entry.fuzzy):
            continue
        yield (entry.msgid if match[1] in (None, "0") else entry.msgid_plural), match


def _spell(message: str, line_end: str, polib: ModuleType) -> str:
    """Quote a message as gettext does: each line of a multi-line message on its own line."""
    lines = [f'"{polib.escape(line)}"' for line in re.findall(r"[^\n]*\n|[^\n]+", message)] or [
        '""'
    ]
    return line_end.join(['""', *lines] if len(lines) > 1 else lines)


def _reason(error: str) -> str:
    where = re.search(r"\(line (\d+)\)", error)
    return f"line {int(where[1]) - 1} is not in gettext format" if where else "it cannot be read"


def _import_polib() -> ModuleType:
    try:
        import polib
    except ImportError:
        raise ConfigError(
            f"the package polib is not installed: {installing('documents')}"
        ) from None
    return polib
