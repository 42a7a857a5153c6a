"""The user's cache: made once, whole or not there, bounded, and somewhere in any case."""

import errno
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from translator.compute import cache
from translator.compute.cache import FACTS, PLACE, cache_folder, cached, clear, entries
from translator.errors import CacheError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))
    return tmp_path / "cache"


class Maker:
    """Writes a file of some bytes, and counts how often."""

    def __init__(self, data: bytes = b"prepared") -> None:
        self.data = data
        self.calls = 0

    def __call__(self, folder: Path) -> dict[str, object]:
        self.calls += 1
        (folder / "data").write_bytes(self.data)
        return {"size": len(self.data)}


def test_what_follows_from_the_same_inputs_is_made_once(root: Path) -> None:
    make = Maker()

    first, again = (cached("text", ["a", 1], make) for _ in range(2))

    assert first == again
    assert first.facts == {"size": 8}
    assert (first.folder / "data").read_bytes() == b"prepared"
    assert make.calls == 1
    assert cached("text", ["a", 2], make).folder != first.folder
    assert make.calls == 2


def cut_off(folder: Path) -> None:
    (folder / "data").write_bytes(b"prep")


def edited(folder: Path) -> None:
    (folder / "data").write_bytes(b"PREPARED")


def without_its_file(folder: Path) -> None:
    (folder / "data").unlink()


def with_another_file(folder: Path) -> None:
    (folder / "more").write_bytes(b"")


def with_broken_facts(folder: Path) -> None:
    (folder / FACTS).write_bytes(b'{"facts": {}, "sha')


def with_other_facts(folder: Path) -> None:
    (folder / FACTS).write_text(json.dumps([1]))


def with_an_edited_fact(folder: Path) -> None:
    text = (folder / FACTS).read_text()
    (folder / FACTS).write_text(text.replace('"size": 8', '"size": 9'))


def in_which_stands_another(folder: Path) -> None:
    other = cached("text", "b", Maker(b"others")).folder
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


def replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


def replaced_by_a_link_to_nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.parent / "nothing")


@pytest.mark.parametrize(
    "damage",
    [
        cut_off,
        edited,
        without_its_file,
        with_another_file,
        with_broken_facts,
        with_other_facts,
        with_an_edited_fact,
        in_which_stands_another,
        replaced_by_a_file,
        replaced_by_a_link_to_nothing,
    ],
)
def test_a_damaged_entry_is_noticed_and_made_again(
    root: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    make = Maker()
    folder = cached("text", "a", make).folder
    damage(folder)

    found = cached("text", "a", make)

    assert found.folder == folder
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.name != FACTS} == {
        "data": b"prepared"
    }
    assert found.facts == {"size": 8}
    assert make.calls == 2
    assert caplog.messages == [f"{folder} is damaged and will be rebuilt"]


def test_a_failure_leaves_nothing_behind_and_the_next_one_succeeds(root: Path) -> None:
    def fail(folder: Path) -> dict[str, object]:
        (folder / "half").write_bytes(b"prep")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("text", "a", fail)

    assert [path for path in root.iterdir() if path.is_dir()] == []
    assert cached("text", "a", Maker()).facts == {"size": 8}


def test_what_a_killed_process_left_half_made_is_removed_by_the_next(root: Path) -> None:
    folder = cached("text", "a", Maker()).folder
    clear(root)
    leftover = root / f".{folder.name}-xyz"
    leftover.mkdir()

    cached("text", "a", Maker())

    assert not leftover.exists()


def test_a_full_disk_is_an_error_that_says_where_and_what_to_do(root: Path) -> None:
    def fail(folder: Path) -> dict[str, object]:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "data"))

    with pytest.raises(CacheError, match="No space left on device") as caught:
        cached("text", "a", fail)

    assert str(root) in str(caught.value)
    assert "translator cache --clear" in str(caught.value)
    assert PLACE in str(caught.value)


def test_of_more_than_the_limit_those_that_were_unused_for_longest_go(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [cached("text", number, Maker(bytes(1000))).folder for number in range(4)]
    for age, folder in enumerate(folders):
        os.utime(folder / FACTS, (time.time() - 1000 + age,) * 2)
    monkeypatch.setattr(cache, "_used", {folders[1]})  # this process reads it
    monkeypatch.setattr(cache, "LIMIT", 3 * entries(root)[0][1])

    last = cached("text", 4, Maker(bytes(1000))).folder

    assert {folder for folder, _, _ in entries(root)} == {folders[1], folders[3], last}


def test_a_second_process_waits_for_the_first_and_makes_nothing(root: Path) -> None:
    program = """
import sys, time, pathlib
from translator.compute.cache import cached

def make(folder):
    print("making", flush=True)
    time.sleep(0.7)
    (folder / "data").write_bytes(b"prepared")
    return {}

print(sorted(file.name for file in cached("text", "a", make).folder.iterdir()))
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]

    assert "".join(said).count("making") == 1
    assert all(out.endswith("['data', 'facts.json']\n") for out in said)


def test_without_a_writable_cache_directory_another_place_is_found_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(PLACE, str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))

    with caplog.at_level(logging.WARNING):
        folder = cached("text", "a", Maker()).folder

    assert folder.parent.name.startswith("translator-cache-")
    assert folder.parent.parent == tmp_path
    assert folder.parent.stat().st_mode & 0o077 == 0
    [message] = caplog.messages
    assert message.startswith(f"{tmp_path / 'file' / 'cache'} cannot be written (File exists)")
    assert str(folder.parent) in message


def test_a_temporary_place_into_which_others_may_write_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(PLACE, str(tmp_path / "file" / "other"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    shared = tmp_path / f"translator-cache-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)

    folder = cached("text", "a", Maker()).folder

    assert folder.parent != shared
    assert folder.parent.stat().st_mode & 0o077 == 0


def test_without_a_home_directory_nothing_is_written_into_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PLACE, "~nobody-of-that-name/cache")
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.chdir(tmp_path)

    folder = cache_folder()

    assert folder.name.startswith("translator-cache-")
    assert not (tmp_path / "~nobody-of-that-name").exists()
    [message] = caplog.messages
    assert message.startswith("~nobody-of-that-name/cache cannot be written (no home directory)")


def test_clearing_removes_every_entry_and_what_killed_processes_left(root: Path) -> None:
    for number in range(3):
        entry = cached("text", number, Maker()).folder
    (root / f".{entry.name}-left_1").mkdir()

    clear(root)

    assert entries(root) == []
    assert not [path for path in root.iterdir() if path.is_dir()]


def test_clearing_leaves_what_the_user_keeps_in_the_same_folder(root: Path) -> None:
    for name in ("photographs", "text-2024", ".config"):
        (root / name).mkdir(parents=True)
        (root / name / FACTS).touch()

    clear(root)

    assert entries(root) == []
    assert sorted(path.name for path in root.iterdir()) == [".config", "photographs", "text-2024"]


def test_clearing_leaves_what_another_process_is_making(root: Path) -> None:
    make = Maker()

    def make_while_somebody_clears(folder: Path) -> dict[str, object]:
        clear(root)
        return make(folder)

    found = cached("text", "a", make_while_somebody_clears)

    assert (found.folder / "data").read_bytes() == b"prepared"


def test_a_disk_that_is_full_at_once_is_refused_alike(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "locked", fail)

    with pytest.raises(CacheError, match=f"cannot be kept in {root} .No space left on device"):
        cached("text", "a", Maker())
