"""What the tests of models share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """The weights and ids of a test are the same each time, whatever ran before it."""
    torch.manual_seed(1)
