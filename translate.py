"""Translate: python translate.py [--run RUN] [TEXT ...]"""

import sys

from translator.compute.signals import quiet_interrupts

if __name__ == "__main__":
    with quiet_interrupts():
        from translator.cli.main import run_command
    sys.exit(run_command("translate", sys.argv[1:], prog="translate.py"))
