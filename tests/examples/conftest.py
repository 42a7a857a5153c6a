"""A folder where examples run: it has the corpora, and keeps the clone free of runs."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "data").symlink_to(REPOSITORY / "data")
    return folder
