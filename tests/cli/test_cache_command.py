"""`translator cache`: what is kept, where, and gone when asked."""

from pathlib import Path

import pytest

from translator.cli.main import run_command
from translator.compute.cache import PLACE, cached


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))

    def make(entry: Path) -> dict[str, object]:
        (entry / "data").write_bytes(bytes(3_200_000))
        return {}

    return cached("text", "a", make).folder


def test_entries_are_listed_with_their_sizes_and_the_place(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_command("cache", [], "translator cache") == 0

    first, last = capsysbinary.readouterr().out.decode().splitlines()
    assert first.startswith("      3.2 MB  last used 20")
    assert first.endswith(folder.name)
    assert last == f"      3.2 MB  in {folder.parent}"


def test_all_entries_are_removed_when_asked(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_command("cache", ["--clear"], "translator cache") == 0

    assert not folder.exists()
    said = capsysbinary.readouterr().out.decode()
    assert said == f"removed 3.2 MB of prepared text from {folder.parent}\n"
