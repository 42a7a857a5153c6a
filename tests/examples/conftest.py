"""A folder where examples run: with little of the corpora, and no run of anybody's."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MOST = {"train": 3000}
FEW = 30
"""Lines of the held-out splits: a model that babbles translates slowly."""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for corpus in ("scenes", "kitchen"):
        (folder / "data" / corpus).mkdir(parents=True)
        for file in (REPOSITORY / "data" / corpus).glob("*.jsonl"):
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            few = "".join(lines[: MOST.get(file.stem, FEW)])
            (folder / "data" / corpus / file.name).write_text(few, encoding="utf-8")
    return folder
