"""Translate: python translate.py [--run RUN] [TEXT ...]"""

import sys

from translator.cli.main import run_command

if __name__ == "__main__":
    sys.exit(run_command("translate", sys.argv[1:], prog="translate.py"))
