"""The campaigns against a run directory, in short; the long forms are in tests/campaigns/."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGNS = Path(__file__).parents[1] / "campaigns"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["kills.py", "--first=9", "--every=31", "--only=from another run"],
        ["flips.py", "--flips=1"],
    ],
)
def test_a_run_that_was_killed_or_damaged_ends_exactly_or_is_refused_by_name(
    command: list[str],
) -> None:
    name, *options = command

    done = subprocess.run(
        [sys.executable, CAMPAIGNS / name, *options], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* (kills|damaged files)", done.stdout, re.M), done.stdout
