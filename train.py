"""Train a model: python train.py [--config FILE] [--SECTION.FIELD VALUE ...]"""

import sys

from translator.compute.signals import QuietInterrupts, end

if __name__ == "__main__":
    with QuietInterrupts():
        from translator.cli.main import run_command
    end(run_command("train", sys.argv[1:], prog="train.py"))
