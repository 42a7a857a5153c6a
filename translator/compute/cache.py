"""The user's cache of results that take long to compute and depend only on their inputs.

An entry is a folder named after the digest of its inputs. It is written under a temporary name and
then renamed, with digests of all its files: an incomplete or edited entry is noticed and made
again. One process makes an entry; others that need it wait.
"""

import functools
import json
import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.compute.files import (
    file_sha256,
    locked,
    make_folder,
    sha256,
    sync_folder,
    write_atomically,
)
from translator.compute.invocation import command
from translator.errors import BusyError, CacheError

logger = logging.getLogger(__name__)

PLACE = "TRANSLATOR_CACHE"
"""The environment variable that names another folder."""
LIMIT = 20 * 2**30
"""Bytes of all entries; beyond this limit, the least recently used entries are removed."""
FACTS = "facts.json"
"""File of an entry with its facts, the digest of each of its files, and a digest of its name and
all of these. Its modification time is that of the last use."""
ENTRY = re.compile(r"[a-z]+-[0-9a-f]{32}")
LEFTOVER = re.compile(r"\.([a-z]+-[0-9a-f]{32})-\w+")
"""Names of entries and unfinished entries. No other folder is ever removed, since the place may
hold other folders of the user."""

_used: set[Path] = set()
"""The entries in use by this process, which it does not remove."""


@dataclass(frozen=True)
class Entry:
    """One folder of the cache."""

    folder: Path
    facts: dict[str, Any]
    """The facts that its maker returned."""


def cached(kind: str, inputs: object, make: Callable[[Path], Mapping[str, Any]]) -> Entry:
    """The entry for `inputs`, plain data. If there is none, `make(folder)` writes its files and
    returns facts, also plain data.

    Raises CacheError if nothing can be written.
    """
    root = cache_folder()
    place = root / f"{kind}-{fingerprint(inputs)[:32]}"
    _used.add(place)
    facts = _read(place)
    if facts is None:
        facts = _make_in_turn(root, place, make)
    return Entry(place, facts)


def fingerprint(inputs: object) -> str:
    """The digest of plain data, in hexadecimal."""
    return sha256(json.dumps(inputs, sort_keys=True).encode())


def cache_folder() -> Path:
    """The folder of the entries: TRANSLATOR_CACHE, or `translator` in the user's cache directory.

    If that cannot be written, a folder for temporary files, which is logged.
    """
    named = os.environ.get(PLACE)
    usual = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "translator"
    return _writable(Path(named) if named else usual)


def entries(root: Path) -> list[tuple[Path, int, float]]:
    """Folder, bytes, and time of last use of each entry, the least recently used first."""
    found = []
    for facts in root.glob(f"*/{FACTS}"):
        if not ENTRY.fullmatch(facts.parent.name):
            continue
        try:
            size = sum(file.stat().st_size for file in facts.parent.iterdir())
            found.append((facts.parent, size, facts.stat().st_mtime))
        except OSError:  # another process removes it
            continue
    return sorted(found, key=lambda entry: entry[2])


def clear(root: Path) -> None:
    """Remove all entries and the leftovers of killed processes, but not entries in the making."""
    leftovers = []
    for path in list(root.iterdir()):
        if ENTRY.fullmatch(path.name):
            _remove(path)
        elif match := LEFTOVER.fullmatch(path.name):
            leftovers.append((path, match[1]))
    for path, entry in leftovers:
        with suppress(BusyError), locked(root, f"preparing-{entry}"):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:  # only a user can have put it there
        with suppress(OSError):
            path.unlink(missing_ok=True)


@functools.cache
def _writable(folder: Path) -> Path:
    try:
        folder = folder.expanduser()
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError) as error:  # the latter for a home directory that is not known
        other = _temporary()
        logger.warning(
            "%s cannot be written (%s): prepared text is kept in %s instead; the environment "
            "variable %s sets another place",
            folder,
            error.strerror if isinstance(error, OSError) else "no home directory",
            other,
            PLACE,
        )
        return other


def _temporary() -> Path:
    """A folder of this user only: whoever can write into it decides what is trained on."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    folder = Path(tempfile.gettempdir()) / f"translator-cache-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CacheError(
            f"prepared text cannot be kept: the folder {folder} cannot be made ({error.strerror}); "
            f"set the environment variable {PLACE} to another place"
        ) from None
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if stat.S_ISDIR(found.st_mode) and is_ours and not found.st_mode & 0o022:
        return folder
    return Path(tempfile.mkdtemp(prefix="translator-cache-"))


def _make_in_turn(
    root: Path, place: Path, make: Callable[[Path], Mapping[str, Any]]
) -> dict[str, Any]:
    try:
        with _turn(root, f"preparing-{place.name}"):
            facts = _read(place)  # another process may have made it
            return _make(root, place, make) if facts is None else facts
    except OSError as error:
        raise CacheError(
            f"prepared text cannot be kept in {root} ({error.strerror or error}): free some space, "
            f"remove older text with {command('cache', '--clear')}, or set the environment "
            f"variable {PLACE} to another place"
        ) from error


@contextmanager
def _turn(root: Path, work: str) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(root, work))
        except BusyError:
            logger.info("waiting for another process that prepares the same text")
            stack.enter_context(locked(root, work, seconds=-1))
        yield


def _make(root: Path, place: Path, make: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
    if os.path.lexists(place):
        logger.warning("%s is damaged and will be rebuilt", place)
    for leftover in (place, *root.glob(f".{place.name}-*")):  # the latter of a killed process
        _remove(leftover)
    folder = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=root))
    try:
        facts = dict(make(folder))
        files = {file.name: file_sha256(file) for file in sorted(folder.iterdir())}
        whole = fingerprint([place.name, facts, files])
        stored = json.dumps({"facts": facts, "sha256": files, "whole": whole}, indent=1)
        write_atomically(folder / FACTS, stored.encode())
        folder.rename(place)
        sync_folder(root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _remove_oldest(root)
    return facts


def _read(place: Path) -> dict[str, Any] | None:
    """The facts of a complete entry; None if the entry is missing or damaged."""
    file = place / FACTS
    try:
        stored = json.loads(file.read_bytes())
        facts, files = stored["facts"], stored["sha256"]
        is_whole = (
            stored["whole"] == fingerprint([place.name, facts, files])
            and {path.name for path in place.iterdir()} == {*files, FACTS}
            and all(file_sha256(place / name) == digest for name, digest in files.items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not is_whole:
        return None
    with suppress(OSError):  # of another user
        os.utime(file)
    return dict(facts)


def _remove_oldest(root: Path) -> None:
    found = entries(root)
    total = sum(size for _, size, _ in found)
    for folder, size, _ in found:
        if total <= LIMIT:
            return
        if folder not in _used:
            _remove(folder)
            total -= size
