"""Lines in, lines out: UTF-8 whatever the locale, split at \\n alone, whatever the bytes."""

import itertools
import sys
from collections.abc import Iterable, Iterator

from translator.errors import ConfigError

LINES_AT_ONCE = 1000
"""Lines read before their translations are written: enough to batch them well by length."""


def read_lines(file: str | None, option: str = "--input") -> Iterator[str]:
    """Lines of a file, or of standard input. Raises ConfigError if the file cannot be read."""
    try:
        with open(file, "rb") if file else sys.stdin.buffer as source:
            for raw in source:
                yield raw.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")
    except OSError as error:
        raise ConfigError(f"{option} {file} cannot be read: {error.strerror}") from error


def typed_lines() -> Iterator[list[str]]:
    """What a person types at a prompt, line by line until Ctrl-D. The prompt is no output."""
    while True:
        print("en> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            return
        yield [line.removesuffix("\n")]


def batched(lines: Iterable[str]) -> Iterator[list[str]]:
    """LINES_AT_ONCE lines after the other."""
    rest = iter(lines)
    while batch := list(itertools.islice(rest, LINES_AT_ONCE)):
        yield batch


def write_line(line: str) -> None:
    """To standard output."""
    sys.stdout.buffer.write(line.encode(errors="replace") + b"\n")
