"""Atomic files, and folders in which one process works at a time."""

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
"""Leftovers of killed processes in a folder, which are never read."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write `path` atomically and durably: under another name, synced, then renamed.

    Raises OSError, which names `path`.
    """
    # Nobody can have placed a link under a name that cannot be guessed.
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
    """Make a folder and its parents durably: they survive a failure of the machine."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync `folder`, so that new and renamed files survive a failure of the machine."""
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
    """The last part of a path, also of . and .., shortened so that a file name can hold it and more
    (file systems allow 255 bytes)."""
    name = Path(os.path.abspath(path)).name
    return os.fsencode(name)[:200].decode(errors="ignore")


def has_only_leftovers(folder: Path) -> bool:
    """Whether `folder` is empty except for leftovers of killed processes."""
    return all(any(path.match(each) for each in LEFTOVERS) for path in folder.iterdir())


def remove_temporary(folder: Path) -> None:
    """Remove half-written files of killed processes. No other process may be writing."""
    for file in folder.glob(".*.tmp"):
        file.unlink()


@contextmanager
def locked(folder: Path, work: str, *, seconds: float = 0) -> Iterator[None]:
    """Lock a folder for one kind of work, waiting up to `seconds` for other processes; -1 waits for
    as long as it takes.

    However this process ends, the system releases the lock, if the file system has locks. Raises
    BusyError, which names the process that holds the lock.
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
        with suppress(OSError):  # a full disk, which the user may be about to clear
            write_atomically(note, f"by {who}, {work} since {since}".encode())
        yield
    finally:
        try:
            note.unlink(missing_ok=True)
        finally:
            lock.release()


def is_locked(folder: Path, work: str) -> bool:
    """Whether a process is doing this work in a folder now, as far as can be seen."""
    if not _note(
        folder, work
    ).exists():  # otherwise a process that begins now could find it locked by us
        return False
    lock = _lock(folder, work)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    except NotImplementedError:  # nobody could work on such a file system
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
    """Describes the process that holds a lock."""
    return folder / f".lock-{work}.txt"


def _lock(folder: Path, work: str) -> FileLock:
    return FileLock(folder / f".lock-{work}")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Adds the file name to an error, since a full disk does not name the file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
