"""Standard streams: lines as they come, and a sentence for what is closed, full or no text."""

import gzip
import io
import itertools
import os
import pty
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from translator.cli.streams import LINES_AT_ONCE, check_given, read_batches
from translator.errors import ConfigError, CorpusError

REPOSITORY = Path(__file__).parents[2]
BUFFER = 4096


class Pipe:
    """Standard input, and the end of it that another program would have."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        out, self.descriptor = os.pipe()
        self._stdin = io.TextIOWrapper(open(out, "rb", buffering=BUFFER))  # noqa: SIM115
        monkeypatch.setattr(sys, "stdin", self._stdin)

    def write(self, data: bytes) -> None:
        os.write(self.descriptor, data)

    def close(self) -> None:
        os.close(self.descriptor)
        self._stdin.close()


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    made = Pipe(monkeypatch)
    yield made
    made.close()


def test_lines_are_given_as_soon_as_no_more_wait(pipe: Pipe) -> None:
    batches = read_batches(None)

    pipe.write(b"one\ntwo\nthr")
    assert next(batches) == ["one", "two"]
    pipe.write(b"ee\n")
    assert next(batches) == ["three"]
    pipe.write(gzip.compress(b"four"))  # only a whole stream can be zipped
    pipe.write(b"\n")
    with pytest.raises(CorpusError, match="standard input line 4 is not UTF-8"):
        next(batches)


def test_a_part_of_a_line_does_not_hold_back_the_lines_before_it(pipe: Pipe) -> None:
    batches = read_batches(None)
    first = b"x" * (BUFFER - 1)  # with its end it fills the buffer: the rest is read later
    late = threading.Timer(10, pipe.write, [b"o\n"])  # or a failure would wait for ever
    late.start()

    pipe.write(first + b"\ntw")
    given = next(batches)

    late.cancel()
    late.join()
    assert given == [first.decode()]


def test_lines_that_wait_already_are_given_many_at_once(pipe: Pipe) -> None:
    pipe.write(b"dog\n" * (2 * LINES_AT_ONCE + 7))

    batches = read_batches(None)

    assert [len(next(batches)) for _ in range(3)] == [LINES_AT_ONCE, LINES_AT_ONCE, 7]


def test_a_file_is_read_in_full_batches(tmp_path: Path) -> None:
    lines = [f"{number} {'dog ' * 50}" for number in range(2 * LINES_AT_ONCE + 7)]
    (tmp_path / "a.en").write_text("\n".join(lines), encoding="utf-8")

    batches = list(read_batches(str(tmp_path / "a.en")))

    assert [len(batch) for batch in batches] == [LINES_AT_ONCE, LINES_AT_ONCE, 7]
    assert list(itertools.chain.from_iterable(batches)) == lines


def test_what_comes_before_a_broken_line_is_given_first(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_bytes(b"one\n" * (LINES_AT_ONCE + 3) + b"m\xe4n\nfive\n")
    batches = read_batches(str(tmp_path / "a.en"))

    assert [len(next(batches)), len(next(batches))] == [LINES_AT_ONCE, 3]
    with pytest.raises(CorpusError, match=r"a\.en line 1004 is not UTF-8 \(byte 0xe4\)"):
        next(batches)


def test_a_document_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.srt").write_text("1\n", encoding="utf-8")

    list(read_batches(str(tmp_path / "a.srt")))

    assert "a.srt looks like subtitles" in caplog.text


@pytest.mark.parametrize(
    ("file", "message"),
    [("nowhere", "--input nowhere cannot be read: No such file"), ("", "standard input is closed")],
)
def test_nothing_to_read_from_is_one_sentence(
    file: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(ConfigError, match=message):
        next(read_batches(file or None))


def test_a_text_of_the_command_line_has_to_be_utf_8() -> None:
    check_given("Größe 🐕", "")

    with pytest.raises(ConfigError, match=r"the command line is not UTF-8 \(byte 0xe4\): set the"):
        check_given("man", os.fsdecode(b"m\xe4n"))


def test_what_is_typed_at_a_prompt_is_given_line_by_line_and_broken_bytes_are_asked_for_again() -> (
    None
):
    terminal, stdin = pty.openpty()
    process = prompt(stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.write(terminal, b"a m\xe4n\n" + "Größe 🐕\n\n\x04".encode())

    out, err = process.communicate(timeout=60)

    assert out.decode() == f"{'Größe 🐕'!a}\n''\n"
    assert (
        err
        == b"Ctrl-D leaves\nen-de> that is not UTF-8 (byte 0xe4): type it again\n"
        + b"en-de> " * 3
        + b"\n"
    )
    assert process.returncode == 0


def test_arrow_keys_move_the_cursor_at_a_prompt() -> None:
    pytest.importorskip("readline")
    terminal, both = pty.openpty()
    process = prompt(both, stdout=both, stderr=subprocess.DEVNULL)
    shown = b""
    for waited_for, typed in ((b"en-de> ", b"dg\x1b[Do\n"), (b"'dog'\r\nen-de> ", b"\x04")):
        while waited_for not in shown:
            assert select.select([terminal], [], [], 60)[0]
            shown += os.read(terminal, 4096)
        os.write(terminal, typed)

    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("closed", ["0", "1", "2", "0 1", "0 1 2"])
def test_no_file_gets_the_number_of_a_closed_stream(closed: str) -> None:
    program = (
        "import os\n"
        "from translator.cli.streams import secure_streams\n"
        "try:\n    secure_streams()\n"
        "except Exception as error:\n    number = 2\n"
        "else:\n    number = 0\n"
        "os._exit(number if os.open('/dev/null', os.O_RDONLY) > 2 else 1)\n"
    )
    redirected = " ".join(f"{number}>&-" for number in closed.split())

    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {redirected}', sys.executable, program], cwd=REPOSITORY
    )

    assert done.returncode == (2 if "1" in closed else 0)


@pytest.mark.parametrize(
    ("redirected", "message"),
    [
        (">&-", "error: standard output is closed: redirect it to a file, or to /dev/null\n"),
        (">/dev/full", "error: standard output cannot be written: No space left on device\n"),
        (">&- 2>&-", ""),
        (">/dev/full 2>/dev/full", ""),
    ],
)
def test_an_output_that_cannot_be_written_is_one_sentence(redirected: str, message: str) -> None:
    program = (
        "import sys, types; from translator.cli import main; from translator.cli.streams import *\n"
        "def run(*_):\n    [write_line('dog') for _ in range(9000)]\n    return 0\n"
        "sys.modules['translator.cli.translate'] = types.SimpleNamespace(run=run)\n"
        "sys.exit(main.run_command('translate', ['dog'], 'translate.py'))"
    )

    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {redirected}', sys.executable, program],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )

    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize("program", ["-m translator --help", "-m translator train --help"])
def test_help_that_cannot_be_shown_is_one_sentence(program: str) -> None:
    done = subprocess.run(
        f"{sys.executable} {program} >/dev/full", shell=True, capture_output=True, cwd=REPOSITORY
    )

    assert done.returncode == 2
    assert done.stderr == b"error: standard output cannot be written: No space left on device\n"


def test_settings_are_printed_in_utf8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("corpus:\n  source: k\u00f6rper\n", encoding="utf-8")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = subprocess.run(
        [sys.executable, REPOSITORY / "train.py", "--config", "c.yaml", "--print_config"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, **locale},
    )

    assert done.returncode == 0
    assert "source: k\u00f6rper" in done.stdout.decode()


def prompt(stdin: int, **streams: int) -> subprocess.Popen[bytes]:
    program = (
        "from translator.cli.streams import read_batches\n"
        "for [line] in read_batches(None, prompt='en-de'):\n    print(ascii(line), flush=True)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=stdin,
        cwd=REPOSITORY,
        env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        **streams,
    )
