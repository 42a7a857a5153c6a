"""Subtitles, .srt and .vtt: the text is translated, the times stay unchanged.

The lines of a cue form one text, unless each line begins with a dash: then each line has its own
speaker. A line break returns at about the same place in the translation.
"""

import html
import re
from collections.abc import Iterator
from functools import partial

from translator.documents.parts import Part, Passage, raw
from translator.documents.passages import Align, Translate, translate_passages
from translator.errors import CorpusError

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_TIMES = re.compile(r"\s*(?:\d+:)?\d\d:\d\d[.,]\d{3}\s*-->")
_MARK = re.compile(
    r"<(?P<slash>/?)(?P<name>[a-zA-Z]+)[^<>]*>"
    r"|(?P<empty><\d[\d:.]*>|\{\\[^{}]*\}|\{[a-zA-Z]:[^{}]*\}|[♪♫]"
    r"|(?<![^\r\n>}])[-–—](?![-–—])[ \t]*)"
    r"|(?P<end>\\N|\r\n|\r|\n)"
)
"""Tags, times inside a line, settings of other players, musical notes, the dash of a speaker; line
breaks."""
_SPEAKER = re.compile(r"(?:<[^<>]*>|\{[^{}]*\}|\s)*[-–—]")


def translate_srt(text: str, translate: Translate, align: Align) -> str:
    """Raises CorpusError if there are no times."""
    return _translate(text, False, translate, align)


def translate_vtt(text: str, translate: Translate, align: Align) -> str:
    """Raises CorpusError if there are no times."""
    return _translate(text, True, translate, align)


def _translate(text: str, is_vtt: bool, translate: Translate, align: Align) -> str:
    pieces = list(_pieces(_LINE.findall(text), is_vtt))
    passages = [piece for piece in pieces if not isinstance(piece, str)]
    write = partial(html.escape, quote=False) if is_vtt else str
    done = iter(translate_passages(passages, translate, align, write))
    return "".join(piece if isinstance(piece, str) else raw(next(done)) for piece in pieces)


def _pieces(lines: list[str], is_vtt: bool) -> Iterator[Passage | str]:
    times = [number for number, line in enumerate(lines) if _TIMES.match(line)]
    if not times:
        raise CorpusError(
            "these are not subtitles: there is no line of times such as 00:00:01,000 --> "
            "00:00:02,500"
        )
    yield "".join(lines[: times[0]])
    for at, following in zip(times, [*times[1:], len(lines)], strict=True):
        yield lines[at]
        end = following - _has_name(lines, following, at)
        said: list[str] = []
        for number in range(at + 1, end):
            if lines[number].strip():
                said.append(lines[number])
                continue
            yield from _cue(said, is_vtt)
            said = []
            yield lines[number]
            if is_vtt:  # a note or a style follows; in .srt, the text is spoken, too
                end_of_cue = number + 1
                yield "".join(lines[end_of_cue:end])
                break
        yield from _cue(said, is_vtt)
        yield "".join(lines[end:following])


def _has_name(lines: list[str], times: int, before: int) -> bool:
    """Whether the line before the times is a number, or a name that follows an empty line."""
    if times == len(lines) or times - 1 == before:
        return False
    is_after_empty = times - 2 > before and not lines[times - 2].strip()
    return is_after_empty or lines[times - 1].strip().isdigit()


def _cue(lines: list[str], is_vtt: bool) -> Iterator[Passage | str]:
    if len(lines) > 1 and all(_SPEAKER.match(line) for line in lines):
        for line in lines:
            yield from _cue([line], is_vtt)
    elif lines:
        said = "".join(lines)
        body = said.rstrip("\r\n")
        yield list(_parts(body, is_vtt))
        yield said[len(body) :]


def _parts(said: str, is_vtt: bool) -> Iterator[Part]:
    at = 0
    for match in _MARK.finditer(said):
        yield _text(said[at : match.start()], is_vtt)
        at = match.end()
        if match["end"]:
            yield Part("break", match[0], " ")
        elif match["empty"]:
            yield Part("empty", match[0])
        else:
            yield Part("close" if match["slash"] else "open", match[0], name=match["name"])
    yield _text(said[at:], is_vtt)


def _text(written: str, is_vtt: bool) -> Part:
    return Part("text", written, html.unescape(written) if is_vtt else written)
