"""Translate: python translate.py [--run RUN] [TEXT ...]"""

import sys

from translator.compute.signals import QuietInterrupts, end

if __name__ == "__main__":
    with QuietInterrupts():
        from translator.cli.main import run_command
    end(run_command("translate", sys.argv[1:], prog="translate.py"))
