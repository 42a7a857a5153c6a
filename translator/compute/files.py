"""Files that are whole or not there, and folders in which one process works at a time."""

import hashlib
import os
import platform
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from translator.errors import BusyError

LEFTOVERS = (".*.tmp", ".lock*")
"""What a killed process may leave in a folder: nothing of it is ever read."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write all of `path` or nothing: under another name, synced, then renamed, for good.

    Raises OSError, which names `path`.
    """
    # Nobody can have put a link in the place of a name that cannot be guessed.
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with _naming(path):
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Add a line of text to `path`. Raises OSError, which names `path`."""
    with _naming(path), path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def make_folder(path: Path) -> None:
    """Make a folder that outlives a failure of the machine, and those around it."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was made or renamed in `folder` stays so, whatever happens to the machine."""
    if os.name == "nt":  # which cannot open folders, and has no need to
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files_by_step(folder: Path, suffix: str) -> dict[int, Path]:
    """The files step-00000025 and so on with this suffix, the newest last."""
    if not folder.is_dir():
        return {}
    name = re.compile(rf"step-([0-9]+){re.escape(suffix)}")
    named = ((name.fullmatch(file.name), file) for file in folder.iterdir())
    return dict(sorted((int(match[1]), file) for match, file in named if match))


def sha256(data: bytes) -> str:
    """The digest of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """The digest of a file of any size, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def short_name(path: str | Path) -> str:
    """The last part of a path, also of . and ..; cut, so that a file's name can hold it and more
    (a file system takes 255 bytes)."""
    name = Path(os.path.abspath(path)).name
    return os.fsencode(name)[:200].decode(errors="ignore")


def has_only_leftovers(folder: Path) -> bool:
    """Whether `folder` is empty, but for what a killed process left."""
    return all(any(path.match(each) for each in LEFTOVERS) for path in folder.iterdir())


def remove_temporary(folder: Path) -> None:
    """Remove the files that a killed process left half-written. Nobody else may be writing."""
    for file in folder.glob(".*.tmp"):
        file.unlink()


@contextmanager
def locked(folder: Path, work: str, *, seconds: float = 0) -> Iterator[None]:
    """Keep other processes from the same work in a folder, or wait some `seconds` for them; -1 is
    for as long as it takes.

    However this process ends, the system unlocks the folder, if its file system has locks. Raises
    BusyError, which says who is at work.
    """
    note, lock = _note(folder, work), _lock(folder, work)
    try:
        lock.acquire(timeout=seconds)
    except NotImplementedError:
        raise BusyError(
            f"{folder} cannot be locked, since its file system has no locks: choose a folder on "
            "another file system"
        ) from None
    except Timeout:
        try:
            holder = note.read_text(encoding="utf-8")
        except FileNotFoundError:  # it is about to begin, or to end
            holder = "by another process"
        raise BusyError(
            f"{folder} is in use, {holder}: wait for that process to end, or choose another folder"
        ) from None
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        who = f"process {os.getpid()} on {platform.node()}"
        with suppress(OSError):  # a full disk, which is to be cleared perhaps
            write_atomically(note, f"by {who}, {work} since {since}".encode())
        yield
    finally:
        try:
            note.unlink(missing_ok=True)
        finally:
            lock.release()


def is_locked(folder: Path, work: str) -> bool:
    """Whether a process does this work in a folder now, as far as can be seen."""
    if not _note(folder, work).exists():  # else one that begins now could find it locked by us
        return False
    lock = _lock(folder, work)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    except NotImplementedError:  # no file system on which anybody could work
        return False
    lock.release()
    return False


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder, at any depth; links are not followed."""
    sizes = (
        os.lstat(os.path.join(place, name)).st_size
        for place, _, names in os.walk(folder)
        for name in names
    )
    return sum(sizes)


def _note(folder: Path, work: str) -> Path:
    """Says who is at work."""
    return folder / f".lock-{work}.txt"


def _lock(folder: Path, work: str) -> FileLock:
    return FileLock(folder / f".lock-{work}")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """A full disk does not say which file had no room."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
