"""Ctrl-C while Python imports, and afterwards: the program ends without a traceback."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import translator
from translator.compute.signals import QuietInterrupts

ROOT = Path(translator.__file__).parents[1]


@pytest.mark.parametrize("module", ["yaml", "torch"])
@pytest.mark.parametrize(
    "command",
    [
        [str(ROOT / "train.py")],
        [str(ROOT / "translate.py")],
        ["-m", "translator", "train"],
        ["-c", "import sys; from translator.__main__ import main; sys.exit(main())", "train"],
    ],
    ids=["train.py", "translate.py", "-m translator", "translator"],
)
def test_ctrl_c_while_a_module_is_imported_ends_quietly(
    command: list[str], module: str, tmp_path: Path
) -> None:
    interrupted = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)"
    (tmp_path / f"{module}.py").write_text(interrupted)

    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        cwd=tmp_path,
        capture_output=True,
        # Where the tests themselves run in the background, a shell has Ctrl-C ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_signal_that_somebody_else_handles_is_left_to_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with QuietInterrupts():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_afterwards_ctrl_c_is_an_exception_again() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with QuietInterrupts():
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupted_process_ends_quietly_although_a_thread_is_inside_torch() -> None:
    script = """
import threading, time, torch
from translator.compute.signals import end

def search():
    while True:
        ones @ ones

ones = torch.ones(400, 400)
for _ in range(2):
    threading.Thread(target=search, daemon=True).start()
time.sleep(0.2)
print("interrupted")
end(130)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True)

    assert (done.returncode, done.stdout, done.stderr) == (130, b"interrupted\n", b"")
