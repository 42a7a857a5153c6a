"""Lines in, lines out: UTF-8 whatever the locale, answered as they come."""

import contextlib
import io
import os
import select
import sys
from collections.abc import Iterator

from translator.cli.documents import with_notice
from translator.errors import ConfigError, CorpusError
from translator.text.files import read_lines

LINES_AT_ONCE = 1000
"""Lines read before their translations are written: enough to batch them well by length."""
LEAVING = "Ctrl-Z and Enter leave" if os.name == "nt" else "Ctrl-D leaves"


def read_batches(
    file: str | None, option: str = "--input", prompt: str = ""
) -> Iterator[list[str]]:
    """Lines of a file or of standard input; on a terminal, the user is prompted for each line.

    LINES_AT_ONCE together, or fewer if no more are waiting. Logs a notice if the lines look like a
    document. Raises ConfigError if there is nothing to read from, and CorpusError, after the lines
    before it, for anything but text.
    """
    if file is None and sys.stdin is not None and sys.stdin.isatty():
        yield from with_notice(_typed_lines(prompt), "the text")
        return
    name = file or "standard input"
    try:
        with open(file, "rb") if file else _standard_input() as stream:
            yield from with_notice(_batches(stream, name), name)
    except OSError as error:
        place = f"{option} {file}" if file else name
        raise ConfigError(f"{place} cannot be read: {error.strerror}") from error


def _batches(stream: io.BufferedReader, name: str) -> Iterator[list[str]]:
    batch: list[str] = []
    try:
        for lines in read_lines(stream, name):
            batch += lines
            while len(batch) >= LINES_AT_ONCE:
                yield batch[:LINES_AT_ONCE]
                batch = batch[LINES_AT_ONCE:]
            if batch and not _more_waits(stream):
                yield batch
                batch = []
    except CorpusError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _typed_lines(prompt: str) -> Iterator[list[str]]:
    """Lines that a user types at a prompt, until the user leaves."""
    assert isinstance(sys.stdin, io.TextIOWrapper)
    sys.stdin.reconfigure(encoding="utf-8", errors="strict")
    if sys.stdout.isatty():
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # lets input() move the cursor and remember lines
    print(LEAVING, file=sys.stderr)
    while True:
        try:
            yield [_ask(f"{prompt}> ")]
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            print(f"that is not UTF-8 (byte 0x{byte:02x}): type it again", file=sys.stderr)
        except EOFError:
            print(file=sys.stderr)
            return


def check_given(*texts: str) -> None:
    """Raises ConfigError for a text of the command line that is not UTF-8."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            byte = ord(text[error.start]) & 0xFF  # of the surrogate that Python uses for it
            raise ConfigError(
                f"a text of the command line is not UTF-8 (byte 0x{byte:02x}): set the terminal to "
                "UTF-8, or give the text by --input FILE"
            ) from None


def secure_streams() -> None:
    """Replace closed streams. Raises ConfigError if standard output is closed.

    Otherwise the next file to be opened would get the number of a closed stream, and everything
    written to that stream.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number: this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", errors="replace")  # noqa: SIM115  # otherwise print() would use standard output
    if sys.stdout is None:
        raise ConfigError("standard output is closed: redirect it to a file, or to /dev/null")


def write_line(line: str) -> None:
    """To standard output. Raises ConfigError if it cannot be written."""
    with _writing():
        sys.stdout.buffer.write(line.encode(errors="replace") + b"\n")


def flush() -> None:
    """Flush standard output. Raises ConfigError as `write_line` does."""
    with _writing():
        sys.stdout.flush()


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Discard unwritten output: otherwise Python tries again at exit, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"standard output cannot be written: {error.strerror}") from None


def _standard_input() -> io.BufferedReader:
    if sys.stdin is None:
        raise ConfigError("standard input is closed: give texts as arguments, or --input FILE")
    assert isinstance(sys.stdin.buffer, io.BufferedReader)
    return sys.stdin.buffer


def _more_waits(stream: io.BufferedReader) -> bool:
    """Whether reading on would not block; for a file, always."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except OSError:  # Windows can only tell of sockets
        return True


def _ask(prompt: str) -> str:
    if sys.stdout.isatty():
        return input(prompt)
    # Standard output is a file or a pipe, and the prompt does not belong there.
    print(prompt, end="", file=sys.stderr, flush=True)
    return input()
