"""Writing a file: all of it or nothing."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from translator.compute.files import append_line, folder_size, is_locked, locked, write_atomically
from translator.errors import BusyError


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    file = tmp_path / "results.json"
    write_atomically(file, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left") as error:
        write_atomically(file, b"new and longer")

    assert error.value.filename == str(file)

    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_file_is_synced_before_it_takes_the_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(status.st_mode)
        assert is_folder or status.st_size == 3
        order.append("fsync folder" if is_folder else "fsync")
        fsync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        assert source.parent == target.parent
        order.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_atomically(tmp_path / "file", b"abc")

    assert order == ["fsync", "replace", "fsync folder"]
    assert (tmp_path / "file").read_bytes() == b"abc"


def test_a_line_that_does_not_fit_on_the_disk_is_an_error_that_names_the_file() -> None:
    with pytest.raises(OSError, match="No space left") as error:
        append_line(Path("/dev/full"), "a line")

    assert error.value.filename == "/dev/full"


def test_a_temporary_file_is_never_written_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / ".guessed.tmp").symlink_to(victim)

    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "file", b"abc")

    assert victim.read_bytes() == b"precious"


def test_a_folder_is_unlocked_when_its_process_is_killed(tmp_path: Path) -> None:
    program = """
        import os, pathlib, sys
        from translator.compute.files import locked
        with locked(pathlib.Path(sys.argv[1]), "training"):
            print(os.getpid(), flush=True)
            sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        number = other.stdout.readline().strip()
        holder = f"in use, by process {number} on .*, training since"
        with pytest.raises(BusyError, match=holder), locked(tmp_path, "training"):
            pass
        with locked(tmp_path, "scoring"):  # which is other work
            pass
        other.kill()

    with locked(tmp_path, "training"):
        pass


def test_a_folder_is_seen_to_be_locked_for_its_own_work_alone(tmp_path: Path) -> None:
    assert not is_locked(tmp_path, "training")
    with locked(tmp_path, "training"):
        assert is_locked(tmp_path, "training")
        assert not is_locked(tmp_path, "scoring")
    assert not is_locked(tmp_path, "training")


def test_the_size_of_a_folder_is_that_of_its_own_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "run" / "below").mkdir(parents=True)
    (tmp_path / "run" / "a").write_bytes(bytes(5))
    (tmp_path / "run" / "below" / "b").write_bytes(bytes(700))
    (tmp_path / "elsewhere").write_bytes(bytes(90_000))
    (tmp_path / "run" / "link").symlink_to(tmp_path / "elsewhere")

    link = (tmp_path / "run" / "link").lstat().st_size

    assert folder_size(tmp_path / "run") == 705 + link
