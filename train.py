"""Train a model: python train.py [--config FILE] [--SECTION.FIELD VALUE ...]"""

import sys

from translator.cli.main import run_command

if __name__ == "__main__":
    sys.exit(run_command("train", sys.argv[1:], prog="train.py"))
