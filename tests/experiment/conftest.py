"""What the tests of whole runs share."""

from pathlib import Path

import pytest
from tiny_runs import tiny_config, write_corpus

from translator.config import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """See `tiny_config`."""
    write_corpus(tmp_path / "corpus")
    return tiny_config(tmp_path / "corpus")
