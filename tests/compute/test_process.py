"""What is set for the whole process: only where the user has not set it."""

import os

import pytest

from translator.compute.process import prepare_process


@pytest.mark.parametrize(
    ("before", "spins"),
    [
        ({}, "5000"),
        ({"GOMP_SPINCOUNT": "70"}, "70"),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, None),
    ],
)
def test_threads_spin_briefly_unless_the_user_has_chosen(
    before: dict[str, str], spins: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        # Set first, so that the test's end takes away what the function sets.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in before.items():
        monkeypatch.setenv(name, value)

    prepare_process()

    assert os.environ.get("GOMP_SPINCOUNT") == spins
